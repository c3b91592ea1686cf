"""The moves of an introduction, inside a transaction at hand: each is one step that can be undone.

proposed → firm_yes → both_yes → introduced → closed; a no, or staff, can close it earlier.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from service import audit
from service.clock import now
from service.contacts import repository as contacts_repository
from service.errors import Conflict, Invalid, NotFound
from service.introductions import days, repository
from service.introductions.repository import Introduction, Step
from service.introductions.words import REASONS, SOURCES, VALUE_RANGES, Outcome, State
from service.matches import repository as matches_repository
from service.projects import repository as projects_repository
from service.replies import repository as replies_repository
from service.security import Caller
from service.words import _

MOST_NOTE = 2000
# Steps that move an introduction; the last of them can be undone.
MOVES = frozenset(
    {
        "proposed",
        "firm_yes",
        "firm_no",
        "project_yes",
        "project_no",
        "introduced",
        "closed",
        *(o.value for o in Outcome),
    }
)
_MOMENTS = ("firm_answered_at", "project_answered_at", "introduced_at", "outcome_at")


@dataclass(frozen=True, slots=True)
class Between:
    """Who is brought together."""

    project_id: str
    firm_id: str
    role: str


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as somebody heard it.

    Attributes:
        yes: or no.
        source: phone, mail or in_person.
        reason: of a no.
        may_be_named: the firm lets outsiders of this project read its name; None leaves what was said before.
        call: ids that lead back to the call on which it was said: ``call`` and ``list``.
    """

    yes: bool
    source: str
    reason: str | None = None
    may_be_named: bool | None = None
    call: dict[str, str] | None = None

    def checked(self) -> Said:
        """The same.

        Raises:
            Invalid: a code is none of ours.
        """
        if self.source not in SOURCES:
            raise Invalid("source", _("Say how they told you: by phone, by e-mail or in person."))
        if not self.yes:
            check_reason(self.reason)
        return self


def check_reason(reason: str | None) -> str:
    """A reason that has a code.

    Raises:
        Invalid: it has none.
    """
    if reason not in REASONS:
        raise Invalid("reason", _("Choose the reason: it is what we learn from."))
    return reason


def owner_of(caller: Caller) -> str:
    """Whose task it is what somebody begins; nobody's yet when a firm does, by a link."""
    return "" if caller.id.startswith("contact:") else caller.id.removeprefix("user:")


def propose_in(
    tx: Connection, caller: Caller, between: Between, today: date, call: dict[str, str] | None = None
) -> Introduction:
    """Note that a firm was told and asked.

    Raises:
        NotFound: there is no such firm or project.
        Conflict: it was asked already, has another question to answer, or is kept apart from the project.
    """
    stored = _begin(tx, between)
    if stored is not None and (stored.state != State.CLOSED or stored.introduced_at is not None):
        raise Conflict(_("This firm was asked about this project already."))
    title = other_question(tx, between)
    if title:
        raise Conflict(_("They have not answered about “%(title)s” yet: one question at a time.", title=title))
    until = days.after(today, days.FIRM_DAYS).isoformat()
    return _proposed(tx, caller, between, stored, until, call)


def other_question(tx: Connection, between: Between) -> str:
    """Title of another project about which the firm has still to answer; empty when it may be asked."""
    mine = repository.find_for(tx, *_key(between))
    other = repository.open_question(tx, between.firm_id, but=mine.id if mine else "")
    if other is None:
        return ""
    project = projects_repository.find_many(tx, [other.project_id]).get(other.project_id)
    return project.record.title if project else other.project_id


def ask_in(tx: Connection, caller: Caller, between: Between, today: date, call: dict[str, str]) -> Introduction:
    """Note that a firm was asked on a call; what it was asked before stays as it is."""
    stored = repository.find_for(tx, *_key(between))
    if stored is not None and (stored.state != State.CLOSED or stored.introduced_at is not None):
        return stored
    return propose_in(tx, caller, between, today, call)


def firm_says_in(tx: Connection, caller: Caller, between: Between, said: Said, today: date) -> Introduction | None:
    """Note a firm's answer, whether or not it was asked before; None when its no ends nothing.

    Raises:
        NotFound: there is no such firm or project.
        Conflict: they were introduced already, or are kept apart.
    """
    said = said.checked()
    stored = _begin(tx, between) if said.yes else repository.find_for(tx, *_key(between))
    if not said.yes:
        return (
            None if stored is None or stored.state == State.CLOSED else firm_answers_in(tx, caller, stored, said, today)
        )
    if stored is None or (stored.state == State.CLOSED and stored.introduced_at is None):
        stored = _proposed(tx, caller, between, stored, None, said.call)
    if stored.state != State.PROPOSED:  # they said yes before
        return _name(tx, caller, stored, said.may_be_named)
    return firm_answers_in(tx, caller, stored, said, today)


def firm_answers_in(tx: Connection, caller: Caller, stored: Introduction, said: Said, today: date) -> Introduction:
    """Note a firm's answer to what it was asked.

    Raises:
        Conflict: they were introduced already, or it is not its turn.
    """
    said = said.checked()
    turn = (State.PROPOSED,) if said.yes else (State.PROPOSED, State.FIRM_YES, State.BOTH_YES)
    _check_turn(stored, *turn)
    moment = now()
    changes: dict[str, Any] = {
        "firm_answer": "yes" if said.yes else "no", "firm_source": said.source, "firm_answered_at": moment,
    }  # fmt: skip
    if said.yes:
        until = days.after(today, days.PROJECT_DAYS).isoformat()
        changes |= {"state": State.FIRM_YES.value, "answer_by": until, "reason": None}
        if said.may_be_named is not None:
            changes["may_be_named"] = said.may_be_named
    else:
        changes |= {"state": State.CLOSED.value, "answer_by": None, "reason": said.reason, "may_be_named": False}
    told = {"source": said.source, "reason": said.reason, **(said.call or {})}
    return move_in(tx, caller, stored, "firm_yes" if said.yes else "firm_no", changes, told, moment)


def project_answers_in(tx: Connection, caller: Caller, stored: Introduction, said: Said, today: date) -> Introduction:
    """Note the answer of the project's side.

    Raises:
        Conflict: the firm has not said yes.
        Invalid: nobody on the project's side is known.
    """
    said = said.checked()
    _check_turn(stored, State.FIRM_YES, *(() if said.yes else (State.BOTH_YES,)))
    if said.yes and not contacts_repository.of_projects(tx, [stored.project_id]):
        raise Invalid("project_contact", _("Nobody on the project’s side is known yet: first add who said yes."))
    moment = now()
    changes: dict[str, Any] = {
        "project_answer": "yes" if said.yes else "no", "project_source": said.source, "project_answered_at": moment,
    }  # fmt: skip
    if said.yes:
        until = days.after(today, days.INTRODUCE_DAYS).isoformat()
        changes |= {"state": State.BOTH_YES.value, "answer_by": until}
    else:
        changes |= {"state": State.CLOSED.value, "answer_by": None, "reason": said.reason}
    told = {"source": said.source, "reason": said.reason}
    return move_in(tx, caller, stored, "project_yes" if said.yes else "project_no", changes, told, moment)


def introduce_in(tx: Connection, caller: Caller, stored: Introduction, today: date) -> Introduction:
    """Note that the two know each other now.

    Raises:
        Conflict: one of them has not said yes.
    """
    _check_turn(stored, State.BOTH_YES)
    moment = now()
    until = days.after(today, days.OUTCOME_DAYS).isoformat()
    changes = {"state": State.INTRODUCED.value, "introduced_at": moment, "answer_by": until}
    return move_in(tx, caller, stored, "introduced", changes, {}, moment)


def outcome_in(
    tx: Connection, caller: Caller, stored: Introduction, outcome: str, today: date, *, value_range: str | None,
    reason: str | None,
) -> Introduction:  # fmt: skip
    """Note what came of it: after a meeting or a quote it goes on, an order or nothing ends it.

    Raises:
        Conflict: they were not introduced.
        Invalid: a code is none of ours.
    """
    _check_turn(stored, State.INTRODUCED)
    if outcome not in list(Outcome):
        raise Invalid("outcome", _("Choose what came of it."))
    if outcome == Outcome.ORDER and value_range not in VALUE_RANGES:
        raise Invalid("value_range", _("Choose a range, or that they would rather not say."))
    moment = now()
    changes: dict[str, Any] = {"outcome": outcome, "outcome_at": moment, "value_range": None}
    if outcome == Outcome.ORDER:
        changes |= {"state": State.CLOSED.value, "answer_by": None, "value_range": value_range}
    elif outcome == Outcome.NOTHING:
        changes |= {"state": State.CLOSED.value, "answer_by": None, "reason": check_reason(reason)}
    else:
        changes["answer_by"] = days.after(today, days.OUTCOME_DAYS).isoformat()
    told = {"value_range": changes["value_range"], "reason": changes.get("reason")}
    return move_in(tx, caller, stored, outcome, changes, told, moment)


def close_in(tx: Connection, caller: Caller, stored: Introduction, reason: str | None) -> Introduction:
    """End it before its time; what was reached stays.

    Raises:
        Conflict: it has ended.
        Invalid: the reason has no code.
    """
    _check_turn(stored, *(state for state in State if state is not State.CLOSED))
    changes = {"state": State.CLOSED.value, "answer_by": None, "reason": check_reason(reason)}
    return move_in(tx, caller, stored, "closed", changes, {"reason": reason}, now())


def move_in(
    tx: Connection, caller: Caller, stored: Introduction, step: str, changes: dict[str, Any], told: dict[str, Any],
    moment: datetime,
) -> Introduction:  # fmt: skip
    """Change an introduction, and write the step down with what it was before."""
    before = {name: getattr(stored, name) for name in changes}
    written = repository.change(tx, stored, changes, moment)
    said = {name: value for name, value in told.items() if value is not None}
    repository.add_step(tx, stored.id, step, moment, caller.id, {"before": before, **said})
    _audit(tx, caller, step, written)
    if step in MOVES and not caller.id.startswith("contact:"):
        # Whoever notes what the firm or the project's side said has spoken with them: the call was made.
        replies_repository.keep_promises(tx, stored.firm_id, stored.project_id, by=caller.id, at=moment)
    return written


def last_move(found: list[Step]) -> Step | None:
    """The step that would be undone now; None when there is none."""
    return next((one for one in reversed(found) if one.step in MOVES), None)


def undo_in(tx: Connection, caller: Caller, stored: Introduction, step: Step) -> Introduction | None:
    """Take the last move back; None when that was the first, and nothing is left."""
    repository.remove_step(tx, step.id)
    before = dict(step.details.get("before", {}))
    if not before:
        repository.remove(tx, stored.id)
        _audit(tx, caller, "undone", stored)
        return None
    for name in _MOMENTS:
        if before.get(name):
            before[name] = datetime.fromisoformat(before[name])
    moment = now()
    written = repository.change(tx, stored, before, moment)
    repository.add_step(tx, stored.id, "undone", moment, caller.id, {"step": step.step})
    _audit(tx, caller, "undone", written)
    return written


def take_back_in(tx: Connection, caller: Caller, between: Between, call_id: str) -> None:
    """Undo what was noted on a call, because its answer is being corrected.

    Raises:
        Conflict: the introduction has gone on since.
    """
    stored = repository.find_for(tx, *_key(between))
    while stored is not None:
        found = repository.steps_of(tx, stored.id)
        if not any(step.details.get("call") == call_id and step.step in MOVES for step in found):
            return
        step = last_move(found)
        if step is None or step.details.get("call") != call_id:
            raise Conflict(_("The introduction has gone on since this answer: change it there."))
        stored = undo_in(tx, caller, stored, step)


def is_apart(tx: Connection, between: Between) -> bool:
    """Whether staff noted that two should not be put together."""
    return any(one.firm_id == between.firm_id for one in matches_repository.apart_of(tx, between.project_id))


def _begin(tx: Connection, between: Between) -> Introduction | None:
    """What there is between two, both of which are there and may be brought together."""
    has_project, has_firm = repository.lock_both(tx, between.project_id, between.firm_id)
    if not has_project or not has_firm:
        raise NotFound(_("The firm or the project is not there any more."))
    if is_apart(tx, between):
        raise Conflict(_("Somebody noted that these two should not be put together."))
    return repository.find_for(tx, *_key(between))


def _proposed(
    tx: Connection, caller: Caller, between: Between, stored: Introduction | None, answer_by: str | None,
    call: dict[str, str] | None,
) -> Introduction:  # fmt: skip
    moment = now()
    if stored is not None:  # a new beginning after a no
        changes: dict[str, Any] = {
            "state": State.PROPOSED.value, "firm_answer": None, "firm_source": "", "firm_answered_at": None,
            "project_answer": None, "project_source": "", "project_answered_at": None, "reason": None,
            "answer_by": answer_by,
        }  # fmt: skip
        return move_in(tx, caller, stored, "proposed", changes, dict(call or {}), moment)
    made = Introduction(
        id=str(uuid.uuid4()), project_id=between.project_id, firm_id=between.firm_id, role=between.role,
        state=State.PROPOSED.value, owner_id=owner_of(caller), firm_answer=None, firm_source="",
        firm_answered_at=None, project_answer=None, project_source="", project_answered_at=None, may_be_named=False,
        introduced_at=None, outcome=None, outcome_at=None, value_range=None, reason=None, note="",
        answer_by=answer_by, version=1, created_by=caller.id, created_at=moment, updated_at=moment,
    )  # fmt: skip
    repository.add(tx, made)
    repository.add_step(tx, made.id, "proposed", moment, caller.id, dict(call or {}))
    _audit(tx, caller, "proposed", made)
    return made


def _name(tx: Connection, caller: Caller, stored: Introduction, may_be_named: bool | None) -> Introduction:
    if may_be_named is None or may_be_named == stored.may_be_named:
        return stored
    step = "may_be_named" if may_be_named else "not_named"
    return move_in(tx, caller, stored, step, {"may_be_named": may_be_named}, {}, now())


def name_in(tx: Connection, caller: Caller, stored: Introduction, may_be_named: bool) -> Introduction:
    """Note whether the firm may be named to outsiders of this project."""
    if may_be_named and stored.firm_answer != "yes":
        raise Conflict(_("The firm has not said yes: it cannot be named."))
    return _name(tx, caller, stored, may_be_named)


def _check_turn(stored: Introduction, *turn: State) -> None:
    if stored.state not in turn:
        raise Conflict(_("This introduction has moved on meanwhile: look at where it stands now."))


def _key(between: Between) -> tuple[str, str, str]:
    return between.project_id, between.firm_id, between.role


def _audit(tx: Connection, caller: Caller, step: str, written: Introduction) -> None:
    details = {"project": written.project_id, "firm": written.firm_id}
    audit.record(
        tx, caller, f"introduction.{step}", "introduction", written.id, version=written.version, details=details
    )
