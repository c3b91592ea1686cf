"""Member directories as CSV or XLSX, with any column names in English or French → firms.

The mapping of columns to fields is proposed from headers and values, can be saved, and serves the next file. Contact
data is dropped and counted by column; columns that map to nothing stay with the firm as notes; rows that are no firm
(totals, sections, blanks, repeated headers) are counted in the notes. Nothing vanishes silently.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from matcher.errors import RowError, SourceError
from matcher.sources.cells import read_membership
from matcher.sources.columns import is_contact_column
from matcher.sources.contacts import mask_contacts
from matcher.sources.firm_rows import FirmRow, Tally, clean_cell, filled
from matcher.sources.grid import Row, TableLimits, fold_text, rows_text
from matcher.sources.identity import Draft, identify
from matcher.sources.mapping import DirectoryMapping, SheetPlan, plan_sheets, propose_for, propose_mapping
from matcher.sources.people import people_of
from matcher.sources.report import ReadResult, as_refusal
from matcher.sources.tables import open_table
from matcher.types import Firm, Refusal

__all__ = ["DirectoryMapping", "TableLimits", "propose_mapping", "read_directory"]

_TOTAL = re.compile(
    r"(?:grand |sub ?|sous )?tota(?:l|ls|ux)(?: (?:general|number|count|members?|membres?|firms?|companies|"
    r"entreprises|rows|employees|employes|of|de|des|d)\b)*(?: \d+)*|(?:count|nombre|average|moyenne|sum|somme)(?: \d+)*"
)
_NUMBER = re.compile(r"[\d\s.,%$€-]*")
_REMARK = re.compile(
    r"^(?:source|notes?|nb|printed|generated|prepared|last updated?|page|copyright|confidential|imprime|"
    r"mis a jour|remarques?|list(?:e)? (?:as of|au)|as of|en date du|end of (?:list|report)|fin de (?:la )?liste)\b"
)
_SECTION = re.compile(r"\b(?:members?|membres?|section|category|categorie|lapsed|expired|former|anciens)\b")
_WORDS = {
    "blank": ("blank row", "blank rows"),
    "header": ("repeated header row", "repeated header rows"),
    "total": ("totals row", "totals rows"),
    "section": ("section row", "section rows"),
    "remark": ("remark below or between the rows", "remarks below or between the rows"),
    "contacts": ("row of contacts only", "rows of contacts only"),
    "title": ("row above the headers", "rows above the headers"),
}
PROGRESS_EVERY = 1000


def read_directory(
    path: Path,
    *,
    mapping: DirectoryMapping | None = None,
    progress: Callable[[int], None] | None = None,
    today: date | None = None,
    limits: TableLimits | None = None,
) -> ReadResult[Firm]:
    """Read the firms of a directory.

    Args:
        path: CSV (comma, semicolon, tab or bar; UTF-8, UTF-16, Windows-1252) or XLSX.
        mapping: from :func:`propose_mapping` or a saved one; None proposes one.
        progress: called with the number of rows read, now and then.
        today: day that expiry dates are compared with; None judges no membership by a date.
        limits: how large the file may be; None is the usual.

    Returns:
        Firms with the row where each stands first; refused rows (the reason names the sheet of a workbook); counts
        of dropped contact data by column; the mapping; and notes on all that was skipped, joined or odd.

    Raises:
        SourceError: the file cannot be read at all, does not fit the mapping, or holds no row under its headers.
    """
    limits = limits or TableLimits()
    table = open_table(path, limits)
    plans, notes = plan_sheets(table, mapping or propose_for(table, limits), limits)
    several = len(plans) > 1
    tally = Tally()
    reading = _Reading(path.name, tally, progress, today)
    for plan in plans:
        prefix = f"sheet {plan.sheet.name!r}: " if several else ""
        notes += [prefix + note for note in (*plan.sheet.notes, *plan.notes)]
        notes += [prefix + note for note in reading.read(plan, name_sheet=bool(plan.sheet.name))]
    if not reading.n_rows:
        raise SourceError(f"{path.name!r} has headers and no row under them: expected a row for each firm")
    found = identify(reading.drafts)
    refused = sorted((*reading.refused, *found.refused), key=lambda refusal: refusal.line)
    return ReadResult(
        records=found.records,
        refused=tuple(refused),
        dropped={name: n for name, n in tally.dropped.items() if n},
        repaired=dict(tally.repaired),
        mapping={name: one for plan in plans for name, one in zip(plan.names, plan.fields, strict=True)},
        notes=(*notes, *found.notes),
        refused_ids=frozenset(reading.refused_ids),
        people=found.people,
    )


@dataclass
class _Section:
    """The heading that the rows below it stand under."""

    label: str | None = None
    member: bool | None = None


@dataclass
class _Reading:
    """Rows read so far."""

    source: str
    tally: Tally
    progress: Callable[[int], None] | None
    today: date | None
    drafts: list[Draft] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    refused_ids: set[str] = field(default_factory=set)
    n_rows: int = 0

    def read(self, plan: SheetPlan, *, name_sheet: bool) -> list[str]:
        """Read one sheet; gives its notes."""
        skipped: dict[str, list[int]] = {kind: [] for kind in _WORDS}
        section, sheet = _Section(), plan.sheet.name if name_sheet else ""
        self.tally.odd = {}
        by_sheet = read_membership(sheet) if sheet else None
        assumed: Counter[bool | None] = Counter()
        last = plan.header_row
        blanks: list[int] = []
        for row in plan.sheet.read():
            if isinstance(row, Refusal):
                if row.line > plan.header_row:
                    self._refuse(row, sheet)
                continue
            if row.number <= plan.header_row:
                if row.cells and row.number < plan.header_row:
                    skipped["title"].append(row.number)
                continue
            cells = [clean_cell(cell, self.tally) for cell in row.cells]
            kind = _kind(plan, row, cells)
            if kind == "blank":
                blanks.append(row.number)
                continue
            # Blank rows count once something follows: a workbook leaves them out, a text file ends in a few.
            skipped["blank"].extend(range(last + 1, row.number) if sheet else blanks)
            blanks, last = [], row.number
            if kind == "section":
                section = _section(" ".join(text for text in cells if text))
            if kind == "contacts":
                self.tally.dropped.update(plan.names[i] for i in filled(cells))
            if kind == "data":
                otherwise = section.member if section.member is not None else by_sheet
                assumed[self._row(plan, row.number, cells, sheet, section.label, otherwise)] += 1
            else:
                skipped[kind].append(row.number)
        return _notes(skipped, self.tally.odd, _assumed_notes(assumed))

    def _refuse(self, refusal: Refusal, sheet: str) -> None:
        reason = refusal.reason + (f" (sheet {sheet!r})" if sheet else "")
        self.refused.append(as_refusal(refusal.line, refusal.field, refusal.value, reason))
        self.n_rows += 1

    def _row(
        self, plan: SheetPlan, number: int, cells: list[str], sheet: str, label: str | None, otherwise: bool | None
    ) -> bool | None:
        """Read one firm; gives its membership where the sheet or section alone says it, else None."""
        self.n_rows += 1
        if self.progress and self.n_rows % PROGRESS_EVERY == 0:
            self.progress(self.n_rows)
        if len(cells) > len(plan.names):
            reason = (
                f"the row has {len(cells)} cells, the table {len(plan.names)}: a separator inside a text? Put the text "
                "in quotes"
            )
            self._refuse(Refusal(number, "row", "", reason), sheet)
            return None
        row = FirmRow(number, self.source, self.tally, self.today)
        for header, name, text in zip(plan.names, plan.fields, cells, strict=False):
            row.add(header, name, text)
        if label:
            row.note(f"Section: {label}")
        try:
            firm = row.firm(plan.names[plan.fields.index("name")], otherwise_member=otherwise)
        except RowError as error:
            self.refused_ids |= row.ids()
            value = "" if error.field == "statements" else mask_contacts(error.value)[0]
            self._refuse(Refusal(number, error.field, value, error.reason), sheet)
            return None
        self.drafts.append(Draft(number, sheet, row.member_id, firm, people_of(row.contacts)))
        return firm.member if row.status is None and row.expired is None else None


def _kind(plan: SheetPlan, row: Row, cells: list[str]) -> str:
    """What a row is: data, or one of the kinds that are skipped."""
    full = filled(cells)
    if not full:
        return "blank"
    if _is_header_again(plan, cells, full):
        return "header"
    first = fold_text(cells[full[0]][:120])
    if _TOTAL.fullmatch(first) and all(_NUMBER.fullmatch(cells[i]) for i in full[1:]):
        return "total"
    if all(i < len(plan.fields) and plan.fields[i] == "contact" for i in full):
        return "contacts"
    if len(full) == 1 and len(plan.names) > 2:
        return _lone_cell(plan, row, full[0], cells[full[0]], first)
    return "data"


def _is_header_again(plan: SheetPlan, cells: list[str], full: list[int]) -> bool:
    if len(full) < 2 and len(plan.names) > 1:
        return False
    wanted = 0.8 * len(full)
    for n_seen, i in enumerate(full):
        same = i < len(plan.header) and len(cells[i]) <= 80 and plan.header[i] == fold_text(cells[i]) != ""
        wanted -= same
        if wanted > len(full) - n_seen - 1:
            return False  # most rows are told after their first cell or two
    return True


def _lone_cell(plan: SheetPlan, row: Row, at: int, text: str, folded: str) -> str:
    """A row of one cell: a section, a remark, or a firm of which only the name is known."""
    if _REMARK.match(folded) or len(text) > 120:
        return "remark"
    spans = any(first == at for first, _ in plan.sheet.spans.get(row.number, ()))
    other_column = at >= len(plan.fields) or plan.fields[at] != "name"
    if spans or other_column or len(folded) == 1 or text.endswith(":"):
        return "section"
    return "section" if _SECTION.search(folded) and read_membership(text) is not None else "data"


def _section(label: str) -> _Section:
    if is_contact_column([label]):
        return _Section()
    masked = mask_contacts(label)[0].strip(" :")
    return _Section(masked if len(masked) > 1 else None, read_membership(masked))


def _assumed_notes(assumed: Counter[bool | None]) -> list[str]:
    words = ((True, "members"), (False, "former members or none"))
    by = "by the name of the sheet or section"
    return [f"taken as {what} {by}: {assumed[member]}" for member, what in words if assumed[member]]


def _notes(skipped: dict[str, list[int]], odd: dict[str, list[int]], more: list[str]) -> list[str]:
    notes = []
    for kind, numbers in skipped.items():
        if numbers:
            one, many = _WORDS[kind]
            notes.append(f"{len(numbers)} {one if len(numbers) == 1 else many} skipped ({rows_text(numbers)})")
    notes += [f"{what}: {len(numbers)} ({rows_text(numbers)})" for what, numbers in odd.items()]
    return notes + more
