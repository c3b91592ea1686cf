"""What single cells of a directory say: lists, counts, codes, dates, membership, addresses. All pure."""

from __future__ import annotations

import re
from datetime import date

from matcher.places import province_code
from matcher.sources.grid import fold_text

LEGAL_FORM = re.compile(
    r"\b(?:inc|incorporated|ltd|limited|ltée|ltee|limitée|corp|corporation|co|company|llc|llp|lp|ulc|gmbh|senc|enr|"
    r"o/a|group|groupe|industries|manufacturing|technologies|services|solutions|systems)\b\.?",
    re.IGNORECASE,
)
EMPTY = frozenset({"", "n a", "na", "none", "nil", "null", "s o", "n d", "nd", "tbd", "aucun", "aucune", "unknown"})
YES = frozenset({"yes", "y", "oui", "o", "true", "vrai", "x", "1", "✓", "✔"})
NO = frozenset({"no", "n", "non", "false", "faux", "0"})
_STRONG = re.compile(r"\s*(?:[;|\n•·▪●‣]|\s[-–*]\s(?=[A-ZÀ-Ý]))\s*")
_COMMA = re.compile(r",(?!\d)\s*(?![^()]*\))")
# Acronyms in capitals only: "ce" and "api" are words elsewhere.
_CERTIFICATE = re.compile(
    r"\b(?:(?i:ISO(?:/IEC)?[ -]?\d{4,5}|IATF[ -]?16949|(?:AS|EN)[ -]?9\d{3}|TS[ -]?16949|QS[ -]?9000|nadcap)|CWB|CSA|"
    r"ASME|API|UL|HACCP|SQF|BRC|GMP|CGP|ITAR|CTPAT|C-TPAT|TSSA|LEED|IPC|FSSC|AAR|CE)(?![A-Za-z])"
)
_LAPSED = re.compile(
    r"\b(?:lapsed|expired|former|inactive|cancell?ed|resigned|terminated|past|dropped|suspended|closed|deleted|"
    r"not (?:active|renewed|a member|current|paid)|non (?:members?|active|renewed|membres?|renouvele\w*|actif)|unpaid|"
    r"anciens?|anciennes?|inactifs?|inactives?|expires?|expirees?|echue?s?|annulee?s?|demission\w*|radiee?s?|"
    r"nonmembers?|no longer)\b"
)
_CURRENT = re.compile(
    r"\b(?:active|current|good standing|renewed|paid|members?|valid|actifs?|actives?|membres?|en regle|a jour|"
    r"renouvelee?s?|en vigueur|payee?s?|courants?)\b"
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan janv", "feb fev fevr", "mar mars", "apr avr", "may mai", "jun juin", "jul juil", "aug aou aout",
         "sep sept", "oct", "nov", "dec"), 1,
    )
    for name in names.split()
}  # fmt: skip
_COUNTRIES = {"canada": "CA", "ca": "CA", "can": "CA", "usa": "US", "us": "US", "united states": "US",
              "united states of america": "US", "etats unis": "US", "u s a": "US"}  # fmt: skip


def is_empty(text: str) -> bool:
    """Whether a cell says nothing: blank, a dash, "n/a", "s.o."."""
    if len(text) > 20:
        return not any(char.isalnum() for char in text)
    return not any(char.isalnum() for char in text) and text not in YES or fold_text(text) in EMPTY


def split_list(text: str) -> list[str]:
    """Several values of one cell.

    Semicolons, bars, bullets and line ends always part; commas only where every part is a few words, so that a
    sentence stays whole.

    Example:
        >>> split_list("CNC; welding | painting"), split_list("milling, turning and 5-axis, EDM")
        (['CNC', 'welding', 'painting'], ['milling', 'turning and 5-axis', 'EDM'])
        >>> split_list("We mill, turn and grind aerospace parts for customers.")
        ['We mill, turn and grind aerospace parts for customers.']
    """
    parts = [part.strip(" \t-–•*,") for part in _STRONG.split(text)]
    parts = [part for part in parts if any(char.isalnum() for char in part)]
    found: list[str] = []
    for part in parts:
        pieces = [re.sub(r"^(?:and|et|&)\s+", "", piece.strip(), flags=re.I) for piece in _COMMA.split(part)]
        pieces = [piece for piece in pieces if piece]
        short = all(len(piece.split()) <= 5 for piece in pieces) and not re.search(r"[.!?]\s|\.$", part)
        found.extend(pieces if len(pieces) > 1 and short else [part])
    return list(dict.fromkeys(found))


def is_certificate(text: str) -> bool:
    """Whether a text names a known kind of certificate."""
    return _CERTIFICATE.search(text) is not None


def is_yes_or_no(text: str) -> bool:
    """Whether a cell is a tick, a yes or a no."""
    return fold_text(text) in YES | NO or text.strip() in YES


def split_certificates(text: str) -> list[str]:
    """Certificates of one cell; also parted at commas and at "and" or "&" between two of them."""
    found: list[str] = []
    for part in re.split(r"[;|\n•,]|\s/\s", text):
        pieces = re.split(r"\s+(?:and|et|&)\s+", part)
        found.extend(pieces if all(is_certificate(piece) for piece in pieces) else [part])
    return list(dict.fromkeys(piece.strip() for piece in found if not is_empty(piece)))


def read_employees(text: str) -> int | None:
    """A headcount that is exact: one number, maybe with its unit; None for ranges, "25+" and "about 25".

    Example:
        >>> read_employees("1,250 employees"), read_employees("25.0"), read_employees("25-50"), read_employees("25+")
        (1250, 25, None, None)
    """
    mark = re.fullmatch(
        r"(\d{1,3}(?:[, \u00a0]\d{3})+|\d{1,7})(?:\.0+)?\s*(?:employees?|employés?|employes?|staff|people|personnes?|"
        r"fte|full[- ]time|salariés?)?\.?",
        text.strip(), re.IGNORECASE,
    )  # fmt: skip
    if not mark:
        return None
    return int(re.sub(r"\D", "", mark.group(1))) or None


def read_naics(text: str) -> tuple[list[str], list[str]]:
    """Industry codes of one cell, each with its title where one stands by it, and the parts that are no code.

    Example:
        >>> read_naics("332710, 333511.0; 3327 - Machine shops"), read_naics("31-33 Manufacturing")
        ((['332710', '333511', '3327 Machine shops'], []), ([], ['31-33 Manufacturing']))
    """
    codes: list[str] = []
    rest: list[str] = []
    for part in re.split(r"[;|\n•]|[,/\s]+(?=\d{2,6}\b)(?!\d{2}\s*[A-Za-z]{2})", text):
        part = part.strip(" ,/-–")
        mark = re.fullmatch(
            r"(?:NAICS|SCIAN)?[\s:]*(\d{2,6})(?:\.0+)?(?:\s*[-–:\s]\s*([^\d\s–-].*))?", part, re.S | re.I
        )
        if mark:
            codes.append(" ".join(piece.strip(" ()") for piece in mark.groups() if piece))
        elif part and not is_empty(part):
            rest.append(part)
    return list(dict.fromkeys(codes)), rest


def read_membership(text: str) -> bool | None:
    """Whether a status says member; None where it says neither ("Gold", "pending").

    Example:
        >>> read_membership("Lapsed 2023"), read_membership("Actif"), read_membership("Gold")
        (False, True, None)
    """
    folded = fold_text(text)
    if folded in YES or text.strip() in YES:
        return True
    if folded in NO or _LAPSED.search(folded):
        return False
    if re.search(r"\b(?:pending|prospect\w*|applied|applicant|en attente|potenti\w*)\b", folded):
        return None
    return True if _CURRENT.search(folded) else None


def is_past(text: str, today: date) -> bool | None:
    """Whether a date lies before a day; None when it is no date, or its day and month can be read two ways.

    Example:
        >>> is_past("31/12/2023", date(2024, 6, 1)), is_past("5 juin 2024", date(2024, 6, 1)), is_past("x", date.max)
        (True, False, None)
    """
    verdicts = {day < today for day in _days(text)}
    return verdicts.pop() if len(verdicts) == 1 else None


def _days(text: str) -> list[date]:
    """Every day that a date may mean; a year or month means its last day."""
    folded = fold_text(text)
    words = folded.split()
    numbers = [int(word) for word in words if word.isdigit()]
    months = [_MONTHS[key] for word in words for key in (word[:4], word[:3]) if key in _MONTHS and word.isalpha()][:1]
    years = [n for n in numbers if 1900 <= n <= 2200]
    if len(years) != 1:
        return []
    others = [n for n in numbers if n != years[0]][:2]
    if months:
        return _made([(years[0], months[0], others[0] if others else 31)])
    if len(others) < 2:
        return _made([(years[0], others[0] if others else 12, 31)])
    if words[0] == str(years[0]):
        return _made([(years[0], others[0], others[1])])
    return _made([(years[0], others[0], others[1]), (years[0], others[1], others[0])])


def _made(parts: list[tuple[int, int, int]]) -> list[date]:
    found = []
    for year, month, day in parts:
        for last in (day, 30, 29, 28) if day == 31 else (day,):
            try:
                found.append(date(year, month, last))
                break
            except ValueError:
                continue
    return found


def clean_website(text: str) -> str | None:
    """A web address with its scheme and without the slash at its end, or None when the text is none.

    Example:
        >>> clean_website(" WWW.Acme.CA/ "), clean_website("http://Acme.ca/About"), clean_website("coming soon")
        ('https://www.acme.ca', 'http://acme.ca/About', None)
    """
    mark = re.fullmatch(
        r"(?:(https?):/{1,2})?((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,})(:\d+)?((?:[/?#]\S*)?)",
        text.strip().strip("<>,;"), re.IGNORECASE,
    )  # fmt: skip
    if not mark:
        return None
    scheme, host, port, rest = mark.groups()
    return f"{(scheme or 'https').lower()}://{host.lower()}{port or ''}{rest.rstrip('/')}"


def clean_postal_code(text: str) -> str | None:
    """A Canadian or American postal code as it is written, or None when the text is none.

    Example:
        >>> clean_postal_code("l9t1x1"), clean_postal_code("14201-0012"), clean_postal_code("?")
        ('L9T 1X1', '14201-0012', None)
    """
    plain = re.sub(r"[\s.-]", "", text).upper()
    if re.fullmatch(r"[ABCEGHJ-NPR-TVXY]\d[A-Z]\d[A-Z]\d", plain):
        return f"{plain[:3]} {plain[3:]}"
    return text.strip() if re.fullmatch(r"\d{5}(?:-\d{4})?", text.strip()) else None


def split_city(text: str) -> tuple[str, str | None]:
    """A town, and the province where it stands behind it: "Milton, ON" → ("Milton", "ON")."""
    mark = re.fullmatch(r"(.+?)\s*(?:,\s*|\s+\()([^,()]+?)\)?(?:,\s*Canada)?", text.strip(), re.IGNORECASE)
    code = province_code(mark.group(2).strip(" .")) if mark else None
    return (mark.group(1), code) if mark and code else (text.strip(), None)


def split_address(text: str) -> tuple[str | None, str | None, str | None]:
    """Town, province and postal code at the end of a whole address; None for what does not stand there.

    Example:
        >>> split_address("12 Main St, Unit 4, Milton, ON  L9T 1X1")
        ('Milton', 'ON', 'L9T 1X1')
    """
    postal = re.search(r"\b([ABCEGHJ-NPR-TVXY]\d[A-Z])\s?(\d[A-Z]\d)\b", text, re.IGNORECASE)
    head = text[: postal.start()] if postal else text
    head = re.sub(r"[,\s]*(?:canada)?[,\s]*$", "", head, flags=re.IGNORECASE)
    mark = re.search(r"[,\n]\s*([^,\n\d]+?)[,\s]+\(?([A-Za-zÀ-ÿ .-]+?)\)?$", head)
    code = province_code(mark.group(2).strip(" .")) if mark else None
    return (
        mark.group(1).strip() if mark and code else None,
        code,
        f"{postal.group(1)} {postal.group(2)}".upper() if postal else None,
    )


def country_code(text: str) -> str:
    """Give "CA" or "US" for their names in English and French, else the text."""
    return _COUNTRIES.get(fold_text(text), text.strip())
