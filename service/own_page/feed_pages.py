"""The private address of a firm's calendar and feed: made, shown once, ended."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from service.deps import ServicesDep
from service.feeds import actions
from service.feeds.actions import Owner
from service.own_page.visit_pages import OwnerDep, own_router, render
from service.pages import go

router = own_router()


@router.get("/own/feed")
def firm_page(request: Request, services: ServicesDep, visitor: OwnerDep) -> Response:
    """Whether somebody at a firm has an address."""
    owner = Owner(firm_id=visitor.firm.id, contact_id=visitor.contact.id)
    return render(request, "feeds/firm.html", found=actions.of_owner(services, owner), addresses={})


@router.post("/own/feed")
def make_firm(request: Request, services: ServicesDep, visitor: OwnerDep) -> Response:
    """Make one; it is shown once."""
    owner = Owner(firm_id=visitor.firm.id, contact_id=visitor.contact.id)
    token = actions.make(services, visitor.caller, owner)
    found = actions.of_owner(services, owner)
    return render(request, "feeds/firm.html", found=found, addresses=actions.addresses(services, token))


@router.post("/own/feed/end")
def end_firm(services: ServicesDep, visitor: OwnerDep) -> Response:
    """End it."""
    actions.end(services, visitor.caller, Owner(firm_id=visitor.firm.id, contact_id=visitor.contact.id))
    return go("/own/feed")
