"""Which opportunities a contact is told of, and when. Pure: no SQL, no clock, no words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from matcher import Project

CLOSING_DAYS = 14
# Two lists without an answer: one question, then a list a quarter at most.
MOST_UNANSWERED = 2
PATIENCE_DAYS = 6
QUARTER_DAYS = 90


class News(StrEnum):
    """Why an opportunity is on a list."""

    NEW = "new"
    CHANGED = "changed"
    CLOSING = "closing"


class Rhythm(StrEnum):
    """How often somebody wants lists."""

    WEEKLY = "weekly"
    DAILY = "daily"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    AT_CLOSING = "at_closing"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Chance:
    """An opportunity that reaches *Maybe* at least.

    Attributes:
        fingerprint: of what would be news if it changed.
    """

    project_id: str
    role: str
    score: float
    band: str
    fingerprint: str
    closes: date | None


@dataclass(frozen=True, slots=True)
class Before:
    """What somebody was told of one project and role before.

    Attributes:
        news: every reason that it was told for.
        is_answered: whether they said yes or no, or it went further.
    """

    fingerprint: str
    news: frozenset[str]
    is_answered: bool


@dataclass(frozen=True, slots=True)
class Picked:
    """One line of a list."""

    chance: Chance
    news: News


@dataclass(frozen=True, slots=True)
class History:
    """What somebody had from us before.

    Attributes:
        last: day of their last list of any kind.
        last_list: day of their last list with opportunities.
        unanswered: lists with opportunities in a row that nobody answered, the newest first, old enough to count.
        asked: day of the last question whether our lists are of use, or None.
        since: day from which we may write, or on which we began to.
        mute_since: day of the oldest of the lists that nobody answered.
    """

    last: date | None
    last_list: date | None
    unanswered: int
    asked: date | None
    since: date
    mute_since: date | None = None


def fingerprint(project: Project, certificates: Iterable[str | None]) -> str:
    """Of what is news of a project when it changes: day, stage, scope, certificates. A word put right is none."""
    needs = sorted(f"{need.text.casefold()}|{need.quantity or ''}" for need in project.needs)
    parts = [project.closes or "", project.stage.value, *needs, *sorted(filter(None, certificates))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def certificates_of(project: Project) -> tuple[str, ...]:
    """Certificates that a project asks for."""
    return tuple(sorted({need.certificate for need in project.needs if need.certificate}))


def pick(chances: Iterable[Chance], told: Mapping[tuple[str, str], Before], today: date, most: int) -> list[Picked]:
    """The best opportunities that are news: what closes first, then the best; one role of a project.

    Args:
        chances: of one firm, released and open, nothing that it is in or has answered.
        told: by project and role.
        today: where the chamber is.
        most: lines of a list.
    """
    found: dict[str, Picked] = {}
    for chance in sorted(chances, key=lambda one: (-one.score, one.project_id, one.role)):
        news = _news(chance, told.get((chance.project_id, chance.role)), today)
        if news is not None and chance.project_id not in found:
            found[chance.project_id] = Picked(chance, news)
    order = sorted(
        found.values(), key=lambda one: (one.news is not News.CLOSING, -one.chance.score, one.chance.project_id)
    )
    return order[:most]


def _news(chance: Chance, before: Before | None, today: date) -> News | None:
    if before is None:
        return News.NEW
    if before.is_answered:
        return None
    if before.fingerprint != chance.fingerprint:
        return News.CHANGED
    is_closing = chance.closes is not None and today <= chance.closes <= today + timedelta(days=CLOSING_DAYS)
    return News.CLOSING if is_closing and News.CLOSING.value not in before.news else None


def closes_soon(picked: Sequence[Picked], today: date) -> bool:
    """Whether a line's project closes within fourteen days."""
    soon = today + timedelta(days=CLOSING_DAYS)
    return any(one.chance.closes is not None and one.chance.closes <= soon for one in picked)


def is_due(
    rhythm: Rhythm, paused_until: date | None, quiet_days: frozenset[int], history: History, today: date, *,
    closing: bool,
) -> bool:  # fmt: skip
    """Whether somebody may have a list today.

    Args:
        rhythm: what they chose.
        paused_until: of a pause; one that is over is weekly again.
        quiet_days: weekdays without mail, Monday 0.
        history: what they had before.
        today: where the chamber is.
        closing: whether the list has something that closes within fourteen days.
    """
    if today.weekday() in quiet_days:
        return False
    if rhythm is Rhythm.PAUSED:
        if paused_until is None or today < paused_until:
            return False
        rhythm = Rhythm.WEEKLY
    if rhythm is Rhythm.AT_CLOSING:
        return closing and _days_since(history.last, today) >= 1
    if history.unanswered >= MOST_UNANSWERED and not asks_whether_useful(history):
        rhythm = Rhythm.QUARTERLY
    least = {Rhythm.DAILY: 1, Rhythm.WEEKLY: 7, Rhythm.MONTHLY: 28, Rhythm.QUARTERLY: QUARTER_DAYS}[rhythm]
    if rhythm is Rhythm.WEEKLY:  # Tuesday after a Wednesday is another week
        return history.last is None or _week(history.last) != _week(today)
    return _days_since(history.last, today) >= least


def asks_whether_useful(history: History) -> bool:
    """Whether two lists stayed without an answer, and nobody was asked about it in this silence."""
    asked, since = history.asked, history.mute_since
    return history.unanswered >= MOST_UNANSWERED and (asked is None or (since is not None and asked < since))


def was_silent(history: History, today: date) -> bool:
    """Whether nothing was sent for a quarter."""
    return _days_since(history.last or history.since, today) >= QUARTER_DAYS


def period_of(rhythm: Rhythm, today: date) -> str:
    """The period that a list belongs to: an ISO week, or a day where lists may come every day."""
    return today.isoformat() if rhythm in (Rhythm.DAILY, Rhythm.AT_CLOSING) else week_of(today)


def week_of(day: date) -> str:
    """The ISO week of a day, such as 2026-W49."""
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02}"


def is_day(period: str) -> bool:
    """Whether a period is one day."""
    return "W" not in period


def _week(day: date) -> tuple[int, int]:
    return day.isocalendar()[:2]


def _days_since(day: date | None, today: date) -> int:
    return 10**6 if day is None else (today - day).days
