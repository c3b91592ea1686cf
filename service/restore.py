"""Restore: load a backup in one transaction, so that processes that run follow and a crash changes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table, cast, delete, func, insert, inspect, select, update
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.exc import DBAPIError

from service import audit, db
from service.backup_file import (
    LEFT_OUT,
    BackupError,
    BackupFacts,
    BackupReader,
    TableFacts,
    check_backup,
    check_record,
    open_backup,
)
from service.db import Database, head_revision
from service.errors import Conflict, DatabaseNotReady
from service.mail import outbox_repository
from service.security import COMMAND_LINE
from service.tables import clock, firms, metadata, tombstones

BATCH_ROWS, BATCH_BYTES = 500, 8_000_000
# The lock that service.db.migrate takes: a migration and a restore never run side by side.


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What a restore did.

    Attributes:
        backup: what was loaded.
        change: the newest change number now; processes that run follow up to it.
        n_removed: firms that were here and are not in the backup.
        upgraded_from: the older revision of the backup's tables, or None.
        n_held: letters that waited in the backup: they are held, and sending is off.
    """

    backup: BackupFacts
    change: int
    n_removed: int
    upgraded_from: str | None
    n_held: int = 0


@dataclass(frozen=True)
class _Before:
    """The database as the restore found it."""

    revision: str | None
    is_empty: bool
    change: int = 0
    firm_ids: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()


def restore_backup(database: Database, path: Path, *, replace: bool = False) -> RestoreReport:
    """Load a backup, also one of an older version, into this database.

    The file is checked whole before the database is touched. Then everything happens in one transaction: a crash or
    a bad row leaves the old state. Services and workers may go on running: every firm gets a new change number above
    all that were used, firms that are not in the backup leave tombstones, and so each process follows; snapshots of
    the index are disowned and the worker writes a new one. Note that firms that were deleted after the backup come
    back with it.

    Firms are numbered one by one and not all alike, since the worker embeds them in the order of their numbers.

    Args:
        database: empty, with or without tables; or, with ``replace``, one of this version.
        path: the backup.
        replace: let what is here be lost.

    Raises:
        BackupError: the file is damaged, no backup, or of a newer version.
        Conflict: the database holds rows and ``replace`` is not set.
        DatabaseNotReady: the database's tables are of another version.
    """
    check_backup(path)
    with open_backup(path) as backup, database.write() as tx:
        before = _lock_and_look(tx, database)
        if not before.is_empty and not replace:
            raise Conflict("the database holds rows already: restore into an empty one, or ask to replace them")
        tables = _empty_tables(tx, before, backup.facts.revision)
        base = max(before.change, _change_of(backup, tables["clock"]))
        loaded = _load(tx, backup, tables, base)
        change = base + max(len(loaded.firm_ids), 1)
        upgraded_from = None
        if backup.facts.revision != head_revision():
            upgraded_from = backup.facts.revision
            db.upgrade_tables(tx)
        removed = _bury(tx, before, loaded, change=base + 1)
        tx.execute(
            update(clock)
            .where(clock.c.id == 1)
            .values(change=change, embedded=0, encoder_id="", database_id=str(uuid.uuid4()))
        )
        if not database.is_sqlite:
            _reset_sequences(tx)
        # Some of what waited in the backup may have left since: nothing goes twice, so a person lets it go.
        n_held = outbox_repository.hold_all(tx)
        details = {
            "version": backup.facts.version,
            "n_firms": len(loaded.firm_ids),
            "n_removed": removed,
            "n_held": n_held,
        }
        audit.record(
            tx, COMMAND_LINE, "database.restore", "database", backup.facts.created.isoformat(), details=details
        )
        return RestoreReport(backup.facts, change, removed, upgraded_from, n_held)


def _lock_and_look(tx: Connection, database: Database) -> _Before:
    if not database.is_sqlite:
        tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({db.MIGRATION_LOCK})")
    there = set(inspect(tx).get_table_names())
    revision = MigrationContext.configure(tx).get_current_revision()
    if revision is None:
        if taken := sorted(there & set(metadata.tables)):
            raise DatabaseNotReady(f"the database has a table {taken[0]!r} that is not of this service: use another")
        return _Before(None, is_empty=True)
    if revision != head_revision():
        raise DatabaseNotReady(
            f"the tables are at revision {revision!r}, expected {head_revision()!r}: run `matcher-service migrate`, "
            "or restore into an empty database"
        )
    if not database.is_sqlite:
        # Readers go on, writers wait. Tables in the order in which writers take them, so that none waits in a circle.
        first, last = ["clock", "firms", "tombstones"], ["audit"]
        others = sorted(set(metadata.tables) - {*first, *last, *LEFT_OUT})
        tx.exec_driver_sql(f"LOCK TABLE {', '.join(first + others + last)} IN SHARE ROW EXCLUSIVE MODE")
    held = (table for table in metadata.sorted_tables if table.name not in LEFT_OUT | {"clock"})
    return _Before(
        revision,
        is_empty=not any(tx.execute(select(1).select_from(table).limit(1)).first() for table in held),
        change=tx.execute(select(func.max(clock.c.change))).scalar() or 0,
        firm_ids=frozenset(tx.execute(select(firms.c.id)).scalars()),
        gone=frozenset(tx.execute(select(tombstones.c.id)).scalars()),
    )


def _empty_tables(tx: Connection, before: _Before, revision: str) -> dict[str, Table]:
    """Tables of a revision without rows, as the database itself describes them."""
    if before.revision == revision:
        for table in metadata.sorted_tables:
            # The clock is changed in place: writers that wait for its row must find it. Leases are of processes
            # that run on.
            if table.name not in ("clock", "leases"):
                tx.execute(delete(table))
    else:
        metadata.drop_all(tx)
        tx.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
        db.upgrade_tables(tx, revision)
    found = MetaData()
    found.reflect(tx)
    return dict(found.tables)


def _change_of(backup: BackupReader, table: Table) -> int:
    (facts,) = (facts for facts in backup.facts.tables if facts.name == "clock")
    return max(int(row["change"]) for _, row in backup.rows(facts, table))


@dataclass(frozen=True)
class _Loaded:
    firm_ids: frozenset[str]
    gone: frozenset[str]


def _load(tx: Connection, backup: BackupReader, tables: dict[str, Table], base: int) -> _Loaded:
    ids: dict[str, set[str]] = {"firms": set(), "tombstones": set()}
    for facts in backup.facts.tables:
        table = tables.get(facts.name)
        if table is None:
            raise BackupError(f"{backup.path.name}: {facts.member} is of no table of revision {backup.facts.revision}")
        for first, batch in _batches(backup, facts, table):
            for row in batch:
                if facts.name in ids:
                    ids[facts.name].add(row["id"])
                if facts.name == "firms":
                    row["change"] = base + len(ids["firms"])
            if facts.name not in ("clock", "tombstones"):
                _insert(tx, backup, table, first, batch)
    return _Loaded(frozenset(ids["firms"]), frozenset(ids["tombstones"]))


def _batches(backup: BackupReader, facts: TableFacts, table: Table) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Rows in batches small enough for memory, each with the line of its first."""
    batch: list[dict[str, Any]] = []
    first, n_bytes = 1, 0
    for line, row in backup.rows(facts, table):
        check_record(backup, facts.name, line, row)
        batch.append(row)
        n_bytes += sum(len(value) for value in row.values() if isinstance(value, str | bytes))
        if len(batch) >= BATCH_ROWS or n_bytes >= BATCH_BYTES:
            yield first, batch
            batch, first, n_bytes = [], line + 1, 0
    if batch:
        yield first, batch


def _insert(tx: Connection, backup: BackupReader, table: Table, first: int, batch: list[dict[str, Any]]) -> None:
    try:
        tx.execute(insert(table), batch)
    except (DBAPIError, OverflowError) as error:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise
        cause = type(getattr(error, "orig", error)).__name__  # its text may quote a row
        raise BackupError(
            f"{backup.path.name}: {table.name}.jsonl, lines {first} to {first + len(batch) - 1}: the database refuses "
            f"a row ({cause}), such as one that stands there twice"
        ) from error


def _bury(tx: Connection, before: _Before, loaded: _Loaded, *, change: int) -> int:
    """Leave tombstones of every firm that a running process may still hold.

    Returns:
        How many firms were here and are no more.
    """
    gone = sorted((before.firm_ids | before.gone | loaded.gone) - loaded.firm_ids)
    for start in range(0, len(gone), BATCH_ROWS):
        rows = [{"id": firm_id, "change": change} for firm_id in gone[start : start + BATCH_ROWS]]
        tx.execute(insert(tombstones), rows)
    return len(before.firm_ids - loaded.firm_ids)


def _reset_sequences(tx: Connection) -> None:
    """Let PostgreSQL number on after the highest number that was loaded."""
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        sequence = tx.execute(select(func.pg_get_serial_sequence(table.name, column.name))).scalar()
        if sequence is not None:
            highest = select(func.coalesce(func.max(column), 0)).scalar_subquery()
            tx.execute(select(func.setval(cast(sequence, REGCLASS), highest + 1, False)))
