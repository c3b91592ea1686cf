"""Errors as pages, where the API answers problem+json."""

from __future__ import annotations

import logging
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from service.errors import Problem
from service.pages.protect import Forged
from service.pages.rendering import go, render
from service.pages.visit import Elsewhere, Visit, visit_of
from service.words import DEFAULT, _, use_language

log = logging.getLogger(__name__)
_NO_PAGES = ("/v1", "/healthz", "/readyz", "/metrics", "/docs", "/openapi.json", "/static")


def is_page(path: str) -> bool:
    """Whether people look at this address, and not programs."""
    return not any(path == root or path.startswith((f"{root}/", f"{root}-")) for root in _NO_PAGES)


async def page_of(request: Request, problem: Problem, error: Exception) -> Response:
    """The page of an error: what happened, what to do now, and the request's id."""
    if isinstance(error, Elsewhere):
        return _elsewhere(request, error.address)
    try:
        visit = await visit_of(request)
    except Exception:
        # The database does not answer: that is what the page says.
        log.debug("nobody is known on this page", exc_info=True)
        visit = Visit(DEFAULT, None, None, None, True)
        request.state.visit = visit
        use_language(DEFAULT)
    try:
        return await run_in_threadpool(_render, request, problem, error)
    except Exception:
        log.exception("the page of an error could not be made")
        return HTMLResponse(f"<!doctype html><title>500</title><p>{request.state.request_id}", problem.status)


def _elsewhere(request: Request, address: str) -> Response:
    if request.headers.get("hx-request"):  # a part of a page must not be filled with another page
        return Response(status_code=204, headers={"HX-Redirect": address})
    return go(address)


def _render(request: Request, problem: Problem, error: Exception) -> Response:
    typed = error.typed if isinstance(error, Forged) else ()
    title, advice = (_("It was not sent"), "") if isinstance(error, Forged) else _words(problem.status)
    # Some details are written for programs; on a page only those that an action meant for people help.
    response = render(
        request, "errors/error.html", problem.status, problem=problem, title=title, advice=advice, typed=typed
    )
    response.headers["X-Page-Message"] = quote(problem.detail[:300])
    return response


def _words(status: int) -> tuple[str, str]:
    """Title of an error, and what to do about it."""
    known = {
        401: (_("Please sign in"), _("You are not signed in any more.")),
        403: (_("This is not open to you"), ""),
        404: (_("There is nothing here"), _("The address may be old or mistyped, or somebody deleted it.")),
        405: (_("This address takes no such request"), _("Go back and use the page's own buttons.")),
        409: (_("That does not fit what is there"), _("Go back, look again, and repeat what you wanted.")),
        412: (_("Somebody was faster"), _("Go back, reload the page, and repeat your change on what it says now.")),
        413: (_("This file is too large"), _("Go back and choose a smaller one.")),
        422: (_("Something in it makes no sense"), _("Go back and correct it.")),
        429: (_("A little slower, please"), _("Wait a minute, then try again.")),
        503: (_("Not ready yet"), _("The service is starting or its database is busy. Try again in a moment.")),
    }
    return known.get(
        status,
        (_("Something went wrong on our side"), _("Nothing was lost that was saved before. Try again in a moment.")),
    )
