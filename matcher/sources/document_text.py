"""Plain text and Markdown → blocks, and bytes → text."""

from __future__ import annotations

import re
from dataclasses import replace

import charset_normalizer

from matcher.sources.document_blocks import Block, BlockKind, Reading, clean
from matcher.sources.document_lines import Line, blocks_of_lines, marked_heading, typed_item

_SAMPLE_BYTES = 200_000
_MARKS = re.compile(r"(\*\*|__|`)(?=\S)(.{1,400}?)(?<=\S)\1")
_EMPHASIS = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]{1,400}?)(?<=\S)\*(?![\w*])")
_LINK = re.compile(r"!?\[([^\]\n]{0,300})\]\([^)\n]{0,600}\)")
_HASHES = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*$")


def decode(data: bytes) -> tuple[str, str | None]:
    """Text of bytes in UTF-8, UTF-16 or an older Western encoding, and a note when the encoding was guessed."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), None
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        # Short French texts fool a detector that may choose among a hundred encodings.
        guess = charset_normalizer.from_bytes(
            data[:_SAMPLE_BYTES], cp_isolation=["cp1252", "mac_roman", "cp850", "utf_16_le", "utf_16_be"]
        ).best()
        encoding = guess.encoding if guess else "cp1252"
        return data.decode(encoding, "replace"), f"the text is not UTF-8; it was read as {encoding}"


def text_lines(text: str) -> list[Line]:
    """Lines of a plain text, with gaps and indents; a line of ``===`` or ``---`` makes the one above a heading."""
    lines: list[Line] = []
    gap = True
    # Not splitlines(): a form feed or a vertical tab inside a line is no line end in a brief.
    for raw in re.split(r"\r\n|\r|\n|\f|\u2028|\u2029", text.replace("\u00a0", " ").replace("\u202f", " ")):
        if not raw.strip():
            gap = True
            continue
        underline = re.fullmatch(r" {0,3}(={3,}|-{3,}) *", raw)
        if underline and lines and not gap and len(lines[-1].text.split()) <= 16:
            lines[-1] = replace(lines[-1], heading=1 if underline.group(1)[0] == "=" else 2)
        expanded = raw.rstrip().replace("\t", "    ") if raw.startswith("\t") else raw.rstrip()
        lines.append(Line(expanded, len(expanded) - len(expanded.lstrip()), gap))
        gap = False
    return lines


def read_text(text: str) -> Reading:
    """Blocks of a plain text."""
    return Reading(blocks_of_lines(text_lines(text)))


def _plain_markdown(line: str) -> str:
    return _EMPHASIS.sub(r"\1", _MARKS.sub(r"\2", _LINK.sub(r"\1", line)))


def read_markdown(text: str) -> Reading:
    """Blocks of a Markdown text; its title is the first top heading, or ``title:`` of its front matter."""
    title = None
    front = re.match(r"\ufeff?---\n(.{0,5000}?)\n---\n", text.replace("\r\n", "\n"), re.DOTALL)
    if front:
        text = text.replace("\r\n", "\n")[front.end() :]
        named = re.search(r"(?mi)^title:[ \t]*[\"']?(.+?)[\"']?[ \t]*$", front.group(1))
        title = clean(named.group(1)) if named else None
    text = re.sub(r"<!--.{0,5000}?-->", "", text, flags=re.DOTALL)
    lines: list[Line] = []
    for line in text_lines(text):
        mark = _HASHES.match(line.text)
        bold = re.fullmatch(r"\s*(\*\*|__)([^*_]{2,80})\1:?\s*", line.text)
        heading = len(mark.group(1)) if mark else 5 if bold and line.gap else line.heading
        words = mark.group(2) if mark else line.text
        lines.append(replace(line, text=_plain_markdown(words), heading=heading))
    blocks = blocks_of_lines(lines)
    tops = [block.text for block in blocks if block.kind is BlockKind.HEADING and block.level == 1]
    return Reading(blocks, title or (tops[0] if tops else None))


def mend_blocks(blocks: list[Block]) -> list[Block]:
    """Blocks whose paragraphs were typed as lists or headings, put right (Word and HTML written by hand)."""
    mended: list[Block] = []
    for block in blocks:
        if block.kind is BlockKind.PARAGRAPH:
            if item := typed_item(block.text):
                block = Block(BlockKind.ITEM, 1, item)
            elif level := marked_heading(block.text):
                block = Block(BlockKind.HEADING, level, block.text)
        mended.append(block)
    return mended
