"""Templates → answers, with what every page needs: who looks, the token of its forms, words for it to say once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service import words
from service.accounts import sessions
from service.deps import services_of
from service.pages import formats, protect
from service.pages.assets import asset
from service.pages.forms import Form
from service.pages.visit import LANGUAGE_COOKIE, SESSION_COOKIE, Visit

TEMPLATES = Path(__file__).parent.parent / "templates"
YEAR_SECONDS = 365 * 24 * 3600


@cache
def environment(timezone: str) -> Environment:
    """The templates; they escape everything, and a name that is not given is an error."""
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.install_gettext_callables(  # type: ignore[attr-defined] # comes with the extension
        words.translate, words.translate_count, newstyle=True
    )
    zone = ZoneInfo(timezone)
    found.filters |= {
        "date": partial(formats.format_date, zone=zone),
        "moment": partial(formats.format_moment, zone=zone),
        "number": formats.format_number,
        "money": formats.format_money,
    }
    found.globals |= {"asset": asset, "languages": words.LANGUAGES, "language_of": words.language, "Form": Form}
    return found


def render(request: Request, template: str, status: int = 200, /, **context: object) -> HTMLResponse:
    """A page, or a part of one.

    Args:
        request: the one that is answered.
        template: below ``service/templates``.
        status: 422 when a form is shown again with what is wrong with it.
        context: what the template names; it also has ``visit``, ``path``, ``csrf``, ``flashes()`` and ``asset()``.
    """
    visit: Visit = request.state.visit
    token: Callable[[], str] = partial(protect.token_of, request, visit)
    shared: dict[str, Any] = {
        "visit": visit,
        "path": request.url.path,
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "csrf": token,
        "flashes": partial(_flashes, request, visit),
        "request_id": request.state.request_id,
    }
    found = environment(services_of(request).settings.timezone).get_template(template)
    response = HTMLResponse(found.render(shared | context), status)
    # The token of a visitor who is not signed in belongs to a cookie.
    if getattr(request.state, "visitor", None) and protect.COOKIE not in request.cookies:
        set_cookie(request, response, protect.COOKIE, request.state.visitor)
    return response


def go(address: str) -> Response:
    """Send the browser to a page, after a write too (303)."""
    return RedirectResponse(address, 303)


def flash(request: Request, text: str, kind: str = "done") -> None:
    """Say something once, on the next page; ``kind`` is ``done`` or ``warn``."""
    session = request.state.visit.session
    if session is not None:
        sessions.add_flash(services_of(request).database, session, kind, text)


def set_cookie(request: Request, response: Response, name: str, value: str, seconds: int | None = None) -> None:
    """Set a cookie that no script reads and no other site's form sends; only over TLS where there is TLS."""
    secure = request.url.scheme == "https" or services_of(request).settings.public_url.startswith("https:")
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure)


def set_session(request: Request, response: Response, token: str) -> None:
    """Give the browser the token of a session."""
    set_cookie(request, response, SESSION_COOKIE, token, int(sessions.LONGEST.total_seconds()))


def set_language(request: Request, response: Response, language: str) -> None:
    """Remember the language in this browser."""
    set_cookie(request, response, LANGUAGE_COOKIE, language, YEAR_SECONDS)


def _flashes(request: Request, visit: Visit) -> list[tuple[str, str]]:
    return [] if visit.session is None else sessions.take_flashes(services_of(request).database, visit.session)
