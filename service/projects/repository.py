"""SQL of projects.

In a writing transaction, rows that are read are locked until it ends: on PostgreSQL by ``FOR UPDATE``, on SQLite the
transaction has the only write lock anyway. So two writers never start from the same version.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, delete, func, insert, or_, select, update

from matcher import Project, Release, Stage, is_open, project_from_row, to_json
from service import desk_tables as desk
from service.clock import now
from service.errors import Conflict
from service.records import Stored, fold_text, like_pattern
from service.tables import import_rows, projects


@dataclass(frozen=True, slots=True)
class Row:
    """A project in a list.

    Attributes:
        project: with title, stage, release, place, lead and dates; nothing else of it is filled in.
    """

    project: Project
    description: str
    needs: tuple[str, ...]


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
    """Remove a project, staff's work on it, and what imports remember of it."""
    for table, where in _desk(project_id):
        tx.execute(delete(table).where(where))
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


def count_desk(tx: Connection, project_id: str) -> dict[str, int]:
    """How many rows of staff's work belong to a project, by table; tables without any are left out."""
    counts = {
        table.name: int(tx.execute(select(func.count()).select_from(table).where(where)).scalar_one())
        for table, where in _desk(project_id)
    }
    return {name: n for name, n in counts.items() if n}


def _desk(project_id: str) -> list[tuple[Table, ColumnElement[bool]]]:
    """The tables of staff's work with the condition for one project, those that hang on others first."""
    lists = select(desk.call_lists.c.id).where(desk.call_lists.c.project_id == project_id)
    introductions = select(desk.introductions.c.id).where(desk.introductions.c.project_id == project_id)
    of_project = (
        desk.call_lists, desk.introductions, desk.contacts, desk.kept_apart, desk.opinions, desk.hand_picked,
        desk.shown, desk.briefs, desk.release_notes,
    )  # fmt: skip
    return [
        (desk.calls, desk.calls.c.list_id.in_(lists)),
        (desk.introduction_steps, desk.introduction_steps.c.introduction_id.in_(introductions)),
        *((table, table.c.project_id == project_id) for table in of_project),
    ]


def list_rows(tx: Connection, *, stage: Stage | None = None) -> list[Row]:
    """Every project as a list shows it, by title."""
    query = select(projects.c.id, projects.c.body).order_by(projects.c.sort_title, projects.c.id)
    if stage is not None:
        query = query.where(projects.c.stage == stage.value)
    return [_row(key, orjson.loads(body)) for key, body in tx.execute(query)]


def _row(key: str, body: dict[str, Any]) -> Row:
    # Without the checks of a whole record, which take ten times as long: it was checked when it was stored.
    known: dict[str, Any] = {name: body.get(name) for name in ("city", "province", "lead", "closes", "checked")}
    project = Project(
        key, body["title"], stage=Stage(body["stage"]), release=Release(body["release"]), **known
    )  # fmt: skip
    needs = [need["text"] for need in body["needs"]]
    return Row(project, body["description"], tuple(needs))


def find_note(tx: Connection, project_id: str) -> str:
    """The approved note of a project; empty when there is none."""
    query = select(desk.release_notes.c.note).where(desk.release_notes.c.project_id == project_id)
    return str(tx.execute(query).scalar() or "")


def put_note(tx: Connection, project_id: str, note: str, caller_id: str) -> None:
    """Store the approved note of a project in the place of the one before."""
    table = desk.release_notes
    tx.execute(delete(table).where(table.c.project_id == project_id))
    tx.execute(insert(table).values(project_id=project_id, note=note, approved_by=caller_id, approved_at=now()))


def ids_like(tx: Connection, base: str) -> set[str]:
    """Ids that are this text or begin with it."""
    query = select(projects.c.id).where(projects.c.id.startswith(base, autoescape=True))
    return {str(key) for key in tx.execute(query).scalars()}


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
