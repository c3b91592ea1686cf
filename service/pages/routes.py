"""The router that every page uses, and the few routes that belong to no slice."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from service.accounts import staff
from service.deps import ServicesDep
from service.pages.forms import FormDep
from service.pages.protect import protect
from service.pages.rendering import go, set_language
from service.pages.visit import HOME, VisitDep, local_path
from service.words import LANGUAGES


def page_router(prefix: str = "") -> APIRouter:
    """A router of pages: protected against forged requests, and not part of the API's documentation."""
    settings: dict[str, Any] = {"include_in_schema": False, "default_response_class": HTMLResponse}
    return APIRouter(prefix=prefix, dependencies=[Depends(protect)], **settings)


router = page_router()


@router.get("/")
def home() -> Response:
    """The first page is today's."""
    return go(HOME)


@router.post("/language")
def change_language(request: Request, services: ServicesDep, visit: VisitDep, form: FormDep) -> Response:
    """Go on in another language, in this browser and wherever this person signs in."""
    response = go(local_path(form.value("next")))
    language = form.value("language")
    if language in LANGUAGES:
        set_language(request, response, language)
        if visit.user is not None:
            staff.set_language(services.database, visit.user, language)
    return response
