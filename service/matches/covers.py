"""Who covers what: firms × needs, as a picture with its places worked out, and the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matcher import NeedState
from service.matches.cards import Card
from service.words import _

MOST_COLUMNS = 12
NAME_WIDTH, CELL_WIDTH, ROW_HEIGHT, HEAD_HEIGHT = 210, 46, 36, 30


@dataclass(frozen=True, slots=True)
class Cell:
    """One firm and one need: ``found``, ``guessed`` or ``not_known``, and where it stands in the picture."""

    state: str
    words: str
    quote: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Row:
    """One firm."""

    name: str
    address: str
    cells: tuple[Cell, ...]
    y: int


@dataclass(frozen=True, slots=True)
class Column:
    """One need, with who covers it in a sentence."""

    number: int
    text: str
    sentence: str
    is_empty: bool
    x: int


@dataclass(frozen=True, slots=True)
class Covers:
    """The whole picture."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    width: int
    height: int


def state_words(state: str) -> str:
    """What is known of a need."""
    return {
        NeedState.FOUND.value: _("they said so"),
        NeedState.GUESSED.value: _("we guess so"),
        NeedState.NOT_KNOWN.value: _("not known"),
    }[state]


def covers_of(cards: Sequence[Card], needs: Sequence[tuple[str, str]]) -> Covers | None:
    """The picture of some firms; None without firms or needs.

    Args:
        cards: the rows.
        needs: (id, words) of the columns.
    """
    asked = needs[:MOST_COLUMNS]
    if not cards or not asked:
        return None
    rows = tuple(_row(card, asked, HEAD_HEIGHT + i * ROW_HEIGHT) for i, card in enumerate(cards))
    columns = tuple(
        _column(number, text, [(row.name, row.cells[number - 1].state) for row in rows])
        for number, (_key, text) in enumerate(asked, 1)
    )
    # A last row holds the word for what nobody covers.
    height = HEAD_HEIGHT + (len(rows) + 1) * ROW_HEIGHT
    return Covers(columns, rows, NAME_WIDTH + CELL_WIDTH * len(columns), height)


def _row(card: Card, needs: Sequence[tuple[str, str]], y: int) -> Row:
    cells = []
    for i, (key, _text) in enumerate(needs):
        line = card.states.get(key)
        state = line.state if line else NeedState.NOT_KNOWN.value
        cells.append(Cell(state, state_words(state), line.quote if line else "", NAME_WIDTH + i * CELL_WIDTH, y))
    return Row(card.name, card.address, tuple(cells), y)


def _column(number: int, text: str, states: Sequence[tuple[str, str]]) -> Column:
    sure = [name for name, state in states if state == NeedState.FOUND]
    perhaps = [name for name, state in states if state == NeedState.GUESSED]
    if sure and perhaps:
        sentence = _("%(sure)s; perhaps %(perhaps)s", sure=", ".join(sure), perhaps=", ".join(perhaps))
    elif sure:
        sentence = ", ".join(sure)
    elif perhaps:
        sentence = _("perhaps %(perhaps)s", perhaps=", ".join(perhaps))
    else:
        sentence = _("nobody on this list")
    return Column(number, text, sentence, not (sure or perhaps), NAME_WIDTH + (number - 1) * CELL_WIDTH)
