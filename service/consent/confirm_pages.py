"""The page that the question "may we mail you?" opens: GET shows it, the button says yes."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from service.consent import actions
from service.context import Services
from service.deps import ServicesDep
from service.errors import Conflict
from service.mail.links import LinkRefused
from service.pages.letter_pages import letter_router, refused_page, render_letter_page

router = letter_router()
ADDRESS = "/letters/confirm/{token}"


@router.get(ADDRESS)
def question(request: Request, services: ServicesDep, token: str) -> Response:
    """What somebody would agree to, and the button."""
    try:
        asked = actions.read_question(services, token)
    except LinkRefused:
        return refused_page(request)
    return _page(request, services, asked, is_done=asked.is_confirmed)


@router.post(ADDRESS)
def agree(request: Request, services: ServicesDep, token: str) -> Response:
    """Say yes; a second time changes nothing."""
    try:
        asked = actions.read_question(services, token)
        actions.confirm(services, asked.ref)
    except LinkRefused:
        return refused_page(request)
    except Conflict as error:
        return refused_page(request, asked.language, str(error))
    return _page(request, services, asked, is_done=True)


def _page(request: Request, services: Services, asked: actions.Question, *, is_done: bool) -> Response:
    return render_letter_page(
        request, "consent/confirm.html", 200, asked.language, email=asked.ref.email, is_done=is_done, stop=asked.stop
    )
