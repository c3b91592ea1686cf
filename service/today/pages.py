"""The first page after signing in."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from service.clock import now
from service.pages import PageUser, page_router, render

router = page_router("/today")


@router.get("")
def today(request: Request, _caller: PageUser) -> Response:
    """What waits."""
    return render(request, "today/today.html", day=now())
