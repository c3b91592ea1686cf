"""The sample data: loaded by the worker as any import, and removed again without touching anything else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath

from sqlalchemy import Connection

from matcher import Firm, data_folder
from service import audit, jobs
from service.context import Services
from service.db import Database, next_change
from service.firms import actions as firm_actions
from service.firms import repository as firms_repository
from service.imports.actions import KIND
from service.jobs import Job, State
from service.projects import actions as project_actions
from service.projects import repository as projects_repository
from service.records import Stored
from service.security import Caller
from service.setup import repository

FILES = (
    ("firms", "directory/firms.jsonl"),
    ("firms", "directory/firms_halton_2017.jsonl"),
    ("projects", "projects/projects.jsonl"),
    ("projects", "projects/examples.jsonl"),
)
# A source of its own: a chamber's file of the same name is no successor of this one.
SOURCE = "sample data: "


@dataclass(frozen=True, slots=True)
class SampleState:
    """What is left of the sample data.

    Attributes:
        jobs: the imports that bring it, oldest first.
        firms: ids that nobody has touched since, and that a removal takes away.
        projects: the same of projects.
        kept: (kind, id, name) of those that somebody has edited, given a contact or introduced: they stay.
    """

    jobs: tuple[Job, ...]
    firms: tuple[str, ...]
    projects: tuple[str, ...]
    kept: tuple[tuple[str, str, str], ...]

    @property
    def is_loading(self) -> bool:
        """Whether an import is still under way."""
        return any(job.state in (State.QUEUED, State.RUNNING) for job in self.jobs)

    @property
    def is_there(self) -> bool:
        """Whether a removal would take anything away."""
        return bool(self.firms or self.projects)


def load(database: Database, caller: Caller, data: Path | None = None) -> list[str]:
    """Put the sample data in line for the worker.

    Args:
        database: where jobs stand.
        caller: who asked for it.
        data: folder of the data; None is the shipped one.

    Returns:
        Ids of the imports.
    """
    folder = data or data_folder()
    with database.write() as tx:
        ids = [_enqueue(tx, caller, kind, name, (folder / name).read_bytes()) for kind, name in FILES]
        repository.add_sample_jobs(tx, ids)
    return ids


def _enqueue(tx: Connection, caller: Caller, kind: str, name: str, data: bytes) -> str:
    payload = {"source": f"{SOURCE}{PurePath(name).name}", "kind": kind, "mapping": None, "check": False}
    job_id = jobs.enqueue(tx, caller, KIND, payload, filename=PurePath(name).name, data=data)
    audit.record(tx, caller, "import.submit", "import", job_id, details={"check": False, "kind": kind, "sample": True})
    return job_id


def state(database: Database) -> SampleState:
    """What is left of the sample data, as one transaction sees it."""
    with database.read() as tx:
        return _state(tx)


def remove(services: Services, caller: Caller) -> SampleState:
    """Delete the sample records that nobody has touched since they were loaded, and nothing else.

    Returns:
        What was there: its ``firms`` and ``projects`` are gone now, its ``kept`` stay.
    """
    with services.database.write() as tx:
        next_change(tx)  # writers of firms wait from here on: what is found untouched stays so until it is deleted
        found = _state(tx)
        gone = list(firms_repository.find_many(tx, found.firms).values())
        firm_actions.delete_firms_in(tx, caller, gone)
        for key in found.projects:
            project_actions.delete_project_in(tx, caller, key, expected=1)
        details = {"firms": len(found.firms), "projects": len(found.projects), "kept": len(found.kept)}
        audit.record(tx, caller, "sample.remove", "chamber", "1", details=details)
    services.index_changes()
    services.forget_vectors(*(stored.record for stored in gone))
    return found


def _state(tx: Connection) -> SampleState:
    found = [job for key in repository.sample_job_ids(tx) if (job := jobs.find(tx, key)) is not None]
    ordered = tuple(sorted(found, key=lambda job: (job.created_at, job.id)))
    kept: list[tuple[str, str, str]] = []
    untouched: dict[str, list[str]] = {"firms": [], "projects": []}
    busy = {kind: repository.worked_with(tx, kind) for kind in untouched}
    for job in ordered:
        kind = job.payload["kind"]
        for stored in _brought(tx, job):
            name = stored.record.name if isinstance(stored.record, Firm) else stored.record.title
            if stored.version == 1 and stored.id not in busy[kind]:
                untouched[kind].append(stored.id)
            else:
                kept.append((kind, stored.id, name))
    return SampleState(ordered, tuple(untouched["firms"]), tuple(untouched["projects"]), tuple(kept))


def _brought(tx: Connection, job: Job) -> list[Stored]:  # type: ignore[type-arg] # firms or projects
    """The records that an import stored anew and that are still there, by name."""
    result = job.result or {}
    # A job that failed on its way has no report; what it stored until then stands in its outcomes.
    new = result["report"]["new"] if "report" in result else _new(result.get("outcomes", {}))
    find = firms_repository.find_many if job.payload["kind"] == "firms" else projects_repository.find_many
    stored: list[Stored] = sorted(find(tx, new).values(), key=lambda row: row.id)  # type: ignore[type-arg]
    # Somebody may have deleted one and made another of the same id: that one is theirs.
    return [row for row in stored if job.finished_at is None or row.created_at <= job.finished_at]


def _new(outcomes: dict[str, str]) -> list[str]:
    return [key for key, outcome in outcomes.items() if outcome == "new"]
