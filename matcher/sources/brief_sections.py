"""Blocks of a brief under their headings: which section each belongs to, and what that section is about."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from matcher.sources.blocks import LEAD_IN, PACKAGE, WEAK, Block, BlockKind
from matcher.sources.brief_details import label_of
from matcher.sources.brief_phrases import is_capability, is_negated, seeks, sentences
from matcher.sources.brief_words import Heading, Topic, fold, heading_of, role_of
from matcher.types import NeedRole

_KEPT_BELOW = frozenset(
    {Topic.NEEDS, Topic.PACKAGES, Topic.ADMIN, Topic.CONTACT, Topic.CONTENTS, Topic.TECHNOLOGIES, Topic.MAYBE}
)
_SUPPLIER_ITEM = re.compile(r"^(?:supplier|vendor|fournisseur)\s(?:\d{1,2}|[A-H])\s*[:.)–—-]", re.IGNORECASE)
_BELOW = re.compile(r"\b(?:below|following|as follows|listed|list|these|few things|ci-dessous|suivante?s?|voici)\b")
_ADMIN_LEAD = re.compile(
    r"\b(?:must|shall|should|include|provide|submit|eligible|criteria|required to|are asked to|evaluated|attach|"
    r"conditions|documents|"
    r"doit|doivent|fournir|inclure|joindre|admissibles?|criteres|veuillez (?:joindre|inclure|fournir))\b"
)


@dataclass
class Section:
    """A heading and the blocks below it, up to the next heading.

    Attributes:
        heading: the block, or None before the first heading.
        says: what the heading, or the one it stands under, is about.
        above: headings that it stands under, outermost first.
        blocks: what stands below it.
    """

    heading: Block | None
    says: Heading
    above: tuple[str, ...] = ()
    blocks: list[Block] = field(default_factory=list)

    @property
    def cause(self) -> str:
        """The heading's words, with the one above where it says more."""
        return self.heading.text.rstrip(" :") if self.heading else ""


@dataclass
class _Open:
    level: int
    says: Heading
    text: str
    has_list: bool = False
    inherited: bool = False
    n_blocks: int = 0


def sections_of(blocks: Sequence[Block]) -> list[Section]:
    """Sections of a brief, in order, every block in one of them.

    A heading that says nothing of its own is about what the heading above it is about; "Mechanical parts" under "What
    we need" holds needs.
    """
    reader = _Reader()
    for index, block in enumerate(blocks):
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        reader.add(block, following)
    return [section for section in reader.sections if section.heading or section.blocks]


class _Reader:
    def __init__(self) -> None:
        self.sections = [Section(None, Heading(Topic.NEUTRAL))]
        self.stack: list[_Open] = []
        self.part: str | None = None

    def add(self, block: Block, following: Block | None) -> None:
        if block.part != self.part:
            self.part, self.stack = block.part, []
            self.sections.append(Section(None, Heading(Topic.NEUTRAL)))
        if block.kind is BlockKind.HEADING:
            self._heading(block, following)
        elif block.kind is BlockKind.TEXT and self._is_lead_in(block, following):
            self._lead_in(block)
        else:
            self._body(block)

    def _body(self, block: Block) -> None:
        topic = self.sections[-1].says.topic
        if _SUPPLIER_ITEM.match(block.text) and topic in (Topic.NEUTRAL, Topic.MAYBE) and is_capability(block.text):
            self._package(dataclasses.replace(block, level=LEAD_IN))
            return
        listed = block.kind in (BlockKind.ITEM, BlockKind.ROW)
        if self.stack:
            top = self.stack[-1]
            if top.level == LEAD_IN and top.has_list and not listed and (block.gap or len(block.text.split()) > 14):
                # The list that a line led in is over.
                self.stack.pop()
                says = self.stack[-1].says if self.stack else Heading(Topic.NEUTRAL)
                self.sections.append(Section(None, says, self._above()))
            else:
                top.has_list = top.has_list or listed
                top.n_blocks += 1
        self.sections[-1].blocks.append(block)

    def _above(self) -> tuple[str, ...]:
        return tuple(opened.text for opened in self.stack)

    def _heading(self, block: Block, following: Block | None) -> None:
        # A heading that only its shape tells never stands below a line that leads in a list.
        weak = block.level == WEAK
        block = dataclasses.replace(block, level=min(block.level, LEAD_IN)) if not self._fills(block) else block
        says = heading_of(block.text)
        if block.text.rstrip().endswith(":") and says.topic in (Topic.NEUTRAL, Topic.MAYBE, Topic.ABOUT):
            says = _led_in(block.text, self.stack[-1].says if self.stack else Heading(Topic.NEUTRAL), says)
        packaged = PACKAGE.match(block.text) is not None
        in_needs = bool(self.stack) and self.stack[-1].says.topic in (Topic.NEEDS, Topic.PACKAGES)
        empty = following is None or following.kind is BlockKind.HEADING
        if packaged and says.topic in (Topic.NEUTRAL, Topic.MAYBE, Topic.PACKAGES, Topic.NEEDS):
            self._package(block)
            return
        if weak and in_needs and says.topic in (Topic.NEUTRAL, Topic.MAYBE) and empty:
            self._body(dataclasses.replace(block, kind=BlockKind.ITEM, level=0))
            return
        inherited = self._inherits(block, says)
        while (
            self.stack
            and self.stack[-1].level >= block.level
            and not (inherited and self.stack[-1].level == block.level)
        ):
            self.stack.pop()
        if inherited:
            above = self.stack[-1].says
            role = role_of(block.text) or above.role
            says = Heading(above.topic, role, above.lang)
            if self.stack[-1].inherited and self.stack[-1].level == block.level:
                self.stack.pop()
        self.stack.append(_Open(block.level, says, block.text, inherited=inherited))
        self.sections.append(Section(block, says, self._above()[:-1]))

    def _fills(self, block: Block) -> bool:
        """Whether a heading told by its shape comes before anything else below the heading above it."""
        return block.level == WEAK and bool(self.stack) and self.stack[-1].n_blocks == 0

    def _inherits(self, block: Block, says: Heading) -> bool:
        """Whether a heading says nothing of its own and stands under one that does."""
        if says.topic not in (Topic.NEUTRAL, Topic.MAYBE):
            return False
        higher = [opened for opened in self.stack if opened.level < block.level]
        if higher and higher[-1].says.topic in _KEPT_BELOW:
            return says.topic is Topic.NEUTRAL or higher[-1].says.topic is not Topic.MAYBE
        same = [opened for opened in self.stack if opened.level == block.level]
        if not same or same[-1].says.topic not in (Topic.NEEDS, Topic.PACKAGES) or block.level < LEAD_IN - 1:
            return False
        # All headings of a plain text look alike: "Mechanical:" right below "What we need:" is part of it.
        fresh = same[-1].n_blocks == 0 or same[-1].inherited
        return fresh and (same[-1].n_blocks == 0 or is_capability(block.text) or role_of(block.text) is not None)

    def _package(self, block: Block) -> None:
        """A heading "WP2: Cooling plate" is an item of the list of work packages."""
        if not self.stack or self.stack[-1].says.topic not in (Topic.PACKAGES, Topic.NEEDS):
            while self.stack and self.stack[-1].level >= block.level:
                self.stack.pop()
            lang = "fr" if re.match(r"\s*(?:lot|lt|tâche|besoin)", block.text, re.I) else "en"
            says = Heading(Topic.PACKAGES, NeedRole.EITHER, lang)
            self.stack.append(_Open(max(1, block.level - 1), says, block.text))
            self.sections.append(Section(None, says, self._above()[:-1]))
        else:
            while (
                len(self.stack) > 1
                and self.stack[-1].level >= block.level
                and self.stack[-2].says.topic in (Topic.PACKAGES, Topic.NEEDS)
            ):
                self.stack.pop()
        self._body(dataclasses.replace(block, kind=BlockKind.ITEM, level=0))

    def _is_lead_in(self, block: Block, following: Block | None) -> bool:
        if following is None:
            return False
        if not block.text.rstrip().endswith(":"):
            # "We need a few things made. They are listed below." and then a list.
            told = _BELOW.search(fold(block.text)) is not None and any(map(seeks, sentences(block.text)))
            return told and following.kind is BlockKind.ITEM
        return following.kind in (BlockKind.ITEM, BlockKind.ROW) or (
            following.kind is BlockKind.TEXT and len(following.text.split()) <= 14
        )

    def _lead_in(self, block: Block) -> None:
        """A sentence that ends in a colon opens a list: what it is about decides what the items are."""
        last = (sentences(block.text) or (block.text,))[-1]
        if not last.rstrip().endswith(":"):
            last = next(sentence for sentence in sentences(block.text) if seeks(sentence))
        above = self.stack[-1].says if self.stack else Heading(Topic.NEUTRAL)
        says = _led_in(last, above, above)
        while self.stack and self.stack[-1].level >= LEAD_IN:
            self.stack.pop()
        # The sentence itself stays with the section that it stands in.
        self.sections[-1].blocks.append(block)
        self.stack.append(_Open(LEAD_IN, says, last))
        self.sections.append(Section(dataclasses.replace(block, text=last), says, self._above()[:-1]))


def _led_in(last: str, above: Heading, otherwise: Heading) -> Heading:
    """What a list is about that a sentence ending in a colon leads in."""
    found = heading_of(last)
    plain = fold(last)
    if is_negated(last):
        return Heading(Topic.ABOUT)
    if above.topic in (Topic.ADMIN, Topic.CONTACT) and not seeks(last):
        return above
    if found.topic in (Topic.NEEDS, Topic.PACKAGES) or seeks(last):
        lang = found.lang or ("fr" if re.search(r"\b(?:nous|les|des|pour|suivants?)\b", plain) else "en")
        topic = Topic.PACKAGES if found.topic is Topic.PACKAGES else Topic.NEEDS
        return Heading(topic, role_of(last) or above.role, lang)
    if _ADMIN_LEAD.search(plain) and above.topic not in (Topic.NEEDS, Topic.PACKAGES):
        return Heading(Topic.ADMIN)
    doubtful = (Topic.ADMIN, Topic.ABOUT, Topic.TECHNOLOGIES, Topic.MAYBE)
    return found if found.topic in doubtful and len(last.split()) <= 12 else otherwise


def is_label(text: str) -> tuple[str, str] | None:
    """Label and value of "Material: 6061-T6"; None for other text.

    Example:
        >>> is_label("Quantity: 120")
        ('Quantity', '120')
    """
    mark = re.match(r"^\**(?P<label>[^\W\d_][^:.;!?\d]{1,40}?)\**\s?(?::|=|\s[–—-]\s)\**\s*(?P<value>\S.*)$", text)
    if not mark or len(mark["label"].split()) > 6:
        return None
    separator = text[len(mark["label"]) : mark.start("value")]
    if ":" not in separator and "=" not in separator and label_of(mark["label"]) is None:
        return None
    return mark["label"].strip(" *"), mark["value"].strip(" *")
