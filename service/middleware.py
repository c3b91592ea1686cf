"""Around every request: its id, its log line, its counts, the limit on its body. Plain ASGI: nothing is buffered."""

from __future__ import annotations

import re
import time
import uuid

import structlog
from fastapi import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import metrics

log = structlog.get_logger("service.requests")
_ID = re.compile(r"^[A-Za-z0-9._-]{1,64}$")
_UPLOADS = ("/v1/imports", "/v1/match")


class RequestContext:
    """Gives each request an id, and writes one log line and one count when it has been answered."""

    def __init__(self, app: ASGIApp, *, body_bytes: int, upload_bytes: int) -> None:
        """Wrap an application; bodies over the limits are refused while they are read."""
        self._app, self._body_bytes, self._upload_bytes = app, body_bytes, upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        given = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = given if _ID.match(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started, status = time.perf_counter(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                    (b"cache-control", b"no-store"),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        limit = self._upload_bytes if scope["path"].startswith(_UPLOADS) else self._body_bytes
        try:
            await self._app(scope, _limited(receive, limit), send_with_id)
        finally:
            _report(scope, status, time.perf_counter() - started)


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
