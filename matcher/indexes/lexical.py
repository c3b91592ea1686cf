"""BM25 over firms by ``bm25s``, each document analysed in its own language; the only file that knows that library.

A query is analysed once in English and once in French, and each document is scored by the analysis of its own
language, with one table of term statistics for all. Documents that came after the snapshot are scored by the same
formula with the snapshot's statistics (:meth:`LexicalIndex.score_counts`), which also gives the score of a firm
with one passage masked.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import bm25s
import numpy as np
import Stemmer
from bm25s.stopwords import STOPWORDS_EN, STOPWORDS_FRENCH
from numpy.typing import NDArray

Progress = Callable[[int, int], None]
_TOKEN = re.compile(r"(?u)\b\w\w+\b")
_STEMMERS = {"en": Stemmer.Stemmer("english"), "fr": Stemmer.Stemmer("french")}
_STOPWORDS = {
    "en": frozenset(STOPWORDS_EN),
    "fr": frozenset(STOPWORDS_FRENCH) | {"du", "au", "aux", "des", "les"},
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
    stop = _STOPWORDS[lang]
    return [_stem(word, lang) for word in _TOKEN.findall(text.lower()) if word not in stop]


def term_spans(text: str, lang: str = "en") -> list[tuple[str, str]]:
    """Pairs of (term, word as written) of a text, in order."""
    lang = "fr" if lang == "fr" else "en"
    stop = _STOPWORDS[lang]
    return [(_stem(word.lower(), lang), word) for word in _TOKEN.findall(text) if word.lower() not in stop]


class LexicalIndex:
    """BM25 (Lucene's form: idf = ln(1 + (N − df + ½)/(df + ½)), Robertson and Zaragoza 2009)."""

    def __init__(self, model: bm25s.BM25, langs: Sequence[str], mean_length: float) -> None:
        """Wrap a bm25s model; use :meth:`build` or :meth:`load`."""
        self._model = model
        self._french = np.asarray([lang == "fr" for lang in langs], dtype=bool)
        self.mean_length = mean_length
        indptr = model.scores["indptr"]
        self._df = np.diff(indptr)

    @classmethod
    def build(
        cls,
        documents: Iterable[Sequence[str]],
        langs: Sequence[str],
        *,
        k1: float = 1.5,
        b: float = 0.75,
    ) -> LexicalIndex:
        """Index documents that are analysed already.

        Args:
            documents: terms of each document.
            langs: language of each, parallel to ``documents``.
            k1: term saturation.
            b: length normalisation, 0 to 1.
        """
        vocab: dict[str, int] = {}
        ids = [[vocab.setdefault(term, len(vocab)) for term in document] for document in documents]
        mean = sum(map(len, ids)) / len(ids) if ids else 0.0
        if not vocab:
            # bm25s cannot hold an empty table: one term that no query gives.
            vocab = {"": 0}
            ids = [[0]] if not ids else [*ids[:-1], [0]]
        model = bm25s.BM25(k1=k1, b=b, method="lucene")
        model.index(bm25s.tokenization.Tokenized(ids=ids, vocab=vocab), show_progress=False)
        return cls(model, langs, mean)

    @property
    def n_documents(self) -> int:
        """Documents in the index."""
        return len(self._french)

    def query_terms(self, text: str) -> dict[str, list[str]]:
        """Terms of a query in each language."""
        return {lang: analyse(text, lang) for lang in ("en", "fr")}

    def scores(self, text: str) -> NDArray[np.float32]:
        """BM25 of every document: float32 (n_documents,), 0 where no term is shared."""
        terms = self.query_terms(text)
        found = self._scores(terms["en"])
        if self._french.any():
            found = np.where(self._french, self._scores(terms["fr"]), found)
        return found

    def _scores(self, terms: Sequence[str]) -> NDArray[np.float32]:
        vocab = self._model.vocab_dict
        known = [term for term in terms if term and term in vocab]
        if not known or not self.n_documents:
            return np.zeros(self.n_documents, dtype=np.float32)
        scores: NDArray[np.float32] = self._model.get_scores(known)
        return scores[: self.n_documents].astype(np.float32)

    def idf(self, term: str) -> float:
        """Inverse document frequency of a term; a term that is not in the index has the highest."""
        position = self._model.vocab_dict.get(term)
        df = 0 if position is None else int(self._df[position])
        return math.log(1 + (self.n_documents - df + 0.5) / (df + 0.5))

    def score_counts(self, terms: Sequence[str], counts: Counter[str], length: int) -> float:
        """BM25 of one document that need not be in the index, by the index's statistics.

        Args:
            terms: the query's terms in the document's language; a repeated one counts again.
            counts: terms of the document with their counts.
            length: terms of the document in all.
        """
        k1, b = self._model.k1, self._model.b
        norm = k1 * (1 - b + b * length / (self.mean_length or 1.0))
        return float(sum(self.idf(t) * counts[t] / (counts[t] + norm) for t in terms if counts.get(t)))

    def save(self, folder: Path) -> None:
        """Write the index into a folder, as arrays and JSON."""
        self._model.save(str(folder), show_progress=False)
        np.savez(folder / "lexical.npz", french=self._french, mean_length=self.mean_length)

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Read an index that :meth:`save` wrote."""
        model = bm25s.BM25.load(str(folder), load_corpus=False)
        with np.load(folder / "lexical.npz") as arrays:
            langs = ["fr" if french else "en" for french in arrays["french"]]
            mean = float(arrays["mean_length"])
        return cls(model, langs, mean)
