"""Whether a project is open."""

from __future__ import annotations

from datetime import date

from matcher.types import Project, Stage

OPEN_STAGES = frozenset({Stage.CALL, Stage.SEEKING, Stage.ANNOUNCED, Stage.RUNNING})
CHECKED_DAYS = 90


def is_open(project: Project, today: date) -> bool:
    """Open = call, seeking, announced or running, not past its closing date, checked within 90 days."""
    if project.stage not in OPEN_STAGES or project.checked is None:
        return False
    if (today - _last_day(project.checked)).days > CHECKED_DAYS:
        return False
    return project.closes is None or _last_day(project.closes) >= today


def _last_day(text: str) -> date:
    """The last day that a date of year, month or day precision can mean."""
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 3:
        return date(*parts)
    year, month = parts[0], parts[1] if len(parts) == 2 else 12
    following = date(year + month // 12, month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)
