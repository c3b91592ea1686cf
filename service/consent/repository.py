"""SQL of the reasons for which we may write, of stops, and of what people asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, insert, or_, select, update

from service.desk_tables import contacts, introductions
from service.list_tables import consents, outbox, requests, stops
from service.mail.outbox_repository import LetterState

BLOCK = 500
HASHED = "sha256:"


@dataclass(frozen=True, slots=True)
class Consent:
    """One reason for which we may write to an address; days are ISO dates.

    Attributes:
        source: the document or action that shows it.
        expires: the last day; None is until it is withdrawn.
    """

    id: str
    email: str = field(repr=False)
    contact_id: str | None
    firm_id: str | None
    basis: str
    purpose: str
    source: str = field(repr=False)
    obtained: str
    expires: str | None
    withdrawn_at: datetime | None
    withdrawn_how: str
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class StopRow:
    """An address that nothing goes to, and why."""

    id: str
    email: str = field(repr=False)
    reason: str
    details: str = field(repr=False)
    stopped_at: datetime
    stopped_by: str
    lifted_at: datetime | None
    lifted_by: str | None


@dataclass(frozen=True, slots=True)
class RequestRow:
    """What somebody asked us for."""

    id: str
    kind: str
    email: str = field(repr=False)
    contact_id: str | None
    details: str = field(repr=False)
    asked_at: datetime
    expires_at: datetime
    used_at: datetime | None


def hashed(email: str) -> str:
    """How an address is kept after its people were deleted: it can be asked about, and not read."""
    return email if email.startswith(HASHED) else HASHED + hashlib.sha256(email.encode()).hexdigest()


def add(tx: Connection, rows: Collection[Consent]) -> None:
    """Store reasons."""
    if rows:
        tx.execute(insert(consents), [asdict(row) for row in rows])


def find(tx: Connection, consent_id: str) -> Consent | None:
    """One reason, or None."""
    if "\0" in consent_id:
        return None
    rows = _consents(tx, select(consents).where(consents.c.id == consent_id))
    return rows[0] if rows else None


def of_emails(tx: Connection, emails: Iterable[str]) -> dict[str, list[Consent]]:
    """Reasons by address, the oldest first; of addresses that were deleted only by their hash."""
    found: dict[str, list[Consent]] = {}
    for some in blocks(emails):
        for row in _consents(tx, select(consents).where(consents.c.email.in_(some))):
            found.setdefault(row.email, []).append(row)
    return found


def of_contacts(tx: Connection, ids: Collection[str]) -> dict[str, list[Consent]]:
    """Reasons by contact, the oldest first."""
    found: dict[str, list[Consent]] = {}
    for some in blocks(ids):
        for row in _consents(tx, select(consents).where(consents.c.contact_id.in_(some))):
            found.setdefault(str(row.contact_id), []).append(row)
    return found


def open_members_of(tx: Connection, firm_ids: Collection[str]) -> list[Consent]:
    """Memberships of people at some firms of which no end is known, the oldest first."""
    found: list[Consent] = []
    for some in blocks(firm_ids):
        is_open = and_(consents.c.basis == "member", consents.c.expires.is_(None), consents.c.withdrawn_at.is_(None))
        there = select(contacts.c.id).where(contacts.c.firm_id.in_(some))  # firms that were merged took people along
        of_them = or_(consents.c.firm_id.in_(some), consents.c.contact_id.in_(there))
        found.extend(_consents(tx, select(consents).where(is_open, of_them), consents.c.obtained))
    return found


def fresh_members(tx: Connection, emails: Iterable[str], *, since: date) -> set[str]:
    """Which addresses have a membership without an end that was shown since a day."""
    found: set[str] = set()
    for some in blocks(emails):
        is_open = and_(consents.c.basis == "member", consents.c.expires.is_(None), consents.c.withdrawn_at.is_(None))
        is_fresh = and_(is_open, consents.c.obtained >= since.isoformat())
        found.update(tx.execute(select(consents.c.email).where(is_fresh, consents.c.email.in_(some))).scalars())
    return found


def count_members_before(tx: Connection, day: date) -> int:
    """Addresses whose membership has no end, and was last shown before a day."""
    is_open = and_(consents.c.basis == "member", consents.c.expires.is_(None), consents.c.withdrawn_at.is_(None))
    last = select(func.max(consents.c.obtained).label("day")).where(is_open).group_by(consents.c.email).subquery()
    query = select(func.count()).select_from(last).where(last.c.day < day.isoformat())
    return int(tx.execute(query).scalar_one())


def withdraw(tx: Connection, ids: Collection[str], *, how: str, moment: datetime) -> int:
    """Withdraw reasons that are not yet; says how many."""
    n = 0
    for some in blocks(ids):
        where = and_(consents.c.id.in_(some), consents.c.withdrawn_at.is_(None))
        n += tx.execute(update(consents).where(where).values(withdrawn_at=moment, withdrawn_how=how)).rowcount
    return n


def withdraw_of(tx: Connection, email: str, *, how: str, moment: datetime) -> int:
    """Withdraw all reasons of an address; says how many."""
    where = and_(consents.c.email == email, consents.c.withdrawn_at.is_(None))
    return tx.execute(update(consents).where(where).values(withdrawn_at=moment, withdrawn_how=how)).rowcount


def withdraw_of_source(tx: Connection, source: str, *, how: str, moment: datetime) -> int:
    """Withdraw all reasons that one document brought; says how many."""
    mine = consents.c.source.startswith(source, autoescape=True)  # what came of it later names it first
    where = and_(mine, consents.c.basis == "member", consents.c.withdrawn_at.is_(None))
    return tx.execute(update(consents).where(where).values(withdrawn_at=moment, withdrawn_how=how)).rowcount


def add_stop(tx: Connection, row: StopRow) -> None:
    """Store a stop."""
    tx.execute(insert(stops).values(asdict(row)))


def find_stop(tx: Connection, stop_id: str) -> StopRow | None:
    """One stop, or None."""
    if "\0" in stop_id:
        return None
    row = tx.execute(select(stops).where(stops.c.id == stop_id)).mappings().first()
    return None if row is None else _stop(row)


def stops_of(tx: Connection, emails: Iterable[str]) -> dict[str, list[StopRow]]:
    """Stops by address, lifted ones too, the oldest first; one that was made before a deletion still counts."""
    found: dict[str, list[StopRow]] = {}
    for some in blocks(emails):
        names = {hashed(one): one for one in some}
        query = select(stops).where(stops.c.email.in_([*some, *names])).order_by(stops.c.stopped_at, stops.c.id)
        for row in map(_stop, tx.execute(query).mappings()):
            found.setdefault(names.get(row.email, row.email), []).append(row)
    return found


def open_stops(tx: Connection, *, limit: int) -> list[StopRow]:
    """Stops in force, the newest first."""
    query = select(stops).where(stops.c.lifted_at.is_(None)).order_by(stops.c.stopped_at.desc(), stops.c.id)
    return [_stop(row) for row in tx.execute(query.limit(limit)).mappings()]


def count_stops(tx: Connection) -> dict[str, int]:
    """How many addresses are stopped, by reason."""
    query = select(stops.c.reason, func.count(stops.c.email.distinct())).where(stops.c.lifted_at.is_(None))
    return {str(reason): int(n) for reason, n in tx.execute(query.group_by(stops.c.reason))}


def lift(tx: Connection, email: str, *, reason: str, by: str, moment: datetime) -> int:
    """Lift the stops of one kind from an address; says how many."""
    same = stops.c.email.in_([email, hashed(email)])
    where = and_(same, stops.c.reason == reason, stops.c.lifted_at.is_(None))
    return tx.execute(update(stops).where(where).values(lifted_at=moment, lifted_by=by)).rowcount


def add_request(tx: Connection, row: RequestRow) -> None:
    """Store what somebody asked for."""
    tx.execute(insert(requests).values(asdict(row)))


def find_request(tx: Connection, request_id: str) -> RequestRow | None:
    """What somebody asked for, or None."""
    if "\0" in request_id:
        return None
    row = tx.execute(select(requests).where(requests.c.id == request_id)).mappings().first()
    return None if row is None else RequestRow(**_plain(row))


def requests_of(tx: Connection, email: str) -> list[RequestRow]:
    """Everything that an address asked for, the oldest first."""
    query = select(requests).where(requests.c.email == email).order_by(requests.c.asked_at, requests.c.id)
    return [RequestRow(**_plain(row)) for row in tx.execute(query).mappings()]


def is_answered(tx: Connection, request: RequestRow) -> bool:
    """Whether a letter has gone for a request: it was marked, or the letter itself says so."""
    went = and_(outbox.c.request_id == request.id, outbox.c.state == LetterState.SENT.value)
    return request.used_at is not None or tx.execute(select(outbox.c.id).where(went).limit(1)).scalar() is not None


def use_request(tx: Connection, request_id: str, moment: datetime) -> bool:
    """Mark a request as answered; False when it was."""
    where = and_(requests.c.id == request_id, requests.c.used_at.is_(None))
    return tx.execute(update(requests).where(where).values(used_at=moment)).rowcount == 1


def both_said_yes_at(tx: Connection, introduction_id: str, email: str) -> datetime | None:
    """When the later of both sides said yes, if this address is of somebody there; None when they did not."""
    if "\0" in introduction_id:
        return None
    one = introductions.c
    is_there = or_(contacts.c.firm_id == one.firm_id, contacts.c.project_id == one.project_id)
    query = (
        select(one.firm_answered_at, one.project_answered_at)
        .join(contacts, is_there)
        .where(one.id == introduction_id, one.firm_answer == "yes", one.project_answer == "yes")
        .where(contacts.c.email == email)
    )
    row = tx.execute(query.limit(1)).first()
    moments = [] if row is None else [moment for moment in row if moment is not None]
    return max(moments) if len(moments) == 2 else None


def letters_to(tx: Connection, email: str) -> list[dict[str, Any]]:
    """What was put in for an address, without its words, the oldest first."""
    told = ("id", "kind", "purpose", "subject", "state", "consent_id", "request_id", "created_at", "sent_at",
            "sent_how", "message_id", "error")  # fmt: skip
    query = select(*(outbox.c[name] for name in told)).where(outbox.c.email == email)
    return [_plain(row) for row in tx.execute(query.order_by(outbox.c.created_at, outbox.c.id)).mappings()]


def addresses(tx: Connection) -> list[str]:
    """Every address that anything is known of, hashed ones too."""
    found: set[str] = set()
    for table in (consents, stops, requests):
        found.update(str(one) for one in tx.execute(select(table.c.email).distinct()).scalars())
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A contact at a firm, as the overview needs them."""

    contact_id: str
    firm_id: str
    name: str = field(repr=False)
    email: str = field(repr=False)


def people_at_firms(tx: Connection) -> list[Somebody]:
    """Everybody at a firm who has an address."""
    one = contacts.c
    query = select(one.id, one.firm_id, one.name, one.email).where(one.email != "", one.firm_id.is_not(None))
    return [Somebody(*map(str, row)) for row in tx.execute(query.order_by(one.firm_id, one.name, one.id))]


def _consents(tx: Connection, query: Select[Any], *order: Any) -> list[Consent]:  # noqa: ANN401 - columns
    ordered = query.order_by(*order, consents.c.recorded_at, consents.c.id)
    return [Consent(**_plain(row)) for row in tx.execute(ordered).mappings()]


def _stop(row: Mapping[Any, Any]) -> StopRow:
    return StopRow(**_plain(row))


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}


def blocks(wanted: Iterable[str]) -> Iterable[list[str]]:
    """Keys in the numbers that one statement takes."""
    ordered = sorted({one for one in wanted if one and "\0" not in one})
    return (ordered[start : start + BLOCK] for start in range(0, len(ordered), BLOCK))
