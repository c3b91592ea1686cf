"""Sections of a brief → its stated needs, each with the words it was read from."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence

from matcher.sources.blocks import LEAD_IN, PACKAGE, Block, BlockKind
from matcher.sources.brief_candidates import Candidate, candidate_of, grouped, role_for
from matcher.sources.brief_details import find_details, label_of
from matcher.sources.brief_filters import is_detail, is_need
from matcher.sources.brief_forms import package_candidates, table_candidates
from matcher.sources.brief_phrases import (
    Sought,
    clean_object,
    counted_off,
    is_capability,
    is_negated,
    seeks,
    sentences,
    sought_in,
    split_list,
)
from matcher.sources.brief_sections import Section, is_label
from matcher.sources.brief_words import Heading, Topic, fold, heading_of, role_of
from matcher.types import NeedRole

_ABOUT_US = re.compile(
    r"^(?:this|the|our|these|it|we|i|as|in order|if|all|interested|ce|cette|notre|nous|les|le|la|pour|si)\s"
)
# "We need" is said of much that no firm supplies; "we are looking for" is not.
_PLAIN_NEED = re.compile(r"(?:need|require|want|miss|lack|necessit|buy|outsource|subcontract)")
_SHALL = re.compile(
    r"^(?:the )?(?:successful |selected |winning )?(?:supplier|contractor|vendor|proponent|bidder|fournisseur|"
    r"entrepreneur)"
    r"\s(?:shall|will|must|is to|doit|devra)\s(?=(?:design|supply|build|install|manufacture|fabricate|machine|assemble|"
    r"provide|deliver|test|concevoir|fabriquer|installer|fournir|livrer)\b)(?:(?:supply|provide|deliver|fournir|"
    r"livrer)\s)?"
    r"(?P<what>.{8,200}?)\.?$",
    re.IGNORECASE,
)
_FRENCH_PHRASE = re.compile(r"cherch|besoin|faut|souhait|requis|necessit|connaissez|demand|quete")


def find_candidates(sections: Sequence[Section]) -> tuple[list[Candidate], list[str]]:
    """Needs stated in the sections, in order, and notes.

    Headings and tables of needs count most. Doubtful lists ("requirements") and lists that read like parts are only
    taken where no heading says needs.
    """
    found: list[Candidate] = []
    doubtful: list[Candidate] = []
    notes: list[str] = []
    for section in sections:
        topic = section.says.topic
        found += table_candidates(section, notes)
        if topic in (Topic.NEEDS, Topic.PACKAGES):
            packages = topic is Topic.PACKAGES and any(b.kind is BlockKind.ITEM for b in section.blocks)
            found += package_candidates(section, notes) if packages else list(_listed(section))
        elif topic is Topic.MAYBE:
            found += list(_sentences(section, section.blocks))
            doubtful += [dataclasses.replace(c, sure=False) for c in _listed(section, weak=True)]
        elif topic in (Topic.NEUTRAL, Topic.ABOUT):
            found += list(_sentences(section, section.blocks))
            if topic is Topic.NEUTRAL:
                doubtful += [dataclasses.replace(c, sure=False) for c in _specified(section)]
    if not any(candidate.sure for candidate in found):
        known = {(c.block.page, c.quote) for c in found}
        found += [c for c in doubtful if (c.block.page, c.quote) not in known]
    return found, notes


def _listed(section: Section, *, weak: bool = False) -> Iterator[Candidate]:
    """Needs of a section whose heading says needs: its items, else what the heading names, else its sentences."""
    items = _with_unmarked(section)
    weak = weak and not _convincing(items)
    groups = grouped(items)
    explanations = _explanations(section)
    for head, below in groups:
        explained = explanations.get(id(head), "")
        whole = dataclasses.replace(head, text=head.text + explained) if explained else head
        for found in _item(section, whole, below, weak):
            yield dataclasses.replace(found, block=head, quote=head.text) if explained else found
    if not groups and not weak and _names_a_need(section):
        yield from _headed(section)
        return
    taken = {id(block) for block in items}
    for block in section.blocks:
        if block.kind is not BlockKind.TEXT or id(block) in taken:
            continue
        label = is_label(block.text)
        if label and label_of(label[0]) and heading_of(label[0]).topic is not Topic.NEEDS:
            continue
        spoken = list(_sentences(section, [block]))
        yield from spoken
        if not spoken and not groups and not weak and section.heading is not None:
            yield from _prose(section, block)


def _explanations(section: Section) -> dict[int, str]:
    """By identity of an entry without a mark, what stands right below it and belongs to it, after a colon."""
    found: dict[int, str] = {}
    for head, below in zip(section.blocks, section.blocks[1:], strict=False):
        tied = head.kind is BlockKind.TEXT and below.kind is BlockKind.TEXT and not below.gap
        if tied and len(below.text.split()) <= 40 and re.search(r"[.!]$", below.text):
            found[id(head)] = f": {below.text}"
    return found


def _names_a_need(section: Section) -> bool:
    """Whether a heading under one of needs names a need itself: "Battery integrators", with prose below it."""
    heading = section.heading
    if heading is None or not section.above or heading_of(heading.text).topic not in (Topic.NEUTRAL, Topic.MAYBE):
        return False
    named = is_capability(heading.text) or role_of(heading.text) is not None
    return named and is_need(heading.text) and not any(seeks(block.text) for block in section.blocks)


def _headed(section: Section) -> Iterator[Candidate]:
    assert section.heading is not None
    below = " ".join(block.text for block in section.blocks if block.kind is BlockKind.TEXT)
    parent = section.above[-1].rstrip(" :") if section.above else ""
    yield candidate_of(
        section,
        section.heading.text.rstrip(" :"),
        section.heading,
        words=f"{section.heading.text} {below}",
        phrase=parent,
    )


def _convincing(items: Sequence[Block]) -> bool:
    """Whether most items of a doubtful list name a capability or a detail, and none is an order to the reader."""
    needs = [block.text for block in items if is_need(block.text)]
    told = sum(is_capability(text) or find_details(text)[0].n_stated() > 0 for text in needs)
    ordered = sum(re.search(r"\b(?:must|shall|should|doit|doivent)\b", text, re.I) is not None for text in needs)
    return len(needs) >= 2 and told >= 0.6 * len(needs) and not ordered


def _with_unmarked(section: Section) -> list[Block]:
    """Items, and short lines that stand as items do without a mark."""
    items = [block for block in section.blocks if block.kind is BlockKind.ITEM]
    if items or section.heading is None:
        return items
    short = [
        block
        for block in section.blocks
        if block.kind is BlockKind.TEXT
        and len(block.text.split()) <= 16
        and not re.search(r"[.:?!]$", block.text)
        and not seeks(block.text)
    ]
    enough = len(short) >= 2 or (
        len(short) == 1 and section.heading.level >= LEAD_IN and len(section.blocks) <= 2 and "," not in short[0].text
    )
    return short if enough else []


def _item(section: Section, head: Block, below: Sequence[Block], weak: bool) -> Iterator[Candidate]:
    """Needs of one item and those below it: details below belong to it, other things are needs of their own."""
    details = [block for block in below if _is_spec(block.text)]
    others = [block for block in below if block not in details]
    title_only = head.text.rstrip().endswith(":") or (
        len(others) >= 2 and len(others) == len(below) and _is_group(head.text, others)
    )
    if not title_only:
        yield from _head(section, head, details, bool(below), weak)
    if title_only or weak or all(is_capability(other.text) for other in others):
        for block in others:
            if _acceptable(block.text, weak):
                words = block.text if role_of(block.text) else f"{block.text} {head.text}"
                yield candidate_of(section, block.text, block, words=words)


def _head(section: Section, head: Block, details: Sequence[Block], has_below: bool, weak: bool) -> Iterator[Candidate]:
    text = head.text
    label = is_label(text)
    kind = label_of(label[0]) if label else None
    if label and heading_of(label[0]).topic is Topic.NEEDS and len(label[0].split()) <= 4 and role_of(label[0]):
        for part in split_list(label[1]):
            yield candidate_of(section, part, head, words=text)
        return
    if label and kind in ("part", "need"):
        text = label[1] if is_capability(label[1]) else text
    elif kind and not has_below:
        return  # a detail of the whole list, read with the form
    spoken = sought_in(text) if seeks(text) else []
    for sought in spoken:
        yield candidate_of(section, sought.text, head, words=sought.whole)
    if not spoken and (own := _object(text)) and _acceptable(own, weak):
        extra = ", ".join(block.text for block in details)
        yield candidate_of(section, f"{own}, {extra}" if extra else own, head, words=head.text)


def _is_group(text: str, others: Sequence[Block]) -> bool:
    """Whether an item is only the title of those below it: they name things of their own."""
    return (
        sum(is_capability(block.text) and is_need(block.text) for block in others) >= 0.6 * len(others)
        and len(text.split()) <= 4
    )


def _is_spec(text: str) -> bool:
    label = is_label(text)
    if label:
        return label_of(label[0]) not in (None, "part", "need")
    return is_detail(text)


def _acceptable(text: str, weak: bool) -> bool:
    return is_need(text, weak=weak) and not is_detail(text)


def _object(text: str) -> str:
    """An item's thing: "Must be able to weld aluminium" and "A supplier of gears" without their first words."""
    text = PACKAGE.sub("", text)
    text = re.sub(
        r"^(?:must|should|shall|will|able to|can|to)\s(?:be (?:able to|capable of)\s)?(?=(?:supply|provide|weld|"
        r"machine|cast|coat|build|design|test|make|assemble|host|manufacture|deliver|integrate)\b)(?:supply|"
        r"provide|deliver)?\s?",
        "",
        text,
        flags=re.I,
    )
    cleaned = clean_object(text)
    return cleaned if cleaned and len(cleaned) >= 0.3 * len(text) or (cleaned and is_capability(cleaned)) else text


def _prose(section: Section, block: Block) -> Iterator[Candidate]:
    """Needs in prose under a heading of needs where there is no list."""
    for sentence in sentences(block.text):
        if is_negated(sentence) or _ABOUT_US.match(fold(sentence)):
            continue
        label = is_label(sentence)
        listed = label is not None or re.search(r"[,;]", sentence) or len(sentence.split()) <= 12
        text = label[1] if label and not label_of(label[0]) else sentence
        parts = split_list(text.rstrip(".")) if listed else [sentence]
        # A list of short things is a list of needs; one long sentence must name a capability.
        weak = len(parts) < 2 or any(len(part.split()) > 8 for part in parts)
        for part in map(clean_object, parts):
            if part and _acceptable(part, weak=weak) and len(part.split()) <= 24:
                words = sentence if len(parts) == 1 else part
                yield candidate_of(section, part, block, quote=sentence, words=words)


def _sentences(section: Section, blocks: Sequence[Block]) -> Iterator[Candidate]:
    """Needs that a sentence states: "we are looking for X, Y and Z", "Suppliers wanted: X"."""
    for block in blocks:
        if block.kind is BlockKind.ROW:
            continue
        label = is_label(block.text)
        if label and len(label[0].split()) <= 6 and heading_of(label[0]).topic is Topic.NEEDS:
            heading = heading_of(label[0])
            for sentence in sentences(label[1])[:1]:
                for whole in split_list(sentence.rstrip(".")):
                    part = clean_object(whole) or whole
                    if is_need(part):
                        under = Section(None, Heading(Topic.NEEDS, heading.role, heading.lang))
                        yield candidate_of(under, part, block, words=whole, phrase=label[0])
            continue
        yield from _ordered(section, block)
        yield from _spoken(section, block)


def _spoken(section: Section, block: Block) -> Iterator[Candidate]:
    counting = False
    for sentence in sentences(block.text):
        if sentence.rstrip().endswith(":") and len(sentence.split()) <= 14:
            continue
        counting = counting or seeks(sentence)
        found_here = sought_in(sentence) or (counted_off(sentence) if counting else [])
        told = any(map(_is_thing, found_here))
        for sought in found_here:
            if not is_need(sought.text) or is_detail(sought.text):
                continue
            doubtful = section.says.topic in (Topic.ABOUT, Topic.NEUTRAL, Topic.MAYBE)
            if doubtful and _PLAIN_NEED.match(sought.phrase.split()[-1]) and not told:
                continue
            found = candidate_of(
                section,
                sought.text,
                block,
                quote=sentence,
                words=f"{sought.phrase} {sought.whole}",
                phrase=section.cause or sought.phrase,
            )
            yield dataclasses.replace(
                found,
                lang="fr" if _FRENCH_PHRASE.search(sought.phrase) else "en",
                role=role_for(section, sought.whole, sought.phrase),
                sure=section.says.topic in (Topic.NEEDS, Topic.PACKAGES),
            )


def _is_thing(sought: Sought) -> bool:
    """Whether what is "needed" is a thing that firms make or do: named so, or told in numbers and material."""
    return is_capability(sought.text) or find_details(sought.whole)[0].n_stated() >= 2


def _ordered(section: Section, block: Block) -> Iterator[Candidate]:
    """What a clause orders: "The supplier shall design and build one trailer"."""
    if section.says.topic in (Topic.MAYBE, Topic.NEEDS):
        for sentence in sentences(block.text):
            mark = _SHALL.match(sentence)
            if mark and is_need(mark["what"], weak=True):
                found = candidate_of(section, mark["what"], block, quote=sentence, words=mark["what"])
                yield dataclasses.replace(found, role=NeedRole.SUPPLIER)


def _specified(section: Section) -> Iterator[Candidate]:
    """A list of unknown meaning that reads like parts: one item has a number of them and a material or a tolerance."""
    items = [block for block in section.blocks if block.kind is BlockKind.ITEM and is_need(block.text)]
    found = [find_details(block.text)[0] for block in items]
    parts = [bool(d.quantity and (d.material or d.tolerance or d.size or d.certificate)) for d in found]
    most = sum(parts) >= 0.5 * len(parts)
    for block in items if any(parts) else []:
        if most or is_capability(block.text):
            yield candidate_of(section, block.text, block)
