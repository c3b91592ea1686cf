"""Which column of a table holds which field: told by its header, and by its values where the header says nothing.

Contact columns (people, e-mail, telephone) are recognised first, by either, since what is missed there would be kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from matcher.places import find_place, province_code
from matcher.sources.cells import LEGAL_FORM, is_certificate, is_yes_or_no, read_membership
from matcher.sources.contacts import mask_contacts
from matcher.sources.grid import fold_text
from matcher.sources.header_words import (
    ALONE,
    COUNTERS,
    FIRST_NAMES,
    PEOPLE,
    PEOPLE_ALONE,
    PLACES,
    SINGLE,
    WORDS,
)

CLOSE_HEADER = 88.0
_PHRASES = {
    phrase: (field, rank)
    for field, phrases in reversed(WORDS.items())
    for rank, phrase in enumerate(phrases.split(", "))
}
_GENERIC = re.compile(r"^(?:column|col|colonne|field|champ|f|unnamed)? ?\d*$")
_MASK = re.compile(r"\[(?:email|phone)\]")
_PHONE = re.compile(
    r"^\W*(?:\+?1\W{0,2})?\(?[2-9]\d{2}\W{0,3}\d{3}\W{0,2}\d{4}\W*(?:(?:x|ext|poste|p)\W*\d{1,6})?\W*$", re.I
)
_POSTAL = re.compile(r"^[ABCEGHJ-NPR-TVXY]\d[A-Z][ -]?\d[A-Z]\d$|^\d{5}-\d{4}$", re.I)
_SITE = re.compile(r"^(?:https?://\S+|(?:www\.)?[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?:/\S*)?)$", re.I)
_RANGE = re.compile(r"^\d{1,5}\s*(?:-|–|to|à)\s*\d{1,6}$|^\d{1,6}\s*(?:\+|employees|employés|employes)$", re.I)
_SECTORS = "11 21 22 23 31 32 33 41 42 44 45 48 49 51 52 53 54 55 56 61 62 71 72 81 91 92".split()
_CODES = re.compile(rf"^(?:(?:{'|'.join(_SECTORS)})\d{{3,4}}(?:\.0)?(?:\s*[-–:]\s*[^\d;]+)?[\s,;|/]*)+$")
# Of two towns or addresses, the one where the firm is comes before the one where its mail goes.
_SECOND = re.compile(r"\b(?:mailing|billing|shipping|postale?|facturation|other|autre|alternate|secondary|second)\b")
_HONORIFIC = re.compile(r"^(?:mr|mrs|ms|miss|dr|m|mme|mlle)\.? [A-ZÀ-Ý]", re.IGNORECASE)
_PERSON = re.compile(r"^(?:[A-ZÀ-Ý][\w'’.-]*)(?:,? (?:[A-ZÀ-Ý][\w'’.-]*|de|du|van|von|der|la|le)){1,3}$")
_COUNTRIES = frozenset({"canada", "ca", "can", "usa", "us", "united states", "etats unis", "mexico", "mexique"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of one sheet: position from 0, header as written, heading above it, and sample values."""

    position: int
    header: str
    group: str = ""
    values: tuple[str, ...] = ()


@lru_cache(maxsize=4096)
def header_field(header: str) -> tuple[str | None, float]:
    """The field that a header names, and how sure that is (100 is a known header word for word).

    Returns:
        (field, strength); field is None where the header says nothing, "counter" for a row number.

    Example:
        >>> header_field("Company Name"), header_field("Courriel")[0], header_field("Ville de l'entreprise")[0]
        (('name', 100.0), 'contact', 'city')
    """
    folded = fold_text(header)
    if _GENERIC.match(folded):
        return None, 0.0
    if PEOPLE.search(folded) or folded in PEOPLE_ALONE:
        return "contact", 100.0
    if folded in COUNTERS:
        return "counter", 100.0
    without = fold_text(re.sub(r"\(.*?\)", " ", header))  # "Staff (FTE)"
    bare = re.sub(r"\s\d+$", "", re.sub(r"^(?:primary|main|principal) ", "", without))
    for text in (folded, without, bare):
        if text in _PHRASES:
            field, rank = _PHRASES[text]
            return field, 100.0 - rank / 10
    if re.search(r"\b(?:naics|scian)\b", folded):
        is_title = re.search(r"\b(?:title|description|name|titre|libelle|desc)\b", folded)
        return ("category" if is_title else "naics"), 90.0
    return _within(folded) or _close(folded) or (None, 0.0)


def _within(folded: str) -> tuple[str, float] | None:
    """A known phrase as whole words of a longer header; a word for "company" counts least."""
    padded = f" {folded} "
    found = [
        (field != "name", len(phrase), field)
        for phrase, (field, _) in _PHRASES.items()
        if phrase not in ALONE and len(phrase) > 3 and f" {phrase} " in padded
    ]
    if not found:
        return None
    _, length, field = max(found)
    return field, 60.0 + length / 5 - (5.0 if _SECOND.search(folded) else 0.0)


def _close(folded: str) -> tuple[str, float] | None:
    """A known phrase with a slip of the pen."""
    if len(folded) < 5:
        return None
    scored = [(fuzz.ratio(folded, phrase), phrase) for phrase in _PHRASES if len(phrase) >= 5]
    score, phrase = max(scored)
    return (_PHRASES[phrase][0], score - 20) if score >= CLOSE_HEADER else None


def is_generic_header(text: str) -> bool:
    """Whether a header only counts: "Column 1", "Champ 2"."""
    return bool(re.match(r"^(?:column|col|colonne|field|champ|unnamed) ?\d+$", fold_text(text)))


def looks_like_value(text: str) -> bool:
    """Whether a cell is plainly a value and no header: contact data, a web address, a postal code, a date, a number."""
    plain = text.strip()
    if _is_contact(plain) or _POSTAL.match(plain) or ("." in plain and _SITE.match(plain)):
        return True
    return bool(re.match(r"^[\d.,/: -]{3,}$", plain)) and not re.fullmatch(r"(?:19|20)\d\d", plain)


def is_telephone(text: str) -> bool:
    """Whether a whole cell is a telephone number, with or without signs between its digits."""
    return _PHONE.match(text) is not None


def looks_like_person(text: str) -> bool:
    """Whether a cell holds people's names: by a first name that is common in Canada, or "Mr.", "Mme".

    Example:
        >>> looks_like_person("Jane Smith / Bob Roy"), looks_like_person("Halton Hills")
        (True, False)
    """
    one = re.split(r"[/;&\n(|]| and | et ", text.strip())[0].strip()
    if LEGAL_FORM.search(one) or any(char.isdigit() for char in one):
        return False
    if _HONORIFIC.match(one):
        return True
    words = fold_text(one.replace("-", " ")).split()
    return bool(_PERSON.match(one)) and (words[0] in FIRST_NAMES or ("," in one and words[1] in FIRST_NAMES))


def share(values: Sequence[str], test: Callable[[str], object]) -> float:
    """Share of the values that pass a test; 0 without values."""
    return sum(bool(test(value)) for value in values) / len(values) if values else 0.0


def _is_contact(value: str) -> bool:
    """Whether a cell is contact data and little else: a sentence that holds an address is a sentence."""
    masked, n_masked = mask_contacts(value)
    return is_telephone(value) or (n_masked > 0 and len(fold_text(_MASK.sub(" ", masked)).split()) <= 3 * n_masked)


def _is_bare_contact(value: str) -> bool:
    """Whether a cell is contact data and nothing else."""
    masked, n_masked = mask_contacts(value)
    return is_telephone(value) or (n_masked > 0 and not fold_text(_MASK.sub(" ", masked)))


def is_contact_column(values: Sequence[str]) -> bool:
    """Whether values are mostly e-mail addresses, telephone numbers or people's names."""
    short = [value for value in values if len(value) <= 120]
    if len(short) < len(values) / 2:
        return False  # texts: what they hold inside is masked
    people = share(short, looks_like_person)
    if share(short, _is_contact) >= 0.4 or people >= 0.5:
        return True
    # First names that the list lacks: names of people are all of one shape, and hardly one firm's name in fifty
    # begins as a person's (measured on 36,659 profiles).
    shaped, legal = share(short, _PERSON.match), share(short, LEGAL_FORM.search)
    return people >= 0.2 and people * len(short) >= 2 and shaped >= 0.7 and legal < 0.1


def _fold_set(words: Iterable[str]) -> Callable[[str], bool]:
    known = frozenset(words)
    return lambda value: fold_text(value) in known


_BY_VALUE: tuple[tuple[str, float, Callable[[str], object]], ...] = (
    ("postal_code", 0.6, _POSTAL.match),
    ("province", 0.8, province_code),
    ("country", 0.8, _fold_set(_COUNTRIES)),
    ("website", 0.6, _SITE.match),
    ("naics", 0.9, _CODES.match),
    ("employees", 0.6, _RANGE.match),
    ("certifications", 0.5, is_certificate),
    ("membership", 0.8, lambda value: read_membership(value) is not None and not is_yes_or_no(value)),
    ("name", 0.3, LEGAL_FORM.search),
    ("city", 0.6, lambda value: find_place(value) is not None),
    ("description", 0.5, lambda value: len(value) >= 60 and value.count(" ") >= 7),
)


def value_field(values: Sequence[str], *, towns: bool = True) -> str | None:
    """The field that sample values look like, or None.

    Args:
        values: of one column.
        towns: look for towns too, which loads the table of all places.
    """
    if not values:
        return None
    if is_contact_column(values):
        return "contact"
    for field, least, test in _BY_VALUE:
        if (towns or field != "city") and share(values, test) >= least:
            return field
    return None


def _is_counter(values: Sequence[str]) -> bool:
    numbers = [int(value) for value in values if value.isdigit()]
    return len(numbers) == len(values) and all(b > a for a, b in zip(numbers, numbers[1:], strict=False))


def propose_field(column: Column) -> tuple[str, float]:
    """The field of one column by header and values, and how sure that is."""
    field, strength = header_field(column.header)
    under_contact = column.group and header_field(column.group)[0] == "contact"
    if under_contact and field not in PLACES:
        return "contact", 100.0
    if field is None and column.group:
        field, strength = header_field(f"{column.group} {column.header}")
    if field == "contact":
        return field, strength
    if is_certificate(column.header) and share(column.values, is_yes_or_no) >= 0.8:
        return "certifications", 95.0
    if field == "counter":
        return ("ignore" if _is_counter(column.values) else "note"), strength
    seen = value_field(column.values, towns=field in (None, "website"))
    if share(column.values, _is_bare_contact) >= 0.4 or (seen == "contact" and field in (None, "note", "website")):
        return "contact", 100.0
    if seen == "contact" and field == "name" and strength < 98 and len(column.values) > 1:
        if share(column.values, looks_like_person) >= 0.6:
            return "contact", 100.0
    if field is None:
        return (seen or "note"), 30.0
    return _checked(field, seen, column.values), strength


def _checked(field: str, seen: str | None, values: Sequence[str]) -> str:
    """A header's field, unless its values say that it is another."""
    if not values:
        return field
    if field == "membership" and share(values, lambda value: read_membership(value) is not None) < 0.3:
        return "name" if seen == "name" else "note"
    if field == "note" and seen == "membership":
        return "membership"
    if field == "name" and share(values, is_yes_or_no) >= 0.8:
        return "membership"  # "Member: yes"
    if field == "name" and seen in ("membership", "naics", "postal_code", "website"):
        return str(seen)
    if field == "naics" and share(values, lambda value: any(char.isdigit() for char in value)) < 0.5:
        return "category"
    if field == "website" and share(values, lambda value: "." in value) < 0.3 and seen in ("city", "name"):
        return str(seen)
    if field == "city" and share(values, lambda value: any(char.isdigit() for char in value)) > 0.5:
        return "address"
    return field


def propose_fields(columns: Sequence[Column]) -> list[str]:
    """Fields of the columns of one sheet, in order.

    A field of one value goes to the column whose header names it best, the leftmost of equals; the others become
    notes. A column headed only "Name" beside one headed "Company" holds people.
    """
    found = [propose_field(column) for column in columns]
    result = [field for field, _ in found]
    for field in SINGLE:
        rivals = [i for i, (one, _) in enumerate(found) if one == field]
        if not rivals:
            continue
        best = max(rivals, key=lambda i: (found[i][1], -i))
        for i in rivals:
            if i != best:
                is_person = field == "name" and fold_text(columns[i].header) in ("name", "nom")
                result[i] = "contact" if is_person else "note"
    if "name" not in result:
        _name_by_values(columns, found, result)
    return result


def _name_by_values(columns: Sequence[Column], found: Sequence[tuple[str, float]], result: list[str]) -> None:
    """Without any header or legal form: the leftmost column of short texts that hardly repeat."""
    for i, column in enumerate(columns):
        values = column.values
        if result[i] != "note" or found[i][1] > 30 or len(values) < 2:
            continue
        texts = share(values, lambda value: any(char.isalpha() for char in value) and len(value) <= 80)
        if texts >= 0.9 and len(set(values)) >= 0.9 * len(values):
            result[i] = "name"
            return
