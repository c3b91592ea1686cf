"""Words of a label or text, folded: lower case, Snowball stem, no accents."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import Stemmer

WORD = re.compile(r"[^\W_]+")
_STEMMERS = {"en": Stemmer.Stemmer("english"), "fr": Stemmer.Stemmer("french")}


@lru_cache(maxsize=65536)
def stem(word: str, lang: str) -> str:
    """One word's stem in ``en`` or ``fr``."""
    found = str(_STEMMERS[lang].stemWord(word.casefold()))
    return unicodedata.normalize("NFKD", found).encode("ascii", "ignore").decode() or found


def stems(text: str, lang: str) -> tuple[str, ...]:
    """Stems of all words of a text, in order."""
    return tuple(stem(word, lang) for word in WORD.findall(text))


@lru_cache(maxsize=65536)
def singular(word: str) -> str:
    """A word in lower case without accents and without the ending of a plural, for labels of one word.

    A stem would say too much there: "converts" is no converter, "direct" no direction.
    """
    plain = unicodedata.normalize("NFKD", word.casefold()).encode("ascii", "ignore").decode() or word.casefold()
    if len(plain) > 4 and plain.endswith("ies"):
        return plain[:-3] + "y"
    if len(plain) > 4 and plain.endswith(("ches", "shes", "sses", "xes")):
        return plain[:-2]
    if len(plain) > 4 and plain.endswith("aux"):
        return plain[:-2] + "l"
    if len(plain) > 3 and plain.endswith(("s", "x")) and not plain.endswith(("ss", "us", "is")):
        return plain[:-1]
    return plain
