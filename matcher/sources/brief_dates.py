"""Dates and sums of money in English and French text. What is relative or can be read two ways is not guessed."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass

from matcher.sources.brief_words import fold

_MONTH_WORDS = {
    "january": 1, "jan": 1, "janvier": 1, "janv": 1, "february": 2, "feb": 2, "fevrier": 2, "fev": 2, "fevr": 2,
    "march": 3, "mar": 3, "mars": 3, "april": 4, "apr": 4, "avril": 4, "avr": 4, "may": 5, "mai": 5, "june": 6,
    "jun": 6, "juin": 6, "july": 7, "jul": 7, "juillet": 7, "juil": 7, "august": 8, "aug": 8, "aout": 8,
    "september": 9, "sept": 9, "sep": 9, "septembre": 9, "october": 10, "oct": 10, "octobre": 10, "november": 11,
    "nov": 11, "novembre": 11, "december": 12, "dec": 12, "decembre": 12,
}  # fmt: skip
_MONTH = r"(?P<month>" + "|".join(sorted(_MONTH_WORDS, key=len, reverse=True)) + r")\.?"
_YEAR = r"(?P<year>(?:19|20)\d{2})"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th|er|e)?"
_FORMS = [
    ("ymd", re.compile(r"(?<!\d)(?P<year>20\d{2}|19\d{2})[-/.](?P<m>[01]?\d)[-/.](?P<day>[0-3]?\d)(?!\d)")),
    ("mdy", re.compile(rf"\b{_MONTH}\s+{_DAY}\s*,?\s+{_YEAR}\b")),
    ("dmy", re.compile(rf"\b{_DAY}(?:\s+of|\s+day of)?[\s-]+{_MONTH}[\s,-]+{_YEAR}\b")),
    ("num", re.compile(r"(?<![\d/.-])(?P<a>[0-3]?\d)(?P<sep>[/.-])(?P<b>[0-3]?\d)(?P=sep)(?P<year>20\d{2})(?!\d)")),
    ("my", re.compile(rf"\b(?<!\d\s){_MONTH}[\s,]+(?:of\s+|de\s+)?{_YEAR}\b")),
    ("md", re.compile(rf"\b{_MONTH}\s+{_DAY}\b(?!\s*(?:,\s*)?(?:19|20)\d{{2}}|[.,]?\d)")),
    ("dm", re.compile(rf"(?<![\d.,])\b{_DAY}\s+{_MONTH}(?![a-z])(?!\s*,?\s*(?:19|20)\d{{2}})")),
]
_RELATIVE = re.compile(
    r"\b(?:(?:next|this|coming|end of (?:the|this|next)|early|late|mid) (?:week|month|quarter|year|spring|summer|fall|"
    r"autumn|winter|monday|tuesday|wednesday|thursday|friday)|(?:in|within) (?:\w+|\d+) (?:days?|weeks?|months?)|"
    r"(?:monday|tuesday|wednesday|thursday|friday|tomorrow|asap|as soon as possible|end of (?:day|week|month|year))|"
    r"(?:\d+|two|three|four|six|ten|thirty) (?:business |working )?(?:days?|weeks?|months?) (?:after|from|following)|"
    r"(?:lundi|mardi|mercredi|jeudi|vendredi|demain|des que possible)|(?:la semaine|le mois) prochaine?|"
    r"(?:d'ici|dans|sous) (?:\w+ )?\d* ?(?:jours?|semaines?|mois)|fin (?:de|du|d'ici) (?:la )?(?:mois|semaine|"
    r"trimestre|annee))\b"
)


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text.

    Attributes:
        start: where it begins, in the folded text.
        end: where it ends.
        value: ``YYYY-MM-DD`` or ``YYYY-MM``; None when it has no year or can be read two ways.
        words: as it stands, folded.
        why: why it has no value.
    """

    start: int
    end: int
    value: str | None
    words: str
    why: str = ""


def find_dates(text: str) -> list[FoundDate]:
    """Dates of a text, in order.

    Example:
        >>> [d.value for d in find_dates("le 1er mars 2027, 30/06/2027, 05/06/2027, June 2027")]
        ['2027-03-01', '2027-06-30', None, '2027-06']
    """
    plain = fold(text)
    taken: list[FoundDate] = []
    for form, pattern in _FORMS:
        for mark in pattern.finditer(plain):
            if any(mark.start() < other.end and other.start < mark.end() for other in taken):
                continue
            value, why = _value(form, mark)
            if value or why:
                taken.append(FoundDate(mark.start(), mark.end(), value, mark.group(), why))
    return sorted(taken, key=lambda date: date.start)


def relative_date(text: str) -> str | None:
    """The words of a date that only the day of writing makes clear: "next Friday", "within 30 days"."""
    mark = _RELATIVE.search(fold(text))
    return mark.group() if mark else None


def _value(form: str, mark: re.Match[str]) -> tuple[str | None, str]:
    parts = mark.groupdict()
    if form in ("md", "dm"):
        day = int(parts["day"])
        return None, "has no year" if 1 <= day <= 31 else ""
    year = int(parts["year"])
    if form == "my":
        return f"{year}-{_MONTH_WORDS[parts['month']]:02}", ""
    if form == "num":
        a, b = int(parts["a"]), int(parts["b"])
        if a <= 12 and b <= 12 and a != b:
            return None, "can be read as day/month or month/day"
        day, month = (a, b) if a > 12 or a == b else (b, a)
    else:
        month = int(parts["m"]) if form == "ymd" else _MONTH_WORDS[parts["month"]]
        day = int(parts["day"])
    if not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None, "is no day of the calendar"
    return f"{year}-{month:02}-{day:02}", ""


@dataclass(frozen=True, slots=True)
class FoundMoney:
    """A sum of money in a text: ``cad`` is None for another currency."""

    start: int
    end: int
    cad: float | None
    words: str


_NUMBER = r"\d{1,3}(?:[ ,.']\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,3})?"
_SCALE = r"(?P<scale%s>thousand|million|billion|millions?|milliards?|mille|mm|m|bn|b|k)(?![a-z])"
_MONEY = re.compile(
    rf"(?P<before>(?:us|usd|ca|cad|c|cdn|can|au|aud|eur|gbp|chf)\s?\$?\s?|"
    rf")(?P<sign>[$€£¥])\s?(?P<n>{_NUMBER})[\s-]?(?:{_SCALE % ''})?"
    rf"\s?(?P<after>usd|us|cad|cdn|can|eur|gbp|canadian|american)?(?![a-z])"
    rf"|(?P<n2>{_NUMBER})\s?(?:{_SCALE % '2'})?\s?(?:de\s|of\s)?(?P<sign2>\$\s?(?:us|usd|ca|cad|can)?|€|£|"
    rf"dollars?(?:\s(?:us|americains|canadiens|canadian))?|"
    rf"cad|cdn|usd|eur|euros?|gbp|pounds)(?![a-z])"
    rf"|(?<![a-z])(?P<code>cad|cdn|usd|eur|gbp)\s?(?P<n3>{_NUMBER})\s?(?:{_SCALE % '3'})?"
)
_SCALES = {"thousand": 1e3, "k": 1e3, "mille": 1e3, "million": 1e6, "millions": 1e6, "m": 1e6, "mm": 1e6,
           "billion": 1e9, "bn": 1e9, "b": 1e9, "milliard": 1e9, "milliards": 1e9}  # fmt: skip
_FOREIGN = re.compile(r"us|€|£|¥|eur|gbp|pound|american|chf|aud|\bau\b")


def find_money(text: str) -> list[FoundMoney]:
    """Sums of money of a text, in order; a bare dollar is Canadian.

    Example:
        >>> [m.cad for m in find_money("$2.4 million, 2,4 M$, 1 250 000 $, US$500,000, 40 k$")]
        [2400000.0, 2400000.0, 1250000.0, None, 40000.0]
    """
    found = []
    plain = fold(text)
    for mark in _MONEY.finditer(plain):
        parts = mark.groupdict()
        digits = parts["n"] or parts["n2"] or parts["n3"]
        scale = _SCALES.get(parts["scale"] or parts["scale2"] or parts["scale3"] or "", 1.0)
        currency = "".join(parts[key] or "" for key in ("before", "sign", "after", "sign2", "code"))
        value = None if _FOREIGN.search(currency) else round(amount(digits) * scale, 2)
        found.append(FoundMoney(mark.start(), mark.end(), value, mark.group().strip()))
    return found


def amount(digits: str) -> float:
    """A number in English or French writing.

    Example:
        >>> amount("1,250,000.50"), amount("1 250 000,50"), amount("2,4"), amount("1,250")
        (1250000.5, 1250000.5, 2.4, 1250.0)
    """
    digits = digits.replace(" ", "").replace("'", "")
    tail = re.search(r"[.,](\d+)$", digits)
    if tail and len(tail.group(1)) != 3:
        return float(re.sub(r"[.,]", "", digits[: tail.start()]) + "." + tail.group(1))
    return float(re.sub(r"[.,]", "", digits))
