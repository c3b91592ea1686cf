"""Needs on their way: what a list, a sentence, a table or a form gives before details are taken out of its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matcher.sources.blocks import Block
from matcher.sources.brief_details import Details
from matcher.sources.brief_sections import Section
from matcher.sources.brief_words import role_of
from matcher.types import NeedRole


@dataclass(frozen=True, slots=True)
class Candidate:
    """A need on its way: its words and where they stand.

    Attributes:
        text: words of the thing, details still in them.
        quote: as it stands in the block.
        block: where.
        cause: heading or phrase.
        role: told by heading and words.
        lang: language of the words that told it to be a need, or None.
        details: what columns or labels state.
        sure: from a heading of needs or a table, not from a sentence or a doubtful list.
    """

    text: str
    quote: str
    block: Block
    cause: str
    role: NeedRole
    lang: str | None
    details: Details = Details()
    sure: bool = True
    context: str = ""


def role_for(section: Section, *words: str) -> NeedRole:
    """The item's own words tell the role first, then the heading."""
    for text in words:
        told = role_of(text)
        if told in (NeedRole.PARTNER, NeedRole.SUPPLIER):
            return told
    return section.says.role


def candidate_of(
    section: Section,
    text: str,
    block: Block,
    *,
    quote: str = "",
    words: str = "",
    details: Details | None = None,
    phrase: str = "",
) -> Candidate:
    """A candidate of a section, with the role that words and heading tell.

    Args:
        section: where it stands.
        text: the thing, details still in its words.
        block: where it was read.
        quote: as it stands there; "" is the whole block.
        words: words around that tell role and details; "" is ``text``.
        details: what columns or labels state.
        phrase: the cause, where it is not the heading.
    """
    return Candidate(
        text=text,
        quote=quote or block.text,
        block=block,
        cause=phrase or section.cause,
        role=role_for(section, words or text),
        lang=section.says.lang,
        details=details or Details(),
        context=words,
    )


def grouped(items: Sequence[Block]) -> list[tuple[Block, list[Block]]]:
    """Items with those that stand below each."""
    groups: list[tuple[Block, list[Block]]] = []
    top: int | None = None
    for block in items:
        if top is None or block.level <= top or not groups:
            top = block.level
            groups.append((block, []))
        else:
            groups[-1][1].append(block)
    return groups
