"""The worker's part of an import: read the file, then store it chunk by chunk.

Each chunk is one transaction that holds its rows, the next base of the three-way merge, and how far the job is. A
worker that dies loses at most the chunk it was in; the next one reads the file again and goes on after the last
chunk that was committed, so the report stays right.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from matcher import (
    Change,
    DirectoryMapping,
    Firm,
    MatcherError,
    Outcome,
    Project,
    ReadResult,
    accept,
    firm_from_row,
    mask_firm,
    mask_project,
    plan_changes,
    possible_duplicates,
    project_from_row,
    propose_mapping,
    read_brief,
    read_directory,
    read_firms,
    read_projects,
    report_import,
    to_dict,
)
from service import audit, jobs
from service.clock import today
from service.db import Database, next_change
from service.firms import repository as firms_repository
from service.imports import repository
from service.jobs import Job
from service.projects import repository as projects_repository
from service.security import Caller, Scope

TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".xlsm")
ROWS = (".jsonl", ".json", ".jsonl.gz")


def run_import(database: Database, job: Job, *, chunk_rows: int) -> Iterator[Job]:
    """Do an import, one chunk a step.

    Yields:
        The job after each chunk that was committed.

    Raises:
        LostLease: another worker has it.
    """
    try:
        found, mapping = _read_source(database, job)
        read = accept(found)
    except (MatcherError, ValueError) as error:
        with database.write() as tx:
            jobs.fail(tx, job, str(error))
            audit.record(tx, _worker(job), "import.fail", "import", job.id)
        return
    outcomes: dict[str, str] = (job.result or {}).get("outcomes", {})
    records = [record for _, record in read.records]
    while len(outcomes) < len(records):
        chunk = records[len(outcomes) : len(outcomes) + chunk_rows]
        with database.write() as tx:
            outcomes |= _store_chunk(tx, job, chunk)
            job = jobs.save_progress(tx, job, done=len(outcomes), total=len(records), result={"outcomes": outcomes})
        yield job
    _finish(database, job, read, {key: Outcome(value) for key, value in outcomes.items()}, mapping)
    yield job


def _worker(job: Job) -> Caller:
    return Caller(job.created_by, "import", Scope.WRITE)


def _read_source(database: Database, job: Job) -> tuple[ReadResult[Any], str | None]:
    """What the file holds and, of a table, the mapping that was used, as it can be saved and sent again."""
    with database.read() as tx:
        filename, data = jobs.upload_of(tx, job.id)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / re.sub(r"[^\w.() -]", "_", filename)
        path.write_bytes(data)
        return _read_file(path, job.payload)


def _read_file(path: Path, payload: dict[str, Any]) -> tuple[ReadResult[Any], str | None]:
    name = path.name.lower()
    if payload["kind"] == "firms":
        if not name.endswith(TABLES):
            return read_firms(path), None
        given = payload["mapping"]
        mapping = propose_mapping(path) if given is None else DirectoryMapping.from_json(given)
        return read_directory(path, mapping=mapping, today=today()), mapping.to_json()
    if name.endswith(ROWS):
        return read_projects(path, today=today()), None
    brief = read_brief(path, today=today())
    notes = (f"read as {brief.kind.replace('_', ' ')} of {brief.n_pages} pages", *brief.notes)
    return ReadResult(((1, brief.project),), notes=notes), None


def _store_chunk(tx: Connection, job: Job, chunk: Sequence[Firm | Project]) -> dict[str, str]:
    """Store some records with what the source said of them, and say what became of each."""
    source, kind, check = job.payload["source"], job.payload["kind"], job.payload["check"]
    chunk = [mask_firm(r)[0] if isinstance(r, Firm) else mask_project(r)[0] for r in chunk]
    ids = [record.id for record in chunk]
    number = next_change(tx, len(chunk)) - len(chunk) if kind == "firms" and not check else 0
    bases = {key: _record_of(kind, body) for key, body in repository.bases(tx, source, kind, ids).items()}
    stored: dict[str, Any] = (
        firms_repository.find_many(tx, ids) if kind == "firms" else projects_repository.find_many(tx, ids)
    )
    changes: list[Change[Any]] = plan_changes(chunk, {key: held.record for key, held in stored.items()}, bases)
    for offset, change in enumerate(changes, 1):
        if change.outcome is not Outcome.UNCHANGED and not check:
            key = change.record.id
            written = _write(tx, kind, stored.get(key), change.record, number + offset)
            details = {"import": job.id}
            audit.record(
                tx, _worker(job), f"{kind[:-1]}.import", kind[:-1], key, version=written.version, details=details
            )
    if not check:
        repository.keep_bases(tx, source, kind, job.id, chunk)
    return {change.base.id: change.outcome.value for change in changes}


def _record_of(kind: str, body: str) -> Firm | Project:
    row = orjson.loads(body)
    return firm_from_row(row) if kind == "firms" else project_from_row(row)


def _write(tx: Connection, kind: str, here: Any, record: Any, number: int) -> Any:  # noqa: ANN401 - of either kind
    if kind == "firms":
        if here is None:
            return firms_repository.insert_firm(tx, record, number)
        return firms_repository.update_firm(tx, here, record, number)
    if here is None:
        return projects_repository.insert_project(tx, record)
    return projects_repository.update_project(tx, here, record)


def _finish(
    database: Database, job: Job, read: ReadResult[Any], outcomes: dict[str, Outcome], mapping: str | None
) -> None:
    source, kind = job.payload["source"], job.payload["kind"]
    with database.read() as tx:
        left = repository.not_brought_by(tx, source, kind, job.id)
        others = firms_repository.all_firms(tx) if kind == "firms" else ()
    changed = [r for _, r in read.records if isinstance(r, Firm) and outcomes[r.id] is not Outcome.UNCHANGED]
    duplicates = possible_duplicates(changed, others)
    report = report_import(source, read, outcomes, duplicates=duplicates, last_ids=left)
    with database.write() as tx:
        if not job.payload["check"]:
            repository.mark_told(tx, source, kind, report.disappeared)
        jobs.finish(tx, job, {"report": to_dict(report), "mapping": mapping})
        details = {name: len(getattr(report, name)) for name in ("new", "updated", "unchanged", "refused")}
        audit.record(tx, _worker(job), "import.finish", "import", job.id, details=details)
