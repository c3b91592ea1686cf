"""BM25 over firms by ``bm25s``, each document analysed in its own language; the only file that knows that library.

A query is analysed once in English and once in French, and each document is scored by the analysis of its own
language, with one table of term statistics for all. The postings of a term hold its English documents first and its
French ones after, so that each analysis reads only the documents it scores. Documents that came after the snapshot
are scored by the same formula with the snapshot's statistics (:meth:`LexicalIndex.weights`), which also gives the
score of a firm with one passage masked.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import bm25s
import numpy as np
from numpy.typing import NDArray

from matcher.translation import query_terms

Progress = Callable[[int, int], None]
Number = TypeVar("Number", float, NDArray[np.float64])


class LexicalIndex:
    """BM25 (Lucene's form: idf = ln(1 + (N − df + ½)/(df + ½)), Robertson and Zaragoza 2009)."""

    def __init__(
        self, model: bm25s.BM25, french: NDArray[np.bool_], middle: NDArray[np.int64], mean_length: float
    ) -> None:
        """Wrap a bm25s model whose postings are sorted by language; use :meth:`build` or :meth:`load`."""
        self._model = model
        self._french, self._middle = french, middle
        self.mean_length = mean_length
        self._vocab: dict[str, int] = model.vocab_dict
        self._weights, self._documents = model.scores["data"], model.scores["indices"]
        self._first = model.scores["indptr"]

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
        french = np.asarray([lang == "fr" for lang in langs], dtype=bool)
        if not vocab:
            # bm25s cannot hold an empty table: one term that no query gives.
            vocab = {"": 0}
            ids = [[0]] if not ids else [*ids[:-1], [0]]
        model = bm25s.BM25(k1=k1, b=b, method="lucene")
        model.index(bm25s.tokenization.Tokenized(ids=ids, vocab=vocab), show_progress=False)
        return cls(model, french, _sort_by_language(model.scores, french), mean)

    @property
    def n_documents(self) -> int:
        """Documents in the index."""
        return len(self._french)

    def scores(self, text: str) -> NDArray[np.float32]:
        """BM25 of every document: float32 (n_documents,), 0 where no term is shared."""
        return self.score_terms(query_terms(text))

    def score_terms(self, terms: Mapping[str, Mapping[str, float]]) -> NDArray[np.float32]:
        """BM25 of every document for a query that is analysed already.

        Args:
            terms: from :func:`matcher.translation.query_terms`: by language, each term with its weight.

        Returns:
            float32 (n_documents,), 0 where no term is shared.
        """
        found = np.zeros(max(self.n_documents, 1), dtype=np.float32)
        self._add(found, terms["en"], self._first[:-1], self._middle)
        self._add(found, terms["fr"], self._middle, self._first[1:])
        return found[: self.n_documents]

    def _add(
        self,
        found: NDArray[np.float32],
        terms: Mapping[str, float],
        first: NDArray[np.int64],
        last: NDArray[np.int64],
    ) -> None:
        for term, times in terms.items():
            position = self._vocab.get(term) if term else None
            if position is not None:
                span = slice(first[position], last[position])
                # A document stands once in a term's postings.
                found[self._documents[span]] += np.float32(times) * self._weights[span]

    @property
    def numbers(self) -> Mapping[str, int]:
        """Number of each term."""
        return self._vocab

    @property
    def french(self) -> NDArray[np.bool_]:
        """Bool (n_documents,), which are in French."""
        return self._french

    def idf(self, term: str) -> float:
        """Inverse document frequency of a term; a term that is not in the index has the highest."""
        position = self._vocab.get(term)
        df = 0 if position is None else int(self._first[position + 1] - self._first[position])
        return math.log(1 + (self.n_documents - df + 0.5) / (df + 0.5))

    def weights(self, counts: Mapping[str, int], length: int) -> dict[str, float]:
        """What each term of a document adds to a query that holds it, by the index's statistics.

        Args:
            counts: terms of the document with their counts; it need not be in the index.
            length: terms of the document in all.
        """
        norm = self.length_norm(length)
        return {term: self.idf(term) * n / (n + norm) for term, n in counts.items() if n}

    def length_norm(self, length: Number) -> Number:
        """The part of BM25's divisor that a document's length decides; of one document or of an array of them."""
        k1, b = float(self._model.k1), float(self._model.b)
        return k1 * (1 - b + b * length / (self.mean_length or 1.0))

    def save(self, folder: Path) -> None:
        """Write the index into a folder, as arrays and JSON."""
        self._model.save(str(folder), show_progress=False)
        np.savez(folder / "lexical.npz", french=self._french, middle=self._middle, mean_length=self.mean_length)

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Read an index that :meth:`save` wrote."""
        model = bm25s.BM25.load(str(folder), load_corpus=False)
        with np.load(folder / "lexical.npz") as arrays:
            return cls(model, arrays["french"], arrays["middle"], float(arrays["mean_length"]))


def _sort_by_language(scores: dict[str, Any], french: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Sort each term's postings by language, in place.

    Returns:
        int64 (n_terms,), where the French postings of each term begin.
    """
    first, documents = np.asarray(scores["indptr"], dtype=np.int64), scores["indices"]
    if len(french):
        in_french = french[np.minimum(documents, len(french) - 1)]
    else:
        in_french = np.zeros(len(documents), dtype=bool)
    term = np.repeat(np.arange(len(first) - 1), np.diff(first))
    order = np.lexsort((in_french, term))
    scores["data"], scores["indices"] = scores["data"][order], documents[order]
    n_english = np.bincount(term[~in_french], minlength=len(first) - 1)
    return first[:-1] + n_english
