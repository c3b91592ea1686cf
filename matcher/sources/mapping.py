"""The mapping of a directory's columns to fields: proposed, saved, and fitted to the sheets of a file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from matcher.errors import SourceError
from matcher.sources.columns import (
    Column,
    header_field,
    is_generic_header,
    looks_like_person,
    looks_like_value,
    propose_field,
    propose_fields,
)
from matcher.sources.contacts import mask_contacts
from matcher.sources.grid import Row, Sheet, Table, TableLimits, fold_text
from matcher.sources.header_words import FIELDS
from matcher.sources.tables import open_table

# Headers of names that stand in cells too, as a kind of firm or membership.
_ALSO_VALUES = frozenset("member membre supplier vendor fournisseur exhibitor exposant employer business".split())


@dataclass(frozen=True)
class DirectoryMapping:
    """Which column holds what, so that next year's file needs no second look.

    Attributes:
        header_row: row of the headers in the first sheet that is read; None when there is none, and the columns are
            "Column 1", "Column 2", … from the left. Headers are looked for anew in each sheet and file.
        sheets: sheets to read, in order; empty for a text file.
        columns: column header → field, or "note" (kept as a note), "contact" (dropped and counted) or "ignore".
    """

    header_row: int | None
    sheets: tuple[str, ...]
    columns: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """The mapping as JSON, to be saved and given to :meth:`from_json`."""
        held = {"header_row": self.header_row, "sheets": list(self.sheets), "columns": self.columns}
        return json.dumps(held, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> DirectoryMapping:
        """Read a saved mapping.

        Raises:
            SourceError: it is no JSON, or says something that a mapping cannot say.
        """
        try:
            held = json.loads(text)
        except ValueError as error:
            raise SourceError(f"the mapping is not JSON ({error}): expected what `to_json` wrote") from error
        if not isinstance(held, dict) or set(held) != {"header_row", "sheets", "columns"}:
            raise SourceError("the mapping has other keys: expected an object of header_row, sheets and columns")
        header_row, sheets, columns = held["header_row"], held["sheets"], held["columns"]
        if header_row is not None and (type(header_row) is not int or header_row < 1):
            raise SourceError(f"header_row is {header_row!r}: expected a row number from 1, or null for no header")
        if not isinstance(sheets, list) or not all(isinstance(name, str) for name in sheets):
            raise SourceError(f"sheets is {sheets!r}: expected a list of sheet names")
        if not isinstance(columns, dict):
            raise SourceError(f"columns is {type(columns).__name__}: expected an object of header → field")
        for header, name in columns.items():
            if name not in FIELDS:
                raise SourceError(f"column {header!r} is mapped to {name!r}: expected one of {', '.join(FIELDS)}")
        if "name" not in columns.values():
            raise SourceError("no column is mapped to 'name': say which one holds the names of the firms")
        return cls(header_row, tuple(sheets), dict(columns))


@dataclass(frozen=True)
class SheetPlan:
    """How one sheet is read.

    Attributes:
        sheet: the sheet.
        header_row: number of its header row; 0 when there is none.
        header: the folded cells of that row, to know it again further down.
        names: names of the columns, from the left.
        fields: their fields.
        notes: what a reader should know of the fit.
    """

    sheet: Sheet
    header_row: int
    header: tuple[str, ...]
    names: tuple[str, ...]
    fields: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Head:
    """The first rows of a sheet, and its columns as one of these rows names them."""

    sheet: Sheet
    rows: tuple[Row, ...]
    width: int

    @classmethod
    def of(cls, sheet: Sheet, limits: TableLimits) -> _Head:
        wanted = limits.header_rows + limits.sample_rows
        rows = tuple(row for row in islice(sheet.read(), wanted) if isinstance(row, Row) and row.cells)
        if sheet.name:  # a workbook's rows are all in memory: no cell may be left without a column
            width = max((len(row.cells) for row in sheet.read() if isinstance(row, Row)), default=0)
        else:
            widths = Counter(len(row.cells) for row in rows)
            width = max(widths, key=lambda n: (widths[n], n), default=0)
        return cls(sheet, rows, width)

    def columns(self, at: int | None, limits: TableLimits) -> tuple[Column, ...]:
        """Columns under the header that stands at a position of ``rows``; None for no header."""
        cells = [] if at is None else list(self.rows[at].cells)
        width = max(self.width, len(cells))
        cells += [""] * (width - len(cells))
        groups = [""] * width
        if at is not None:
            number = self.rows[at].number
            for first, last in self.sheet.spans.get(number, ()):
                for i in range(first, min(last + 1, width)):
                    cells[i] = cells[i] or cells[first]
            groups = self._groups(at, width)
        below = self.rows[0 if at is None else at + 1 :][: limits.sample_rows]
        again = {cell for cell in cells if cell}  # a header that is repeated further down is no sample
        full = [
            row.cells
            for row in below
            if width == 1 or sum(bool(cell) and cell not in again for cell in row.cells) > 1  # one cell is a section
        ]
        samples = [tuple(c[i] for c in full if i < len(c) and c[i]) for i in range(width)]
        return tuple(Column(i, " ".join(cells[i].split()), groups[i], samples[i]) for i in range(width))

    def _groups(self, at: int, width: int) -> list[str]:
        """Headings merged over several columns in the row above; one over the whole width is a title."""
        groups = [""] * width
        number = self.rows[at].number - 1
        if at and self.rows[at - 1].number == number:
            above = self.rows[at - 1].cells
            for first, last in self.sheet.spans.get(number, ()):
                if first < len(above) and 1 < last - first + 1 < width:
                    for i in range(first, min(last + 1, width)):
                        groups[i] = " ".join(above[first].split())
        return groups


def column_names(columns: Iterable[Column]) -> tuple[str, ...]:
    """Names of columns, each once: group and header, "Column 3" where there is no header, "(2)" for a repeat."""
    seen: Counter[str] = Counter()
    names = []
    for column in columns:
        name = mask_contacts(column.header)[0] or f"Column {column.position + 1}"
        if column.group and fold_text(column.group) != fold_text(name):
            name = f"{mask_contacts(column.group)[0]}: {name}"
        seen[fold_text(name)] += 1
        n_seen = seen[fold_text(name)]
        names.append(name if n_seen == 1 else f"{name} ({n_seen})")
    return tuple(names)


def find_header(rows: Sequence[Row], limits: TableLimits) -> int | None:
    """Position of the row that holds the headers, or None.

    The row of the first ``limits.header_rows`` that holds most known header words wins. Without any, the first full
    row does if it is all words while a column below it is all numbers, codes or addresses. A row with contact data,
    a web address or a postal code is never a header: taking a firm for a header would show its data as names.
    """
    best, best_score = None, 0.0
    for i in range(min(len(rows), limits.header_rows)):
        score, n_cells = _header_score(rows, i)
        if score > best_score and (score >= 1.5 or score >= 0.5 * n_cells):
            best, best_score = i, score
    return best if best is not None else _header_by_shape(rows, limits)


def _header_score(rows: Sequence[Row], at: int) -> tuple[float, int]:
    filled = [(i, cell) for i, cell in enumerate(rows[at].cells) if cell]
    cells = {cell for _, cell in filled}
    widest = max(len(row.cells) for row in rows)
    if (len(cells) < 2 and widest > 1) or any(looks_like_value(cell) or len(cell) > 80 for cell in cells):
        return 0.0, len(filled)
    score = 0.0
    named = False
    for i, cell in filled:
        name, strength = (None, 90.0) if is_generic_header(cell) else header_field(cell)
        named = named or (name == "name" and strength >= 90 and fold_text(cell) not in _ALSO_VALUES)
        n_same = sum(i < len(row.cells) and row.cells[i] == cell for row in rows)
        if strength and n_same <= max(2, len(rows) / 10):  # "Active" on every third row is a value
            score += strength / 100
    return score + named, len(filled)  # a row that says "Company" is a header, whatever else it says


def _header_by_shape(rows: Sequence[Row], limits: TableLimits) -> int | None:
    widest = max((len(row.cells) for row in rows), default=0)
    for i, row in enumerate(rows[: limits.header_rows]):
        filled = [cell for cell in row.cells if cell]
        if len(filled) < max(2, widest / 2):
            continue
        below = rows[i + 1 :]
        words = not any(len(cell) > 40 or any(char.isdigit() for char in cell) for cell in filled)
        words = words and not any(looks_like_value(cell) or looks_like_person(cell) for cell in filled)
        if not words or len(set(filled)) < len(filled) or len(below) < 2:
            return None
        for column in range(widest):
            values = [r.cells[column] for r in below if column < len(r.cells) and r.cells[column]]
            coded = sum(looks_like_value(v) or v.replace(".", "").isdigit() for v in values)
            if len(values) > 1 and coded >= 0.7 * len(values) and column < len(row.cells) and row.cells[column]:
                return i
        return None
    return None


def propose_mapping(path: Path, *, limits: TableLimits | None = None) -> DirectoryMapping:
    """Propose which column of a directory holds what, from its headers and first values.

    Args:
        path: CSV or XLSX.
        limits: how large the file may be; None is the usual.

    Returns:
        A mapping to look at, change, save and give to ``read_directory``.

    Raises:
        SourceError: the file cannot be read, or no column of it looks like names of firms.
    """
    limits = limits or TableLimits()
    return propose_for(open_table(path, limits), limits)


def propose_for(table: Table, limits: TableLimits) -> DirectoryMapping:
    """:func:`propose_mapping` for a file that is open."""
    heads = [_Head.of(sheet, limits) for sheet in table.sheets if not sheet.hidden]
    heads = [head for head in heads if head.rows]
    if not heads:
        raise SourceError(f"{table.name!r} has no visible sheet with rows: expected headers and a row for each firm")
    header_row: int | None = None
    sheets: list[str] = []
    columns: dict[str, str] = {}
    seen: list[str] = []
    for head in heads:
        at = find_header(head.rows, limits)
        if at is None and len(heads) > 1:
            continue
        found = head.columns(at, limits)
        names, fields = column_names(found), propose_fields(found)
        seen.extend(names)
        if "name" not in fields:
            continue
        if not sheets:
            header_row = None if at is None else head.rows[at].number
        sheets.append(head.sheet.name)
        folded = {fold_text(name) for name in columns}
        columns.update({n: f for n, f in zip(names, fields, strict=True) if fold_text(n) not in folded})
    if not sheets:
        shown = ", ".join(repr(name) for name in dict.fromkeys(seen)) or "none"
        raise SourceError(
            f"{table.name!r} has no column that looks like names of firms (columns: {shown}): head one 'Company', or "
            "give a mapping that says which it is"
        )
    return DirectoryMapping(header_row, tuple(name for name in sheets if name), columns)


@dataclass(frozen=True, slots=True)
class ColumnPreview:
    """One column of a directory for somebody to look at: its name, its field, and a few values as they stand there."""

    name: str
    holds: str
    samples: tuple[str, ...] = field(default=(), repr=False)  # may be contacts


def preview_columns(
    path: Path, *, mapping: DirectoryMapping | None = None, n_samples: int = 3
) -> tuple[DirectoryMapping, tuple[ColumnPreview, ...]]:
    """Columns of a directory with samples, and the mapping that they are read by.

    Args:
        path: CSV or XLSX.
        mapping: a saved one; columns that it does not know get a field of their own. None proposes one.
        n_samples: values of each column.

    Raises:
        SourceError: the file cannot be read, or does not fit the mapping.
    """
    limits = TableLimits()
    table = open_table(path, limits)
    mapping = mapping or propose_for(table, limits)
    found: dict[str, ColumnPreview] = {}
    for plan in plan_sheets(table, mapping, limits)[0]:
        head = _Head.of(plan.sheet, limits)
        numbers = [row.number for row in head.rows]
        at = numbers.index(plan.header_row) if plan.header_row in numbers else None
        for column, name, one in zip(head.columns(at, limits), plan.names, plan.fields, strict=True):
            samples = tuple(dict.fromkeys(" ".join(value.split())[:80] for value in column.values))[:n_samples]
            earlier = found.get(name)
            if earlier is None or not earlier.samples:
                found[name] = ColumnPreview(name, one, samples)
    columns = {name: column.holds for name, column in found.items()}
    return DirectoryMapping(mapping.header_row, mapping.sheets, columns), tuple(found.values())


def plan_sheets(table: Table, mapping: DirectoryMapping, limits: TableLimits) -> tuple[list[SheetPlan], list[str]]:
    """Fit a mapping to the sheets of a file.

    Returns:
        Plans of the sheets to read, in the file's order, and notes on the sheets and columns that did not fit.

    Raises:
        SourceError: no sheet has the columns of the mapping.
    """
    plans, notes, reasons = [], list(table.notes), []
    chosen = {fold_text(name) for name in mapping.sheets}
    here = {fold_text(sheet.name) for sheet in table.sheets}
    if chosen and not chosen & here and any(here):
        notes.append(
            f"the sheets of the mapping ({', '.join(mapping.sheets)}) are not here: all visible ones looked at"
        )
        chosen = set()
    for sheet in table.sheets:
        why = _passed_over(sheet, chosen)
        plan = None if why else _plan(_Head.of(sheet, limits), mapping, limits)
        if plan is None:
            reasons.append(f"sheet {sheet.name!r} was not read: {why or 'it has no column of names of firms'}")
        else:
            plans.append(plan)
    if not plans:
        wanted = ", ".join(repr(name) for name, one in mapping.columns.items() if one == "name")
        raise SourceError(
            f"{table.name!r} does not fit the mapping: expected a column {wanted} in the first {limits.header_rows} "
            "rows; make a new mapping for this file"
        )
    there = {fold_text(name) for plan in plans for name in plan.names}
    missing = [name for name in mapping.columns if fold_text(name) not in there]
    if missing:
        notes.append(f"columns of the mapping that are not in the file: {', '.join(map(repr, missing))}")
    return plans, notes + reasons


def _passed_over(sheet: Sheet, chosen: set[str]) -> str | None:
    if chosen:
        if fold_text(sheet.name) in chosen or not sheet.name:
            return None
        return "it is hidden" if sheet.hidden else "it has no column of names of firms, or the mapping leaves it out"
    return "it is hidden; name it in the mapping to read it" if sheet.hidden else None


def _plan(head: _Head, mapping: DirectoryMapping, limits: TableLimits) -> SheetPlan | None:
    fields = {fold_text(name): one for name, one in mapping.columns.items()}
    at = None if mapping.header_row is None else _best_header(head, fields, limits)
    if not head.rows or (at is None and mapping.header_row is not None):
        return None
    columns = head.columns(at, limits)
    names = column_names(columns)
    found, notes = [], []
    for column, name in zip(columns, names, strict=True):
        one = fields.get(fold_text(name))
        if one is None:
            one = "contact" if propose_field(column)[0] == "contact" else "note"
            if column.values:
                kept = "holds contacts and was dropped" if one == "contact" else "kept as notes"
                notes.append(f"column {name!r} is not in the mapping: {kept}")
        elif one == "ignore" and column.values:
            notes.append(f"column {name!r} was left out: it counts rows, or the mapping says so")
        found.append(one)
    if "name" not in found:
        return None
    header = () if at is None else tuple(fold_text(cell) for cell in head.rows[at].cells)
    number = 0 if at is None else head.rows[at].number
    return SheetPlan(head.sheet, number, header, names, tuple(found), tuple(notes))


def _best_header(head: _Head, fields: Mapping[str, str], limits: TableLimits) -> int | None:
    """The row that names most columns of the mapping, one of them the firms' names."""
    best, best_n = None, 0
    for i in range(min(len(head.rows), limits.header_rows)):
        names = [fold_text(name) for name in column_names(head.columns(i, TableLimits(sample_rows=0)))]
        n_known = sum(name in fields for name in names)
        if n_known > best_n and any(fields.get(name) == "name" for name in names):
            best, best_n = i, n_known
    return best
