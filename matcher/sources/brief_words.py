"""What headings of briefs mean, in English and French.

A heading is folded (lower case, no accents, no number) and compared with patterns: first those of sections that never
hold needs though they may sound like it ("information required"), then those that do.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from matcher.sources import brief_lexicon as lexicon
from matcher.types import NeedRole


class Topic(StrEnum):
    """What a section is about."""

    NEEDS = "needs"
    PACKAGES = "packages"
    MAYBE = "maybe"
    TECHNOLOGIES = "technologies"
    ABOUT = "about"
    ADMIN = "admin"
    CONTACT = "contact"
    CONTENTS = "contents"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Heading:
    """What a heading says.

    Attributes:
        topic: what its section is about.
        role: which role its needs look for.
        lang: language of the words that told, or None.
    """

    topic: Topic
    role: NeedRole = NeedRole.EITHER
    lang: str | None = None


@functools.lru_cache(maxsize=16384)
def fold(text: str) -> str:
    """Lower case, no accents, plain apostrophes, blanks single.

    Example:
        >>> fold("Étendue de l’offre")
        "etendue de l'offre"
    """
    plain = unicodedata.normalize("NFKD", text.replace("’", "'").replace("ʼ", "'"))
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).lower().split())


_NUMBERING = re.compile(
    r"^(?:(?:section|part|partie|annex|annexe|appendix)\s+)?(?:\d{1,2}(?:\.\d{1,2})*|[ivx]{1,4}|[a-h])[.):]?\s+(?=\w)"
)


def role_of(text: str) -> NeedRole | None:
    """The role that words speak of; None when they tell none, ``either`` when they tell both."""
    # A power supply supplies no one, and a supply chain is what all of them are in.
    plain = re.sub(
        r"\b(?:power|water|air|gas|energy|electricity) suppl(?:y|ies)\b|\bsupply[- ]chains?\b(?! opp)", " ", fold(text)
    )
    partner, supplier = lexicon.PARTNER.search(plain) is not None, lexicon.SUPPLIER.search(plain) is not None
    if partner and supplier:
        return NeedRole.EITHER
    return NeedRole.PARTNER if partner else NeedRole.SUPPLIER if supplier else None


def plain_heading(text: str) -> str:
    """A heading folded, without number, colon and closing marks."""
    plain = fold(re.sub(r"[*_#]+", "", text)).strip(" :.-–—?!|&")
    return _NUMBERING.sub("", plain).strip(" :.-–—?!")


@functools.lru_cache(maxsize=4096)
def heading_of(text: str) -> Heading:
    """What a heading says.

    Args:
        text: as it stands.

    Example:
        >>> heading_of("3. Partners sought").topic, heading_of("3. Partners sought").role
        (<Topic.NEEDS: 'needs'>, <NeedRole.PARTNER: 'partner'>)
        >>> heading_of("Information required with your quote").topic
        <Topic.ADMIN: 'admin'>
    """
    plain = plain_heading(text)
    if not plain:
        return Heading(Topic.NEUTRAL)
    role = role_of(plain) or NeedRole.EITHER
    for pattern, topic in _WHOLE:
        if pattern.fullmatch(plain):
            return Heading(topic)
    return _of_need(plain, role) or _of_other(plain, role)


def is_section_name(text: str) -> bool:
    """Whether a text is only the usual name of a section, such as "Requirements": no title of a brief."""
    plain = plain_heading(text)
    return any(pattern.fullmatch(plain) for pattern in (*(pattern for pattern, _ in _WHOLE), lexicon.MAYBE))


_WHOLE = (
    (lexicon.CONTENTS, Topic.CONTENTS),
    (lexicon.TECHNOLOGIES, Topic.TECHNOLOGIES),
    (lexicon.CONTACT, Topic.CONTACT),
    (lexicon.ADMIN, Topic.ADMIN),
    (lexicon.ABOUT, Topic.ABOUT),
)


def _of_need(plain: str, role: NeedRole) -> Heading | None:
    for pattern, lang in ((lexicon.PACKAGES_EN, "en"), (lexicon.PACKAGES_FR, "fr")):
        if pattern.match(plain):
            return Heading(Topic.PACKAGES, role, lang)
    for pattern, lang in ((lexicon.NEEDS_EN, "en"), (lexicon.NEEDS_FR, "fr")):
        mark = pattern.search(plain)
        if mark and not _spoils(plain, mark):
            return Heading(Topic.NEEDS, role, lang)
    return None


def _of_other(plain: str, role: NeedRole) -> Heading:
    n_words = len(plain.split())
    if lexicon.ADMIN.match(plain) or (lexicon.ADMIN.search(plain) and n_words <= 4):
        return Heading(Topic.ADMIN)
    if lexicon.ABOUT.match(plain):
        return Heading(Topic.ABOUT)
    if lexicon.MAYBE.fullmatch(plain) or (lexicon.MAYBE.search(plain) and n_words <= 5):
        return Heading(Topic.MAYBE, role)
    return Heading(Topic.NEUTRAL)


def _spoils(plain: str, mark: re.Match[str]) -> bool:
    """Whether other words make a heading of need one of administration."""
    return lexicon.SPOILERS.search(plain.replace(mark.group(), " ", 1)) is not None or (
        lexicon.SPOILERS.match(plain) is not None and len(plain.split()) <= 5
    )
