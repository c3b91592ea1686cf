"""NumPy inner products over all passages: the truth that other indexes are tested against."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matcher.indexes.base import Rows, Vectors


class ExactIndex:
    """Brute force; ties by passage row."""

    def __init__(self, vectors: Vectors) -> None:
        """Hold float32 (n_passages, dim)."""
        self._vectors = np.ascontiguousarray(vectors, dtype=np.float32)

    @property
    def n_passages(self) -> int:
        """Passages in the index."""
        return len(self._vectors)

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._vectors.shape[1])

    def search(self, queries: Vectors, depth: int, mask: NDArray[np.bool_] | None = None) -> tuple[Vectors, Rows]:
        """Nearest passages of each query; see :class:`matcher.indexes.base.PassageIndex`."""
        scores = np.asarray(queries, dtype=np.float32) @ self._vectors.T
        if mask is not None:
            scores[:, ~mask] = -np.inf
        depth = min(depth, self.n_passages)
        rows = np.argsort(-scores, axis=1, kind="stable")[:, :depth]
        best = np.take_along_axis(scores, rows, axis=1)
        return best, np.where(np.isneginf(best), -1, rows).astype(np.int64)

    def vectors(self, rows: Rows) -> Vectors:
        """Stored vectors of some passages: float32 (n_rows, dim)."""
        return self._vectors[rows]

    def all_vectors(self) -> Vectors:
        """Stored vectors of all passages: float32 (n_passages, dim), not to be written to."""
        return self._vectors
