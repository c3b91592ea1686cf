"""Who is at a firm's own page: read once a request from a cookie of its own, apart from the staff's sessions."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from service.deps import services_of
from service.own_page import door
from service.own_page.door import Visitor
from service.own_page.words import said_words
from service.pages import go
from service.pages.protect import FIELD, Forged, form_of, is_from_here
from service.pages.rendering import environment, set_cookie
from service.pages.visit import LANGUAGE_COOKIE, Elsewhere, Visit
from service.setup.actions import get_chamber
from service.words import DEFAULT, LANGUAGES, _, use_language

COOKIE = "firm"
DOOR = "/own"
HOME = "/own/page"
FRESH = "/own/fresh"


def own_router() -> APIRouter:
    """A router of pages of firms: its forms carry the visit's own token, and come from this site."""
    settings: dict[str, Any] = {"include_in_schema": False, "default_response_class": HTMLResponse}
    return APIRouter(dependencies=[Depends(protect)], **settings)


async def protect(request: Request) -> AsyncIterator[None]:
    """Let a request through that reads, or that a form of ours sent.

    Before a link has opened a visit there is nothing to act on in somebody's name: then it need only come from here.

    Raises:
        Forged: it writes, and no form of ours sent it.
    """
    visitor, visit = await run_in_threadpool(_read, request)
    request.state.visit, request.state.visitor_of_firm = visit, visitor
    if visitor is not None:
        request.state.caller_id = visitor.caller.id
    use_language(visit.language)  # set here, not in the thread: what a thread sets is gone when it ends
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        await _check(request, visitor)
    try:
        yield
    finally:
        await request.close()  # the files of its form


async def _check(request: Request, visitor: Visitor | None) -> None:
    form = await form_of(request)
    given = form.get(FIELD)
    same = visitor is None or (
        isinstance(given, str) and hmac.compare_digest(given.encode(), visitor.visit.csrf.encode())
    )
    if not same or not is_from_here(request):
        typed = tuple((n, v) for n, v in form.multi_items() if n != FIELD and isinstance(v, str) and v.strip())
        raise Forged(_("This page was open too long. Go back, reload, and send it again."), typed)


def _read(request: Request) -> tuple[Visitor | None, Visit]:
    services = services_of(request)
    cookie = request.cookies.get(COOKIE)
    visitor = door.find(services, cookie) if cookie else None
    chamber = get_chamber(services.database)
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    wanted = [chosen, visitor.contact.language if visitor else None]
    wanted += [part.strip()[:2].lower() for part in request.headers.get("accept-language", "")[:200].split(",")]
    wanted.append(chamber.language if chamber else DEFAULT)
    language = next((one for one in wanted if one in LANGUAGES), DEFAULT)
    return visitor, Visit(str(language), None, None, chamber, True)


def at_home(request: Request) -> Visitor:
    """Whoever is at their firm's page.

    Raises:
        Elsewhere: nobody is: they ask for a link first.
        TooMany: too many requests.
    """
    visitor: Visitor | None = request.state.visitor_of_firm
    if visitor is None:
        raise Elsewhere(DOOR)
    services_of(request).limiter.hit(visitor.caller.id)
    return visitor


VisitorDep = Annotated[Visitor, Depends(at_home)]


def by_own_mailbox(visitor: VisitorDep) -> Visitor:
    """Whoever came by a link that they had just asked for.

    Raises:
        Elsewhere: they came by a list, which may have been passed on: they take a fresh link first.
    """
    if not visitor.visit.is_asked:
        raise Elsewhere(FRESH)
    return visitor


OwnerDep = Annotated[Visitor, Depends(by_own_mailbox)]


def render(request: Request, template: str, status: int = 200, /, **context: object) -> HTMLResponse:
    """A page of a firm, or the way to it; ``visitor`` is None before a link has opened one."""
    visitor: Visitor | None = request.state.visitor_of_firm
    shared: dict[str, Any] = {
        "visit": request.state.visit,
        "visitor": visitor,
        "path": request.url.path,
        "csrf": lambda: visitor.visit.csrf if visitor else "",
        "said": said_words(request.query_params.get("said", ""), request.query_params.get("n", "")),
        "tabs_of": HOME,
    }
    found = environment(services_of(request).settings.timezone).get_template(template)
    response = HTMLResponse(found.render(shared | context), status)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def done(address: str, said: str, n: int | None = None) -> Response:
    """Go on to a page that says once what was done; what it says is one of a few sentences of ours."""
    query = {"said": said, **({"n": str(n)} if n is not None else {})}
    path, mark, part = address.partition("#")
    return go(f"{path}?{urlencode(query)}{mark}{part}")


def set_visit(request: Request, response: Response, cookie: str) -> None:
    """Give the browser the token of a visit."""
    set_cookie(request, response, COOKIE, cookie, int(door.LONGEST.total_seconds()))
