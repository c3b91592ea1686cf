"""SQL of visits at a firm's own page, of how people want their lists, and of what firms asked for there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, func, insert, select, update

from service.contacts.repository import Contact
from service.desk_tables import contacts, kept_apart
from service.list_tables import (
    consents,
    firm_requests,
    firm_visits,
    link_refs,
    list_items,
    lists,
    outbox,
    promises,
    requests,
    stops,
    wishes,
)


@dataclass(frozen=True, slots=True)
class FirmVisit:
    """One browser that came by a mailed link; ``id`` is the hash of what its cookie holds.

    Attributes:
        is_asked: by a link that was just asked for; one in a list may have been passed on with it.
    """

    id: str = field(repr=False)
    contact_id: str
    firm_id: str
    csrf: str = field(repr=False)
    is_asked: bool
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Wishes:
    """How somebody wants their lists; version 0 is the default that nobody stored."""

    contact_id: str
    firm_id: str
    rhythm: str
    paused_until: str | None
    quiet_days: str
    version: int
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class FirmRequest:
    """What a firm asked for on its own page: ``deletion``, or that somebody reads its ``paragraph``."""

    id: str
    firm_id: str
    contact_id: str
    kind: str
    text: str = field(repr=False)
    asked_at: datetime
    done_at: datetime | None
    done_by: str | None


def people_of(tx: Connection, email: str, limit: int) -> list[Contact]:
    """Contacts of firms with this address, folded; the oldest first."""
    mine = (contacts.c.email == email) & contacts.c.firm_id.is_not(None)
    query = select(contacts).where(mine).order_by(contacts.c.created_at, contacts.c.id).limit(limit)
    return [Contact(**_values(row)) for row in tx.execute(query).mappings()]


def count_asked(tx: Connection, email: str, kind: str, since: datetime) -> int:
    """How often something was asked for from one address since a moment."""
    same = (requests.c.email == email) & (requests.c.kind == kind) & (requests.c.asked_at > since)
    return int(tx.execute(select(func.count()).select_from(requests).where(same)).scalar_one())


def use_up(tx: Connection, ref_id: str, moment: datetime) -> bool:
    """Let a link end now; False when it was over before, as when two clicks come at once."""
    is_good = (link_refs.c.id == ref_id) & (link_refs.c.expires_at > moment)
    return tx.execute(update(link_refs).where(is_good).values(expires_at=moment)).rowcount == 1


def add_visit(tx: Connection, visit: FirmVisit) -> None:
    """Store a new visit."""
    tx.execute(insert(firm_visits).values(asdict(visit)))


def find_visit(tx: Connection, visit_id: str) -> FirmVisit | None:
    """One visit, over or not; None when there is none."""
    row = tx.execute(select(firm_visits).where(firm_visits.c.id == visit_id)).mappings().first()
    return None if row is None else FirmVisit(**_values(row))


def change_visit(tx: Connection, visit_id: str, **values: datetime) -> None:
    """Note that somebody was there, or that it is over."""
    tx.execute(update(firm_visits).where(firm_visits.c.id == visit_id).values(values))


def drop_visits(tx: Connection, before: datetime) -> None:
    """Forget visits that were over before a moment."""
    tx.execute(delete(firm_visits).where(firm_visits.c.expires_at < before))


def last_seen(tx: Connection, firm_id: str) -> datetime | None:
    """When somebody of a firm last looked at its page."""
    query = select(firm_visits.c.last_seen_at).where(firm_visits.c.firm_id == firm_id)
    return tx.execute(query.order_by(firm_visits.c.last_seen_at.desc()).limit(1)).scalar()


def find_wishes(tx: Connection, contact_id: str) -> Wishes | None:
    """How somebody wants their lists; None when they never said."""
    row = tx.execute(select(wishes).where(wishes.c.contact_id == contact_id)).mappings().first()
    return None if row is None else Wishes(**_values(row))


def put_wishes(tx: Connection, new: Wishes) -> bool:
    """Store wishes of version ``new.version``; False when the version before it is not the one that is there."""
    if new.version == 1:
        if find_wishes(tx, new.contact_id) is not None:
            return False
        tx.execute(insert(wishes).values(asdict(new)))
        return True
    same = (wishes.c.contact_id == new.contact_id) & (wishes.c.version == new.version - 1)
    return tx.execute(update(wishes).where(same).values(asdict(new))).rowcount == 1


def forget(tx: Connection, contact_id: str) -> None:
    """Forget visits and wishes of somebody who is deleted; what they asked for in their firm's name stays."""
    for table in (firm_visits, wishes):
        tx.execute(delete(table).where(table.c.contact_id == contact_id))


def add_request(tx: Connection, new: FirmRequest) -> None:
    """Store what a firm asked for."""
    tx.execute(insert(firm_requests).values(asdict(new)))


def open_requests(tx: Connection, firm_id: str | None = None) -> list[FirmRequest]:
    """What firms asked for and did not get yet, the oldest first."""
    query = select(firm_requests).where(firm_requests.c.done_at.is_(None))
    if firm_id is not None:
        query = query.where(firm_requests.c.firm_id == firm_id)
    rows = tx.execute(query.order_by(firm_requests.c.asked_at, firm_requests.c.id)).mappings()
    return [FirmRequest(**_values(row)) for row in rows]


def settle_requests(tx: Connection, firm_id: str, kind: str, *, by: str, moment: datetime) -> int:
    """Note that what a firm asked for is done, or not wanted any more; says how many there were."""
    same = (firm_requests.c.firm_id == firm_id) & (firm_requests.c.kind == kind)
    mine = same & firm_requests.c.done_at.is_(None)
    return tx.execute(update(firm_requests).where(mine).values(done_at=moment, done_by=by)).rowcount


def apart_from(tx: Connection, firm_id: str) -> set[str]:
    """Projects that a firm must not meet."""
    return {
        str(one) for one in tx.execute(select(kept_apart.c.project_id).where(kept_apart.c.firm_id == firm_id)).scalars()
    }


def promises_of(tx: Connection, firm_id: str) -> list[dict[str, Any]]:
    """Calls that were promised to a firm, and what became of them, newest first."""
    mine = (promises.c.firm_id == firm_id) & promises.c.undone_at.is_(None)
    return _rows(tx, promises, mine, promises.c.made_at)


def answers_of(tx: Connection, firm_id: str) -> list[dict[str, Any]]:
    """Opportunities that somebody of a firm answered, newest first."""
    mine = (list_items.c.firm_id == firm_id) & list_items.c.answer.is_not(None)
    return _rows(tx, list_items, mine, list_items.c.answered_at)


def held_of(tx: Connection, contact: Contact) -> dict[str, list[dict[str, Any]]]:
    """Rows about one person, as they are stored, by table: for the file of everything that is held.

    Letters are those to this person; what the chamber thinks of a match (``score``, ``model``) is not among them.
    """
    mine = {
        "lists": (lists, lists.c.contact_id == contact.id, lists.c.made_at),
        "opportunities": (list_items, list_items.c.contact_id == contact.id, list_items.c.id),
        "consents": (consents, _of_person(consents, contact), consents.c.recorded_at),
        "stops": (stops, stops.c.email == (contact.email or None), stops.c.stopped_at),
        "asked": (requests, _of_person(requests, contact), requests.c.asked_at),
        "letters": (outbox, _of_person(outbox, contact), outbox.c.created_at),
        "links": (link_refs, link_refs.c.contact_id == contact.id, link_refs.c.created_at),
        "wishes": (wishes, wishes.c.contact_id == contact.id, wishes.c.changed_at),
        "visits": (firm_visits, firm_visits.c.contact_id == contact.id, firm_visits.c.created_at),
        "promises": (promises, promises.c.contact_id == contact.id, promises.c.made_at),
        "requests": (firm_requests, firm_requests.c.contact_id == contact.id, firm_requests.c.asked_at),
    }
    return {name: _rows(tx, table, where, order) for name, (table, where, order) in mine.items()}


def _of_person(table: Table, contact: Contact) -> ColumnElement[bool]:
    """Rows of this contact, and those that only know the address."""
    by_id = table.c.contact_id == contact.id
    if not contact.email:
        return by_id
    return by_id | (table.c.contact_id.is_(None) & (table.c.email == contact.email))


def _rows(tx: Connection, table: Table, where: ColumnElement[bool], order: ColumnElement[Any]) -> list[dict[str, Any]]:
    rows = tx.execute(select(table).where(where).order_by(order.desc())).mappings()
    return [_values(row) for row in rows]


def _values(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}
