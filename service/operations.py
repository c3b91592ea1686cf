"""What the command line does beyond calling one function."""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from service import jobs
from service.db import Database
from service.errors import Conflict, Invalid
from service.imports import actions
from service.imports.actions import counts
from service.jobs import Job, State
from service.security import COMMAND_LINE

out, err = Console(soft_wrap=True), Console(stderr=True)
MOST_SHOWN = 20


def send_import(database: Database, file: Path, *, kind: str, check: bool, wait: bool) -> None:
    """Put a file in line and, if asked, wait for its report.

    Raises:
        Invalid: the file or its kind makes no sense.
        Conflict: the import failed.
    """
    if kind not in ("firms", "projects"):
        raise Invalid("kind", f"kind is {kind!r}, expected firms or projects")
    job_id = actions.enqueue(
        database, COMMAND_LINE, filename=file.name, data=file.read_bytes(), kind=kind, mapping=None, check=check
    ).record_id
    if not wait:
        out.print(f"import {job_id} is in line", highlight=False)
        return
    job = _wait(database, job_id)
    if job.state is State.FAILED or job.result is None:
        raise Conflict(f"{file.name} was not imported: {job.error}")
    _show(job)


def _wait(database: Database, job_id: str) -> Job:
    with Progress(console=err, transient=True) as bar:
        task = bar.add_task("waiting for the worker", total=None)
        while True:
            with database.read() as tx:
                job = jobs.find(tx, job_id)
            assert job is not None
            if job.state in (State.DONE, State.FAILED):
                return job
            words = "importing" if job.state is State.RUNNING else "waiting for `matcher-service worker`"
            bar.update(task, description=words, completed=job.done, total=job.total)
            time.sleep(0.3)  # the worker is another process


def _show(job: Job) -> None:
    assert job.result is not None
    report = job.result["report"]
    words = ", ".join(f"{number} {name}" for name, number in counts(report).items())
    out.print(f"{job.payload['source']}: {words}", highlight=False, markup=False)
    for row in report["refused"][:MOST_SHOWN]:
        line = f"  refused line {row['line']}: {row['field']} {row['value']!r}: {row['reason']}"
        out.print(line, highlight=False, markup=False)
    left = len(report["refused"]) - MOST_SHOWN
    if left > 0:
        out.print(f"  … and {left} more refused: GET /v1/imports/{job.id} shows all", highlight=False, markup=False)
