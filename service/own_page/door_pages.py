"""The way to a firm's own page: asking for a link, opening it, signing out."""

from __future__ import annotations

from fastapi import BackgroundTasks, Request
from fastapi.responses import Response

from service.accounts.repository import fold_email
from service.accounts.staff import check_email
from service.deps import ServicesDep
from service.mail.links import LinkRefused
from service.own_page import door
from service.own_page.visit_pages import COOKIE, DOOR, FRESH, HOME, VisitorDep, own_router, render, set_visit
from service.pages import Form, FormDep, go, local_path
from service.pages.letter_pages import refused_page
from service.pages.rendering import set_language
from service.words import LANGUAGES

router = own_router()


@router.get(DOOR)
def door_page(request: Request) -> Response:
    """Ask for an address; who is in goes on."""
    if request.state.visitor_of_firm is not None:
        return go(HOME)
    return render(request, "own_page/door.html", form=Form())


@router.post(DOOR)
def ask(request: Request, services: ServicesDep, form: FormDep, later: BackgroundTasks) -> Response:
    """Promise a link, and say the same to everybody; whether there is one is looked up after the answer."""
    with form.catching():
        email = check_email(" ".join(form.value("email").split()))
    if not form.is_good:
        return render(request, "own_page/door.html", 422, form=form)
    services.limiter.sign_in(f"own-page {fold_email(email)}", _address(request))
    later.add_task(door.send_link, services, email)
    return render(request, "own_page/on_its_way.html", email=email)


@router.get("/letters/page/{token}")
def link_page(request: Request, services: ServicesDep, token: str) -> Response:
    """Show a button; programs that follow every link in a letter change nothing."""
    try:
        person, is_open = door.look(services, token)
    except LinkRefused:
        return refused_page(request, request.state.visit.language)
    return render(request, "own_page/link.html", 200 if is_open else 410, firm=person.firm.record, is_open=is_open)


@router.post("/letters/page/{token}")
def enter(request: Request, services: ServicesDep, token: str) -> Response:
    """Open the page."""
    services.limiter.sign_in(f"own-page {token}", _address(request))
    try:
        cookie = door.enter(services, token)
    except LinkRefused:
        cookie = ""
    if not cookie:
        return link_page(request, services, token)
    response = go(HOME)
    set_visit(request, response, cookie)
    return response


@router.post("/letters/page/{token}/new")
def another(request: Request, services: ServicesDep, token: str, later: BackgroundTasks) -> Response:
    """Send a new link to the address on file."""
    services.limiter.sign_in(f"own-page {token}", _address(request))
    try:
        door.look(services, token)
    except LinkRefused:
        return refused_page(request, request.state.visit.language)
    later.add_task(door.send_another, services, token)
    return render(request, "own_page/on_its_way.html", email="")


@router.get(FRESH)
def fresh_page(request: Request, _visitor: VisitorDep) -> Response:
    """Why a fresh link is needed."""
    return render(request, "own_page/fresh.html")


@router.post(FRESH)
def fresh(request: Request, services: ServicesDep, visitor: VisitorDep, later: BackgroundTasks) -> Response:
    """Send a fresh link to the address on file."""
    services.limiter.sign_in(f"own-page {visitor.contact.email}", _address(request))
    later.add_task(door.send_fresh, services, visitor)
    return render(request, "own_page/on_its_way.html", email="")


@router.post("/own/language")
def language(request: Request, form: FormDep) -> Response:
    """Read these pages in another language, in this browser."""
    response = go(local_path(form.value("next"), DOOR))
    if form.value("language") in LANGUAGES:
        set_language(request, response, form.value("language"))
    return response


@router.post("/own/sign-out")
def leave(services: ServicesDep, visitor: VisitorDep) -> Response:
    """Sign out."""
    door.leave(services, visitor)
    response = go(DOOR)
    response.delete_cookie(COOKIE)
    return response


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
