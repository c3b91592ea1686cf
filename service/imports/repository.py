"""SQL of imports: what each source brought last."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, delete, insert, select

from matcher import Firm, Project, to_json
from service.tables import import_rows

BLOCK = 500


def bases(tx: Connection, source: str, kind: str, ids: Collection[str]) -> dict[str, str]:
    """What a source brought last of some records: JSON by id."""
    found: dict[str, str] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), BLOCK):
        query = select(import_rows.c.record_id, import_rows.c.body).where(
            import_rows.c.source == source,
            import_rows.c.kind == kind,
            import_rows.c.record_id.in_(wanted[start : start + BLOCK]),
        )
        found.update((row.record_id, row.body) for row in tx.execute(query))
    return found


def known_ids(tx: Connection, source: str, kind: str) -> set[str]:
    """Ids of all records that a source ever brought and that were not deleted since."""
    query = select(import_rows.c.record_id).where(import_rows.c.source == source, import_rows.c.kind == kind)
    return set(tx.execute(query).scalars())


def keep_bases(tx: Connection, source: str, kind: str, records: Iterable[Firm | Project]) -> None:
    """Remember what a source brought."""
    rows = {record.id: to_json(record).decode() for record in records}
    if not rows:
        return
    ids = sorted(rows)
    for start in range(0, len(ids), BLOCK):
        tx.execute(
            delete(import_rows).where(
                import_rows.c.source == source,
                import_rows.c.kind == kind,
                import_rows.c.record_id.in_(ids[start : start + BLOCK]),
            )
        )
    values = [{"source": source, "kind": kind, "record_id": key, "body": body} for key, body in rows.items()]
    tx.execute(insert(import_rows), values)
