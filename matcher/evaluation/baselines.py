"""The baselines, each exactly as its definition says; they search whole texts, not our statements.

``bm25``: bm25s defaults (Lucene, k1 1.5, b 0.75), English stems and stop words. ``dense``: one vector a firm.
``rrf``: reciprocal rank fusion of the two, k = 60, depth 1000 (Cormack 2009). ``passages``: sentences packed to 60
words, the best one counts. ``wsum``: BM25 over the query's best + 0.8 × ``passages``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.encoding import Encoder, Progress
from matcher.evaluation.collections import Collection
from matcher.indexes.lexical import LexicalIndex
from matcher.terms import analyse

Run = dict[str, list[tuple[str, float]]]
_BREAK = re.compile(r"(?<=[.;!?])\s+|\n+")
DEPTH = 1000


def packed(text: str, words: int = 60) -> list[str]:
    """Sentences packed into passages of up to ``words`` words; a longer sentence stays whole."""
    found: list[list[str]] = []
    for sentence in _BREAK.split(text):
        tokens = sentence.split()
        if tokens and found and len(found[-1]) + len(tokens) <= words:
            found[-1] += tokens
        elif tokens:
            found.append(tokens)
    return [" ".join(tokens) for tokens in found]


def top(ids: Sequence[str], scores: NDArray[np.floating], depth: int = DEPTH) -> list[tuple[str, float]]:
    """The best firms, highest first, ties by id; ``ids`` are sorted."""
    order = np.argsort(-scores, kind="stable")[:depth]
    return [(ids[i], float(scores[i])) for i in order]


def fuse_reciprocal_rank(rankings: Sequence[Sequence[str]], *, k: int = 60) -> dict[str, float]:
    """Fuse rankings by reciprocal rank: score = Σ 1 / (k + rank), rank from 1.

    Example:
        >>> fuse_reciprocal_rank([["a", "b"], ["b"]], k=1)
        {'a': 0.5, 'b': 0.8333333333333333}
    """
    scores: dict[str, float] = {}
    for ranking in rankings:
        for rank, firm in enumerate(ranking, 1):
            scores[firm] = scores.get(firm, 0.0) + 1 / (k + rank)
    return scores


def score_bm25(collection: Collection) -> dict[str, NDArray[np.float32]]:
    """BM25 of every firm, parallel to ``collection.firms``, by query."""
    lexical = LexicalIndex.build([analyse(text) for text in collection.texts], ["en"] * len(collection.texts))
    return {q.id: lexical.score_terms({"en": Counter(analyse(q.text)), "fr": {}}) for q in collection.queries}


def run_baselines(collection: Collection, encoder: Encoder, *, progress: Progress | None = None) -> Mapping[str, Run]:
    """Runs of all five baselines."""
    ids = [firm.id for firm in collection.firms]
    bm25 = score_bm25(collection)
    passages = [packed(text) or [text] for text in collection.texts]
    first = np.concatenate([[0], np.cumsum([len(p) for p in passages])[:-1]]).astype(np.int64)
    whole = encoder.encode(collection.texts, progress=progress)
    parts = encoder.encode([p for group in passages for p in group], progress=progress)
    asked = encoder.encode([query.text for query in collection.queries])
    runs: dict[str, Run] = {name: {} for name in ("bm25", "dense", "rrf", "passages", "wsum")}
    for query, vector in zip(collection.queries, asked, strict=True):
        words = bm25[query.id]
        likeness = whole @ vector
        best = np.maximum.reduceat(parts @ vector, first)
        runs["bm25"][query.id] = top(ids, words)
        runs["dense"][query.id] = top(ids, likeness)
        fused = fuse_reciprocal_rank([[f for f, _ in runs[name][query.id]] for name in ("bm25", "dense")])
        runs["rrf"][query.id] = sorted(fused.items(), key=lambda row: (-row[1], row[0]))[:DEPTH]
        runs["passages"][query.id] = top(ids, best)
        runs["wsum"][query.id] = top(ids, words / max(float(words.max()), 1e-9) + 0.8 * best)
    return runs
