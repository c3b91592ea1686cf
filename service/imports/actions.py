"""Put files in line for the worker, and tell how far they are."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import orjson

from matcher import DirectoryMapping
from service import audit, idempotency, jobs
from service.context import Services
from service.db import Database
from service.errors import Invalid, NotFound
from service.idempotency import Answer
from service.jobs import Job
from service.security import Caller

KIND = "import"
FIRM_FILES = (".jsonl", ".json", ".jsonl.gz", ".csv", ".tsv", ".txt", ".xlsx", ".xls", ".xlsm")


def enqueue(
    database: Database, caller: Caller, *, filename: str, data: bytes, kind: str, mapping: str | None, check: bool,
    key: str | None = None, mark: str = "",
) -> Answer:  # fmt: skip
    """Put a file in line.

    Args:
        database: where jobs stand.
        caller: who does it.
        filename: its name; a later file of the same name is taken as its successor.
        data: its bytes.
        kind: ``firms`` or ``projects``.
        mapping: saved mapping of a directory's columns, as JSON.
        check: read and report, but store nothing.
        key: Idempotency-Key.
        mark: fingerprint of the request.

    Raises:
        Invalid: no name, an empty file, a kind of file that cannot be read, or a mapping that is none.
    """
    name = PurePath(filename.replace("\\", "/")).name
    if not name or len(name) > 200:
        raise Invalid("file", "the file has no usable name: expected one such as members.xlsx")
    if not data:
        raise Invalid("file", f"{name!r} is empty: expected rows of firms or projects")
    if kind == "firms" and not name.lower().endswith(FIRM_FILES):
        raise Invalid("file", f"{name!r} is of no kind that holds firms: expected one of {', '.join(FIRM_FILES)}")
    if mapping is not None:
        DirectoryMapping.from_json(mapping)  # refuses it in words

    def make() -> Answer:
        payload = {"source": name, "kind": kind, "mapping": mapping, "check": check}
        job_id = jobs.enqueue(tx, caller, KIND, payload, filename=name, data=data)
        audit.record(tx, caller, "import.submit", "import", job_id, details={"check": check, "kind": kind})
        job = jobs.find(tx, job_id)
        assert job is not None
        return Answer(202, orjson.dumps(job_row(job)), "import", job_id)

    with database.write() as tx:
        return idempotency.once(tx, caller, key, mark, make)


def get_import(services: Services, job_id: str) -> Job:
    """One import.

    Raises:
        NotFound: no such import.
    """
    with services.database.read() as tx:
        job = jobs.find(tx, job_id)
    if job is None or job.kind != KIND:
        raise NotFound(f"no import {job_id!r} is here")
    return job


def list_imports(services: Services, *, limit: int) -> list[Job]:
    """Imports, newest first."""
    with services.database.read() as tx:
        return jobs.newest(tx, KIND, limit=limit)


def job_row(job: Job, *, with_report: bool = True) -> dict[str, Any]:
    """An import as JSON: how far it is, and its report once it has ended."""
    ended = job.result if job.state is jobs.State.DONE and job.result else {}
    report = ended.get("report")
    row: dict[str, Any] = {
        "id": job.id,
        "state": job.state.value,
        "source": job.payload["source"],
        "kind": job.payload["kind"],
        "check": job.payload["check"],
        "done": job.done,
        "total": job.total,
        "error": job.error,
        "created_at": job.created_at.isoformat(),
        "finished_at": None if job.finished_at is None else job.finished_at.isoformat(),
        "counts": None if report is None else counts(report),
    }
    if with_report:
        row["report"] = report
        row["mapping"] = ended.get("mapping")
    return row


def counts(report: dict[str, Any]) -> dict[str, int]:
    """How many rows of each outcome a report has."""
    lists = ("new", "updated", "unchanged", "refused", "duplicates", "disappeared")
    return {"read": report["n_read"], **{name: len(report[name]) for name in lists}}
