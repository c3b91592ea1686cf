"""One row of a directory, its columns mapped → a firm; what is left out is counted."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from matcher.errors import RowError
from matcher.places import province_code
from matcher.records import firm_from_row, slug, statement_id
from matcher.sources import cells as read
from matcher.sources.columns import is_telephone, looks_like_person
from matcher.sources.contacts import mask_contacts
from matcher.sources.grid import fold_text
from matcher.sources.open_data import repair_text, title_city
from matcher.types import Firm, FirmKind, StatementKind

IN_TEXT = "e-mail or telephone in text"
_LISTS = {
    "capabilities": StatementKind.CAPABILITY,
    "category": StatementKind.CAPABILITY,
    "products": StatementKind.PRODUCT,
    "services": StatementKind.SERVICE,
    "equipment": StatementKind.EQUIPMENT,
    "materials": StatementKind.MATERIAL,
}
_BLANKS = re.compile(r"[^\S\n]+")
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_MASKS = re.compile(r"\[(?:email|phone)\]")
_EDITION = re.compile(r"\b(?:19|20)\d\d\b")
_COMPANY = re.compile(r"\b(?:inc|ltd|limited|ltée|corp|corporation|llc|lp|o/a)\b", re.IGNORECASE)
_KINDS = (
    (FirmKind.CHAMBER, re.compile(r"\bchambers? of commerce\b|\bboard of trade\b|\bchambre de commerce\b", re.I)),
    (FirmKind.FUNDER, re.compile(r"\bnext generation manufacturing canada\b|^ngen\b", re.I)),
    (
        FirmKind.RESEARCH,
        re.compile(
            r"\b(?:university|université|polytechnic|polytechnique|college|collège|cégep|"
            r"research (?:cent(?:re|er)|council|institute|facility|laborator(?:y|ies)))\b",
            re.IGNORECASE,
        ),
    ),
    (FirmKind.ASSOCIATION, re.compile(r"\bassociation$|\bassociation of\b|^association\b", re.I)),
)


@dataclass
class Tally:
    """What was left out or put right, counted while rows are read.

    Attributes:
        dropped: cells with contact data, by column, and contact data masked inside texts.
        repaired: repairs by kind.
        odd: rows by what was odd in them, in words.
    """

    dropped: Counter[str] = field(default_factory=Counter)
    repaired: Counter[str] = field(default_factory=Counter)
    odd: dict[str, list[int]] = field(default_factory=dict)

    def note(self, what: str, row: int) -> None:
        """Remember a row by what was odd in it."""
        self.odd.setdefault(what, []).append(row)


def clean_cell(text: str, tally: Tally) -> str:
    """A cell's text in one form: composed accents, single blanks, no control characters (these are counted)."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if _ODD.search(text):
        text, n = repair_text(text)
        tally.repaired["control characters"] += n
    return _BLANKS.sub(" ", text).strip()


def firm_kind(name: str) -> FirmKind:
    """What an organisation is by its name: a chamber or the funder in a directory is never a candidate."""
    found = next((kind for kind, pattern in _KINDS if pattern.search(name)), FirmKind.FIRM)
    never = found in (FirmKind.CHAMBER, FirmKind.FUNDER)
    return found if never or not _COMPANY.search(name) else FirmKind.FIRM  # "College Plumbing Ltd." is a firm


class FirmRow:
    """Gathers what the cells of one row say; :meth:`firm` gives the result."""

    def __init__(self, line: int, source: str, tally: Tally, today: date | None) -> None:
        """Begin a row of a file."""
        self.line, self.source, self.tally, self.today = line, source, tally, today
        self.member_id: str | None = None
        self.status: bool | None = None
        self.states_status = False
        self.expired: bool | None = None
        self.contacts: list[tuple[str, str]] = []
        self._values: dict[str, Any] = {}
        self._statements: dict[str, dict[str, Any]] = {}

    def add(self, header: str, name: str, text: str) -> None:
        """Take in one cell.

        Args:
            header: the column's name.
            name: the field that it is mapped to.
            text: the cell, cleaned.
        """
        if not text or name == "ignore":
            return
        if name == "contact" or (name == "note" and looks_like_person(text)):
            self.tally.dropped[header] += 1
            self.contacts.append((header, text))
            return
        if is_telephone(text) and name not in ("id", "naics"):
            self.tally.dropped[IN_TEXT] += 1
            self.contacts.append((header, text))
            return
        text, n_masked = mask_contacts(text)
        self.tally.dropped[IN_TEXT] += n_masked
        if n_masked and not any(char.isalnum() for char in _MASKS.sub("", text)):
            return
        if read.is_empty(text):
            return
        self._take(header, name, text)

    def _take(self, header: str, name: str, text: str) -> None:
        if name in _LISTS:
            for part in read.split_list(text):
                self._say(_LISTS[name], part)
            return
        take: dict[str, Callable[[str, str], None]] = {
            "id": self._id,
            "name": self._name,
            "city": self._city,
            "province": self._province,
            "country": lambda _, value: self._set("country", read.country_code(value)),
            "postal_code": self._postal_code,
            "address": self._address,
            "website": self._website,
            "employees": self._employees,
            "naics": self._naics,
            "certifications": self._certifications,
            "membership": self._membership,
            "expires": self._expires,
            "lang": self._lang,
            "description": lambda _, value: self._say(StatementKind.SUMMARY, value),
        }
        take.get(name, self._note)(header, text)

    def _set(self, key: str, value: object) -> None:
        if value is not None:
            self._values.setdefault(key, value)

    def _say(self, kind: StatementKind, text: str, edition: str | None = None) -> None:
        key = statement_id(kind, text)
        row = {"id": key, "kind": kind, "text": text, "source": self.source, "edition": edition}
        self._statements.setdefault(key, row)

    def _note(self, header: str, text: str) -> None:
        self._say(StatementKind.NOTE, f"{header}: {text}")

    def note(self, text: str) -> None:
        """Keep a text with the firm."""
        self._say(StatementKind.NOTE, text)

    def _id(self, header: str, text: str) -> None:
        self.member_id = text

    def _name(self, header: str, text: str) -> None:
        self._set("name", " ".join(_MASKS.sub(" ", text).split()).strip(" ,;-"))

    def _city(self, header: str, text: str) -> None:
        city, province = read.split_city(" ".join(text.split()))
        self._set("city", title_city(city))
        if province:
            self._values.setdefault("province_of_city", province)

    def _province(self, header: str, text: str) -> None:
        short = fold_text(text)
        code = {"ont": "ON", "que": "QC", "pq": "QC"}.get(short) or province_code(text.strip(" ."))
        self._set("province", code or text)

    def _postal_code(self, header: str, text: str) -> None:
        code = read.clean_postal_code(text)
        if code is None:
            self._note(header, text)
            self.tally.note("postal codes that are none were kept as notes", self.line)
        self._set("postal_code", code)

    def _address(self, header: str, text: str) -> None:
        town, province, postal_code = read.split_address(text)
        self._values.setdefault("address", (town, province, postal_code))
        self._say(StatementKind.PLACE, ", ".join(line.strip(" ,") for line in text.split("\n") if line.strip(" ,")))

    def _website(self, header: str, text: str) -> None:
        rest = []
        for part in re.split(r"[\s;|]+|,\s*", text):
            site = read.clean_website(part)
            if site and "website" not in self._values:
                self._set("website", site)
            elif part and fold_text(part) not in ("and", "et", "or", "ou"):
                rest.append(part)
        if rest:
            self._note(header, " ".join(rest))

    def _employees(self, header: str, text: str) -> None:
        count = read.read_employees(text)
        if count is not None:
            self._set("employees", count)
            return
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            self.tally.note("headcounts that a spreadsheet turned into dates (10-19) were kept as notes", self.line)
            self._note(header, text)
            return
        self._say(StatementKind.SIZE, f"{header}: {text}")

    def _naics(self, header: str, text: str) -> None:
        codes, rest = read.read_naics(text)
        edition = _EDITION.search(header)
        for code in codes:
            self._say(StatementKind.NAICS, code, edition.group() if edition else None)
        if rest:
            self._note(header, "; ".join(rest))
            self.tally.note("industry codes without 2 to 6 digits were kept as notes", self.line)

    def _certifications(self, header: str, text: str) -> None:
        folded = fold_text(text)
        if read.is_certificate(header) and (folded in read.YES or text in read.YES):
            self._say(StatementKind.CERTIFICATE, header.strip(" ?:"))
            return
        if folded in read.YES | read.NO:
            self._note(header, text)
            return
        for part in read.split_certificates(text):
            self._say(StatementKind.CERTIFICATE, part)

    def _membership(self, header: str, text: str) -> None:
        self.status, self.states_status = read.read_membership(text), True
        self._say(StatementKind.MEMBERSHIP, f"{header}: {text}")

    def _expires(self, header: str, text: str) -> None:
        self.expired = read.is_past(text, self.today) if self.today else None
        self._say(StatementKind.MEMBERSHIP, f"{header}: {text}")

    def _lang(self, header: str, text: str) -> None:
        lang = {"f": "fr", "e": "en", "a": "en"}.get(fold_text(text)[:1])
        self._set("lang", lang) if lang else self._note(header, text)

    def ids(self) -> set[str]:
        """Ids that the firm of this row may have had: a row that is refused did not disappear."""
        return {slug(text) for text in (self.member_id, self._values.get("name")) if text}

    def firm(self, name_header: str, *, otherwise_member: bool | None) -> Firm:
        """The firm of this row, without its final id.

        Args:
            name_header: the column of names, for the refusal.
            otherwise_member: what the sheet or section says where the row's own status and expiry do not.

        Raises:
            RowError: it has no name, or a value is too long.
        """
        values = dict(self._values)
        if not values.get("name"):
            raise RowError(self.line, name_header, "", "the row has no name of a firm; fill it in")
        town, province, postal_code = values.pop("address", (None, None, None))
        of_city = values.pop("province_of_city", None)
        for key, value in (("province", of_city or province), ("city", town), ("postal_code", postal_code)):
            if value is not None:
                values.setdefault(key, value)
        if self.status and self.expired:
            self.tally.note("firms have an active status and an expiry date that is past: taken as members", self.line)
        by_date = None if self.expired is None else not self.expired
        if self.states_status and otherwise_member:
            otherwise_member = None  # "pending" on the sheet of members is not a member yet
        values["member"] = _first(self.status, by_date, otherwise_member)
        row = {"id": "row", **values, "kind": firm_kind(values["name"]), "statements": list(self._statements.values())}
        return firm_from_row(row, line=self.line)


def _first(*values: bool | None) -> bool | None:
    return next((value for value in values if value is not None), None)


def filled(texts: Iterable[str]) -> list[int]:
    """Positions of cells that hold something."""
    return [i for i, text in enumerate(texts) if text]
