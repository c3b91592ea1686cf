"""What comes after the last row of a list of firms: who has gone from it, and a first sorting of those that are new."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from matcher import Firm, ImportReport, to_json
from service import audit
from service.clock import now
from service.consent import ledger
from service.db import next_change
from service.firms import notes_repository
from service.firms import repository as firms_repository
from service.imports import repository
from service.imports.repository import Undo
from service.jobs import Job
from service.security import Caller
from service.triage.rules import sort_firm

LEFT = "left"


def finish_firms(
    tx: Connection, caller: Caller, job: Job, report: ImportReport, firms: Sequence[Firm], others: Sequence[Firm]
) -> dict[str, Any]:
    """End an import of firms.

    Args:
        tx: a writing transaction.
        caller: who brought the list.
        job: the import.
        report: what came of its rows.
        firms: of the list.
        others: all that were there when it ended.

    Returns:
        What its page shows beside the report: after a check the names of all that the report tells of.
    """
    if job.payload["check"]:
        told = {key for pair in report.duplicates for key in (pair.firm_id, pair.other_id)} | set(report.disappeared)
        return {"names": {firm.id: firm.name for firm in (*others, *firms) if firm.id in told}}
    _note_gone(tx, job, report.disappeared)
    left = [key for key in report.disappeared if (job.payload.get("gone") or {}).get(key) == LEFT]
    ended: dict[str, Any] = {"left": _leave(tx, caller, job, left)}
    if job.payload.get("sort"):
        new = set(report.new)
        _sort(tx, caller, [firm for firm in firms if firm.id in new])
    return ended


def _note_gone(tx: Connection, job: Job, gone: Sequence[str]) -> None:
    """Remember which import brought those that are gone, so that an undo can put it back."""
    jobs_of = repository.base_jobs(tx, job.payload["source"], "firms", gone)
    repository.keep_undo(tx, job.id, [Undo(key, None, None, None, before) for key, before in jobs_of.items()])


def _leave(tx: Connection, caller: Caller, job: Job, ids: Sequence[str]) -> list[str]:
    """Note that some firms are no members any more; gives those of which it was not known."""
    number = next_change(tx, len(ids)) - len(ids) if ids else 0
    done = []
    for key, stored in sorted(firms_repository.find_many(tx, ids).items()):
        if stored.record.member is False:
            continue
        number += 1
        written = firms_repository.update_firm(tx, stored, dataclasses.replace(stored.record, member=False), number)
        before = to_json(stored.record).decode()
        repository.set_undo(tx, job.id, key, version=written.version, before=before)
        ledger.membership_changed_in(tx, caller.id, key, stored.record.member, False)
        details = {"import": job.id, "fields": ["member"]}
        audit.record(tx, caller, "firm.patch", "firm", key, version=written.version, details=details)
        done.append(key)
    return done


def _sort(tx: Connection, caller: Caller, firms: Sequence[Firm]) -> None:
    """A first sorting by our rules of firms that nobody has sorted."""
    there = notes_repository.notes_of(tx, [firm.id for firm in firms])
    by_fit: dict[str, list[str]] = {}
    for firm in firms:
        if firm.id not in there or there[firm.id].fit is None:
            by_fit.setdefault(sort_firm(firm).fit, []).append(firm.id)
    for fit, ids in by_fit.items():
        existing = notes_repository.existing(tx, ids)
        notes_repository.decide(tx, existing, by=caller.id, at=now(), fit=fit)
        for key in existing:
            audit.record(tx, caller, "firm.sort", "firm", key, details={"fit": fit, "by_rule": True})
