"""The worker's part of an import: read the file, then store it chunk by chunk.

Each chunk is one transaction that holds its rows, the next base of the three-way merge, and how far the job is. A
worker that dies loses at most the chunk it was in; the next one reads the file again and goes on after the last
chunk that was committed, so the report stays right.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from matcher import (
    DirectoryMapping,
    Firm,
    ImportReport,
    MatcherError,
    Project,
    ReadResult,
    content_hash,
    firm_from_row,
    mask_firm,
    mask_project,
    merge_record,
    possible_duplicates,
    project_from_row,
    read_brief,
    read_directory,
    read_firms,
    read_projects,
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


@dataclass(frozen=True)
class Source:
    """What was read of a file.

    Attributes:
        records: (line, record) without repeats of an id.
        refused: rows that were not read, repeats of an id among them.
    """

    read: ReadResult[Any]
    records: tuple[tuple[int, Firm | Project], ...]
    refused: tuple[dict[str, Any], ...]


def run_import(database: Database, job: Job, *, chunk_rows: int) -> Iterator[Job]:
    """Do an import, one chunk a step.

    Yields:
        The job after each chunk that was committed.

    Raises:
        LostLease: another worker has it.
    """
    try:
        source = _read_source(database, job)
    except (MatcherError, ValueError) as error:
        with database.write() as tx:
            jobs.fail(tx, job, str(error))
            audit.record(tx, _worker(job), "import.fail", "import", job.id)
        return
    progress = job.result or {"position": 0, "new": [], "updated": [], "unchanged": []}
    while progress["position"] < len(source.records):
        chunk = [record for _, record in source.records[progress["position"] : progress["position"] + chunk_rows]]
        with database.write() as tx:
            progress = _store_chunk(tx, job, chunk, progress)
            job = jobs.save_progress(tx, job, done=progress["position"], total=len(source.records), result=progress)
        yield job
    _finish(database, job, source, progress)
    yield job


def _worker(job: Job) -> Caller:
    return Caller(job.created_by, "import", Scope.WRITE)


def _read_source(database: Database, job: Job) -> Source:
    with database.read() as tx:
        filename, data = jobs.upload_of(tx, job.id)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / re.sub(r"[^\w.() -]", "_", filename)
        path.write_bytes(data)
        read = _read_file(path, job.payload)
    first_line: dict[str, int] = {}
    records, refused = [], [to_dict(row) for row in read.refused]
    for line, record in read.records:
        if record.id in first_line:
            reason = f"the id stands on line {first_line[record.id]} already; give each row its own"
            refused.append({"line": line, "field": "id", "value": record.id, "reason": reason})
            continue
        first_line[record.id] = line
        records.append((line, record))
    refused.sort(key=lambda row: row["line"])
    return Source(read, tuple(records), tuple(refused))


def _read_file(path: Path, payload: dict[str, Any]) -> ReadResult[Any]:
    name = path.name.lower()
    if payload["kind"] == "firms":
        if not name.endswith(TABLES):
            return read_firms(path)
        mapping = None if payload["mapping"] is None else DirectoryMapping.from_json(payload["mapping"])
        return read_directory(path, mapping=mapping, today=today())
    if name.endswith(ROWS):
        return read_projects(path, today=today())
    brief = read_brief(path, today=today())
    notes = (f"read as {brief.kind.replace('_', ' ')} of {brief.n_pages} pages", *brief.notes)
    return ReadResult(((1, brief.project),), notes=notes)


def _store_chunk(tx: Connection, job: Job, chunk: Sequence[Firm | Project], progress: dict[str, Any]) -> dict[str, Any]:
    source, kind = job.payload["source"], job.payload["kind"]
    chunk = [_masked(record) for record in chunk]
    ids = [record.id for record in chunk]
    change = next_change(tx, len(chunk)) if kind == "firms" and not job.payload["check"] else 0
    bases = repository.bases(tx, source, kind, ids)
    stored: dict[str, Any] = (
        firms_repository.find_many(tx, ids) if kind == "firms" else projects_repository.find_many(tx, ids)
    )
    found: dict[str, list[str]] = {"new": [], "updated": [], "unchanged": []}
    for offset, record in enumerate(chunk):
        here = stored.get(record.id)
        base = _record_of(kind, bases[record.id]) if record.id in bases else None
        merged = record if here is None else merge_record(base, here.record, record)
        outcome = "new" if here is None else _outcome(here.record, merged)
        found[outcome].append(record.id)
        if outcome != "unchanged" and not job.payload["check"]:
            number = change - len(chunk) + 1 + offset
            written = _write(tx, kind, here, merged, number)
            audit.record(
                tx, _worker(job), f"{kind[:-1]}.import", kind[:-1], record.id, version=written.version,
                details={"import": job.id},
            )  # fmt: skip
    if not job.payload["check"]:
        repository.keep_bases(tx, source, kind, chunk)
    kept = {name: [*progress[name], *ids_found] for name, ids_found in found.items()}
    return {"position": progress["position"] + len(chunk), **kept}


def _masked(record: Firm | Project) -> Firm | Project:
    return mask_firm(record)[0] if isinstance(record, Firm) else mask_project(record)[0]


def _record_of(kind: str, body: str) -> Firm | Project:
    row = orjson.loads(body)
    return firm_from_row(row) if kind == "firms" else project_from_row(row)


def _outcome(before: Firm | Project, after: Firm | Project) -> str:
    return "unchanged" if content_hash(before) == content_hash(after) else "updated"


def _write(tx: Connection, kind: str, here: Any, record: Any, number: int) -> Any:  # noqa: ANN401 - of either kind
    if kind == "firms":
        if here is None:
            return firms_repository.insert_firm(tx, record, number)
        return firms_repository.update_firm(tx, here, record, number)
    if here is None:
        return projects_repository.insert_project(tx, record)
    return projects_repository.update_project(tx, here, record)


def _finish(database: Database, job: Job, source: Source, progress: dict[str, Any]) -> None:
    kind = job.payload["kind"]
    with database.read() as tx:
        known = repository.known_ids(tx, job.payload["source"], kind)
        others = firms_repository.all_firms(tx) if kind == "firms" else ()
    here = {record.id for _, record in source.records}
    brought = [record for _, record in source.records if isinstance(record, Firm)]
    report = ImportReport(
        source=job.payload["source"],
        n_read=len(source.read.records) + len(source.read.refused),
        new=tuple(progress["new"]),
        updated=tuple(progress["updated"]),
        unchanged=tuple(progress["unchanged"]),
        duplicates=tuple(possible_duplicates(brought, others)),
        disappeared=tuple(sorted(known - here - {str(row["value"]) for row in source.refused})),
        dropped=dict(source.read.dropped),
        repaired=dict(source.read.repaired),
        mapping=dict(source.read.mapping),
        notes=source.read.notes,
    )
    result = {**to_dict(report), "refused": list(source.refused)}
    with database.write() as tx:
        jobs.finish(tx, job, result)
        details = {name: len(progress[name]) for name in ("new", "updated", "unchanged")}
        audit.record(tx, _worker(job), "import.finish", "import", job.id, details=details)
