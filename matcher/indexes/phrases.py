"""Which firms say two words of a question side by side: postings of neighbouring terms, as flat arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Pair = tuple[str, str]


def pairs_of(passages: Iterable[Sequence[str]]) -> frozenset[Pair]:
    """Neighbouring terms of some passages that are analysed already."""
    return frozenset(pair for terms in passages for pair in zip(terms, terms[1:], strict=False))


class PhraseIndex:
    """Documents by pairs of neighbouring terms; terms are numbered by the lexical index beside it."""

    def __init__(
        self, codes: NDArray[np.int64], first: NDArray[np.int64], documents: NDArray[np.int32], n_documents: int
    ) -> None:
        """Wrap arrays; use :meth:`build` or :meth:`load`.

        Args:
            codes: int64 (n_pairs,), ascending: the numbers of both terms in one.
            first: int64 (n_pairs + 1,), where the documents of each pair begin.
            documents: int32 (n_postings,).
            n_documents: in all.
        """
        self._codes, self._first, self._documents, self.n_documents = codes, first, documents, n_documents

    @classmethod
    def build(cls, documents: Iterable[Iterable[Sequence[str]]], numbers: Mapping[str, int]) -> PhraseIndex:
        """Index documents given as passages of terms.

        Args:
            documents: passages of each document, each a list of terms.
            numbers: of terms; one without a number stands in no pair.
        """
        codes: list[int] = []
        owners: list[int] = []
        n = 0
        for document in documents:
            own = {code(a, b) for a, b in _numbered(pairs_of(document), numbers)}
            codes += own
            owners += [n] * len(own)
            n += 1
        table = np.asarray(codes, dtype=np.int64)
        order = np.argsort(table, kind="stable")
        unique, first = np.unique(table[order], return_index=True)
        return cls(unique, np.append(first, len(order)).astype(np.int64), np.asarray(owners, dtype=np.int32)[order], n)

    def scores(self, weights: Mapping[Pair, float], numbers: Mapping[str, int]) -> NDArray[np.float64]:
        """Sum of the weights of the pairs that each document holds: float64 (n_documents,)."""
        found = np.zeros(self.n_documents, dtype=np.float64)
        for pair, weight in weights.items():
            for a, b in _numbered([pair], numbers):
                place = int(np.searchsorted(self._codes, code(a, b)))
                if place < len(self._codes) and self._codes[place] == code(a, b):
                    found[self._documents[self._first[place] : self._first[place + 1]]] += weight
        return found

    def save(self, folder: Path) -> None:
        """Write the index into a folder."""
        np.savez(
            folder / "phrases.npz", codes=self._codes, first=self._first, documents=self._documents,
            n_documents=self.n_documents,
        )  # fmt: skip

    @classmethod
    def load(cls, folder: Path) -> PhraseIndex:
        """Read an index that :meth:`save` wrote."""
        with np.load(folder / "phrases.npz") as arrays:
            return cls(arrays["codes"], arrays["first"], arrays["documents"], int(arrays["n_documents"]))


def code(first: int, second: int) -> int:
    """Two numbers of terms in one."""
    return (first << 32) | second


def _numbered(pairs: Iterable[Pair], numbers: Mapping[str, int]) -> Iterable[tuple[int, int]]:
    for one, two in pairs:
        a, b = numbers.get(one), numbers.get(two)
        if a is not None and b is not None:
            yield a, b
