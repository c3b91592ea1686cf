"""Pieces of a document → PDF bytes: the one file that knows reportlab."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, ListFlowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

# Comes with reportlab and holds the letters of Western and Central European names.
FONT, BOLD = "Vera", "VeraBd"
MARGIN = 20 * mm
GREY = colors.HexColor("#5b6470")
LINE = colors.HexColor("#c9ced6")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the title."""

    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; line breaks in it are kept."""

    text: str
    is_small: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table; ``widths`` are shares of the page's width."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]


Piece = Heading | Text | Bullets | Rows


def make_pdf(title: str, pieces: Sequence[Piece], *, author: str, language: str, foot: str) -> bytes:
    """A document on letter paper.

    Args:
        title: stands on top, and in the file's own description.
        pieces: what follows, in order.
        author: the chamber.
        language: of the words, for those who have it read aloud.
        foot: stands below every page, with its number.
    """
    styles = _styles()
    target = io.BytesIO()
    document = SimpleDocTemplate(
        target, pagesize=LETTER, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
        title=title, author=author, lang=language,
    )  # fmt: skip

    def finish(canvas: Canvas, _document: object) -> None:
        canvas.setFont(FONT, 8)
        canvas.setFillColor(GREY)
        canvas.drawString(MARGIN, 11 * mm, writable(foot))
        canvas.drawRightString(LETTER[0] - MARGIN, 11 * mm, str(canvas.getPageNumber()))

    flow: list[Flowable] = [_paragraph(title, styles["title"])]
    for piece in pieces:
        flow.append(_flowable(piece, styles, document.width))
    document.build(flow, onFirstPage=finish, onLaterPages=finish)
    return target.getvalue()


def writable(text: str) -> str:
    """The text with letters that the font lacks replaced by their plain ones, else by a question mark."""
    known = _font().face.charToGlyph
    return "".join(char if ord(char) in known or char in "\n\t" else _plain(char, known) for char in text)


def _plain(char: str, known: dict[int, int]) -> str:
    folded = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    return folded if folded and all(ord(part) in known for part in folded) else "?"


@cache
def _font() -> TTFont:
    found = TTFont(FONT, "Vera.ttf")
    pdfmetrics.registerFont(found)
    pdfmetrics.registerFont(TTFont(BOLD, "VeraBd.ttf"))
    return found


def _styles() -> dict[str, ParagraphStyle]:
    _font()
    text = ParagraphStyle("text", fontName=FONT, fontSize=9.5, leading=13.5, spaceAfter=5)
    return {
        "text": text,
        "small": ParagraphStyle("small", parent=text, fontSize=8, leading=11, textColor=GREY),
        "cell": ParagraphStyle("cell", parent=text, fontSize=8.5, leading=11.5, spaceAfter=0),
        "head": ParagraphStyle("head", parent=text, fontName=BOLD, fontSize=8.5, leading=11.5, spaceAfter=0),
        "title": ParagraphStyle("title", parent=text, fontName=BOLD, fontSize=16, leading=20, spaceAfter=8),
        "heading": ParagraphStyle(
            "heading", parent=text, fontName=BOLD, fontSize=11.5, leading=15, spaceBefore=9, spaceAfter=4
        ),
    }


def _paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(writable(text)).replace("\n", "<br/>"), style)


def _flowable(piece: Piece, styles: dict[str, ParagraphStyle], width: float) -> Flowable:
    if isinstance(piece, Heading):
        return _paragraph(piece.text, styles["heading"])
    if isinstance(piece, Text):
        return _paragraph(piece.text, styles["small" if piece.is_small else "text"])
    if isinstance(piece, Bullets):
        items = [_paragraph(item, styles["text"]) for item in piece.items]
        return ListFlowable(items, bulletType="bullet", leftIndent=12, bulletFontSize=7) if items else Spacer(0, 0)
    rows = [[_paragraph(cell, styles["head"]) for cell in piece.head]] if piece.head else []
    rows += [[_paragraph(cell, styles["cell"]) for cell in row] for row in piece.rows]
    if not rows:
        return Spacer(0, 0)
    table = Table(rows, [share * width for share in piece.widths], repeatRows=1 if piece.head else 0)
    table.setStyle(
        TableStyle([("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE), ("VALIGN", (0, 0), (-1, -1), "TOP"),
                    ("LEFTPADDING", (0, 0), (-1, -1), 0)])
    )  # fmt: skip
    return table
