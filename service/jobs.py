"""Slow work as rows: put in line by a request, claimed by a conditional UPDATE, taken up again if its worker dies."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from service.clock import now
from service.db import Database
from service.errors import ServiceError
from service.security import Caller
from service.tables import jobs, leases, uploads

MOST_ATTEMPTS = 5
# The lease on snapshots and vectors.
INDEX_LEASE = "index"


class State(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    PUT_ASIDE = "put_aside"  # a file that waits for a person, not for the worker
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class LostLease(ServiceError):
    """Another worker has taken the job, since this one was silent for too long."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as stored.

    Attributes:
        payload: what it was told.
        result: what it has found so far; after the end, its outcome.
        done: steps done of ``total``, where that is known.
    """

    id: str
    kind: str
    state: State
    payload: dict[str, Any]
    done: int
    total: int | None
    result: dict[str, Any] | None
    error: str | None
    attempts: int
    worker: str | None
    created_by: str
    created_at: datetime
    finished_at: datetime | None


def enqueue(
    tx: Connection, caller: Caller, kind: str, payload: dict[str, Any], *, filename: str, data: bytes,
    state: State = State.QUEUED,
) -> str:  # fmt: skip
    """Put a job with its file in line.

    Returns:
        Its id.
    """
    job_id = str(uuid.uuid4())
    tx.execute(
        insert(jobs).values(
            id=job_id,
            kind=kind,
            state=state,
            payload=orjson.dumps(payload).decode(),
            done=0,
            attempts=0,
            created_by=caller.id,
            created_at=now(),
        )
    )
    tx.execute(insert(uploads).values(job_id=job_id, filename=filename, data=data))
    return job_id


def find(tx: Connection, job_id: str) -> Job | None:
    """One job, or None."""
    row = tx.execute(select(jobs).where(jobs.c.id == job_id)).mappings().first()
    return None if row is None else _read(dict(row))


def newest(tx: Connection, kind: str, *, limit: int) -> list[Job]:
    """Jobs of a kind, newest first."""
    query = select(jobs).where(jobs.c.kind == kind).order_by(jobs.c.created_at.desc(), jobs.c.id).limit(limit)
    return [_read(dict(row)) for row in tx.execute(query).mappings()]


def upload_of(tx: Connection, job_id: str) -> tuple[str, bytes]:
    """Name and bytes of a job's file."""
    row = tx.execute(select(uploads.c.filename, uploads.c.data).where(uploads.c.job_id == job_id)).one()
    return str(row.filename), bytes(row.data)


def note(tx: Connection, job_id: str, *, payload: dict[str, Any] | None = None, result: object = None) -> None:
    """Write down what came to be known of a job that no worker has in hand."""
    values = {"payload": payload, "result": result}
    texts = {name: orjson.dumps(value).decode() for name, value in values.items() if value is not None}
    if texts:
        tx.execute(update(jobs).where(jobs.c.id == job_id).values(texts))


def remove(tx: Connection, job_id: str) -> None:
    """Remove a job with its file; a worker that has it in hand loses it."""
    tx.execute(delete(uploads).where(uploads.c.job_id == job_id))
    tx.execute(delete(jobs).where(jobs.c.id == job_id))


def end_put_aside(tx: Connection, job_id: str) -> None:
    """A job that waited for a person is over; its file is removed."""
    tx.execute(update(jobs).where(jobs.c.id == job_id).values(state=State.DONE, finished_at=now()))
    tx.execute(delete(uploads).where(uploads.c.job_id == job_id))


def _claimable() -> ColumnElement[bool]:
    abandoned = and_(jobs.c.state == State.RUNNING, jobs.c.lease_until < now())
    return or_(jobs.c.state == State.QUEUED, abandoned)


def claim(database: Database, worker: str, lease_seconds: float) -> Job | None:
    """Take the oldest job that waits, or whose worker has been silent for too long; None when there is none."""
    with database.read() as tx:
        query = select(jobs.c.id).where(_claimable()).order_by(jobs.c.created_at, jobs.c.id).limit(1)
        job_id = tx.execute(query).scalar()
    if job_id is None:
        return None
    with database.write() as tx:
        taken = tx.execute(
            update(jobs)
            .where(jobs.c.id == job_id, _claimable())
            .values(
                state=State.RUNNING,
                worker=worker,
                attempts=jobs.c.attempts + 1,
                lease_until=now() + timedelta(seconds=lease_seconds),
            )
        )
        if taken.rowcount != 1:
            return None  # another worker got there first
        job = find(tx, job_id)
        assert job is not None
        if job.attempts > MOST_ATTEMPTS:
            words = f"it was begun {MOST_ATTEMPTS} times and its worker died each time before it got any further"
            _end(tx, job, State.FAILED, error=words)
            return None
        return job


def renew(database: Database, job: Job, lease_seconds: float) -> None:
    """Say that a job's worker is alive.

    Raises:
        LostLease: another worker has it.
    """
    with database.write() as tx:
        _own(tx, job, {"lease_until": now() + timedelta(seconds=lease_seconds)})


def save_progress(tx: Connection, job: Job, *, done: int, total: int, result: dict[str, Any]) -> Job:
    """Note how far a job is, in the transaction of what it did.

    Raises:
        LostLease: another worker has it, and what this transaction did must not stand.
    """
    # Attempts count deaths without progress: a long job may lose many workers and still come to its end.
    _own(tx, job, {"done": done, "total": total, "result": orjson.dumps(result).decode(), "attempts": 1})
    return replace(job, done=done, total=total, result=result, attempts=1)


def finish(tx: Connection, job: Job, result: dict[str, Any]) -> None:
    """End a job well; its file is removed."""
    _own(tx, job, {"result": orjson.dumps(result).decode()})
    _end(tx, job, State.DONE, error=None)


def fail(tx: Connection, job: Job, error: str) -> None:
    """End a job that cannot be done; its file is removed."""
    _own(tx, job, {})
    _end(tx, job, State.FAILED, error=error)


def _own(tx: Connection, job: Job, values: dict[str, Any]) -> None:
    mine = and_(jobs.c.id == job.id, jobs.c.state == State.RUNNING, jobs.c.worker == job.worker)
    if tx.execute(update(jobs).where(mine).values(worker=job.worker, **values)).rowcount != 1:
        raise LostLease(f"job {job.id} is in other hands now")


def _end(tx: Connection, job: Job, state: State, *, error: str | None) -> None:
    tx.execute(
        update(jobs).where(jobs.c.id == job.id).values(state=state, error=error, finished_at=now(), lease_until=None)
    )
    tx.execute(delete(uploads).where(uploads.c.job_id == job.id))


def hold(database: Database, name: str, owner: str, seconds: float) -> bool:
    """Take or renew a lease on work that one worker does at a time; False when another holds it."""
    moment = now()
    until = moment + timedelta(seconds=seconds)
    with database.write() as tx:
        mine = and_(leases.c.name == name, or_(leases.c.owner == owner, leases.c.until < moment))
        if tx.execute(update(leases).where(mine).values(owner=owner, until=until)).rowcount == 1:
            return True
        if tx.execute(select(leases.c.name).where(leases.c.name == name)).first() is not None:
            return False
        tx.execute(insert(leases).values(name=name, owner=owner, until=until))
        return True


def release(database: Database, owner: str) -> None:
    """Give back every lease of a worker that ends."""
    with database.write() as tx:
        tx.execute(delete(leases).where(leases.c.owner == owner))


def _read(row: dict[str, Any]) -> Job:
    row.pop("lease_until")
    row["state"] = State(row["state"])
    row["payload"] = orjson.loads(row["payload"])
    row["result"] = None if row["result"] is None else orjson.loads(row["result"])
    return Job(**row)
