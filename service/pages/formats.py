"""Dates, numbers and money as the reader writes them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import dates, numbers

from service import words


def format_date(value: date | datetime | str | None, form: str = "long", *, zone: ZoneInfo) -> str:
    """A day; of a moment, the day in the chamber's time zone. ISO text of month or year precision stays so.

    Args:
        value: None is the empty text.
        form: babel's ``short``, ``medium``, ``long``, or a pattern.
        zone: the chamber's.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        if len(value) == 4:
            return value
        if len(value) == 7:
            return dates.format_date(date.fromisoformat(f"{value}-01"), "MMMM y", locale=words.locale())
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    if isinstance(value, datetime):
        value = value.astimezone(zone).date()
    return dates.format_date(value, form, locale=words.locale())


def format_moment(value: datetime | None, *, zone: ZoneInfo) -> str:
    """Day and time in the chamber's time zone."""
    return "" if value is None else dates.format_datetime(value, "medium", tzinfo=zone, locale=words.locale())


def format_number(value: int | float | Decimal) -> str:
    """A number with its separators."""
    return numbers.format_decimal(value, locale=words.locale())


def format_money(value: int | float | Decimal, currency: str = "CAD") -> str:
    """An amount without cents where it has none."""
    whole = value == int(value)
    pattern = {"en": "¤#,##0", "fr": "#,##0 ¤"}[words.language()] if whole else None
    return numbers.format_currency(value, currency, pattern, locale=words.locale(), currency_digits=not whole)


def format_day_month(value: date) -> str:
    """A day of this year, short: 12 Dec."""
    return dates.format_date(value, "d MMM", locale=words.locale()).rstrip(".")
