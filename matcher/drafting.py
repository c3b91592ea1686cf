"""Text about a firm → a draft of its statements: its own words, cut into lines, for a person to say yes to.

Nothing is reworded and nothing is added. A sentence is kept when it names something of the capability vocabulary or
says in its own words that the firm makes or does something; what is about cookies, jobs, awards or courts is left
out. A certificate becomes a line of its own, unless the sentence says that it is lacking, planned or somebody else's:
such a sentence is kept as a note, which is never searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from matcher.capabilities import Mention, shipped_finder
from matcher.passages import is_quotable, sentence_spans
from matcher.records import statement_id
from matcher.sources.cells import read_employees
from matcher.sources.contacts import mask_contacts
from matcher.types import Statement, StatementKind

MOST_LINES = 40
MOST_CHARS = 400_000
_LONGEST_ITEM, _LONGEST_SENTENCE = 8, 90

_BULLET = re.compile(r"^[\s•·▪◦‣*»>+–—-]+|^\(?\d{1,2}[.)]\s+")
_HEADINGS = (
    (StatementKind.CERTIFICATE, r"certifi\w+|accreditations?|approvals?|registrations?|agréments?|normes"),
    (
        StatementKind.EQUIPMENT,
        r"(?:plant |shop |our )*(?:equipment|machine(?:s|ry)?(?: list)?|facilit\w+)|équipements?|machines",
    ),
    (StatementKind.MATERIAL, r"materials?(?: (?:worked|processed|we work with))?|matériaux|matières"),
    (StatementKind.PRODUCT, r"(?:our )?products?(?: lines?)?|nos produits|produits"),
    (StatementKind.SERVICE, r"(?:our )?services?|nos services|services offerts"),
    (
        StatementKind.CAPABILITY,
        r"(?:our |core |key |manufacturing )*(?:capabilit\w+|competenc\w+|process\w*|expertise|what we do)|"
        r"compétences|savoir-faire|procédés|capacités",
    ),
    (
        None,
        r"contact(?: us)?|industries(?: served)?|(?:our )?history|careers?|news|(?:our )?(?:customers?|clients?|team)|"
        r"nous joindre|secteurs(?: desservis)?|carrières?|nouvelles|historique|(?:notre )?(?:clientèle|équipe)",
    ),
)  # fmt: skip
_PROSE = re.compile(r"(?:about|overview|introduction|company(?: profile)?|à propos)(?: us| de nous)?", re.IGNORECASE)
_HEADING = [(kind, re.compile(rf"(?:{words})", re.IGNORECASE)) for kind, words in _HEADINGS]
_CHAFF = re.compile(
    r"\b(?:cookies?|book (?:now|online|an? )|call (?:us|now|today)|copyright|all rights reserved|privacy|newsletter|"
    r"follow us|click|read more|learn more|subscribe|"
    r"sign (?:up|in)|log ?in|site ?map|apply (?:now|today)|join our team|career|job openings?|we are hiring|skip to|"
    r"terms (?:of|and)|powered by|web design|add to cart|checkout|free shipping|testimonials?|awards?|award-winning|"
    r"proud (?:sponsor|member)|charity|anniversary|témoins|tous droits réservés|infolettre|suivez-nous|en savoir plus|"
    r"politique de confidentialité|carrières?|emplois? disponibles?)\b|©|\?\s*$",
    re.IGNORECASE,
)
_OFFERS = re.compile(
    r"\b(?:manufactur\w+|fabricat\w+|produc(?:e|es|ed|ing|ers?|tion)|machin(?:e|es|ed|ing)|assembl\w+|design\w*|"
    r"engineer\w*|weld\w*|cast(?:s|ing)?|mould\w*|mold\w*|coat\w*|repair\w*|test(?:s|ing)|inspect\w*|install\w*|"
    r"suppl(?:y|ies|ier|iers)|build\w*|make|makes|maker|offer\w*|provid\w+|speciali[sz]\w+|distribut\w+|calibrat\w+|"
    r"fabri\w+|usin\w+|soud\w+|conce(?:voir|vons|ption)|offr\w+|fourni\w+|produi\w+|spéciali\w+)\b",
    re.IGNORECASE,
)
_MAKES = re.compile(
    r"\b(?:manufactur\w+|produc(?:e|es|ed|ing)|makes?|builds?|fabri(?:quer?|quons|que))\b", re.IGNORECASE
)
_MACHINE = re.compile(
    r"\b(?:machining cent(?:er|re)s?|lathes?|mills?|press(?:es)?(?: brakes?)?|furnaces?|ovens?|cranes?|robots?|"
    r"CMMs?|printers?|\d[\d-]*-?(?:ton(?:ne)?s?|axis|axes|kW)|tours? CNC|fours?|ponts? roulants?)\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:no|not|non|never|without|neither|nor|cannot|can't|don't|doesn't|isn't|aren't|yet to|plan(?:s|ned|ning)?|"
    r"working (?:towards?|on)|in progress|pending|pursuing|seeking|applying|applied for|will be|expired|lapsed|"
    r"formerly|used to|our (?:suppliers?|partners?|customers?)|aucune?|pas|sans|jamais|en voie|prévue?s?|expirée?)\b",
    re.IGNORECASE,
)
_PEOPLE = re.compile(
    r"(?<![\d.,-])(\d{1,3}(?:[, \u00a0]\d{3})+|\d{1,6})\s+(?:full[- ]time\s+|skilled\s+)?"
    r"(?:employees|people|staff|workers|team members|employés|personnes|salariés)\b",
    re.IGNORECASE,
)
_ROUGHLY = re.compile(
    r"\b(?:over|about|around|some|nearly|almost|up to|at least|(?:more|less|fewer) than|approximately|approx\.?|"
    r"between \S+ and|between|to|or|plus de|près de|environ|entre \S+ et|à|ou)\s*$",
    re.IGNORECASE,
)
_EDITION = re.compile(r"\s?[:(]\s?(?:19|20)\d{2}\)?|(?<=\d)[A-D]\b")
_KINDS = {
    "product": StatementKind.PRODUCT,
    "equipment": StatementKind.EQUIPMENT,
    "material": StatementKind.MATERIAL,
    "service": StatementKind.SERVICE,
}


@dataclass(frozen=True, slots=True)
class FirmDraft:
    """What a text says of a firm.

    Attributes:
        statements: none confirmed; each stands in the text word for word, but contact data, which is masked.
        employees: a headcount, where the text states one exactly; several different ones are none.
        n_left_out: lines and sentences that say nothing of what the firm does.
        is_cut: there was more than is read, or than fits into a draft.
    """

    statements: tuple[Statement, ...]
    employees: int | None
    n_left_out: int
    is_cut: bool


def draft_firm(text: str, *, source: str | None = None, date: str | None = None) -> FirmDraft:
    """Cut a text about a firm into statements.

    Args:
        text: a paragraph, a capability statement, or the text of a website.
        source: where it stands.
        date: as of when, ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.
    """
    is_cut = len(text) > MOST_CHARS
    text, _ = mask_contacts(text[:MOST_CHARS])
    kept: dict[str, Statement] = {}
    counts: set[int] = set()
    n_left_out = 0
    for kind, piece in _pieces(text):
        found = list(_read(kind, piece))
        counts.update(_people(piece))
        n_left_out += not found
        for own, words in found:
            key = statement_id(own, words)
            if not any(words.casefold() == one.text.casefold() for one in kept.values()):
                kept.setdefault(key, Statement(key, own, words, source, date))
    statements = tuple(kept.values())
    employees = counts.pop() if len(counts) == 1 else None
    return FirmDraft(statements[:MOST_LINES], employees, n_left_out, is_cut or len(statements) > MOST_LINES)


def _pieces(text: str) -> Iterator[tuple[StatementKind | None, str]]:
    """Sentences and items of lists, each with the kind that the heading above it says, if it says one.

    What stands under a heading such as *Contact* or *Careers* is passed over, up to the next heading.
    """
    under: StatementKind | None = None
    skips = False
    for line in text.splitlines():
        bare = _BULLET.sub("", line).strip()
        head, colon, rest = bare.partition(":")
        heading = _heading(head if colon else bare)
        if heading is not None:
            under, skips = heading
            bare = rest.strip() if colon else ""
        if not bare or skips:
            continue
        is_item = heading is None and bare != line.strip()
        for start, end in sentence_spans(bare):
            sentence = bare[start:end]
            items = _items(sentence) if under is not None and not is_item else []
            yield from ((under, item) for item in items or [sentence])
        if heading is None and not is_item and bare.endswith(".") and len(bare.split()) > _LONGEST_ITEM:
            under = None  # prose again: the list under a heading has ended


def _heading(text: str) -> tuple[StatementKind | None, bool] | None:
    """What a heading says of the lines below it: their kind, and whether they are passed over; None for none."""
    words = text.strip(" .–-")
    if _PROSE.fullmatch(words):
        return None, False
    return next(((kind, kind is None) for kind, pattern in _HEADING if pattern.fullmatch(words)), None)


def _items(sentence: str) -> list[str]:
    """Items of a list, parted at commas or semicolons; none when they are no short items."""
    parts = [part.strip(" .") for part in re.split(r";|,(?!\d{3}\b)|\s•\s", sentence)]
    parts = [re.sub(r"^(?:and|et|&)\s+", "", part) for part in parts if part]
    return parts if len(parts) > 1 and all(len(part.split()) <= _LONGEST_ITEM for part in parts) else []


def _read(under: StatementKind | None, piece: str) -> Iterator[tuple[StatementKind, str]]:
    """What one sentence or item says: a line, and each certificate that it states."""
    finder = shipped_finder()
    words = piece.strip(" ,;")
    n_words = len(words.split())
    if not 1 <= n_words <= _LONGEST_SENTENCE or _CHAFF.search(words) or not is_quotable(words):
        return
    mentions = finder.find(words)
    kinds = [finder.vocabulary[mention.concept_id].kind for mention in mentions]
    certificates = [m for m, kind in zip(mentions, kinds, strict=True) if kind == "certificate"]
    lacking = _NOT.search(words)
    if lacking:
        held = [m for m in certificates if _is_held(words, m, lacking.start(), certificates)]
        yield from ((StatementKind.CERTIFICATE, _with_edition(words, mention)) for mention in held)
        if certificates or (kinds and n_words > 2):
            yield StatementKind.NOTE, words
        return
    for mention in certificates:
        yield StatementKind.CERTIFICATE, _with_edition(words, mention)
    if under is StatementKind.CERTIFICATE or (certificates and len(set(kinds)) == 1):
        if not certificates and n_words <= _LONGEST_ITEM and re.search(r"\d|[A-Z]{2}", words):
            yield StatementKind.CERTIFICATE, words
        return
    named = [kind for kind in kinds if kind not in ("certificate", "industry")]
    if under is not None or (named and n_words > 2) or (n_words > 3 and _OFFERS.search(words)):
        yield under or _kind(words, named), words


def _is_held(words: str, mention: Mention, lacks_from: int, certificates: list[Mention]) -> bool:
    """Whether a certificate is stated before a clause about another one: "holds A and is working towards B"."""
    between = words[mention.end : lacks_from]
    follows = any(other.start > lacks_from for other in certificates)
    return mention.end <= lacks_from and follows and re.search(r"[,;]|\b(?:and|but|et|mais)\b", between) is not None


def _kind(words: str, named: list[str]) -> StatementKind:
    if _MACHINE.search(words) and "process" not in named:
        return StatementKind.EQUIPMENT
    if "product" in named and _MAKES.search(words):
        return StatementKind.PRODUCT
    if len(set(named)) == 1:
        return _KINDS.get(named[0], StatementKind.CAPABILITY)
    return StatementKind.CAPABILITY


def _with_edition(words: str, mention: Mention) -> str:
    edition = _EDITION.match(words, mention.end)
    return words[mention.start : edition.end() if edition else mention.end]


def _people(piece: str) -> set[int]:
    """Headcounts that a sentence states exactly."""
    if _NOT.search(piece):
        return set()
    counts = (
        read_employees(mark.group(1)) for mark in _PEOPLE.finditer(piece) if not _ROUGHLY.search(piece[: mark.start()])
    )
    return {count for count in counts if count}
