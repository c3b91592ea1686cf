"""What staff do with the reasons of one contact: look, add one, end one, stop, ask for a yes; and the yes itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from service import audit
from service.clock import now
from service.consent import ledger, letters, proof, repository
from service.consent.ledger import Consent, ConsentDraft, Permission, RequestKind
from service.consent.repository import StopRow
from service.consent.rules import RECORDED, Basis, StopReason
from service.consent.words import asked_words
from service.contacts import repository as contacts_repository
from service.contacts.repository import Contact
from service.context import Services
from service.db import Database
from service.errors import Conflict, Invalid, NotFound, Stale
from service.mail import links
from service.mail.links import LinkRefused, Purpose, Ref
from service.mail.outbox_repository import LetterPurpose
from service.security import Caller, Scope
from service.words import _

# A letter that asks for a yes is not sent twice while the first one may still be lying there.
ASK_AGAIN = timedelta(days=1)
CONFIRM_WITHIN = timedelta(days=14)
RECIPIENT = "recipient"


@dataclass(frozen=True, slots=True)
class Why:
    """Everything about one contact's address.

    Attributes:
        permission: whether lists may go to it now.
        reasons: with whether each is in force, the newest first.
        stops: those in force.
        asked_at: when a letter was last put in that asks them to agree.
    """

    contact: Contact
    permission: Permission
    reasons: tuple[tuple[Consent, bool], ...]
    stops: tuple[StopRow, ...]
    asked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Given:
    """A reason as it was typed; days are ISO dates."""

    basis: str
    source: str
    obtained: str
    ended: str = ""
    relevance: str = ""
    was_told: bool = False


def why(database: Database, contact_id: str) -> Why:
    """Why we may write to a contact, or may not.

    Raises:
        NotFound: they are not there.
    """
    moment = now()
    with database.read() as tx:
        contact = _contact(tx, contact_id)
        permission = ledger.may_send_in(
            tx, email=contact.email, purpose=LetterPurpose.OPPORTUNITIES, moment=moment
        )  # fmt: skip
        rows = repository.of_emails(tx, [contact.email]).get(contact.email, [])
        stops = repository.stops_of(tx, [contact.email]).get(contact.email, [])
        asked = _asked_at(tx, contact.email)
    reasons = tuple((row, ledger.holds(row, moment)) for row in reversed(rows))
    return Why(contact, permission, reasons, tuple(one for one in stops if one.lifted_at is None), asked)


def short(database: Database, people: list[Contact]) -> dict[str, Permission]:
    """Whether lists may go to some contacts, by address."""
    emails = [one.email for one in people if one.email]
    with database.read() as tx:
        return ledger.permissions_of(tx, emails, LetterPurpose.OPPORTUNITIES, now()) if emails else {}


def add_reason(services: Services, caller: Caller, contact_id: str, given: Given, *, expected: int | None) -> Consent:
    """Record a reason that staff know of.

    Raises:
        NotFound: the contact is not there.
        Stale: somebody changed the contact meanwhile, perhaps the address.
        Invalid: it proves nothing, or holds no longer.
    """
    with services.database.write() as tx:
        contact = _contact(tx, contact_id, expected=expected)
        draft = _draft(contact, given)
        consent = ledger.record_in(tx, caller.id, draft)
        if not ledger.holds(consent, now()):
            raise Invalid("obtained", _("This is too long ago: it lets us write no more."))
        details = {"contact": contact_id, "basis": consent.basis, "consent": consent.id}
        _audit(tx, caller, "consent.add", contact, details)
    return consent


def end_reason(services: Services, caller: Caller, contact_id: str, consent_id: str) -> None:
    """Withdraw one reason that is wrong or holds no more; others stay.

    Raises:
        NotFound: there is no such reason of this contact.
    """
    with services.database.write() as tx:
        contact = _contact(tx, contact_id)
        row = repository.find(tx, consent_id)
        if row is None or row.email != contact.email:
            raise NotFound(_("This reason is not there any more."))
        if repository.withdraw(tx, [consent_id], how="taken back by staff", moment=now()):
            _audit(tx, caller, "consent.end", contact, {"contact": contact_id, "consent": consent_id})


def no_more(services: Services, caller: Caller, contact_id: str, how: str = "") -> None:
    """Note that somebody wants no more letters: every reason ends, and the address is stopped at once.

    Raises:
        NotFound: the contact is not there.
        Conflict: it has no address.
    """
    with services.database.write() as tx:
        contact = _with_address(_contact(tx, contact_id))
        told = " ".join(how.split())[:500] or "told staff"
        if ledger.withdraw_in(tx, contact.email, how=told, by=caller.id, moment=now()):
            _audit(tx, caller, "consent.withdraw", contact, {"contact": contact_id})


def lift_bounce(services: Services, caller: Caller, contact_id: str) -> None:
    """Note that an address works again. Only the person themselves can take back that they want no letters.

    Raises:
        NotFound: the contact is not there.
    """
    with services.database.write() as tx:
        contact = _contact(tx, contact_id)
        if repository.lift(tx, contact.email, reason=StopReason.BOUNCED.value, by=caller.id, moment=now()):
            _audit(tx, caller, "consent.lift", contact, {"contact": contact_id})


def ask_for_yes(services: Services, caller: Caller, contact_id: str, asked: str) -> None:
    """Put in a letter in which somebody can agree to our letters by one click.

    Such a letter is itself commercial (CASL s. 1(3)): it goes to somebody who asked for it, or to whom we may write.

    Args:
        services: of this process.
        caller: who does it.
        contact_id: whom to ask.
        asked: ``phone`` or ``in_person`` when they asked for it; empty when we may write to them anyway.

    Raises:
        NotFound: the contact is not there.
        Conflict: nothing lets us ask, or a letter was put in a moment ago.
        Invalid: this is no way of asking.
    """
    if asked and asked not in asked_words():
        raise Invalid("asked", _("Choose one of these."))
    with services.database.write() as tx:
        contact = _contact(tx, contact_id)
        ask_for_yes_in(tx, services, contact, asked=asked, by=caller.id)
        _audit(tx, caller, "consent.ask", contact, {"contact": contact_id, "asked": asked})


def ask_for_yes_in(tx: Connection, services: Services, contact: Contact, *, asked: str, by: str) -> str:
    """The same in a transaction at hand; the firm's own page asks with ``own_page``. Answers the letter's id.

    Raises:
        Conflict: nothing lets us ask, or a letter was put in a moment ago.
    """
    moment = now()
    _with_address(contact)
    stops = {one.reason for one in repository.stops_of(tx, [contact.email]).get(contact.email, ()) if not one.lifted_at}
    if StopReason.COMPLAINED.value in stops:
        raise Conflict(_("They complained about our mail: no letter can ask them. Talk to them instead."))
    if StopReason.BOUNCED.value in stops:
        raise Conflict(_("Mail to this address came back: note first that it works again."))
    purpose = LetterPurpose.REQUESTED if asked else LetterPurpose.OPPORTUNITIES
    if not asked and not ledger.may_send_in(tx, email=contact.email, purpose=purpose, moment=moment).allowed:
        raise Conflict(
            _("Nothing lets us write to them, and a letter that asks whether we may is advertising too. Talk to them.")
        )
    before = _asked_at(tx, contact.email)
    if before is not None and moment - before < ASK_AGAIN:
        raise Conflict(_("A letter that asks them was put in less than a day ago: wait for their answer."))
    request_id = ledger.ask_in(
        tx, RequestKind.CONFIRM_CONSENT, contact.email, contact.id, f"{asked or 'we may write'}; {by}", CONFIRM_WITHIN
    )
    return letters.put_in_question(tx, services.settings, contact, request_id, purpose, moment + CONFIRM_WITHIN)


@dataclass(frozen=True, slots=True)
class Question:
    """What the link of a letter that asks for a yes opens.

    Attributes:
        language: of whoever got the letter; None where it is not known.
        stop: the address that takes the yes back.
    """

    ref: Ref
    language: str | None
    is_confirmed: bool
    stop: str


def read_question(services: Services, token: str) -> Question:
    """What a link is about; reading it changes nothing that anybody could notice.

    Raises:
        LinkRefused: it is none of ours, is over, or was used and then taken back.
    """
    with services.database.read() as tx:
        ref, _number = links.read(tx, Purpose.CONFIRM, token)
        contact = contacts_repository.find(tx, ref.contact_id) if ref.contact_id else None
        done = is_confirmed(tx, ref)
        stop = links.address(tx, services.settings, ref, Purpose.STOP)
    return Question(ref, (contact.language or None) if contact else None, done, stop)


def is_confirmed(tx: Connection, ref: Ref) -> bool:
    """Whether this link's yes was said already and is in force.

    Raises:
        LinkRefused: it is over, was used and then taken back, or its address is not ours to write to any more.
    """
    request = repository.find_request(tx, ref.request_id) if ref.request_id else None
    if request is None or request.kind != RequestKind.CONFIRM_CONSENT.value or request.email != ref.email:
        raise LinkRefused
    said = [row for row in repository.of_emails(tx, [ref.email]).get(ref.email, []) if request.id in row.source]
    if any(row.withdrawn_at is None for row in said):
        return True
    if said or now() >= request.expires_at or ref.email.startswith(repository.HASHED):
        raise LinkRefused
    return False


def confirm(services: Services, ref: Ref) -> None:
    """Take the yes that somebody says by the link of a letter; a second time changes nothing.

    Raises:
        LinkRefused: as for :func:`is_confirmed`.
        Conflict: they complained about our mail.
    """
    with services.database.write() as tx:
        if is_confirmed(tx, ref):
            return
        held = [one for one in repository.stops_of(tx, [ref.email]).get(ref.email, ()) if one.lifted_at is None]
        if any(one.reason == StopReason.COMPLAINED.value for one in held):
            raise Conflict(_("We got a complaint from this address, so please tell us by telephone."))
        moment = now()
        source = f"said yes by the link in our letter of {ref.created_at.date().isoformat()} ({ref.request_id})"
        draft = ConsentDraft(ref.email, Basis.EXPRESS, source, moment.date(), ref.contact_id, ref.firm_id)
        consent = ledger.confirm_in(tx, draft, by=RECIPIENT)
        caller = Caller(RECIPIENT, RECIPIENT, Scope.READ)
        kind, owner = ("firm", ref.firm_id) if ref.firm_id else ("contact", ref.contact_id or "")
        audit.record(tx, caller, "consent.confirm", kind, str(owner), details={"consent": consent.id})


def _draft(contact: Contact, given: Given) -> ConsentDraft:
    if given.basis not in RECORDED:
        raise Invalid("basis", _("Choose one of these."))
    basis = Basis(given.basis)
    if basis is Basis.EXPRESS and not given.was_told:
        raise Invalid("was_told", _("Without this it is no agreement: tell them, then tick it."))
    obtained = _day("obtained", given.obtained)
    ended = _day("ended", given.ended) if given.ended.strip() and basis in (Basis.MEMBER, Basis.PURCHASE) else None
    if ended is not None and ended < obtained:
        raise Invalid("ended", _("This is before the day on which it began."))
    relevance = given.relevance if basis is Basis.PUBLISHED else ""
    return ConsentDraft(contact.email, basis, given.source, obtained, contact.id, contact.firm_id, ended, relevance)


def _day(where: str, given: str) -> date:
    try:
        return date.fromisoformat(given.strip())
    except ValueError:
        words = _("Write the day as year-month-day, such as %(day)s.", day=now().date().isoformat())
        raise Invalid(where, words) from None


def _contact(tx: Connection, contact_id: str, *, expected: int | None = None) -> Contact:
    contact = contacts_repository.find(tx, contact_id)
    if contact is None:
        raise NotFound(_("This contact is not there any more."))
    if expected is not None and expected != contact.version:
        raise Stale(_("Somebody has changed this contact meanwhile."))
    return contact


def _with_address(contact: Contact) -> Contact:
    if not contact.email:
        raise Conflict(_("No e-mail address is known of them."))
    return contact


def _asked_at(tx: Connection, email: str) -> datetime | None:
    kind = RequestKind.CONFIRM_CONSENT.value
    return max((one.asked_at for one in repository.requests_of(tx, email) if one.kind == kind), default=None)


def _audit(tx: Connection, caller: Caller, action: str, contact: Contact, details: dict[str, str]) -> None:
    kind, key = ("firm", contact.firm_id) if contact.firm_id is not None else ("project", contact.project_id)
    audit.record(tx, caller, action, kind, str(key), details=details)


def take_proof(database: Database, caller: Caller, address: str) -> dict[str, Any]:
    """The proof of one address, for whoever asks us why we wrote; that it was taken is noted, not of whom."""
    found = proof.proof_of(database, address)
    with database.write() as tx:
        audit.record(tx, caller, "consent.export", "consent", "", details={"rows": len(found["reasons"])})
    return found
