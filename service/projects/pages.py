"""The list of projects, and the page of one: what it is, what it needs, who may see it, which firms fit."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import Response

from matcher import Release, Stage
from service.accounts import staff
from service.addresses import project_address
from service.briefs import words as brief_words
from service.contacts import actions as contact_actions
from service.deps import ServicesDep
from service.errors import IndexNotReady, NotFound, Stale
from service.matches.panel import build_panel
from service.matches.params import PanelParams
from service.matches.shapes import Panel
from service.pages import (
    Difference,
    Form,
    FormDep,
    PageOfficer,
    PageUser,
    flash,
    go,
    local_path,
    page_router,
    render,
    stale_page,
)
from service.projects import actions, listing, words
from service.projects.view import build_view
from service.words import _

router = page_router("/projects")


@router.get("")
def list_projects(
    request: Request,
    services: ServicesDep,
    _caller: PageUser,
    view: str = "open",
    q: Annotated[str, Query(max_length=200)] = "",
    stage: str = "",
    release: str = "",
    page: int = 1,
) -> Response:
    """Projects, searched and filtered; an odd value in the address looks for anything."""
    query = listing.Query(
        view=view if view in listing.VIEWS else "open",
        q=q.replace("\0", "").strip(),
        stage=Stage(stage) if stage in list(Stage) else None,
        release=Release(release) if release in list(Release) else None,
        page=page,
    )
    found = listing.search(services, query)

    def address(**changes: object) -> str:
        values = {"view": query.view, "q": query.q, "stage": query.stage, "release": query.release, **changes}
        kept = {name: value for name, value in values.items() if value and (name, value) != ("view", "open")}
        return f"/projects?{urlencode(kept)}" if kept else "/projects"

    return render(
        request, "projects/list.html", form=Form(q=query.q, stage=query.stage, release=query.release), found=found,
        query=query, address=address, stages=words.stage_words(), releases=words.release_words(),
        has_filters=bool(query.q or query.stage or query.release),
    )  # fmt: skip


@router.get("/{project_id}")
def show(
    request: Request, services: ServicesDep, _caller: PageUser, project_id: str, at: str = "", read: str = ""
) -> Response:
    """One project: its needs on the left, the firms that fit on the right."""
    return project_page(request, services, project_id, at=at, is_new=bool(read))


def project_page(
    request: Request, services: ServicesDep, project_id: str, *, status: int = 200, at: str = "", is_new: bool = False,
    need_form: Form | None = None, release_form: Form | None = None,
) -> Response:  # fmt: skip
    """The page of a project, also as the answer to a form of it that was refused."""
    stored = actions.get_project(services, project_id)
    view = build_view(services, stored)
    params = PanelParams.from_query(request.query_params)
    panel: Panel | None
    try:
        panel = build_panel(services, stored, params)
    except IndexNotReady:
        panel = None
    summary = brief_words.say_needs(view.n_wrote, view.n_guessed)
    if is_new and view.brief is not None:
        summary = brief_words.say_reading(view.brief.n_pages, view.n_wrote, view.n_guessed)
    form = release_form or Form(release=stored.record.release.value, note=view.note, version=stored.version)
    return render(
        request, "projects/project.html", status, view=view, project=stored.record, base=project_address(project_id),
        back=project_address(project_id) + params.query(), panel=panel, summary=summary, at=at, is_new=is_new,
        people=contact_actions.of_project(services.database, project_id), stages=words.stage_words(),
        releases=words.release_words(), release_hints=words.release_hints(), roles=words.role_words(),
        need_form=need_form or Form(role="supplier"), release_form=form, say_note=brief_words.say_note,
        most_note=actions.MOST_NOTE,
    )  # fmt: skip


@router.post("/{project_id}/check")
def check(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, project_id: str) -> Response:
    """Note that somebody looked today, and it is right as it stands."""
    actions.check_project(services, caller, project_id, expected=None)
    flash(request, _("Noted: checked today."))
    return go(local_path(form.value("back"), project_address(project_id)))


@router.post("/{project_id}/release")
def set_release(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, project_id: str
) -> Response:
    """Say who may see it."""
    release = form.choice("release", words.release_words())
    note = form.text("note", most=actions.MOST_NOTE)
    if form.is_good:
        with form.catching():
            try:
                actions.set_release(services, caller, project_id, Release(release), note, expected=form.version())
            except Stale:
                return _stale_release(request, services, form, project_id)
    if not form.is_good:
        return project_page(request, services, project_id, status=422, release_form=form)
    flash(request, _("Who may see this: %(who)s.", who=words.release_words()[release]))
    return go(local_path(form.value("back"), project_address(project_id)))


def _stale_release(request: Request, services: ServicesDep, form: Form, project_id: str) -> Response:
    stored, known = actions.get_project(services, project_id), words.release_words()
    differences = [
        Difference(_("Who may see this"), known[form.value("release")], known[stored.record.release.value]),
        Difference(_("Short note"), form.value("note"), actions.release_note(services, project_id)),
    ]
    base = project_address(project_id)
    return stale_page(
        request, form, differences=differences, version=stored.version, action=f"{base}/release", back=base
    )


@router.get("/{project_id}/history")
def history(request: Request, services: ServicesDep, _caller: PageUser, project_id: str) -> Response:
    """What was done with a project, in words."""
    rows = actions.history(services, project_id)
    if not rows:
        raise NotFound(_("There is no such project."))
    names = staff.names_of(services.database, {str(row["actor"]) for row in rows})
    entries = [
        (row["at"], names.get(row["actor"], _("a program")), words.done_words(row["action"])) for row in rows
    ]  # fmt: skip
    try:
        title = actions.get_project(services, project_id).record.title
    except NotFound:
        title = None
    return render(request, "projects/history.html", entries=entries, title=title, base=project_address(project_id))


@router.get("/{project_id}/delete")
def confirm_deletion(request: Request, services: ServicesDep, _caller: PageOfficer, project_id: str) -> Response:
    """What a deletion takes along, and the button."""
    stored = actions.get_project(services, project_id)
    return _deletion(request, services, project_id, Form(version=stored.version))


@router.post("/{project_id}/delete")
def delete(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, project_id: str) -> Response:
    """Delete a project for good."""
    title = actions.get_project(services, project_id).record.title
    try:
        actions.delete_project(services, caller, project_id, expected=form.version())
    except Stale:
        form.wrong("", _("Somebody has changed the project meanwhile. Look again before you delete it."))
        return _deletion(request, services, project_id, form, status=412)
    flash(request, _("“%(title)s” is deleted.", title=title))
    return go("/projects")


def _deletion(request: Request, services: ServicesDep, project_id: str, form: Form, *, status: int = 200) -> Response:
    stored = actions.get_project(services, project_id)
    shown = Form(version=stored.version)
    shown.errors = form.errors
    return render(
        request, "projects/delete.html", status, form=shown, project=stored.record, base=project_address(project_id),
        goes=words.goes_words(actions.what_goes(services, project_id), len(stored.record.needs)),
    )  # fmt: skip
