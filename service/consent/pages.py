"""Why we may e-mail one contact: the reasons, one more, one less, none at all, or a question to them."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from service.accounts.staff import names_of
from service.addresses import firm_address, project_address
from service.clock import now
from service.consent import actions, ledger
from service.consent.actions import Given
from service.consent.words import asked_words, basis_hints, basis_words, short_words, stop_words
from service.context import Services
from service.deps import ServicesDep
from service.errors import Conflict, Stale
from service.introductions.days import today_of
from service.pages import Form, FormDep, PageOfficer, PageUser, flash, go, page_router, render
from service.words import _

router = page_router("/contacts")


@router.get("/{contact_id}/why")
def why_page(request: Request, services: ServicesDep, _caller: PageUser, contact_id: str) -> Response:
    """The reasons of one contact."""
    found = actions.why(services.database, contact_id)
    today = today_of(services).isoformat()
    return _page(request, services, found, Form(obtained=today, version=found.contact.version))


@router.post("/{contact_id}/why")
def add_reason(
    request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, contact_id: str
) -> Response:
    """Record a reason."""
    given = Given(
        form.value("basis"), form.value("source"), form.value("obtained"), form.value("ended"),
        form.value("relevance"), form.has("was_told"),
    )  # fmt: skip
    try:
        with form.catching():
            actions.add_reason(services, caller, contact_id, given, expected=form.version())
    except Stale:
        form.wrong("", _("Somebody has changed this contact meanwhile. Look at the address, then send it again."))
        found = actions.why(services.database, contact_id)
        return _page(request, services, found, form, status=412)
    if not form.is_good:
        return _page(request, services, actions.why(services.database, contact_id), form, status=422)
    flash(request, _("The reason is noted."))
    return go(_address(contact_id))


@router.post("/{contact_id}/why/stop")
def no_more(request: Request, services: ServicesDep, caller: PageOfficer, contact_id: str, form: FormDep) -> Response:
    """They want no more letters."""
    try:
        actions.no_more(services, caller, contact_id, form.value("how"))
    except Conflict as error:
        flash(request, str(error), "warn")
    else:
        flash(request, _("They get no more letters, from now on."))
    return go(_address(contact_id))


@router.post("/{contact_id}/why/works")
def works_again(request: Request, services: ServicesDep, caller: PageOfficer, contact_id: str) -> Response:
    """The address works again."""
    actions.lift_bounce(services, caller, contact_id)
    flash(request, _("Noted: the address works again."))
    return go(_address(contact_id))


@router.post("/{contact_id}/why/ask")
def ask(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep, contact_id: str) -> Response:
    """Send them a letter in which they can agree."""
    with form.catching():
        actions.ask_for_yes(services, caller, contact_id, form.value("asked"))
    if form.is_good:
        flash(request, _("A letter that asks them is ready and goes out as soon as sending is on."))
    else:
        flash(request, " ".join(form.errors.values()), "warn")
    return go(_address(contact_id))


@router.post("/{contact_id}/why/{consent_id}/end")
def end_reason(
    request: Request, services: ServicesDep, caller: PageOfficer, contact_id: str, consent_id: str
) -> Response:
    """One reason is wrong or holds no more."""
    actions.end_reason(services, caller, contact_id, consent_id)
    flash(request, _("The reason is taken back."))
    return go(_address(contact_id))


def _address(contact_id: str) -> str:
    return f"/contacts/{contact_id}/why"


def _page(request: Request, services: Services, found: actions.Why, form: Form, *, status: int = 200) -> Response:
    contact = found.contact
    back = firm_address(contact.firm_id) if contact.firm_id else project_address(str(contact.project_id))
    names = names_of(services.database, {row.recorded_by for row, _ in found.reasons})
    return render(
        request, "consent/why.html", status, found=found, contact=contact, form=form, back=back, bases=basis_words(),
        hints=basis_hints(), short=short_words(), stops=stop_words(), asked=asked_words(), names=names,
        why_words=ledger.why_words, refusal_words=ledger.refusal_words, today=now(),
    )  # fmt: skip
