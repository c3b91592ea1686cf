"""Which of the two languages a text is in."""

from __future__ import annotations

import functools
import re

# Words so common that a text of a few dozen words holds several, and that the other language does not use.
_FRENCH = frozenset(
    "le la les des du de et en un une pour dans sur par avec est sont nous notre nos vos aux au ou qui que ce cette "
    "ces leur leurs ainsi plus fabrication entreprise conception produits".split()
)
_ENGLISH = frozenset(
    "the of and to in for with is are our we from by on as at that this or its all their has have be which an "
    "manufacturing company products design".split()
)
_WORD = re.compile(r"[a-zà-ÿ]+")
_MARK = re.compile(r"[àâçèéêëîïôùûœ]")


@functools.lru_cache(maxsize=4096)
def language_of(text: str, stated: str | None = None) -> str:
    """``fr`` or ``en``: what is stated, else what the function words say.

    English when they say nothing, or when both languages stand in one text.

    A handful of function words decides rather than a trained detector, since product lists of three words are
    what detectors get wrong, and a wrong French costs an English firm its stop words and stems.
    """
    if stated in ("en", "fr"):
        return stated
    words = _WORD.findall(text.lower())
    french = sum(word in _FRENCH for word in words) + 0.5 * sum(bool(_MARK.search(word)) for word in words)
    english = sum(word in _ENGLISH for word in words)
    return "fr" if french >= 2 and french > 2 * english else "en"
