"""SQL of projects.

In a writing transaction, rows that are read are locked until it ends: on PostgreSQL by ``FOR UPDATE``, on SQLite the
transaction has the only write lock anyway. So two writers never start from the same version.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, RowMapping, Select, delete, insert, or_, select, update

from matcher import Project, Stage, is_open, project_from_row, to_json
from service.clock import now
from service.errors import Conflict
from service.records import Stored, fold_text, like_pattern
from service.tables import import_rows, projects

BLOCK = 500
# The stages that can be open; what is open in the end is for ``matcher.is_open`` to say.
_MAYBE_OPEN = tuple(stage.value for stage in Stage if stage not in (Stage.FINISHED, Stage.UNKNOWN))


def find(tx: Connection, project_id: str) -> Stored[Project] | None:
    """One project, or None."""
    if "\0" in project_id:  # no id has one, and PostgreSQL refuses to compare with it
        return None
    row = tx.execute(_locked(tx, select(projects).where(projects.c.id == project_id))).mappings().first()
    return None if row is None else _read(row)


def find_many(tx: Connection, ids: Collection[str]) -> dict[str, Stored[Project]]:
    """Projects by id, those that are there."""
    found: dict[str, Stored[Project]] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), BLOCK):
        # In order, so that two writers of the same rows wait for one another and never in a circle.
        query = select(projects).where(projects.c.id.in_(wanted[start : start + BLOCK])).order_by(projects.c.id)
        found.update((row["id"], _read(row)) for row in tx.execute(_locked(tx, query)).mappings())
    return found


def insert_project(tx: Connection, project: Project) -> Stored[Project]:
    """Store a new project."""
    moment = now()
    values = {"id": project.id, "version": 1, "created_at": moment, "updated_at": moment, **columns(project)}
    tx.execute(insert(projects).values(values))
    return Stored(project.id, project, 1, 0, moment, moment)


def update_project(tx: Connection, stored: Stored[Project], project: Project) -> Stored[Project]:
    """Replace a project's record and raise its version.

    Raises:
        Conflict: it is no longer at the version of ``stored``.
    """
    moment, version = now(), stored.version + 1
    written = tx.execute(
        update(projects)
        .where(projects.c.id == stored.id, projects.c.version == stored.version)
        .values(version=version, updated_at=moment, **columns(project))
    )
    if written.rowcount != 1:
        raise Conflict(f"another request wrote project {stored.id!r} just now: read it again")
    return Stored(stored.id, project, version, 0, stored.created_at, moment)


def delete_project(tx: Connection, project_id: str) -> None:
    """Remove a project and what imports remember of it."""
    tx.execute(delete(projects).where(projects.c.id == project_id))
    tx.execute(delete(import_rows).where(import_rows.c.kind == "projects", import_rows.c.record_id == project_id))


def list_projects(
    tx: Connection, *, after: str | None, limit: int, day: date, q: str | None = None, stage: Stage | None = None,
    open_only: bool | None = None,
) -> list[Stored[Project]]:  # fmt: skip
    """Up to ``limit + 1`` projects in the order of their ids.

    Args:
        tx: any transaction.
        after: the id that the page stands after.
        limit: rows of a page.
        day: the day on which a project is open or not.
        q: words that must all stand in the title.
        stage: this stage only.
        open_only: True for open projects, False for the others.
    """
    query = select(projects).where(*_words(q))
    if stage is not None:
        query = query.where(projects.c.stage == stage.value)
    if open_only:
        query = query.where(_maybe_open(day))
    block = limit + 1
    found: list[Stored[Project]] = []
    # Whether a project is open stands in its record, not in a column: read on until the page is full.
    while len(found) <= limit:
        part = query if after is None else query.where(projects.c.id > after)
        rows = [_read(row) for row in tx.execute(part.order_by(projects.c.id).limit(block)).mappings()]
        found += [row for row in rows if open_only is None or is_open(row.record, day) is open_only]
        if len(rows) < block:
            break
        after, block = rows[-1].id, min(2 * block, BLOCK)
    return found[: limit + 1]


def all_possibly_open(tx: Connection, today: date) -> list[Stored[Project]]:
    """Every project that its stage and closing date let be open; when it was last checked is not looked at."""
    query = select(projects).where(_maybe_open(today)).order_by(projects.c.id)
    return [_read(row) for row in tx.execute(query).mappings()]


def _maybe_open(day: date) -> ColumnElement[bool]:
    iso = day.isoformat()
    # A date of month or year precision sorts before the days in it, and lasts until its last day.
    closes_later = or_(projects.c.closes.is_(None), projects.c.closes >= iso, projects.c.closes.in_([iso[:4], iso[:7]]))
    return projects.c.stage.in_(_MAYBE_OPEN) & closes_later


def _words(q: str | None) -> list[ColumnElement[bool]]:
    return [projects.c.sort_title.like(like_pattern(word), escape="\\") for word in fold_text(q or "").split()]


def _locked(tx: Connection, query: Select[Any]) -> Select[Any]:
    return query.with_for_update() if tx.get_execution_options().get("writes") else query


def columns(project: Project) -> dict[str, Any]:
    """What a row says of a record, as SQL asks about it; the body says all."""
    return {
        "sort_title": fold_text(project.title),
        "stage": project.stage.value,
        "closes": project.closes,
        "body": to_json(project).decode(),
    }


def _read(row: RowMapping) -> Stored[Project]:
    project = project_from_row(orjson.loads(row["body"]))
    return Stored(row["id"], project, row["version"], 0, row["created_at"], row["updated_at"])
