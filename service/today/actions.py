"""What waits for one member of staff today, and how much of everything there is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from service.calls import actions as calls
from service.clock import now
from service.context import Services
from service.firms import repository as firms_repository
from service.imports import views as imports
from service.introductions import actions as introductions
from service.introductions import days
from service.introductions.tasks import Task, oldest_first
from service.opportunities import runs as lists
from service.opportunities.repository import Run
from service.own_page import actions as own_page
from service.projects import listing
from service.replies import tasks as replies
from service.security import Caller
from service.words import _, ngettext

# More than a few tasks at once are none: the others come up when these are done.
MOST_TASKS = 5


@dataclass(frozen=True, slots=True)
class Today:
    """One person's day.

    Attributes:
        tasks: the oldest promise first.
        n_late: of all tasks, those promised for a day that is over.
        n_more: tasks beyond those.
        last_file: when a list of firms was last read; None when never.
    """

    tasks: tuple[Task, ...]
    n_late: int
    n_more: int
    n_firms: int
    n_projects: int
    n_open: int
    last_file: datetime | None


def today_for(services: Services, caller: Caller, *, may_write: bool) -> Today:
    """What waits for somebody; who may not write has no tasks.

    Args:
        services: the parts of this process.
        caller: who looks.
        may_write: whether they could do anything about it.
    """
    day = days.today_of(services)
    with services.database.read() as tx:
        n_firms = firms_repository.count(tx)
    found = listing.search(services, listing.Query())
    tasks: list[Task] = []
    if may_write:
        tasks += replies.promised_calls(services, caller, day)
        tasks += [*calls.open_calls(services, caller), *introductions.waiting(services, caller, day)]
    tasks += own_page.waiting(services, caller) if may_write else []
    if may_write and (waiting := lists.waiting_run(services)):
        tasks.append(_lists(*waiting))
    if may_write and found.counts["check"]:
        tasks.append(_check(found.counts["check"]))
    # A promise to call that was broken tops everything: somebody outside waits.
    tasks = sorted(oldest_first(tasks), key=lambda task: not (task.kind == "promise" and (task.due or day) < day))
    files = imports.past_imports(services.database, limit=1)
    return Today(
        tasks=tuple(tasks[:MOST_TASKS]),
        n_late=sum(task.due is not None and task.due < day for task in tasks),
        n_more=max(0, len(tasks) - MOST_TASKS),
        n_firms=n_firms,
        n_projects=found.counts["all"],
        n_open=found.counts["open"],
        last_file=files[0].job.created_at if files else None,
    )


def _lists(run: Run, n_lists: int) -> Task:
    """Lists that were made and wait for somebody to let them go."""
    lead = ngettext("%(num)s list to a firm waits", "%(num)s lists to firms wait", n_lists)
    return Task(
        "lists",
        lead,
        _("for somebody to look and let them go."),
        _("Look at them"),
        f"/lists/{run.id}",
        None,
        run.created_at,
    )


def _check(n_projects: int) -> Task:
    """Projects that count as open again once somebody has looked at them."""
    lead = ngettext("%(num)s project was long not looked at", "%(num)s projects were long not looked at", n_projects)
    rest = ngettext(
        "and so does not count as open. Is it still right?", "and so do not count as open. Are they still right?",
        n_projects,
    )  # fmt: skip
    return Task("check", lead, rest, _("Look at them"), "/projects?view=check", None, now())
