"""The first page after signing in."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from service.clock import now
from service.deps import ServicesDep
from service.introductions import days
from service.pages import PageUser, VisitDep, page_router, render
from service.today import actions

router = page_router("/today")


@router.get("")
def today(request: Request, services: ServicesDep, caller: PageUser, visit: VisitDep) -> Response:
    """What waits."""
    found = actions.today_for(services, caller, may_write=visit.may_write)
    return render(request, "today/today.html", day=now(), this_day=days.today_of(services), today=found)
