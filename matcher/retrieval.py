"""Queries → candidates with their raw inputs, exact for every candidate.

Candidates by vectors are found in one of two ways with one answer. Where few passages may be found, one matrix
product gives the similarity of each of them with every query, and that is all there is to compute; for a small index
it is kept for the next search of the same project. Where there are many, FAISS finds the nearest passages of each
query first, and similarities are computed for the firms found.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.config import MatchConfig
from matcher.encoding import Encoder
from matcher.facets import FAILS, NOT_STATED, outcomes
from matcher.features import thing_match
from matcher.live import Best, View
from matcher.needs import PLANT_NEEDS, project_text, project_things
from matcher.places import Place
from matcher.translation import query_terms
from matcher.types import Filters, Need, Project, Removed, UnknownPolicy

Floats = NDArray[np.float32]
Positions = NDArray[np.int64]
Mask = NDArray[np.bool_]
# Most passages that one product is made with. It decides how long a search takes, not what it finds.
FEW_PASSAGES = 65_536
# Nearest passages of a query that are kept for its next search.
N_KEPT = 4_096


@dataclass(frozen=True)
class Queries:
    """What one project asks: query 0 is its whole text, query i + 1 its need i, the last what any plant needs.

    Attributes:
        texts: words of each query.
        needs: the needs, parallel to ``texts[1:]``; after them come ``PLANT_NEEDS``, which are compared with the
            candidates that the others find.
        vectors: float32 (n_queries, dim).
        things: concepts that the project's text names, to be counted in each firm.
    """

    texts: tuple[str, ...]
    needs: tuple[Need, ...]
    vectors: Floats
    things: frozenset[str] = frozenset()

    @classmethod
    def of(cls, project: Project, needs: Sequence[Need], encoder: Encoder) -> Queries:
        """Encode a project's whole text and each need."""
        texts = cls.texts_of(project_text(project), needs)
        return cls(texts, tuple(needs), encoder.encode(texts), project_things(project))

    @staticmethod
    def texts_of(whole: str, needs: Sequence[Need]) -> tuple[str, ...]:
        """Words of each query of a project."""
        return (whole, *(need.text for need in needs), *PLANT_NEEDS)

    @property
    def n_own(self) -> int:
        """Queries of the project itself: they come first."""
        return 1 + len(self.needs)

    @functools.cached_property
    def own(self) -> Queries:
        """The project's own queries alone."""
        return Queries(self.texts[: self.n_own], self.needs, self.vectors[: self.n_own])

    @property
    def n_words(self) -> int:
        """Words of the whole text."""
        return len(self.texts[0].split())

    @functools.cached_property
    def terms(self) -> tuple[dict[str, dict[str, float]], ...]:
        """Terms of each query with their weights, by language of the firms."""
        return tuple(query_terms(text) for text in self.texts)


@dataclass(frozen=True)
class Candidates:
    """Firms found, with the inputs of their score.

    Attributes:
        positions: int64 (n_candidates,), ascending, so by firm id within a snapshot.
        bm25: float32 (n_queries, n_candidates), as BM25 gives it.
        best_bm25: float32 (n_queries,), the best of any firm, filtered out or not; at least a tiny number.
        similarity: float32 (n_queries, n_candidates), the best passage's cosine; 0 without passages or vectors.
        known: bool (n_candidates,), whether there is a vector to be like.
    """

    positions: Positions
    bm25: Floats
    best_bm25: Floats
    similarity: Floats
    known: Mask

    @classmethod
    def of(cls, positions: Positions, bm25: Floats, best_bm25: Floats, best: Floats) -> Candidates:
        """Candidates from similarities that are -inf where there is no vector."""
        return cls(positions, bm25, best_bm25, _or_zero(best), np.logical_and.reduce(np.isfinite(best), axis=0))


def retrieve(
    view: View,
    queries: Queries,
    eligible: NDArray[np.bool_],
    *,
    depth: int,
    passages_per_firm: int,
    few_passages: int = FEW_PASSAGES,
) -> Candidates:
    """Find candidates by words and by vectors, filters first, and score each exactly.

    Args:
        view: what is searched.
        queries: from the project; its own queries find, and all are scored.
        eligible: bool (n_positions,), firms that may be found.
        depth: firms that each of BM25 and the passage index brings, for each query.
        passages_per_firm: passages read per firm wanted.
        few_passages: most passages that are compared all at once.

    Returns:
        The union of all that were found. Where no more than ``depth`` firms are eligible, all of them.
    """
    bm25, best = view.bm25(queries.texts), view.best_bm25(queries.texts)
    allowed = np.flatnonzero(eligible)
    if len(allowed) <= depth:
        return Candidates.of(allowed, bm25[:, allowed], best, _best_passages(view, queries.vectors, allowed))
    found = np.zeros(view.n_positions, dtype=bool)
    found[view.n_stored :] = eligible[view.n_stored :]  # firms that came late are few: all are scored
    for scores in bm25[: queries.n_own, allowed]:
        found[allowed[_top(scores, depth, scores > 0)]] = True
    stored = allowed[allowed < view.n_stored]
    n_nearest = depth * passages_per_firm
    if int(np.diff(view.snapshot.first)[stored].sum()) > few_passages:
        _find_by_index(view, queries.own, eligible, found, depth, n_nearest)
        positions = np.flatnonzero(found)
        nearest = _best_passages(view, queries.vectors, positions)
        return Candidates.of(positions, bm25[:, positions], best, nearest)
    pooled, least = _nearness(view, queries, stored, n_nearest, few_passages)
    for likeness, edge in list(zip(pooled, least, strict=True))[: queries.n_own]:
        found[stored[_top(likeness, depth, np.isfinite(likeness) & (likeness >= edge))]] = True
    positions = np.flatnonzero(found)
    early = positions[positions < view.n_stored]
    late = _late_similarities(view, queries.vectors, positions[len(early) :])
    similarity = np.concatenate([pooled[:, np.searchsorted(stored, early)], late], axis=1)
    return Candidates.of(positions, bm25[:, positions], best, similarity)


def _top(scores: Floats, depth: int, allowed: NDArray[np.bool_]) -> Positions:
    """Places of the ``depth`` highest of the allowed scores, of equal ones the first; in no order."""
    places = np.flatnonzero(allowed)
    if len(places) <= depth:
        return places
    chosen = scores[places]
    edge = np.partition(chosen, -depth)[-depth]
    above = places[chosen > edge]
    return np.concatenate([above, places[chosen == edge][: depth - len(above)]])


def _find_by_index(view: View, queries: Queries, eligible: Mask, found: Mask, depth: int, n_nearest: int) -> None:
    """Mark the firms of the nearest passages of each query, at most ``depth`` firms a query."""
    owner = view.snapshot.owner
    for rows in _nearest_rows(view, queries, eligible[owner] & view.snapshot.embedded, n_nearest):
        owners = owner[rows[rows >= 0]]
        _, first = np.unique(owners, return_index=True)
        found[owners[np.sort(first)[:depth]]] = True


def _nearest_rows(view: View, queries: Queries, mask: Mask, n_nearest: int) -> Sequence[Positions]:
    """Rows of the nearest passages of each query that a mask leaves, best first; -1 where there are no more."""
    dense, embedded = view.snapshot.dense, view.snapshot.embedded
    n_left = _count(mask)
    # What a mask leaves of the nearest of all is kept for the next search, where it is likely to be enough.
    if n_left >= n_nearest and N_KEPT * n_left > 1.5 * n_nearest * len(mask):
        everyone = None if embedded.all() else embedded
        kept = view.snapshot.memo.get(
            [("nearest", text) for text in queries.texts],
            lambda missing: [
                (rows.astype(np.int32),) for rows in dense.search(queries.vectors[missing], N_KEPT, everyone)[1]
            ],
        )
        left = [rows[mask[rows] & (rows >= 0)][:n_nearest] for (rows,) in kept]
        if all(len(rows) == n_nearest for rows in left):
            return left
    return list(dense.search(queries.vectors, n_nearest, None if mask.all() else mask)[1])


def _nearness(
    view: View, queries: Queries, stored: Positions, n_nearest: int, few_passages: int
) -> tuple[Floats, Floats]:
    """Similarity of each query with some firms of the snapshot.

    Returns:
        float32 (n_queries, n_stored), the best passage of each firm, -inf for a firm without vectors; float32
        (n_queries,), similarity of the last of the ``n_nearest`` nearest of these firms' passages, -inf if there
        are no more than that.
    """
    snapshot = view.snapshot
    keys = [("likeness", text) for text in queries.texts]
    n_rows = int(np.diff(snapshot.first)[stored].sum())
    is_wide = 2 * n_rows >= snapshot.n_passages
    if snapshot.n_passages <= few_passages and (is_wide or snapshot.memo.has(keys)):
        kept = snapshot.memo.get(keys, lambda missing: _likeness_of_all(view, queries.vectors[missing]))
        among = np.zeros(view.n_stored, dtype=bool)
        among[stored] = True
        edges = [_edge(scores, owners, among, n_nearest, n_rows) for _, scores, owners in kept]
        if None not in edges:
            return np.stack([likeness for likeness, *_ in kept])[:, stored], np.asarray(edges, dtype=np.float32)
    scores, counts = _passage_scores(view, queries.vectors, stored)
    least = np.full(len(queries.texts), -np.inf, dtype=np.float32)
    if len(scores) > n_nearest:
        least = np.partition(np.ascontiguousarray(scores.T), -n_nearest, axis=1)[:, -n_nearest]
    return _pooled(scores, counts), least


def _likeness_of_all(view: View, vectors: Floats) -> list[tuple[Floats, Floats, NDArray[np.int32]]]:
    """For each query, every firm's best passage, and similarities and firms of the nearest passages, best first."""
    scores, counts = _passage_scores(view, vectors, np.arange(view.n_stored))
    owners = view.snapshot.owner[view.snapshot.embedded]
    found = []
    for column, likeness in zip(np.ascontiguousarray(scores.T), _pooled(scores, counts), strict=True):
        nearest = np.argpartition(column, -N_KEPT)[-N_KEPT:] if len(column) > N_KEPT else np.arange(len(column))
        nearest = nearest[np.argsort(-column[nearest])]
        found.append((likeness.copy(), column[nearest], owners[nearest]))
    return found


def _edge(
    scores: Floats, owners: NDArray[np.int32], among: NDArray[np.bool_], n_nearest: int, n_rows: int
) -> float | None:
    """Similarity of the last of the nearest passages of some firms, or None if too few are kept to tell."""
    there = scores[among[owners]]
    if len(there) >= n_nearest:
        return float(there[n_nearest - 1])
    return -np.inf if n_rows <= n_nearest or len(scores) < N_KEPT else None


def similarities(view: View, vectors: Floats, positions: Positions) -> Floats:
    """Cosine of each query with the best passage of each firm; 0 for a firm without passages or vectors.

    Args:
        view: what is searched.
        vectors: float32 (n_queries, dim).
        positions: of firms, ascending.

    Returns:
        float32 (n_queries, n_positions).
    """
    return _or_zero(_best_passages(view, vectors, positions))


def _best_passages(view: View, vectors: Floats, positions: Positions) -> Floats:
    """The same, -inf for a firm without passages or vectors."""
    early = positions[positions < view.n_stored]
    stored = _pooled(*_passage_scores(view, vectors, early))
    return np.concatenate([stored, _late_similarities(view, vectors, positions[len(early) :])], axis=1)


def _passage_scores(view: View, vectors: Floats, positions: Positions) -> tuple[Floats, Positions]:
    """Similarity of each query with each passage of some firms of the snapshot that has a vector.

    Returns:
        float32 (n_rows, n_queries), firm by firm; int64 (n_positions,), how many rows each firm has.
    """
    snapshot = view.snapshot
    counts = np.diff(snapshot.first)[positions]
    starts = np.cumsum(counts) - counts
    rows = np.arange(int(counts.sum())) - np.repeat(starts - snapshot.first[positions], counts)
    known = snapshot.embedded[rows]
    if not known.all():
        owners = np.repeat(np.arange(len(positions)), counts)
        rows, counts = rows[known], np.bincount(owners[known], minlength=len(positions))
    everything = snapshot.dense.all_vectors()
    if 2 * len(rows) > len(everything):  # cheaper than to copy most of them first
        scores = everything @ vectors.T
        return (scores if len(rows) == len(everything) else scores[rows]), counts
    return everything[rows] @ vectors.T, counts


def _pooled(scores: Floats, counts: Positions) -> Floats:
    """Best score of each firm: float32 (n_queries, n_firms), -inf for a firm without rows."""
    pooled = np.full((scores.shape[1], len(counts)), -np.inf, dtype=np.float32)
    some = counts > 0
    if some.any():
        starts = np.cumsum(counts) - counts
        pooled[:, some] = np.maximum.reduceat(scores, starts[some], axis=0).T
    return pooled


def _late_similarities(view: View, vectors: Floats, positions: Positions) -> Floats:
    """Best similarity of firms of the delta: float32 (n_queries, n_positions), -inf without vectors."""
    if not len(positions):
        return np.zeros((len(vectors), 0), dtype=np.float32)
    rows, owner = view.late_vectors
    counts = np.bincount(owner, minlength=len(view.delta))
    return _pooled(rows @ vectors.T, counts)[:, positions - view.n_stored]


def _or_zero(similarity: Floats) -> Floats:
    return np.where(np.isneginf(similarity), np.float32(0), similarity)


@dataclass(frozen=True)
class Search:
    """What one project's search found, before firms are shown.

    Attributes:
        view: what was searched.
        project: what it was for.
        queries: from the project.
        candidates: firms found, with the inputs of their score.
        eligible: bool (n_positions,), firms that pass every filter.
        asked: bool (n_positions,), firms that fail none but do not state what one asks.
        silent: by filter, bool (n_positions,), firms that do not state what it asks.
        removed: counts by filter, in the order they ran.
        already_in: ids of lead, participants and their group companies, sorted.
        origin: place that distances count from.
    """

    view: View
    project: Project
    queries: Queries
    candidates: Candidates
    eligible: Mask
    asked: Mask
    silent: tuple[tuple[str, Mask], ...]
    removed: tuple[Removed, ...]
    already_in: tuple[str, ...]
    origin: Place | None

    @functools.cached_property
    def things(self) -> NDArray[np.float64]:
        """float64 (n_candidates,), how far each candidate names the things that the project names."""
        named, positions = self.view.facets.things, self.candidates.positions
        return thing_match(named.counts(self.queries.things)[positions], named.n_labels[positions])

    @functools.cached_property
    def phrases(self) -> NDArray[np.float64]:
        """float64 (n_candidates,), how far words of the whole text stand side by side in each; 1 for the best firm."""
        return self.view.phrases(self.queries.texts[0])[self.candidates.positions] / self.best.phrases

    @functools.cached_property
    def best(self) -> Best:
        """What the best of all firms has."""
        return Best(self.candidates.best_bm25, self.view.best_phrases(self.queries.texts[0]))

    @functools.cached_property
    def profile(self) -> NDArray[np.float64]:
        """float64 (n_candidates,), cosine of the whole text with the mean of each candidate's passages."""
        found: NDArray[np.float64] = self.view.profiles[self.candidates.positions] @ self.queries.vectors[0]
        return found.astype(np.float64)

    def missing(self, position: int) -> tuple[str, ...]:
        """Filters whose fact a firm does not state."""
        return tuple(name for name, asks in self.silent if asks[position])

    def ranked(self, logit: NDArray[np.float64], group: Mask) -> Positions:
        """Columns of a group's candidates, best first, ties by id.

        Args:
            logit: float64 (n_candidates,).
            group: bool (n_positions,), who is ranked.
        """
        positions = self.candidates.positions
        columns = np.flatnonzero(group[positions])
        # lexsort is stable: firms of the delta between two stored ones stand in the order of their ids.
        return columns[np.lexsort((self.view.by_id[positions[columns]], -logit[columns]))]


def search_view(
    view: View,
    project: Project,
    queries: Queries,
    filters: Filters,
    *,
    origin: Place | None,
    config: MatchConfig,
    depth: int | None = None,
    leave_out_already_in: bool = True,
    leave_out: Collection[str] = (),
    must_hold: int | None = None,
) -> Search:
    """Filter firms and find candidates among those that are left.

    Args:
        view: what is searched.
        project: what it is for.
        queries: from the project.
        filters: what firms must meet.
        origin: place that distances count from.
        config: numbers of the ranking.
        depth: firms that each retriever brings for one query; None is the configured number.
        leave_out_already_in: False only in evaluation, where participants are the answers.
        leave_out: ids of firms that are not to be found; counted as ``left_out`` when there are any.
        must_hold: position of a firm that is wanted among the candidates, however weak, if it passes.

    Raises:
        ValueError: a filter that makes no sense.
    """
    inside = already_in(view, project) if leave_out_already_in else np.zeros(0, dtype=np.int64)
    allowed = view.present & (view.facets.candidate >= 1)
    if not filters.associations:
        allowed &= view.facets.candidate != 2
    removed = [Removed("not_a_candidate", _count(view.present & ~allowed), 0)]
    allowed[inside] = False
    removed.append(Removed("already_in", len(inside), 0))
    if leave_out:
        n_allowed = _count(allowed)
        positions = [position for key in leave_out if (position := view.position(key)) is not None]
        allowed[np.asarray(positions, dtype=np.int64)] = False
        removed.append(Removed("left_out", n_allowed - _count(allowed), 0))
    passed, unknown = allowed, np.zeros(view.n_positions, dtype=bool)
    silent: list[tuple[str, Mask]] = []
    for name, outcome in outcomes(view.facets, filters, origin):
        before, passed = passed, passed & (outcome != FAILS)
        asks = passed & (outcome == NOT_STATED)
        unknown |= asks
        silent.append((name, asks))
        removed.append(Removed(name, _count(before) - _count(passed), _count(asks)))
    eligible, asked = passed & ~unknown, passed & unknown
    if filters.unknown is UnknownPolicy.EXCLUDE:
        asked = np.zeros_like(asked)
    wanted, n_passages = eligible | asked, config.passages_per_firm
    candidates = retrieve(view, queries, wanted, depth=depth or config.depth, passages_per_firm=n_passages)
    if must_hold is not None and wanted[must_hold] and must_hold not in candidates.positions:
        candidates = retrieve(view, queries, wanted, depth=view.n_positions, passages_per_firm=n_passages)
    ids = tuple(sorted(view.firm_id(int(p)) for p in inside))
    return Search(view, project, queries, candidates, eligible, asked, tuple(silent), tuple(removed), ids, origin)


def already_in(view: View, project: Project) -> Positions:
    """Positions of lead, participants and their group companies: same group, same website or same name."""
    if not project.already_in:
        return np.zeros(0, dtype=np.int64)
    positions = {firm_id: view.position(firm_id) for firm_id in project.already_in}
    known = [position for position in positions.values() if position is not None]
    kin = view.facets.kin_of(known, [firm_id for firm_id, position in positions.items() if position is None])
    inside = np.zeros(view.n_positions, dtype=bool)
    inside[kin] = inside[known] = True
    return np.flatnonzero(inside & view.present)


def _count(mask: Mask) -> int:
    return int(np.count_nonzero(mask))
