"""DOCX → blocks. The only user of ``python-docx``.

The body is walked as XML rather than by ``Document.paragraphs``, which leaves out content controls, text boxes and
text inserted under tracked changes, and shows text that was hidden.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import docx
from docx.oxml.ns import qn

from matcher.errors import SourceError
from matcher.sources.blocks import (
    BULLET,
    LEAD_IN,
    NUMBER,
    PACKAGE,
    Block,
    BlockKind,
    Document,
    clean_text,
    one_line,
)

MAX_UNZIPPED_BYTES = 200 * 1024 * 1024
"""A DOCX that grows beyond this is a zip bomb."""
MAX_ZIP_ENTRIES = 5_000
MAX_ZIP_RATIO = 400
"""Largest growth of one member of a megabyte or more; Word's own XML grows ten- to thirtyfold."""
MAX_XML_BYTES = 60 * 1024 * 1024
"""Largest XML member: Word needs a few megabytes for hundreds of pages."""
MAX_CELLS = 20_000
MAX_NESTING = 60
"""Depth of tables and content controls inside each other."""

_SKIP = {qn("w:del"), qn("w:moveFrom"), "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
_TEXT_BOX = qn("w:txbxContent")


def check_zip(data: bytes, filename: str) -> list[str]:
    """Look at a zip's directory, then read it through without keeping anything, before a library opens it.

    Returns:
        Names of its members.

    Raises:
        SourceError: it is damaged or encrypted, or grows beyond what a document can need.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MAX_ZIP_ENTRIES:
                raise _bomb(filename, f"{len(members)} files inside, at most {MAX_ZIP_ENTRIES}")
            if any(member.flag_bits & 1 for member in members):
                raise SourceError(f"{filename!r} is protected by a password: save it without one, or paste the text")
            _check_sizes(members, filename)
            total = 0
            for member in members:
                with archive.open(member) as stream:
                    while piece := stream.read(1 << 20):
                        total += len(piece)
                        if total > MAX_UNZIPPED_BYTES:
                            raise _bomb(filename, f"more than {MAX_UNZIPPED_BYTES >> 20} MB unpacked")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise SourceError(
            f"{filename!r} is damaged ({error}): expected a Word document (.docx); open it in Word and save it again"
        ) from error
    return [member.filename for member in members]


def _check_sizes(members: list[zipfile.ZipInfo], filename: str) -> None:
    total = sum(member.file_size for member in members)
    if total > MAX_UNZIPPED_BYTES:
        raise _bomb(filename, f"{total >> 20} MB unpacked, at most {MAX_UNZIPPED_BYTES >> 20} MB")
    for member in members:
        ratio = member.file_size / max(1, member.compress_size)
        if member.file_size > 1 << 20 and ratio > MAX_ZIP_RATIO:
            raise _bomb(filename, f"{member.filename!r} grows {ratio:.0f} times, at most {MAX_ZIP_RATIO}")
        if member.filename.endswith((".xml", ".rels")) and member.file_size > MAX_XML_BYTES:
            raise _bomb(filename, f"{member.filename!r} has {member.file_size >> 20} MB of text")


def _bomb(filename: str, found: str) -> SourceError:
    return SourceError(f"{filename!r} is refused as a zip bomb ({found}): send the brief as PDF, or paste the text")


def read_docx(data: bytes, filename: str) -> Document:
    """Read the body of a Word document.

    Headers, footers, comments, deleted and hidden text are left out.

    Args:
        data: the file; call :func:`check_zip` first.
        filename: its name, for messages.

    Raises:
        SourceError: Word's parts are missing or damaged, or it holds no text.
    """
    try:
        document = docx.Document(io.BytesIO(data))
        styles = {style.style_id: style for style in document.styles}
        walker = _Walker(styles)
        walker.walk(document.element.body, 0)
        title = one_line(document.core_properties.title or "") or None
    except SourceError:
        raise
    # python-docx and lxml raise many kinds on parts that break the format.
    except (
        KeyError,
        ValueError,
        AttributeError,
        TypeError,
        LookupError,
        SyntaxError,
        OSError,
        RecursionError,
    ) as error:
        raise SourceError(
            f"{filename!r} is no Word document that can be read ({type(error).__name__}): expected .docx; save it "
            "again from Word, or paste the text"
        ) from error
    if not walker.blocks:
        raise SourceError(f"{filename!r} holds no text: paste the text instead")
    return Document(tuple(walker.blocks), title, 1, tuple(walker.notes), form="docx")


class _Walker:
    """Goes through the body in order."""

    def __init__(self, styles: dict[str, Any]) -> None:
        self.styles = styles
        self.blocks: list[Block] = []
        self.notes: list[str] = []
        self.table = 0
        self.n_cells = 0
        self.gap = True

    def walk(self, parent: Any, depth: int) -> None:  # noqa: ANN401 - lxml element
        if depth > MAX_NESTING:
            raise ValueError("nested too deep")
        for element in parent.iterchildren():
            if element.tag == qn("w:p"):
                self.paragraph(element, depth)
            elif element.tag == qn("w:tbl"):
                self.rows(element, depth)
            elif element.tag in (qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:customXml"), qn("w:moveTo")):
                self.walk(element, depth + 1)

    def paragraph(self, element: Any, depth: int) -> None:  # noqa: ANN401 - lxml element
        runs = list(_runs(element))
        lines = "".join(text for text, _ in runs).split("\n")
        visible = [(text, bold) for text, bold in runs if text.strip()]
        bold = bool(visible) and all(b for _, b in visible)
        for index, line in enumerate(lines):
            text = one_line(line)
            if text:
                self._add(element, text, bold, first=index == 0, alone=len(lines) == 1)
        if not any(line.strip() for line in lines):
            self.gap = True
        for box in element.iter(_TEXT_BOX):
            if not any(parent.tag in _SKIP for parent in box.iterancestors()):
                self.walk(box, depth + 1)

    def _add(self, element: Any, text: str, bold: bool, *, first: bool, alone: bool) -> None:  # noqa: ANN401
        style = self._style(element)
        level = _heading_level(style)
        listed = _list_level(element, self.styles)
        bullet = BULLET.match(text)
        short = len(text.split()) <= 14
        if first and level and len(text.split()) <= 25:
            kind = BlockKind.HEADING
        elif bullet or (first and listed is not None) or "list" in style.casefold() or "liste" in style.casefold():
            kind, level = BlockKind.ITEM, listed or 0
            text = text[bullet.end() :] if bullet else text
        elif alone and bold and short and not re.search(r"[.;,!?]$", text):
            kind, level = BlockKind.HEADING, LEAD_IN - 1
        elif (mark := NUMBER.match(text)) and not (mark["n"].isdigit() and text.rstrip().endswith(":")):
            kind, level, text = BlockKind.ITEM, 0, text[mark.end() :]
        elif PACKAGE.match(text):
            kind, level = BlockKind.ITEM, 0
        elif text.endswith(":") and len(text.split()) <= 9:
            kind, level = BlockKind.HEADING, LEAD_IN
        else:
            kind, level = BlockKind.TEXT, 0
        self.blocks.append(Block(kind, text, None, level, gap=self.gap))
        self.gap = kind is BlockKind.HEADING

    def _style(self, element: Any) -> str:  # noqa: ANN401 - lxml element
        mark = element.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        style = self.styles.get(mark.get(qn("w:val"))) if mark is not None else None
        return str(style.name or "") if style is not None else ""

    def rows(self, table: Any, depth: int) -> None:  # noqa: ANN401 - lxml element
        rows = [row for row in table.iterchildren(qn("w:tr"))]
        nested = any(True for row in rows for _ in row.iter(qn("w:tbl")))
        width = max((len(list(row.iterchildren(qn("w:tc")))) for row in rows), default=0)
        if width <= 1 or nested or (len(rows) == 1 and width <= 3):
            # A table that only places text on the page is read as text.
            for row in rows:
                for cell in row.iterchildren(qn("w:tc")):
                    self.walk(cell, depth + 1)
            return
        self.table += 1
        for row in rows:
            cells = tuple(one_line(" ".join(_cell_lines(cell))) for cell in row.iterchildren(qn("w:tc"), qn("w:sdt")))
            self.n_cells += len(cells)
            if self.n_cells > MAX_CELLS:
                raise SourceError(f"the document has tables of more than {MAX_CELLS} cells: send only the brief itself")
            if any(cells):
                self.blocks.append(Block(BlockKind.ROW, one_line(" ".join(cells)), None, 0, cells, self.table))


def _cell_lines(cell: Any) -> Iterator[str]:  # noqa: ANN401 - lxml element
    for paragraph in cell.iter(qn("w:p")):
        yield "".join(text for text, _ in _runs(paragraph))


def _runs(paragraph: Any) -> Iterator[tuple[str, bool]]:  # noqa: ANN401 - lxml element
    """Texts of a paragraph and whether each is bold; not what is deleted, hidden or in a text box."""
    for run in paragraph.iter(qn("w:r")):
        above = list(run.iterancestors())
        own = above.index(paragraph) if paragraph in above else len(above)
        if any(parent.tag in _SKIP or parent.tag == _TEXT_BOX for parent in above[:own]):
            continue
        properties = run.find(qn("w:rPr"))
        if properties is not None and _on(properties.find(qn("w:vanish"))):
            continue
        bold = properties is not None and _on(properties.find(qn("w:b")))
        text = ""
        for child in run.iterchildren():
            if child.tag == qn("w:t"):
                text += child.text or ""
            elif child.tag == qn("w:tab"):
                text += "\t"
            elif child.tag in (qn("w:br"), qn("w:cr")):
                text += "\n"
            elif child.tag == qn("w:noBreakHyphen"):
                text += "-"
        yield clean_text(text), bold


def _on(mark: Any) -> bool:  # noqa: ANN401 - lxml element
    return mark is not None and mark.get(qn("w:val")) not in ("0", "false", "none")


def _heading_level(style: str) -> int:
    name = style.casefold()
    if name in ("title", "titre"):
        return 1
    if name in ("subtitle", "sous-titre"):
        return 7
    mark = re.match(r"(?:heading|titre|überschrift)\s*(\d)", name)
    return min(7, int(mark.group(1)) + 1) if mark else 0


def _list_level(element: Any, styles: dict[str, Any]) -> int | None:  # noqa: ANN401 - lxml element
    """Depth of a list item, from the paragraph or its style; None for no list."""
    path = f"{qn('w:pPr')}/{qn('w:numPr')}"
    mark = element.find(path)
    if mark is None:
        name = element.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        style = styles.get(name.get(qn("w:val"))) if name is not None else None
        mark = style.element.find(path) if style is not None else None
    if mark is None:
        return None
    number, level = mark.find(qn("w:numId")), mark.find(qn("w:ilvl"))
    if number is not None and number.get(qn("w:val")) == "0":
        return None
    value = level.get(qn("w:val")) if level is not None else "0"
    return int(value) if value and value.isdigit() else 0
