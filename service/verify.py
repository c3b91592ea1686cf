"""Verify and repair: does the index say what the database says? Nothing is mended unless asked."""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from matcher import (
    CachedEncoder,
    Firm,
    MatcherError,
    Project,
    build_snapshot,
    firm_from_row,
    project_from_row,
    save_snapshot,
)
from service import audit, jobs
from service.db import Database, check_ready
from service.errors import Conflict
from service.findings import (
    SAMPLE,
    Fault,
    Finding,
    Look,
    Reader,
    VerifyReport,
    firm_columns,
    project_columns,
    read_body,
    rows_of,
)
from service.firms import repository as firms_repository
from service.security import COMMAND_LINE
from service.settings import Settings
from service.stored_index import claim_folder
from service.tables import clock, firms, projects, tombstones

__all__ = ["Fault", "Finding", "VerifyReport", "verify"]

# Longer than any snapshot takes to write: no worker begins one beside a repair.
REPAIR_SECONDS = 1800.0
# Beyond a lease, for the worker that lets go of it.
PATIENCE_SECONDS = 5.0


def verify(
    database: Database,
    settings: Settings,
    encoder: CachedEncoder,
    *,
    repair: bool = False,
    sample: int = SAMPLE,
    seed: int = 0,
) -> VerifyReport:
    """Compare the index with the database, and the database with itself; other processes may go on.

    Args:
        database: the rows.
        settings: say where the index is.
        encoder: that of the service, with its store of vectors; nothing is encoded here.
        repair: mend what can be mended: columns are written anew from bodies, the clock is raised, firms that the
            index has wrong get new change numbers (so that running processes read them again), vectors that are
            doubtful are left to the worker to make again, and a new snapshot is written. Then everything is
            compared once more.
        sample: vectors that are compared.
        seed: chooses them.

    Raises:
        DatabaseNotReady: the database cannot be reached, or is of another version.
        Conflict: a repair is asked for while a worker is at the index.
    """
    check_ready(database)
    look = Look(database, settings, encoder, sample, seed)
    report = look.report()
    if not repair or not any(finding.can_repair for finding in report.findings):
        return report
    _repair(database, settings, encoder, look, report)
    again = Look(database, settings, encoder, sample, seed).report()
    left = {(finding.fault, finding.record_id) for finding in again.findings}
    mended = tuple(finding for finding in report.findings if (finding.fault, finding.record_id) not in left)
    return replace(again, repaired=mended)


def _repair(database: Database, settings: Settings, encoder: CachedEncoder, look: Look, report: VerifyReport) -> None:
    owner = f"verify-{uuid.uuid4().hex[:8]}"
    _take_lease(database, settings, owner)
    try:
        with database.write() as tx:
            _repair_rows(tx, report, look)
            counts = {fault.value: sum(f.fault is fault for f in report.findings) for fault in Fault}
            audit.record(tx, COMMAND_LINE, "index.repair", "index", report.snapshot or "none", details=counts)
        if look.doubtful:
            encoder.forget(look.doubtful)
        claim_folder(settings.index_folder, database)
        with database.read() as tx:
            change = int(tx.execute(select(clock.c.change)).scalar_one())
            read = (_readable(row, firm_from_row) for row in rows_of(tx, firms))
            archived = firms_repository.archived_ids(tx)
            readable = [firm for firm in read if isinstance(firm, Firm) and firm.id not in archived]
        save_snapshot(build_snapshot(readable, encoder, change=change, words_only=True), settings.index_folder)
    finally:
        jobs.release(database, owner)


def _take_lease(database: Database, settings: Settings, owner: str) -> None:
    """Keep workers from the index; one that has just been at it holds on for a while."""
    deadline = time.monotonic() + settings.lease_seconds + PATIENCE_SECONDS
    while not jobs.hold(database, jobs.INDEX_LEASE, owner, REPAIR_SECONDS):
        if time.monotonic() > deadline:
            raise Conflict("a worker is at the index without a pause: stop it, then repair again")
        time.sleep(min(1.0, settings.poll_seconds))


def _repair_rows(tx: Connection, report: VerifyReport, look: Look) -> None:
    """Mend rows, and number anew what processes must read again; each its own number, as the worker needs it."""
    # The clock first: its row is what other writers wait for.
    if not tx.execute(update(clock).where(clock.c.id == 1).values(embedded=0)).rowcount:
        values = {"id": 1, "change": 0, "embedded": 0, "encoder_id": "", "database_id": str(uuid.uuid4())}
        tx.execute(insert(clock).values(values))
    tx.execute(delete(clock).where(clock.c.id != 1))
    by_fault = {fault: [str(f.record_id) for f in report.findings if f.fault is fault] for fault in Fault}
    for key in by_fault[Fault.COLUMNS]:
        _rewrite_columns(tx, key)
    here = set(tx.execute(select(firms.c.id)).scalars())
    again = {*by_fault[Fault.FIRM], *by_fault[Fault.PASSAGES], *by_fault[Fault.TOMBSTONE]} & here
    gone = set(by_fault[Fault.EXTRA]) - here
    if by_fault[Fault.CLOCK] or by_fault[Fault.SET_BACK]:
        # Numbers were given twice: nobody can say what a process has seen, so it is to read everything.
        again, gone = here, look.indexed_ids - here
    _number_anew(tx, sorted(again), sorted(gone), after=look.top)


def _number_anew(tx: Connection, again: Collection[str], gone: Collection[str], *, after: int) -> None:
    number = max(after, tx.execute(select(clock.c.change)).scalar_one())
    for key in again:
        number += 1
        tx.execute(delete(tombstones).where(tombstones.c.id == key))
        tx.execute(update(firms).where(firms.c.id == key).values(change=number))
    for key in gone:
        number += 1
        tx.execute(delete(tombstones).where(tombstones.c.id == key))
        tx.execute(insert(tombstones).values(id=key, change=number))
    tx.execute(update(clock).where(clock.c.id == 1).values(change=number))


def _rewrite_columns(tx: Connection, record_id: str) -> None:
    """Write the columns of a firm or project of this id from its body; versions stay, since nothing else changed."""
    row = tx.execute(select(firms).where(firms.c.id == record_id)).mappings().first()
    if row is not None and isinstance(firm := _readable(dict(row), firm_from_row), Firm):
        tx.execute(update(firms).where(firms.c.id == record_id).values(firm_columns(firm)))
    row = tx.execute(select(projects).where(projects.c.id == record_id)).mappings().first()
    if row is not None and isinstance(project := _readable(dict(row), project_from_row), Project):
        tx.execute(update(projects).where(projects.c.id == record_id).values(project_columns(project)))


def _readable(row: Mapping[str, Any], read: Reader) -> Firm | Project | None:
    """The record of a row; None where it cannot be read, which is a finding of its own."""
    try:
        return read_body(row, read)
    except (ValueError, MatcherError):
        return None
