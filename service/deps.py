"""What routes are handed: the parts of the process, the caller, and headers that are read once for all."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Header, Query, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from service.context import Services
from service.errors import Invalid, NotAllowed, NotFound, NotSignedIn
from service.idempotency import fingerprint
from service.security import Caller, Scope

bearer = HTTPBearer(auto_error=False, description="The API key as a bearer token.")
key_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="The API key in a header of its own.")


def services_of(request: Request) -> Services:
    """The parts of this process."""
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


ServicesDep = Annotated[Services, Depends(services_of)]


def current_caller(
    request: Request,
    services: ServicesDep,
    token: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    key: Annotated[str | None, Depends(key_header)],
) -> Caller:
    """Who asks.

    Raises:
        NotSignedIn: no key, or one that is unknown or revoked.
        TooMany: too many requests with this key, or without one from this address.
    """
    if "\0" in request.scope["path"]:  # no record is called so, and PostgreSQL refuses to look for it
        raise NotFound("nothing is at this address: it has a NUL character in it")
    given = token.credentials if token else key
    address = request.client.host if request.client else "unknown"
    services.limiter.refuse_guessing(address)
    caller = services.keys.caller(given) if given else None
    if caller is None:
        services.limiter.failed(address)
        raise NotSignedIn(
            "this needs a valid API key in the header Authorization: Bearer KEY; "
            "`matcher-service keys create NAME` makes one"
        )
    services.limiter.hit(caller.id)
    request.state.caller_id = caller.id
    return caller


def needs_scope(scope: Scope) -> Callable[[Caller], Caller]:
    """A dependency that lets only keys of a scope through."""

    def check(caller: Annotated[Caller, Depends(current_caller)]) -> Caller:
        if not caller.scope.includes(scope):
            raise NotAllowed(f"this key may {caller.scope.value}, and this needs {scope.value}: use another key")
        return caller

    return check


Reader = Annotated[Caller, Depends(needs_scope(Scope.READ))]
Writer = Annotated[Caller, Depends(needs_scope(Scope.WRITE))]
Admin = Annotated[Caller, Depends(needs_scope(Scope.ADMIN))]


def expected_version(
    if_match: Annotated[str | None, Header(description="The ETag that you read; refused with 412 when stale.")] = None,
) -> int | None:
    """The version that a write expects, from If-Match; None when the header is not sent or is ``*``."""
    if if_match is None or if_match.strip() == "*":
        return None
    mark = re.fullmatch(r'(?:W/)?"(\d{1,9})"', if_match.strip())
    if mark is None:
        raise Invalid("If-Match", f'If-Match is {if_match!r}, expected an ETag as it was sent, such as "3"')
    return int(mark.group(1))


ExpectedVersion = Annotated[int | None, Depends(expected_version)]


IdempotencyKey = Annotated[
    str | None, Header(description="Any text of yours: the same request sent again gets the same answer.")
]


async def idempotency_of(request: Request, idempotency_key: IdempotencyKey = None) -> tuple[str | None, str]:
    """The Idempotency-Key, and what tells this request from others."""
    return idempotency_key, fingerprint(request.url.path, await request.body())


Idempotency = Annotated[tuple[str | None, str], Depends(idempotency_of)]
Cursor = Annotated[str | None, Query(description="From `next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200, description="Most rows of a page.")]
