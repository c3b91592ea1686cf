"""What staff do with an answer: call as was promised, and note what was said."""

from __future__ import annotations

from datetime import date

from fastapi import Request
from fastapi.responses import Response

from service.context import Services
from service.deps import ServicesDep
from service.errors import Conflict
from service.pages import Form, FormDep, PageOfficer, flash, go, page_router, render
from service.replies import actions
from service.replies.words import reason_words
from service.words import _

router = page_router("/lists")


@router.get("/answers/{promise_id}")
def answer_page(request: Request, services: ServicesDep, _caller: PageOfficer, promise_id: str) -> Response:
    """Who said yes to what, their number, and what we do not know."""
    return _page(request, services, promise_id, Form())


@router.post("/answers/{promise_id}")
def called(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, promise_id: str) -> Response:
    """Note that they were called, and what was said."""
    with form.catching():
        actions.keep(services, caller, promise_id, form.value("word"))
    if not form.is_good:
        return _page(request, services, promise_id, form, status=422)
    flash(request, _("Noted. They read it where their letter leads."))
    found = actions.look_at_promise(services, promise_id)
    where = found.promise.introduction_id
    return go(f"/introductions/{where}" if where else "/today")


@router.post("/items/{item_id}/answer")
def record_answer(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, item_id: str
) -> Response:
    """Note an answer to a line of a list that came by telephone or mail."""
    with form.catching():
        said = form.value("said")
        answer, reason = ("yes", "") if said == "yes" else ("no", said)
        actions.record_answer(services, caller, item_id, answer, reason)
    if form.is_good:
        flash(request, _("Noted."))
    else:
        flash(request, next(iter(form.errors.values())), "warn")
    return go(actions.firm_of_item(services, item_id))


def _page(request: Request, services: Services, promise_id: str, form: Form, *, status: int = 200) -> Response:
    try:
        found = actions.look_at_promise(services, promise_id)
    except Conflict as error:
        flash(request, str(error), "warn")
        return go("/today")
    return render(
        request, "replies/promise.html", status, found=found, form=form, reasons=reason_words(),
        call_by=date.fromisoformat(found.promise.call_by),
    )  # fmt: skip
