"""The span of days that a report is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.reports.repository import Span
from service.words import _

DEFAULT_DAYS = 365


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both counted; None is open."""

    first: date | None
    last: date | None

    def span(self, zone: ZoneInfo) -> Span:
        """The same as moments, days beginning where the chamber is."""
        since = datetime.combine(self.first, time(), zone).astimezone(UTC) if self.first else None
        until = datetime.combine(self.last + timedelta(days=1), time(), zone).astimezone(UTC) if self.last else None
        return Span(since, until)

    def query(self) -> str:
        """Its part of an address."""
        return f"?from={self.first or ''}&to={self.last or ''}"


def read_period(first: str | None, last: str | None, today: date) -> tuple[Period, dict[str, str]]:
    """A period as it was typed; the last year when nothing was.

    Returns:
        The period, and what is wrong by field.
    """
    if first is None and last is None:
        return Period(today - timedelta(days=DEFAULT_DAYS), today), {}
    days, faults = {}, {}
    for name, given in (("from", first), ("to", last)):
        text = (given or "").strip()
        try:
            days[name] = date.fromisoformat(text) if text else None
        except ValueError:
            days[name], faults[name] = None, _("This is no day: write it as in 2026-11-30.")
    begin, end = days["from"], days["to"]
    if begin and end and begin > end:
        faults["to"] = _("The period ends before it begins.")
        end = None
    # The year 9999 has no day after it.
    if end is not None and end.year >= 9999:
        end = None
    return Period(begin, end), faults
