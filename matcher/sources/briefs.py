"""A project brief of any kind → a project with its stated needs, each with the words it was read from.

Nothing is guessed: what is not written, or can be read two ways, stays open and is said in the notes.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rapidfuzz import fuzz

from matcher.errors import SourceError
from matcher.records import slug
from matcher.sources.blocks import Block, BlockKind, Document
from matcher.sources.brief_build import shared_certificate, to_need
from matcher.sources.brief_candidates import Candidate
from matcher.sources.brief_dates import find_dates
from matcher.sources.brief_facts import Facts, find_facts
from matcher.sources.brief_forms import spec_need
from matcher.sources.brief_needs import find_candidates
from matcher.sources.brief_phrases import seeks
from matcher.sources.brief_sections import Section, sections_of
from matcher.sources.brief_text import find_description, find_title, is_bilingual, is_call_guide
from matcher.sources.brief_words import Topic, fold, heading_of, role_of
from matcher.sources.contacts import mask_contacts
from matcher.sources.documents import read_document, read_document_bytes
from matcher.sources.mail_text import is_closing, is_disclaimer, is_name
from matcher.types import Need, NeedRole, Project, Stage

MAX_NEEDS = 200
"""Needs beyond this are left out, with a note."""
MAX_BRIEF_CHARS = 600_000
"""Longer texts are refused: some two hundred full pages."""
SAME_NEED = 90
"""Likeness (0 to 100) of two needs' words from which they are one need told twice."""

_NAME = r"[A-ZÀ-Ý][a-zà-ÿ'’-]+(?:\s[A-ZÀ-Ý]\.)?(?:\s[A-ZÀ-Ý][\w'’-]+){1,2}"
_CALLED = re.compile(
    rf"(?:\b(?:[Cc]ontact(?: person)?|[Aa]tt(?:entio)?n|[Cc]all|[Ee]-?mail|[Ww]rite to|[Rr]each(?: out to)?|"
    rf"[Aa]sk for|[Pp]repared by|[Pp]roject (?:lead|manager|contact)|[Bb]uyer contact|"
    rf"[Cc]ontactez|[Aa]ppelez|[Éé]crivez à|[Jj]oindre|[Pp]ersonne[- ]ressource|[Pp]réparé par|[Àà] l'attention de|"
    rf"[Rr]esponsable du projet)\s?(?:is|est)?\s?:?\s(?:Mr\.?\s|Ms\.?\s|Mrs\.?\s|Dr\.?\s|M\.\s|Mme\s)?(?P<a>{_NAME})"
    rf"|\b(?:[Mm]y name is|I am|I'm|[Tt]his is|[Jj]e m'appelle|[Jj]e suis|[Mm]on nom est)\s(?P<c>{_NAME})"
    rf"|(?P<b>{_NAME})(?:,\s[^,\[\]]{{2,40}})?\s?(?:at|@|,|\(|:|–|—|-|\||à|au|<)?\s?\[(?:email|phone)\])"
)


@dataclass(frozen=True)
class BriefNeed:
    """A stated need and where it stands.

    Attributes:
        need: what is sought; its cause holds the heading or phrase and the sentence.
        page: page from 1; None where the format has no pages.
        quote: words as they stand in the text read from that page.
    """

    need: Need
    page: int | None
    quote: str


@dataclass(frozen=True)
class Brief:
    """What was read from a brief.

    Attributes:
        project: the project; its needs are those of ``needs``.
        needs: stated needs in reading order.
        kind: ``brief``, or ``call_guide`` for a programme's guide, whose lists are no needs.
        n_pages: pages of the file, at least 1.
        notes: what a person should know: what was left out and why.
        pages: text read, masked, by page from 1; one text where the format has no pages.
    """

    project: Project
    needs: tuple[BriefNeed, ...]
    kind: str
    n_pages: int
    notes: tuple[str, ...]
    pages: tuple[str, ...] = ()


def read_brief(path: Path, *, project_id: str | None = None, today: date | None = None) -> Brief:
    """Read a brief: PDF, DOCX, HTML, Markdown, plain text or e-mail (.eml).

    Args:
        path: the file; its type is told by its content first.
        project_id: id for the project; else made from the title.
        today: day of reading, stored as the day the project was last checked; None stores none.

    Raises:
        SourceError: the file cannot be read; the message says what to do.
    """
    return _brief(read_document(path), path.name, project_id, today)


def read_brief_bytes(data: bytes, filename: str, *, project_id: str | None = None, today: date | None = None) -> Brief:
    """Read a brief that is in memory, such as an upload.

    Args:
        data: the file's bytes.
        filename: its name.
        project_id: as :func:`read_brief`.
        today: as :func:`read_brief`.

    Raises:
        SourceError: as :func:`read_brief`.
    """
    return _brief(read_document_bytes(data, filename), filename, project_id, today)


def _brief(document: Document, filename: str, project_id: str | None, today: date | None) -> Brief:
    n_chars = sum(len(block.text) for block in document.blocks)
    if n_chars > MAX_BRIEF_CHARS:
        raise SourceError(
            f"{filename!r} has {n_chars} characters of text, at most {MAX_BRIEF_CHARS} are read as a brief: send the "
            "part that describes the project"
        )
    document, notes = _masked(document)
    title, title_block = find_title(document, filename)
    guide = is_call_guide(document, title)
    sections = _sections(document, title_block)
    lang = is_bilingual(document)
    needs: tuple[BriefNeed, ...] = ()
    if guide:
        notes.append("this is a guide for applicants to a call: its lists of rules are not read as needs")
    else:
        opening = f"{title} {title_block.text if title_block else ''}"
        needs = _needs(sections, title, opening, lang, notes)
    quotes = {need.quote for need in needs}
    facts = find_facts(sections, quotes, money=not guide)
    description = find_description(sections, title_block, lang, notes, quotes)
    if lang:
        other = "French" if lang == "en" else "English"
        notes.append(f"the document is in two languages: the {other} text repeats it and is not read twice")
    notes += facts.notes
    notes += _dated(facts, today)
    stage = _stage(guide, title, needs, sections)
    project = Project(
        id=project_id or slug(title),
        title=title,
        description=description,
        technologies=facts.technologies,
        city=facts.city,
        province=facts.province,
        stage=stage,
        announced=facts.announced,
        closes=facts.closes,
        checked=today.isoformat() if today else None,
        total_cad=facts.total_cad,
        cluster_cad=facts.cluster_cad,
        needs=tuple(need.need for need in needs),
        sources=(mask_contacts(filename)[0],),
    )
    notes = _parts(needs, document, notes)
    notes = [mask_contacts(note)[0] for note in notes]
    kind = "call_guide" if guide else "brief"
    return Brief(project, needs, kind, document.n_pages, tuple(dict.fromkeys(notes)), _pages(document))


def _dated(facts: Facts, today: date | None) -> list[str]:
    if today and facts.closes and facts.closes < today.isoformat()[: len(facts.closes)]:
        return [f"the closing date {facts.closes} is past"]
    return []


def _pages(document: Document) -> tuple[str, ...]:
    texts: dict[int, list[str]] = {page: [] for page in range(1, document.n_pages + 1)}
    for block in document.blocks:
        texts[block.page or 1].append(block.text)
    return tuple("\n".join(lines) for lines in texts.values())


def _masked(document: Document) -> tuple[Document, list[str]]:
    """Mask contacts and the names beside them; drop signatures and notices."""
    blocks, signed = _without_signature(document.blocks)
    names = {name for name in (*document.names, *signed) if _is_person(name)}
    masked: list[Block] = []
    n_contacts = 0
    for block in blocks:
        text, n = mask_contacts(block.text)
        n_contacts += n
        names.update(
            name
            for mark in _CALLED.finditer(text)
            if (name := mark["a"] or mark["b"] or mark["c"]) and _is_person(name)
        )
        cells = tuple(mask_contacts(cell)[0] for cell in block.cells)
        masked.append(dataclasses.replace(block, text=text, cells=cells))
    n_names = 0
    if names:
        pattern = re.compile(
            r"\b(?:" + "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) + r")\b"
        )
        for index, block in enumerate(masked):
            text, n = pattern.subn("[name]", block.text)
            n_names += n
            masked[index] = dataclasses.replace(
                block, text=text, cells=tuple(pattern.sub("[name]", cell) for cell in block.cells)
            )
    title, n = mask_contacts(document.title or "")
    notes = list(document.notes)
    if n_contacts + n:
        notes.append(f"{n_contacts + n} e-mail addresses or telephone numbers masked")
    if n_names or signed:
        notes.append(f"{n_names + len(signed)} names of persons masked or left out")
    return dataclasses.replace(document, blocks=tuple(masked), title=title or None), notes


def _is_person(name: str) -> bool:
    """Two to four words, none of them a word of firms, places or briefs."""
    plain = fold(name)
    return 2 <= len(plain.split()) <= 4 and not re.search(
        r"\b(?:inc|ltd|ltee|corp|llc|co|group|company|systems?|technolog\w*|manufactur\w*|industr\w*|solutions|"
        r"engineering|canada|ontario|university|college|team|"
        r"department|procurement|purchasing|sales|project|office|services?|chamber|city|supply|quotes?|centre|"
        r"center|institute|the|us|our|machin\w*|metals?)\b",
        plain,
    )


def _without_signature(blocks: Sequence[Block]) -> tuple[list[Block], list[str]]:
    """Blocks without a signature at the end, and the names in it."""
    kept = [block for block in blocks if not is_disclaimer(block.text)]
    for index, block in enumerate(kept):
        if block.part or not is_closing(block.text):
            continue
        end = next((at for at, other in enumerate(kept) if at > index and other.part), len(kept))
        rest = kept[index + 1 : end]
        signature = all(len(o.text.split()) <= 14 and o.kind is not BlockKind.ROW and not seeks(o.text) for o in rest)
        if len(rest) <= 8 and signature and not any(heading_of(o.text).topic is Topic.NEEDS for o in rest):
            names = [o.text.rstrip(",") for o in rest[:1] if is_name(o.text)]
            return [*kept[:index], *kept[end:]], names
    return _without_card(kept)


def _without_card(blocks: list[Block]) -> tuple[list[Block], list[str]]:
    """Blocks without a name, a title and an address or number at the very end."""
    own = [at for at, block in enumerate(blocks) if not block.part]
    for start in own[-5:]:
        name, rest = blocks[start].text.rstrip(","), blocks[start : own[-1] + 1]
        card = all(
            block.kind is not BlockKind.ITEM and len(block.text.split()) <= 10 and not find_dates(block.text)
            for block in rest
        )
        known = is_name(name) and _is_person(name) and heading_of(name).topic is Topic.NEUTRAL
        if known and card and any(mask_contacts(block.text)[1] for block in rest):
            return blocks[:start] + blocks[own[-1] + 1 :], [name]
    return blocks, []


def _sections(document: Document, title_block: Block | None) -> list[Section]:
    """Sections; the title opens no section of needs where another heading does."""
    blocks = list(document.blocks)
    if title_block is not None and title_block.kind is BlockKind.HEADING:
        others = [b for b in blocks if b is not title_block]
        opened = any(
            section.says.topic in (Topic.NEEDS, Topic.PACKAGES, Topic.MAYBE) for section in sections_of(others)
        )
        if opened or heading_of(title_block.text).topic not in (Topic.NEEDS, Topic.PACKAGES):
            return sections_of(others)
    return sections_of(blocks)


def _needs(
    sections: list[Section], title: str, opening: str, lang: str | None, notes: list[str]
) -> tuple[BriefNeed, ...]:
    candidates, found_notes = find_candidates(sections)
    notes += found_notes
    forms = spec_need(sections, title)
    quoted = {candidate.quote for candidate in candidates}
    if not any(candidate.sure for candidate in candidates):
        # A form describes one thing; sentences beside it speak of the same.
        candidates = [*[c for c in candidates if not forms], *forms]
    else:
        candidates += [form for form in forms if form.quote not in quoted and form.details.part != title and form.cause]
    candidates = [_one_language(candidate, lang) for candidate in _one_reading(candidates, lang)]
    certificate = shared_certificate(sections)
    default = NeedRole.SUPPLIER if role_of(opening) is NeedRole.SUPPLIER else None
    heads = _heads(candidates)
    candidates = [c for c in candidates if not _summarises(c, heads)]
    needs: list[BriefNeed] = []
    n_left = 0
    for candidate in sorted(candidates, key=_order(sections)):
        need = to_need(candidate, len(needs) + 1, certificate)
        if need is not None and len(needs) == MAX_NEEDS:
            n_left += 1
            continue
        if need is None or any(_told_twice(need, candidate, other) for other in needs):
            continue
        if default and need.role is NeedRole.EITHER:
            need = dataclasses.replace(need, role=default)
        needs.append(BriefNeed(need, candidate.block.page, candidate.quote))
    if n_left:
        notes.append(f"{n_left} needs left out: at most {MAX_NEEDS} are read from one brief")
    return tuple(needs)


def _order(sections: Sequence[Section]) -> Callable[[Candidate], int]:
    """Reading order, for sorting."""
    places = {id(block): index for index, block in enumerate(b for section in sections for b in section.blocks)}
    return lambda candidate: places.get(id(candidate.block), len(places))


def _told_twice(need: Need, candidate: Candidate, other: BriefNeed) -> bool:
    """Whether a need says again what another one said: the same words, or a sentence about a listed thing."""
    a, b = fold(need.text), fold(other.need.text)
    if a == b:
        return need.quantity in (None, other.need.quantity) and need.material in (None, other.need.material)
    return not candidate.sure and fuzz.token_set_ratio(a, b) >= SAME_NEED


def _heads(candidates: Sequence[Candidate]) -> frozenset[str]:
    """Beginnings of the first words of what lists and tables name."""
    listed = (c for c in candidates if c.block.kind in (BlockKind.ITEM, BlockKind.ROW))
    words = (re.search(r"[a-z]{4,}", fold(c.details.part or c.text)) for c in listed)
    return frozenset(mark.group()[:5] for mark in words if mark)


def _summarises(candidate: Candidate, heads: frozenset[str]) -> bool:
    """Whether a sentence only sums up a list: it names two or more things that the list has one by one."""
    if candidate.block.kind is not BlockKind.TEXT:
        return False
    return len({word[:5] for word in re.findall(r"[a-z]{4,}", fold(candidate.text))} & heads) >= 2


def _one_reading(candidates: list[Candidate], lang: str | None) -> list[Candidate]:
    """Of a document in two languages, the needs of one reading: the other's are the same ones."""
    if lang is None:
        return candidates
    own = [c for c in candidates if c.lang == lang]
    other = [c for c in candidates if c.lang not in (lang, None)]
    if own and other and min(len(own), len(other)) >= 0.5 * max(len(own), len(other)):
        return [c for c in candidates if c.lang in (lang, None)]
    return candidates


_FRENCH = re.compile(r"[àâçéèêëîïôûœ]|\b(?:de|des|du|en|pour|et|la|le|les|d|l)\b", re.IGNORECASE)


def _one_language(candidate: Candidate, lang: str | None) -> Candidate:
    """One need is told as "Laser welding / Soudage au laser": the side in the language that is read."""
    sides = re.split(r"\s+[/|]\s+", candidate.text)
    if len(sides) != 2:
        return candidate
    french = [_FRENCH.search(side) is not None for side in sides]
    if french[0] == french[1]:
        return candidate
    wanted = (lang or candidate.lang or "en") == "fr"
    return dataclasses.replace(candidate, text=sides[french.index(wanted)], context="")


_CALL = re.compile(
    r"\b(?:call for (?:projects|proposals|applications|expressions)|challenge|appel (?:a|de) (?:projets|"
    r"propositions|candidatures)|funding (?:call|opportunity)|request for proposals?)\b"
)


def _stage(guide: bool, title: str, needs: Sequence[BriefNeed], sections: Sequence[Section]) -> Stage:
    if guide or (_CALL.search(fold(title)) and not needs):
        return Stage.CALL
    if needs or any(seeks(block.text) and role_of(block.text) for section in sections for block in section.blocks):
        return Stage.SEEKING
    return Stage.UNKNOWN


def _parts(needs: Sequence[BriefNeed], document: Document, notes: list[str]) -> list[str]:
    """Say which part of a message gave how many needs."""
    if not any(block.part for block in document.blocks):
        return notes
    where: dict[str, int] = {}
    for need in needs:
        block = next((b for b in document.blocks if need.quote in b.text), None)
        name = (block.part if block else None) or "the message"
        where[name] = where.get(name, 0) + 1
    return [*notes, *(f"{n} needs from {name}" for name, n in where.items())]
