"""What came of a list, ready for its pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from service import jobs
from service.db import Database
from service.firms import notes_repository
from service.firms import repository as firms_repository
from service.imports.actions import KIND
from service.jobs import Job, State

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class PastImport:
    """One line of the overview."""

    job: Job
    n_firms: int | None
    n_refused: int
    is_undone: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Two firms that look like one."""

    firm_id: str
    name: str
    other_id: str
    other_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What adding a list would do."""

    n_read: int
    n_firms: int
    new: tuple[tuple[str, dict[str, Any]], ...]
    updated: tuple[tuple[str, dict[str, Any]], ...]
    n_unchanged: int
    refused: tuple[dict[str, Any], ...]
    doubles: tuple[Pair, ...]
    gone: tuple[tuple[str, str], ...]
    people: dict[str, int]
    dropped: dict[str, int]
    notes: tuple[str, ...]
    most: int = MOST_SHOWN


@dataclass(frozen=True, slots=True)
class Result:
    """What an import did."""

    n_read: int
    n_firms: int
    n_members: int
    n_new: int
    n_updated: int
    n_unchanged: int
    refused: tuple[dict[str, Any], ...]
    doubles: tuple[Pair, ...]
    n_gone: int
    n_left: int
    people: dict[str, int]
    n_merged: int
    fits: dict[str, int]
    notes: tuple[str, ...]
    undone: dict[str, Any] | None

    @property
    def n_need_you(self) -> int:
        """Rows that a person must look at."""
        return len(self.refused)


def past_imports(database: Database, *, limit: int = 50) -> list[PastImport]:
    """Lists of firms that were added or are being added, newest first."""
    with database.read() as tx:
        found = jobs.newest(tx, KIND, limit=4 * limit)
    rows = []
    for job in found:
        if job.payload["kind"] != "firms" or job.payload["check"]:
            continue
        result = job.result or {}
        report = result.get("report")
        n_firms = None if report is None else sum(len(report[name]) for name in ("new", "updated", "unchanged"))
        rows.append(PastImport(job, n_firms, len(report["refused"]) if report else 0, "undone" in result))
    return rows[:limit]


def checked(job: Job) -> Checked:
    """What a check found; the job is done."""
    assert job.state is State.DONE and job.result is not None
    result, report = job.result, job.result["report"]
    seen, names = result.get("seen", {}), result.get("names", {})
    n_firms = sum(len(report[name]) for name in ("new", "updated", "unchanged"))
    return Checked(
        n_read=report["n_read"],
        n_firms=n_firms,
        new=tuple((key, seen[key]) for key in report["new"]),
        updated=tuple((key, seen[key]) for key in report["updated"]),
        n_unchanged=len(report["unchanged"]),
        refused=tuple(report["refused"]),
        doubles=_pairs(report, names),
        gone=tuple((key, names.get(key, key)) for key in report["disappeared"]),
        people=_people(result),
        dropped=report["dropped"],
        notes=tuple(report["notes"]),
    )


def result_of(database: Database, job: Job) -> Result:
    """What an import did; the job is done. Names are those of today: who was deleted since is not named."""
    assert job.result is not None
    result, report = job.result, job.result["report"]
    ids = [key for name in ("new", "updated", "unchanged") for key in report[name]]
    told = {key for pair in report["duplicates"] for key in (pair["firm_id"], pair["other_id"])}
    with database.read() as tx:
        stored = firms_repository.find_many(tx, ids)
        names = notes_repository.names(tx, told)
        notes = notes_repository.notes_of(tx, ids)
    fits = {"could": 0, "not": 0, "unsure": 0}
    for key, note in notes.items():
        if key in stored and note.fit in fits:
            fits[note.fit] += 1
    return Result(
        n_read=report["n_read"],
        n_firms=len(ids),
        n_members=sum(held.record.member is True for held in stored.values()),
        n_new=len(report["new"]),
        n_updated=len(report["updated"]),
        n_unchanged=len(report["unchanged"]),
        refused=tuple(report["refused"]),
        doubles=tuple(
            pair for pair in _pairs(report, names) if pair.firm_id in names and pair.other_id in names
        ),
        n_gone=len(report["disappeared"]),
        n_left=len(result.get("left", ())),
        people=_people(result),
        n_merged=len(result.get("merged", {})),
        fits=fits,
        notes=tuple(report["notes"]),
        undone=result.get("undone"),
    )  # fmt: skip


def _pairs(report: dict[str, Any], names: dict[str, str]) -> tuple[Pair, ...]:
    return tuple(
        Pair(
            pair["firm_id"], names.get(pair["firm_id"], pair["firm_id"]),
            pair["other_id"], names.get(pair["other_id"], pair["other_id"]), pair["reason"],
        )
        for pair in report["duplicates"]
    )  # fmt: skip


def _people(result: dict[str, Any]) -> dict[str, int]:
    held = result.get("people") or {"added": [], "known": 0, "unusable": 0}
    counts = {name: held.get(name, 0) for name in ("known", "unusable", "members")}
    return {"added": len(held["added"]), **counts}
