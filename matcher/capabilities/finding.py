"""Concepts named in a text, with where: exact labels after folding, in English and French.

Case and accents are folded. Words of a label of several are stemmed (Snowball), so plurals and forms of a verb meet; a
label of one word is found in singular and plural only. A label of at most four capitals (MES, IA) is found in capitals
only: "mes" is a French word. The longest label wins where several start at one word; a word is used once. Where stems
make two labels the same ("injection mould" and "injection moulding"), the one written as in the text wins. A label
never runs over a mark that ends a sentence or an item of a list: "oil, and gas detectors" are not of oil and gas.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from matcher.capabilities.stems import WORD, singular, stem, stems
from matcher.capabilities.vocabulary import Vocabulary, open_vocabulary
from matcher.errors import SourceError
from matcher.language import language_of
from matcher.terms import STOPWORDS

_LANGS = ("en", "fr")
_SMALL_WORDS = STOPWORDS["en"] | STOPWORDS["fr"]
# Not the dot of "Industry 4.0", nor the colon of "ISO 9001:2015".
_BREAK = re.compile(r"[.,;:!?]\s|[()]")


@dataclass(frozen=True, slots=True)
class Mention:
    """A concept found in a text: ``text[start:end]`` are its words."""

    concept_id: str
    start: int
    end: int


def _written(words: list[str]) -> tuple[str, ...]:
    return tuple(singular(word) for word in words)


def _is_acronym(label: str) -> bool:
    return len(label) <= 4 and label.isupper() and label.isascii() and label.isalpha()


def _phrase_ends(text: str, words: list[tuple[str, int, int]]) -> list[int]:
    """For each word, the place in the row after the last word that a label starting there may hold."""
    ends = [len(words)] * len(words)
    for i in range(len(words) - 2, -1, -1):
        ends[i] = i + 1 if _BREAK.search(text, words[i][2], words[i + 1][1]) else ends[i + 1]
    return ends


class ConceptFinder:
    """Text → mentions. Immutable after it is built; building takes a fraction of a second."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Index every label of a vocabulary by its first stem."""
        self.vocabulary = vocabulary
        self._by_first: dict[str, dict[str, dict[tuple[str, ...], list[str]]]] = {lang: {} for lang in _LANGS}
        self._longest: dict[str, dict[str, int]] = {lang: {} for lang in _LANGS}
        self._single: dict[str, dict[str, list[str]]] = {lang: {} for lang in _LANGS}
        self._acronyms: dict[str, list[str]] = {}
        self._written: set[tuple[str, tuple[str, ...]]] = set()
        for concept in vocabulary.concepts.values():
            for lang, labels in (("en", concept.en), ("fr", concept.fr)):
                for label in labels:
                    self._add(concept.id, label, lang)

    def _add(self, concept_id: str, label: str, lang: str) -> None:
        if _is_acronym(label):
            ids = self._acronyms.setdefault(label, [])
            if concept_id not in ids:
                ids.append(concept_id)
            return
        key = stems(label, lang)
        if not key:
            return
        if len(key) == 1:
            ids = self._single[lang].setdefault(singular(WORD.findall(label)[0]), [])
            if concept_id not in ids:
                ids.append(concept_id)
            return
        self._written.add((concept_id, _written(WORD.findall(label))))
        ids = self._by_first[lang].setdefault(key[0], {}).setdefault(key, [])
        if concept_id not in ids:
            ids.append(concept_id)
        self._longest[lang][key[0]] = max(self._longest[lang].get(key[0], 0), len(key))

    def find(self, text: str, lang: str | None = None) -> list[Mention]:
        """Mentions in order of place.

        Args:
            text: any text.
            lang: ``en`` or ``fr``; None takes the text's own, and the other one where that finds nothing, since a
                phrase of two words may not show its language.
        """
        if lang in _LANGS:
            return self._find(text, lang)
        own = language_of(text)
        return self._find(text, own) or self._find(text, "fr" if own == "en" else "en")

    def _find(self, text: str, lang: str) -> list[Mention]:
        words = [(m.group(), m.start(), m.end()) for m in WORD.finditer(text)]
        row = [stem(word, lang) for word, _, _ in words]
        ends = _phrase_ends(text, words)
        found: list[Mention] = []
        i = 0
        while i < len(words):
            length, ids = self._at(i, ends[i], row, lang)
            if len(ids) > 1:
                written = _written([word for word, _, _ in words[i : i + length]])
                ids = [concept for concept in ids if (concept, written) in self._written] or ids
            # "the" is no tea, though "thé" without its accent is written so.
            if not ids and words[i][0].casefold() not in _SMALL_WORDS:
                length, ids = 1, self._single[lang].get(singular(words[i][0]), [])
            if not ids and (acronym := self._acronyms.get(words[i][0])):
                length, ids = 1, acronym
            found += [Mention(concept, words[i][1], words[i + length - 1][2]) for concept in ids]
            i += max(1, length)
        return found

    def _at(self, i: int, end: int, row: list[str], lang: str) -> tuple[int, list[str]]:
        by_first = self._by_first[lang].get(row[i])
        if by_first is not None:
            for length in range(min(self._longest[lang][row[i]], end - i), 1, -1):
                if ids := by_first.get(tuple(row[i : i + length])):
                    return length, ids
        return 0, []

    def concepts(self, text: str, lang: str | None = None) -> dict[str, int]:
        """Concept ids of a text with how often each is named, first named first."""
        counts: dict[str, int] = {}
        for mention in self.find(text, lang):
            counts[mention.concept_id] = counts.get(mention.concept_id, 0) + 1
        return counts


# Kinds that half of all firms name: "consulting" and "automotive" in common say little.
_EVERYWHERE = frozenset({"service", "industry"})


@lru_cache(maxsize=65_536)
def things_in(text: str) -> frozenset[str]:
    """Concepts of the shipped vocabulary that a text names, without services and industries."""
    finder = shipped_finder()
    return frozenset(c for c in finder.concepts(text) if finder.vocabulary[c].kind not in _EVERYWHERE)


@lru_cache(maxsize=1)
def shipped_finder() -> ConceptFinder:
    """Finder of the vocabulary of a checkout, else of an installed wheel, made once a process.

    Raises:
        SourceError: neither is there.
    """
    package = Path(__file__).parent.parent
    for folder in (package.parent / "data", package / "shipped" / "data"):
        if (folder / "capabilities").is_dir():
            return ConceptFinder(open_vocabulary(folder / "capabilities"))
    raise SourceError("the shipped vocabulary is not installed: expected data/capabilities; install the wheel")
