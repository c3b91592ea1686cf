"""What a document is after reading: blocks of text in reading order, and the limits every reader keeps."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from matcher.errors import SourceError

MAX_FILE_BYTES = 50_000_000
MAX_PAGES = 500
MAX_TEXT_CHARS = 3_000_000
# Ligatures that PDF fonts leave behind; NFKC would also turn "²" into "2" and "½" into "1/2".
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "\u00ad": "", "\u200b": "", "\ufeff": ""}
)
# Control characters, lone surrogates and characters of private use carry no words, and JSON refuses surrogates.
_UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\u2028\u2029]")


class BlockKind(StrEnum):
    """What a block is in its document."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a document.

    Attributes:
        kind: heading, paragraph, list item or table row.
        level: depth of a heading (1 is the top) or of a list item (1 is the outermost); 0 for the first row of a
            table and 1 for the others; 0 for a paragraph.
        text: the words on one line; cells of a row are joined by " | ".
        cells: the cells of a row, empty ones included; empty for other kinds.
    """

    kind: BlockKind
    level: int
    text: str
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A document's text, without contact data.

    Attributes:
        blocks: in reading order, none empty.
        title: what the document says its title is, or None.
        notes: what a reader should know: pages without text, attachments left out, contacts masked.
        filename: name of the file without its folder.
        n_pages: pages of a PDF; None where the format has no pages.
    """

    blocks: tuple[Block, ...]
    title: str | None = None
    notes: tuple[str, ...] = ()
    filename: str = ""
    n_pages: int | None = None

    @property
    def text(self) -> str:
        """All blocks, one a line."""
        return "\n".join(block.text for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one format's reader returns before contacts are masked."""

    blocks: list[Block]
    title: str | None = None
    notes: tuple[str, ...] = ()
    n_pages: int | None = None


def clean(text: str) -> str:
    """Words on one line: composed letters, plain spaces, no characters that cannot be read."""
    plain = unicodedata.normalize("NFC", text.translate(_LIGATURES))
    return " ".join(_UNREADABLE.sub(" ", plain).split())


def row_block(cells: list[str], *, first: bool) -> Block | None:
    """A table row, or None when every cell is empty."""
    words = tuple(clean(cell) for cell in cells)
    if not any(words):
        return None
    return Block(BlockKind.ROW, 0 if first else 1, " | ".join(word for word in words if word), words)


def refusal(filename: str, problem: str, cure: str) -> SourceError:
    """The error for a document that cannot be read: what, what came, and the cure."""
    return SourceError(f"{filename!r} {problem}: {cure}")


def check_length(filename: str, n_chars: int) -> None:
    """Refuse a text that is longer than any brief.

    Raises:
        SourceError: it has more than ``MAX_TEXT_CHARS`` characters.
    """
    if n_chars > MAX_TEXT_CHARS:
        raise refusal(
            filename,
            f"has {n_chars:,} characters of text, expected at most {MAX_TEXT_CHARS:,}",
            "send only the pages that describe the project",
        )
