"""SQL of what staff decided about firms and one project: picked by hand, kept apart, and how often shown."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from rapidfuzz import fuzz, process
from sqlalchemy import Connection, delete, insert, or_, select

from matcher import Firm, Role
from service.desk_tables import firm_notes, hand_picked, kept_apart
from service.firms import repository as firms_repository
from service.records import Stored, fold_text
from service.tables import firms


@dataclass(frozen=True, slots=True)
class Pick:
    """A firm that somebody put on a project's list by hand."""

    project_id: str
    firm_id: str
    role: str
    picked_by: str
    picked_at: datetime


@dataclass(frozen=True, slots=True)
class Apart:
    """A firm that is not to be put together with a project; staff alone see it."""

    id: str
    firm_id: str
    project_id: str
    note: str
    decided_by: str
    decided_at: datetime


def picks_of(tx: Connection, project_id: str, role: Role | None = None) -> list[Pick]:
    """Firms picked by hand for a project, in the order they were picked."""
    query = select(hand_picked).where(hand_picked.c.project_id == project_id)
    if role is not None:
        query = query.where(hand_picked.c.role == role.value)
    rows = tx.execute(query.order_by(hand_picked.c.picked_at, hand_picked.c.firm_id)).mappings()
    return [Pick(**row) for row in rows]


def add_pick(tx: Connection, pick: Pick) -> bool:
    """Pick a firm; False when it was picked already."""
    if any(found.firm_id == pick.firm_id for found in picks_of(tx, pick.project_id, Role(pick.role))):
        return False
    tx.execute(insert(hand_picked).values(asdict(pick)))
    return True


def remove_pick(tx: Connection, project_id: str, firm_id: str, role: Role) -> bool:
    """Take a firm off again; False when it was not picked."""
    found = tx.execute(
        delete(hand_picked).where(
            hand_picked.c.project_id == project_id,
            hand_picked.c.firm_id == firm_id,
            hand_picked.c.role == role.value,
        )
    )
    return found.rowcount == 1


def apart_of(tx: Connection, project_id: str) -> list[Apart]:
    """Firms to be kept apart from a project, oldest first."""
    query = select(kept_apart).where(kept_apart.c.project_id == project_id)
    rows = tx.execute(query.order_by(kept_apart.c.decided_at, kept_apart.c.id)).mappings()
    return [Apart(**row) for row in rows]


def add_apart(tx: Connection, apart: Apart) -> None:
    """Keep a firm apart from a project."""
    tx.execute(insert(kept_apart).values(asdict(apart)))


def remove_apart(tx: Connection, project_id: str, apart_id: str) -> Apart | None:
    """Let them together again; None when there is nothing of this id."""
    where = (kept_apart.c.project_id == project_id, kept_apart.c.id == apart_id)
    row = tx.execute(select(kept_apart).where(*where)).mappings().first()
    tx.execute(delete(kept_apart).where(*where))
    return None if row is None else Apart(**row)


def unfit(tx: Connection) -> set[str]:
    """Firms that staff sorted as *probably not*, and those that are archived: they stand on no list."""
    query = select(firm_notes.c.firm_id).where(or_(firm_notes.c.fit == "not", firm_notes.c.archived_at.is_not(None)))
    return {str(firm_id) for firm_id in tx.execute(query).scalars()}


def firms_named(tx: Connection, text: str, limit: int) -> list[Stored[Firm]]:
    """Firms whose name or town holds a text; those whose name begins with it come first."""
    found = firms_repository.list_firms(tx, after=None, limit=5 * limit, q=text)
    folded = fold_text(text)
    found.sort(key=lambda stored: (not fold_text(stored.record.name).startswith(folded), stored.record.name.casefold()))
    return found[:limit]


def firms_alike(tx: Connection, text: str, limit: int, least: int) -> list[Stored[Firm]]:
    """Firms with a name like a text that was mistyped, most alike first."""
    names = {str(key): str(name) for key, name in tx.execute(select(firms.c.id, firms.c.sort_name))}
    alike = process.extract(fold_text(text), names, scorer=fuzz.WRatio, score_cutoff=least, limit=limit)
    found = firms_repository.find_many(tx, [key for _name, _score, key in alike])
    return [found[key] for _name, _score, key in alike if key in found]
