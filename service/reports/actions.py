"""The numbers of a report, each with the rows that it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from zoneinfo import ZoneInfo

from service.context import Services
from service.errors import NotFound
from service.introductions import days
from service.reports import repository
from service.reports.period import Period
from service.reports.repository import Event, FirmFacts
from service.words import _

# People up to which a firm is small.
SMALL = 50
MOST_SHOWN = 10
# What counts for each number of the page, by the names of steps and calls.
STAGES: dict[str, frozenset[str]] = {
    "told": frozenset({"proposed", "call_reached", "call_yes", "call_no"}),
    "answered": frozenset({"firm_yes", "firm_no", "call_yes", "call_no"}),
    "interested": frozenset({"firm_yes", "call_yes"}),
    "introduced": frozenset({"introduced"}),
    "met": frozenset({"meeting"}),
    "quoted": frozenset({"quote"}),
    "won": frozenset({"order"}),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that a number counts.

    Attributes:
        at: when it was; of a promise, the day promised.
        about: what is particular about it, such as days or a count; empty for nothing.
    """

    at: datetime | date | None
    firm: str
    firm_id: str
    project: str
    project_id: str
    role: str
    url: str
    about: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """How evenly firms stood on lists.

    Attributes:
        often: firm, on how many projects' lists, how many times; the most often shown first.
        n_firms: that stood on a list at all.
        n_projects: projects of one firm on average.
    """

    often: tuple[tuple[str, str, int, int], ...]
    n_firms: int
    n_projects: float


@dataclass(frozen=True, slots=True)
class Report:
    """All numbers of a period, and their rows.

    Attributes:
        rows: by name of ``STAGES``, and ``first_time``, ``small``, ``kept``, ``late``, ``days``, ``waiting``.
        n_firms: different firms that were told.
        n_members: of these, members.
        reasons: why the answer was no, or nothing came of it: code and count, the most frequent first.
        values: orders by range of value.
        median_days: from a brief to the first firm told; None when nobody was told of any.
    """

    period: Period
    rows: Mapping[str, tuple[Row, ...]]
    n_firms: int
    n_members: int
    reasons: tuple[tuple[str, int], ...]
    values: tuple[tuple[str, int], ...]
    median_days: float | None
    shown: Shown

    def count(self, name: str) -> int:
        """How many rows a number has."""
        return len(self.rows[name])

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened in the period."""
        return not any(self.rows.values())


def make_report(services: Services, period: Period) -> Report:
    """Count a period."""
    return _Maker(services, period).report()


def rows_of(services: Services, period: Period, name: str) -> tuple[Row, ...]:
    """The rows behind one number.

    Raises:
        NotFound: there is no such number.
    """
    report = make_report(services, period)
    if name not in report.rows:
        raise NotFound(_("There is no such number in the report."))
    return report.rows[name]


class _Maker:
    """One report being made."""

    def __init__(self, services: Services, period: Period) -> None:
        self.period, self.today = period, days.today_of(services)
        self.zone = ZoneInfo(services.settings.timezone)
        span = period.span(self.zone)
        last = min(self.today, period.last) if period.last else self.today
        with services.database.read() as tx:
            self.events = repository.events(tx, span)
            self.first_told = repository.first_told(tx, by_project=False)
            self.told_about = repository.first_told(tx, by_project=True)
            self.briefs = repository.briefs_in(tx, span)
            # A day that is over, not today.
            before = min(self.today, _after(last))
            self.overdue = repository.overdue(tx, (period.first or date.min).isoformat(), before.isoformat())
            self.shown = repository.times_shown(tx, span)
            named = {event.firm_id for event in self.events} | {row[2] for row in self.overdue}
            named |= {key for key, _n, _m in self.shown[:MOST_SHOWN]}
            self.facts = repository.facts(tx, named)
            about = {event.project_id for event in self.events} | {key for key, _at in self.briefs}
            self.titles = repository.titles(tx, about | {row[1] for row in self.overdue})

    def report(self) -> Report:
        """The report."""
        rows = {name: tuple(self.row(event) for event in self.once(steps)) for name, steps in STAGES.items()}
        told = self.firms_once(rows["told"])
        kept, late = self.promises()
        dated, waiting = self.brief_days()
        rows |= {
            "first_time": tuple(row for row in told if self.is_first(row.firm_id)),
            "small": tuple(row for row in told if (self.fact(row.firm_id).people or SMALL) < SMALL),
            "kept": tuple(kept), "late": tuple(late), "days": tuple(dated), "waiting": tuple(waiting),
        }  # fmt: skip
        return Report(
            period=self.period, rows=rows, n_firms=len(told),
            n_members=sum(bool(self.fact(row.firm_id).member) for row in told),
            reasons=self.counted("reason", {"firm_no", "project_no", "closed", "nothing", "call_no"}),
            values=self.counted("value_range", STAGES["won"]),
            median_days=median([row.about or 0 for row in dated]) if dated else None, shown=self.shown_often(),
        )  # fmt: skip

    def once(self, steps: frozenset[str]) -> Iterable[Event]:
        """The first event of these for each firm, project and role: what a call and its step both say counts once."""
        found: dict[tuple[str, str, str], Event] = {}
        for event in self.events:
            if event.step not in steps:
                continue
            key = (event.project_id, event.firm_id, event.role)
            kept = found.get(key)
            # The introduction says more than the call that began it.
            if kept is None or (kept.step.startswith("call_") and not event.step.startswith("call_")):
                found[key] = event
        return found.values()

    def row(self, event: Event, at: date | None = None, about: int | None = None) -> Row:
        """An event as a row."""
        title = self.titles.get(event.project_id, event.project_id)
        return Row(
            at or event.at, self.fact(event.firm_id).name, event.firm_id, title, event.project_id, event.role,
            event.url, about,
        )  # fmt: skip

    def fact(self, firm_id: str) -> FirmFacts:
        """What is known of a firm; its id where it is gone."""
        return self.facts.get(firm_id) or FirmFacts(firm_id, None, None, None)

    def firms_once(self, rows: Sequence[Row]) -> list[Row]:
        """The first row of each firm."""
        found: dict[str, Row] = {}
        for row in rows:
            found.setdefault(row.firm_id, row)
        return list(found.values())

    def is_first(self, firm_id: str) -> bool:
        """Whether a firm was never told of any project before, and staff know of nothing else."""
        span, said = self.period.span(self.zone), self.fact(firm_id).first_time
        if said is not None:
            return said
        first = self.first_told.get(firm_id)
        return first is not None and (span.since is None or first >= span.since)

    def promises(self) -> tuple[list[Row], list[Row]]:
        """Days that were promised and kept, and those that were not, the newest first."""
        kept, late = [], []
        for event in self.events:
            promised = (event.details.get("before") or {}).get("answer_by")
            if not promised:
                continue
            day, done = date.fromisoformat(promised), event.at.astimezone(self.zone).date()
            if done > day:
                late.append(self.row(event, day, (done - day).days))
            elif event.step != "postponed":
                kept.append(self.row(event, day))
        for iso, project_id, firm_id, url in self.overdue:
            day = date.fromisoformat(iso)
            name, title = self.fact(firm_id).name, self.titles.get(project_id, project_id)
            late.append(Row(day, name, firm_id, title, project_id, "", url, (self.today - day).days))
        return kept, late

    def brief_days(self) -> tuple[list[Row], list[Row]]:
        """Projects with the days from brief to first firm told, and those of which nobody was told yet."""
        dated: list[Row] = []
        waiting: list[Row] = []
        for key, read_at in self.briefs:
            first = self.told_about.get(key)
            read = read_at.astimezone(self.zone).date()
            until = first.astimezone(self.zone).date() if first else self.today
            row = Row(read_at, "", "", self.titles.get(key, key), key, "", "", max(0, (until - read).days))
            (dated if first else waiting).append(row)
        return dated, waiting

    def counted(self, detail: str, steps: Iterable[str]) -> tuple[tuple[str, int], ...]:
        """How often each code stands in the details of some steps."""
        wanted, told = frozenset(steps), set()
        for event in self.events:
            if event.step in wanted and event.details.get(detail):
                told.add((event.details[detail], event.project_id, event.firm_id, event.role))
        codes = Counter(code for code, *_rest in told)
        return tuple(sorted(codes.items(), key=lambda found: (-found[1], found[0])))

    def shown_often(self) -> Shown:
        """Who stood on lists most often."""
        often = tuple((self.fact(key).name, key, n, times) for key, n, times in self.shown[:MOST_SHOWN])
        n_firms = len(self.shown)
        return Shown(often, n_firms, sum(n for _key, n, _times in self.shown) / n_firms if n_firms else 0.0)


def _after(day: date) -> date:
    return date.fromordinal(min(day.toordinal() + 1, date.max.toordinal()))
