"""Exact inner product in FAISS; the only file that knows that library."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from matcher.errors import ArtifactMismatch
from matcher.indexes.base import Rows, Vectors


class DenseIndex:
    """A flat FAISS index over passages; a mask becomes an id selector, so filters come before the search."""

    def __init__(self, index: faiss.IndexFlatIP) -> None:
        """Wrap a flat inner-product index; use :meth:`build` or :meth:`load`."""
        self._index = index
        # A view of FAISS's own storage: no second copy of the vectors in memory.
        self._view: Vectors = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d).reshape(-1, index.d)

    @classmethod
    def build(cls, vectors: Vectors) -> DenseIndex:
        """Index float32 (n_passages, dim), rows of length 1 or 0 (not yet embedded)."""
        index = faiss.IndexFlatIP(int(vectors.shape[1]))
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @property
    def n_passages(self) -> int:
        """Passages in the index."""
        return int(self._index.ntotal)

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._index.d)

    def search(self, queries: Vectors, depth: int, mask: NDArray[np.bool_] | None = None) -> tuple[Vectors, Rows]:
        """Nearest passages of each query; see :class:`matcher.indexes.base.PassageIndex`.

        Raises:
            ArtifactMismatch: the queries have another dimension than the index.
        """
        if queries.shape[1] != self.dim:
            raise ArtifactMismatch(
                f"index has {self.dim} dimensions but the encoder gives {queries.shape[1]}: "
                "rebuild with `matcher index`"
            )
        depth = min(depth, self.n_passages)
        if depth == 0:
            shape = (len(queries), 0)
            return np.zeros(shape, np.float32), np.zeros(shape, np.int64)
        parameters = None
        if mask is not None:
            bits = np.packbits(mask, bitorder="little")
            selector = faiss.IDSelectorBitmap(self.n_passages, faiss.swig_ptr(bits))
            parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg] # the stubs lack the field
        scores, rows = self._index.search(np.ascontiguousarray(queries, dtype=np.float32), depth, params=parameters)
        return np.where(rows < 0, -np.inf, scores).astype(np.float32), rows

    def vectors(self, rows: Rows) -> Vectors:
        """Stored vectors of some passages: float32 (n_rows, dim)."""
        return self._view[rows]

    def save(self, path: Path) -> None:
        """Write the index to one file."""
        faiss.write_index(self._index, str(path))

    @classmethod
    def load(cls, path: Path) -> DenseIndex:
        """Read an index that :meth:`save` wrote.

        Raises:
            ArtifactMismatch: the file is not such an index.
        """
        try:
            index = faiss.read_index(str(path))
        except RuntimeError as error:
            raise ArtifactMismatch(f"{str(path)!r} is not a readable index ({error}): build it again") from error
        if not isinstance(index, faiss.IndexFlatIP):
            raise ArtifactMismatch(f"{str(path)!r} is {type(index).__name__}, expected IndexFlatIP: build it again")
        return cls(index)
