"""Lines of text → blocks: the part that plain text, Markdown, mail and PDF share.

A line alone rarely says whether it is a heading, an item or the middle of a paragraph; its neighbours, the gap above
it and its indent do. Readers put what they know of a line in :class:`Line` and this module decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from matcher.sources.document_blocks import Block, BlockKind, clean, row_block

# \x7f and the private-use characters are what PDF fonts leave of a round bullet.
_BULLET = re.compile(
    "^\\s*(?:[-*+•▪▫■□●○◦‣⁃➢➤✓✔·–—\x7f\uf0b7\uf0a7\uf0d8\uf0fc\uf076]|o(?= [A-ZÀ-Ý]))(?:\\s+|$)"
)
_NUMBER = re.compile(r"^\s*\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s+(?=\S)")
_MULTI = re.compile(r"^\s*(\d{1,2}(?:\.\d{1,2})+)\.?\s+(?=[A-ZÀ-Ý])")
_KEY = re.compile(r"^\s*[A-ZÀ-Ý][^\s:]*(?: [^\s:]+){0,4} ?:[ \t]+\S")
# Words that stand two or more spaces apart are columns, unless a sentence ended there.
_SPREAD = re.compile(r"\S+(?:(?: |(?<=[.!?:;])[ ]{2,3})\S+)*")
_ENDED = re.compile(r"[.!?;:…][\"'»”)]?$")
# A word broken after one of these keeps its hyphen when the line is joined to the next.
_KEEPS_HYPHEN = frozenset(
    "co non pre post self multi semi high low cross re long short full half end well in on off all high-"
    " two three four cost time user year state hand laser computer data".split()
)
_LEVEL_CAPS, _LEVEL_TITLE, _LEVEL_COLON = 2, 3, 5
_WIDEST_WRAP = 130


@dataclass(frozen=True, slots=True)
class Line:
    """One line as its reader saw it.

    Attributes:
        text: the words.
        indent: of the first word, in any unit that grows to the right.
        gap: whether it stands apart from the line above.
        heading: level when the reader knows it is a heading.
        cells: (position, words) of each cell when the line is spread over columns.
    """

    text: str
    indent: float = 0.0
    gap: bool = False
    heading: int | None = None
    cells: tuple[tuple[float, str], ...] = ()


def marked_heading(text: str) -> int | None:
    """Level of a heading that its own words give away: "2.1 Work packages", ALL CAPS, a trailing colon."""
    words = text.split()
    multi = _MULTI.match(text)
    if multi and len(words) <= 14 and not text.endswith((".", ";", ",")):
        return min(multi.group(1).count(".") + 1, 6)
    if text.endswith(":") and len(words) <= 10 and not re.search(r"[.;!?]\s", text):
        return _LEVEL_COLON
    letters = [c for c in text if c.isalpha()]
    shouted = len(letters) >= 4 and all(c.isupper() for c in letters) and not text.endswith((".", ";", ","))
    if shouted and len(words) <= 12 and len(letters) > 2 * sum(c.isdigit() for c in text):
        return _LEVEL_CAPS if re.search(r"[^\W\d_]{4}", text) else None
    return None


def typed_item(text: str) -> str | None:
    """The words of a line that begins with a typed bullet, else None."""
    mark = _BULLET.match(text)
    return text[mark.end() :] if mark and mark.end() < len(text) else None


def join_words(first: str, second: str) -> str:
    """Join two lines of one paragraph, mending a word broken by a hyphen."""
    if re.search(r"[a-zà-ÿ]-$", first) and re.match(r"[a-zà-ÿ]", second):
        stem = re.split(r"[\s(/]", first[:-1])[-1].casefold()
        return (first if stem in _KEEPS_HYPHEN or "-" in stem else first[:-1]) + second
    if first.endswith("\u00ad"):
        return first[:-1] + second
    return f"{first} {second}"


def _columns(line: Line) -> tuple[tuple[float, str], ...]:
    if line.cells:
        return line.cells
    text = line.text.strip()
    if text.startswith("|") and text.count("|") >= 3:
        return tuple((float(i), cell.strip()) for i, cell in enumerate(text.strip("|").split("|")))
    if "\t" in text:
        return tuple((float(i), cell.strip()) for i, cell in enumerate(text.split("\t")))
    return tuple((float(m.start()), m.group()) for m in _SPREAD.finditer(line.text))


def _is_rule(line: Line) -> bool:
    return bool(re.fullmatch(r"[\s|:+=_-]*[-=_]{3,}[\s|:+=_-]*", line.text))


def _align(columns: Sequence[float], cells: Sequence[tuple[float, str]]) -> list[str]:
    row = [""] * len(columns)
    for position, words in cells:
        nearest = min(range(len(columns)), key=lambda i: (abs(columns[i] - position), i))
        row[nearest] = f"{row[nearest]} {words}".strip()
    return row


class _Reader:
    """Walks the lines once; each ``take`` method consumes what it recognises."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = [line for line in lines if line.text.strip()]
        lengths = sorted(len(line.text.strip()) for line in self.lines)
        self.width = min(lengths[int(0.9 * (len(lengths) - 1))], 200) if lengths else 0
        self.at = 0
        self.blocks: list[Block] = []
        self.indents: list[float] = []
        self.numbered = False

    def read(self) -> list[Block]:
        while self.at < len(self.lines):
            _ = self._take_table() or self._take_item() or self._take_heading() or self._take_paragraph()
        return self.blocks

    def _add(self, kind: BlockKind, level: int, text: str) -> None:
        words = clean(text)
        if kind is not BlockKind.ITEM:
            self.indents, self.numbered = [], False
        if words:
            self.blocks.append(Block(kind, level, words))

    def _next(self, step: int = 1) -> Line | None:
        return self.lines[self.at + step] if 0 <= self.at + step < len(self.lines) else None

    def _take_table(self) -> bool:
        end = self.at
        while end < len(self.lines):
            line = self.lines[end]
            many = len(_columns(line)) >= 2 and not line.heading and not _BULLET.match(line.text)
            if not many and not (end > self.at and _is_rule(line)):
                break
            end += 1
        run = [_columns(line) for line in self.lines[self.at : end] if not _is_rule(line)]
        if len(run) < 2 or len(run[0]) < 2 or max(map(len, run)) < 3 and "|" not in self.lines[self.at].text:
            return False
        columns = [position for position, _ in run[0]]
        rows: list[list[str]] = []
        for cells in run:
            row = _align(columns, cells)
            # A row without its first cell carries on the cells of the row above.
            if rows[1:] and not row[0] and len(cells) < len(columns):
                rows[-1] = [f"{a} {b}".strip() for a, b in zip(rows[-1], row, strict=True)]
            else:
                rows.append(row)
        for i, row in enumerate(rows):
            if block := row_block(row, first=i == 0):
                self.blocks.append(block)
        self.at, self.indents, self.numbered = end, [], False
        return True

    def _is_list_number(self) -> bool:
        line, after = self.lines[self.at], self._next()
        if self.numbered:
            return True
        body = _NUMBER.sub("", line.text).strip()
        if after is not None and _NUMBER.match(after.text) and after.heading is None:
            return True
        short = len(body.split()) <= 9 and not re.search(r"[,;.]|:\s", body)
        return not short or (after is not None and not after.gap and after.text.strip()[:1].islower())

    def _take_item(self) -> bool:
        line = self.lines[self.at]
        bullet = _BULLET.match(line.text)
        mark = bullet or _NUMBER.match(line.text)
        if line.heading or mark is None or _is_rule(line) or not (bullet or self._is_list_number()):
            return False
        while self.indents and line.indent < self.indents[-1] - 0.5:
            self.indents.pop()
        if not self.indents or line.indent > self.indents[-1] + 0.5:
            self.indents.append(line.indent)
        level = len(self.indents)
        self.at += 1
        text = self._continued(line.text[mark.end() :].strip(), line, hanging=line.indent)
        self._add(BlockKind.ITEM, level, text)
        self.numbered = bullet is None
        return True

    def _starts_anew(self, line: Line) -> bool:
        text = line.text
        marked = (
            _BULLET.match(text) or _NUMBER.match(text) or _KEY.match(text) or marked_heading(text.strip())
        )
        return bool(marked or line.heading or line.gap or _is_rule(line) or len(line.cells) > 1)

    def _continued(self, text: str, last: Line, *, hanging: float | None = None) -> str:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if self._starts_anew(line):
                break
            words, before = line.text.strip(), last.text.strip()
            indented = hanging is not None and line.indent > hanging + 0.5
            full = 0.6 * self.width <= len(before) <= _WIDEST_WRAP
            over = bool(_ENDED.search(before)) and len(before) < 0.85 * self.width
            if not (words[:1].islower() or not text or indented or full and not over):
                break
            text = join_words(text, words) if text else words
            last = line
            self.at += 1
        return text

    def _heading_level(self, line: Line) -> int | None:
        text, after, before = line.text.strip(), self._next(), self._next(-1)
        if line.heading:
            return line.heading
        if marked := marked_heading(text):
            return marked
        if number := _NUMBER.match(line.text):
            return 1 if len(line.text[number.end() :].split()) <= 9 else None
        words = text.split()
        if after is None or re.search(r"[.,;:!?]$|[,;:]\s|\. ", text) or not text[:1].isupper():
            return None
        if self.at == 0 and len(words) <= 16 and after.gap:
            return 1
        fresh = line.gap or before is None or bool(_ENDED.search(before.text.strip()))
        apart = after.gap or len(after.text.strip()) > 40 or bool(_BULLET.match(after.text))
        if not fresh or not apart or len(words) > 8 or len(text) > 0.75 * max(self.width, 60):
            return None
        long = [word for word in words if len(word) > 3]
        title_case = len(words) >= 2 and sum(w[:1].isupper() for w in long) >= 0.6 * max(len(long), 1)
        stands = len(words) <= 7 and not re.search(r"\d", text) and not self._short_line(after)
        return _LEVEL_TITLE if title_case or stands else None

    def _short_line(self, line: Line) -> bool:
        marked = _BULLET.match(line.text) or _NUMBER.match(line.text) or len(line.cells) > 1
        return not marked and len(line.text.split()) <= 7 and not _ENDED.search(line.text.strip())

    def _take_heading(self) -> bool:
        line = self.lines[self.at]
        if _is_rule(line):
            self.at += 1
            return True
        level = self._heading_level(line)
        if level is None:
            return False
        text = line.text.strip()
        self.at += 1
        # A title that its reader knows to be one may be wrapped over lines.
        while line.heading and (after := self._next(0)) and after.heading == line.heading and not after.gap:
            text = join_words(text, after.text.strip())
            self.at += 1
        number = _NUMBER.match(text)
        self._add(BlockKind.HEADING, level, text[number.end() :] if number else _MULTI.sub("", text))
        return True

    def _take_paragraph(self) -> bool:
        line = self.lines[self.at]
        self.at += 1
        key = bool(_KEY.match(line.text)) and len(line.text) < 0.6 * self.width
        text = line.text.strip() if key else self._continued(line.text.strip(), line)
        self._add(BlockKind.PARAGRAPH, 0, text)
        return True


def blocks_of_lines(lines: Sequence[Line]) -> list[Block]:
    """Blocks of lines: headings, items with their wrapped lines, table rows and joined paragraphs.

    Args:
        lines: in reading order; empty ones are skipped, so a gap must be marked on the line after it.

    Returns:
        Blocks without numbering and bullets.
    """
    kept: list[Line] = []
    for line in lines:
        # Some PDFs put a bullet on a line of its own.
        if kept and not line.gap and _BULLET.fullmatch(kept[-1].text.strip()):
            kept[-1] = replace(kept[-1], text=f"• {line.text.strip()}")
        else:
            kept.append(line)
    return _Reader(kept).read()
