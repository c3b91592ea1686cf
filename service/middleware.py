"""Around every request: its id, its log line, its counts, the limit on its body. Plain ASGI: nothing is buffered."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Awaitable, Callable

import structlog
from fastapi import HTTPException, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import metrics
from service.pages.assets import ADDRESS
from service.pages.errors import is_page
from service.words import DEFAULT, use_language

OnError = Callable[[Request, Exception], Awaitable[Response]]
log = structlog.get_logger("service.requests")
_ID = re.compile(r"^[A-Za-z0-9._-]{1,64}$")
_UPLOADS = ("/v1/imports", "/v1/match")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PAGE_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


class RequestContext:
    """Gives each request an id, and writes one log line and one count when it has been answered."""

    def __init__(self, app: ASGIApp, *, body_bytes: int, upload_bytes: int, on_error: OnError) -> None:
        """Wrap an application.

        Args:
            app: it.
            body_bytes: longer bodies are refused while they are read.
            upload_bytes: the same where files are sent.
            on_error: answers an error that nothing foresaw; here, so that its answer has the headers of all others.
        """
        self._app, self._body_bytes, self._upload_bytes, self._on_error = app, body_bytes, upload_bytes, on_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _ID.match(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        use_language(DEFAULT)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started, status, has_begun = time.perf_counter(), 500, False

        async def send_with_id(message: Message) -> None:
            nonlocal status, has_begun
            if message["type"] == "http.response.start":
                status, has_begun = message["status"], True
                own = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                    *(header for header in _headers_for(scope["path"], status) if header[0] not in own),
                ]
            await send(message)

        is_upload = scope["path"].startswith(_UPLOADS) or (
            headers.get(b"content-type", b"").startswith(b"multipart/form-data") and is_page(scope["path"])
        )
        limit = self._upload_bytes if is_upload else self._body_bytes
        try:
            await self._app(scope, _limited(receive, limit), send_with_id)
        except Exception as error:
            if has_begun:
                raise
            answer = await self._on_error(Request(scope), error)
            await answer(scope, receive, send_with_id)
        finally:
            _report(scope, status, time.perf_counter() - started)


def _headers_for(path: str, status: int) -> list[tuple[bytes, bytes]]:
    """What a browser may do with an answer: files that are named by their content are kept, all else is not."""
    is_kept = path.startswith(f"{ADDRESS}/") and status in (200, 304)
    found = [
        (b"x-content-type-options", b"nosniff"),
        (b"cache-control", b"public, max-age=31536000, immutable" if is_kept else b"no-store"),
    ]
    return found + _PAGE_HEADERS if is_page(path) else found


def _limited(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def receive_within() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                # An error of the framework's own kind: it turns any other that comes from here into a 400.
                raise HTTPException(413, f"the body is over {limit // 1_000_000} MB, the most that is taken here")
        return message

    return receive_within


def _report(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "unmatched")  # the template: ids of records stay out of counts
    method = scope["method"]
    metrics.REQUESTS.labels(method, route, str(status)).inc()
    metrics.SECONDS.labels(method, route).observe(seconds)
    if route not in ("/healthz", "/readyz", "/metrics"):
        log.info(
            "request",
            method=method,
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            caller=scope["state"].get("caller_id"),
        )
