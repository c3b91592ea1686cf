"""Calls that wait for staff, as Today shows them."""

from __future__ import annotations

from datetime import date

from service.calls import repository
from service.calls.repository import Call, CallList, ListCounts
from service.context import Services
from service.firms import repository as firms_repository
from service.introductions import days
from service.introductions.tasks import Task, oldest_first, owners_for
from service.projects import repository as projects_repository
from service.security import Caller
from service.words import _, ngettext

MOST_LISTS = 50


def open_calls(services: Services, caller: Caller) -> list[Task]:
    """Calls that somebody promised for today or before, then lists with firms that nobody has called yet."""
    owners = {f"user:{owner}" for owner in owners_for(services, caller)} | {caller.id}
    today = days.today_of(services)
    with services.database.read() as tx:
        backs = repository.call_backs(tx, today.isoformat(), owners)
        lists = repository.counted(tx, is_open=True, limit=MOST_LISTS, owners=owners)
        firms = firms_repository.find_many(tx, {call.firm_id for call, _made in backs})
        wanted = {made.project_id for _call, made in backs} | {one.made.project_id for one in lists}
        projects = projects_repository.find_many(tx, wanted)
    titles = {key: stored.record.title for key, stored in projects.items()}
    names = {key: stored.record.name for key, stored in firms.items()}
    tasks = [_back(call, made, names, titles) for call, made in backs]
    tasks += [_list(one, titles) for one in lists if one.n_open]
    return oldest_first(tasks)


def _back(call: Call, made: CallList, names: dict[str, str], titles: dict[str, str]) -> Task:
    firm, title = names.get(call.firm_id, call.firm_id), titles.get(made.project_id, made.project_id)
    rest = _("You promised to call back about “%(title)s”.", title=title)
    due = date.fromisoformat(call.call_back_on) if call.call_back_on else None
    url = f"/call-lists/{made.id}#call-{call.id}"
    return Task("call_back", firm, rest, _("Open the call"), url, due, call.done_at or made.created_at)


def _list(one: ListCounts, titles: dict[str, str]) -> Task:
    lead = ngettext("%(num)s call to make", "%(num)s calls to make", one.n_open)
    title = titles.get(one.made.project_id, one.made.project_id)
    rest = _("for “%(title)s”.", title=title)
    return Task("call_list", lead, rest, _("Open the list"), f"/call-lists/{one.made.id}", None, one.made.created_at)
