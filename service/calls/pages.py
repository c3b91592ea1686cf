"""Pages of call lists: one list that is printed or filled in, and all lists."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response
from starlette.datastructures import QueryParams

from matcher import Role
from service.addresses import project_address
from service.calls import actions, views
from service.calls.actions import Heard
from service.calls.views import CallView, ListView
from service.contacts import actions as contacts
from service.contacts.actions import ContactDraft, Owner
from service.deps import ServicesDep
from service.errors import Conflict, NotFound, Stale
from service.introductions import days
from service.introductions.words import reason_words
from service.matches.params import PanelParams
from service.pages import (
    Difference,
    Form,
    FormDep,
    PageOfficer,
    PageUser,
    flash,
    go,
    page_router,
    render,
    stale_page,
)
from service.words import _, ngettext

router = page_router()
PER_PAGE = 50


@router.get("/call-lists")
def all_lists(
    request: Request, services: ServicesDep, _caller: PageUser, show: str = "open",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:  # fmt: skip
    """Lists that are being called, or those that are closed."""
    is_open = show != "closed"
    found = actions.list_lists(services, is_open=is_open, limit=PER_PAGE + 1, offset=(page - 1) * PER_PAGE)
    rows = views.rows_of(services, found[:PER_PAGE])
    return render(
        request, "calls/lists.html", rows=rows, is_open=is_open, page=page, has_more=len(found) > PER_PAGE,
        today=days.today_of(services).isoformat(),
    )  # fmt: skip


@router.post("/projects/{project_id}/call-list")
def make_list(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, project_id: str) -> Response:
    """Make a list for a project, or put firms on the one that is being called."""
    asked = QueryParams([*request.query_params.multi_items(), *_pairs(form)])
    params = PanelParams.from_query(asked)
    role = params.role or Role.SUPPLIER
    try:
        done = actions.make_list(services, caller, project_id, role, params=params, firm_ids=form.values("firm"))
    except Conflict as error:
        flash(request, str(error), "warn")
        return go(project_address(project_id) + params.query(role=role))
    if done.is_new:
        flash(request, ngettext("%(num)s firm to call.", "%(num)s firms to call.", done.n_added))
    elif done.n_added:
        said = ngettext("%(num)s firm was added to the list.", "%(num)s firms were added to the list.", done.n_added)
        flash(request, said)
    elif not done.n_asked:
        flash(request, _("This list is being called already: nothing new came to it."))
    if done.n_asked:
        said = ngettext("%(num)s was asked already, and is left out.", "%(num)s were asked already, and are left out.",
                        done.n_asked)  # fmt: skip
        flash(request, said, "warn")
    return go(f"/call-lists/{done.made.id}")


@router.get("/call-lists/{list_id}")
def one_list(request: Request, services: ServicesDep, _caller: PageUser, list_id: str) -> Response:
    """A list to print or to fill in."""
    return _list_page(request, services, list_id)


@router.post("/call-lists/{list_id}/calls/{call_id}")
def note_answer(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, list_id: str, call_id: str
) -> Response:  # fmt: skip
    """Write down what came of a call."""
    heard = Heard(
        answer=form.value("answer"), reason=form.value("reason"), call_back_on=form.value("call_back_on"),
        note=form.value("note"), may_be_named=form.has("may_be_named"),
    )  # fmt: skip
    view, call = _call_of(services, list_id, call_id)
    try:
        with form.catching():
            done = actions.note_answer(services, caller, call_id, heard, expected=form.version())
    except Stale:
        return _stale(request, services, form, view, call)
    if not form.is_good:
        return _list_page(request, services, list_id, 422, form=form, form_of=call_id)
    name = call.firm.name
    if done.waits_for:
        words = _(
            "Saved. %(firm)s was not asked yet: they still have to answer about “%(title)s”, one question at a time.",
            firm=name, title=done.waits_for,
        )  # fmt: skip
        flash(request, words, "warn")
    elif heard.answer == "yes" and done.introduction_id:
        flash(request, _("%(firm)s said yes: the introduction has begun. Next, ask the project’s side.", firm=name))
    elif heard.answer == "call_back" and done.call.call_back_on != heard.call_back_on.strip():
        flash(request, _("Saved. Nobody is at work on that day: the call is for the next working day."))
    else:
        flash(request, _("Saved: %(firm)s.", firm=name))
    return go(f"/call-lists/{list_id}#call-{call_id}")


@router.post("/call-lists/{list_id}/calls/{call_id}/telephone")
def add_telephone(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, list_id: str, call_id: str
) -> Response:  # fmt: skip
    """Add the telephone number that was missing."""
    _view, call = _call_of(services, list_id, call_id)
    form.text("telephone", required=_("Write the telephone number."), most=60)
    if form.is_good:
        draft = ContactDraft(
            name=form.value("name"), role=form.value("role"), telephone=form.value("telephone"),
            source=_("call list"),
        )  # fmt: skip
        with form.catching():
            contacts.add(services.database, caller, Owner(firm_id=call.firm.id), draft)
    if not form.is_good:
        return _list_page(request, services, list_id, 422, phone_form=form, form_of=call_id)
    flash(request, _("The number is kept with the contacts of %(firm)s.", firm=call.firm.name))
    return go(f"/call-lists/{list_id}#call-{call_id}")


@router.post("/call-lists/{list_id}/calls/{call_id}/remove")
def remove_call(
    request: Request, services: ServicesDep, caller: PageOfficer, list_id: str, call_id: str
) -> Response:  # fmt: skip
    """Take a firm off the list."""
    _view, call = _call_of(services, list_id, call_id)
    try:
        actions.remove_call(services, caller, call_id)
    except Conflict as error:
        flash(request, str(error), "warn")
    else:
        flash(request, _("%(firm)s is off this list.", firm=call.firm.name))
    return go(f"/call-lists/{list_id}")


@router.post("/call-lists/{list_id}/close")
def close_list(request: Request, services: ServicesDep, caller: PageOfficer, list_id: str) -> Response:
    """Be done with a list."""
    actions.close_list(services, caller, list_id)
    flash(request, _("The list is closed. What was said on it is kept."))
    return go(f"/call-lists/{list_id}")


@router.post("/call-lists/{list_id}/reopen")
def reopen_list(request: Request, services: ServicesDep, caller: PageOfficer, list_id: str) -> Response:
    """Go on with a list."""
    try:
        actions.reopen_list(services, caller, list_id)
    except Conflict as error:
        flash(request, str(error), "warn")
    return go(f"/call-lists/{list_id}")


def _list_page(
    request: Request, services: ServicesDep, list_id: str, status: int = 200, *, form: Form | None = None,
    phone_form: Form | None = None, form_of: str = "",
) -> Response:  # fmt: skip
    view = views.view_list(services, list_id)
    return render(
        request, "calls/list.html", status, view=view, form=form, phone_form=phone_form, form_of=form_of,
        answers=views.answer_words(), reasons=reason_words(), today=days.today_of(services).isoformat(),
        next_day=days.after(days.today_of(services), 1).isoformat(),
    )  # fmt: skip


def _call_of(services: ServicesDep, list_id: str, call_id: str) -> tuple[ListView, CallView]:
    """A call of a list.

    Raises:
        NotFound: the list has no such call.
    """
    view = views.view_list(services, list_id)
    call = view.find(call_id)
    if call is None:
        raise NotFound(_("This call is not there any more."))
    return view, call


def _pairs(form: Form) -> list[tuple[str, str]]:
    return [(name, value) for name, values in form.all().items() for value in values]


def _stale(request: Request, services: ServicesDep, form: Form, view: ListView, call: CallView) -> Response:
    fresh = actions.get_call(services, call.call.id)
    words, reasons = {"open": _("Not called yet"), **views.answer_words()}, {"": "", **reason_words()}
    differences = [
        Difference(_("What came of it"), words.get(form.value("answer"), ""), words[views.choice_of(fresh)]),
        Difference(_("Reason"), reasons.get(form.value("reason"), ""), reasons[fresh.reason or ""]),
        Difference(_("Call back on"), form.value("call_back_on"), fresh.call_back_on or ""),
        Difference(_("Note"), form.value("note"), fresh.note),
    ]
    address = f"/call-lists/{view.made.id}"
    return stale_page(
        request, form, differences=differences, version=fresh.version, action=f"{address}/calls/{call.call.id}",
        back=f"{address}#call-{call.call.id}",
    )  # fmt: skip
