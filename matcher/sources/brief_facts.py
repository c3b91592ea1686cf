"""Dates, amounts in Canadian dollars and places out of English and French sentences."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_MONTHS = {
    name: i
    for i, names in enumerate(
        (
            "january jan janvier janv", "february feb février févr fevrier", "march mar mars", "april apr avril avr",
            "may mai", "june jun juin", "july jul juillet juil", "august aug août aout", "september sept sep septembre",
            "october oct octobre", "november nov novembre", "december dec décembre déc decembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_DATES = re.compile(
    rf"\b(?P<iso>(?P<y1>20\d\d)-(?P<m1>\d\d)-(?P<d1>\d\d))\b"
    rf"|\b(?P<mdy>(?P<m2>{MONTH})\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y2>20\d\d))\b"
    rf"|\b(?P<dmy>(?P<d3>\d{{1,2}})(?:st|nd|rd|th|er)?\s+(?:of\s+|de\s+)?(?P<m3>{MONTH}),?\s+(?P<y3>20\d\d))\b"
    rf"|\b(?P<slash>(?P<a>\d{{1,2}})[/.](?P<b>\d{{1,2}})[/.](?P<y4>20\d\d))\b"
    rf"|\b(?P<ymd>(?P<y5>20\d\d)/(?P<m5>\d{{1,2}})/(?P<d5>\d{{1,2}}))\b"
    rf"|\b(?P<month>(?P<m6>{MONTH})\s+(?P<y6>20\d\d))\b"
    rf"|\b(?P<noyear>(?:{MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}(?:er)?\s+{MONTH})(?!\w|,?\s+20\d\d))",
    re.I,
)
CLOSING = re.compile(
    r"\bclos(?:es|ing)\b|\bdeadlines?\b|\bsubmit(?:ted)?\b.{0,60}?\b(?:by|before|no later than)\b|\bdue (?:date|by|on)\b|"
    r"\b(?:apply|respond|reply|responses?|quotes?|applications?|proposals?|submissions?)\b.{0,40}?\b(?:by|before|until)\b|"
    r"\bdate limite\b|\bclôture\b|\bau plus tard\b|\béchéance\b|\bavant le\b|\bfermeture\b|\bsoumettre\b.{0,60}?\bavant\b|"
    r"\bprend fin\b|\bdate de fermeture\b",
    re.I,
)
_NOT_CLOSING = re.compile(
    r"\b(?:completed?|completion|project end|end date|deliver\w*|livraison|fin du projet|terminés?|installed|spent|"
    r"opens?|ouverture|questions)\b",
    re.I,
)
ANNOUNCED = re.compile(
    r"\b(?:announced|published|posted|issued|released|date of issue|annoncé|publié|diffusé|émis)\b", re.I
)
_DATELINE = re.compile(r"^[A-ZÀ-Ý][\w .'’()-]{2,40},[^–—]{0,60}\s[–—-]{1,2}\s")


@dataclass(frozen=True, slots=True)
class Dated:
    """A date in a text: ``iso`` is None when it cannot be read for certain; then ``problem`` says why."""

    start: int
    end: int
    words: str
    iso: str | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A value, the words it came from and what a reader should know of it."""

    value: str | None
    words: str = ""
    notes: tuple[str, ...] = ()


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return None


def _slash(first: int, second: int, year: int) -> tuple[str | None, str | None]:
    if first > 12 or first == second:
        return _iso(year, second, first), None
    if second > 12:
        return _iso(year, first, second), "was read month first"
    return None, "may be day/month or month/day and was left out; write the month in words"


def dates_in(text: str) -> Iterator[Dated]:
    """Dates of a sentence in order; English and French, ISO and with slashes."""
    for mark in _DATES.finditer(text):
        part = mark.groupdict()
        problem = None
        if part["iso"]:
            iso = _iso(int(part["y1"]), int(part["m1"]), int(part["d1"]))
        elif part["mdy"] or part["dmy"]:
            key = "2" if part["mdy"] else "3"
            month = _MONTHS[part["m" + key].rstrip(".").casefold()]
            iso = _iso(int(part["y" + key]), month, int(part["d" + key]))
        elif part["ymd"]:
            iso = _iso(int(part["y5"]), int(part["m5"]), int(part["d5"]))
        elif part["month"]:
            iso = f"{part['y6']}-{_MONTHS[part['m6'].rstrip('.').casefold()]:02d}"
        elif part["slash"]:
            iso, problem = _slash(int(part["a"]), int(part["b"]), int(part["y4"]))
        else:
            iso, problem = None, "has no year and was left out"
        if iso is None and problem is None:
            problem = "is no day of the calendar and was left out"
        yield Dated(mark.start(), mark.end(), mark.group(), iso, problem)


def _near(text: str, pattern: re.Pattern[str], *, before: int = 90, behind: int = 120) -> list[Dated]:
    """Dates that stand behind the trigger, else those just before it."""
    found: list[Dated] = []
    dates = list(dates_in(text))
    for trigger in pattern.finditer(text):
        after = [
            d
            for d in dates
            if -1 <= d.start - trigger.end() <= behind or trigger.start() <= d.start < trigger.end()
        ]
        prior = [d for d in dates if 0 <= trigger.start() - d.end <= before]
        found += after[:1] or prior[-1:]
    return list(dict.fromkeys(found))


def closing_date(texts: Sequence[str], today: datetime.date | None = None) -> Fact:
    """The day on which firms must have answered.

    With several, the first that is not past ``today`` (without it, the first of all) is taken and all are noted.
    """
    found: list[tuple[Dated, str]] = []
    for text in texts:
        if _NOT_CLOSING.search(text) and not re.search(r"\bclos(?:es|ing)\b|date limite|clôture", text, re.I):
            continue
        found += [(dated, text) for dated in _near(text, CLOSING)]
    notes = [f"closing date {d.words!r} {d.problem}" for d, _ in found if d.problem]
    sure = sorted(((d.iso, text, d.words) for d, text in found if d.iso), key=lambda x: x[0])
    if not sure:
        return Fact(None, "", tuple(dict.fromkeys(notes)))
    now = today.isoformat() if today else ""
    chosen = next((entry for entry in sure if entry[0] >= now[: len(entry[0])]), sure[-1])
    others = sorted({iso for iso, _, _ in sure} - {chosen[0]})
    if others:
        notes.append(f"several closing dates: {chosen[0]} was taken, the others are {', '.join(others)}")
    return Fact(chosen[0], chosen[1][:300], tuple(dict.fromkeys(notes)))


def announced_date(texts: Sequence[str]) -> Fact:
    """The day on which the project was made public: after "announced" or its like, or in a dateline."""
    notes: list[str] = []
    for i, text in enumerate(texts):
        found = _near(text, ANNOUNCED, before=40, behind=40)
        if not found and i < 6:
            line = _DATELINE.match(text)
            found = [d for d in dates_in(text[: line.end()]) if d.iso] if line else []
        for dated in found:
            if dated.iso:
                return Fact(dated.iso, text[:300], tuple(notes))
            notes.append(f"announced date {dated.words!r} {dated.problem}")
    return Fact(None, "", tuple(notes))


_NUMBER = r"\d{1,3}(?:[ ,.]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d+)?"
_SCALE = r"(?:billions?|milliards?|bn|millions?|mln|thousand|mille|[MKk](?![\w²]))"
_AMOUNT = re.compile(
    rf"(?P<foreign>US\s?\$|USD|EUR|€|£|GBP)?\s?(?P<front>CAD\s?\$?|CA\$|C\$|CDN\$?|\$)?\s?(?<![\d.,])(?P<number>{_NUMBER})"
    rf"[\s-]?(?P<scale>{_SCALE})?\s?(?P<back>(?:de )?dollars?(?: canadiens)?|\$\s?(?:CA|CAN)?|CAD)?"
    rf"(?:\s?\(?(?P<after>USD|US dollars|EUR|euros?|€)\b\)?)?"
)
_TOTAL = re.compile(
    r"project value|total (?:project )?(?:value|cost|budget|investment|project)|valued at|project budget|budget of|"
    r"(?:total|project) (?:cost|budget)|\bbudget\s?:|\bworth\b|coûts? tot\w+|budget (?:total|du projet|de)|"
    r"valeur (?:totale|du projet|de)|d'une valeur de|investissement total|projet de|[\s-]project\b|\btotal\b\s?:",
    re.I,
)
_CLUSTER = re.compile(
    r"ngen(?:['’]s)? (?:\w+ )?(?:contribut\w*|invest\w*|fund\w*|support\w*|provid\w*|commit\w*|verse|finance|share)|"
    r"(?:funding|contribution|grant|financement|subvention|support) (?:of|from|de|d')|contribution of|in (?:\w+ )?funding|"
    r"(?:supercluster|cluster|federal) (?:funding|contribution|share)|"
    r"(?:funding|financement|contribution|subvention)(?: available| disponible)?\s?:|available funding|funding available|"
    r"financement disponible|up to|jusqu'à|(?:en|de) financement|\bfrom ngen\b|\bby ngen\b|\bde ngen\b",
    re.I,
)


def _value(number: str, scale: str | None) -> float | None:
    digits = number.replace(" ", "")
    grouped = re.fullmatch(r"\d{1,3}(?:[,.]\d{3})+(?:[.,]\d{1,2})?", digits)
    if grouped and not scale:
        head, tail = re.fullmatch(r"(.*?)([.,]\d{1,2})?", digits).groups()  # type: ignore[union-attr]
        digits = re.sub(r"[,.]", "", head) + (tail or "").replace(",", ".")
    else:
        digits = digits.replace(",", ".") if digits.count(",") <= 1 else digits.replace(",", "")
    factor = {"b": 1e9, "m": 1e6, "t": 1e3, "k": 1e3}[(scale or "")[0].lower()] if scale else 1.0
    if scale and scale.lower().startswith("milliard"):
        factor = 1e9
    elif scale and scale.lower() == "mille":
        factor = 1e3
    try:
        return round(float(digits) * factor, 2)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Money:
    """What a text says of a project's money, in Canadian dollars, with the words."""

    total: float | None = None
    total_words: str = ""
    cluster: float | None = None
    cluster_words: str = ""
    notes: tuple[str, ...] = ()


def _distance(text: str, pattern: re.Pattern[str], start: int, end: int) -> int | None:
    """Characters between an amount and the nearest trigger in its clause."""
    best: int | None = None
    for mark in pattern.finditer(text):
        gap = start - mark.end() if mark.end() <= start else mark.start() - end
        # What follows an amount names it only when it follows at once: "$3 million project".
        near = gap <= 70 if mark.end() <= start else 0 <= gap <= 25
        if near and (best is None or gap < best):
            best = max(gap, 0)
    return best


def amounts(texts: Sequence[str]) -> Money:
    """Project value and cluster funding, when the words beside an amount say which it is.

    A range, a foreign currency and an amount without such words are not read; the first two are noted.
    """
    total = cluster = None
    total_words = cluster_words = ""
    notes: list[str] = []
    for text in texts:
        for mark in _AMOUNT.finditer(text):
            if mark["foreign"] or mark["after"]:
                notes.append(f"amount {mark.group().strip()!r} is not in Canadian dollars and was left out")
                continue
            if not mark["front"] and not mark["back"]:
                continue
            value = _value(mark["number"], mark["scale"])
            to_total = _distance(text, _TOTAL, mark.start(), mark.end())
            to_cluster = _distance(text, _CLUSTER, mark.start(), mark.end())
            if value is None or (to_total is None and to_cluster is None):
                continue
            if re.match(r"\s?(?:to|and|à|et|-|–)\s?(?:\$|CAD|\d)", text[mark.end() : mark.end() + 8]):
                notes.append(
                    f"amount {text[mark.start() : mark.end() + 20].strip()!r} is a range and was left out"
                )
                break
            if to_cluster is None or (to_total is not None and to_total < to_cluster):
                if total is None:
                    total, total_words = value, text[:300]
            elif cluster is None:
                cluster, cluster_words = value, text[:300]
    if total is not None and cluster is not None and cluster > total:
        notes.append("the cluster's share is larger than the project's value: check both")
    return Money(total, total_words, cluster, cluster_words, tuple(dict.fromkeys(notes)))


PROVINCES = {
    "ontario": "ON", "quebec": "QC", "québec": "QC", "british columbia": "BC", "colombie-britannique": "BC",
    "alberta": "AB", "manitoba": "MB", "saskatchewan": "SK", "nova scotia": "NS", "nouvelle-écosse": "NS",
    "new brunswick": "NB", "nouveau-brunswick": "NB", "newfoundland and labrador": "NL", "newfoundland": "NL",
    "terre-neuve-et-labrador": "NL", "prince edward island": "PE", "île-du-prince-édouard": "PE", "yukon": "YT",
    "northwest territories": "NT", "nunavut": "NU",
}  # fmt: skip
_CODES = frozenset(PROVINCES.values())
_PROVINCE = "(?:" + "|".join(
    [re.escape(p) for p in sorted(PROVINCES, key=len, reverse=True)] + sorted(_CODES) + ["Ont", "Qué", "Que"]
) + r")(?![\w-])"  # fmt: skip
_TOWN = r"[A-ZÀ-Ý][\w'’.]*(?:[ -](?:[A-ZÀ-Ý][\w'’.]*|de|du|des|la|le|on|of|the|sur|upon)){0,4}"
_KEYED = re.compile(
    r"^\s*(?:(?:project )?(?:location|place|site)|where|lieu(?: du projet)?|endroit|emplacement)\s?:\s*(.+)",
    re.I,
)
_IN_PLACE = re.compile(
    rf"\b(?:in|at|near|located in|based in|situated in|à|en|situé à|basé à)\s+(?P<city>{_TOWN})(?:,\s*|\s+\(\s*|,\s*\()"
    rf"(?P<province>(?i:{_PROVINCE}))"
)
_LINE_PLACE = re.compile(
    rf"^(?P<city>{_TOWN})(?:,\s*|\s*\(\s*)(?P<province>(?i:{_PROVINCE}))\)?\s*(?:,|[–—-])"
)


def _province(words: str | None) -> str | None:
    if not words:
        return None
    plain = words.strip(" .()").casefold()
    short = {"ont": "ON", "qué": "QC", "que": "QC"}
    return PROVINCES.get(plain) or short.get(plain) or (plain.upper() if plain.upper() in _CODES else None)


def place(texts: Sequence[str]) -> tuple[str | None, str | None, str]:
    """(city, province code, words) of where the project is: a line that names it, a dateline, else "in X, Ontario"."""
    for text in texts:
        keyed = _KEYED.match(text[:400])
        if keyed:
            value = re.sub(r",?\s*canada\b\.?", "", keyed[1], flags=re.I).strip(" .")
            parts = [part.strip() for part in re.split(r"[,(]", value)]
            province = next((p for p in map(_province, parts[1:]) if p), None)
            city = None if _province(parts[0]) and len(parts) == 1 else parts[0]
            if (city or "").split() and len(city.split()) <= 5:  # type: ignore[union-attr]
                return city, province, text[:200]
            if city is None:
                return None, _province(parts[0]), text[:200]
    for i, text in enumerate(texts):
        found = _IN_PLACE.search(text) or (_LINE_PLACE.match(text) if i < 6 else None)
        if found:
            city = found["city"].title() if found["city"].isupper() else found["city"]
            return city, _province(found["province"]), text[:200]
    return None, None, ""
