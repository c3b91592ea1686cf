"""What a firm does on its own page: confirm, correct, add, say how it wants its lists, and ask for what is its own.

Lines are changed by the same actions as staff use, so that a firm's page, a call and an import keep one history.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from matcher import Firm, Statement, StatementKind
from service import audit
from service.addresses import firm_address
from service.clock import now, today
from service.consent import ledger
from service.consent.ledger import Permission, RequestKind
from service.consent.rules import Basis
from service.contacts import repository as contacts_repository
from service.contacts.repository import Contact
from service.context import Services
from service.errors import Conflict, Invalid, NotFound, Stale
from service.firms import actions as firms
from service.firms import drafts, notes
from service.firms import repository as firms_repository
from service.firms.words import OWN_PAGE
from service.introductions import days
from service.introductions.tasks import Task
from service.mail import outbox_repository as outbox
from service.mail.outbox_repository import LetterPurpose
from service.own_page import letters, repository
from service.own_page.door import Person, Visitor
from service.own_page.repository import FirmRequest, Wishes
from service.security import Caller, Scope
from service.words import LANGUAGES, _

# Lines for staff only: what stands there is not said to firms.
NOT_SHOWN = frozenset({StatementKind.NOTE})
FACTS = ("city", "province", "postal_code", "website", "employees")
RHYTHMS = ("weekly", "daily", "monthly", "quarterly", "at_closing", "paused")
DEFAULT_RHYTHM = "weekly"
LONGEST_PAUSE = timedelta(days=366)
DELETION = "deletion"
PARAGRAPH = "paragraph"
MOST_PARAGRAPH = 20_000
MOST_PARAGRAPHS = 5
DELETED_WITHIN = timedelta(days=30)
RECEIPT_WITHIN = timedelta(days=2)


def shown(firm: Firm) -> tuple[Statement, ...]:
    """The lines that a firm sees about itself."""
    return tuple(one for one in firm.statements if one.kind not in NOT_SHOWN)


def line(visitor: Visitor, key: str) -> Statement:
    """One line of the visitor's own firm.

    Raises:
        NotFound: it has none of this id.
    """
    found = next((one for one in shown(visitor.firm.record) if one.id == key), None)
    if found is None:
        raise NotFound(_("This line is not there any more."))
    return found


def confirm(services: Services, visitor: Visitor, keys: Sequence[str], *, expected: int | None) -> int:
    """Confirm lines; without any, all that are not confirmed yet. Says how many.

    Raises:
        NotFound: the firm has none of this id.
        Stale: somebody changed the firm since it was read.
    """
    wanted = [line(visitor, key).id for key in keys]
    wanted = wanted or [one.id for one in shown(visitor.firm.record) if not one.confirmed]
    if not wanted:
        return 0
    firms.confirm_statements(
        services, visitor.caller, visitor.firm.id, wanted, how=OWN_PAGE, date=None, expected=expected
    )
    return len(wanted)


def correct(services: Services, visitor: Visitor, key: str, text: str, kind: str, *, expected: int | None) -> None:
    """Put the firm's own words in the place of a line; they are confirmed, since it wrote them itself.

    Raises:
        NotFound, Stale, RowError: as for the other writes.
    """
    line(visitor, key)
    changes = {"text": text, "kind": StatementKind(kind), "source": OWN_PAGE, "date": today().isoformat()}
    stored = firms.edit_statement(services, visitor.caller, visitor.firm.id, key, changes, expected=expected)
    firms.confirm_statement(
        services, visitor.caller, visitor.firm.id, key, how=OWN_PAGE, date=None, expected=stored.version
    )


def remove(services: Services, visitor: Visitor, key: str, *, expected: int | None) -> None:
    """Take a line away; reading the same list again does not bring it back.

    Raises:
        NotFound, Stale: as for the other writes.
    """
    line(visitor, key)
    firms.retract_statement(services, visitor.caller, visitor.firm.id, key, expected=expected)


def add(services: Services, visitor: Visitor, rows: Sequence[tuple[str, str]]) -> int:
    """Add lines (kind and text) that the firm wrote or said yes to; says how many are new.

    Raises:
        RowError: a line makes no sense.
    """
    day = today().isoformat()
    said = [{"kind": kind, "text": text, "source": OWN_PAGE, "confirmed": True, "date": day} for kind, text in rows]
    return firms.add_statements(services, visitor.caller, visitor.firm.id, said, how=OWN_PAGE, expected=None)[1]


def draft(text: str, file: tuple[str, bytes] | None) -> drafts.Draft:
    """What a paragraph or a capability statement says, to be looked at; nothing is stored.

    Raises:
        Invalid: there is nothing, it cannot be read, or it says nothing of what the firm does.
    """
    if file is not None:
        return drafts.from_file(*file)
    return drafts.from_text(text)


def change_facts(services: Services, visitor: Visitor, facts: dict[str, Any], *, expected: int | None) -> None:
    """Change place, website or size.

    Raises:
        Stale, RowError: as for the other writes.
    """
    firm = visitor.firm.record
    changed = {name: value for name, value in facts.items() if name in FACTS and value != getattr(firm, name)}
    if changed:
        firms.patch_firm(services, visitor.caller, firm.id, changed, expected=expected)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody ticked about their lists."""

    language: str
    rhythm: str
    paused_until: str = ""
    quiet_days: tuple[int, ...] = ()


def wishes_of(services: Services, person: Person) -> Wishes:
    """How somebody wants their lists: what they said, or the default."""
    with services.database.read() as tx:
        return _wishes_in(tx, person)


def _wishes_in(tx: Connection, person: Person) -> Wishes:
    found = repository.find_wishes(tx, person.contact.id)
    return found or Wishes(person.contact.id, person.firm.id, DEFAULT_RHYTHM, None, "", 0, "", now())


def change_wishes(services: Services, person: Person, wanted: Wanted, *, expected: int | None) -> None:
    """Store language, rhythm, pause and quiet days.

    Raises:
        Invalid: a value makes no sense.
        Stale: they were changed in another window meanwhile.
    """
    until = _checked(services, wanted)
    moment = now()
    with services.database.write() as tx:
        before = _wishes_in(tx, person)
        if expected is not None and expected != before.version:
            raise Stale(_("You changed this in another window meanwhile. Look at it again."))
        quiet = ",".join(str(day) for day in sorted(set(wanted.quiet_days)))
        new = Wishes(
            person.contact.id, person.firm.id, wanted.rhythm, until, quiet, before.version + 1, person.caller.id,
            moment,
        )  # fmt: skip
        if not repository.put_wishes(tx, new):
            raise Stale(_("You changed this in another window meanwhile. Look at it again."))
        _speak(tx, person, wanted.language, moment)
        details = {"rhythm": wanted.rhythm, "language": wanted.language}
        audit.record(tx, person.caller, "contact.wishes", "contact", person.contact.id, details=details)


def _checked(services: Services, wanted: Wanted) -> str | None:
    """The day that a pause ends; None without one."""
    if wanted.language not in LANGUAGES:
        raise Invalid("language", _("Choose one of these."))
    if wanted.rhythm not in RHYTHMS:
        raise Invalid("rhythm", _("Choose one of these."))
    if not set(wanted.quiet_days) < set(range(7)):
        raise Invalid("quiet", _("Leave at least one day on which we may write."))
    if wanted.rhythm != "paused" or not wanted.paused_until:
        return None
    day = days.today_of(services)
    try:
        until = date.fromisoformat(wanted.paused_until)
    except ValueError:
        raise Invalid("paused_until", _("Write the day as year-month-day, such as %(day)s.", day=day)) from None
    if not day < until <= day + LONGEST_PAUSE:
        raise Invalid("paused_until", _("Choose a day within the next twelve months."))
    return until.isoformat()


def _speak(tx: Connection, person: Person, language: str, moment: datetime) -> None:
    contact = contacts_repository.find(tx, person.contact.id)
    if contact is None or contact.language == language:
        return
    new = replace(contact, language=language, version=contact.version + 1, updated_at=moment)
    contacts_repository.change(tx, new, expected=contact.version)
    details = {"contact": contact.id, "fields": ["language"]}
    audit.record(tx, person.caller, "contact.change", "firm", person.firm.id, details=details)


def may_mail(services: Services, visitor: Visitor) -> Permission:
    """Whether we may mail opportunities to somebody, and why (``ledger.why_words``)."""
    with services.database.read() as tx:
        return ledger.may_send_in(
            tx, email=visitor.contact.email, purpose=LetterPurpose.OPPORTUNITIES, moment=now()
        )  # fmt: skip


def agree(services: Services, visitor: Visitor) -> None:
    """Write down that somebody wants opportunities. They came by their own mailbox: that is the second yes."""
    with services.database.write() as tx:
        there = ledger.may_send_in(
            tx, email=visitor.contact.email, purpose=LetterPurpose.OPPORTUNITIES, moment=now()
        )  # fmt: skip
        if there.basis is Basis.EXPRESS:
            return  # two clicks are one yes
        ledger.confirm_in(
            tx,
            ledger.ConsentDraft(
                email=visitor.contact.email, contact_id=visitor.contact.id, firm_id=visitor.firm.id,
                basis=Basis.EXPRESS, source="ticked on the firm’s own page, opened by a link sent to this address",
                obtained=today(),
            ),
            by=visitor.caller.id,
        )  # fmt: skip
        audit.record(tx, visitor.caller, "contact.agree", "contact", visitor.contact.id)


def stop(services: Services, visitor: Visitor) -> None:
    """Stop lists to this address at once, with a receipt."""
    with services.database.write() as tx:
        ledger.withdraw_in(tx, visitor.contact.email, how="on the firm’s own page", by=visitor.caller.id, moment=now())
        outbox.stop_address(tx, visitor.contact.email)
        audit.record(tx, visitor.caller, "contact.stop", "contact", visitor.contact.id)
        request_id = _ask(tx, RequestKind.WITHDRAWAL_RECEIPT, visitor.contact)
        letters.send(
            services.settings, tx, "own_stopped", visitor.contact, request_id, firm=visitor.firm.record, link=""
        )


def ask_deletion(services: Services, visitor: Visitor, why: str) -> FirmRequest:
    """Ask the chamber to delete the firm and everything about it, with a receipt.

    Raises:
        Conflict: it was asked for already.
    """
    moment = now()
    with services.database.write() as tx:
        if firms_repository.find(tx, visitor.firm.id) is None:
            raise NotFound(_("This firm is not here any more."))
        if any(one.kind == DELETION for one in repository.open_requests(tx, visitor.firm.id)):
            raise Conflict(_("Somebody at your firm has asked for this already."))
        new = FirmRequest(
            str(uuid.uuid4()), visitor.firm.id, visitor.contact.id, DELETION, why, moment, None, None
        )  # fmt: skip
        repository.add_request(tx, new)
        audit.record(tx, visitor.caller, "firm.ask_deletion", "firm", visitor.firm.id)
        request_id = _ask(tx, RequestKind.DELETION_RECEIPT, visitor.contact)
        letters.send(
            services.settings, tx, "own_deletion", visitor.contact, request_id, firm=visitor.firm.record, link="",
            by=due_of(services, new),
        )  # fmt: skip
    return new


def _ask(tx: Connection, kind: RequestKind, contact: Contact) -> str:
    return ledger.ask_in(tx, kind, contact.email, contact.id, "on the firm’s own page", RECEIPT_WITHIN)


def hand_in(services: Services, visitor: Visitor, text: str) -> None:
    """Give a paragraph to the chamber as it is, where no lines could be made of it.

    Raises:
        Invalid: it is empty or too long.
        Conflict: several wait to be read already.
    """
    if not text.strip() or len(text) > MOST_PARAGRAPH:
        raise Invalid("paragraph", _("Write at most %(most)s characters.", most=MOST_PARAGRAPH))
    new = FirmRequest(
        str(uuid.uuid4()), visitor.firm.id, visitor.contact.id, PARAGRAPH, text.strip(), now(), None, None
    )  # fmt: skip
    with services.database.write() as tx:
        if sum(one.kind == PARAGRAPH for one in repository.open_requests(tx, visitor.firm.id)) >= MOST_PARAGRAPHS:
            raise Conflict(_("We have not read your last paragraphs yet. Give us a few days, or call us."))
        repository.add_request(tx, new)
        audit.record(tx, visitor.caller, "firm.hand_in", "firm", visitor.firm.id)


def settle(services: Services, caller: Caller, firm_id: str, kind: str) -> int:
    """Note that what a firm asked for is settled; says how much there was.

    Args:
        services: the parts of this process.
        caller: the firm that took it back, or who of the staff spoke with it or read it.
        firm_id: of the firm.
        kind: its wish to be deleted, or its paragraphs.
    """
    with services.database.write() as tx:
        n = repository.settle_requests(tx, firm_id, kind, by=caller.id, moment=now())
        if n:
            audit.record(tx, caller, f"firm.settle_{kind}", "firm", firm_id)
    return n


def asked_of(services: Services, firm_id: str, kind: str) -> list[FirmRequest]:
    """What is open of what a firm asked for, the oldest first."""
    with services.database.read() as tx:
        return [one for one in repository.open_requests(tx, firm_id) if one.kind == kind]


def due_of(services: Services, asked: FirmRequest) -> date:
    """The day by which it is done."""
    day = asked.asked_at.astimezone(ZoneInfo(services.settings.timezone)).date()
    return day + DELETED_WITHIN


def waiting(services: Services, caller: Caller) -> list[Task]:
    """What firms asked for on their pages, for whoever is first: deletions for admins, paragraphs for all."""
    with services.database.read() as tx:
        found = repository.open_requests(tx)
        names = firms_repository.find_many(tx, {one.firm_id for one in found})
    tasks = []
    for one in found:
        if one.firm_id not in names:
            continue
        lead, address = names[one.firm_id].record.name, firm_address(one.firm_id)
        if one.kind == PARAGRAPH:
            task = Task(
                "read_paragraph", lead, _("wrote what it does. Read it."), _("Read it"), address, None, one.asked_at
            )
            tasks.append(task)
        elif caller.scope.includes(Scope.ADMIN):
            due = due_of(services, one)
            task = Task(
                "delete_firm", lead, _("asks to be deleted."), _("See what would go"), f"{address}/delete", due,
                one.asked_at,
            )  # fmt: skip
            tasks.append(task)
    return tasks


@dataclass(frozen=True, slots=True)
class Seen:
    """What staff see of a firm's own page.

    Attributes:
        looked_at: when somebody of the firm was there last; None when nobody ever was.
        n_confirmed: lines that stand and that the firm confirmed there.
        asked: its wish to be deleted, with the day by which it is done; both None when it has none.
        paragraphs: what it wrote for us to read.
    """

    looked_at: datetime | None
    n_confirmed: int
    asked: FirmRequest | None
    due: date | None
    paragraphs: tuple[FirmRequest, ...]


def seen(services: Services, firm: Firm) -> Seen:
    """When a firm last looked at its page, and what it did there."""
    told = notes.confirmations_of(services.database, firm.id)
    n = sum(one.confirmed and one.id in told and told[one.id].how == OWN_PAGE for one in firm.statements)
    with services.database.read() as tx:
        looked_at = repository.last_seen(tx, firm.id)
    asked = next(iter(asked_of(services, firm.id, DELETION)), None)
    paragraphs = tuple(asked_of(services, firm.id, PARAGRAPH))
    return Seen(looked_at, n, asked, due_of(services, asked) if asked else None, paragraphs)
