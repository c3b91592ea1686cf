"""Who looks at a page: read once a request from the cookie, and handed to routes as what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from service.accounts import sessions, staff
from service.accounts.repository import Session, User
from service.deps import services_of
from service.errors import NotAllowed, ServiceError
from service.security import Caller, Scope
from service.setup.actions import get_chamber
from service.setup.repository import Chamber
from service.words import DEFAULT, LANGUAGES, _, use_language

SESSION_COOKIE = "session"
LANGUAGE_COOKIE = "language"
HOME = "/today"
NEW_PASSWORD = "/settings/account"


class Elsewhere(ServiceError):
    """The answer is at another address.

    Attributes:
        address: on this site.
    """

    def __init__(self, address: str) -> None:
        """Keep the address."""
        super().__init__(address)
        self.address = address


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to a page.

    Attributes:
        user: who is signed in, with ``session``; both None for nobody.
        chamber: None before the set-up.
        is_set_up: whether there is anybody who could sign in.
    """

    language: str
    user: User | None
    session: Session | None
    chamber: Chamber | None
    is_set_up: bool

    def may(self, scope: Scope) -> bool:
        """Whether the visitor may do what needs this scope."""
        return self.user is not None and self.user.role.scope.includes(scope)

    @property
    def may_write(self) -> bool:
        """Whether buttons that change things are shown."""
        return self.may(Scope.WRITE)

    @property
    def may_manage(self) -> bool:
        """Whether staff, keys and the chamber may be changed."""
        return self.may(Scope.ADMIN)


async def visit_of(request: Request) -> Visit:
    """The visit of this request; the words of everything below it are in its language."""
    visit: Visit | None = getattr(request.state, "visit", None)
    if visit is None:
        visit = await run_in_threadpool(_read, request)
        request.state.visit = visit
        if visit.user is not None:
            request.state.caller_id = visit.user.caller.id
    # Set here, not in the thread: what a thread sets is gone when it ends.
    use_language(visit.language)
    return visit


VisitDep = Annotated[Visit, Depends(visit_of)]


def _read(request: Request) -> Visit:
    database = services_of(request).database
    token = request.cookies.get(SESSION_COOKIE)
    found = sessions.find(database, token) if token else None
    session, user = found or (None, None)
    chamber = get_chamber(database)
    is_set_up = user is not None or staff.is_set_up(database)
    language = user.language if user else _language_of(request, chamber)
    return Visit(language, user, session, chamber, is_set_up)


def _language_of(request: Request, chamber: Chamber | None) -> str:
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return str(chosen)
    wanted = request.headers.get("accept-language", "")[:200].split(",")
    for part in wanted:
        short = part.split(";")[0].strip()[:2].lower()
        if short in LANGUAGES:
            return short
    return chamber.language if chamber else DEFAULT


def signed_in(request: Request, visit: VisitDep) -> Caller:
    """Whoever is signed in.

    Raises:
        Elsewhere: nobody is, nobody is set up yet, or a temporary password must be changed first.
    """
    if not visit.is_set_up:
        raise Elsewhere("/setup")
    if visit.user is None:
        raise Elsewhere(f"/sign-in?next={quote(_wanted(request), safe='')}")
    if visit.user.must_change and request.url.path not in (NEW_PASSWORD, f"{NEW_PASSWORD}/password"):
        raise Elsewhere(NEW_PASSWORD)
    caller = visit.user.caller
    services_of(request).limiter.hit(caller.id)
    return caller


PageUser = Annotated[Caller, Depends(signed_in)]


def officer(caller: PageUser) -> Caller:
    """Whoever may change firms, projects and what goes with them.

    Raises:
        NotAllowed: a viewer.
    """
    if not caller.scope.includes(Scope.WRITE):
        raise NotAllowed(_("You may read everything, and change nothing: ask an admin of your chamber for more."))
    return caller


def admin(caller: PageUser) -> Caller:
    """Whoever may change staff, keys and the chamber.

    Raises:
        NotAllowed: anybody else.
    """
    if not caller.scope.includes(Scope.ADMIN):
        raise NotAllowed(_("Only an admin of your chamber may do this."))
    return caller


PageOfficer = Annotated[Caller, Depends(officer)]
PageAdmin = Annotated[Caller, Depends(admin)]


def local_path(given: str | None, default: str = HOME) -> str:
    """An address on this site, or the default: nobody is sent elsewhere by a link that somebody made."""
    if not given or not given.startswith("/") or given.startswith(("//", "/\\")):
        return default
    if any(ord(letter) < 32 for letter in given):
        return default
    parts = urlsplit(given)
    return default if parts.scheme or parts.netloc else given


def _wanted(request: Request) -> str:
    """The page to come back to: for a part of a page, the page."""
    if request.method == "GET" and not request.headers.get("hx-request"):
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    page = urlsplit(request.headers.get("hx-current-url") or request.headers.get("referer", ""))
    return local_path(page.path + (f"?{page.query}" if page.query else ""))
