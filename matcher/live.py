"""Snapshot + delta: what one process searches.

A :class:`View` never changes; an update makes a new one that shares the snapshot, so a query that is under way goes
on with the rows it began with. Firms are numbered through: those of the snapshot first, then those of the delta.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.encoding import CachedEncoder, Encoder
from matcher.facets import Facets
from matcher.passages import firm_passages
from matcher.snapshot import FirmTerms, Snapshot
from matcher.types import Firm, Passage


@dataclasses.dataclass(frozen=True)
class DeltaFirm:
    """A firm that changed after the snapshot.

    ``vectors`` is float32 (n_passages, dim); rows are zero and ``embedded`` is False until they have arrived.
    """

    firm: Firm
    passages: tuple[Passage, ...]
    vectors: NDArray[np.float32]
    embedded: bool
    terms: FirmTerms

    @classmethod
    def of(cls, firm: Firm, encoder: Encoder, *, words: int, words_only: bool) -> DeltaFirm:
        """Read a firm's passages; with ``words_only`` vectors come from the encoder's cache alone."""
        passages = tuple(firm_passages(firm, words=words))
        texts = [passage.text for passage in passages]
        if not words_only:
            return cls(firm, passages, encoder.encode(texts), True, FirmTerms.of(firm))
        known = encoder.cached(texts) if isinstance(encoder, CachedEncoder) else {}
        vectors = np.zeros((len(texts), encoder.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            if text in known:
                vectors[row] = known[text]
        return cls(firm, passages, vectors, all(text in known for text in texts), FirmTerms.of(firm))


@dataclasses.dataclass(frozen=True)
class View:
    """All firms as of one change number.

    Attributes:
        snapshot: the base.
        delta: firms changed since, sorted by id.
        gone: bool (n_snapshot_firms,), True where a firm was replaced or deleted.
        change: change number of the newest row.
    """

    snapshot: Snapshot
    delta: tuple[DeltaFirm, ...]
    gone: NDArray[np.bool_]
    change: int

    @classmethod
    def of(cls, snapshot: Snapshot) -> View:
        """A view of the snapshot alone."""
        return cls(snapshot, (), np.zeros(len(snapshot.firms), dtype=bool), snapshot.change)

    def with_changes(self, changed: Sequence[DeltaFirm], deleted: Sequence[str], *, change: int) -> View:
        """A new view with some firms added, replaced or deleted."""
        delta = {item.firm.id: item for item in self.delta}
        gone = self.gone.copy()
        for firm_id in [*(item.firm.id for item in changed), *deleted]:
            delta.pop(firm_id, None)
            position = self._snapshot_positions.get(firm_id)
            if position is not None:
                gone[position] = True
        delta.update((item.firm.id, item) for item in changed)
        view = View(self.snapshot, tuple(delta[key] for key in sorted(delta)), gone, max(change, self.change))
        # The table of the snapshot's ids and facets is the same object in every view of it.
        view.__dict__["_snapshot_positions"] = self._snapshot_positions
        view.__dict__["_snapshot_facets"] = self._snapshot_facets
        return view

    @functools.cached_property
    def _snapshot_positions(self) -> dict[str, int]:
        return {firm.id: i for i, firm in enumerate(self.snapshot.firms)}

    @functools.cached_property
    def _snapshot_facets(self) -> Facets:
        return Facets.of(self.snapshot.firms)

    @functools.cached_property
    def facets(self) -> Facets:
        """What filters read, for every firm by position."""
        return self._snapshot_facets.followed_by(Facets.of([item.firm for item in self.delta]))

    @functools.cached_property
    def present(self) -> NDArray[np.bool_]:
        """Bool (n_positions,): False where a snapshot's firm was replaced or deleted."""
        return np.concatenate([~self.gone, np.ones(len(self.delta), dtype=bool)])

    @property
    def n_positions(self) -> int:
        """Positions of firms, those that are gone included."""
        return len(self.snapshot.firms) + len(self.delta)

    @property
    def n_firms(self) -> int:
        """Firms that are there."""
        return int(self.present.sum())

    @functools.cached_property
    def n_waiting(self) -> int:
        """Firms that are found by words only, their vectors not yet made."""
        rows = np.flatnonzero(~self.snapshot.embedded)
        owners = np.searchsorted(self.snapshot.first, rows, side="right") - 1
        waiting = {int(i) for i in owners if not self.gone[i]}
        return len(waiting) + sum(not item.embedded for item in self.delta)

    def firm(self, position: int) -> Firm:
        """The firm at a position."""
        base = len(self.snapshot.firms)
        return self.snapshot.firms[position] if position < base else self.delta[position - base].firm

    def position(self, firm_id: str) -> int | None:
        """Where a firm stands, or None."""
        for i, item in enumerate(self.delta):
            if item.firm.id == firm_id:
                return len(self.snapshot.firms) + i
        position = self._snapshot_positions.get(firm_id)
        return None if position is None or self.gone[position] else position

    def passages(self, position: int) -> Sequence[Passage]:
        """Passages of the firm at a position."""
        base = len(self.snapshot.firms)
        return self.snapshot.passages(position) if position < base else self.delta[position - base].passages

    def vectors(self, position: int) -> NDArray[np.float32]:
        """Vectors of a firm's passages: float32 (n_passages, dim)."""
        base = len(self.snapshot.firms)
        if position >= base:
            return self.delta[position - base].vectors
        first, last = self.snapshot.first[position], self.snapshot.first[position + 1]
        return self.snapshot.dense.vectors(np.arange(first, last, dtype=np.int64))

    def terms(self, position: int) -> FirmTerms:
        """Terms of the firm at a position."""
        base = len(self.snapshot.firms)
        return FirmTerms.of(self.firm(position)) if position < base else self.delta[position - base].terms

    def bm25(self, text: str) -> NDArray[np.float32]:
        """BM25 of every position by the snapshot's statistics: float32 (n_positions,)."""
        lexical = self.snapshot.lexical
        base = lexical.scores(text)
        if not self.delta:
            return base
        terms = lexical.query_terms(text)
        late = [
            lexical.score_counts(terms[item.terms.lang], item.terms.counts, item.terms.length) for item in self.delta
        ]
        return np.concatenate([base, np.asarray(late, dtype=np.float32)])
