"""Getting in: a link by mail, one click, a visit. Nobody learns here whose addresses we know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from matcher import Firm
from service import audit
from service.clock import now
from service.consent import ledger
from service.consent.ledger import RequestKind
from service.contacts import repository as contacts_repository
from service.contacts.repository import Contact
from service.context import Services
from service.firms import repository as firms_repository
from service.mail import links
from service.mail.links import LinkRefused, Purpose, Ref
from service.own_page import letters, repository
from service.own_page.repository import FirmVisit
from service.records import Stored
from service.security import Caller, Scope, hash_key, make_token

# A link that was asked for opens once, within the hour; those in lists open as often as wanted, for a month. A list may
# be passed on to a colleague: what its link opens is not enough to fetch, to delete or to agree to anything.
ASKED_FOR = timedelta(hours=1)
IN_LISTS = timedelta(days=30)
IDLE = timedelta(days=14)
LONGEST = timedelta(days=60)
SEEN_EVERY = timedelta(minutes=5)
KEPT_AFTER = timedelta(days=180)
# More letters than these help nobody and could be used to annoy somebody.
MOST_AN_HOUR = 3
MOST_PEOPLE = 5


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of a firm."""

    contact: Contact
    firm: Stored[Firm]

    @property
    def caller(self) -> Caller:
        """As the history of the firm names them."""
        return Caller(f"contact:{self.contact.id}", self.contact.name, Scope.WRITE)


@dataclass(frozen=True, slots=True)
class Visitor(Person):
    """Somebody of a firm at its page."""

    visit: FirmVisit


def send_link(services: Services, email: str) -> None:
    """Mail a link to everybody at a firm who has this address; nothing happens when nobody does.

    Called after the answer was given, so that nobody can tell by the time it takes.
    """
    with services.database.read() as tx:
        people = repository.people_of(tx, email, MOST_PEOPLE) if email else []
    for contact in people:
        _send(services, contact)


def send_another(services: Services, token: str) -> None:
    """Mail a new link to the address on file of whom an old one belongs to.

    Raises:
        LinkRefused: it never was one of ours, or they are not here any more.
    """
    contact = look(services, token)[0].contact
    if contact.email:
        _send(services, contact)


def _send(services: Services, contact: Contact) -> None:
    moment = now()
    with services.database.write() as tx:
        firm = firms_repository.find(tx, str(contact.firm_id))
        if firm is None:
            return
        if (
            repository.count_asked(tx, contact.email, RequestKind.SIGN_IN.value, moment - timedelta(hours=1))
            >= MOST_AN_HOUR
        ):
            return
        request_id = ledger.ask_in(
            tx, RequestKind.SIGN_IN, contact.email, contact.id, "to open their firm’s page", ASKED_FOR
        )
        ref = links.add_ref(
            tx, email=contact.email, contact_id=contact.id, firm_id=firm.id, request_id=request_id,
            expires_at=moment + ASKED_FOR,
        )  # fmt: skip
        address = links.address(tx, services.settings, ref, Purpose.PAGE)
        letters.send(services.settings, tx, "own_sign_in", contact, request_id, firm=firm.record, link=address)


def send_fresh(services: Services, visitor: Visitor) -> None:
    """Mail a link to whom this page is: only who reads their mailbox may go on with it."""
    if visitor.contact.email:
        _send(services, visitor.contact)


def look(services: Services, token: str) -> tuple[Person, bool]:
    """Whose page a link opens, and whether it does so still; changes nothing.

    Raises:
        LinkRefused: it is none of ours, or the person or firm is not here any more.
    """
    moment = now()
    with services.database.read() as tx:
        ref, _number = links.read(tx, Purpose.PAGE, token)
        contact = contacts_repository.find(tx, ref.contact_id) if ref.contact_id else None
        firm = firms_repository.find(tx, contact.firm_id) if contact and contact.firm_id else None
    if contact is None or firm is None:
        raise LinkRefused
    return Person(contact, firm), not _is_over(ref, moment)


def _is_over(ref: Ref, moment: datetime) -> bool:
    return ref.is_over(moment) or (not _is_asked(ref) and ref.created_at + IN_LISTS <= moment)


def _is_asked(ref: Ref) -> bool:
    """Whether it stands for this page alone; the one of a list stands for all links in it, whoever asked for it."""
    return ref.request_id is not None and ref.list_id is None


def enter(services: Services, token: str) -> str:
    """Open a visit by a link; one that was asked for is used up by it.

    Returns:
        The token for the cookie; empty when the link opens nothing any more.

    Raises:
        LinkRefused: as for :func:`look`.
    """
    person, is_open = look(services, token)
    if not is_open:
        return ""
    cookie, moment = make_token(), now()
    with services.database.write() as tx:
        ref, _number = links.read(tx, Purpose.PAGE, token)
        is_asked = _is_asked(ref)
        if is_asked and not repository.use_up(tx, ref.id, moment):
            return ""
        repository.drop_visits(tx, moment - KEPT_AFTER)
        visit = FirmVisit(
            hash_key(cookie), person.contact.id, person.firm.id, make_token(), is_asked, moment, moment,
            moment + LONGEST,
        )  # fmt: skip
        repository.add_visit(tx, visit)
        audit.record(tx, person.caller, "contact.enter", "contact", person.contact.id)
    return cookie


def find(services: Services, cookie: str) -> Visitor | None:
    """Who is behind a cookie; None when the visit is over, or the person or firm is not here any more."""
    moment = now()
    with services.database.read() as tx:
        visit = repository.find_visit(tx, hash_key(cookie))
        if visit is None or visit.expires_at <= moment or visit.last_seen_at + IDLE <= moment:
            return None
        contact = contacts_repository.find(tx, visit.contact_id)
        firm = firms_repository.find(tx, visit.firm_id)
    # Somebody who moved to another firm, or whose firm was merged into another, asks for a new link.
    if contact is None or firm is None or contact.firm_id != visit.firm_id:
        return None
    if moment - visit.last_seen_at > SEEN_EVERY:
        with services.database.write() as tx:
            repository.change_visit(tx, visit.id, last_seen_at=moment)
    return Visitor(contact, firm, visit)


def leave(services: Services, visitor: Visitor) -> None:
    """End a visit."""
    with services.database.write() as tx:
        repository.change_visit(tx, visitor.visit.id, expires_at=now())
        audit.record(tx, visitor.caller, "contact.leave", "contact", visitor.contact.id)
