"""PDF → lines and table rows. The only user of ``pypdf``.

The order of the content stream is kept, since writers set one column, one cell and one paragraph after the other; the
place of each piece of text tells lines, rows of tables, gaps and headings.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from pypdf import PageObject, PasswordType, PdfReader
from pypdf.errors import PyPdfError

from matcher.errors import SourceError
from matcher.sources.blocks import Document, Line, clean_text, join_lines, lines_to_blocks, one_line

MAX_PDF_PAGES = 300
"""More pages are refused: no brief is that long."""
MIN_PDF_CHARS = 20
"""A PDF with fewer letters in all is a scan."""

# What pypdf is known to raise on files that break the format, beside its own errors.
_DAMAGE = (
    PyPdfError, ValueError, KeyError, IndexError, TypeError, AttributeError, AssertionError, RecursionError,
    ArithmeticError, LookupError, NotImplementedError, OSError, struct.error, zlib.error,
)  # fmt: skip
_PAGE_NUMBER = re.compile(r"^(?:[-–—]\s*)?(?:page\s*)?\d{1,3}(?:\s*(?:of|de|sur|/|\|)\s*\d{1,3})?(?:\s*[-–—])?$", re.I)
_MARK = re.compile(r"^(?:[^\w\s(±$Øø#]|o|\(?(?:\d{1,2}|[a-z])[.)])$")
_NARROW, _WIDE = frozenset("ijlftr.,;:'|!()[] -"), frozenset("mwMW@%—")


@dataclass
class _Piece:
    """A piece of text on one line."""

    text: str
    x: float
    y: float
    size: float
    bold: bool
    width: float = 0.0

    @property
    def right(self) -> float:
        return self.x + self.width


def read_pdf(data: bytes, filename: str) -> Document:
    """Read the text of a PDF.

    Args:
        data: the file.
        filename: its name, for messages.

    Returns:
        Blocks with their page.

    Raises:
        SourceError: it is damaged, asks for a password, has too many pages, or holds no text.
    """
    reader = _open(data, filename)
    try:
        n_pages = len(reader.pages)
    except _DAMAGE as error:
        raise _damaged(filename, error) from error
    if n_pages > MAX_PDF_PAGES:
        raise SourceError(
            f"{filename!r} has {n_pages} pages, at most {MAX_PDF_PAGES}: send only the pages of the brief"
        )
    pages: list[list[Line]] = []
    broken = 0
    for number in range(n_pages):
        try:
            pages.append(_page_lines(reader.pages[number], number + 1))
        except _DAMAGE as error:
            broken += 1
            pages.append([])
            if broken == n_pages:
                raise _damaged(filename, error) from error
    if sum(len(line.text.strip()) for lines in pages for line in lines) < MIN_PDF_CHARS:
        raise SourceError(
            f"{filename!r} holds no text, only pictures of it (a scan): paste the text instead, or send the file "
            "it was printed from"
        )
    kept, notes = _without_running_lines(pages)
    empty = sum(not lines for lines in pages)
    if empty:
        notes.append(f"{empty} of {n_pages} pages hold no text that can be read (pictures or damage)")
    blocks = lines_to_blocks(kept, slack=0.86)
    return Document(tuple(blocks), _title(reader), n_pages, tuple(notes), form="pdf")


def _damaged(filename: str, error: BaseException) -> SourceError:
    return SourceError(
        f"{filename!r} is a damaged PDF ({type(error).__name__}): open it and save it again, or paste the text"
    )


def _open(data: bytes, filename: str) -> PdfReader:
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        # Many PDFs only forbid printing: they open with an empty password.
        locked = reader.is_encrypted and reader.decrypt("") is PasswordType.NOT_DECRYPTED
    except _DAMAGE as error:
        raise _damaged(filename, error) from error
    if locked:
        raise SourceError(f"{filename!r} is protected by a password: save it without one, or paste the text")
    return reader


def _title(reader: PdfReader) -> str | None:
    try:
        return one_line(str(reader.metadata.title)) if reader.metadata and reader.metadata.title else None
    except _DAMAGE:
        return None


def _width(text: str, size: float) -> float:
    """Rough width: most fonts of briefs are near Helvetica."""
    units = sum(0.3 if c in _NARROW else 0.86 if c in _WIDE else 0.68 if c.isupper() else 0.53 for c in text)
    return units * size


def _pieces(page: PageObject) -> list[_Piece]:
    """Pieces of text in the order of the content stream."""
    found: list[_Piece] = []
    going_on = False

    def visit(text: str, cm: list[float], tm: list[float], font: dict[str, object] | None, size: float) -> None:
        nonlocal going_on
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        height = abs(size) * (tm[2] ** 2 + tm[3] ** 2) ** 0.5 * (cm[2] ** 2 + cm[3] ** 2) ** 0.5
        bold = bool(re.search(r"bold|black|heavy|semibold", str((font or {}).get("/BaseFont", "")), re.IGNORECASE))
        parts = text.split("\n")
        for index, part in enumerate(parts):
            going_on = going_on and index == 0
            if part.strip():
                part = clean_text(part)
                if going_on and found:
                    last = found[-1]
                    last.bold = last.bold and bold
                    last.text += part
                    last.width += _width(part, height)
                    last.size = max(last.size, height) if len(part) > 3 else last.size
                else:
                    lead = len(part) - len(part.lstrip())
                    found.append(_Piece(part.lstrip(), x, y, height, bold, _width(part[lead:], height)))
                going_on = True
            elif part and going_on and found:
                found[-1].text += " "
        going_on = going_on and not text.endswith("\n")

    page.extract_text(visitor_text=visit)
    return [piece for piece in found if piece.text.strip() and piece.size > 0]


@dataclass
class _Row:
    """Cells side by side, each of one or more lines."""

    cells: list[list[_Piece]]

    @property
    def right(self) -> float:
        return max(piece.right for cell in self.cells for piece in cell)

    @property
    def top(self) -> float:
        return max(piece.y for cell in self.cells for piece in cell)

    @property
    def bottom(self) -> float:
        return min(piece.y for cell in self.cells for piece in cell)

    def columns(self) -> list[float]:
        return [min(piece.x for piece in cell) for cell in self.cells]


MAX_CELL_LINES = 8
"""A jump up by more lines is the next column of the page, not the next cell of a row."""


def _rows(pieces: Sequence[_Piece]) -> list[_Row]:
    rows: list[_Row] = []
    for piece in pieces:
        if not (rows and _joins(rows, piece)):
            rows.append(_Row([[piece]]))
    return rows


def _joins(rows: list[_Row], piece: _Piece) -> bool:
    """Put a piece into the row that is open, where it belongs to it."""
    row = rows[-1]
    last = row.cells[-1][-1]
    size = max(piece.size, last.size)
    if abs(piece.y - last.y) < 0.45 * size and piece.x >= last.x:
        gap = piece.x - last.right
        bullet = _MARK.match(last.text.strip()) is not None and gap < 4 * size
        if gap < max(0.9 * size, 0.06 * last.width) or bullet:
            blank = "" if gap < 0.12 * size and not bullet else " "
            last.text = last.text + blank + piece.text
            last.width = max(piece.right - last.x, last.width)
            last.bold = piece.bold if bullet else last.bold and piece.bold
            last.size = piece.size if bullet else last.size
            return True
        row.cells.append([piece])
        return True
    if piece.y > last.y - 0.45 * size and piece.x > row.right - size and piece.y - last.y < MAX_CELL_LINES * 1.4 * size:
        _take_back(rows, piece.y + 0.5 * size)
        if piece.x > rows[-1].right - size:
            rows[-1].cells.append([piece])
            return True
        return False
    same_column = abs(piece.x - row.cells[-1][0].x) < 1.5 * size
    if len(row.cells) > 1 and same_column and 0 < last.y - piece.y < 1.6 * size:
        row.cells[-1].append(piece)
        return True
    return False


def _take_back(rows: list[_Row], top: float) -> None:
    """The lines of a first cell were taken for lines of text: make them one cell again."""
    lines: list[_Piece] = []
    while rows and len(rows[-1].cells) == 1 and len(rows[-1].cells[0]) == 1:
        piece = rows[-1].cells[0][0]
        above_table = len(rows) > 1 and len(rows[-2].cells) > 1
        near = not lines or (abs(piece.x - lines[0].x) < 1.5 * piece.size and piece.y - lines[0].y < 1.6 * piece.size)
        if not near or (lines and piece.y > top and not above_table):
            break
        lines.insert(0, piece)
        rows.pop()
    if lines:
        rows.append(_Row([lines]))


def _page_lines(page: PageObject, number: int) -> list[Line]:
    rows = _rows(_pieces(page))
    pitch = _pitch(rows)
    lines: list[Line] = []
    below: float | None = None
    table = number * 1000
    for index, row in enumerate(rows):
        first = row.cells[0][0]
        gap = below is None or not 0 <= below - row.top <= 1.28 * pitch * first.size
        if len(row.cells) > 1 and _in_table(rows, index):
            table += not (index and len(rows[index - 1].cells) > 1)
            cells = tuple(_cell_text(cell) for cell in row.cells)
            wide = _aligned(cells, row.columns(), rows, index)
            lines.append(Line(" ".join(cells), first.x, gap, first.size, first.bold, number, wide, table))
        else:
            for cell in row.cells:
                for at, piece in enumerate(cell):
                    lines.append(Line(piece.text, piece.x, gap and at == 0, piece.size, piece.bold, number))
        below = row.bottom
    return lines


def _cell_text(cell: Sequence[_Piece]) -> str:
    text = ""
    for piece in cell:
        text = join_lines(text, piece.text) if text else piece.text
    return text.strip()


def _in_table(rows: Sequence[_Row], index: int) -> bool:
    """Whether a neighbour has cells at the same places."""
    own = rows[index].columns()
    size = rows[index].cells[0][0].size
    for other in [*rows[max(0, index - 1) : index], *rows[index + 1 : index + 2]]:
        if len(other.cells) > 1:
            theirs = other.columns()
            same = sum(any(abs(a - b) < 2.5 * size for b in theirs) for a in own)
            if same >= 2 or len(own) == len(theirs) >= 3:
                return True
    return False


def _aligned(cells: tuple[str, ...], xs: Sequence[float], rows: Sequence[_Row], index: int) -> tuple[str, ...]:
    """Put a row's cells under the columns of the table's first row, so that an empty cell does not shift the rest."""
    start = index
    while start and len(rows[start - 1].cells) > 1:
        start -= 1
    header = rows[start].columns()
    if len(cells) >= len(header):
        return cells
    placed = [""] * len(header)
    for text, x in zip(cells, xs, strict=True):
        at = min(range(len(header)), key=lambda i: abs(header[i] - x))
        placed[at] = f"{placed[at]} {text}".strip()
    return tuple(placed)


def _pitch(rows: Sequence[_Row]) -> float:
    """Usual distance between lines, in font sizes."""
    steps = []
    for above, below in zip(rows, rows[1:], strict=False):
        size = below.cells[0][0].size
        step = (above.bottom - below.top) / size
        if len(above.cells) == len(below.cells) == 1 and 0.8 < step < 1.9:
            steps.append(step)
    return min(median(steps), 1.5) if steps else 1.2


def _without_running_lines(pages: Sequence[Sequence[Line]]) -> tuple[list[Line], list[str]]:
    """Leave out page numbers, and what stands at the top or foot of most pages."""

    def mould(line: Line) -> str:
        return re.sub(r"\d+", "#", line.text.strip().casefold())

    counts: Counter[str] = Counter()
    for lines in pages:
        counts.update({mould(line) for line in [*lines[:3], *lines[-3:]]})
    n_full = sum(bool(lines) for lines in pages)
    running = {text for text, n in counts.items() if n_full > 1 and n >= max(2, 0.5 * n_full)}
    # A title that is repeated above the later pages is kept once: it is the largest line of the first page.
    largest = max((line.size for lines in pages[:1] for line in lines), default=0.0)
    kept: list[Line] = []
    n_dropped = 0
    seen: set[str] = set()
    for lines in pages:
        for index, line in enumerate(lines):
            edge = index < 3 or index >= len(lines) - 3
            repeated = edge and mould(line) in running
            large_first = line.page == 1 and line.size >= largest and mould(line) not in seen
            if repeated and not large_first or edge and _PAGE_NUMBER.match(line.text.strip()):
                n_dropped += 1
                continue
            seen.add(mould(line))
            # A paragraph goes on over the page break unless the new page starts apart from it.
            first = not kept or kept[-1].page != line.page
            goes_on = first and bool(kept) and not line.cells and not re.search(r"[.:;!?]$", kept[-1].text.rstrip())
            kept.append(replace(line, gap=False) if goes_on and line.text[:1].islower() else line)
    return kept, [f"{n_dropped} repeated header or footer lines left out"] if n_dropped else []
