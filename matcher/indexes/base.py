"""What an index of passage vectors can do."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Rows = NDArray[np.int64]


class PassageIndex(Protocol):
    """Inner products of query vectors with passage vectors."""

    @property
    def n_passages(self) -> int:
        """Passages in the index; they are numbered from 0."""

    @property
    def dim(self) -> int:
        """Length of a vector."""

    def search(self, queries: Vectors, depth: int, mask: NDArray[np.bool_] | None = None) -> tuple[Vectors, Rows]:
        """Nearest passages of each query.

        Args:
            queries: float32 (n_queries, dim).
            depth: most passages a query.
            mask: bool (n_passages,), True may be found; None is all.

        Returns:
            similarities float32 and passage rows int64, both (n_queries, min(depth, n_passages)), best first;
            places that stay empty hold -inf and -1.
        """

    def vectors(self, rows: Rows) -> Vectors:
        """Stored vectors of some passages: float32 (n_rows, dim)."""

    def all_vectors(self) -> Vectors:
        """Stored vectors of all passages: float32 (n_passages, dim), not to be written to."""
