"""Days on which somebody can be expected to answer: no weekends, and no holidays of Ontario."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from service.clock import now
from service.context import Services
from service.errors import Invalid
from service.words import _, language

if TYPE_CHECKING:
    from holidays import HolidayBase

# How long each side gets, in working days, before staff are reminded.
FIRM_DAYS = 5
PROJECT_DAYS = 5
INTRODUCE_DAYS = 2
OUTCOME_DAYS = 15
# Nobody is promised anything for later than this.
LATEST_DAYS = 370
_SATURDAY = 5


def today_of(services: Services) -> date:
    """Today where the chamber is."""
    return now().astimezone(ZoneInfo(services.settings.timezone)).date()


def is_working(day: date) -> bool:
    """Whether people are at work."""
    return day.weekday() < _SATURDAY and day not in _holidays("en_CA")


def working_day(day: date) -> date:
    """This day, or the next one on which people are at work."""
    while not is_working(day):
        day += timedelta(days=1)
    return day


def after(day: date, n_days: int) -> date:
    """The day ``n_days`` working days later."""
    for _turn in range(n_days):
        day = working_day(day + timedelta(days=1))
    return day


def closed_because(day: date) -> str:
    """Why nobody is at work on a day, in words; empty when they are."""
    name = _holidays("fr" if language() == "fr" else "en_CA").get(day)
    if name:
        return str(name)
    return "" if is_working(day) else _("the weekend")


def read_day(given: str, today: date, *, where: str) -> date:
    """A day that somebody promised or asked for, moved to the next working day.

    Args:
        given: an ISO date, as the browser's own field for dates sends it.
        today: where the chamber is.
        where: the field, for what is wrong with it.

    Raises:
        Invalid: it is no day, or not one to come.
    """
    try:
        day = date.fromisoformat(given.strip())
    except ValueError:
        raise Invalid(where, _("Write the day as year-month-day, such as %(day)s.", day=today.isoformat())) from None
    if day < today:
        raise Invalid(where, _("This day is over: choose today or a later one."))
    if day > today + timedelta(days=LATEST_DAYS):
        raise Invalid(where, _("This is more than a year away: choose an earlier day."))
    return working_day(day)


@cache
def _holidays(named_in: str) -> HolidayBase:
    # Read when first needed: a command that asks for no day does not wait for it.
    from holidays import country_holidays

    # The civic holiday in August is optional by law, and chambers are closed.
    return country_holidays("CA", subdiv="ON", categories=("public", "optional"), language=named_in)
