"""SQL of runs, lists and what stands on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, func, insert, select, update

from service.desk_tables import contacts, introductions, kept_apart, shown
from service.list_tables import list_items, list_runs, lists, outbox, wishes

BLOCK = 500
# Of a run, in this order; ``empty`` had nobody to write to.
OPEN = ("preparing", "ready", "releasing")


@dataclass(frozen=True, slots=True)
class Run:
    """One making of lists.

    Attributes:
        counts: ``lists`` by kind, ``left_out`` by reason, ``n_contacts``.
    """

    id: str
    state: str
    period: str
    job_id: str | None
    counts: dict[str, Any]
    created_by: str
    created_at: datetime
    released_by: str | None
    released_at: datetime | None
    stopped_by: str | None
    stopped_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class FirmList:
    """One contact's list of one period."""

    id: str
    run_id: str
    contact_id: str
    firm_id: str
    period: str
    kind: str
    language: str
    subject: str = field(repr=False)
    body: dict[str, Any] = field(repr=False)
    state: str
    left_out_because: str | None
    is_first: bool
    officer_id: str
    made_at: datetime
    sent_at: datetime | None
    sent_how: str | None
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Item:
    """One opportunity on a list; ``told`` is :class:`service.opportunities.told.Told` as JSON."""

    id: str
    list_id: str
    firm_id: str
    contact_id: str
    project_id: str
    role: str
    position: int
    news: str
    fingerprint: str
    band: str
    score: str
    model: str
    told: str = field(repr=False)
    answer: str | None
    reason: str | None
    until: str | None
    answered_at: datetime | None
    answered_by: str | None
    version: int


@dataclass(frozen=True, slots=True)
class Person:
    """A contact at a firm who has an address."""

    contact_id: str
    firm_id: str
    email: str = field(repr=False)
    language: str


# -- runs


def add_run(tx: Connection, run: Run) -> None:
    """Store a run."""
    tx.execute(insert(list_runs).values(asdict(run) | {"counts": orjson.dumps(run.counts).decode()}))


def find_run(tx: Connection, run_id: str) -> Run | None:
    """One run, or None."""
    row = tx.execute(select(list_runs).where(list_runs.c.id == run_id)).mappings().first()
    return None if row is None else _run(row)


def runs(tx: Connection, *, states: Collection[str] = (), limit: int = 50) -> list[Run]:
    """Runs, the newest first; of some states, or of all."""
    query = select(list_runs).order_by(list_runs.c.created_at.desc(), list_runs.c.id).limit(limit)
    if states:
        query = query.where(list_runs.c.state.in_(states))
    return [_run(row) for row in tx.execute(query).mappings()]


def change_run(tx: Connection, run_id: str, expected: Collection[str], **values: Any) -> bool:  # noqa: ANN401
    """Change a run that is in one of the expected states; False when it is not."""
    if "counts" in values:
        values["counts"] = orjson.dumps(values["counts"]).decode()
    done = tx.execute(
        update(list_runs)
        .where(list_runs.c.id == run_id, list_runs.c.state.in_(expected))
        .values(version=list_runs.c.version + 1, **values)
    )
    return done.rowcount == 1


def count_released(tx: Connection) -> int:
    """Runs that a person, or the service itself, has released."""
    query = select(func.count()).select_from(list_runs).where(list_runs.c.released_at.is_not(None))
    return int(tx.execute(query).scalar_one())


def first_release(tx: Connection) -> datetime | None:
    """When lists were let go for the first time, or None."""
    row = tx.execute(select(func.min(list_runs.c.released_at))).scalar()
    return row if isinstance(row, datetime) else None


# -- lists


def add_list(tx: Connection, one: FirmList, items: Sequence[Item]) -> None:
    """Store a list with what stands on it."""
    tx.execute(insert(lists).values(asdict(one) | {"body": orjson.dumps(one.body).decode()}))
    if items:
        tx.execute(insert(list_items), [asdict(item) for item in items])


def find_list(tx: Connection, list_id: str) -> FirmList | None:
    """One list, or None."""
    row = tx.execute(select(lists).where(lists.c.id == list_id)).mappings().first()
    return None if row is None else _list(row)


def lists_of_run(tx: Connection, run_id: str) -> list[FirmList]:
    """Lists of a run, in the order in which they were made."""
    rows = tx.execute(select(lists).where(lists.c.run_id == run_id).order_by(lists.c.made_at, lists.c.id)).mappings()
    return [_list(row) for row in rows]


def lists_of_firm(tx: Connection, firm_id: str, *, limit: int = 20) -> list[FirmList]:
    """Lists of a firm that left, the newest first."""
    query = select(lists).where(lists.c.firm_id == firm_id, lists.c.sent_at.is_not(None))
    return [_list(row) for row in tx.execute(query.order_by(lists.c.sent_at.desc()).limit(limit)).mappings()]


def change_list(tx: Connection, list_id: str, expected: Collection[str], **values: Any) -> bool:  # noqa: ANN401
    """Change a list that is in one of the expected states; False when it is not."""
    done = tx.execute(update(lists).where(lists.c.id == list_id, lists.c.state.in_(expected)).values(**values))
    return done.rowcount == 1


def has_list(tx: Connection, contact_id: str, period: str) -> bool:
    """Whether somebody has a list of a period already."""
    query = select(lists.c.id).where(lists.c.contact_id == contact_id, lists.c.period == period)
    return tx.execute(query).first() is not None


def letter_of(tx: Connection, list_id: str) -> str | None:
    """Id of a list's letter."""
    return tx.execute(select(outbox.c.id).where(outbox.c.list_id == list_id)).scalar()


def left_lists(tx: Connection) -> dict[str, list[FirmList]]:
    """Lists that left, by contact, the newest first."""
    found: dict[str, list[FirmList]] = defaultdict(list)
    query = select(lists).where(lists.c.sent_at.is_not(None)).order_by(lists.c.sent_at.desc(), lists.c.id)
    for row in tx.execute(query).mappings():
        found[row["contact_id"]].append(_list(row))
    return found


def waiting_contacts(tx: Connection) -> set[str]:
    """Contacts whose list of an open run waits: they get no second one beside it."""
    query = select(lists.c.contact_id).where(lists.c.state.in_(("ready", "released")))
    return {str(one) for one in tx.execute(query).scalars()}


# -- items


def find_item(tx: Connection, item_id: str) -> Item | None:
    """One item, or None."""
    row = tx.execute(select(list_items).where(list_items.c.id == item_id)).mappings().first()
    return None if row is None else Item(**row)


def item_at(tx: Connection, list_id: str, position: int) -> Item | None:
    """The item at a place of a list, or None."""
    where = (list_items.c.list_id == list_id, list_items.c.position == position)
    row = tx.execute(select(list_items).where(*where)).mappings().first()
    return None if row is None else Item(**row)


def items_of(tx: Connection, list_id: str) -> list[Item]:
    """Items of a list in their order."""
    query = select(list_items).where(list_items.c.list_id == list_id).order_by(list_items.c.position)
    return [Item(**row) for row in tx.execute(query).mappings()]


def items_of_firm(tx: Connection, firm_id: str, *, limit: int = 50) -> list[tuple[Item, datetime]]:
    """Items that a firm was told of, with the day of their list, the newest first."""
    query = (
        select(list_items, lists.c.sent_at)
        .join(lists, lists.c.id == list_items.c.list_id)
        .where(list_items.c.firm_id == firm_id, lists.c.sent_at.is_not(None))
        .order_by(lists.c.sent_at.desc(), list_items.c.position)
        .limit(limit)
    )
    found = []
    for row in tx.execute(query).mappings():
        values = dict(row)
        sent = values.pop("sent_at")
        found.append((Item(**values), sent))
    return found


def items_of_contact(tx: Connection, contact_id: str, *, limit: int = 50) -> list[Item]:
    """Items that somebody was told of, the newest first."""
    query = (
        select(list_items)
        .join(lists, lists.c.id == list_items.c.list_id)
        .where(list_items.c.contact_id == contact_id, lists.c.sent_at.is_not(None))
        .order_by(lists.c.sent_at.desc(), list_items.c.position)
        .limit(limit)
    )
    return [Item(**row) for row in tx.execute(query).mappings()]


def told_by_contact(tx: Connection) -> dict[str, dict[tuple[str, str], list[Item]]]:
    """What every contact was told, of lists that left: by contact, by project and role, the newest first."""
    found: dict[str, dict[tuple[str, str], list[Item]]] = defaultdict(lambda: defaultdict(list))
    query = (
        select(list_items)
        .join(lists, lists.c.id == list_items.c.list_id)
        .where(lists.c.sent_at.is_not(None))
        .order_by(lists.c.sent_at.desc(), list_items.c.id)
    )
    for row in tx.execute(query).mappings():
        item = Item(**row)
        found[item.contact_id][item.project_id, item.role].append(item)
    return found


def change_item(tx: Connection, item_id: str, *, expected: int, **values: Any) -> bool:  # noqa: ANN401
    """Change an item of a version; False when somebody was faster."""
    done = tx.execute(
        update(list_items)
        .where(list_items.c.id == item_id, list_items.c.version == expected)
        .values(version=expected + 1, **values)
    )
    return done.rowcount == 1


# -- what a run looks at


def people(tx: Connection) -> list[Person]:
    """Contacts of firms who have an address, by firm."""
    query = (
        select(contacts.c.id, contacts.c.firm_id, contacts.c.email, contacts.c.language)
        .where(contacts.c.firm_id.is_not(None), contacts.c.email != "")
        .order_by(contacts.c.firm_id, contacts.c.created_at, contacts.c.id)
    )
    return [Person(row.id, row.firm_id, row.email, row.language) for row in tx.execute(query)]


def wishes_of_all(tx: Connection) -> dict[str, Mapping[str, Any]]:
    """How contacts want their lists, by contact; those who never said are left out."""
    return {str(row["contact_id"]): dict(row) for row in tx.execute(select(wishes)).mappings()}


def anyone_wants(tx: Connection, rhythms: Collection[str]) -> bool:
    """Whether somebody chose one of some rhythms."""
    return tx.execute(select(wishes.c.contact_id).where(wishes.c.rhythm.in_(rhythms)).limit(1)).first() is not None


def settled_pairs(tx: Connection) -> dict[str, set[tuple[str, str]]]:
    """By firm: projects and roles that it answered, was introduced for, or is kept apart from (role ``*``)."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in tx.execute(select(introductions.c.firm_id, introductions.c.project_id, introductions.c.role)):
        found[row.firm_id].add((row.project_id, row.role))
    for apart in tx.execute(select(kept_apart.c.firm_id, kept_apart.c.project_id)):
        found[apart.firm_id].add((apart.project_id, "*"))
    return found


def owners_by_firm(tx: Connection) -> dict[str, str]:
    """The officer who dealt with each firm last."""
    query = select(introductions.c.firm_id, introductions.c.owner_id).order_by(introductions.c.updated_at)
    return {str(row.firm_id): str(row.owner_id) for row in tx.execute(query)}


def count_shown(tx: Connection, pairs: Collection[tuple[str, str, str]], moment: datetime) -> None:
    """Note that firms stood on lists that left: (firm, project, role)."""
    for firm_id, project_id, role in pairs:
        same = (shown.c.firm_id == firm_id, shown.c.project_id == project_id, shown.c.role == role)
        if not tx.execute(update(shown).where(*same).values(times=shown.c.times + 1, last_at=moment)).rowcount:
            tx.execute(
                insert(shown).values(
                    firm_id=firm_id, project_id=project_id, role=role, times=1, first_at=moment, last_at=moment
                )
            )


def _run(row: Mapping[Any, Any]) -> Run:
    return Run(**{str(name): value for name, value in row.items()} | {"counts": orjson.loads(row["counts"])})


def _list(row: Mapping[Any, Any]) -> FirmList:
    return FirmList(**{str(name): value for name, value in row.items()} | {"body": orjson.loads(row["body"])})
