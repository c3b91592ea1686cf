"""Feeds by a private address, and the pages on which it is made and ended."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from service.deps import ServicesDep
from service.errors import NotFound
from service.feeds import actions, documents
from service.feeds.actions import Owner
from service.mail.links import base_address
from service.pages import PageUser, VisitDep, flash, go, page_router, render
from service.words import _

router = APIRouter(include_in_schema=False)
staff_router = page_router("/settings/feed")


@router.get("/feeds/{token}/{name}")
def feed(services: ServicesDep, token: str, name: str) -> Response:
    """A calendar, a feed or a file; whoever has the address may read it."""
    if name not in actions.NAMES:
        raise NotFound(_("There is nothing here"))
    contents = actions.read(services, token)
    address = f"{base_address(services.settings)}/feeds/{token}/{name}"
    if name == "deadlines.ics":
        body, kind = documents.as_calendar(contents), "text/calendar; charset=utf-8"
    elif name == "opportunities.atom":
        body, kind = documents.as_atom(contents, address), "application/atom+xml; charset=utf-8"
    elif name == "opportunities.csv":
        body, kind = documents.as_csv(contents), "text/csv; charset=utf-8"
    else:
        body, kind = documents.as_json(contents), "application/json"
    return Response(body, media_type=kind, headers={"X-Robots-Tag": "noindex"})


@staff_router.get("")
def staff_page(request: Request, services: ServicesDep, visit: VisitDep, _caller: PageUser) -> Response:
    """Whether somebody of staff has an address."""
    assert visit.user is not None
    found = actions.of_owner(services, Owner(user_id=visit.user.id))
    return render(request, "feeds/staff.html", found=found, addresses={})


@staff_router.post("")
def make_staff(request: Request, services: ServicesDep, visit: VisitDep, caller: PageUser) -> Response:
    """Make one; it is shown once."""
    assert visit.user is not None
    token = actions.make(services, caller, Owner(user_id=visit.user.id))
    found = actions.of_owner(services, Owner(user_id=visit.user.id))
    return render(request, "feeds/staff.html", found=found, addresses=actions.addresses(services, token))


@staff_router.post("/end")
def end_staff(request: Request, services: ServicesDep, visit: VisitDep, caller: PageUser) -> Response:
    """End it."""
    assert visit.user is not None
    actions.end(services, caller, Owner(user_id=visit.user.id))
    flash(request, _("The address works no more."))
    return go("/settings/feed")
