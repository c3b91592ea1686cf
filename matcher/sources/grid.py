"""Tables as rows of texts: what the readers of text files and workbooks give, and the limits that they keep."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from matcher.types import Refusal

MIB = 2**20
_CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Ý])")
_SIGNS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class TableLimits:
    """How large a file may be; each is named in the message when it bites.

    Attributes:
        file_bytes: size of the file.
        unzipped_bytes: size of a workbook's parts, unpacked, together.
        unzipped_ratio: most bytes that one packed byte may unpack to, in parts above ``ratio_from_bytes``.
        ratio_from_bytes: parts below this size may be packed as well as they like.
        parts: parts of a workbook.
        rows: rows of one sheet.
        columns: columns of one sheet.
        cell_chars: characters of one cell, the same as one text of our own files.
        record_lines: lines that one row of a text file may span, by line ends inside quotes.
        merged_cells: cells that merged ranges of one sheet may fill.
        header_rows: rows searched for the column headers.
        sample_rows: rows read to propose a mapping.
    """

    file_bytes: int = 200 * MIB
    unzipped_bytes: int = 400 * MIB
    unzipped_ratio: int = 200
    ratio_from_bytes: int = 10 * MIB
    parts: int = 5_000
    rows: int = 1_048_576
    columns: int = 500
    cell_chars: int = 200_000
    record_lines: int = 500
    merged_cells: int = 1_000_000
    header_rows: int = 50
    sample_rows: int = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file (in a text file the line where it begins), and its cells as texts."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook, or the whole of a text file.

    Attributes:
        name: empty for a text file.
        read: gives the rows from the first on, each time it is called; a Refusal stands for a row that
            cannot be read.
        hidden: the workbook hides it.
        spans: merged ranges of one row by row number, as (first, last) column from 0.
        notes: what a reader should know of it.
    """

    name: str
    read: Callable[[], Iterator[Row | Refusal]]
    hidden: bool = False
    spans: Mapping[int, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A file that was opened: its sheets in order, and what a reader should know of the file."""

    name: str
    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...] = ()


def fold_text(text: str) -> str:
    """A text for comparing: lower case, no accents, words joined by single blanks, "#" and "n°" as "no".

    Example:
        >>> fold_text(" Nº de Membre "), fold_text("companyName"), fold_text("E-mail #2")
        ('no de membre', 'company name', 'e mail no 2')
    """
    text = _CAMEL.sub(" ", text).replace("#", " no ").replace("°", "o").replace("&", " and ")
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.replace("’", " ")).encode("ascii", "ignore").decode()
    return " ".join(_SIGNS.sub(" ", text.casefold()).split())


def trimmed(cells: list[str]) -> tuple[str, ...]:
    """Cells without empty ones at the end."""
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def rows_text(numbers: list[int], most: int = 5) -> str:
    """Row numbers in words: "row 4", "rows 4, 9 and 12", "rows 1, 2, 3, 4, 5 and 7 more"."""
    if len(numbers) == 1:
        return f"row {numbers[0]}"
    if len(numbers) <= most:
        return f"rows {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
    return f"rows {', '.join(map(str, numbers[:most]))} and {len(numbers) - most} more"
