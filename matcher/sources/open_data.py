"""Reads the profiles of the federal directory *Canadian Company Capabilities* (open data, February 2017).

All values there are texts and an empty one is missing. Text is repaired before anything takes offsets. The masks
``[phone]`` and ``[email]`` that the publisher left in texts stay; in a name they are wrong ("Energy@Work Inc." had
become "[email] Inc."), so the other name is used. The edition of the industry codes is not stated and a tenth of the
titles are of no 2017 class, so it stays None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from matcher.errors import RowError
from matcher.records import statement_id
from matcher.sources.contacts import EMAIL_MASK, PHONE_MASK, mask_into
from matcher.sources.jsonl import iter_rows
from matcher.sources.report import ReadResult, refusal_of, sorted_counts
from matcher.sources.values import headcount, naics_codes, province_code, repair_text, split_list, town_name
from matcher.types import Firm, FirmKind, Refusal, Statement, StatementKind

SOURCE = "Canadian Company Capabilities (open data)"
DATE = "2017-02"
_PROGRESS_EVERY = 1000
_REQUIRED = ("id", "legal_name", "operating_name")
_OFFERINGS = {"product": StatementKind.PRODUCT, "service": StatementKind.SERVICE}


def looks_like_profiles(first_row: Mapping[str, Any]) -> bool:
    """Whether a row is one of these profiles."""
    return "legal_name" in first_row and "offerings" in first_row


class _Row:
    """One profile with its values repaired, and its statements as they are found."""

    def __init__(
        self, row: Mapping[str, Any], line: int, dropped: Counter[str], repaired: Counter[str]
    ) -> None:
        self.row, self.line, self.dropped, self.repaired = row, line, dropped, repaired
        self.found: dict[str, Statement] = {}

    def clean(self, value: Any, key: str) -> str:  # noqa: ANN401 - unchecked JSON
        if value is None:
            return ""
        if not isinstance(value, str):
            raise RowError(self.line, key, str(value)[:80], f"expected a text, got {type(value).__name__}")
        return repair_text(value, self.repaired).strip()

    def text(self, key: str) -> str:
        return self.clean(self.row.get(key), key)

    def items(self, key: str) -> list[Any]:
        value = self.row.get(key) or []
        if not isinstance(value, list):
            raise RowError(self.line, key, str(value)[:80], f"expected a list, got {type(value).__name__}")
        return value

    def texts(self, key: str) -> list[str]:
        return [text for item in self.items(key) if (text := self.clean(item, key))]

    def add(self, kind: StatementKind, text: str) -> None:
        text = mask_into(text, self.dropped).strip()
        if text:
            key = statement_id(kind, text)
            self.found.setdefault(key, Statement(key, kind, text, SOURCE, DATE))

    def name(self) -> str:
        """Operating name, else the legal one; the one without a mask when only one has a mask."""
        names = [name for key in ("operating_name", "legal_name") if (name := self.text(key))]
        if not names:
            raise RowError(self.line, "operating_name", "", "expected an operating or a legal name")
        whole = [name for name in names if EMAIL_MASK not in name and PHONE_MASK not in name]
        if not whole:
            self.repaired["name left with a mask"] += 1
        elif whole[0] != names[0]:
            self.repaired["name with a mask replaced by the other name"] += 1
        return (whole or names)[0]

    def add_offerings(self) -> None:
        for item in self.items("offerings"):
            if not isinstance(item, Mapping):
                raise RowError(
                    self.line, "offerings", str(item)[:80], "expected an object with type and name"
                )
            name, words = self.clean(item.get("name"), "offerings"), self.clean(item.get("desc"), "offerings")
            parts = [name] if words.casefold() == name.casefold() else [name, words]
            kind = _OFFERINGS.get(self.clean(item.get("type"), "offerings"), StatementKind.CAPABILITY)
            self.add(kind, ": ".join(part for part in parts if part))

    def add_facts(self, name: str) -> None:
        for text in split_list(self.text("quality_certification"), commas=True):
            if text.casefold() not in ("no", "yes"):
                self.add(StatementKind.CERTIFICATE, text)
        for code in (self.text("naics_primary"), *self.texts("naics_alt")):
            # A title may hold a comma or a bar of its own, so that a code is taken whole.
            codes, other = naics_codes(code) if code.isdigit() else _code(code)
            for text in codes:
                self.add(StatementKind.NAICS, text)
            for text in other:
                self.add(StatementKind.NOTE, f"Industry: {text}")
        self.add(StatementKind.ACTIVITY, self.text("activity"))
        for key, label in (("market_sectors", "Market sectors"), ("export_experience", "Export experience")):
            if texts := self.texts(key):
                self.add(StatementKind.NOTE, f"{label}: {'; '.join(texts)}")
        for key, label in (("technology", "Technology"), ("year_established", "Year established")):
            if (text := self.text(key)) and text.casefold() not in ("n/a", "na", "none"):
                self.add(StatementKind.NOTE, f"{label}: {text}")
        for key, label in (("legal_name", "Legal name"), ("alternate_name", "Also known as")):
            other_name = self.text(key)
            if other_name and other_name != name and "[" not in other_name:
                self.add(StatementKind.NOTE, f"{label}: {other_name}")
        if self.text("exporting").casefold() == "yes":
            self.add(StatementKind.NOTE, "Exports: yes")


def _code(value: str) -> tuple[list[str], list[str]]:
    """ "code - title" of the directory as "code title"."""
    code, _, title = value.partition(" - ")
    if code.strip().isdigit() and 2 <= len(code.strip()) <= 6:
        return [f"{code.strip()} {title.strip()}".strip()], []
    return [], [value] if value else []


def _firm(row: _Row) -> tuple[Firm, bool]:
    """Firm of a row, and whether it says anything in words."""
    firm_id, name = row.text("id"), row.name()
    if not firm_id or any(c.isspace() or c == ":" for c in firm_id):
        raise RowError(row.line, "id", firm_id[:80], "expected an id without spaces or colons")
    row.add(StatementKind.SUMMARY, row.text("profile"))
    row.add_offerings()
    has_text = bool(row.found)
    row.add_facts(name)
    count, size = headcount(row.text("employees"))
    if size:
        row.add(StatementKind.SIZE, size)
    activity = row.text("activity").casefold()
    firm = Firm(
        id=firm_id,
        name=name,
        kind=FirmKind.ASSOCIATION if activity == "association" else FirmKind.FIRM,
        city=town_name(row.text("city")) or None,
        province=province_code(row.text("province")) or None,
        country="CA",
        postal_code=row.text("postal_code") or None,
        website=row.text("website") or None,
        employees=count,
        lang=row.text("lang") if row.text("lang") in ("en", "fr") else None,
        statements=tuple(row.found.values()),
    )
    return firm, has_text


def read_profiles(path: Path, progress: Callable[[int], None] | None = None) -> ReadResult[Firm]:
    """Read all profiles of a file; every row is loaded or refused.

    Args:
        path: ``profiles.jsonl`` or ``profiles.jsonl.gz``.
        progress: called with the number of rows read, every 1,000 rows and at the end.

    Returns:
        Firms in the order of the file; rows without any text are firms too, and a note counts them.

    Raises:
        SourceError: the file cannot be read, or is empty.
    """
    records: list[tuple[int, Firm]] = []
    refused: list[Refusal] = []
    refused_ids: list[str] = []
    dropped: Counter[str] = Counter()
    repaired: Counter[str] = Counter()
    n_silent = n_rows = 0
    for n_rows, (line, row) in enumerate(iter_rows(Path(path)), start=1):
        if progress and n_rows % _PROGRESS_EVERY == 0:
            progress(n_rows)
        if isinstance(row, Refusal):
            refused.append(row)
            continue
        try:
            firm, has_text = _firm(_Row(row, line, dropped, repaired))
        except RowError as error:
            refused.append(refusal_of(error))
            if isinstance(row.get("id"), str):
                refused_ids.append(row["id"].strip())
            continue
        n_silent += not has_text
        records.append((line, firm))
    if progress:
        progress(n_rows)
    notes = (f"{n_silent} rows have no text",) if n_silent else ()
    return ReadResult(
        tuple(records),
        tuple(refused),
        sorted_counts(dropped),
        sorted_counts(repaired),
        notes=notes,
        refused_ids=tuple(refused_ids),
    )
