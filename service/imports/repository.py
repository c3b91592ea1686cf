"""SQL of imports: what each source brought last."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, delete, insert, select, update

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


def not_brought_by(tx: Connection, source: str, kind: str, job_id: str) -> set[str]:
    """Ids that the source's import before this one brought and this one did not."""
    query = select(import_rows.c.record_id).where(
        import_rows.c.source == source, import_rows.c.kind == kind, import_rows.c.job_id.not_in([job_id, ""])
    )
    return set(tx.execute(query).scalars())


def mark_told(tx: Connection, source: str, kind: str, ids: Collection[str]) -> None:
    """Note that the disappearance of these records has been told; what the source said of them is kept."""
    wanted = sorted(ids)
    for start in range(0, len(wanted), BLOCK):
        tx.execute(
            update(import_rows)
            .where(
                import_rows.c.source == source,
                import_rows.c.kind == kind,
                import_rows.c.record_id.in_(wanted[start : start + BLOCK]),
            )
            .values(job_id="")
        )


def keep_bases(tx: Connection, source: str, kind: str, job_id: str, records: Iterable[Firm | Project]) -> None:
    """Remember what a source brought with an import."""
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
    shared = {"source": source, "kind": kind, "job_id": job_id}
    values = [{**shared, "record_id": key, "body": body} for key, body in rows.items()]
    tx.execute(insert(import_rows), values)
