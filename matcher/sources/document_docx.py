"""Word documents (.docx) → blocks; the only file that knows python-docx.

The body's XML is walked rather than ``Document.paragraphs``, which leaves out tables, content controls, tracked
insertions and text boxes, where briefs written on templates keep much of their text.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import docx
from docx.opc.exceptions import OpcError
from docx.text.paragraph import Paragraph
from lxml import etree

from matcher.sources.document_blocks import Block, BlockKind, Reading, check_length, clean, refusal, row_block
from matcher.sources.document_text import mend_blocks

MAX_UNZIPPED_BYTES = 200_000_000
MAX_ZIP_RATIO = 300
MAX_ZIP_ENTRIES = 5_000
_RATIO_COUNTS_ABOVE = 20_000_000
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BOX = f"{_W}txbxContent"
_SPACES = frozenset({f"{_W}tab", f"{_W}br", f"{_W}cr"})
_FAULTS = (
    OpcError,
    zipfile.BadZipFile,
    zlib.error,
    etree.XMLSyntaxError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
)


def _check_archive(data: bytes, filename: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            locked = any(entry.flag_bits & 0x1 for entry in entries)
    except (zipfile.BadZipFile, ValueError, LookupError, OSError, NotImplementedError) as error:
        raise refusal(filename, "is a broken Word document", "open it in Word and save it again") from error
    size = sum(entry.file_size for entry in entries)
    ratio = size / max(len(data), 1)
    if size > MAX_UNZIPPED_BYTES or (size > _RATIO_COUNTS_ABOVE and ratio > MAX_ZIP_RATIO):
        raise refusal(
            filename,
            f"unpacks to {size:,} bytes, {ratio:.0f} times its size; expected at most {MAX_UNZIPPED_BYTES:,} bytes "
            f"and {MAX_ZIP_RATIO} times",
            "save it again without large pictures, or as PDF",
        )
    if len(entries) > MAX_ZIP_ENTRIES:
        raise refusal(
            filename,
            f"holds {len(entries):,} parts, expected at most {MAX_ZIP_ENTRIES:,}",
            "save it again in Word",
        )
    if locked:
        raise refusal(filename, "is password-protected", "save a copy without a password")


def _words(element: Any, *, skip: frozenset[str] = frozenset({_BOX, _FALLBACK})) -> str:  # noqa: ANN401 - lxml
    """Visible words of a paragraph; deleted and hidden text and text boxes are left out."""
    parts: list[str] = []
    stack = [element]
    while stack:
        node = stack.pop()
        if node.tag in skip or (node.tag == f"{_W}r" and _is_hidden(node)):
            continue
        if node.tag == f"{_W}t":
            parts.append(node.text or "")
        elif node.tag in _SPACES:
            parts.append(" ")
        stack.extend(reversed(node))
    return "".join(parts)


def _is_hidden(run: Any) -> bool:  # noqa: ANN401 - lxml
    mark = run.find(f"{_W}rPr/{_W}vanish")
    return mark is not None and mark.get(f"{_W}val") not in ("0", "false")


def _elements(body: Any) -> Iterator[Any]:  # noqa: ANN401 - lxml
    """Paragraphs and tables in reading order, out of content controls and text boxes."""
    stack = list(reversed(body))
    while stack:
        node = stack.pop()
        if node.tag == f"{_W}tbl":
            yield node
        elif node.tag == f"{_W}p":
            yield node
            for box in node.iter(_BOX):
                if not any(parent.tag == _FALLBACK for parent in box.iterancestors()):
                    stack.extend(reversed(box))
        elif isinstance(node.tag, str) and node.tag not in (_BOX, _FALLBACK):
            stack.extend(reversed(node))


def _style_name(paragraph: Paragraph) -> str:
    style = paragraph.style
    return (style.name or "").casefold() if style is not None else ""


def _is_listed(node: Any, paragraph: Paragraph) -> int | None:  # noqa: ANN401 - lxml
    """Depth of a list paragraph from 1, or None."""
    number = node.find(f"{_W}pPr/{_W}numPr")
    if number is not None:
        of = number.find(f"{_W}numId")
        if of is not None and of.get(f"{_W}val") == "0":
            return None
        depth = number.find(f"{_W}ilvl")
        return int(depth.get(f"{_W}val") or 0) + 1 if depth is not None else 1
    name = _style_name(paragraph)
    listed = re.match(r"list (?:bullet|number|paragraph)(?: (\d))?|liste? ", name)
    return int(listed.group(1) or 1) if listed else None


def _is_bold(node: Any) -> bool:  # noqa: ANN401 - lxml
    runs = [run for run in node.iter(f"{_W}r") if "".join(t.text or "" for t in run.iter(f"{_W}t")).strip()]
    marks = [run.find(f"{_W}rPr/{_W}b") for run in runs]
    return bool(runs) and all(m is not None and m.get(f"{_W}val") not in ("0", "false") for m in marks)


def _paragraph_block(node: Any, document: Any) -> tuple[Block | None, bool]:  # noqa: ANN401 - lxml, python-docx
    """The block of a paragraph, and whether it is the title."""
    text = clean(_words(node))
    if not text:
        return None, False
    paragraph = Paragraph(node, document._body)
    name = _style_name(paragraph)
    if name == "title":
        return Block(BlockKind.HEADING, 1, text), True
    heading = re.match(r"(?:heading|titre) (\d)", name)
    if heading or name == "subtitle":
        return Block(BlockKind.HEADING, int(heading.group(1)) if heading else 2, text), False
    if depth := _is_listed(node, paragraph):
        return Block(BlockKind.ITEM, depth, text), False
    if _is_bold(node) and len(text.split()) <= 12 and not text.endswith((".", ";", ",")):
        return Block(BlockKind.HEADING, 4, text), False
    return Block(BlockKind.PARAGRAPH, 0, text), False


def _table_blocks(table: Any, document: Any) -> list[Block]:  # noqa: ANN401 - lxml, python-docx
    rows = []
    for row in table.iter(f"{_W}tr"):
        cells = [
            " ".join(_words(paragraph) for paragraph in cell.iter(f"{_W}p")) for cell in row.iter(f"{_W}tc")
        ]
        rows.append((row, cells))
    if max((len(cells) for _, cells in rows), default=0) < 2:
        # A table of one column is a frame around text.
        found = (_paragraph_block(node, document)[0] for node in table.iter(f"{_W}p"))
        return [block for block in found if block]
    blocks: list[Block] = []
    for _, cells in rows:
        if block := row_block(cells, first=not blocks):
            blocks.append(block)
    return blocks


def read_docx(data: bytes, filename: str) -> Reading:
    """Blocks of a Word document: headings by style, lists, table rows and paragraphs.

    Raises:
        SourceError: it is broken, protected, past a limit of size, or holds no text.
    """
    _check_archive(data, filename)
    try:
        document = docx.Document(io.BytesIO(data))
        blocks: list[Block] = []
        title = None
        for node in _elements(document.element.body):
            if node.tag == f"{_W}tbl":
                blocks += _table_blocks(node, document)
                continue
            block, is_title = _paragraph_block(node, document)
            if block:
                blocks.append(block)
                title = title or (block.text if is_title else None)
        stated = clean(document.core_properties.title or "")
    except _FAULTS as error:
        raise refusal(
            filename, "is a broken Word document", "open it in Word and save it as .docx"
        ) from error
    if not blocks:
        raise refusal(filename, "holds no text", "paste the text, or run OCR if it holds pictures of pages")
    check_length(filename, sum(len(block.text) for block in blocks))
    # Word's templates fill the property with "Word Document" and the like: only a title that the text has counts.
    start = " ".join(block.text for block in blocks[:6]).casefold()
    if title is None and len(stated.split()) >= 2 and stated.casefold() in start:
        title = stated
    tops = [b.text for b in blocks[:4] if b.kind is BlockKind.HEADING]
    return Reading(mend_blocks(blocks), title or (tops[0] if tops else None))
