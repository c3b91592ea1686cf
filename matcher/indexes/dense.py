"""Exact inner product in FAISS; the only file that knows that library.

FAISS takes queries without a selector through one matrix product, and queries with one vector by vector, which costs
several times as much when most passages may be found. So a mask that leaves most of them is searched without a
selector, somewhat deeper, and what it forbids is dropped from the answer; where too few are left, and for masks that
leave little, the selector is used. Either way the answer is exact.
"""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from matcher.errors import ArtifactMismatch
from matcher.indexes.base import Rows, Vectors

# Least share of passages that a mask must leave for a search without a selector to pay.
_WIDE = 0.35


class DenseIndex:
    """A flat FAISS index over passages; a mask becomes an id selector, so filters come before the search."""

    def __init__(self, index: faiss.IndexFlatIP) -> None:
        """Wrap a flat inner-product index; use :meth:`build` or :meth:`load`."""
        self._index = index
        # A view of FAISS's own storage: no second copy of the vectors in memory.
        self._view: Vectors = np.zeros((0, index.d), dtype=np.float32)
        if index.ntotal:
            self._view = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d).reshape(-1, index.d)
            self._view.flags.writeable = False

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
        queries = np.ascontiguousarray(queries, dtype=np.float32)
        # One thread a search: several clients share the processors, and FAISS's own threads get in the way of the
        # matrix product's. The setting holds for the calling thread alone.
        faiss.omp_set_num_threads(1)
        faiss.cvar.distance_compute_blas_threshold = 1
        if mask is None:
            return self._whole(queries, depth)
        n_allowed = int(np.count_nonzero(mask))
        if n_allowed > _WIDE * self.n_passages:
            found = self._filtered(queries, min(depth, n_allowed), depth, mask, n_allowed)
            if found is not None:
                return found
        bits = np.packbits(mask, bitorder="little")
        selector = faiss.IDSelectorBitmap(self.n_passages, faiss.swig_ptr(bits))
        parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg] # the stubs lack the field
        scores, rows = self._index.search(queries, depth, params=parameters)
        return np.where(rows < 0, -np.inf, scores).astype(np.float32), rows

    def _whole(self, queries: Vectors, depth: int) -> tuple[Vectors, Rows]:
        scores, rows = self._index.search(queries, depth)
        return np.where(rows < 0, -np.inf, scores).astype(np.float32), rows

    def _filtered(
        self, queries: Vectors, wanted: int, depth: int, mask: NDArray[np.bool_], n_allowed: int
    ) -> tuple[Vectors, Rows] | None:
        """Search all passages and drop those that the mask forbids; None where fewer than ``wanted`` are left."""
        deeper = min(self.n_passages, int(1.25 * depth * self.n_passages / n_allowed) + 64)
        scores, rows = self._whole(queries, deeper)
        allowed = mask[rows] & (rows >= 0)
        if int(allowed.sum(axis=1).min()) < wanted:
            return None
        order = np.argsort(~allowed, axis=1, kind="stable")[:, :depth]  # allowed ones first, in their order
        kept = np.take_along_axis(allowed, order, axis=1)
        scores, rows = np.take_along_axis(scores, order, axis=1), np.take_along_axis(rows, order, axis=1)
        return np.where(kept, scores, np.float32(-np.inf)), np.where(kept, rows, -1)

    def vectors(self, rows: Rows) -> Vectors:
        """Stored vectors of some passages: float32 (n_rows, dim)."""
        return self._view[rows]

    def all_vectors(self) -> Vectors:
        """Stored vectors of all passages, as they lie in FAISS: float32 (n_passages, dim), not to be written to."""
        return self._view

    def with_vectors(self, rows: Rows, vectors: Vectors) -> DenseIndex:
        """A copy of the index with the vectors of some passages replaced."""
        changed = self._view.copy()
        changed[rows] = vectors
        return DenseIndex.build(changed)

    def save(self, path: Path) -> None:
        """Write the index to one file."""
        faiss.write_index(self._index, str(path))

    @classmethod
    def load(cls, path: Path) -> DenseIndex:
        """Open an index that :meth:`save` wrote.

        The vectors are mapped, not read: opening takes no time, and all processes on a machine share one copy.

        Raises:
            ArtifactMismatch: the file is not such an index.
        """
        try:
            index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise ArtifactMismatch(f"{str(path)!r} is not a readable index ({error}): build it again") from error
        if not isinstance(index, faiss.IndexFlatIP):
            raise ArtifactMismatch(f"{str(path)!r} is {type(index).__name__}, expected IndexFlatIP: build it again")
        return cls(index)
