"""A document's blocks → sections with a subject, so that needs, description and boilerplate are told apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from matcher.sources.document_blocks import Block, BlockKind

LONGEST_SENTENCE = 1500
_ABBREVIATION = re.compile(
    r"\b(?:inc|ltd|ltée|corp|co|no|nos|st|ste|dr|mr|mrs|ms|approx|etc|e\.g|i\.e|p\.ex|max|min|dia|fig|vs|qty|"
    r"jan|feb|févr|apr|avr|juil|aug|sept|oct|nov|dec|déc|[A-Z])\.$",
    re.I,
)


class Subject(StrEnum):
    """What a section is about."""

    NEEDS = "needs"
    DESCRIPTION = "description"
    TECHNOLOGIES = "technologies"
    DATES = "dates"
    MONEY = "money"
    OTHER = "other"
    UNKNOWN = "unknown"


# What a heading must hold to put its section aside. Checked before the needs: "Requirements for applicants".
_ASIDE = re.compile(
    r"eligib|admissib|\bapplicants?\b|\bcandidat|evaluation|évaluation|\bcrit(?:eria|ères?)\b|how to (?:apply|submit|"
    r"respond|quote)|submission|(?:application|review|selection) process|to apply|apply now|comment (?:postuler|"
    r"soumettre|répondre)|processus de (?:demande|sélection)|intellectual property|propriété intellectuelle|"
    r"reimburse|rembours|confidential|privacy|legal|juridique|terms (?:and|of|&)|conditions (?:générales|of)|"
    r"\bcontacts?\b|\bcoordonnées\b|questions|about (?:us|ngen|the (?:company|chamber))|à propos|qui sommes|"
    r"\bjobs?\b|career|carrière|hiring|emplois?\b|reporting|rapports?\b|insurance|assurance\b|disclaimer|"
    r"avis de non|appendix|annexe|glossary|glossaire|definitions|définitions|faq|participants?\b|consortium members|"
    r"membres du consortium|our team|notre équipe|project team|quote|citation|media|médias|related|risk|"
    r"(?:format|formatting|document|proposal) requirements|table of contents|table des matières|"
    r"(?:training|travel|security|language|reporting|data) requirements",
    re.I,
)
_QUOTE_WANTED = re.compile(
    r"request for (?:a )?quot|\brf[qpi]\b|quotes? (?:wanted|needed|requested|for)|quotation", re.I
)
NEED_HEADING = re.compile(
    r"what (?:we|the project|the consortium|is|are we) ?(?:need|looking|seek)|\bwe need\b|\bneeds?\b(?! assessment)|"
    r"\brequirements?\b|\brequired\b|\bsought\b|\bwanted\b|\bneeded\b|\bseeking\b|looking for|work ?packages?\b|"
    r"\brf[qi]\b|request for quot|quotes? (?:wanted|needed|requested)|parts? list|bill of materials|"
    r"scope of (?:work|supply)|statement of work|call for (?:partners|suppliers|quot)|"
    r"opportunit(?:y|ies) for (?:suppliers|partners|local)|procurement|items? to (?:be )?(?:quote|supply)|"
    r"\b(?:re)?cherch(?:ons|é|ée|és|ées|e)\b|recherche de (?:partenaires|fournisseurs)|lots? de travail|\bbesoins?\b|"
    r"exigences techniques|\brequis(?:es?)?\b|appel (?:à|aux) (?:partenaires|fournisseurs)|demande de (?:prix|soumission)|"
    r"pièces à (?:fabriquer|fournir)|liste des pièces|\bpartenaires et fournisseurs\b",
    re.I,
)
_NOT_NEED = re.compile(
    r"(?:market|customer|client|social|unmet|clinical|industry|training|energy) needs?|need for (?:the|this) project|"
    r"why .{0,40}need|no .{0,20}(?:needed|required)|not (?:needed|required|looking)|besoins? du marché|"
    r"funding (?:required|sought|needed)|recherche et d|documents? required|required documents?",
    re.I,
)
_TECHNOLOGIES = re.compile(
    r"^(?:key |core |enabling |main |project )?technolog(?:y|ies|ie)(?: (?:areas?|focus|used|involved|domains?|clés?))?\b|"
    r"^(?:keywords|mots[- ]clés|domaines? technologiques?|technology (?:areas?|focus))",
    re.I,
)
_DATES = re.compile(
    r"\b(?:dates?|deadlines?|timeline|schedule|calendar|milestones|échéanc\w+|calendrier|clôture|closing)\b",
    re.I,
)
_MONEY = re.compile(
    r"\b(?:budget|funding|financing|financement|cost|costs|coûts?|project value|value of the project|valeur)\b",
    re.I,
)
_DESCRIPTION = re.compile(
    r"overview|summary|description|objectives?|background|about the project|the project|introduction|purpose|aims?\b|"
    r"goals?|themes?|focus areas?|context|challenge|opportunity|scope|vision|résumé|aperçu|objectifs?|contexte|"
    r"le projet|thèmes?|présentation|sommaire|enjeux?|défi",
    re.I,
)


@dataclass(slots=True)
class Section:
    """A heading and the blocks under it, up to the next heading.

    Attributes:
        heading: its words; empty before the first heading.
        level: of the heading.
        subject: what it is about, inherited by deeper headings that say nothing themselves.
        under: the need heading it lies under, or its own when it is one; empty elsewhere.
        blocks: what stands under it.
    """

    heading: str
    level: int
    subject: Subject
    under: str = ""
    blocks: list[Block] = field(default_factory=list)


def subject_of(heading: str) -> Subject:
    """What a heading's own words say; ``UNKNOWN`` when they say nothing."""
    text = heading.strip(" :")
    if _QUOTE_WANTED.search(text) and not re.search(r"how to|process|eligib", text, re.I):
        return Subject.NEEDS
    if _ASIDE.search(text):
        return Subject.OTHER
    if _TECHNOLOGIES.search(text):
        return Subject.TECHNOLOGIES
    if NEED_HEADING.search(text) and not _NOT_NEED.search(text) and len(text.split()) <= 16:
        return Subject.NEEDS
    for pattern, subject in (
        (_DATES, Subject.DATES),
        (_MONEY, Subject.MONEY),
        (_DESCRIPTION, Subject.DESCRIPTION),
    ):
        if pattern.search(text):
            return subject
    return Subject.UNKNOWN


def sections_of(blocks: Sequence[Block], title: str | None = None) -> list[Section]:
    """Blocks cut at their headings.

    The title's own words give it no subject: "RFQ for machined parts" heads a whole document, not a list of needs.
    """
    sections = [Section("", 99, Subject.UNKNOWN)]
    for block in blocks:
        if block.kind is not BlockKind.HEADING:
            sections[-1].blocks.append(block)
            continue
        before = sections[-1]
        is_title = title is not None and block.text.casefold() == title.casefold() and len(sections) == 1
        subject = Subject.UNKNOWN if is_title else subject_of(block.text)
        level = 0 if is_title else block.level
        under = block.text if subject is Subject.NEEDS else ""
        parent = _parent(sections, level)
        if subject is Subject.UNKNOWN and parent is not None and not is_title:
            subject, under = parent.subject, parent.under
        elif subject is Subject.NEEDS and parent is not None and parent.subject is Subject.OTHER:
            # "Requirements" below "Eligibility" are the applicant's.
            subject, under = (Subject.OTHER, "") if level > parent.level else (subject, under)
        elif subject is Subject.DESCRIPTION and before.under and level > before.level:
            # "Scope" or "Objective" of a work package.
            subject, under = before.subject, before.under
        sections.append(Section(block.text, level, subject, under))
    return [section for section in sections if section.heading or section.blocks]


def _parent(sections: Sequence[Section], level: int) -> Section | None:
    for section in reversed(sections):
        if section.level < level:
            return section if section.heading and section.level > 0 else None
    return None


def sentences(text: str) -> list[str]:
    """Sentences of a block; none longer than ``LONGEST_SENTENCE``, so that patterns stay quick on any text."""
    found: list[str] = []
    start = 0
    for mark in re.finditer(r"[.!?…](?=\s+[\"'«“(]?[A-ZÀ-Ý0-9\[])|[.!?…]$", text):
        if _ABBREVIATION.search(text[max(start, mark.end() - 12) : mark.end()]):
            continue
        found.append(text[start : mark.end()].strip())
        start = mark.end()
    found.append(text[start:].strip())
    cut = (s[i : i + LONGEST_SENTENCE] for s in found for i in range(0, len(s), LONGEST_SENTENCE))
    return [s for s in cut if s]
