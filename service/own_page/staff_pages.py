"""What staff do with what a firm asked for on its own page."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from service.addresses import firm_address
from service.deps import ServicesDep
from service.own_page import actions
from service.pages import PageAdmin, PageOfficer, flash, go, page_router
from service.words import _

router = page_router("/firms")


@router.post("/{firm_id}/stays")
def settle(request: Request, services: ServicesDep, caller: PageAdmin, firm_id: str) -> Response:
    """Note that a firm stays after all: it was spoken with."""
    if actions.settle(services, caller, firm_id, actions.DELETION):
        flash(request, _("Noted: it stays."))
    return go(firm_address(firm_id))


@router.post("/{firm_id}/paragraphs-read")
def paragraphs_read(request: Request, services: ServicesDep, caller: PageOfficer, firm_id: str) -> Response:
    """Note that what a firm wrote is read, and its lines are on the page."""
    if actions.settle(services, caller, firm_id, actions.PARAGRAPH):
        flash(request, _("Noted: it is read."))
    return go(firm_address(firm_id))
