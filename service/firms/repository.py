"""SQL of firms.

Writers hand in the change number that :func:`service.db.next_change` gave them. They take it before they read: its
lock is what keeps two writers from reading the same version.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, or_, select, update

from matcher import Firm, firm_from_row, to_json
from service.clock import now
from service.desk_tables import firm_notes, import_undo
from service.records import Stored, fold_text, like_pattern
from service.tables import firms, import_rows, tombstones

BLOCK = 500


def find(tx: Connection, firm_id: str) -> Stored[Firm] | None:
    """One firm, or None."""
    row = tx.execute(select(firms).where(firms.c.id == firm_id)).mappings().first()
    return None if row is None else _read(row)


def find_many(tx: Connection, ids: Collection[str]) -> dict[str, Stored[Firm]]:
    """Firms by id, those that are there."""
    found: dict[str, Stored[Firm]] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), BLOCK):
        rows = tx.execute(select(firms).where(firms.c.id.in_(wanted[start : start + BLOCK]))).mappings()
        found.update((row["id"], _read(row)) for row in rows)
    return found


def insert_firm(tx: Connection, firm: Firm, change: int) -> Stored[Firm]:
    """Store a new firm; one that was deleted before may come back."""
    moment = now()
    tx.execute(delete(tombstones).where(tombstones.c.id == firm.id))
    values = {"id": firm.id, "version": 1, "created_at": moment, "updated_at": moment, **columns(firm, change)}
    tx.execute(insert(firms).values(values))
    return Stored(firm.id, firm, 1, change, moment, moment)


def update_firm(tx: Connection, stored: Stored[Firm], firm: Firm, change: int) -> Stored[Firm]:
    """Replace a firm's record and raise its version."""
    moment, version = now(), stored.version + 1
    tx.execute(
        update(firms).where(firms.c.id == firm.id).values(version=version, updated_at=moment, **columns(firm, change))
    )
    return Stored(firm.id, firm, version, change, stored.created_at, moment)


def delete_firm(tx: Connection, firm_id: str, change: int) -> None:
    """Remove a firm and what imports remember of it; its id stays as a tombstone."""
    tx.execute(delete(firms).where(firms.c.id == firm_id))
    tx.execute(delete(import_rows).where(import_rows.c.kind == "firms", import_rows.c.record_id == firm_id))
    tx.execute(delete(import_undo).where(import_undo.c.record_id == firm_id))
    tx.execute(delete(tombstones).where(tombstones.c.id == firm_id))
    tx.execute(insert(tombstones).values(id=firm_id, change=change))


def delete_firms(tx: Connection, changes: Mapping[str, int]) -> None:
    """Remove many firms as :func:`delete_firm` does; their change numbers by id."""
    ids = sorted(changes)
    for start in range(0, len(ids), BLOCK):
        block = ids[start : start + BLOCK]
        tx.execute(delete(firms).where(firms.c.id.in_(block)))
        tx.execute(delete(import_rows).where(import_rows.c.kind == "firms", import_rows.c.record_id.in_(block)))
        tx.execute(delete(import_undo).where(import_undo.c.record_id.in_(block)))
        tx.execute(delete(tombstones).where(tombstones.c.id.in_(block)))
        tx.execute(insert(tombstones), [{"id": key, "change": changes[key]} for key in block])


def list_firms(
    tx: Connection, *, after: str | None, limit: int, q: str | None = None, kind: str | None = None,
    member: bool | None = None,
) -> list[Stored[Firm]]:  # fmt: skip
    """Up to ``limit + 1`` firms in the order of their ids."""
    query: Select[Any] = select(firms)
    if after is not None:
        query = query.where(firms.c.id > after)
    if q is not None:
        pattern = like_pattern(q)
        query = query.where(
            or_(firms.c.sort_name.like(pattern, escape="\\"), firms.c.sort_city.like(pattern, escape="\\"))
        )
    if kind is not None:
        query = query.where(firms.c.kind == kind)
    if member is not None:
        query = query.where(firms.c.member.is_(member))
    rows = tx.execute(query.order_by(firms.c.id).limit(limit + 1)).mappings()
    return [_read(row) for row in rows]


def changed_after(tx: Connection, change: int, *, limit: int | None = None) -> list[Stored[Firm]]:
    """Firms written after a change number, in the order of their writes."""
    query = select(firms).where(firms.c.change > change).order_by(firms.c.change, firms.c.id)
    return [_read(row) for row in tx.execute(query.limit(limit)).mappings()]


def indexed_after(tx: Connection, change: int) -> tuple[list[Firm], list[str]]:
    """Firms to put into the index after a change number, and ids to take out: deleted ones, and archived ones."""
    changed = [stored.record for stored in changed_after(tx, change)]
    archived = archived_ids(tx)
    out = [firm.id for firm in changed if firm.id in archived]
    return [firm for firm in changed if firm.id not in archived], [*deleted_after(tx, change), *out]


def archived_ids(tx: Connection) -> frozenset[str]:
    """Firms that staff put away: they stay as they are, and stand in no index."""
    query = select(firm_notes.c.firm_id).where(firm_notes.c.archived_at.is_not(None))
    return frozenset(str(key) for key in tx.execute(query).scalars())


def touch(tx: Connection, firm_id: str, change: int) -> None:
    """Have every process read a firm again, though its record is the same."""
    tx.execute(update(firms).where(firms.c.id == firm_id).values(change=change))


def deleted_after(tx: Connection, change: int) -> list[str]:
    """Ids of firms deleted after a change number."""
    query = select(tombstones.c.id).where(tombstones.c.change > change).order_by(tombstones.c.change)
    return [str(firm_id) for firm_id in tx.execute(query).scalars()]


def newest_deletion(tx: Connection) -> int:
    """Change number of the newest deletion, 0 when there was none."""
    return int(tx.execute(select(func.max(tombstones.c.change))).scalar_one() or 0)


def count(tx: Connection) -> int:
    """How many firms there are."""
    return int(tx.execute(select(func.count()).select_from(firms)).scalar_one())


def count_changed_after(tx: Connection, change: int) -> int:
    """How many firms were written or deleted after a change number."""
    n_changed = tx.execute(select(func.count()).select_from(firms).where(firms.c.change > change)).scalar_one()
    n_deleted = tx.execute(
        select(func.count()).select_from(tombstones).where(tombstones.c.change > change)
    ).scalar_one()
    return int(n_changed) + int(n_deleted)


def all_firms(tx: Connection) -> Sequence[Firm]:
    """Every firm."""
    return [_read(row).record for row in tx.execute(select(firms)).mappings()]


def columns(firm: Firm, change: int) -> dict[str, Any]:
    """What a row says of a record, as SQL asks about it; the body says all."""
    return {
        "change": change,
        "sort_name": fold_text(firm.name),
        "sort_city": fold_text(firm.city or ""),
        "kind": firm.kind.value,
        "member": firm.member,
        "body": to_json(firm).decode(),
    }


def _read(row: RowMapping) -> Stored[Firm]:
    firm = firm_from_row(orjson.loads(row["body"]))
    return Stored(row["id"], firm, row["version"], row["change"], row["created_at"], row["updated_at"])
