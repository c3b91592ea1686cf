"""Against forged requests: every form of every page carries a token, and comes from this site.

Signed in, the token is the session's. Before that it is made from a random cookie with a key of this installation,
so that a page of another site can guess neither.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from service.accounts.sessions import installation_secret
from service.deps import services_of
from service.errors import NotAllowed
from service.pages.visit import Visit, visit_of
from service.security import make_token
from service.words import _

COOKIE = "visitor"
FIELD = "csrf"
HEADER = "x-csrf-token"
# Bulk pages tick many rows at once.
MOST_FIELDS = 20_000
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Forged(NotAllowed):
    """No token, a wrong one, or a request that another site made.

    Attributes:
        typed: what was in the form, so that it is not lost.
    """

    def __init__(self, message: str, typed: tuple[tuple[str, str], ...] = ()) -> None:
        """Keep what was typed."""
        super().__init__(message)
        self.typed = typed


async def protect(request: Request) -> AsyncIterator[None]:
    """Let a request through that reads, or that a form of ours sent; every page router depends on it.

    Raises:
        Forged: it writes, and no form of ours sent it.
    """
    visit = await visit_of(request)
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        await _check(request, visit)
    try:
        yield
    finally:
        await request.close()  # the files of its form


async def _check(request: Request, visit: Visit) -> None:
    form = await form_of(request)
    given = request.headers.get(HEADER) or form.get(FIELD)
    expected = await run_in_threadpool(token_of, request, visit)
    same = isinstance(given, str) and hmac.compare_digest(given.encode(), expected.encode())
    if not same or not is_from_here(request):
        typed = tuple((name, value) for name, value in form.multi_items() if isinstance(value, str) and value.strip())
        shown = tuple((name, value) for name, value in typed if name != FIELD and not _is_secret(name))
        raise Forged(_("This page was open too long. Go back, reload, and send it again."), shown)


async def form_of(request: Request) -> FormData:
    """The form that was sent; an empty one when the body is none."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    return await request.form(max_fields=MOST_FIELDS) if kind in _FORMS else FormData()


def token_of(request: Request, visit: Visit) -> str:
    """The token that forms of this visitor carry."""
    if visit.session is not None:
        return visit.session.csrf
    key = installation_secret(services_of(request).database, "visitors").encode()
    return hmac.new(key, visitor_of(request).encode(), hashlib.sha256).hexdigest()


def visitor_of(request: Request) -> str:
    """The random text in the visitor's cookie, made when there is none; the answer must then set it."""
    visitor = getattr(request.state, "visitor", None) or request.cookies.get(COOKIE) or make_token()
    request.state.visitor = visitor
    return str(visitor)


def is_from_here(request: Request) -> bool:
    """Whether the browser says that this site sent it; one that says nothing is held to the token alone."""
    origin = request.headers.get("origin")
    if origin is not None:
        hosts = {request.headers.get("host"), urlsplit(services_of(request).settings.public_url).netloc}
        return urlsplit(origin).netloc in hosts - {None, ""}
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def _is_secret(name: str) -> bool:
    return any(part in name for part in ("password", "old", "new", "again", "code"))
