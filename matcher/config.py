"""Every tunable number that changes results, in one place; saved in an artifact's manifest."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MatchConfig:
    """Numbers of the ranking.

    Attributes:
        passage_words: longest passage, in words.
        max_tokens: longest input of the encoder, in tokens.
        max_needs: most inferred needs of a project.
        depth: firms that each retriever brings for one query.
        depth_passages: passages that the dense retriever reads for one query.
        bm25_k1: BM25 term saturation.
        bm25_b: BM25 length normalisation.
    """

    passage_words: int = 60
    max_tokens: int = 256
    max_needs: int = 12
    depth: int = 1000
    depth_passages: int = 4000
    bm25_k1: float = 1.5
    bm25_b: float = 0.75
