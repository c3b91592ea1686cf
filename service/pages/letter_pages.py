"""Pages that links in letters open: no cookie, no session, and no way on from them but what the link is for.

A link is signed (``service.mail.links``): whoever has it may use it, and there is no sign-in that a forged request
could lean on, so these forms carry no token of a session. GET shows, POST acts: programs that follow links change
nothing.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from service.deps import services_of
from service.pages.rendering import environment
from service.setup.actions import get_chamber
from service.words import LANGUAGES, use_language


def letter_router() -> APIRouter:
    """A router of such pages; give each route its whole address, ``/letters/<purpose>/{token}``."""
    return APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


def render_letter_page(
    request: Request, template: str, status: int = 200, language: str | None = None, **context: object
) -> HTMLResponse:
    """One such page.

    Args:
        request: the one that is answered.
        template: below ``service/templates``; it extends ``letters_base.html``.
        status: of HTTP.
        language: of whoever got the letter; None takes the browser's, or the chamber's.
        context: what the template names; it also has ``chamber``, ``path`` and ``asset()``.
    """
    services = services_of(request)
    chamber = get_chamber(services.database)
    use_language(language or _language_of(request, chamber.language if chamber else ""))
    shared: dict[str, Any] = {"chamber": chamber, "path": request.url.path}
    found = environment(services.settings.timezone).get_template(template)
    return HTMLResponse(found.render(shared | context), status, {"X-Robots-Tag": "noindex, nofollow"})


def refused_page(request: Request, language: str | None = None, message: str = "") -> HTMLResponse:
    """The same page for every link that opens nothing: forged, of another kind, swapped or used."""
    return render_letter_page(request, "letters_refused.html", 404, language, message=message)


def _language_of(request: Request, otherwise: str) -> str:
    for part in request.headers.get("accept-language", "")[:200].split(","):
        short = part.split(";")[0].strip()[:2].lower()
        if short in LANGUAGES:
            return short
    return otherwise
