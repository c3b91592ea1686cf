"""What a firm does with what its profile names: makes it, only sells it, or teaches and serves households."""

from __future__ import annotations

import re
from enum import IntEnum

from matcher.types import Firm, StatementKind


class Activity(IntEnum):
    """Kinds that a ranking must tell apart."""

    MAKES = 0
    ONLY_SELLS = 1
    OFF_TOPIC = 2


_SELLS = {"sells equipment", "distributes", "distributor / wholesaler", "retailer", "trading house"}
_DOES = {
    "makes",
    "services",
    "engineers",
    "software",
    "tests",
    "manufacturer / processor / producer",
}
_SELLER = re.compile(
    r"\b(?:dealers?|distributors?|distributes|resellers?|retailers?|wholesalers?|importers?|sells|"
    r"sales (?:and service )?of|concessionnaires?|distribut(?:eur|rice)s?|revendeurs?|grossistes?)\b",
    re.IGNORECASE,
)
_MAKER = re.compile(
    r"\b(?:manufactur\w*|(?<!all )makes|making|machin(?:ed|ing)\b(?! (?:tool|cent))|fabricat\w*|"
    r"builds?|builder|designs?|develops?|"
    r"engineer\w*|produces?|processes|assembl\w*|custom|weld\w*|cast(?:s|ing)|mould\w*|molds?|molding|tests|testing|"
    r"integrat\w*|research\w*|fabriqu\w*|usinage|conçoit|conception|produit)\b",
    re.IGNORECASE,
)
_PLANT = re.compile(
    r"\b(?:\w*manufactur\w*|produc(?:e[sd]?|ing|tion|ts?)|process(?:es|ing|ed)?|plants?|factory|factories|facilit\w+|"
    r"mills?|pilot|scal(?:e|ing)[- ]up|build(?:s|ing|ings)?|form(?:ing|ed)|made (?:of|from)|components?|"
    r"fabri(?:qu|cation)\w*|usines?|procédés?|produi\w+)\b",
    re.IGNORECASE,
)
_CHILDREN = re.compile(
    r"\b(?:children|kids|after[- ]school|summer camps?|day camps?|birthday part(?:y|ies)|ages? \d+ to \d+|"
    r"youth (?:programs?|camps?|education)|k-12|toddlers?|enfants|camps? d'été|parascolaires?)\b",
    re.IGNORECASE,
)
_TEACHES = re.compile(
    r"\b(?:teach\w*|lessons?|class(?:es)?|school|camps?|tutor\w*|learn\w*|education\w*|cours|école)\b", re.I
)


def activity_of(firm: Firm) -> Activity:
    """What a firm does, by what it declared, else by its words.

    A declared activity decides. Without one, a firm whose words name selling and never making is a seller; one
    that teaches children is off topic whatever it teaches. An empty profile is taken as making: nothing is known.
    """
    texts = [
        s.text for s in firm.statements if s.kind is not StatementKind.ACTIVITY and s.kind is not StatementKind.NOTE
    ]
    words = " ".join(texts)
    if _CHILDREN.search(words) and _TEACHES.search(words):
        return Activity.OFF_TOPIC
    declared = {s.text.casefold() for s in firm.of_kind(StatementKind.ACTIVITY)}
    if declared & _DOES:
        return Activity.MAKES
    if declared & _SELLS:
        return Activity.ONLY_SELLS
    return Activity.ONLY_SELLS if _SELLER.search(words) and not _MAKER.search(words) else Activity.MAKES


def wants_maker(text: str) -> bool:
    """Whether a need asks for something made or done, so that a firm that only sells is no answer."""
    return _MAKER.search(text) is not None


def is_of_a_plant(text: str) -> bool:
    """Whether a text speaks of making things, so that what any plant buys is needed too."""
    return _MAKER.search(text) is not None or _PLANT.search(text) is not None
