"""Text of a document as blocks: headings, list items, table rows and paragraphs, whatever the file was.

Every reader of one format gives lines or blocks; the guessing that lines need (is this a heading, does the list item
go on here?) stands in this file once, so that a plain text and a PDF are understood alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

LEAD_IN = 8
"""Level of a line that ends in a colon and speaks of what follows."""
WEAK = 9
"""Level of a line that only its shape makes a heading: short, alone, without an end mark."""

_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
_BLANKS = dict.fromkeys([0xA0, 0x2007, 0x2008, 0x2009, 0x200A, 0x202F, 0x3000, *range(0x2000, 0x2007)], " ")
_NOTHING = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, *range(0x200E, 0x2010), *range(0x202A, 0x202F)])
# Bullets of symbol fonts arrive as private characters, and reportlab's as DEL.
_BULLETS = dict.fromkeys([0x7F, 0xF0B7, 0xF0A7, 0xF0D8, 0xF0FC, 0xF076, 0xF02D, 0xF06E], "•")
_TABLE = {**_LIGATURES, **_BLANKS, **_NOTHING, **_BULLETS}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x80-\x9f]")

BULLET = re.compile(r"^\s*(?:[•●▪■◦○‣⁃·∙➢➤➔→►▶✓✔☐□❏*»–—-]|>|\[[ xX]?\]|o(?=\s{1,8}[A-ZÀ-Ý0-9]))[\s\t]+(?=\S)")
NUMBER = re.compile(r"^\s*\(?(?P<n>\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s+(?=\S)")
_MULTI_NUMBER = re.compile(r"^\s*\d{1,2}(?:\.\d{1,2})+\.?\s+(?=\S)")
PACKAGE = re.compile(
    r"^\s*(?:WP|LT|work packages?|lots? de travail|lots?|task|tâche|package|module|need|besoin|item|opportunity|"
    r"position|role|rôle)\s?(?:no\.?|n[o°]|#)?\s?\d{1,2}[a-z]?(?:\.\d{1,2})?\s*(?:[:.)|–—-]\s*|\s+(?=[A-ZÀ-Ý]))"
    r"|^\s*(?:supplier|partner|vendor|fournisseur|partenaire|package|lot|work package)\s(?:\d{1,2}|"
    r"[A-H])\s*[:.)–—-]\s*",
    re.IGNORECASE,
)
_HASH = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_RULE = re.compile(r"^\s*([=\-_*~])\1{2,}\s*$")
_END = re.compile(r"[.;,!?…]$")
_BOLD = re.compile(r"^(\*\*|__)(?P<text>.+?)\1(?P<colon>:?)$")
_LABEL = re.compile(r"^[A-ZÀ-Ý][\w/&'’()-]*(?: [\w/&'’()-]+){0,3} ?: \S")
_COMPOUND = re.compile(
    r"(?:^|[^a-zà-ÿ])(?:high|low|multi|non|semi|pre|post|two|three|four|five|six|self|well|long|short|end|cost|"
    r"air|water|"
    r"oil|heat|laser|hand|stress|cold|hot|full|half|large|small|single|double|micro|anti|co|clean|quick|real|wear|"
    r"corrosion|leak|light|ready|power|battery|zero|in|on|off|state|sous|auto|contre|demi|mi)-$",
    re.IGNORECASE,
)


class BlockKind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    ITEM = "item"
    ROW = "row"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Block:
    """One heading, list item, table row or paragraph.

    Attributes:
        kind: what it is.
        text: its words on one line; a row's cells are joined by blanks.
        page: page from 1, or None where the format has none.
        level: of a heading 1 to 9 (1 highest, :data:`LEAD_IN`, :data:`WEAK`); of an item its depth from 0.
        cells: of a row, its cells.
        table: of a row, the number of its table, so that two tables in a row are told apart.
        gap: space stands before it.
        part: which part of a message it comes from, or None.
    """

    kind: BlockKind
    text: str
    page: int | None = None
    level: int = 0
    cells: tuple[str, ...] = ()
    table: int = 0
    gap: bool = False
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What a reader of one format gives.

    Attributes:
        blocks: in reading order.
        title: title of the metadata, or subject of the message; None when there is none of use.
        n_pages: pages of the PDF parts, at least 1.
        notes: what a person should know of the reading.
        names: names of persons to be masked, such as the sender's.
        form: ``pdf``, ``docx``, ``html``, ``markdown``, ``text`` or ``mail``.
    """

    blocks: tuple[Block, ...]
    title: str | None = None
    n_pages: int = 1
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    form: str = "text"


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it stands in the file.

    Attributes:
        text: its words.
        x: left edge: points, or blanks in a text.
        gap: more space stands above than between the lines of a paragraph.
        size: font size in points; 0 when not known.
        bold: the whole line is bold.
        page: page from 1.
        cells: of a table row, its cells.
        table: of a table row, the number of its table.
    """

    text: str
    x: float = 0.0
    gap: bool = False
    size: float = 0.0
    bold: bool = False
    page: int | None = None
    cells: tuple[str, ...] = ()
    table: int = 0


def clean_text(text: str) -> str:
    r"""Plain characters: ligatures apart, odd blanks made blanks, invisible and control characters out.

    Example:
        >>> clean_text("pro\ufb01le\u00a0of\u00ad")
        'profile of'
    """
    return _CONTROL.sub("", unicodedata.normalize("NFC", text).translate(_TABLE))


def one_line(text: str) -> str:
    """Clean text with each run of blanks and line ends made one blank."""
    return " ".join(clean_text(text).split())


def join_lines(left: str, right: str) -> str:
    """Join a line to the next; a word that a hyphen divides at the line's end is made whole.

    Example:
        >>> join_lines("precision manufac-", "turing"), join_lines("a high-", "speed spindle")
        ('precision manufacturing', 'a high-speed spindle')
    """
    left, right = left.rstrip(), right.lstrip()
    if re.search(r"[^\W\d_]-$", left) and right[:1].islower():
        return left + right if _COMPOUND.search(left) else left[:-1] + right
    if re.search(r"\w-$", left) and right[:1].isalnum():
        return left + right
    return f"{left} {right}".strip()


def lines_to_blocks(lines: Sequence[Line], *, slack: float = 1.0) -> list[Block]:
    """Make blocks of lines.

    A line goes on in the next one unless the next one's first word would have fitted: then the break was meant.

    Args:
        lines: in reading order, none empty.
        slack: share of the usual width that counts as full; below 1 where letters differ in width.

    Returns:
        Blocks in the order of the lines.
    """
    builder = _Builder(lines, slack)
    for index in range(len(lines)):
        builder.add(index)
    builder.flush()
    return builder.blocks


class _Builder:
    """Gathers lines into the block that is open."""

    def __init__(self, lines: Sequence[Line], slack: float) -> None:
        self.lines, self.blocks = lines, list[Block]()
        self.body_size = body_size(lines)
        self.sizes = sorted({round(s.size) for s in lines if s.size > 1.12 * self.body_size}, reverse=True)
        self.width = slack * _usual_width(lines)
        self.listed = _listed(lines)
        self.kind, self.text, self.level = BlockKind.TEXT, "", 0
        self.first: Line | None = None
        self.last: Line | None = None
        self.indents: list[float] = []

    def flush(self) -> None:
        if self.first and self.text:
            block = Block(self.kind, one_line(self.text), self.first.page, self.level, gap=self.first.gap)
            self.blocks.append(block)
        self.text, self.first, self.last = "", None, None

    def open(self, kind: BlockKind, text: str, line: Line, level: int = 0) -> None:
        self.flush()
        self.kind, self.text, self.level, self.first, self.last = kind, text, level, line, line
        if kind is not BlockKind.ITEM:
            # A paragraph between two items of a list does not make the second one a first level.
            self.indents = [] if kind is BlockKind.HEADING else self.indents

    def add(self, index: int) -> None:
        line = self.lines[index]
        if line.cells:
            self.flush()
            text = one_line(" ".join(line.cells))
            cells = tuple(one_line(cell) for cell in line.cells)
            self.blocks.append(Block(BlockKind.ROW, text, line.page, 0, cells, line.table, line.gap))
            return
        if _RULE.match(line.text):
            self._underline(line)
            return
        level = self._heading_level(index)
        bullet = BULLET.match(line.text)
        number = None if bullet else NUMBER.match(line.text) or _MULTI_NUMBER.match(line.text)
        if level:
            self._heading(line, level)
        elif bullet or number:
            mark = bullet or number
            assert mark is not None
            self.open(BlockKind.ITEM, line.text[mark.end() :], line, self._depth(line.x))
        elif PACKAGE.match(line.text):
            self.open(BlockKind.ITEM, line.text, line, self._depth(line.x))
        elif self.first and self._goes_on(line):
            self.text, self.last = join_lines(self.text, line.text), line
        else:
            self.open(BlockKind.TEXT, line.text, line)

    def _underline(self, line: Line) -> None:
        """A ruler under a short line makes that line a heading; elsewhere it only parts paragraphs."""
        mark = line.text.strip()[0]
        short = self.first and self.first is self.last and len(self.text) <= 90 and not _END.search(self.text)
        if short and not line.gap and mark in "=-~" and self.kind is BlockKind.TEXT:
            self.kind, self.level = BlockKind.HEADING, 1 if mark == "=" else 2
        self.flush()

    def _heading(self, line: Line, level: int) -> None:
        mark = _HASH.match(line.text)
        text = mark.group(2) if mark else line.text
        bold = _BOLD.match(text.strip())
        text = bold["text"] + bold["colon"] if bold else text
        same = self.first and self.kind is BlockKind.HEADING and self.last and self.last.size == line.size
        if same and line.size > 1.12 * self.body_size and not line.gap and not mark:
            self.text, self.last = join_lines(self.text, text), line
            return
        self.open(BlockKind.HEADING, text, line, level)

    def _depth(self, x: float) -> int:
        while self.indents and x < self.indents[-1] - 0.9:
            self.indents.pop()
        if not self.indents or x > self.indents[-1] + 0.9:
            self.indents.append(x)
        return len(self.indents) - 1

    def _goes_on(self, line: Line) -> bool:
        """Whether a line belongs to the open block."""
        if self.kind is BlockKind.HEADING or line.gap or self.last is None:
            return False
        if self.kind is BlockKind.ITEM and line.size and line.x < (self.first or line).x - 1:
            return False
        if line.size and abs(line.size - self.last.size) > 0.1 * self.body_size:
            return False
        if self.kind is BlockKind.TEXT and (_LABEL.match(line.text) or self._listing(line)):
            return False
        first_word = line.text.split()[0]
        fits = len(self.last.text.strip()) + 1 + len(first_word) <= self.width
        if self.kind is BlockKind.ITEM and line.x > (self.first or line).x and not fits:
            return True
        return not fits or (line.text.lstrip()[:1].islower() and self.last.text.rstrip().endswith((",", "-")))

    def _listing(self, line: Line) -> bool:
        """Whether lines stand one below the other as a list: three or more, each beginning like an entry."""
        return id(line) in self.listed

    def _heading_level(self, index: int) -> int:
        """Level of a heading, 0 for a line that is none."""
        line = self.lines[index]
        text = line.text.strip()
        if mark := _HASH.match(text):
            return len(mark.group(1))
        n_words = len(text.split())
        if n_words > 18 or BULLET.match(text) or not re.search(r"[^\W\d_]{2}", text):
            return 0
        if line.size > 1.12 * self.body_size:
            return 1 + min(5, self.sizes.index(round(line.size)) if round(line.size) in self.sizes else 5)
        bold = line.bold or _BOLD.match(text) is not None
        if bold and n_words <= 14 and not _END.search(text) and self._stands_apart(index):
            return LEAD_IN - 1
        return self._plain_level(index, text, n_words)

    def _stands_apart(self, index: int) -> bool:
        """Whether a bold line is not the first line of a bold paragraph."""
        following = self.lines[index + 1] if index + 1 < len(self.lines) else None
        if self.lines[index].text.rstrip().endswith(":") or following is None or following.gap:
            return True
        return not (following.bold and len(following.text) > 60)

    def _plain_level(self, index: int, text: str, n_words: int) -> int:
        """Level of a heading that no font tells."""
        line = self.lines[index]
        before = self.lines[index - 1] if index else None
        after = self.lines[index + 1] if index + 1 < len(self.lines) else None
        if _MULTI_NUMBER.match(text):
            return 3 if n_words <= 11 and not _END.search(text) and (line.gap or before is None) else 0
        number = NUMBER.match(text)
        if number:
            return 2 if self._numbered_heading(number["n"], text, n_words, before, after) else 0
        if PACKAGE.match(text):
            return 0
        if text.endswith(":") and n_words <= 9 and not text[0].islower():
            return LEAD_IN
        capitals = text.isupper() and n_words <= 12 and len(re.sub(r"\W|\d", "", text)) >= 4
        if capitals and not _END.search(text) and (before is None or line.gap or not before.text.isupper()):
            return 2
        apart = (before is None or line.gap) and not line.size
        if not apart or n_words > 9 or _END.search(text) or after is None or text[0].islower() or ":" in text:
            return 0
        fits = len(text) + 1 + len(after.text.split()[0]) <= self.width
        return WEAK if after.gap or fits else 0

    def _numbered_heading(self, n: str, text: str, n_words: int, before: Line | None, after: Line | None) -> bool:
        """Tell "2. Scope of supply" from the second item of a list: items follow each other."""
        if n_words > 10 or _END.search(text) or not n.isdigit() or after is None:
            return False
        near = [NUMBER.match(other.text) for other in (before, after) if other]
        return not any(mark and mark["n"].isdigit() and abs(int(mark["n"]) - int(n)) == 1 for mark in near)


def _listed(lines: Sequence[Line]) -> set[int]:
    """Identities of lines that stand one below the other as a list without marks."""
    runs: list[list[Line]] = [[]]
    for line in lines:
        marked = BULLET.match(line.text) or NUMBER.match(line.text) or line.cells or line.text.rstrip().endswith(":")
        if line.gap or marked or (runs[-1] and abs(runs[-1][-1].size - line.size) > 0.5):
            runs.append([])
        if not marked:
            runs[-1].append(line)
    return {id(line) for run in runs if _entries(run) for line in run}


def _entries(run: Sequence[Line]) -> bool:
    """Whether lines begin like entries: all with one word, or three or more with a capital or a number."""
    if len(run) < 2 or not all(re.match(r"[\"“(]?[A-ZÀ-Ý0-9]", line.text) for line in run):
        return False
    if len({line.text.split()[0] for line in run}) == 1:
        return True
    return len(run) >= 3 and not any(re.search(r"[.!?]\s+[A-ZÀ-Ý]", line.text) for line in run)


def body_size(lines: Sequence[Line]) -> float:
    """The font size that most characters have; 0 when sizes are not known."""
    counts: Counter[float] = Counter()
    for line in lines:
        counts[round(line.size, 1)] += len(line.text)
    return max(counts, key=lambda size: (counts[size], -size), default=0.0)


def _usual_width(lines: Sequence[Line]) -> float:
    """Characters of a full line: the 90th percentile of lines that are not short."""
    lengths = sorted(len(line.text.strip()) for line in lines if len(line.text.strip()) >= 40 and not line.cells)
    if lengths:
        return float(lengths[int(0.9 * (len(lengths) - 1))])
    # Narrow columns of a PDF wrap early; a text of short lines only was not wrapped at all.
    return float(max((len(line.text) for line in lines), default=0)) if any(line.size for line in lines) else 60.0
