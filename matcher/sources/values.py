"""Reads one value of a foreign table: province, town, headcount, membership, lists, codes, trade names.

Pure functions; what cannot be read comes back as None, and the caller keeps the words as a note.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter

MISSING = frozenset(
    "- -- – — . n/a n.a. n.a na #n/a none null nil nan tbd tba unknown ? s/o s.o. aucun aucune inconnu néant".split()
)
_PROVINCES = {
    "AB": "alberta",
    "BC": "british columbia|colombie britannique|c b",
    "MB": "manitoba",
    "NB": "new brunswick|nouveau brunswick",
    "NL": "newfoundland and labrador|newfoundland|terre neuve et labrador|terre neuve|nfld|t n l",
    "NS": "nova scotia|nouvelle ecosse|n e",
    "NT": "northwest territories|territoires du nord ouest|nwt",
    "NU": "nunavut",
    "ON": "ontario|ont",
    "PE": "prince edward island|ile du prince edouard|pei|i p e",
    "QC": "quebec|que|pq",
    "SK": "saskatchewan|sask",
    "YT": "yukon|yukon territory",
}
_PROVINCE_CODES = {name: code for code, names in _PROVINCES.items() for name in names.split("|")}
_PROVINCE_CODES |= {" ".join(code.lower()): code for code in _PROVINCES}
_COUNTRIES = {
    "canada": "CA",
    "can": "CA",
    "usa": "US",
    "united states": "US",
    "u s a": "US",
    "etats unis": "US",
}
_SMALL = frozenset("de du des la le les sur sous aux au en et à a lès lez of on the in and by upon".split())
_MEMBER = frozenset(
    "active actif active member yes y oui o true vrai 1 x ✓ ✔ current member membre paid good standing in good standing "
    "member in good standing en règle membre actif à jour renewed".split()
    + [
        "active member",
        "good standing",
        "in good standing",
        "member in good standing",
        "en règle",
        "membre actif",
    ]
    + ["membre en règle", "à jour", "current member"]
)
_NOT_MEMBER = frozenset(
    [
        *"lapsed expired inactive no n non false faux 0 cancelled canceled former dropped suspended terminated".split(),
        *"échu expiré expirée inactif inactive ancien suspendu annulé prospect non-member nonmember non-membre".split(),
        *(
            "non member",
            "not a member",
            "ancien membre",
            "former member",
            "lapsed member",
            "non membre",
            "not renewed",
        ),
    ]
)
_BULLET = re.compile(r"[;|\n\r\t•·▪‣●◦■]+|(?:^|\s)[-–*]\s+(?=\w)")
_COMMA = re.compile(r",(?![^()]*\))(?!\d{3}\b)")
_OPERATING = re.compile(
    r"\s+(?:[(,]\s*)?(?:o/a|d/b/a|d\.b\.a\.|dba|t/a|f/a/s|f\.a\.s\.|operating as|doing business as|carrying on business as|"
    r"trading as|faisant affaires? sous(?: le nom (?:de|d['’]))?|opérant sous(?: le nom (?:de|d['’]))?)\b\.?:?\s+",
    re.IGNORECASE,
)
_C1 = re.compile(r"[\x80-\x9f]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ANY_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,5});")
CP1252_COUNT = "control character read as Windows-1252"
CONTROL_COUNT = "control character removed"
ENTITY_COUNT = "HTML entity"


def plain(text: str) -> str:
    """Lower-case words without accents and punctuation, for comparing."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"[^\W_]+", "".join(c for c in folded if not unicodedata.combining(c))))


def is_missing(value: str) -> bool:
    """Whether a cell says nothing: empty, a dash, ``n/a``, ``none`` and the like."""
    value = value.strip()
    return not value or value.casefold() in MISSING


def _c1_as_cp1252(match: re.Match[str], repaired: Counter[str]) -> str:
    try:
        character = bytes([ord(match[0])]).decode("cp1252")
    except UnicodeDecodeError:
        repaired[CONTROL_COUNT] += 1
        return ""
    repaired[CP1252_COUNT] += 1
    return character


def _control(match: re.Match[str], repaired: Counter[str]) -> str:
    repaired[CONTROL_COUNT] += 1
    # A vertical tab and a form feed stand for a line end in old office programs.
    return "\n" if match[0] in "\x0b\x0c" else ""


def repair_text(text: str, repaired: Counter[str], *, entities: bool = True) -> str:
    """Repair control characters and HTML entities; must run before anything takes offsets.

    U+0080 to U+009F are bytes of Windows-1252 that were read as Latin-1: they become the character that was meant.
    Other control characters go, except line end and tab.

    Args:
        text: as read.
        repaired: counts of repairs, added to.
        entities: also turn ``&amp;`` and the like into characters.
    """
    if entities and "&" in text and (found := _ENTITY.findall(text)):
        text = html.unescape(text)
        repaired[ENTITY_COUNT] += len(found)
    if not _ANY_CONTROL.search(text):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _C1.sub(lambda match: _c1_as_cp1252(match, repaired), text)
    return _CONTROL.sub(lambda match: _control(match, repaired), text)


def province_code(value: str) -> str:
    """Two-letter code of a Canadian province in English or French; other words come back as they are."""
    value = value.strip()
    return _PROVINCE_CODES.get(plain(value), value.upper() if value.upper() in _PROVINCES else value)


def is_province(value: str) -> bool:
    """Whether a value names a Canadian province."""
    return province_code(value) in _PROVINCES


def country_code(value: str) -> str:
    """``CA`` and ``US`` for the ways to write them; other words come back as they are."""
    return _COUNTRIES.get(plain(value), value.strip())


def _town_word(word: str, *, first: bool) -> str:
    low = word.lower()
    if not first and low in _SMALL:
        return low
    for particle in ("d'", "l'", "d’", "l’"):
        if low.startswith(particle) and len(low) > 2:
            return (low[:1].upper() if first else low[0]) + low[1] + _town_word(low[2:], first=True)
    if low.startswith("mc") and len(low) > 3:
        return "Mc" + low[2:].capitalize()
    parts = re.split(r"(['’.])", low)
    return "".join(p if p == "s" and i else p[:1].upper() + p[1:] for i, p in enumerate(parts))


def town_name(value: str) -> str:
    """Town in title case when it came in capitals, in small letters or with capitals inside a word.

    Example:
        >>> town_name("SAINT-JEAN-SUR-RICHELIEU"), town_name("ST. JACOBS"), town_name("MCGREGOR")
        ('Saint-Jean-sur-Richelieu', 'St. Jacobs', 'McGregor')
    """
    value = " ".join(value.split())
    if re.search(r"[^\W\d_]{3,}\.$", value) and not value.lower().endswith("ste."):
        value = value[:-1]
    mixed = any(re.search(r"[A-ZÀ-Þ]{2}", word) for word in re.split(r"[\s\-/]", value))
    if not (mixed or value == value.lower()):
        return value
    words = re.split(r"([\s\-/]+)", value)
    return "".join(_town_word(word, first=i == 0) if i % 2 == 0 else word for i, word in enumerate(words))


def headcount(value: str) -> tuple[int | None, str | None]:
    """Number of employees of a cell, or the words of a size when it is a range.

    Returns:
        (count, None), (None, "11-50 employees"), or (None, None) when nothing is stated; zero states nothing.
    """
    value = " ".join(value.replace("\u00a0", " ").split())
    if is_missing(value):
        return None, None
    number = re.fullmatch(
        r"(\d{1,3}(?:[ ,]\d{3})+|\d{1,7})(?:\.0+)?(?:\s*(?:employees|employés|staff|people|fte))?",
        value,
        re.I,
    )
    if number:
        return int(re.sub(r"\D", "", number[1])) or None, None
    between = re.fullmatch(
        r"(\d[\d,]*)\s*(?:-|–|—|to|à|a)\s*(\d[\d,]*)(?:\s*(?:employees|employés|staff|people))?", value, re.I
    )
    if between:
        return None, f"{between[1]}-{between[2]} employees"
    words = value if re.search(r"employ|staff|people", value, re.I) else f"{value} employees"
    return None, words


def membership(value: str) -> bool | None:
    """Whether a cell says that the firm is a member: True, False, or None when it says something else."""
    low = " ".join(value.casefold().split()).strip(" .")
    return True if low in _MEMBER else False if low in _NOT_MEMBER else None


def split_list(value: str, *, commas: bool | None = None) -> list[str]:
    """Items of a cell that holds a list.

    Semicolons, bars, bullets and line ends always separate. Commas do when every item is short, so that a sentence
    stays whole; those inside brackets and in numbers never do.

    Args:
        value: the cell.
        commas: split at commas; None decides by the length of the items.
    """
    items = [item for item in _BULLET.split(value) if item and item.strip()]
    if len(items) == 1:
        parts = _COMMA.split(items[0])
        short = all(0 < len(part.split()) <= 6 for part in parts) and not re.search(r"[.!?]\s+\w", items[0])
        items = parts if commas or (commas is None and short) else items
    elif commas:
        items = [part for item in items for part in _COMMA.split(item)]
    found: dict[str, str] = {}
    for item in items:
        item = " ".join(item.split()).strip(" ,;-–")
        item = item[:-1] if item.endswith(".") and len(item.split()) <= 6 else item
        if item and not is_missing(item):
            found.setdefault(item.casefold(), item)
    return list(found.values())


def naics_codes(value: str) -> tuple[list[str], list[str]]:
    """Industry codes of a cell, each "code title" or the code alone, and what could not be read as one."""
    codes: list[str] = []
    other: list[str] = []
    value = re.sub(r"\b(\d{2,6})\.0+\b", r"\1", value)
    for item in re.split(r"[;|\n]+|,(?=\s*\d)|(?<=\d)\s*/\s*(?=\d)|(?<=\d)\s+(?=\d)", value):
        found = re.fullmatch(
            r"(?:naics|scian)?\s*:?\s*(\d{2,6})(?:\s*[-–:]?\s+(\D.*)|\s*[-–:]\s*(\D.*))?", item.strip(), re.I
        )
        if found:
            title = (found[2] or found[3] or "").strip()
            codes.append(f"{found[1]} {title}".strip())
        elif not is_missing(item):
            other.append(item.strip())
    return codes, other


def operating_name(name: str) -> tuple[str, str | None]:
    """Trade name and legal name of "1234567 Ontario Inc. o/a Acme Machining"; the second is None without one."""
    parts = _OPERATING.split(name, maxsplit=1)
    if len(parts) == 2 and parts[0].strip(" (,") and parts[1].strip(" ),"):
        operating = parts[1].strip()
        if operating.endswith(")") and "(" not in operating:
            operating = operating[:-1]
        return operating.strip(" ,"), parts[0].strip(" (,")
    return name, None
