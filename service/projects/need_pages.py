"""Needs on the project page: right, change, not needed, put back, add."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import Response

from matcher import Need, Project, to_json
from service.addresses import project_address
from service.deps import ServicesDep
from service.errors import NotFound, Stale
from service.pages import Difference, Form, FormDep, PageOfficer, flash, go, local_path, page_router, render, stale_page
from service.projects import actions, words
from service.projects.needs import find_need
from service.projects.pages import project_page
from service.records import Stored
from service.words import _

router = page_router("/projects")
DETAILS = ("part", "material", "size", "tolerance", "quantity", "certificate", "by", "buyer")
MOST_TEXT, MOST_DETAIL = 2000, 500
Write = Callable[[int | None], Stored[Project]]


def detail_words() -> dict[str, str]:
    """What a need may say beside its text."""
    return {
        "part": _("Name of the part"),
        "material": _("Material"),
        "size": _("Dimensions"),
        "tolerance": _("Tolerance"),
        "quantity": _("Quantity"),
        "certificate": _("Certificate"),
        "by": _("By when"),
        "buyer": _("Who buys"),
    }


@router.post("/{project_id}/needs")
def add(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, project_id: str) -> Response:
    """Add what somebody said the project needs."""
    row = _read(form)
    if form.is_good:
        with form.catching(needs="text"):
            actions.add_need(services, caller, project_id, row, expected=None)
    if not form.is_good:
        return project_page(request, services, project_id, status=422, need_form=form)
    flash(request, _("Added. The firms on the right are searched again with it."))
    return _back(form, project_id)


@router.post("/{project_id}/needs/restore")
def restore(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, project_id: str) -> Response:
    """Take back that something is not needed."""
    actions.restore_need(services, caller, project_id, form.value("text"), expected=None)
    flash(request, _("Put back: we may guess it again."))
    return _back(form, project_id)


@router.post("/{project_id}/needs/{need_id}/right")
def confirm(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, project_id: str, need_id: str
) -> Response:
    """Say that a need is right."""

    def write(expected: int | None) -> Stored[Project]:
        return actions.confirm_need(services, caller, project_id, need_id, expected=expected)

    return _decide(request, services, form, project_id, need_id, write)


@router.post("/{project_id}/needs/{need_id}/not-needed")
def reject(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, project_id: str, need_id: str
) -> Response:
    """Say that the project does not need it."""

    def write(expected: int | None) -> Stored[Project]:
        return actions.reject_need(services, caller, project_id, need_id, expected=expected)

    return _decide(request, services, form, project_id, need_id, write)


@router.get("/{project_id}/needs/{need_id}")
def edit(request: Request, services: ServicesDep, _caller: PageOfficer, project_id: str, need_id: str) -> Response:
    """The form of one need."""
    stored = actions.get_project(services, project_id)
    need = find_need(stored.record, need_id)
    return _form_page(request, stored, need_id, _form_of(need, stored.version))


@router.post("/{project_id}/needs/{need_id}")
def save(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, project_id: str, need_id: str
) -> Response:
    """Change one need; who changes it also says that it is right."""
    row = _read(form)
    stored = actions.get_project(services, project_id)
    # What a colleague did to other needs of the project meanwhile is no reason to refuse this one.
    is_same = form.value("mark") == _mark(find_need(stored.record, need_id))
    expected = stored.version if is_same else form.version()
    if form.is_good:
        changes = {name: row.get(name) for name in ("text", "role", *DETAILS)} | {"confirmed": True}
        with form.catching():
            try:
                actions.edit_need(services, caller, project_id, need_id, changes, expected=expected)
            except Stale:
                return _stale(request, services, form, project_id, need_id)
    if not form.is_good:
        return _form_page(request, stored, need_id, form, status=422)
    flash(request, _("Changed. The firms on the right are searched again with it."))
    return _back(form, project_id, need_id)


def _read(form: Form) -> dict[str, Any]:
    """What stands in the form of a need."""
    row: dict[str, Any] = {
        "text": form.text("text", required=_("Write what they need, such as “CNC machining of aluminium housings”."),
                          most=MOST_TEXT),
        "role": form.choice("role", words.role_words()),
    }  # fmt: skip
    details = {name: form.text(name, most=MOST_DETAIL) for name in DETAILS}
    return row | {name: value for name, value in details.items() if value}


def _form_of(need: Need, version: int) -> Form:
    values = {name: getattr(need, name) or "" for name in DETAILS}
    return Form(text=need.text, role=need.role.value, version=version, mark=_mark(need), **values)


def _mark(need: Need) -> str:
    """Changes with anything that a need says."""
    return hashlib.sha256(to_json(need)).hexdigest()[:16]


def _form_page(request: Request, stored: Stored[Project], need_id: str, form: Form, *, status: int = 200) -> Response:
    back = local_path(form.value("back") or request.query_params.get("back"), project_address(stored.id))
    return render(
        request, "projects/need.html", status, form=form, project=stored.record, need_id=need_id, back=back,
        base=project_address(stored.id), roles=words.role_words(), details=detail_words(),
    )  # fmt: skip


def _decide(
    request: Request, services: ServicesDep, form: Form, project_id: str, need_id: str, write: Write
) -> Response:
    """Write what was said of a need, unless its words are no longer those that were read.

    Colleagues who work through the needs of one project at the same time are not in each other's way.
    """
    stored = actions.get_project(services, project_id)
    need = find_need(stored.record, need_id)
    if form.value("shown") not in ("", need.text):
        flash(request, _("A colleague has changed this need meanwhile. Look at what it says now."), "warn")
        return _back(form, project_id, need_id)
    try:
        write(stored.version)
    except (Stale, NotFound):
        flash(request, _("A colleague has changed this need meanwhile. Look at what it says now."), "warn")
    return _back(form, project_id, need_id)


def _stale(request: Request, services: ServicesDep, form: Form, project_id: str, need_id: str) -> Response:
    stored = actions.get_project(services, project_id)
    need = find_need(stored.record, need_id)
    held, roles = _form_of(need, stored.version), words.role_words()
    differences = [
        Difference(_("What they need"), form.value("text"), need.text),
        Difference(_("Who could meet it"), roles.get(form.value("role"), ""), roles[need.role.value]),
        *(Difference(label, form.value(name), held.value(name)) for name, label in detail_words().items()),
    ]
    base = project_address(project_id)
    return stale_page(
        request, form, differences=differences, version=stored.version, action=f"{base}/needs/{need_id}", back=base
    )


def _back(form: Form, project_id: str, need_id: str = "") -> Response:
    """To the page, with its filters as they were, at the need that was dealt with."""
    where = urlsplit(local_path(form.value("back"), project_address(project_id)))
    query = "&".join(part for part in (where.query, f"at={need_id}" if need_id else "") if part)
    return go(f"{where.path}{'?' + query if query else ''}#needs")
