"""SQL of what hangs on a firm in other tables: counted and removed with it, or moved to the firm it is merged into."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Column, Connection, Table, and_, delete, func, insert, or_, select, update

from service import desk_tables as desk
from service import list_tables
from service.clock import now
from service.consent import forgetting_repository
from service.tables import UtcDateTime, import_rows

# Tables whose rows belong to one firm. Where a firm has one row only, the other columns that tell rows of one kind
# apart; None where it may have any number.
OWNED: dict[str, tuple[Table, tuple[str, ...] | None]] = {
    "contacts": (desk.contacts, None),
    "introductions": (desk.introductions, ("project_id", "role")),
    "calls": (desk.calls, ("list_id",)),
    "opinions": (desk.opinions, None),
    "hand_picked": (desk.hand_picked, ("project_id", "role")),
    "kept_apart": (desk.kept_apart, None),
    "shown": (desk.shown, ("project_id", "role")),
    "firm_notes": (desk.firm_notes, ()),
    "wishes": (list_tables.wishes, None),
    "lists": (list_tables.lists, None),
    "list_items": (list_tables.list_items, None),
    "promises": (list_tables.promises, None),
    "feeds": (list_tables.feeds, None),
    "firm_requests": (list_tables.firm_requests, None),
    # Moved with a merge; of a firm that is deleted they stay without its id, as the proof (``forgetting_repository``).
    "consents": (list_tables.consents, None),
    "link_refs": (list_tables.link_refs, None),
}
# Nobody decides by these whether to delete a firm.
UNCOUNTED = frozenset(
    {"firm_notes", "wishes", "firm_requests", "consents", "link_refs", "list_items", "promises", "feeds"}
)
# They end with the firm, and when it becomes part of another: whoever was signed in asks for a new link.
ENDING = (list_tables.firm_visits,)


def count(tx: Connection, firm_id: str) -> dict[str, int]:
    """How many rows of each kind belong to a firm; kinds without any are left out."""
    found = {}
    for name, (table, _) in OWNED.items():
        n = tx.execute(select(func.count()).select_from(table).where(table.c.firm_id == firm_id)).scalar_one()
        if n and name not in UNCOUNTED:
            found[name] = int(n)
    merged = select(func.count()).select_from(desk.merges).where(desk.merges.c.kept_id == firm_id)
    if n := tx.execute(merged).scalar_one():
        found["merges"] = int(n)
    return found


def owners(tx: Connection) -> set[str]:
    """Every firm that anything belongs to, or is told of in a merge or as a double."""
    columns = [table.c.firm_id for table in (*(table for table, _ in OWNED.values()), *ENDING)]
    columns += [desk.merges.c.kept_id, desk.merges.c.gone_id, desk.not_doubles.c.firm_id, desk.not_doubles.c.other_id]
    found: set[str] = set()
    for column in columns:
        found.update(str(key) for key in tx.execute(select(column).distinct()).scalars() if key is not None)
    return found


def remove(tx: Connection, firm_id: str) -> dict[str, int]:
    """Delete everything that belongs to a firm; says how many rows of each kind there were."""
    found = count(tx, firm_id)
    forgetting_repository.forget_owner(tx, now(), firm_id=firm_id)
    steps, introductions, merges = desk.introduction_steps, desk.introductions, desk.merges
    mine = select(introductions.c.id).where(introductions.c.firm_id == firm_id)
    tx.execute(delete(steps).where(steps.c.introduction_id.in_(mine)))
    told = or_(merges.c.kept_id == firm_id, merges.c.gone_id == firm_id)
    for moved in tx.execute(select(merges.c.moved).where(told)).scalars():
        apart = [entry["row"]["id"] for entry in orjson.loads(moved).get("introductions", ()) if "row" in entry]
        tx.execute(delete(steps).where(steps.c.introduction_id.in_(apart)))
    for table in (*(table for table, _ in OWNED.values()), *ENDING):
        tx.execute(delete(table).where(table.c.firm_id == firm_id))
    pairs = desk.not_doubles
    tx.execute(delete(pairs).where(or_(pairs.c.firm_id == firm_id, pairs.c.other_id == firm_id)))
    # They hold what the firm said, or what was merged into it: deleted for good is gone from there too.
    tx.execute(delete(merges).where(told))
    return found


def move(tx: Connection, gone_id: str, kept_id: str) -> dict[str, list[dict[str, Any]]]:
    """Give what belongs to one firm to another.

    Returns:
        What must be known to take it back: by table the key of each row that was moved (``key``), or the whole row
        where the other firm has one of its own already and this one was taken away (``row``).
    """
    moved: dict[str, list[dict[str, Any]]] = {}
    for name, (table, alone) in OWNED.items():
        for row in tx.execute(select(table).where(table.c.firm_id == gone_id)).mappings().all():
            values = {str(column): value for column, value in row.items()}
            where = _key(table, values)
            if alone is not None and _has_one(tx, table, kept_id, values, alone):
                tx.execute(delete(table).where(where))
                moved.setdefault(name, []).append({"row": values})
            else:
                tx.execute(update(table).where(where).values(firm_id=kept_id))
                moved.setdefault(name, []).append({"key": {str(c.name): values[c.name] for c in table.primary_key}})
    for table in ENDING:
        tx.execute(delete(table).where(table.c.firm_id == gone_id))
    bases = import_rows
    for row in tx.execute(select(bases).where(bases.c.kind == "firms", bases.c.record_id == gone_id)).mappings().all():
        moved.setdefault("import_rows", []).append({"row": {str(name): value for name, value in row.items()}})
    return moved


def take_back(tx: Connection, gone_id: str, kept_id: str, moved: Mapping[str, list[dict[str, Any]]]) -> None:
    """Undo :func:`move`: what was deleted since stays deleted, what changed since goes back as it is now."""
    for name, entries in moved.items():
        table = import_rows if name == "import_rows" else OWNED[name][0]
        for entry in entries:
            if "row" in entry:
                values = {c.name: _value(c, entry["row"][c.name]) for c in table.columns if c.name in entry["row"]}
                if tx.execute(select(func.count()).select_from(table).where(_key(table, values))).scalar_one() == 0:
                    tx.execute(insert(table).values(values))
                continue
            key = {**entry["key"], **({"firm_id": kept_id} if "firm_id" in entry["key"] else {})}
            where = and_(*(table.c[column] == value for column, value in key.items()), table.c.firm_id == kept_id)
            tx.execute(update(table).where(where).values(firm_id=gone_id))


def _has_one(tx: Connection, table: Table, firm_id: str, values: Mapping[str, Any], alone: tuple[str, ...]) -> bool:
    same = [table.c[name] == values[name] for name in alone]
    return tx.execute(select(table.c.firm_id).where(table.c.firm_id == firm_id, *same).limit(1)).scalar() is not None


def _key(table: Table, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - SQLAlchemy's own kind of truth
    return and_(*(column == values[column.name] for column in table.primary_key))


def _value(column: Column[Any], value: Any) -> Any:  # noqa: ANN401 - of any column
    """A value as it came back from JSON: moments were written as text."""
    is_text = isinstance(column.type, UtcDateTime) and isinstance(value, str)
    return datetime.fromisoformat(value) if is_text else value
