"""What can be done with introductions: every write is one transaction with its step and its audit row."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from service import audit
from service.clock import now
from service.context import Services
from service.errors import Conflict, Invalid, NotFound, ServiceError, Stale
from service.introductions import days, repository, steps
from service.introductions.repository import Introduction, Step
from service.introductions.repository import Wanted as Wanted
from service.introductions.steps import Between as Between
from service.introductions.steps import Said as Said
from service.introductions.tasks import waiting as waiting
from service.introductions.words import State
from service.matches import repository as matches_repository
from service.matches.repository import Apart
from service.security import Caller
from service.words import _

_RUNNING = tuple(state.value for state in State if state is not State.CLOSED)


def get(services: Services, introduction_id: str) -> tuple[Introduction, list[Step]]:
    """One introduction and its steps.

    Raises:
        NotFound: it is not there.
    """
    with services.database.read() as tx:
        return _find(tx, introduction_id), repository.steps_of(tx, introduction_id)


def list_some(
    services: Services, wanted: Wanted, *, limit: int, offset: int = 0
) -> tuple[list[Introduction], dict[str, int]]:
    """Introductions, the oldest promise first, and how many there are by state whatever states are wanted."""
    counted = Wanted(None, wanted.owner_id, wanted.firm_id, wanted.project_id, wanted.due_by)
    with services.database.read() as tx:
        found = repository.list_some(tx, wanted, limit=limit, offset=offset)
        return found, repository.count_by_state(tx, counted)


def of_firm(services: Services, firm_id: str) -> list[Introduction]:
    """Introductions of a firm, for its page."""
    with services.database.read() as tx:
        return repository.list_some(tx, Wanted(firm_id=firm_id))


def of_project(services: Services, project_id: str) -> list[Introduction]:
    """Introductions to a project, for its page."""
    with services.database.read() as tx:
        return repository.list_some(tx, Wanted(project_id=project_id))


def open_question(services: Services, firm_id: str, *, but: str = "") -> Introduction | None:
    """The proposal that a firm has still to answer, or None: it is not asked a second thing meanwhile."""
    with services.database.read() as tx:
        return repository.open_question(tx, firm_id, but=but)


def propose(services: Services, caller: Caller, between: Between) -> Introduction:
    """Note that a firm was told and asked.

    Raises:
        Invalid: the role is none.
        NotFound, Conflict: as for :func:`service.introductions.steps.propose_in`.
    """
    if between.role not in ("supplier", "partner"):
        raise Invalid("role", _("Choose supplier or partner."))
    with services.database.write() as tx:
        return steps.propose_in(tx, caller, between, days.today_of(services))


def firm_answers(
    services: Services, caller: Caller, introduction_id: str, said: Said, *, expected: int | None
) -> Introduction:
    """Note the firm's answer."""
    today = days.today_of(services)
    return _step(
        services, introduction_id, expected, lambda tx, one: steps.firm_answers_in(tx, caller, one, said, today)
    )


def project_answers(
    services: Services, caller: Caller, introduction_id: str, said: Said, *, expected: int | None
) -> Introduction:
    """Note the answer of the project's side."""
    today = days.today_of(services)
    return _step(
        services, introduction_id, expected, lambda tx, one: steps.project_answers_in(tx, caller, one, said, today)
    )


def introduce(services: Services, caller: Caller, introduction_id: str, *, expected: int | None) -> Introduction:
    """Note that the two know each other now."""
    today = days.today_of(services)
    return _step(services, introduction_id, expected, lambda tx, one: steps.introduce_in(tx, caller, one, today))


def set_outcome(
    services: Services, caller: Caller, introduction_id: str, outcome: str, *, value_range: str | None,
    reason: str | None, expected: int | None,
) -> Introduction:  # fmt: skip
    """Note what came of it."""
    today = days.today_of(services)
    return _step(
        services, introduction_id, expected,
        lambda tx, one: steps.outcome_in(tx, caller, one, outcome, today, value_range=value_range, reason=reason),
    )  # fmt: skip


def close(
    services: Services, caller: Caller, introduction_id: str, reason: str | None, *, expected: int | None
) -> Introduction:
    """End it before its time."""
    return _step(services, introduction_id, expected, lambda tx, one: steps.close_in(tx, caller, one, reason))


def name(
    services: Services, caller: Caller, introduction_id: str, may_be_named: bool, *, expected: int | None
) -> Introduction:
    """Note whether the firm may be named to outsiders of this project."""
    return _step(services, introduction_id, expected, lambda tx, one: steps.name_in(tx, caller, one, may_be_named))


def take_over(services: Services, caller: Caller, introduction_id: str, *, expected: int | None) -> Introduction:
    """Make it the caller's task."""
    changes = {"owner_id": steps.owner_of(caller)}
    return _step(
        services, introduction_id, expected,
        lambda tx, one: steps.move_in(tx, caller, one, "taken_over", changes, {}, now()),
    )  # fmt: skip


def postpone(
    services: Services, caller: Caller, introduction_id: str, day: str, *, expected: int | None
) -> Introduction:
    """Set the day to answer by; one on which nobody is at work becomes the next that is.

    Raises:
        Invalid: it is no day to come.
        Conflict: nothing is waited for.
    """
    until = days.read_day(day, days.today_of(services), where="answer_by").isoformat()

    def move(tx: Connection, one: Introduction) -> Introduction:
        if one.state == State.CLOSED:
            raise Conflict(_("This introduction has ended: nothing is waited for."))
        return steps.move_in(tx, caller, one, "postponed", {"answer_by": until}, {}, now())

    return _step(services, introduction_id, expected, move)


def set_note(
    services: Services, caller: Caller, introduction_id: str, note: str, *, expected: int | None
) -> Introduction:
    """Write the note that staff share.

    Raises:
        Invalid: it is too long.
    """
    note = note.strip()
    if len(note) > steps.MOST_NOTE:
        raise Invalid("note", _("This is too long: expected at most %(most)s characters.", most=steps.MOST_NOTE))
    return _step(
        services, introduction_id, expected,
        lambda tx, one: steps.move_in(tx, caller, one, "noted", {"note": note}, {}, now()),
    )  # fmt: skip


def undo(services: Services, caller: Caller, introduction_id: str, *, expected: int | None) -> Introduction | None:
    """Take the last step back; None when that was the first one, and the introduction is gone.

    Raises:
        Conflict: there is none, or it was told on a call.
    """
    with services.database.write() as tx:
        stored = _expected(tx, introduction_id, expected)
        step = steps.last_move(repository.steps_of(tx, introduction_id))
        if step is None:
            raise Conflict(_("There is nothing to undo."))
        if "call" in step.details:
            raise Conflict(_("This was told on a call: change the answer on the call list."))
        return steps.undo_in(tx, caller, stored, step)


def answer_many(
    services: Services, caller: Caller, ids: Sequence[str], *, reason: str, source: str
) -> tuple[list[Introduction], list[tuple[str, str]]]:
    """Note the same no of many firms.

    Returns:
        Those that are closed now, and of the others the id with what was in the way.

    Raises:
        Invalid: nothing is chosen, or a code is none of ours.
    """
    if not ids:
        raise Invalid("id", _("Tick at least one firm."))
    said = Said(False, source, reason).checked()
    today, closed, refused = days.today_of(services), [], []
    for introduction_id in dict.fromkeys(ids):
        try:
            with services.database.write() as tx:
                stored = _find(tx, introduction_id)
                closed.append(steps.firm_answers_in(tx, caller, stored, said, today))
        except ServiceError as error:
            refused.append((introduction_id, str(error)))
    return closed, refused


def keep_apart(
    services: Services, caller: Caller, introduction_id: str, note: str, *, expected: int | None
) -> Introduction:
    """Note that these two should not be put together, for staff only; the introduction ends.

    Raises:
        NotFound, Stale: it is not there, or somebody was faster.
        Invalid: the note is too long.
        Conflict: they were introduced already, or it was noted before.
    """
    note = note.strip()
    if len(note) > steps.MOST_NOTE:
        raise Invalid("note", _("This is too long: expected at most %(most)s characters.", most=steps.MOST_NOTE))
    with services.database.write() as tx:
        one = _expected(tx, introduction_id, expected)
        if one.introduced_at is not None:
            raise Conflict(_("They were introduced already."))
        if steps.is_apart(tx, Between(one.project_id, one.firm_id, one.role)):
            raise Conflict(_("Somebody noted that these two should not be put together."))
        if one.state != State.CLOSED:
            one = steps.close_in(tx, caller, one, "other")
        row = Apart(str(uuid.uuid4()), one.firm_id, one.project_id, note, caller.id, now())
        matches_repository.add_apart(tx, row)
        details = {"firm": one.firm_id, "apart": row.id}
        audit.record(tx, caller, "match.keep_apart", "project", one.project_id, details=details)
    return one


def _step(
    services: Services, introduction_id: str, expected: int | None,
    move: Callable[[Connection, Introduction], Introduction],
) -> Introduction:  # fmt: skip
    """Do one thing with an introduction as the caller read it.

    Raises:
        NotFound: it is not there.
        Stale: somebody was faster.
    """
    with services.database.write() as tx:
        return move(tx, _expected(tx, introduction_id, expected))


def _expected(tx: Connection, introduction_id: str, expected: int | None) -> Introduction:
    stored = _find(tx, introduction_id)
    if expected is not None and expected != stored.version:
        raise Stale(_("Somebody has changed this introduction meanwhile."))
    return stored


def _find(tx: Connection, introduction_id: str) -> Introduction:
    stored = repository.find(tx, introduction_id)
    if stored is None:
        raise NotFound(_("This introduction is not there any more."))
    return stored
