"""Pages of introductions: the board, a new one, and one with its next step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response

from matcher import is_open
from service.accounts import staff
from service.contacts import actions as contacts
from service.contacts.actions import ContactDraft, Owner
from service.context import Services
from service.deps import ServicesDep
from service.errors import Stale
from service.firms import actions as firms_actions
from service.introductions import actions, days, views
from service.introductions.actions import Between, Said, Wanted
from service.introductions.words import (
    SOURCES,
    State,
    heard_words,
    outcome_words,
    reason_words,
    role_words,
    state_words,
    value_words,
)
from service.pages import (
    Difference,
    Form,
    FormDep,
    PageOfficer,
    PageUser,
    VisitDep,
    flash,
    go,
    page_router,
    render,
    stale_page,
)
from service.projects import actions as projects_actions
from service.security import Caller
from service.words import _, ngettext

router = page_router("/introductions")
MOST_PROJECTS, MOST_FOUND = 200, 20
# Fields of the page by the names that actions use.
_FIELDS = {"project_contact": "name"}


@router.get("")
def board(
    request: Request, services: ServicesDep, visit: VisitDep, _caller: PageUser, state: str = "", owner: str = "",
    project: str = "", firm: str = "", page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:  # fmt: skip
    """Introductions by where they stand."""
    return _board(request, services, visit, _wanted(visit, state, owner, project, firm), owner=owner, page=page)


@router.get("/new")
def new(
    request: Request, services: ServicesDep, _caller: PageOfficer, project: str = "", firm: str = "",
    role: str = "supplier",
) -> Response:  # fmt: skip
    """Choose who is to be introduced to whom."""
    name = _firm_name(services, firm) if firm else ""
    return _new_page(request, services, Form(project=project, firm=name, firm_id=firm, role=role))


@router.post("/new")
def propose(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep) -> Response:
    """Note that a firm was told and asked."""
    project = form.text("project", required=_("Choose the project."))
    role = form.choice("role", role_words())
    found = _find_firms(services, form)
    if form.is_good and len(found) == 1:
        with form.catching():
            one = actions.propose(services, caller, Between(project, found[0][0], role))
    if not form.is_good or len(found) != 1:
        return _new_page(request, services, form, 422, found=found)
    flash(request, _("Written down: %(firm)s was asked.", firm=found[0][1]))
    return go(f"/introductions/{one.id}")


@router.post("/answers")
def answer_many(
    request: Request, services: ServicesDep, visit: VisitDep, caller: PageOfficer, form: FormDep
) -> Response:  # fmt: skip
    """Note the same no of many firms."""
    with form.catching():
        done, refused = actions.answer_many(
            services, caller, form.values("id"), reason=form.value("reason"), source=form.value("source")
        )  # fmt: skip
    if not form.is_good:
        return _board(request, services, visit, Wanted(), form=form, status=422)
    if done:
        flash(request, ngettext("%(num)s introduction is closed.", "%(num)s introductions are closed.", len(done)))
    if refused:
        said = ngettext("%(num)s stays as it is: %(why)s", "%(num)s stay as they are: %(why)s", len(refused),
                        why=refused[0][1])  # fmt: skip
        flash(request, said, "warn")
    return go("/introductions")


@router.get("/{introduction_id}")
def one(request: Request, services: ServicesDep, caller: PageUser, introduction_id: str) -> Response:
    """One introduction and its next step."""
    return _page(request, services, caller, introduction_id, Form())


@router.post("/{introduction_id}/firm")
def firm_answers(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, introduction_id: str
) -> Response:  # fmt: skip
    """Note the firm's answer."""
    said = _said(form)
    return _act(
        request, services, caller, form, introduction_id,
        lambda: actions.firm_answers(services, caller, introduction_id, said, expected=form.version()),
        _("Written down: the firm said yes.") if said.yes else _("Written down: the firm said no."),
    )  # fmt: skip


@router.post("/{introduction_id}/project")
def project_answers(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, introduction_id: str
) -> Response:  # fmt: skip
    """Note the answer of the project's side."""
    said = _said(form)
    return _act(
        request, services, caller, form, introduction_id,
        lambda: actions.project_answers(services, caller, introduction_id, said, expected=form.version()),
        _("Written down: the project’s side said yes.") if said.yes else
        _("Written down: the project’s side said no."),
    )  # fmt: skip


@router.post("/{introduction_id}/introduced")
def introduce(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, introduction_id: str
) -> Response:  # fmt: skip
    """Note that they know each other now."""
    return _act(
        request, services, caller, form, introduction_id,
        lambda: actions.introduce(services, caller, introduction_id, expected=form.version()),
        _("Written down: they know each other now."),
    )  # fmt: skip


@router.post("/{introduction_id}/outcome")
def set_outcome(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, introduction_id: str
) -> Response:  # fmt: skip
    """Note what came of it."""
    return _act(
        request, services, caller, form, introduction_id,
        lambda: actions.set_outcome(
            services, caller, introduction_id, form.value("outcome"), value_range=form.value("value_range"),
            reason=form.value("reason"), expected=form.version(),
        ),
        _("Written down."),
    )  # fmt: skip


@router.post("/{introduction_id}/close")
def close(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, introduction_id: str
) -> Response:  # fmt: skip
    """End it."""
    return _act(
        request, services, caller, form, introduction_id,
        lambda: actions.close(services, caller, introduction_id, form.value("close_reason"), expected=form.version()),
        _("The introduction is closed."), reason="close_reason",
    )  # fmt: skip


@router.post("/{introduction_id}/owner")
def take_over(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, introduction_id: str
) -> Response:  # fmt: skip
    """Make it one's own task."""
    return _act(
        request, services, caller, form, introduction_id,
        lambda: actions.take_over(services, caller, introduction_id, expected=form.version()),
        _("This is your task now."),
    )  # fmt: skip


@router.post("/{introduction_id}/answer-by")
def postpone(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, introduction_id: str
) -> Response:  # fmt: skip
    """Set another day to answer by."""
    return _act(
        request, services, caller, form, introduction_id,
        lambda: actions.postpone(
            services, caller, introduction_id, form.value("answer_by"), expected=form.version()
        ),
        _("The day is changed. Weekends and holidays are skipped."),
    )  # fmt: skip


@router.post("/{introduction_id}/named")
def name(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, introduction_id: str
) -> Response:  # fmt: skip
    """Say whether the firm may be named to outsiders of the project."""
    may = form.has("may_be_named", "yes")
    return _act(
        request, services, caller, form, introduction_id,
        lambda: actions.name(services, caller, introduction_id, may, expected=form.version()),
        _("The firm may be named for this project.") if may else _("The firm is not named for this project."),
    )  # fmt: skip


@router.post("/{introduction_id}/note")
def set_note(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, introduction_id: str
) -> Response:  # fmt: skip
    """Write the note."""
    return _act(
        request, services, caller, form, introduction_id,
        lambda: actions.set_note(services, caller, introduction_id, form.value("note"), expected=form.version()),
        _("The note is saved."),
    )  # fmt: skip


@router.post("/{introduction_id}/apart")
def keep_apart(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, introduction_id: str
) -> Response:  # fmt: skip
    """Do not put these two together."""
    return _act(
        request, services, caller, form, introduction_id,
        lambda: actions.keep_apart(
            services, caller, introduction_id, form.value("apart_note"), expected=form.version()
        ),
        _("These two will not be put together. Only staff see this."), note="apart_note",
    )  # fmt: skip


@router.post("/{introduction_id}/contact")
def add_contact(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, introduction_id: str
) -> Response:  # fmt: skip
    """Add somebody on one of the two sides."""
    stored, _steps = actions.get(services, introduction_id)
    of_project = form.value("side") == "project"
    owner = Owner(project_id=stored.project_id) if of_project else Owner(firm_id=stored.firm_id)
    draft = ContactDraft(**{part: form.value(part) for part in ("name", "role", "telephone", "email", "source")})
    return _act(
        request, services, caller, form, introduction_id,
        lambda: contacts.add(services.database, caller, owner, draft), _("The contact is added."),
    )  # fmt: skip


@router.post("/{introduction_id}/undo")
def undo(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, introduction_id: str
) -> Response:  # fmt: skip
    """Take the last step back."""
    left: list[object] = []
    response = _act(
        request, services, caller, form, introduction_id,
        lambda: left.append(actions.undo(services, caller, introduction_id, expected=form.version())),
        _("The last step is undone."),
    )  # fmt: skip
    return go("/introductions") if left == [None] else response


def _act(
    request: Request, services: Services, caller: Caller, form: Form, introduction_id: str, do: Callable[[], object],
    said: str, **fields: str,
) -> Response:  # fmt: skip
    """Do one thing, and show the page again: with what is wrong, or after the answer that says that it is done."""
    try:
        with form.catching(**{**_FIELDS, **fields}):
            do()
    except Stale:
        stored, _steps = actions.get(services, introduction_id)
        stands = Difference(_("Where it stands"), _("as the page showed it"), state_words()[stored.state])
        typed = [(_("Note"), "note", stored.note), (_("Answer by"), "answer_by", stored.answer_by or "")]
        more = [Difference(label, form.value(key), now) for label, key, now in typed if form.has(key)]
        return stale_page(
            request, form, differences=[stands, *more], version=stored.version, action=request.url.path,
            back=f"/introductions/{introduction_id}",
        )  # fmt: skip
    if not form.is_good:
        return _page(request, services, caller, introduction_id, form, 422)
    flash(request, said)
    return go(f"/introductions/{introduction_id}")


def _said(form: Form) -> Said:
    """What a button says: the way in which a yes came, or ``no`` with its reason and way."""
    given = form.value("said")
    if given in SOURCES:
        return Said(True, given, may_be_named=form.has("may_be_named", "yes"))
    return Said(False, form.value("source"), form.value("reason"))


def _page(
    request: Request, services: Services, caller: Caller, introduction_id: str, form: Form, status: int = 200
) -> Response:
    today = days.today_of(services)
    page = views.view(services, introduction_id, caller, today)
    return render(
        request, "introductions/one.html", status, page=page, form=form, states=state_words(), roles=role_words(),
        sources=heard_words(), reasons=reason_words(), outcomes=outcome_words(), values=value_words(),
        outcome=views.outcome_so_far(page.one), today=today.isoformat(), me=caller.id.removeprefix("user:"),
    )  # fmt: skip


def _wanted(visit: VisitDep, state: str, owner: str, project: str, firm: str) -> Wanted:
    me = visit.user.id if visit.user else ""
    return Wanted(
        states=(state,) if state in list(State) else None, owner_id=(me if owner == "me" else owner) or None,
        project_id=project or None, firm_id=firm or None,
    )  # fmt: skip


def _board(
    request: Request, services: Services, visit: VisitDep, wanted: Wanted, *, owner: str = "", page: int = 1,
    form: Form | None = None, status: int = 200,
) -> Response:  # fmt: skip
    groups = views.board(services, wanted, days.today_of(services), page=page)
    _found, counts = actions.list_some(services, wanted, limit=1)
    others = [user for user in staff.list_users(services.database) if user.disabled_at is None]
    return render(
        request, "introductions/board.html", status, groups=groups, wanted=wanted, owner=owner, page=page,
        counts=counts, states=state_words(), roles=role_words(), reasons=reason_words(), sources=heard_words(),
        people=[user for user in others if visit.user is None or user.id != visit.user.id],
        form=form or Form(source="phone"), per_page=views.PER_PAGE,
        about=_about(services, wanted),
    )  # fmt: skip


def _about(services: Services, wanted: Wanted) -> str:
    """Name of the one project or firm whose introductions are shown; empty for all."""
    if wanted.project_id:
        return projects_actions.get_project(services, wanted.project_id).record.title
    return _firm_name(services, wanted.firm_id) if wanted.firm_id else ""


def _firm_name(services: Services, firm_id: str) -> str:
    return firms_actions.get_firm(services, firm_id).record.name


def _find_firms(services: Services, form: Form) -> list[tuple[str, str]]:
    """The firms that may be meant, by id and name: the one that was chosen, or those that the words find."""
    typed = form.text("firm", required=_("Write the firm’s name."))
    chosen = form.value("firm_id")
    if not typed:
        return []
    if chosen:
        stored = firms_actions.get_firm(services, chosen)
        if stored.record.name == typed or form.has("chosen"):
            return [(stored.id, stored.record.name)]
    page = firms_actions.list_firms(services, cursor=None, limit=MOST_FOUND, q=typed, kind=None, member=None)
    found = [(stored.id, stored.record.name) for stored in page.items]
    exact = [pair for pair in found if pair[1].casefold() == typed.casefold()]
    found = exact if len(exact) == 1 else found
    if not found:
        form.wrong("firm", _("No firm has these words in its name: write another part of it."))
    elif len(found) > 1:
        form.wrong("firm_id", _("Several firms have these words in their names: choose one."))
    return found


def _new_page(
    request: Request, services: Services, form: Form, status: int = 200, *, found: list[tuple[str, str]] | None = None
) -> Response:
    page = projects_actions.list_projects(
        services, cursor=None, limit=MOST_PROJECTS, q=None, stage=None, open_only=True
    )  # fmt: skip
    today = days.today_of(services)
    projects = {stored.id: stored.record.title for stored in page.items if is_open(stored.record, today)}
    wanted = form.value("project")
    if wanted and wanted not in projects:
        projects[wanted] = projects_actions.get_project(services, wanted).record.title
    return render(
        request, "introductions/new.html", status, form=form, projects=projects, roles=role_words(),
        found=dict(found or []), n_listed=MOST_PROJECTS if page.next else 0,
    )  # fmt: skip
