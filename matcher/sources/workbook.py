"""XLSX workbooks → rows, after a look at the package: nothing is unpacked that is too large, and nothing is computed.

Cells give their stored values (a formula its last computed one). Dates become ``YYYY-MM-DD``, whole numbers lose
their ".0". A range merged downwards gives its value to every row of it that holds anything else.
"""

from __future__ import annotations

import functools
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from matcher.errors import SourceError
from matcher.sources.grid import Row, Sheet, Table, TableLimits, rows_text, trimmed
from matcher.types import Refusal

_CHUNK = 1 << 20
_LAST_ROW = 1_048_576
# openpyxl tells a broken package by whatever its parts raise.
_BROKEN = (
    zipfile.BadZipFile, InvalidFileException, etree.XMLSyntaxError, SyntaxError, KeyError, ValueError, TypeError,
    IndexError, AttributeError, EOFError, NotImplementedError, OSError, OverflowError,
)  # fmt: skip


@dataclass
class _Layout:
    """What the XML of a sheet says that openpyxl's stream does not give."""

    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    without_value: list[int] = field(default_factory=list)


def read_workbook(path: Path, limits: TableLimits) -> Table:
    """Open a workbook and read its sheets.

    Raises:
        SourceError: it is broken, too large, or no workbook.
    """
    try:
        check_package(path, limits)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and validations that it leaves out
            return Table(path.name, tuple(_sheets(path, limits)))
    except _BROKEN as error:
        raise SourceError(
            f"{path.name!r} cannot be read as a workbook ({type(error).__name__}: {error}): open it in a spreadsheet "
            "program and save it anew as XLSX, or as CSV"
        ) from error


def check_package(path: Path, limits: TableLimits) -> None:
    """Refuse a zip package that would unpack to more than the limits: by its directory, then by unpacking it.

    The directory may lie, so the second look counts the bytes that come out.

    Raises:
        SourceError: what is too large, encrypted or not allowed in it.
    """
    with zipfile.ZipFile(path) as package:
        parts = package.infolist()
        if len(parts) > limits.parts:
            raise SourceError(f"{path.name!r} has {len(parts)} parts, expected at most {limits.parts}: no workbook")
        if any(part.flag_bits & 1 for part in parts):
            raise SourceError(f"{path.name!r} is protected by a password: save it without one")
        _check_sizes(path, [(p.filename, p.file_size, p.compress_size) for p in parts], limits)
        unpacked = 0
        for part in parts:
            n_bytes = 0
            with package.open(part) as stream:
                for chunk in iter(functools.partial(stream.read, _CHUNK), b""):
                    if not n_bytes and b"<!DOCTYPE" in chunk[:4096]:
                        raise SourceError(f"{path.name!r}: part {part.filename!r} declares entities: not read")
                    n_bytes += len(chunk)
                    _check_sizes(path, [(part.filename, n_bytes, part.compress_size)], limits, unpacked)
            unpacked += n_bytes


def _check_sizes(path: Path, parts: list[tuple[str, int, int]], limits: TableLimits, before: int = 0) -> None:
    total = before + sum(size for _, size, _ in parts)
    if total > limits.unzipped_bytes:
        raise SourceError(
            f"{path.name!r} unpacks to {total:,} bytes, expected at most {limits.unzipped_bytes:,}: split the workbook "
            "or save the sheet as CSV"
        )
    for name, size, packed in parts:
        if size > limits.ratio_from_bytes and size > limits.unzipped_ratio * max(packed, 1):
            raise SourceError(
                f"{path.name!r}: part {name!r} unpacks to {size // max(packed, 1)} times its size, expected at most "
                f"{limits.unzipped_ratio}: this looks like a zip bomb and is not read; save the sheet as CSV"
            )


def _sheets(path: Path, limits: TableLimits) -> Iterator[Sheet]:
    # The handle is ours, since openpyxl leaves its own open when a part is broken.
    with path.open("rb") as handle, zipfile.ZipFile(path) as package:
        book = load_workbook(handle, read_only=True, data_only=True, keep_links=False)
        try:
            for sheet in book.worksheets:
                layout = _layout(package, sheet._worksheet_path, sheet.title, limits)
                rows, notes = _cells(sheet, limits)
                _fill_down(rows, layout, sheet.title, limits)
                if layout.without_value:
                    where = rows_text(sorted(set(layout.without_value)))
                    notes.append(
                        f"formulas without a stored value were taken as empty: {len(layout.without_value)} ({where}); "
                        "open the file in a spreadsheet program and save it"
                    )
                kept = tuple(Row(number, tuple(cells)) for number, cells in sorted(rows.items()))
                yield Sheet(
                    sheet.title, functools.partial(_iterate, kept), sheet.sheet_state != "visible",
                    _spans(layout, limits), tuple(notes),
                )  # fmt: skip
        finally:
            book.close()


def _iterate(rows: tuple[Row, ...]) -> Iterator[Row | Refusal]:
    return iter(rows)


def _layout(package: zipfile.ZipFile, part: str, title: str, limits: TableLimits) -> _Layout:
    """Merged ranges, and formulas that were saved without a value; openpyxl's stream gives neither."""
    found = _Layout()
    number = 0
    with package.open(part) as stream:
        for _, element in etree.iterparse(stream, tag=("{*}row", "{*}mergeCell"), resolve_entities=False):
            if etree.QName(element).localname == "row":
                number = int(element.get("r") or number + 1)
                if not 1 <= number <= _LAST_ROW:
                    raise SourceError(f"sheet {title!r} has a row numbered {number}, expected at most {_LAST_ROW}")
                for cell in element.iterfind("{*}c"):
                    if cell.find("{*}f") is not None and not cell.findtext("{*}v"):
                        found.without_value.append(number)
            else:
                left, top, right, bottom = range_boundaries(element.get("ref"))
                found.merged.append((top, left, bottom, right))
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
            if len(found.merged) > limits.merged_cells:
                raise SourceError(f"sheet {title!r} has more than {limits.merged_cells} merged ranges: save it as CSV")
    return found


def _cells(sheet: Any, limits: TableLimits) -> tuple[dict[int, list[str]], list[str]]:  # noqa: ANN401 - untyped
    """Rows that hold something, by number, and notes."""
    rows: dict[int, list[str]] = {}
    errors: list[int] = []
    sheet.reset_dimensions()  # some programs write a wrong size of the sheet
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = []
        for cell in row:
            if cell.data_type == "e":
                errors.append(number)
                cells.append("")
            else:
                cells.append("" if cell.value is None else text_of(cell.value))
        kept = list(trimmed(cells))
        if len(kept) > limits.columns:
            raise SourceError(
                f"sheet {sheet.title!r} has {len(kept)} columns (row {number}), expected at most {limits.columns}: "
                "take out those that are not needed"
            )
        if kept:
            rows[number] = kept
        if len(rows) > limits.rows:
            raise SourceError(f"sheet {sheet.title!r} has more than {limits.rows} rows: split it")
    notes = []
    if errors:
        where = rows_text(sorted(set(errors)))
        notes.append(f"cells with an error such as #N/A were taken as empty: {len(errors)} ({where})")
    return rows, notes


def text_of(value: object) -> str:
    """A cell's value as the text that a person would type.

    Example:
        >>> text_of(332710.0), text_of(True), text_of(datetime(2024, 5, 1))
        ('332710', 'yes', '2024-05-01')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    return str(value).replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n").strip()


def _fill_down(rows: dict[int, list[str]], layout: _Layout, title: str, limits: TableLimits) -> None:
    """Give the value of a range merged over several rows to each row of it that holds anything else."""
    n_filled = 0
    for top, left, bottom, _ in layout.merged:
        n_filled += bottom - top
        if n_filled > limits.merged_cells:
            raise SourceError(f"sheet {title!r} has merged ranges of more than {limits.merged_cells} cells: unmerge it")
        anchor = rows.get(top, [])
        if bottom == top or left > len(anchor) or not anchor[left - 1]:
            continue
        for number in range(top + 1, bottom + 1):
            if number in rows:
                cells = rows[number]
                cells.extend([""] * (left - len(cells)))
                cells[left - 1] = cells[left - 1] or anchor[left - 1]


def _spans(layout: _Layout, limits: TableLimits) -> dict[int, tuple[tuple[int, int], ...]]:
    """Ranges merged sideways, by row: headings over several columns, and section rows."""
    found: dict[int, list[tuple[int, int]]] = {}
    for top, left, bottom, right in layout.merged:
        if right > left:
            for number in range(top, min(bottom, top + limits.header_rows) + 1):
                found.setdefault(number, []).append((left - 1, right - 1))
    return {number: tuple(sorted(spans)) for number, spans in found.items()}
