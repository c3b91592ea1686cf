"""SQL of what staff decided about firms as such, and of the list of firms that the pages show."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, insert, or_, select, tuple_, update

from matcher import Firm, firm_from_row
from service.desk_tables import firm_notes, not_doubles
from service.records import fold_text, like_pattern
from service.tables import audit, firms

BLOCK = 500
NOT_SORTED = "none"


@dataclass(frozen=True, slots=True)
class FirmNote:
    """What staff decided about one firm.

    Attributes:
        fit: ``could``, ``not``, ``unsure``, or None: not sorted yet.
        archived_at: since when it is in no ranking.
        first_time: whether it never worked with the cluster before, as far as staff know.
    """

    firm_id: str
    fit: str | None
    archived_at: datetime | None
    first_time: bool | None
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class FirmQuery:
    """What the list of firms is narrowed to.

    Attributes:
        q: words that must all stand in name or town.
        city: beginning of the town.
        member: True, False, or None for all.
        fit: as in :class:`FirmNote`, ``none`` for those not sorted yet, None for all.
        archived: the archived ones instead of the others.
        keep: what else a firm must be, by its id; asked of every row, so that a page is full.
    """

    q: str = ""
    city: str = ""
    member: bool | None = None
    fit: str | None = None
    archived: bool = False
    keep: Callable[[str], bool] | None = None


@dataclass(frozen=True, slots=True)
class ListedFirm:
    """One row of the list."""

    firm: Firm
    sort_name: str
    fit: str | None
    archived_at: datetime | None


def notes_of(tx: Connection, ids: Collection[str]) -> dict[str, FirmNote]:
    """Notes by firm; firms of which nothing was decided are left out."""
    found: dict[str, FirmNote] = {}
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), BLOCK):
        rows = tx.execute(select(firm_notes).where(firm_notes.c.firm_id.in_(wanted[start : start + BLOCK]))).mappings()
        found.update((str(row["firm_id"]), FirmNote(**{str(k): v for k, v in row.items()})) for row in rows)
    return found


def decide(tx: Connection, ids: Collection[str], *, by: str, at: datetime, **values: object) -> None:
    """Store a decision about some firms, such as ``fit="could"``; what else was decided about them stays."""
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), BLOCK):
        part = wanted[start : start + BLOCK]
        there = set(tx.execute(select(firm_notes.c.firm_id).where(firm_notes.c.firm_id.in_(part))).scalars())
        decided = {**values, "decided_by": by, "decided_at": at}
        if there:
            tx.execute(update(firm_notes).where(firm_notes.c.firm_id.in_(there)).values(decided))
        new = [{"firm_id": key, **decided} for key in part if key not in there]
        if new:
            tx.execute(insert(firm_notes), new)


def existing(tx: Connection, ids: Collection[str]) -> list[str]:
    """Those of some ids that are firms."""
    found: list[str] = []
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), BLOCK):
        query = select(firms.c.id).where(firms.c.id.in_(wanted[start : start + BLOCK])).order_by(firms.c.id)
        found += [str(key) for key in tx.execute(query).scalars()]
    return found


def search(tx: Connection, query: FirmQuery, *, after: tuple[str, str] | None, limit: int) -> list[ListedFirm]:
    """Up to ``limit + 1`` firms by name.

    Args:
        tx: any transaction.
        query: what they must be.
        after: folded name and id that the page stands after.
        limit: rows of a page.
    """
    ids = _page_of_ids(tx, query, after, limit + 1)
    rows = tx.execute(
        select(firms.c.id, firms.c.sort_name, firms.c.body, firm_notes.c.fit, firm_notes.c.archived_at)
        .outerjoin(firm_notes, firm_notes.c.firm_id == firms.c.id)
        .where(firms.c.id.in_(ids))
        .order_by(firms.c.sort_name, firms.c.id)
    )
    return [ListedFirm(firm_from_row(orjson.loads(row.body)), row.sort_name, row.fit, row.archived_at) for row in rows]


def _page_of_ids(tx: Connection, query: FirmQuery, after: tuple[str, str] | None, wanted: int) -> list[str]:
    found: list[str] = []
    block = wanted if query.keep is None else max(wanted, BLOCK)
    while True:
        select_ids = _narrowed(select(firms.c.sort_name, firms.c.id), query)
        if after is not None:
            select_ids = select_ids.where(tuple_(firms.c.sort_name, firms.c.id) > tuple_(*after))
        rows = tx.execute(select_ids.order_by(firms.c.sort_name, firms.c.id).limit(block)).all()
        found += [str(row.id) for row in rows if query.keep is None or query.keep(str(row.id))]
        if len(rows) < block or len(found) >= wanted:
            return found[:wanted]
        after = (rows[-1].sort_name, rows[-1].id)


def count(tx: Connection, query: FirmQuery) -> int:
    """How many firms a query finds."""
    if query.keep is None:
        return int(tx.execute(_narrowed(select(func.count()).select_from(firms), query)).scalar_one())
    return sum(query.keep(str(key)) for key in tx.execute(_narrowed(select(firms.c.id), query)).scalars())


def _narrowed(selected: Select[Any], query: FirmQuery) -> Select[Any]:
    selected = selected.outerjoin(firm_notes, firm_notes.c.firm_id == firms.c.id)
    wanted: list[ColumnElement[bool]] = [
        firm_notes.c.archived_at.is_not(None) if query.archived else firm_notes.c.archived_at.is_(None)
    ]
    for word in fold_text(query.q).split():
        pattern = like_pattern(word)
        wanted.append(or_(firms.c.sort_name.like(pattern, escape="\\"), firms.c.sort_city.like(pattern, escape="\\")))
    if query.city:
        wanted.append(firms.c.sort_city.like(like_pattern(query.city)[1:], escape="\\"))
    if query.member is not None:
        wanted.append(firms.c.member.is_(query.member))
    if query.fit is not None:
        wanted.append(firm_notes.c.fit.is_(None) if query.fit == NOT_SORTED else firm_notes.c.fit == query.fit)
    return selected.where(and_(*wanted))


def towns(tx: Connection, *, limit: int = 200) -> list[str]:
    """Towns as they are folded, those with most firms first."""
    n_firms = func.count()
    query = select(firms.c.sort_city).where(firms.c.sort_city != "").group_by(firms.c.sort_city)
    return [str(town) for town in tx.execute(query.order_by(n_firms.desc(), firms.c.sort_city).limit(limit)).scalars()]


def names(tx: Connection, ids: Collection[str]) -> dict[str, str]:
    """Names of firms by id, those that are there."""
    found: dict[str, str] = {}
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), BLOCK):
        rows = tx.execute(select(firms.c.id, firms.c.body).where(firms.c.id.in_(wanted[start : start + BLOCK])))
        found.update((str(row.id), str(orjson.loads(row.body)["name"])) for row in rows)
    return found


def say_not_double(tx: Connection, one: str, other: str, *, by: str, at: datetime) -> None:
    """Note that two firms are not the same, in one order."""
    first, second = sorted((one, other))
    here = select(not_doubles.c.firm_id).where(not_doubles.c.firm_id == first, not_doubles.c.other_id == second)
    if tx.execute(here).scalar() is None:
        tx.execute(insert(not_doubles).values(firm_id=first, other_id=second, decided_by=by, decided_at=at))


def forget_not_double(tx: Connection, one: str, other: str) -> None:
    """Take back that two firms are not the same."""
    first, second = sorted((one, other))
    tx.execute(delete(not_doubles).where(not_doubles.c.firm_id == first, not_doubles.c.other_id == second))


def not_double_of(tx: Connection, firm_id: str) -> set[str]:
    """Firms that are not the same as this one, as staff said."""
    pairs = tx.execute(
        select(not_doubles.c.firm_id, not_doubles.c.other_id).where(
            or_(not_doubles.c.firm_id == firm_id, not_doubles.c.other_id == firm_id)
        )
    )
    return {str(key) for pair in pairs for key in pair} - {firm_id}


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Who noted that a statement was confirmed, when, and how."""

    actor: str
    at: datetime
    how: str


def confirmations(tx: Connection, firm_id: str) -> dict[str, Confirmation]:
    """The newest confirmation of each statement, by its id."""
    query = select(audit.c.at, audit.c.actor, audit.c.action, audit.c.details).where(
        audit.c.kind == "firm",
        audit.c.record_id == firm_id,
        audit.c.action.in_(("statement.confirm", "statement.add")),
    )
    found: dict[str, Confirmation] = {}
    for row in tx.execute(query.order_by(audit.c.id)):
        details = orjson.loads(row.details)
        if row.action == "statement.add":
            keys = details.get("confirmed", [])
        else:
            keys = details.get("statements") or [details.get("statement")]
        said = Confirmation(row.actor, row.at, str(details.get("note") or ""))
        found.update((str(key), said) for key in keys)
    return found
