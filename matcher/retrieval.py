"""Queries → candidates with their raw inputs, exact for every candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.encoding import Encoder
from matcher.live import View
from matcher.types import Need

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Queries:
    """What one project asks: query 0 is its whole text, query i + 1 its need i.

    Attributes:
        texts: words of each query.
        needs: the needs, parallel to ``texts[1:]``.
        vectors: float32 (n_queries, dim).
    """

    texts: tuple[str, ...]
    needs: tuple[Need, ...]
    vectors: Floats

    @classmethod
    def of(cls, whole: str, needs: Sequence[Need], encoder: Encoder) -> Queries:
        """Encode the whole text and each need."""
        texts = (whole, *(need.text for need in needs))
        return cls(texts, tuple(needs), encoder.encode(texts))


@dataclass(frozen=True)
class Candidates:
    """Firms found, with the inputs of their score.

    Attributes:
        positions: int64 (n_candidates,), ascending, so by firm id within a snapshot.
        bm25: float32 (n_queries, n_candidates), as BM25 gives it.
        best_bm25: float32 (n_queries,), the best of any firm, filtered out or not; at least a tiny number.
        similarity: float32 (n_queries, n_candidates), the best passage's cosine; 0 without passages or vectors.
    """

    positions: NDArray[np.int64]
    bm25: Floats
    best_bm25: Floats
    similarity: Floats


def retrieve(
    view: View, queries: Queries, eligible: NDArray[np.bool_], *, depth: int, passages_per_firm: int
) -> Candidates:
    """Find candidates by words and by vectors, filters first, and score each exactly.

    Args:
        view: what is searched.
        queries: from the project.
        eligible: bool (n_positions,), firms that may be found.
        depth: firms that each of BM25 and the passage index brings, for each query.
        passages_per_firm: passages read per firm wanted.

    Returns:
        The union of all that were found. Where no more than ``depth`` firms are eligible, all of them.
    """
    bm25 = np.stack([view.bm25(text) for text in queries.texts])
    best = np.maximum(bm25[:, view.present].max(axis=1, initial=0.0), 1e-9)
    if int(eligible.sum()) <= depth:
        positions = np.flatnonzero(eligible)
    else:
        found = {int(i) for i in np.flatnonzero(eligible[len(view.snapshot.firms) :]) + len(view.snapshot.firms)}
        found.update(_by_words(bm25, eligible, depth))
        found.update(_by_vectors(view, queries, eligible, depth, passages_per_firm))
        positions = np.asarray(sorted(found), dtype=np.int64)
    return Candidates(positions, bm25[:, positions], best, similarities(view, queries.vectors, positions))


def _by_words(bm25: Floats, eligible: NDArray[np.bool_], depth: int) -> set[int]:
    found: set[int] = set()
    for scores in np.where(eligible, bm25, 0.0):
        order = np.argpartition(-scores, depth)[:depth] if depth < len(scores) else np.arange(len(scores))
        found.update(int(i) for i in order if scores[i] > 0)
    return found


def _by_vectors(
    view: View, queries: Queries, eligible: NDArray[np.bool_], depth: int, passages_per_firm: int
) -> set[int]:
    snapshot = view.snapshot
    base = eligible[: len(snapshot.firms)]
    mask = None if base.all() else base[snapshot.owner]
    _, rows = snapshot.dense.search(queries.vectors, depth * passages_per_firm, mask)
    found: set[int] = set()
    for row in rows:
        owners = snapshot.owner[row[row >= 0]]
        _, first = np.unique(owners, return_index=True)
        found.update(int(i) for i in owners[np.sort(first)[:depth]])
    return found


def similarities(view: View, vectors: Floats, positions: NDArray[np.int64]) -> Floats:
    """Cosine of each query with the best passage of each firm: float32 (n_queries, n_positions)."""
    result = np.zeros((len(vectors), len(positions)), dtype=np.float32)
    base = len(view.snapshot.firms)
    first = view.snapshot.first
    early = np.flatnonzero(positions < base)
    counts = first[positions[early] + 1] - first[positions[early]]
    early, counts = early[counts > 0], counts[counts > 0]
    if len(early):
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        rows = np.arange(int(counts.sum())) - np.repeat(starts, counts) + np.repeat(first[positions[early]], counts)
        all_scores = view.snapshot.dense.vectors(rows) @ vectors.T
        result[:, early] = np.maximum.reduceat(all_scores, starts, axis=0).T
    for column in np.flatnonzero(positions >= base):
        own = view.vectors(int(positions[column]))
        if len(own):
            result[:, column] = (own @ vectors.T).max(axis=0)
    return result
