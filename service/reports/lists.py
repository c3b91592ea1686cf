"""What became of lists: how many, answered how, how often they were right, how fast, and whether we called."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from zoneinfo import ZoneInfo

from service.context import Services
from service.introductions import days
from service.reports import lists_repository as repository
from service.reports.repository import Span

# A no for these says that the list was wrong; being busy, or in touch already, does not.
WRONG = frozenset({"not_our_work"})
_Z = 1.96


@dataclass(frozen=True, slots=True)
class ListNumbers:
    """Lists of a span of time.

    Attributes:
        n_sent: letters.
        n_told: opportunities on them.
        n_right: answered by a yes, or by a no that says nothing against the match.
        n_wrong: answered by "we don't do this".
        low: of the share that was right, the lower end of Wilson's 95 % interval; None without an answer.
        high: its upper end.
        hours: to an answer, in the median; None without one.
        n_kept: promised calls that were made by their day.
        n_late: made later, or not yet though the day is over.
    """

    n_sent: int
    n_told: int
    n_yes: int
    n_no: int
    n_colleague: int
    n_right: int
    n_wrong: int
    low: float | None
    high: float | None
    hours: float | None
    n_kept: int
    n_late: int


def numbers_of(services: Services, span: Span) -> ListNumbers:
    """Count a span of time."""
    zone, today = ZoneInfo(services.settings.timezone), days.today_of(services).isoformat()
    with services.database.read() as tx:
        told, promised = repository.answers(tx, span), repository.calls_promised(tx, span)
        n_sent = repository.n_sent(tx, span)
    yes = sum(answer == "yes" for _, answer, _, _ in told)
    no = [reason for _, answer, reason, _ in told if answer == "no"]
    n_wrong = sum(reason in WRONG for reason in no)
    n_right = yes + sum(reason == "in_touch" for reason in no)
    times = [(at - sent).total_seconds() / 3600 for sent, _, _, at in told if at is not None]
    kept = sum(at is not None and at.astimezone(zone).date().isoformat() <= by for by, at in promised)
    late = sum(by < today if at is None else at.astimezone(zone).date().isoformat() > by for by, at in promised)
    low, high = wilson(n_right, n_right + n_wrong)
    return ListNumbers(
        n_sent, len(told), yes, len(no), sum(answer == "colleague" for _, answer, _, _ in told), n_right, n_wrong,
        low, high, median(times) if times else None, kept, late,
    )  # fmt: skip


def wilson(n: int, of: int) -> tuple[float | None, float | None]:
    """Wilson's 95 % interval of a share; (None, None) of nothing.

    >>> [round(end, 2) for end in wilson(8, 10)]
    [0.49, 0.94]
    """
    if not of:
        return None, None
    share, spread = n / of, _Z**2 / of
    middle = share + spread / 2
    width = _Z * math.sqrt(share * (1 - share) / of + spread / of / 4)
    return max(0.0, (middle - width) / (1 + spread)), min(1.0, (middle + width) / (1 + spread))
