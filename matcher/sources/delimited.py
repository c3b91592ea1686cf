"""Text files of a table (CSV and its kin) → rows: the encoding, the separator and odd quoting are found out.

The file is read in a stream, twice: once to learn its encoding, since the first accented letter may stand on the last
line, and once for its rows.
"""

from __future__ import annotations

import codecs
import csv
import functools
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from charset_normalizer import from_bytes

from matcher.errors import SourceError
from matcher.sources.grid import Row, Sheet, Table, TableLimits, trimmed
from matcher.sources.report import as_refusal
from matcher.types import Refusal

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
# What Canadian offices save in when it is not Unicode: Windows, an old Mac, and "CSV (MS-DOS)".
OLD_ENCODINGS = ("cp1252", "mac_roman", "cp850")
_ENCODING_NAMES = {"cp1252": "Windows-1252", "mac_roman": "Mac Roman", "cp850": "MS-DOS (850)"}
_CHUNK = 1 << 20
_SAMPLE_LINES = 300
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f]")
_HINT = re.compile(r"^\W?sep=(.)\s*$")


def _old_bytes(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8 in a file that mostly is: rows pasted from an older file, in Windows-1252."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("matcher-windows-1252", _old_bytes)


@dataclass(frozen=True)
class TextForm:
    """How a text file is written."""

    encoding: str
    errors: str
    separator: str
    quote: str
    escape: str | None
    skip: int


def read_delimited(path: Path, limits: TableLimits) -> Table:
    """Open a text file of a table; its rows are read on demand.

    Raises:
        SourceError: it is no text.
    """
    encoding, errors, notes = _encoding(path)
    lines = _first_lines(path, encoding, errors)
    hint = _HINT.match(lines[0]) if lines else None
    skip = 1 if hint else 0
    quote, escape = _quoting(lines)
    separator = hint.group(1) if hint else _separator(lines, quote, escape)
    if separator != ",":
        notes.append(f"cells are separated by {SEPARATORS.get(separator, repr(separator))}")
    form = TextForm(encoding, errors, separator, quote, escape, skip)
    return Table(path.name, (Sheet("", functools.partial(_rows, path, form, limits)),), tuple(notes))


def _encoding(path: Path) -> tuple[str, str, list[str]]:
    """Encoding, what to do with bytes that do not fit, and notes."""
    with path.open("rb") as handle:
        head = handle.read(4096)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _utf16(path, "utf-16")
    even, odd = head[::2].count(0), head[1::2].count(0)
    if even + odd > len(head) / 5 and (odd > 4 * even or even > 4 * odd):
        return _utf16(path, "utf-16-le" if odd > even else "utf-16-be")
    if len(_CONTROLS.findall(head)) > len(head) / 20:
        raise SourceError(f"{path.name!r} is not text: expected a table as CSV or XLSX; save it as one of them")
    name = "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
    n_good, n_bad, sample = _count_utf8(path)
    if not n_bad:
        return name, "strict", []
    if n_good > n_bad or name == "utf-8-sig":
        return name, "matcher-windows-1252", [f"characters that are not UTF-8 were read as Windows-1252: {n_bad}"]
    found = from_bytes(sample, cp_isolation=list(OLD_ENCODINGS)).best()
    name = found.encoding if found and found.encoding in OLD_ENCODINGS else "cp1252"
    return name, "replace", [f"read as {_ENCODING_NAMES[name]}, since it is not UTF-8: look at the accents"]


def _utf16(path: Path, encoding: str) -> tuple[str, str, list[str]]:
    try:
        with path.open(encoding=encoding) as text:
            while text.read(_CHUNK):
                pass
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path.name!r} is UTF-16 that breaks off ({error.reason}), or no text: save the table as CSV in UTF-8"
        ) from error
    return encoding, "strict", []


def _count_utf8(path: Path) -> tuple[int, int, bytes]:
    """Characters beyond ASCII that are UTF-8, bytes that are not, and a sample of the lines that hold these."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    n_good = n_bad = 0
    sample = bytearray()
    with path.open("rb") as handle:
        while True:
            chunk = handle.read(_CHUNK)
            text = decoder.decode(chunk, final=not chunk)
            bad = text.count("\ufffd")
            n_bad += bad
            n_good += len(text) - len(text.encode("ascii", "ignore")) - bad
            if bad and len(sample) < 65536:
                sample += b"\n".join(line for line in chunk.splitlines() if not line.isascii())[:65536]
            if not chunk:
                return n_good, n_bad, bytes(sample)


def _first_lines(path: Path, encoding: str, errors: str) -> list[str]:
    with path.open(encoding=encoding, errors=errors, newline="") as text:
        lines: list[str] = []
        for _ in range(_SAMPLE_LINES):
            line = text.readline(_CHUNK)
            if not line:
                break
            lines.append(line)
    return lines


def _quoting(lines: list[str]) -> tuple[str, str | None]:
    """The quotation mark, and the sign before one inside a text when it is not doubled."""
    sample = "".join(lines)
    single = len(re.findall(r"(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|\r\n]|$)", sample, re.MULTILINE))
    quote = "'" if '"' not in sample and single > len(lines) else '"'
    doubled = re.search(rf"[^,;\t|\n]{quote}{quote}[^,;\t|\n]", sample)
    escaped = "\\" + quote in sample and not doubled
    return quote, "\\" if escaped else None


def _separator(lines: list[str], quote: str, escape: str | None) -> str:
    """The sign that cuts most rows into the same number of cells; more cells win between equals."""
    best, best_score = ",", 0.0
    for sign in SEPARATORS:
        reader = csv.reader(lines, delimiter=sign, quotechar=quote, escapechar=escape)
        try:
            widths = Counter(len(cells) for cells in reader if any(cells))
        except csv.Error:
            continue
        wide = [(n, width) for width, n in widths.items() if width > 1]
        if wide:
            n, width = max(wide)
            score = n / sum(widths.values()) * (1 + math.log(width))
            if score > best_score + 1e-9:
                best, best_score = sign, score
    return best


class _Lines:
    """Lines of a file for ``csv.reader``, able to give back the lines of a row that went wrong."""

    def __init__(self, text: TextIO, limits: TableLimits) -> None:
        self._text, self._limits = text, limits
        self._back: list[str] = []
        self.taken: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= self._limits.record_lines:
            raise csv.Error("a row spans too many lines")
        # A line longer than any row may be is cut, so that a file without line ends does not fill the memory.
        most = self._limits.cell_chars * 20
        line = self._back.pop() if self._back else self._text.readline(most)
        if not line:
            raise StopIteration
        self.taken.append(line)
        self.number += 1
        return line

    def start_row(self) -> int:
        """Forget the lines of the last row; gives the number of the next line."""
        self.taken = []
        return self.number + 1

    def give_back(self) -> str:
        """Put all lines of this row but the first back; gives the first."""
        self._back.extend(reversed(self.taken[1:]))
        self.number -= len(self.taken) - 1
        return self.taken[0]


def _rows(path: Path, form: TextForm, limits: TableLimits) -> Iterator[Row | Refusal]:
    csv.field_size_limit(max(csv.field_size_limit(), limits.cell_chars))  # a guard of the whole process: only widened
    with path.open(encoding=form.encoding, errors=form.errors, newline="") as text:
        lines = _Lines(text, limits)
        for _ in range(form.skip):
            next(lines)
        reader = _reader(lines, form, strict=True)
        while True:
            number = lines.start_row()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                if not lines.taken:
                    return
                yield _second_try(number, lines.give_back(), form, limits)
                reader = _reader(lines, form, strict=True)
                continue
            yield _row(number, cells, limits)


def _reader(lines: Iterator[str], form: TextForm, *, strict: bool) -> Iterator[list[str]]:
    return csv.reader(
        lines, delimiter=form.separator, quotechar=form.quote, escapechar=form.escape, strict=strict,
    )  # fmt: skip


def _second_try(number: int, line: str, form: TextForm, limits: TableLimits) -> Row | Refusal:
    """The first line of a row whose quotes do not fit, alone and read leniently."""
    source = iter([line])
    reader = _reader(source, form, strict=False)
    try:
        cells = next(reader)
    except csv.Error:
        cells = []
    unclosed = line.count(form.quote) % 2 == 1
    if unclosed or not cells:
        reason = f"a quotation mark ({form.quote}) opens and is not closed; close it, or write it twice inside a text"
        return as_refusal(number, "row", "", reason)
    return _row(number, cells, limits)


def _row(number: int, cells: list[str], limits: TableLimits) -> Row | Refusal:
    if len(cells) > limits.columns:
        kept = trimmed(cells)
        if len(kept) > limits.columns:
            reason = f"has {len(kept)} cells, expected at most {limits.columns}; look at the separators"
            return as_refusal(number, "row", "", reason)
    for position, cell in enumerate(cells, 1):
        if len(cell) > limits.cell_chars:
            reason = f"has {len(cell)} characters, expected at most {limits.cell_chars}; shorten it"
            return as_refusal(number, f"cell {position}", "", reason)
    return Row(number, trimmed([cell.strip() for cell in cells]))
