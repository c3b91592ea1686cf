"""Whom we may e-mail: the page of the settings, and the proof of one address as a file."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from service.accounts.staff import check_email
from service.consent import actions, ledger, overview, proof
from service.consent.ledger import Permission
from service.consent.repository import HASHED
from service.consent.rules import LAPSES_WITHIN_DAYS, Refusal
from service.consent.words import short_words, stop_words
from service.context import Services
from service.deps import ServicesDep
from service.pages import Form, FormDep, PageOfficer, PageUser, page_router, render
from service.words import _

router = page_router("/settings/mail-reasons")
KINDS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


@router.get("")
def whom(request: Request, services: ServicesDep, _caller: PageUser) -> Response:
    """Counts, what ends soon, and what is stopped."""
    return _page(request, services, Form(kind="csv"))


@router.post("/proof")
def download_proof(request: Request, services: ServicesDep, caller: PageOfficer, form: FormDep) -> Response:
    """Everything that proves why an address was written to; an address in an address line would be logged."""
    address, kind = form.value("email").strip(), form.choice("kind", list(KINDS))
    with form.catching():
        if not address.startswith(HASHED):
            address = check_email(address)
    if not form.is_good:
        return _page(request, services, form, status=422)
    found = actions.take_proof(services.database, caller, address)
    data = proof.as_json(found) if kind == "json" else proof.as_csv([found])
    headers = {"Content-Disposition": f'attachment; filename="proof.{kind}"', "Cache-Control": "no-store"}
    return Response(data, media_type=KINDS[kind], headers=headers)


def _page(request: Request, services: Services, form: Form, *, status: int = 200) -> Response:
    return render(
        request, "consent/whom.html", status, found=overview.look(services.database), form=form, short=short_words(),
        refusals={one.value: ledger.refusal_words(Permission(False, refusal=one)) for one in Refusal},
        stops=stop_words(), days=LAPSES_WITHIN_DAYS, kinds={"csv": _("For Excel"), "json": _("For programs")},
    )  # fmt: skip
