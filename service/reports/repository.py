"""SQL of reports: what happened in a span of time, and what happened first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, func, or_, select

from service.desk_tables import briefs, call_lists, calls, firm_notes, introduction_steps, introductions, shown
from service.tables import firms, projects


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened between a firm and a project.

    Attributes:
        step: name of an introduction's step; ``call_reached``, ``call_yes`` or ``call_no`` of a call.
        url: page on which it stands.
        details: of a step, as stored.
    """

    step: str
    at: datetime
    project_id: str
    firm_id: str
    role: str
    url: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment until just before another; None is open."""

    since: datetime | None
    until: datetime | None

    def of(self, column: Any) -> list[ColumnElement[bool]]:  # noqa: ANN401 - any column of moments
        """The condition that a column lies in it."""
        found = []
        if self.since is not None:
            found.append(column >= self.since)
        if self.until is not None:
            found.append(column < self.until)
        return found


def events(tx: Connection, span: Span) -> list[Event]:
    """Steps of introductions and calls about projects, the first one first."""
    steps = introduction_steps.c
    joined = introduction_steps.join(introductions, introductions.c.id == steps.introduction_id)
    one = introductions.c
    query = (
        select(steps.step, steps.at, one.project_id, one.firm_id, one.role, one.id, steps.details)
        .select_from(joined)
        .where(*span.of(steps.at))
        .order_by(steps.at, steps.id)
    )
    found = [
        Event(step, at, project_id, firm_id, role, f"/introductions/{key}", orjson.loads(details))
        for step, at, project_id, firm_id, role, key, details in tx.execute(query)
    ]
    found += _calls(tx, span)
    return sorted(found, key=lambda event: event.at)


def first_told(tx: Connection, *, by_project: bool) -> dict[str, datetime]:
    """When a firm (or: somebody about a project) was told for the first time, by id."""
    key = introductions.c.project_id if by_project else introductions.c.firm_id
    joined = introduction_steps.join(introductions, introductions.c.id == introduction_steps.c.introduction_id)
    told = select(key, func.min(introduction_steps.c.at)).select_from(joined)
    found = {
        str(one): at for one, at in tx.execute(told.where(introduction_steps.c.step == "proposed").group_by(key))
    }  # fmt: skip
    key = call_lists.c.project_id if by_project else calls.c.firm_id
    reached = select(key, func.min(calls.c.done_at)).select_from(_lists()).where(*_about_projects()).group_by(key)
    for one, at in tx.execute(reached):
        found[one] = min(at, found.get(one, at))
    return found


def briefs_in(tx: Connection, span: Span) -> list[tuple[str, datetime]]:
    """Projects whose brief came in, the first one first."""
    query = select(briefs.c.project_id, briefs.c.read_at).where(*span.of(briefs.c.read_at))
    return [(str(key), at) for key, at in tx.execute(query.order_by(briefs.c.read_at, briefs.c.project_id))]


def overdue(tx: Connection, since: str, before: str) -> list[tuple[str, str, str, str]]:
    """Promises of these days that nobody has kept yet: day, project, firm and page."""
    one = introductions.c
    query = select(one.answer_by, one.project_id, one.firm_id, one.id).where(
        one.state != "closed", one.answer_by >= since, one.answer_by < before
    )
    found = [(day, project, firm, f"/introductions/{key}") for day, project, firm, key in tx.execute(query)]
    back = (
        select(calls.c.call_back_on, call_lists.c.project_id, calls.c.firm_id, call_lists.c.id)
        .select_from(_lists())
        .where(calls.c.result == "call_back", calls.c.call_back_on >= since, calls.c.call_back_on < before,
               call_lists.c.project_id.is_not(None))
    )  # fmt: skip
    found += [(day, project, firm, f"/call-lists/{key}") for day, project, firm, key in tx.execute(back)]
    return sorted(found)


def times_shown(tx: Connection, span: Span) -> list[tuple[str, int, int]]:
    """Firms that stood on lists: id, on how many projects' lists, how many times; the most often shown first."""
    times, on = func.sum(shown.c.times), func.count(shown.c.project_id.distinct())
    query = select(shown.c.firm_id, on, times).where(*span.of(shown.c.last_at)).group_by(shown.c.firm_id)
    return [(str(key), int(n), int(m)) for key, n, m in tx.execute(query.order_by(times.desc(), shown.c.firm_id))]


def titles(tx: Connection, ids: Collection[str]) -> dict[str, str]:
    """Titles of projects, by id."""
    found: dict[str, str] = {}
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), 500):
        query = select(projects.c.id, projects.c.body).where(projects.c.id.in_(wanted[start : start + 500]))
        found.update((str(key), str(orjson.loads(body)["title"])) for key, body in tx.execute(query))
    return found


@dataclass(frozen=True, slots=True)
class FirmFacts:
    """What a report says of a firm."""

    name: str
    people: int | None
    member: bool | None
    first_time: bool | None


def facts(tx: Connection, ids: Collection[str]) -> dict[str, FirmFacts]:
    """Names and sizes of firms, by id."""
    found: dict[str, FirmFacts] = {}
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), 500):
        query = (
            select(firms.c.id, firms.c.body, firm_notes.c.first_time)
            .outerjoin(firm_notes, firm_notes.c.firm_id == firms.c.id)
            .where(firms.c.id.in_(wanted[start : start + 500]))
        )
        for key, text, first_time in tx.execute(query):
            body = orjson.loads(text)
            found[str(key)] = FirmFacts(body["name"], body.get("employees"), body.get("member"), first_time)
    return found


def _calls(tx: Connection, span: Span) -> list[Event]:
    query = (
        select(calls.c.answer, calls.c.done_at, call_lists.c.project_id, calls.c.firm_id, call_lists.c.role,
               call_lists.c.id, calls.c.id, calls.c.reason)
        .select_from(_lists())
        .where(*_about_projects(), *span.of(calls.c.done_at))
    )  # fmt: skip
    return [
        Event(f"call_{answer or 'reached'}", at, project_id, firm_id, role or "", f"/call-lists/{list_id}#call-{key}",
              {"reason": reason} if reason else {})
        for answer, at, project_id, firm_id, role, list_id, key, reason in tx.execute(query)
    ]  # fmt: skip


def _lists() -> Any:  # noqa: ANN401 - a join
    return calls.join(call_lists, call_lists.c.id == calls.c.list_id)


def _about_projects() -> list[ColumnElement[bool]]:
    # A firm was told when somebody there was reached; no answer is no telling.
    told = or_(calls.c.result == "reached", calls.c.answer.is_not(None))
    return [told, calls.c.done_at.is_not(None), call_lists.c.project_id.is_not(None)]
