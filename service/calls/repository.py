"""SQL of call lists, their calls, and of how often a firm stood on one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Select, and_, case, delete, func, insert, or_, select, update

from service.desk_tables import call_lists, calls, introductions, shown
from service.errors import Conflict


@dataclass(frozen=True, slots=True)
class CallList:
    """Calls for one project and role."""

    id: str
    project_id: str
    role: str
    created_by: str
    created_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Call:
    """One firm on a list, and what came of calling it.

    Attributes:
        why: what the list said when it was made, by language.
        asks: questions, by language.
        result: ``open``, ``reached``, ``call_back`` or ``no_answer``.
        answer: ``yes``, ``no``, or None while they think about it.
    """

    id: str
    list_id: str
    firm_id: str
    position: int
    added_by_hand: bool
    band: str
    why: dict[str, Any]
    asks: dict[str, list[str]]
    result: str
    answer: str | None
    reason: str | None
    note: str
    call_back_on: str | None
    done_by: str | None
    done_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class ListCounts:
    """A list and how far it has come."""

    made: CallList
    n_calls: int
    n_open: int
    n_yes: int
    n_no: int
    next_call_back: str | None


def find_list(tx: Connection, list_id: str) -> CallList | None:
    """One list, or None; a writing transaction keeps others from closing it meanwhile."""
    if "\0" in list_id:
        return None
    row = tx.execute(_locked(tx, select(call_lists).where(call_lists.c.id == list_id))).mappings().first()
    return None if row is None else CallList(**row)


def find_open_list(tx: Connection, project_id: str, role: str) -> CallList | None:
    """The list of a project and role that is being called, or None."""
    same = and_(call_lists.c.project_id == project_id, call_lists.c.role == role, call_lists.c.closed_at.is_(None))
    query = select(call_lists).where(same).order_by(call_lists.c.created_at.desc(), call_lists.c.id)
    row = tx.execute(_locked(tx, query.limit(1))).mappings().first()
    return None if row is None else CallList(**row)


def add_list(tx: Connection, made: CallList) -> None:
    """Store a new list."""
    tx.execute(insert(call_lists).values(asdict(made)))


def set_closed(tx: Connection, list_id: str, at: datetime | None) -> None:
    """Close a list, or open it again."""
    tx.execute(update(call_lists).where(call_lists.c.id == list_id).values(closed_at=at))


def counted(
    tx: Connection, *, is_open: bool, limit: int, offset: int = 0, project_id: str | None = None,
    owners: Collection[str] | None = None,
) -> list[ListCounts]:  # fmt: skip
    """Lists with their counts, the newest first."""
    n_open = func.sum(case((calls.c.result == "open", 1), else_=0))
    n_yes, n_no = (func.sum(case((calls.c.answer == word, 1), else_=0)) for word in ("yes", "no"))
    back = func.min(case((calls.c.result == "call_back", calls.c.call_back_on)))
    query: Select[Any] = (
        select(call_lists, func.count(calls.c.id), n_open, n_yes, n_no, back)
        .outerjoin(calls, calls.c.list_id == call_lists.c.id)
        .where(call_lists.c.closed_at.is_(None) if is_open else call_lists.c.closed_at.is_not(None))
        .group_by(*call_lists.c)
        .order_by(call_lists.c.created_at.desc(), call_lists.c.id)
    )
    if project_id is not None:
        query = query.where(call_lists.c.project_id == project_id)
    if owners is not None:
        query = query.where(call_lists.c.created_by.in_(sorted(owners)))
    found = []
    for row in tx.execute(query.limit(limit).offset(offset)):
        *columns, n_calls, opened, yes, no, next_back = row
        found.append(ListCounts(CallList(*columns), n_calls, opened or 0, yes or 0, no or 0, next_back))
    return found


def find_call(tx: Connection, call_id: str) -> Call | None:
    """One call, or None; a writing transaction keeps others from changing it meanwhile."""
    if "\0" in call_id:
        return None
    row = tx.execute(_locked(tx, select(calls).where(calls.c.id == call_id))).mappings().first()
    return None if row is None else _read(row)


def calls_of(tx: Connection, list_id: str) -> list[Call]:
    """Calls of a list in its order."""
    query = select(calls).where(calls.c.list_id == list_id).order_by(calls.c.position, calls.c.id)
    return [_read(row) for row in tx.execute(query).mappings()]


def calls_to(tx: Connection, firm_id: str) -> list[tuple[Call, CallList]]:
    """Every call to a firm with its list, the newest list first."""
    lists = {made.id: made for made in _lists_with(tx, firm_id)}
    query = select(calls).where(calls.c.firm_id == firm_id)
    found = [(call, lists[call.list_id]) for call in map(_read, tx.execute(query).mappings()) if call.list_id in lists]
    return sorted(found, key=lambda pair: (pair[1].created_at, pair[0].id), reverse=True)


def call_backs(tx: Connection, day: str, owners: Collection[str]) -> list[tuple[Call, CallList]]:
    """Calls on open lists that were promised for this day or before, the oldest first; of lists made by some people."""
    due = and_(calls.c.result == "call_back", calls.c.call_back_on <= day, call_lists.c.closed_at.is_(None))
    query = select(calls).join(call_lists, calls.c.list_id == call_lists.c.id).where(due)
    query = query.where(or_(call_lists.c.created_by.in_(sorted(owners)), calls.c.done_by.in_(sorted(owners))))
    found = [_read(row) for row in tx.execute(query.order_by(calls.c.call_back_on, calls.c.id)).mappings()]
    rows = tx.execute(select(call_lists).where(call_lists.c.id.in_({call.list_id for call in found}))).mappings()
    lists = {row["id"]: CallList(**row) for row in rows}
    return [(call, lists[call.list_id]) for call in found]


def add_calls(tx: Connection, new: Sequence[Call]) -> None:
    """Put calls on a list."""
    if new:
        tx.execute(insert(calls), [_columns(call) for call in new])


def change_call(tx: Connection, call: Call, *, expected: int) -> None:
    """Put a call in the place of version ``expected``.

    Raises:
        Conflict: somebody was faster.
    """
    same = and_(calls.c.id == call.id, calls.c.version == expected)
    if tx.execute(update(calls).where(same).values(_columns(call))).rowcount != 1:
        raise Conflict(f"another request wrote call {call.id!r} just now: read it again")


def remove_call(tx: Connection, call_id: str) -> None:
    """Take a call off its list."""
    tx.execute(delete(calls).where(calls.c.id == call_id))


def asked_already(tx: Connection, project_id: str, role: str) -> set[str]:
    """Firms that were asked about a project in a role: they have an introduction, or answered on another list."""
    told = select(introductions.c.firm_id).where(
        introductions.c.project_id == project_id, introductions.c.role == role
    )  # fmt: skip
    answered = (
        select(calls.c.firm_id)
        .join(call_lists, calls.c.list_id == call_lists.c.id)
        .where(call_lists.c.project_id == project_id, call_lists.c.role == role)
        .where(or_(calls.c.answer.is_not(None), calls.c.result == "reached"))
    )
    return {str(firm_id) for query in (told, answered) for firm_id in tx.execute(query).scalars()}


def note_shown(tx: Connection, project_id: str, role: str, firm_ids: Collection[str], at: datetime) -> None:
    """Count that firms stood on a list for a project."""
    for firm_id in sorted(set(firm_ids)):
        same = and_(shown.c.firm_id == firm_id, shown.c.project_id == project_id, shown.c.role == role)
        again = update(shown).where(same).values(times=shown.c.times + 1, last_at=at)
        if tx.execute(again).rowcount == 0:
            tx.execute(
                insert(shown).values(
                    firm_id=firm_id, project_id=project_id, role=role, times=1, first_at=at, last_at=at
                )
            )


def _lists_with(tx: Connection, firm_id: str) -> list[CallList]:
    query = select(call_lists).join(calls, calls.c.list_id == call_lists.c.id).where(calls.c.firm_id == firm_id)
    return [CallList(**row) for row in tx.execute(query).mappings()]


def _locked(tx: Connection, query: Select[Any]) -> Select[Any]:
    return query.with_for_update() if tx.get_execution_options().get("writes") else query


def _columns(call: Call) -> dict[str, Any]:
    values = asdict(call)
    return {**values, "why": orjson.dumps(call.why).decode(), "asks": orjson.dumps(call.asks).decode()}


def _read(row: Any) -> Call:  # noqa: ANN401 - a row as a mapping
    values = {str(name): value for name, value in row.items()}
    return Call(**{**values, "why": orjson.loads(row["why"]), "asks": orjson.loads(row["asks"])})
