"""Company profiles of the federal directory *Canadian Company Capabilities* (open data, 2017) → firm rows.

Texts hold control characters of Windows-1252 and masks; both are put right before any offset is taken. All scalars
are strings and ``''`` is missing. NAICS codes carry no edition, since a tenth of the labels are of other editions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from matcher.errors import RowError
from matcher.places import province_code
from matcher.records import statement_id

SOURCE = "Canadian Company Capabilities (open data)"
DATE = "2017-02"
_C1 = re.compile(r"[\x80-\x9f]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MASK = re.compile(r"\[(?:phone|email)\]")
_CODE = re.compile(r"^(\d{2,6})\s*-?\s*(.*)$", re.DOTALL)
_SMALL_WORDS = re.compile(r"(?<=[ -])(Sur|De|Du|Des|La|Le|Les|Of|And|The|Au|Aux|En)(?=[ -])")


def looks_like_profile(row: Mapping[str, Any]) -> bool:
    """Whether a row is such a profile rather than one of our own."""
    return "legal_name" in row and "offerings" in row


def repair_text(text: str) -> tuple[str, int]:
    r"""Put Windows-1252 characters that were read as Latin-1 right, and drop other control characters.

    Returns:
        The text and the number of characters repaired.

    Example:
        >>> repair_text("we\x92re")
        ('we’re', 1)
    """
    n_repaired = 0

    def one(mark: re.Match[str]) -> str:
        nonlocal n_repaired
        n_repaired += 1
        return mark.group().encode("latin-1").decode("windows-1252", "ignore")

    text = _C1.sub(one, text)
    text, n_dropped = _CONTROL.subn("", text)
    return text, n_repaired + n_dropped


def profile_to_row(row: Mapping[str, Any], *, line: int) -> tuple[dict[str, Any], Counter[str]]:
    """Turn one profile into a firm row of our own form.

    Returns:
        The row, and counts of repairs by kind.

    Raises:
        RowError: it has no name at all.
    """
    repairs: Counter[str] = Counter()

    def clean(value: object) -> str:
        text, n = repair_text(str(value or ""))
        if n:
            repairs["control characters"] += n
        return text.strip()

    name = _name(clean(row.get("operating_name")), clean(row.get("legal_name")), repairs)
    if not name:
        raise RowError(line, "legal_name", "", "expected a legal or operating name; fill it in")
    statements: dict[str, dict[str, Any]] = {}

    def add(kind: str, text: str) -> None:
        if text:
            key = statement_id(kind, text)
            statements.setdefault(key, {"id": key, "kind": kind, "text": text, "source": SOURCE, "date": DATE})

    add("summary", clean(row.get("profile")))
    for offering in row.get("offerings") or []:
        kind = "service" if offering.get("type") == "service" else "product"
        add(kind, offering_text(clean(offering.get("name")), clean(offering.get("desc"))))
    certificate = clean(row.get("quality_certification"))
    if certificate.casefold() not in ("", "no", "none", "n/a"):
        add("certificate", certificate)
    for code in [row.get("naics_primary"), *(row.get("naics_alt") or [])]:
        mark = _CODE.match(clean(code))
        if mark:
            add("naics", " ".join(part for part in mark.groups() if part))
    add("activity", clean(row.get("activity")))
    _add_notes(row, name, clean, lambda text: add("note", text))
    employees = clean(row.get("employees"))
    return {
        "id": clean(row.get("id")),
        "name": name,
        "city": title_city(clean(row.get("city"))) or None,
        "province": province_code(clean(row.get("province"))) or clean(row.get("province")) or None,
        "country": "CA",
        "postal_code": clean(row.get("postal_code")) or None,
        "website": clean(row.get("website")) or None,
        "employees": int(employees) if employees.isdigit() and int(employees) else None,
        "lang": row.get("lang") if row.get("lang") in ("en", "fr") else None,
        "statements": list(statements.values()),
    }, repairs


def offering_text(title: str, text: str) -> str:
    """An offering in one text: "name: description", or the one that there is."""
    return f"{title}: {text}" if title and text and title != text else title or text


def _add_notes(row: Mapping[str, Any], name: str, clean: Callable[[object], str], add: Callable[[str], None]) -> None:
    """What is kept with the firm but not searched: sectors, technology, other names, founding year, exports."""
    for value in [*(row.get("market_sectors") or []), row.get("technology")]:
        add(clean(value))
    labelled = [("also known as", row.get("alternate_name")), ("founded", row.get("year_established"))]
    labelled += [("exports to", country) for country in row.get("export_experience") or []]
    if clean(row.get("exporting")).casefold() == "yes" and not row.get("export_experience"):
        labelled.append(("exports", "yes"))
    labelled += [("legal name", row.get("legal_name")), ("operating name", row.get("operating_name"))]
    for label, value in labelled:
        if (text := clean(value)) and text not in (name, "0"):
            add(f"{label}: {text}")


def _name(operating: str, legal: str, repairs: Counter[str]) -> str:
    """The operating name; the legal one where a mask has eaten part of the operating name."""
    names = [name for name in (operating, legal) if name]
    whole = [name for name in names if not _MASK.search(name)]
    if whole and names[0] != whole[0]:
        repairs["masked names"] += 1
    return (whole or names or [""])[0]


def title_city(city: str) -> str:
    """A town in capitals as it is written: "ST. JACOBS" → "St. Jacobs", "TROIS-RIVIERES" → "Trois-Rivieres"."""
    if not city.isupper():
        return city
    return _SMALL_WORDS.sub(lambda mark: mark.group().lower(), re.sub(r"'S\b", "'s", city.title()))
