"""Three ways in for a project: drop a file, paste a text, fill in a form; each is compared with what is here."""

from __future__ import annotations

import logging

from fastapi import Request
from fastapi.responses import Response

from matcher import SourceError, Stage
from service.addresses import project_address
from service.briefs import actions
from service.briefs.actions import Reading
from service.briefs.compare import Similar
from service.briefs.words import say_note, say_refusal
from service.context import Services
from service.deps import ServicesDep
from service.errors import NotFound, Stale
from service.pages import Form, FormDep, PageOfficer, flash, go, page_router, render
from service.projects import actions as project_actions
from service.projects import forms, words
from service.security import Caller
from service.words import _

log = logging.getLogger(__name__)
router = page_router("/projects")


@router.get("/read")
def paste(request: Request, _caller: PageOfficer) -> Response:
    """The place to drop a file or paste a text."""
    return render(request, "briefs/read.html", form=Form(), refusal="")


@router.post("/read")
def read(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep) -> Response:
    """Read a file or a text; one that nobody has seen here becomes a project at once."""
    files = form.files("file")
    name = files[0][0] if files else ""
    if len(files) > 1:
        flash(request, _("One brief at a time: only %(name)s was read.", name=name), "warn")
    try:
        with form.catching():
            reading = actions.read_file(files[0][1], name) if files else actions.read_text(form.value("text"))
    except SourceError as error:
        log.info("a brief was not read", exc_info=error)
        return render(request, "briefs/read.html", 422, form=form, refusal=say_refusal(error, name))
    if not form.is_good:
        return render(request, "briefs/read.html", 422, form=form, refusal="")
    return _compare_or_store(request, services, caller, reading)


@router.get("/new")
def new(request: Request, _caller: PageOfficer) -> Response:
    """An empty form."""
    return _form_page(request, Form(stage=Stage.SEEKING.value))


@router.post("/new")
def create(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep) -> Response:
    """Store what was typed."""
    row = forms.read_project(form, services)
    row["needs"] = forms.read_needs(form)
    reading = None
    if form.is_good:
        with form.catching():
            reading = actions.read_form(row)
    if reading is None:
        return _form_page(request, form, status=422)
    return _compare_or_store(request, services, caller, reading)


@router.post("/read/decide")
def decide(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep) -> Response:
    """Go on with a reading that was compared: a new project, or one that is here."""
    reading = actions.reading_from_json(form.value("reading"))
    what, _colon, project_id = form.value("decide").partition(":")
    if what == "new":
        return _store(request, services, caller, reading)
    if what == "take":
        try:
            stored = actions.take(services, caller, project_id, reading, form.values("take"), expected=form.version())
        except Stale:
            flash(request, _("A colleague has changed this project meanwhile. Look at what it says now."), "warn")
            return _compare(request, services, caller, reading, project_id)
        flash(request, _("Taken over. Checked today."))
        return go(project_address(stored.id))
    return _compare(request, services, caller, reading, project_id)


def _compare_or_store(request: Request, services: Services, caller: Caller, reading: Reading) -> Response:
    found = actions.similar(services, reading)
    if found:
        return _compare(request, services, caller, reading, found[0].project.id, found)
    return _store(request, services, caller, reading)


def _store(request: Request, services: Services, caller: Caller, reading: Reading) -> Response:
    stored = actions.store(services, caller, reading)
    if reading.kind == actions.FORM:
        flash(request, _("Added. Only staff see it."))
        return go(project_address(stored.id))
    return go(f"{project_address(stored.id)}?read=1")


def _compare(
    request: Request,
    services: Services,
    caller: Caller,
    reading: Reading,
    project_id: str,
    found: list[Similar] | None = None,
) -> Response:
    """The question whether it is one of those that are here."""
    try:
        stored = project_actions.get_project(services, project_id)
    except NotFound:
        return _compare_or_store(request, services, caller, reading)
    project = stored.record
    return render(
        request, "briefs/compare.html", reading=reading, project=project, version=stored.version,
        changes=actions.changes(project, reading), labels=forms.labels(), stages=words.stage_words(),
        others=[one for one in found or actions.similar(services, reading) if one.project.id != project.id],
        say_note=say_note, base=project_address(project.id),
    )  # fmt: skip


def _form_page(request: Request, form: Form, *, status: int = 200) -> Response:
    return render(
        request, "projects/new.html", status, form=form, stages=words.stage_words(), labels=forms.labels()
    )  # fmt: skip
