"""Runs of lists: asked for, made by the worker, looked at, released by a person, stopped. One transaction a write."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from service import audit, jobs
from service.clock import now
from service.consent import ledger
from service.consent.ledger import Permission
from service.context import Services
from service.db import Database
from service.errors import Conflict, NotFound
from service.introductions import days
from service.jobs import Job
from service.mail import outbox_repository as outbox
from service.mail import settings_repository
from service.mail.envelope import message_of
from service.mail.outbox_repository import LetterPurpose, Stored
from service.mail.transport import NotSent, open_transport
from service.opportunities import letters, making, picking, reasons, repository
from service.opportunities.repository import FirmList, Item, Run
from service.security import Caller, Scope
from service.settings import Settings
from service.words import _

KIND = "lists"
# The first runs are released by a person, whatever is set.
BY_HAND = 4
# A run is made by itself from this weekday and hour on, where the chamber is.
MADE_ON, MADE_FROM_HOUR = 1, 7
EACH_DAY = (picking.Rhythm.DAILY, picking.Rhythm.AT_CLOSING)


@dataclass(frozen=True, slots=True)
class Shown:
    """One list of a run, as staff look at it.

    Attributes:
        letter: None where it was removed.
        permission: whether it may go now, and why.
    """

    made: FirmList
    items: tuple[Item, ...]
    letter: Stored | None
    permission: Permission


def ask_for_run(database: Database, caller: Caller, period: str) -> Run:
    """Put a run in line for the worker.

    Raises:
        Conflict: one is being made, or waits to be released.
    """
    with database.write() as tx:
        for run in repository.runs(tx, states=("preparing",)):  # one whose worker failed is in nobody's way
            made_by = jobs.find(tx, run.job_id) if run.job_id else None
            if made_by is None or made_by.state is jobs.State.FAILED:
                repository.change_run(tx, run.id, ("preparing",), state="stopped", stopped_at=now())
        if repository.runs(tx, states=repository.OPEN, limit=1):
            raise Conflict(_("Lists are being made already, or wait to be let go: look at them first."))
        run_id = str(uuid.uuid4())
        job_id = jobs.enqueue(tx, caller, KIND, {"run": run_id}, filename="", data=b"")
        run = Run(run_id, "preparing", period, job_id, {}, caller.id, now(), None, None, None, None, 1)
        repository.add_run(tx, run)
        audit.record(tx, caller, "lists.make", "list_run", run_id)
    return run


def make_when_due(database: Database, settings: Settings) -> Run | None:
    """Ask for the week's run when its hour has come and none was made yet; None otherwise.

    On the other days one is made for those alone who want to hear each day, or at once when something closes.
    """
    zone = ZoneInfo(settings.timezone)
    local = now().astimezone(zone)
    week, day = picking.week_of(local.date()), local.date().isoformat()
    with database.read() as tx:
        newest = repository.runs(tx, limit=20)
        if not settings_repository.find(tx).is_on or any(run.state in repository.OPEN for run in newest):
            return None
        made = {run.period for run in newest} | {run.created_at.astimezone(zone).date().isoformat() for run in newest}
        is_weekly = (local.weekday(), local.hour) >= (MADE_ON, MADE_FROM_HOUR) and week not in made
        is_daily = local.hour >= MADE_FROM_HOUR and day not in made and repository.anyone_wants(tx, EACH_DAY)
    if not is_weekly and not is_daily:
        return None
    try:
        return ask_for_run(database, Caller("worker", "worker", Scope.WRITE), week if is_weekly else day)
    except Conflict:
        return None  # another worker was faster


def make_run(services: Services, job: Job) -> Iterator[Job]:
    """The worker's part: rank, pick, write.

    Yields:
        The job after each step that can be cut off.
    """
    run_id = str(job.payload["run"])
    world = making.look(services)
    with services.database.read() as tx:
        if picking.is_day(_find(tx, run_id).period):
            world.people[:] = making.who_wants(world, EACH_DAY)
    n_projects = len(world.projects)
    steps: list[int] = []
    chances = making.rank(services, world, progress=lambda done, total: steps.append(done))
    with services.database.write() as tx:
        job = jobs.save_progress(tx, job, done=n_projects, total=n_projects, result={})
    yield job
    wanted = making.drafts(world, chances)
    matches = reasons.explain(services, world, wanted)
    with services.database.read() as tx:
        releases = settings_repository.find(tx).releases_itself and repository.count_released(tx) >= BY_HAND
    total = n_projects + len(wanted)
    for done in making.write(services, run_id, world, wanted, matches, releases_itself=releases):
        with services.database.write() as tx:
            job = jobs.save_progress(tx, job, done=n_projects + done, total=total, result={})
        yield job
    with services.database.write() as tx:
        made = repository.lists_of_run(tx, run_id)
        counts = _counts(made, world)
        waits = any(one.state == "ready" for one in made)
        state = "ready" if waits else "released" if made else "empty"
        values: dict[str, Any] = {"state": state, "counts": counts}
        if state == "released":
            values |= {"released_by": "worker", "released_at": now()}
        repository.change_run(tx, run_id, ("preparing",), **values)
        jobs.finish(tx, job, counts)
    yield job


def _counts(made: list[FirmList], world: making.World) -> dict[str, Any]:
    return {
        "lists": dict(Counter(one.kind for one in made)), "left_out": dict(world.left_out),
        "n_contacts": len(world.people), "n_projects": len(world.projects),
    }  # fmt: skip


def dry_run(services: Services) -> tuple[dict[str, Any], list[making.Draft]]:
    """What a run would make now; nothing is stored."""
    world = making.look(services)
    wanted = making.drafts(world, making.rank(services, world))
    counts = {
        "lists": dict(Counter(one.kind for one in wanted)), "left_out": dict(world.left_out),
        "n_contacts": len(world.people), "n_projects": len(world.projects),
    }  # fmt: skip
    return counts, wanted


def list_runs(services: Services) -> list[Run]:
    """Runs, the newest first."""
    with services.database.read() as tx:
        return repository.runs(tx)


def waiting_run(services: Services) -> tuple[Run, int] | None:
    """The run that waits for a person, and how many lists it has; None where there is none."""
    with services.database.read() as tx:
        for run in repository.runs(tx, states=("ready",), limit=1):
            return run, sum(one.state == "ready" for one in repository.lists_of_run(tx, run.id))
    return None


def get_run(services: Services, run_id: str) -> tuple[Run, list[Shown]]:
    """A run with its lists.

    Raises:
        NotFound: it is not there.
    """
    with services.database.read() as tx:
        run = _find(tx, run_id)
        made = repository.lists_of_run(tx, run_id)
        held = {one.id: outbox.of_list(tx, one.id) for one in made}
        emails = {letter.email for letter in held.values() if letter is not None}
        may = ledger.permissions_of(tx, emails, LetterPurpose.OPPORTUNITIES, now())
        return run, [_shown(tx, one, held[one.id], may) for one in made]


def _shown(tx: Connection, made: FirmList, letter: Stored | None, may: dict[str, Permission]) -> Shown:
    permission = Permission(False) if letter is None else may[letter.email]
    return Shown(made, tuple(repository.items_of(tx, made.id)), letter, permission)


def leave_out(services: Services, caller: Caller, list_id: str, *, back: bool = False) -> str:
    """Leave a list out of its run, or take it in again; answers the run's id.

    Raises:
        NotFound: it is not there.
        Conflict: it has left, or was released.
    """
    states = ("left_out", "ready") if back else ("ready", "left_out")
    with services.database.write() as tx:
        made = repository.find_list(tx, list_id)
        if made is None:
            raise NotFound(_("This list is not there any more."))
        because = None if back else "by_staff"
        if not repository.change_list(tx, list_id, states[:1], state=states[1], left_out_because=because):
            raise Conflict(_("This list has gone on meanwhile: look again."))
        audit.record(tx, caller, "lists.take_in" if back else "lists.leave_out", "list", list_id)
    return made.run_id


def send_to_me(services: Services, caller: Caller, run_id: str, email: str) -> int:
    """Send the first lists of a run to a member of staff, as their readers would get them; answers how many.

    Raises:
        NotFound: it is not there.
        Conflict: there is no way out, or the server does not take them.
    """
    run, shown = get_run(services, run_id)
    transport = open_transport(services.settings)
    if transport is None:
        raise Conflict(_("No mail server is set: look at the lists here instead."))
    some = [one.letter for one in shown if one.letter is not None and one.made.state == "ready"][:3]
    try:
        for letter in some:
            # Links in it are real, so it goes to nobody but who may act for the chamber; nothing stops by one click.
            own = Stored(
                **{name: getattr(letter, name) for name in Stored.__slots__} | {"unsubscribe": "", "email": email}
            )
            transport.send(message_of(own, mail_from=services.settings.mail_from, moment=now()), email)
    except NotSent as error:
        raise Conflict(_("It was not taken: %(reason)s", reason=error.reason)) from error
    finally:
        transport.close()
    with services.database.write() as tx:
        counts = {**run.counts, "seen_by": sorted({*run.counts.get("seen_by", ()), caller.id})}
        repository.change_run(tx, run_id, ("ready",), counts=counts)
        audit.record(tx, caller, "lists.send_to_me", "list_run", run_id)
    return len(some)


def looked_at(services: Services, caller: Caller, run_id: str) -> None:
    """Note that somebody looked the lists through where there is no mail server to send them by.

    Raises:
        NotFound: it is not there.
    """
    with services.database.write() as tx:
        run = _find(tx, run_id)
        counts = {**run.counts, "seen_by": sorted({*run.counts.get("seen_by", ()), caller.id})}
        repository.change_run(tx, run_id, ("ready",), counts=counts)
        audit.record(tx, caller, "lists.looked", "list_run", run_id)


def release(services: Services, caller: Caller, run_id: str) -> int:
    """Let the lists of a run go; answers how many.

    Raises:
        NotFound: it is not there.
        Conflict: it does not wait, or nobody had a look at it first.
    """
    with services.database.write() as tx:
        run = _find(tx, run_id)
        if not run.counts.get("seen_by"):
            raise Conflict(_("Send it to yourself first, and see what your members would get."))
        moment = now()
        done = repository.change_run(
            tx, run_id, ("ready",), state="released", released_by=caller.id, released_at=moment
        )
        if not done:
            raise Conflict(_("This run was let go or stopped already."))
        made = repository.lists_of_run(tx, run_id)
        ready = _keep_current(tx, [one for one in made if one.state == "ready"], days.today_of(services))
        for one in ready:
            repository.change_list(tx, one.id, ("ready",), state="released")
        n = outbox.release_lists(tx, [one.id for one in ready], moment)
        audit.record(tx, caller, "lists.release", "list_run", run_id, details={"n": n})
    return n


def _keep_current(tx: Connection, ready: list[FirmList], today: date) -> list[FirmList]:
    """Leave out lists on which something has changed since they were made: the next run writes them anew."""
    outdated = letters.outdated_in(tx, [one.id for one in ready], today)
    outbox.stop_lists(tx, outdated)
    for list_id in outdated:
        repository.change_list(tx, list_id, ("stopped",), state="left_out", left_out_because="outdated")
    return [one for one in ready if one.id not in outdated]


def stop(services: Services, caller: Caller, run_id: str) -> tuple[int, int]:
    """Stop a run: what has left has left; answers (gone, stopped).

    Raises:
        NotFound: it is not there.
        Conflict: it was stopped already.
    """
    with services.database.write() as tx:
        _find(tx, run_id)
        moment = now()
        states = ("ready", "released", "releasing")
        if not repository.change_run(tx, run_id, states, state="stopped", stopped_by=caller.id, stopped_at=moment):
            raise Conflict(_("There is nothing to stop."))
        made = repository.lists_of_run(tx, run_id)
        n_stopped = outbox.stop_lists(tx, [one.id for one in made if one.state != "left_out"])
        outbox.stop_lists(tx, [one.id for one in made if one.state == "left_out"])
        n_gone = sum(one.sent_at is not None for one in made)
        audit.record(tx, caller, "lists.stop", "list_run", run_id, details={"n": n_stopped})
    return n_gone, n_stopped


def _find(tx: Connection, run_id: str) -> Run:
    run = repository.find_run(tx, run_id)
    if run is None:
        raise NotFound(_("This run is not there any more."))
    return run


def this_week(services: Services) -> str:
    """The period of a run that is asked for now."""
    return picking.week_of(days.today_of(services))


def progress(services: Services, run: Run) -> tuple[int, int | None] | None:
    """How far the worker is with a run that is being made: (done, total)."""
    if run.state != "preparing" or run.job_id is None:
        return None
    with services.database.read() as tx:
        job = jobs.find(tx, run.job_id)
    return None if job is None else (job.done, job.total)
