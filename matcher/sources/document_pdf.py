"""PDF → blocks; the only file that knows pypdf.

pypdf hands out pieces of text with their place and font. Lines are put together from those, since gaps, indents,
columns and the size of the letters tell headings, lists and tables, which the bare text does not.
"""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pypdf
from pypdf.errors import DependencyError, LimitReachedError, PyPdfError

from matcher.sources.document_blocks import MAX_PAGES, Block, BlockKind, Reading, check_length, clean, refusal
from matcher.sources.document_lines import Line, blocks_of_lines, marked_heading

MAX_PAGE_BYTES = 10_000_000
MAX_PDF_STREAM_BYTES = 100_000_000
_LEAST_LETTERS = 20
# A broken file surfaces in pypdf as any of these, far from the fault.
_FAULTS = (
    PyPdfError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    NotImplementedError,
    AssertionError,
    RecursionError,
    OSError,
    zlib.error,
    struct.error,
)
_PAGE_NUMBER = re.compile(
    r"[-–—\s]*(?:page|p\.)?\s*\d{1,4}\s*(?:(?:of|de|sur|/|\|)\s*\d{1,4})?[-–—\s]*", re.I
)
_NO_TITLE = re.compile(r"untitled|^\(?anonymous|microsoft|\.(?:docx?|pdf|indd|pptx?)$|^document\d*$", re.I)


@dataclass(frozen=True, slots=True)
class _Piece:
    x: float
    y: float
    size: float
    bold: bool
    text: str


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of a page: pieces at one height."""

    y: float
    size: float
    bold: bool
    line: Line


def _pieces(page: Any) -> list[_Piece]:  # noqa: ANN401 - pypdf carries no types here
    found: list[_Piece] = []

    def visit(text: str, cm: Sequence[float], tm: Sequence[float], font: Any, size: float) -> None:  # noqa: ANN401
        if not text.strip():
            return
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        scale = abs(tm[3] * cm[3]) or abs(tm[1] * cm[2]) or 1.0
        height = max(abs(size) * scale, 1.0)
        bold = "bold" in str((font or {}).get("/BaseFont", "")).casefold()
        lines = [part for part in text.split("\n") if part.strip()]
        for i, part in enumerate(lines):
            found.append(_Piece(x, y - i * 1.2 * height, height, bold, part.strip()))

    page.extract_text(visitor_text=visit)
    return found


def _rows(pieces: Sequence[_Piece]) -> list[_Row]:
    groups: list[list[_Piece]] = []
    for piece in pieces:
        if groups and abs(groups[-1][0].y - piece.y) <= 0.4 * piece.size and piece.x >= groups[-1][-1].x - 1:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    rows: list[_Row] = []
    for group in groups:
        size = max(piece.size for piece in group)
        cells: list[tuple[float, str]] = []
        end = None
        for piece in group:
            # Half the height is a fair guess of a letter's width; columns stand further apart than its error.
            apart = end is None or piece.x - end > 0.9 * size
            if apart and not (cells and len(cells[-1][1]) == 1):
                cells.append((piece.x, piece.text))
            else:
                cells[-1] = (cells[-1][0], f"{cells[-1][1]} {piece.text}")
            end = piece.x + 0.5 * piece.size * len(piece.text)
        y = max(group, key=lambda piece: len(piece.text)).y
        gap = bool(rows) and rows[-1].y - y > 1.35 * max(size, rows[-1].size)
        text = " ".join(words for _, words in cells)
        line = Line(text, group[0].x, gap, None, tuple(cells) if len(cells) > 1 else ())
        rows.append(_Row(y, size, all(piece.bold for piece in group), line))
    return rows


def _shape(text: str) -> str:
    return re.sub(r"\d+", "#", clean(text)).casefold()


def _without_running_heads(pages: list[list[_Row]]) -> tuple[list[list[_Row]], int]:
    """Pages without page numbers and without the outer lines that most pages share, and how many lines went."""
    n_full = sum(bool(rows) for rows in pages)
    shapes: Counter[str] = Counter()
    for rows in pages:
        outer = {_shape(row.line.text) for row in (*rows[:2], *rows[-2:])}
        shapes.update(shape for shape in outer if shape)
    repeated = {shape for shape, n in shapes.items() if n >= max(2, 0.5 * n_full)}
    n_dropped, kept = 0, []
    for rows in pages:
        edge = {0, 1, len(rows) - 2, len(rows) - 1}
        body = []
        for i, row in enumerate(rows):
            text = row.line.text.strip()
            # With two pages, one repeated list line would be enough: only what does not read as an item goes.
            running = _shape(text) in repeated and (n_full > 2 or not re.match(r"[-•\x7f]", text))
            if i in edge and (_PAGE_NUMBER.fullmatch(text) or running):
                n_dropped += 1
            else:
                body.append(row)
        kept.append(body)
    return kept, n_dropped


def _with_headings(pages: list[list[_Row]]) -> list[Line]:
    """Lines of all pages; those in larger letters than the body, or alone in bold, are headings."""
    sizes: Counter[float] = Counter()
    for rows in pages:
        for row in rows:
            sizes[round(row.size, 1)] += len(row.line.text)
    body = max(sizes, key=lambda size: (sizes[size], -size)) if sizes else 0.0
    larger = sorted((size for size in sizes if size > 1.12 * body), reverse=True)
    lines: list[Line] = []
    for rows in pages:
        for row in rows:
            line, n_words = row.line, len(row.line.text.split())
            listed = re.match(r"[-•\x7f\uf0b7]", line.text.strip())
            level = None
            if not listed and n_words <= 20 and not line.text.rstrip().endswith((".", ";", ",")):
                if round(row.size, 1) in larger:
                    level = min(larger.index(round(row.size, 1)) + 1, 6)
                elif row.bold and n_words <= 12 and not line.cells:
                    level = marked_heading(line.text.strip()) or 4
            lines.append(replace(line, heading=level, cells=() if level else line.cells))
    return lines


def _open(data: bytes, filename: str) -> pypdf.PdfReader:
    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        locked = reader.is_encrypted and not reader.decrypt("")
        if not locked:
            n_pages = len(reader.pages)
    except LimitReachedError as error:
        raise _too_large(filename, str(error)) from error
    except DependencyError as error:
        raise refusal(
            filename,
            f"is encrypted in a way that cannot be opened ({error})",
            "save a copy without encryption",
        ) from error
    except _FAULTS as error:
        raise refusal(
            filename,
            "is a broken PDF, its pages cannot be listed",
            "open it and save or print it as PDF again",
        ) from error
    if locked:
        raise refusal(filename, "is password-protected", "save a copy without a password")
    if n_pages > MAX_PAGES:
        raise refusal(
            filename,
            f"has {n_pages} pages, expected at most {MAX_PAGES}",
            "send only the pages that describe the project",
        )
    return reader


def _too_large(filename: str, what: str) -> Exception:
    return refusal(
        filename,
        f"unpacks to more than a document may hold, at most {MAX_PAGE_BYTES:,} bytes a page and "
        f"{MAX_PDF_STREAM_BYTES:,} in all ({what})",
        "print it to a new PDF, or send only the pages that describe the project",
    )


def _read_pages(reader: pypdf.PdfReader, filename: str) -> tuple[list[list[_Row]], list[int]]:
    pages: list[list[_Row]] = []
    failed: list[int] = []
    n_bytes = n_chars = 0
    for number in range(1, len(reader.pages) + 1):
        try:
            page = reader.pages[number - 1]
            contents = page.get_contents()
            n_page = len(contents.get_data()) if contents is not None else 0
            n_bytes += n_page
            if n_page > MAX_PAGE_BYTES or n_bytes > MAX_PDF_STREAM_BYTES:
                raise _too_large(filename, f"page {number} has {n_page:,} bytes, {n_bytes:,} so far")
            rows = _rows(_pieces(page))
        except LimitReachedError as error:
            raise _too_large(filename, f"page {number}: {error}") from error
        except _FAULTS:
            failed.append(number)
            rows = []
        n_chars += sum(len(row.line.text) for row in rows)
        check_length(filename, n_chars)
        pages.append(rows)
    return pages, failed


def _title(reader: pypdf.PdfReader, blocks: Sequence[Block]) -> str | None:
    """The title in the file's properties when the text has it too, else the first heading, else the properties'."""
    try:
        stated = clean(str(reader.metadata.title or "")) if reader.metadata else ""
    except _FAULTS:
        stated = ""
    if _NO_TITLE.search(stated):
        stated = ""
    start = " ".join(block.text for block in blocks[:8]).casefold()
    if stated and stated.casefold() in start:
        return stated
    first = blocks[0] if blocks else None
    if first and (first.kind is BlockKind.HEADING or len(first.text.split()) <= 16):
        return first.text
    return stated or None


def read_pdf(data: bytes, filename: str) -> Reading:
    """Blocks of a PDF.

    Raises:
        SourceError: it is password-protected, broken, a scan without text, or past a limit of pages or size.
    """
    limits = {
        "zlib_maximum_output_length": MAX_PAGE_BYTES,
        "lzw_maximum_output_length": MAX_PAGE_BYTES,
        "run_length_maximum_output_length": MAX_PAGE_BYTES,
        "array_based_stream_maximum_output_length": MAX_PAGE_BYTES,
    }
    with pypdf.apply_configuration(**limits):
        reader = _open(data, filename)
        pages, failed = _read_pages(reader, filename)
        n_pages = len(pages)
        n_letters = sum(c.isalnum() for rows in pages for row in rows for c in row.line.text)
        if failed and len(failed) == n_pages:
            raise refusal(
                filename, f"is a broken PDF, none of its {n_pages} pages can be read", "save it as PDF again"
            )
        if n_letters < _LEAST_LETTERS:
            raise refusal(
                filename,
                f"holds no text: no text could be read on any of its {n_pages} pages",
                "it is a scan; run OCR or paste the text",
            )
        kept, n_dropped = _without_running_heads(pages)
        blocks = blocks_of_lines(_with_headings(kept))
        notes = []
        empty = [i for i, rows in enumerate(pages, start=1) if not rows and i not in failed]
        if empty:
            shown = ", ".join(map(str, empty[:10]))
            notes.append(
                f"no text on {len(empty)} of {n_pages} pages (pages {shown}): scanned or only pictures"
            )
        if failed:
            notes.append(f"pages that could not be read: {', '.join(map(str, failed[:10]))}")
        if n_dropped:
            notes.append(f"{n_dropped} running heads and page numbers left out")
        return Reading(blocks, _title(reader, blocks), tuple(notes), n_pages)
