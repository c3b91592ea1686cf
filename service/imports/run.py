"""The worker's part of an import: read the file, then store it chunk by chunk.

Each chunk is one transaction that holds its rows, the next base of the three-way merge, how to undo it, and how far
the job is. A worker that dies loses at most the chunk it was in; the next one reads the file again and goes on after
the last chunk that was committed, so the report stays right.
"""

from __future__ import annotations

import dataclasses
import re
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
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
    Person,
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
    to_json,
)
from service import audit, jobs
from service.clock import today
from service.consent import ledger
from service.db import Database, next_change
from service.firms import merges_repository
from service.firms import repository as firms_repository
from service.imports import repository
from service.imports.differences import seen_change, seen_new
from service.imports.endings import finish_firms
from service.imports.people import PeopleCount, count_people, member_source, record_members, store_people
from service.imports.repository import Undo
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
        read = _said_of_all(accept(found), job.payload.get("members"))
    except (MatcherError, ValueError) as error:
        with database.write() as tx:
            jobs.fail(tx, job, str(error))
            audit.record(tx, _worker(job), "import.fail", "import", job.id)
        return
    result: dict[str, Any] = {"outcomes": {}, **(job.result or {})}
    outcomes: dict[str, str] = result["outcomes"]
    records = [record for _, record in read.records]
    while len(outcomes) < len(records):
        chunk = records[len(outcomes) : len(outcomes) + chunk_rows]
        with database.write() as tx:
            outcomes |= _store_chunk(tx, job, chunk, read, result)
            job = jobs.save_progress(tx, job, done=len(outcomes), total=len(records), result=result)
        yield job
    _finish(database, job, read, result, mapping)
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


def _said_of_all(read: ReadResult[Any], members: str | None) -> ReadResult[Any]:
    """What a person said of the whole list holds where the list itself does not say it."""
    if members not in ("yes", "no"):
        return read
    records = tuple(
        (line, dataclasses.replace(r, member=members == "yes") if isinstance(r, Firm) and r.member is None else r)
        for line, r in read.records
    )
    return dataclasses.replace(read, records=records)


def _store_chunk(
    tx: Connection, job: Job, chunk: Sequence[Firm | Project], read: ReadResult[Any], result: dict[str, Any]
) -> dict[str, str]:
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
    # A row of a firm that staff have merged into another says nothing new: it must not bring the firm back.
    part_of = merges_repository.kept_for(tx, [key for key in ids if key not in stored]) if kind == "firms" else {}
    changes = [
        Change(Outcome.UNCHANGED, change.record, change.base) if change.base.id in part_of else change
        for change in changes
    ]
    if part_of:
        result["merged"] = {**result.get("merged", {}), **part_of}
    versions: dict[str, int] = {}
    for offset, change in enumerate(changes, 1):
        if change.outcome is not Outcome.UNCHANGED and not check:
            key = change.record.id
            written = _write(tx, kind, stored.get(key), change.record, number + offset)
            versions[key] = written.version
            if kind == "firms" and key in stored:
                ledger.membership_changed_in(
                    tx, job.created_by, key, stored[key].record.member, change.record.member
                )  # fmt: skip
            details = {"import": job.id}
            audit.record(
                tx, _worker(job), f"{kind[:-1]}.import", kind[:-1], key, version=written.version, details=details
            )
    if kind == "firms":
        if check:
            result["seen"] = {**result.get("seen", {}), **_seen(changes, stored)}
        else:
            repository.keep_undo(tx, job.id, _undo(tx, source, ids, stored, versions, bases))
        members = {record.id for record in chunk if isinstance(record, Firm) and record.member}
        people: dict[str, list[Person]] = {}
        for key in ids:
            if key in read.people:
                people.setdefault(part_of.get(key, key), []).extend(read.people[key])
        _take_people(tx, job, people, {part_of.get(key, key) for key in members}, result)
    if not check:
        repository.keep_bases(tx, source, kind, job.id, chunk)
    return {change.base.id: change.outcome.value for change in changes}


def _seen(changes: Sequence[Change[Any]], stored: Mapping[str, Any]) -> dict[str, Any]:
    """What a check shows of the firms that would be new or change."""
    return {
        change.record.id: seen_new(change.record)
        if change.outcome is Outcome.NEW
        else seen_change(stored[change.record.id].record, change.record)
        for change in changes
        if change.outcome is not Outcome.UNCHANGED
    }


def _undo(
    tx: Connection, source: str, ids: Sequence[str], stored: Mapping[str, Any], versions: Mapping[str, int],
    bases: Mapping[str, Any],
) -> list[Undo]:  # fmt: skip
    base_jobs = repository.base_jobs(tx, source, "firms", ids)
    found = []
    for key in ids:
        before = to_json(stored[key].record).decode() if key in stored and key in versions else None
        base = to_json(bases[key]).decode() if key in bases else None
        found.append(Undo(key, versions.get(key), before, base, base_jobs.get(key)))
    return found


def _take_people(
    tx: Connection, job: Job, people: Mapping[str, Any], members: Collection[str], result: dict[str, Any]
) -> None:
    """Store the people of a chunk, if the list's contacts are wanted, and count them; members may be mailed."""
    if not job.payload.get("people") or not people:
        return
    source = f"import {job.payload.get('file') or job.payload['source']}"
    found = (
        count_people(tx, people, source=source)
        if job.payload["check"]
        else store_people(tx, _worker(job), people, source=source)
    )
    if job.payload.get("members") in ("yes", "list"):
        of_members = {key: some for key, some in people.items() if key in members}
        found.members = record_members(
            tx, _worker(job), of_members, source=member_source(job), check=job.payload["check"]
        )  # fmt: skip
    before = PeopleCount(**result.get("people", {}))
    both = PeopleCount(
        before.added + found.added, before.known + found.known, before.unusable + found.unusable,
        before.members + found.members,
    )  # fmt: skip
    result["people"] = dataclasses.asdict(both)


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


def _finish(database: Database, job: Job, read: ReadResult[Any], result: dict[str, Any], mapping: str | None) -> None:
    source, kind = job.payload["source"], job.payload["kind"]
    outcomes = {key: Outcome(value) for key, value in result["outcomes"].items()}
    with database.read() as tx:
        left = repository.not_brought_by(tx, source, kind, job.id)
        others = firms_repository.all_firms(tx) if kind == "firms" else ()
    changed = [r for _, r in read.records if isinstance(r, Firm) and outcomes[r.id] is not Outcome.UNCHANGED]
    duplicates = possible_duplicates(changed, others)
    report = report_import(source, read, outcomes, duplicates=duplicates, last_ids=left)
    ended = {"report": to_dict(report), "mapping": mapping}
    ended |= {name: result[name] for name in ("seen", "people", "merged") if name in result}
    with database.write() as tx:
        if kind == "firms":
            firms = [record for _, record in read.records if isinstance(record, Firm)]
            ended |= finish_firms(tx, _worker(job), job, report, firms, others)
        if not job.payload["check"]:
            repository.mark_told(tx, source, kind, report.disappeared)
        jobs.finish(tx, job, ended)
        details = {name: len(getattr(report, name)) for name in ("new", "updated", "unchanged", "refused")}
        audit.record(tx, _worker(job), "import.finish", "import", job.id, details=details)
