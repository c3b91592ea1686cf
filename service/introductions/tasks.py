"""What waits for staff, as Today shows it: one line, one day, one button each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from service.accounts import staff
from service.context import Services
from service.introductions import repository, steps
from service.introductions.names import Names, due_of, names_of
from service.introductions.repository import Introduction, Wanted
from service.introductions.words import State
from service.security import Caller
from service.words import _


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do.

    Attributes:
        kind: ``call_back``, ``call_list``, ``ask_firm``, ``ask_project``, ``introduce`` or ``outcome``.
        lead: whom or what it is about, to be set in bold.
        rest: what goes on after it.
        button: words of its one button, which leads to ``url``.
        due: the day it was promised for; None when nothing was promised.
        since: when it came up.
    """

    kind: str
    lead: str
    rest: str
    button: str
    url: str
    due: date | None
    since: datetime


def oldest_first(tasks: Iterable[Task]) -> list[Task]:
    """Tasks with the oldest promise first, those without one after them in the order in which they came up."""
    return sorted(tasks, key=lambda task: (task.due or date.max, task.since))


def owners_for(services: Services, caller: Caller) -> set[str]:
    """Whose tasks somebody has: their own, and those of people who can no longer sign in."""
    gone = {user.id for user in staff.list_users(services.database) if user.disabled_at is not None}
    return gone | {steps.owner_of(caller)}


def waiting(services: Services, caller: Caller, today: date) -> list[Task]:
    """Introductions that wait for this person: a side to ask, two to bring together, an answer that is late."""
    running = tuple(state.value for state in State if state is not State.CLOSED)
    owners = sorted(owners_for(services, caller))
    with services.database.read() as tx:
        found = [one for owner in owners for one in repository.list_some(tx, Wanted(running, owner))]
    due = [one for one in found if _is_ours(one, today)]
    names = names_of(services, due)
    return oldest_first(_task(one, names) for one in due)


def _is_ours(one: Introduction, today: date) -> bool:
    """Whether the next move is ours: others have until the day that was set."""
    day = due_of(one)
    if one.state in (State.PROPOSED, State.INTRODUCED):
        return day is not None and day <= today
    return True


def _task(one: Introduction, names: Names) -> Task:
    firm, title = names.firm(one.firm_id), names.project(one.project_id)
    said: dict[str, tuple[str, str, str, str]] = {
        State.PROPOSED: (
            "ask_firm", firm, _("has not answered about “%(title)s” yet. Ask again.", title=title),
            _("See what was asked"),
        ),
        State.FIRM_YES: (
            "ask_project", _("%(firm)s said yes", firm=firm),
            _("to “%(title)s”. Ask the project’s side.", title=title), _("Ask the project’s side"),
        ),
        State.BOTH_YES: (
            "introduce", _("%(firm)s and “%(title)s” both said yes.", firm=firm, title=title),
            _("Introduce them."), _("Introduce them"),
        ),
        State.INTRODUCED: (
            "outcome", firm, _("was introduced to “%(title)s”. What came of it?", title=title),
            _("Say what came of it"),
        ),
    }  # fmt: skip
    kind, lead, rest, button = said[State(one.state)]
    return Task(kind, lead, rest, button, f"/introductions/{one.id}", due_of(one), one.updated_at)
