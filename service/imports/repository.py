"""SQL of imports: what each source brought last."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, and_, delete, insert, select, update

from matcher import Firm, Project, to_json
from service.desk_tables import import_undo
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


@dataclass(frozen=True, slots=True)
class Undo:
    """How to take back what an import did to one firm; see the table."""

    record_id: str
    version: int | None
    before: str | None
    base_before: str | None
    base_job: str | None


def base_jobs(tx: Connection, source: str, kind: str, ids: Collection[str]) -> dict[str, str]:
    """Which import brought some records last, by id."""
    found: dict[str, str] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), BLOCK):
        query = select(import_rows.c.record_id, import_rows.c.job_id).where(
            import_rows.c.source == source,
            import_rows.c.kind == kind,
            import_rows.c.record_id.in_(wanted[start : start + BLOCK]),
        )
        found.update((row.record_id, row.job_id) for row in tx.execute(query))
    return found


def keep_undo(tx: Connection, job_id: str, rows: Collection[Undo]) -> None:
    """Remember how to take an import back; what is remembered of a record already stays."""
    ids = sorted(row.record_id for row in rows)
    there: set[str] = set()
    for start in range(0, len(ids), BLOCK):
        mine = and_(import_undo.c.job_id == job_id, import_undo.c.record_id.in_(ids[start : start + BLOCK]))
        there.update(tx.execute(select(import_undo.c.record_id).where(mine)).scalars())
    new = [{"job_id": job_id, **asdict(row)} for row in rows if row.record_id not in there]
    if new:
        tx.execute(insert(import_undo), new)


def undo_rows(tx: Connection, job_id: str) -> list[Undo]:
    """How to take an import back, by record."""
    query = select(import_undo).where(import_undo.c.job_id == job_id).order_by(import_undo.c.record_id)
    return [
        Undo(row.record_id, row.version, row.before, row.base_before, row.base_job) for row in tx.execute(query)
    ]  # fmt: skip


def forget_undo(tx: Connection, job_id: str) -> None:
    """An import that was taken back is not taken back again."""
    tx.execute(delete(import_undo).where(import_undo.c.job_id == job_id))


def put_base_back(tx: Connection, source: str, job_id: str, undo: Undo) -> None:
    """Make a source's record what the source had said of it before an import; a later import's stays."""
    mine = and_(
        import_rows.c.source == source, import_rows.c.kind == "firms", import_rows.c.record_id == undo.record_id
    )  # fmt: skip
    told = and_(mine, import_rows.c.job_id.in_([job_id, ""]))
    if undo.base_job is None:
        tx.execute(delete(import_rows).where(told))
        return
    values = {"job_id": undo.base_job} | ({} if undo.base_before is None else {"body": undo.base_before})
    tx.execute(update(import_rows).where(told).values(values))


def sources(tx: Connection, kind: str) -> list[str]:
    """Files that brought records before, by name."""
    query = select(import_rows.c.source).where(import_rows.c.kind == kind).distinct().order_by(import_rows.c.source)
    return [str(one) for one in tx.execute(query).scalars()]


def ids_of_source(tx: Connection, source: str) -> list[str]:
    """Firms that a file brought last time, by id."""
    query = select(import_rows.c.record_id).where(
        import_rows.c.source == source, import_rows.c.kind == "firms", import_rows.c.job_id != ""
    )
    return sorted(str(one) for one in tx.execute(query).scalars())


def set_undo(tx: Connection, job_id: str, record_id: str, *, version: int, before: str) -> None:
    """Add to what is remembered of a record that an import changed it after all."""
    mine = and_(import_undo.c.job_id == job_id, import_undo.c.record_id == record_id)
    tx.execute(update(import_undo).where(mine).values(version=version, before=before))
