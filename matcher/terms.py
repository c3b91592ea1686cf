"""Text → terms: what BM25 counts, in English and in French."""

from __future__ import annotations

import functools
import re

import Stemmer
from bm25s.stopwords import STOPWORDS_EN, STOPWORDS_FRENCH

_TOKEN = re.compile(r"(?u)\b\w\w+\b")
_STEMMERS = {"en": Stemmer.Stemmer("english"), "fr": Stemmer.Stemmer("french")}
STOPWORDS = {
    "en": frozenset(STOPWORDS_EN),
    # A question may be in English and the firm in French: its small words say nothing there either.
    "fr": frozenset(STOPWORDS_FRENCH) | {"du", "au", "aux", "des", "les"} | frozenset(STOPWORDS_EN),
}


@functools.lru_cache(maxsize=200_000)
def _stem(word: str, lang: str) -> str:
    return str(_STEMMERS[lang].stemWord(word))


def analyse(text: str, lang: str = "en") -> list[str]:
    """Terms of a text: lower-case words of two letters and more, stop words left out, stemmed.

    Args:
        text: any text.
        lang: ``fr`` for French, anything else is taken as English.
    """
    lang = "fr" if lang == "fr" else "en"
    stop = STOPWORDS[lang]
    return [_stem(word, lang) for word in _TOKEN.findall(text.lower()) if word not in stop]


def term_spans(text: str, lang: str = "en") -> list[tuple[str, str]]:
    """Pairs of (term, word as written) of a text, in order."""
    lang = "fr" if lang == "fr" else "en"
    stop = STOPWORDS[lang]
    return [(_stem(word.lower(), lang), word) for word in _TOKEN.findall(text) if word.lower() not in stop]
