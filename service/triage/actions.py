"""Sorting firms, finding whom to call to learn most, and taking down what they say."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matcher import (
    Band,
    Firm,
    Lessons,
    Matcher,
    Opportunity,
    Project,
    Stage,
    is_little_known,
    is_open,
    what_would_teach,
)
from service.clock import today
from service.context import Services
from service.db import Database
from service.errors import Invalid
from service.firms import actions as firm_actions
from service.firms import notes
from service.firms import repository as firms_repository
from service.projects import repository as projects_repository
from service.records import Stored
from service.security import Caller
from service.triage import repository
from service.triage.rules import Sorted, sort_firm
from service.words import _

HOWS = ("phone", "mail", "in_person")
MOST_LESSONS = 10
_KEPT = 4
_lessons: OrderedDict[tuple[object, ...], Lessons] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """How much we know of the firms that could fit, and whom to call.

    Attributes:
        n_could: firms that could fit.
        n_known: those of them of which we know enough.
        n_unsorted: firms that nobody has sorted.
        lessons: whom to call, the most useful first.
        firms: those firms by id.
        projects: the projects that the lessons speak of, by id.
    """

    n_could: int
    n_known: int
    n_unsorted: int
    lessons: Lessons
    firms: dict[str, Firm]
    projects: dict[str, Project]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a firm stands in the lists of open projects.

    Attributes:
        too_little: whether we know too little of it to say.
        worth: ids of projects that it is worth a call for.
        maybe: ids of projects that it may fit.
    """

    too_little: bool
    worth: frozenset[str]
    maybe: frozenset[str]


def sorting_counts(database: Database) -> dict[str, int]:
    """How many firms stand in each group."""
    with database.read() as tx:
        return repository.counts(tx)


def sort_rest(database: Database, caller: Caller) -> int:
    """Sort by our rules all firms that nobody has sorted; answers how many there were."""
    with database.read() as tx:
        stored = firms_repository.find_many(tx, repository.not_sorted(tx))
    by_fit: dict[str, list[str]] = {}
    for key, held in stored.items():
        by_fit.setdefault(sort_firm(held.record).fit, []).append(key)
    return sum(notes.set_fit(database, caller, ids, fit) for fit, ids in by_fit.items())


def reason_of(firm: Firm) -> Sorted:
    """Where our rules would put a firm, and why."""
    return sort_firm(firm)


def knowledge(services: Services) -> Knowledge:
    """Whom to call to learn most.

    Raises:
        IndexNotReady: the index is still being opened.
    """
    day = today()
    with services.database.read() as tx:
        could = repository.ids_that_could(tx)
        n_unsorted = repository.counts(tx)["none"]
        stored = projects_repository.all_possibly_open(tx, day)
    matcher = services.follower.fresh()
    enough = notes.enough_is_known(services)
    little = [key for key in could if is_little_known(matcher, key)]
    lessons = _taught(matcher, little, stored)
    with services.database.read() as tx:
        firms = firms_repository.find_many(tx, [one.firm_id for one in lessons.lessons])
    named = {key for one in lessons.lessons for key in one.project_ids}
    return Knowledge(
        n_could=len(could), n_known=sum(map(enough, could)), n_unsorted=n_unsorted, lessons=lessons,
        firms={key: held.record for key, held in firms.items()},
        projects={held.id: held.record for held in stored if held.id in named},
    )  # fmt: skip


def _taught(matcher: Matcher, little: Sequence[str], stored: Sequence[Stored[Project]]) -> Lessons:
    """The lessons; worked out once for a state of firms and projects, since it takes a second or two."""
    day = today()
    marks = tuple((held.id, held.version) for held in stored)
    key = (id(matcher), matcher.view.change, matcher.view.n_waiting, tuple(little), marks, day)
    if key not in _lessons:
        projects = [held.record for held in stored]
        _lessons[key] = what_would_teach(matcher, little, projects, today=day, limit=MOST_LESSONS)
        while len(_lessons) > _KEPT:
            _lessons.popitem(last=False)
    return _lessons[key]


def standing(services: Services, firm_id: str) -> tuple[Standing, list[Opportunity]]:
    """Where a firm stands now, and in which open projects; partners only where a team is still being formed.

    Raises:
        UnknownRecord: no such firm.
    """
    day = today()
    with services.database.read() as tx:
        stored = projects_repository.all_possibly_open(tx, day)
    projects = [held.record for held in stored if is_open(held.record, day)]
    matcher = services.follower.fresh()
    found = [
        one
        for one in matcher.opportunities(firm_id, projects, today=day, limit=100, explain=False)
        if one.role != "partner" or one.stage in (Stage.CALL, Stage.SEEKING)
    ]
    worth = frozenset(one.project_id for one in found if one.match.band is Band.WORTH_A_CALL)
    maybe = frozenset(one.project_id for one in found) - worth
    return Standing(is_little_known(matcher, firm_id), worth, maybe), found


def take_down(
    services: Services, caller: Caller, firm_id: str, rows: Sequence[dict[str, Any]], *, employees: int | None,
    how: str, expected: int | None,
) -> tuple[int, Standing, Standing]:  # fmt: skip
    """Store what a firm said, confirmed as of today.

    Args:
        services: the parts of this process.
        caller: who spoke with it.
        firm_id: of the firm.
        rows: what it said: ``kind`` and ``text`` of each thing.
        employees: how many people work there, if it said so.
        how: ``phone``, ``mail`` or ``in_person``.
        expected: version of the firm that the page showed.

    Returns:
        How many things are new, and where the firm stood before and stands now.

    Raises:
        Invalid: nothing was said, or not how.
        NotFound, Stale, RowError: as for other writes.
    """
    if how not in HOWS:
        raise Invalid("how", _("Choose one of these."))
    if not rows:
        raise Invalid("said", _("Tick at least one thing that they said."))
    stored = firm_actions.get_firm(services, firm_id)
    before, _found = standing(services, firm_id)
    if employees is not None and employees != stored.record.employees:
        stored = firm_actions.patch_firm(services, caller, firm_id, {"employees": employees}, expected=expected)
        expected = stored.version
    day = today().isoformat()
    said = [{**row, "source": how, "date": day, "confirmed": True} for row in rows]
    keys = {one.text.casefold(): one.id for one in stored.record.statements}
    again = [keys[row["text"].strip().casefold()] for row in said if row["text"].strip().casefold() in keys]
    new = [row for row in said if row["text"].strip().casefold() not in keys]
    n_new = 0
    if new:
        stored, n_new = firm_actions.add_statements(services, caller, firm_id, new, how=how, expected=expected)
        expected = stored.version
    if again:
        firm_actions.confirm_statements(services, caller, firm_id, again, how=how, date=day, expected=expected)
    after, _found = standing(services, firm_id)
    return n_new + len(again), before, after
