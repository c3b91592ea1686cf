"""SQL of introductions and their steps."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Select, delete, func, insert, select, update

from service.desk_tables import introduction_steps as steps
from service.desk_tables import introductions
from service.errors import Conflict
from service.tables import firms, projects

BLOCK = 500


@dataclass(frozen=True, slots=True)
class Introduction:
    """One firm for one project in one role, and how far it has come; the columns of the table."""

    id: str
    project_id: str
    firm_id: str
    role: str
    state: str
    owner_id: str
    firm_answer: str | None
    firm_source: str
    firm_answered_at: datetime | None
    project_answer: str | None
    project_source: str
    project_answered_at: datetime | None
    may_be_named: bool
    introduced_at: datetime | None
    outcome: str | None
    outcome_at: datetime | None
    value_range: str | None
    reason: str | None
    note: str
    answer_by: str | None
    version: int
    created_by: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened with an introduction.

    Attributes:
        details: of a step that can be undone, ``before``: what its columns held; ``call`` and ``list`` when it was
            told on a call; and ``source``, ``reason`` or ``value_range``.
    """

    id: int
    introduction_id: str
    step: str
    at: datetime
    actor: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which introductions; None is any."""

    states: tuple[str, ...] | None = None
    owner_id: str | None = None
    firm_id: str | None = None
    project_id: str | None = None
    due_by: str | None = None


def find(tx: Connection, introduction_id: str) -> Introduction | None:
    """One introduction, or None; a writing transaction keeps others from changing it meanwhile."""
    if "\0" in introduction_id:  # no id has one, and PostgreSQL refuses to compare with it
        return None
    return _one(tx, introductions.c.id == introduction_id)


def find_for(tx: Connection, project_id: str, firm_id: str, role: str) -> Introduction | None:
    """The introduction of a firm to a project in a role, or None."""
    same = (introductions.c.project_id == project_id) & (introductions.c.firm_id == firm_id)
    return _one(tx, same & (introductions.c.role == role))


def open_question(tx: Connection, firm_id: str, *, but: str = "") -> Introduction | None:
    """The oldest proposal that a firm has not answered, or None."""
    waits = (introductions.c.firm_id == firm_id) & (introductions.c.state == "proposed")
    query = select(introductions).where(waits, introductions.c.id != but).order_by(introductions.c.created_at)
    row = tx.execute(query.limit(1)).mappings().first()
    return None if row is None else _read(row)


def open_questions(tx: Connection, firm_ids: Collection[str]) -> dict[str, Introduction]:
    """The oldest unanswered proposal by firm."""
    found: dict[str, Introduction] = {}
    wanted = sorted(set(firm_ids))
    for start in range(0, len(wanted), BLOCK):
        some = introductions.c.firm_id.in_(wanted[start : start + BLOCK])
        query = select(introductions).where(some, introductions.c.state == "proposed")
        for row in tx.execute(query.order_by(introductions.c.created_at.desc())).mappings():
            found[row["firm_id"]] = _read(row)
    return found


def list_some(tx: Connection, wanted: Wanted, *, limit: int | None = None, offset: int = 0) -> list[Introduction]:
    """Introductions, the oldest promise first, those without one last."""
    query = select(introductions).where(*_where(wanted))
    no_day = introductions.c.answer_by.is_(None)
    ordered = query.order_by(no_day, introductions.c.answer_by, introductions.c.created_at, introductions.c.id)
    return [_read(row) for row in tx.execute(ordered.limit(limit).offset(offset)).mappings()]


def count_by_state(tx: Connection, wanted: Wanted) -> dict[str, int]:
    """How many introductions are in each state."""
    query = select(introductions.c.state, func.count()).where(*_where(wanted)).group_by(introductions.c.state)
    return {str(state): int(n) for state, n in tx.execute(query)}


def add(tx: Connection, introduction: Introduction) -> None:
    """Store a new introduction."""
    tx.execute(insert(introductions).values(asdict(introduction)))


def change(tx: Connection, stored: Introduction, changes: dict[str, Any], moment: datetime) -> Introduction:
    """Change some columns and raise the version.

    Raises:
        Conflict: it is no longer at the version of ``stored``.
    """
    values = {**changes, "version": stored.version + 1, "updated_at": moment}
    same = (introductions.c.id == stored.id) & (introductions.c.version == stored.version)
    if tx.execute(update(introductions).where(same).values(values)).rowcount != 1:
        raise Conflict(f"another request wrote introduction {stored.id!r} just now: read it again")
    return replace(stored, **values)


def remove(tx: Connection, introduction_id: str) -> None:
    """Delete an introduction and its steps."""
    tx.execute(delete(steps).where(steps.c.introduction_id == introduction_id))
    tx.execute(delete(introductions).where(introductions.c.id == introduction_id))


def add_step(
    tx: Connection, introduction_id: str, step: str, at: datetime, actor: str, details: dict[str, Any]
) -> None:
    """Write a step down."""
    text = orjson.dumps(details).decode()
    tx.execute(insert(steps).values(introduction_id=introduction_id, step=step, at=at, actor=actor, details=text))


def steps_of(tx: Connection, introduction_id: str) -> list[Step]:
    """Steps of an introduction, the first one first."""
    query = select(steps).where(steps.c.introduction_id == introduction_id).order_by(steps.c.id)
    return [
        Step(row["id"], row["introduction_id"], row["step"], row["at"], row["actor"], orjson.loads(row["details"]))
        for row in tx.execute(query).mappings()
    ]


def remove_step(tx: Connection, step_id: int) -> None:
    """Delete a step that was undone: what reports count is what is left."""
    tx.execute(delete(steps).where(steps.c.id == step_id))


def lock_both(tx: Connection, project_id: str, firm_id: str) -> tuple[bool, bool]:
    """Whether project and firm are there; neither can be deleted, nor asked by others, before the transaction ends."""
    found = []
    for table, key in ((projects, project_id), (firms, firm_id)):
        query = select(table.c.id).where(table.c.id == key).with_for_update()
        found.append("\0" not in key and tx.execute(query).scalar() is not None)
    return found[0], found[1]


def _where(wanted: Wanted) -> list[ColumnElement[bool]]:
    table = introductions.c
    found: list[ColumnElement[bool]] = []
    if wanted.states is not None:
        found.append(table.state.in_(wanted.states))
    if wanted.due_by is not None:
        found.append(table.answer_by <= wanted.due_by)
    for name in ("owner_id", "firm_id", "project_id"):
        if (value := getattr(wanted, name)) is not None:
            found.append(table[name] == value)
    return found


def _one(tx: Connection, where: ColumnElement[bool]) -> Introduction | None:
    query: Select[Any] = select(introductions).where(where)
    if tx.get_execution_options().get("writes", False):
        query = query.with_for_update()
    row = tx.execute(query).mappings().first()
    return None if row is None else _read(row)


def _read(row: Any) -> Introduction:  # noqa: ANN401 - a row as a mapping
    return Introduction(**{str(name): value for name, value in row.items()})
