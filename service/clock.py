"""The present moment, in one place, so that a year of lists can be lived through in a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

_source: Callable[[], datetime] | None = None


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC) if _source is None else _source()


def today() -> date:
    """Today's date in UTC."""
    return now().date()


@contextmanager
def use_clock(source: Callable[[], datetime]) -> Iterator[None]:
    """Take the time of this process from somewhere else.

    Args:
        source: answers the moment, in UTC.
    """
    global _source
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before
