"""Backup: a logical dump in one file, the same for SQLite and PostgreSQL, written while others work.

So it also moves an installation from one database to the other (:mod:`service.restore`). The index is not in it: it
is made from the rows.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import orjson
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, LargeBinary, Table, select

from service.backup_file import (
    FORMAT,
    FORMAT_VERSION,
    LEFT_OUT,
    MANIFEST,
    BackupError,
    BackupFacts,
    TableFacts,
    check_backup,
    encode_row,
)
from service.clock import now
from service.db import Database, check_ready
from service.errors import Conflict
from service.jobs import State
from service.tables import metadata

BATCH_ROWS = 500


def write_backup(database: Database, path: Path, *, overwrite: bool = False) -> BackupFacts:
    """Write every table to one file, while others read and write.

    All rows are of one moment: they are read in one transaction, in batches. Left out are leases and the stored
    answers of repeated requests, which make no sense elsewhere; jobs that run travel as waiting. **Keep the file
    safe**: it holds all firms and projects, the files of imports that wait, and the hashes of API keys (with which
    the keys work again after a restore, though they cannot be read from it). Only its owner may read it (mode 0600).

    It is written beside its place, flushed, read back and checked, and then renamed: a crash leaves no half file
    under the name. What a crash leaves beside it is removed by the next backup to this name.

    Args:
        database: with tables of this version.
        path: the file; its folder must be there.
        overwrite: replace a file that is there already.

    Returns:
        What was written.

    Raises:
        Conflict: there is a file of this name already.
        DatabaseNotReady: the database cannot be reached, or is of another version.
        BackupError: a row could not be loaded again, for example the body of a firm that was edited by hand.
    """
    check_ready(database)
    _refuse_taken(path, overwrite)
    with _part_beside(path) as (part, out):
        _write_archive(database, out)
        out.flush()
        os.fsync(out.fileno())
        facts = check_backup(part)
        _refuse_taken(path, overwrite)
        part.replace(path)
    _sync_folder(path.parent)
    return facts


def _refuse_taken(path: Path, overwrite: bool) -> None:
    if not path.parent.is_dir():
        raise BackupError(f"there is no folder {str(path.parent)!r}: make it, or name another place")
    if path.is_dir() or (path.exists() and not overwrite):
        raise Conflict(f"{str(path)!r} is there already: name another file, or ask to replace it")


@contextmanager
def _part_beside(path: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """A new file beside ``path`` that only its owner may read; it is gone after the block unless it was renamed."""
    for left in path.parent.glob(f".{path.name}.*.part"):
        with left.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # another backup is writing it
            left.unlink(missing_ok=True)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as out:
            fcntl.flock(out, fcntl.LOCK_EX)
            yield part, out
    finally:
        part.unlink(missing_ok=True)


def _write_archive(database: Database, out: IO[bytes]) -> None:
    with database.read() as tx, zipfile.ZipFile(out, "w") as archive:
        manifest: dict[str, Any] = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "revision": MigrationContext.configure(tx).get_current_revision(),
            "version": version("supplier-matcher"),
            "created": now().isoformat(),
            "tables": [],
        }
        for table in metadata.sorted_tables:
            if table.name in LEFT_OUT:
                continue
            facts = _write_table(tx, table, archive)
            manifest["tables"].append(
                {"name": facts.name, "rows": facts.n_rows, "bytes": facts.n_bytes, "sha256": facts.sha256}
            )
        archive.writestr(_member(MANIFEST), orjson.dumps(manifest, option=orjson.OPT_INDENT_2))


def _write_table(tx: Connection, table: Table, archive: zipfile.ZipFile) -> TableFacts:
    digest, n_rows, n_bytes = hashlib.sha256(), 0, 0
    has_files = any(isinstance(column.type, LargeBinary) for column in table.columns)
    # Files may be large, so one is in memory at a time; and are mostly packed already.
    query = (
        select(table).order_by(*table.primary_key.columns).execution_options(yield_per=1 if has_files else BATCH_ROWS)
    )
    info = _member(f"{table.name}.jsonl", zipfile.ZIP_STORED if has_files else zipfile.ZIP_DEFLATED)
    with archive.open(info, "w", force_zip64=True) as member:
        for row in tx.execute(query).mappings():
            line = encode_row(_travelling(table, dict(row)))
            member.write(line)
            digest.update(line)
            n_rows += 1
            n_bytes += len(line)
    return TableFacts(table.name, n_rows, n_bytes, digest.hexdigest())


def _member(name: str, packing: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, now().timetuple()[:6])
    info.compress_type = packing
    info.external_attr = 0o600 << 16
    return info


def _travelling(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """A row as it travels: the worker of a job stays behind, and its attempt was not ended by a death."""
    if table.name == "jobs" and row["state"] == State.RUNNING:
        attempts = max(row["attempts"] - 1, 0)
        row.update(state=State.QUEUED.value, worker=None, lease_until=None, attempts=attempts)
    return row


def _sync_folder(folder: Path) -> None:
    """Flush the folder's entries, so that the rename survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
