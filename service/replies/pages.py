"""Pages that links in lists open: GET shows, a button acts, without sign-in or cookies."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Form, Request
from fastapi.responses import Response

from service.context import Services
from service.deps import ServicesDep
from service.errors import Conflict, Invalid, NotFound, ServiceError
from service.introductions import days
from service.mail.links import LinkRefused, Purpose
from service.pages.letter_pages import letter_router, refused_page, render_letter_page
from service.replies import actions, views
from service.replies.actions import Opened
from service.replies.words import reason_words

router = letter_router()
Text = Annotated[str, Form()]
LINE = {"yes": Purpose.YES, "no": Purpose.NO, "colleague": Purpose.COLLEAGUE}


@router.get("/letters/stop/{token}")
def stop_page(request: Request, services: ServicesDep, token: str) -> Response:
    """Whether to stop all letters."""
    try:
        wishes, language, is_stopped = actions.read_stop(services, token)
    except LinkRefused:
        return refused_page(request)
    return render_letter_page(request, "replies/stop.html", 200, language, is_done=is_stopped, wishes=wishes)


@router.post("/letters/stop/{token}")
def stop(request: Request, services: ServicesDep, token: str) -> Response:
    """Stop them at once; mail programs post here by themselves (RFC 8058)."""
    try:
        _ref, language = actions.stop(services, token)
    except LinkRefused:
        return refused_page(request)
    return render_letter_page(request, "replies/stop.html", 200, language, is_done=True, wishes="")


@router.get("/letters/yes/{token}")
@router.get("/letters/no/{token}")
@router.get("/letters/colleague/{token}")
def line_page(request: Request, services: ServicesDep, token: str) -> Response:
    """One opportunity, and the button."""
    what = request.url.path.split("/")[2]
    try:
        opened = actions.open_item(services, LINE[what], token)
    except LinkRefused:
        return refused_page(request)
    return _line(request, services, what, opened)


@router.post("/letters/yes/{token}")
def say_yes(request: Request, services: ServicesDep, token: str, what: Text = "yes") -> Response:
    """Say yes, take it back, or ask for a new link."""
    return _act(request, services, "yes", token, what, lambda: actions.say_yes(services, token))


@router.post("/letters/no/{token}")
def say_no(
    request: Request, services: ServicesDep, token: str, what: Text = "no", reason: Text = "", until: Text = ""
) -> Response:
    """Say no with the reason, take it back, or ask for a new link."""
    return _act(request, services, "no", token, what, lambda: actions.say_no(services, token, reason, until))


@router.post("/letters/colleague/{token}")
def name_colleague(
    request: Request, services: ServicesDep, token: str, what: Text = "colleague", name: Text = "", email: Text = ""
) -> Response:
    """Say whom we should ask."""
    return _act(
        request, services, "colleague", token, what, lambda: actions.name_colleague(services, token, name, email)
    )


def _act(request: Request, services: Services, purpose: str, token: str, what: str, act: object) -> Response:
    services.limiter.answer(token)
    try:
        if what == "new":
            actions.ask_for_new_link(services, LINE[purpose], token)
            opened = actions.open_item(services, LINE[purpose], token)
            return render_letter_page(request, "replies/new_link.html", 200, opened.language)
        assert callable(act)
        opened = actions.undo(services, LINE[purpose], token) if what == "undo" else act()
    except (LinkRefused, NotFound):
        return refused_page(request)
    except (Invalid, Conflict) as error:
        return _again(request, services, purpose, token, error)
    return _line(request, services, purpose, opened, was_undone=what == "undo")


def _again(request: Request, services: Services, purpose: str, token: str, error: ServiceError) -> Response:
    try:
        opened = actions.open_item(services, LINE[purpose], token)
    except LinkRefused:
        return refused_page(request)
    status = 409 if isinstance(error, Conflict) else 422
    return _line(request, services, purpose, opened, status=status, wrong=str(error))


def _line(
    request: Request, services: Services, purpose: str, opened: Opened, *, status: int = 200, wrong: str = "",
    was_undone: bool = False,
) -> Response:  # fmt: skip
    if opened.is_over and opened.item.answer is None:
        return render_letter_page(request, "replies/expired.html", 410, opened.language, opened=opened)
    promised = opened.promise
    return render_letter_page(
        request, f"replies/{purpose}.html", status, opened.language, opened=opened, told=opened.told, wrong=wrong,
        was_undone=was_undone, reasons=reason_words, today=days.today_of(services).isoformat(),
        call_by=date.fromisoformat(promised.call_by) if promised else None,
        standing=views.standing_of(services, opened) if opened.item.answer == "yes" else None,
    )  # fmt: skip


@router.get("/letters/status/{token}")
def status_page(request: Request, services: ServicesDep, token: str) -> Response:
    """Where an answer stands, without signing in."""
    try:
        opened = actions.open_item(services, Purpose.STATUS, token)
    except LinkRefused:
        return refused_page(request)
    return render_letter_page(
        request, "replies/status.html", 200, opened.language, opened=opened, told=opened.told,
        standing=views.standing_of(services, opened),
    )  # fmt: skip


@router.post("/letters/status/{token}")
def no_answer(request: Request, token: str) -> Response:
    """There is nothing to do there."""
    return refused_page(request)


@router.get("/letters/wishes/{token}")
def wishes_page(request: Request, services: ServicesDep, token: str) -> Response:
    """When lists come, and in which language."""
    try:
        found = actions.read_wishes(services, token)
    except LinkRefused:
        return refused_page(request)
    return _wishes(request, found)


@router.post("/letters/wishes/{token}")
async def change_wishes(request: Request, services: ServicesDep, token: str) -> Response:
    """Change it."""
    from starlette.concurrency import run_in_threadpool

    form = await request.form()
    given = {name: str(form.get(name, "")) for name in ("rhythm", "paused_until", "language")}
    quiet = tuple(str(day) for day in form.getlist("quiet"))
    try:
        found = await run_in_threadpool(actions.change_wishes, services, token, quiet=quiet, **given)
    except LinkRefused:
        return refused_page(request)
    except (Invalid, Conflict) as error:
        found = await run_in_threadpool(actions.read_wishes, services, token)
        return _wishes(request, found, wrong=str(error), status=422)
    return _wishes(request, found, is_saved=True)


def _wishes(
    request: Request, found: actions.WishesShown, *, wrong: str = "", is_saved: bool = False, status: int = 200
) -> Response:
    return render_letter_page(
        request, "replies/wishes.html", status, found.language, found=found, wrong=wrong, is_saved=is_saved
    )


@router.get("/letters/follow-up/{token}")
def follow_up_page(request: Request, services: ServicesDep, token: str) -> Response:
    """What came of an introduction?"""
    try:
        found = actions.read_follow_up(services, token)
    except LinkRefused:
        return refused_page(request)
    return render_letter_page(request, "replies/follow_up.html", 200, found.language, found=found, is_done=False)


@router.post("/letters/follow-up/{token}")
def follow_up(request: Request, services: ServicesDep, token: str, outcome: Text = "") -> Response:
    """Say what came of it, in one tap."""
    try:
        found = actions.answer_follow_up(services, token, outcome)
    except LinkRefused:
        return refused_page(request)
    except (Invalid, Conflict) as error:
        found = actions.read_follow_up(services, token)
        return render_letter_page(
            request, "replies/follow_up.html", 422, found.language, found=found, is_done=False, wrong=str(error)
        )
    return render_letter_page(request, "replies/follow_up.html", 200, found.language, found=found, is_done=True)
