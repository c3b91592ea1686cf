"""Snapshot + delta: what one process searches.

A :class:`View` never changes; an update makes a new one that shares the snapshot, so a query that is under way goes
on with the rows it began with. Firms are numbered through: those of the snapshot first, then those of the delta.
"""

from __future__ import annotations

import dataclasses
import functools
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import chain, repeat

import numpy as np
from numpy.typing import NDArray

from matcher.encoding import CachedEncoder, Encoder
from matcher.facets import Facets, FirmFacets
from matcher.indexes.lexical import LexicalIndex
from matcher.indexes.phrases import Pair, pairs_of
from matcher.passages import firm_passages
from matcher.snapshot import FirmReading, FirmTerms, Snapshot, profile_words, unit
from matcher.terms import analyse
from matcher.translation import query_terms
from matcher.types import Firm, Passage


@dataclasses.dataclass(frozen=True, slots=True)
class Best:
    """What the best of all firms has of a project's queries: what scores are measured against.

    Attributes:
        bm25: float32 (n_queries,), at least a tiny number.
        phrases: weight of the whole text's phrases, at least a tiny number.
    """

    bm25: NDArray[np.float32]
    phrases: float


@dataclasses.dataclass(frozen=True)
class DeltaFirm:
    """A firm that changed after the snapshot.

    Attributes:
        firm: its record.
        passages: of its statements.
        vectors: float32 (n_passages, dim), zero where they have not arrived.
        known: bool (n_passages,), True where they have.
        terms: for BM25.
        pairs: neighbouring terms of its passages.
        facets: for filters.
        n_words: words of its profile.
    """

    firm: Firm
    passages: tuple[Passage, ...]
    vectors: NDArray[np.float32]
    known: NDArray[np.bool_]
    terms: FirmTerms
    pairs: frozenset[Pair]
    facets: FirmFacets
    n_words: int

    @classmethod
    def of(cls, firm: Firm, encoder: Encoder, *, words: int, words_only: bool) -> DeltaFirm:
        """Read a firm's passages; with ``words_only`` vectors come from the encoder's cache alone."""
        passages = tuple(firm_passages(firm, words=words))
        texts = [passage.text for passage in passages]
        if words_only:
            vectors, known = cached_vectors(texts, encoder)
        else:
            vectors, known = encoder.encode(texts), np.ones(len(texts), dtype=bool)
        terms, facets = FirmTerms.of(firm), FirmFacets.of(firm)
        pairs = pairs_of(analyse(text, terms.lang) for text in texts)
        return cls(firm, passages, vectors, known, terms, pairs, facets, profile_words(passages))

    @property
    def is_waiting(self) -> bool:
        """Whether a vector has still to arrive."""
        return not bool(self.known.all())

    def refreshed(self, encoder: Encoder) -> DeltaFirm:
        """This firm with the vectors that the encoder's cache holds now; itself when there is none that is new."""
        vectors, known = cached_vectors([passage.text for passage in self.passages], encoder)
        if int(known.sum()) <= int(self.known.sum()):
            return self
        return dataclasses.replace(self, vectors=vectors, known=known)


def cached_vectors(texts: Sequence[str], encoder: Encoder) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Vectors that are made already: float32 (n_texts, dim), zero where not, and bool (n_texts,), True where so."""
    stored = encoder.cached(texts) if isinstance(encoder, CachedEncoder) else {}
    vectors = np.zeros((len(texts), encoder.dim), dtype=np.float32)
    known = np.zeros(len(texts), dtype=bool)
    for row, text in enumerate(texts):
        if text in stored:
            vectors[row], known[row] = stored[text], True
    return vectors, known


@dataclasses.dataclass(frozen=True)
class View:
    """All firms as of one change number.

    Attributes:
        snapshot: the base.
        delta: firms changed since, sorted by id.
        late: what each term adds to the BM25 of a delta firm, by the snapshot's statistics; parallel to ``delta``.
        gone: bool (n_snapshot_firms,), True where a firm was replaced or deleted.
        change: change number of the newest row.
    """

    snapshot: Snapshot
    delta: tuple[DeltaFirm, ...]
    late: tuple[Mapping[str, float], ...]
    gone: NDArray[np.bool_]
    change: int

    @classmethod
    def of(cls, snapshot: Snapshot) -> View:
        """A view of the snapshot alone."""
        return cls(snapshot, (), (), np.zeros(len(snapshot.ids), dtype=bool), snapshot.change)

    def with_changes(self, changed: Sequence[DeltaFirm], deleted: Sequence[str], *, change: int) -> View:
        """A new view with some firms added, replaced or deleted."""
        rows = {item.firm.id: (item, late) for item, late in zip(self.delta, self.late, strict=True)}
        gone = self.gone.copy()
        for firm_id in [*(item.firm.id for item in changed), *deleted]:
            rows.pop(firm_id, None)
            position = self.snapshot.positions.get(firm_id)
            if position is not None:
                gone[position] = True
        weights = self.snapshot.lexical.weights
        rows.update((item.firm.id, (item, weights(item.terms.counts, item.terms.length))) for item in changed)
        ordered = [rows[key] for key in sorted(rows)]
        delta, late = tuple(item for item, _ in ordered), tuple(late for _, late in ordered)
        return View(self.snapshot, delta, late, gone, max(change, self.change))

    def with_arrived(self, encoder: Encoder) -> Snapshot:
        """The snapshot with vectors that have arrived in the encoder's cache; itself when there are none."""
        snapshot = self.snapshot
        rows = np.flatnonzero(~snapshot.embedded & ~self.gone[snapshot.owner])
        vectors, known = cached_vectors(_texts(snapshot, rows), encoder)
        return snapshot.with_vectors(rows[known], vectors[known]) if known.any() else snapshot

    def on(self, snapshot: Snapshot, encoder: Encoder) -> View:
        """This view on the same snapshot with more vectors, and those of its delta that have arrived."""
        delta = tuple(item.refreshed(encoder) if item.is_waiting else item for item in self.delta)
        if snapshot is self.snapshot and all(new is old for new, old in zip(delta, self.delta, strict=True)):
            return self
        return dataclasses.replace(self, snapshot=snapshot, delta=delta)

    def prepare(self) -> None:
        """Work out now what queries need of all firms, so that the first of them does not wait for it."""
        _ = self.facets, self.n_words, self.present, self.by_id, self.late_vectors, self.n_waiting, self.profiles

    @property
    def n_stored(self) -> int:
        """Positions of the snapshot; those of the delta come after."""
        return len(self.snapshot.ids)

    @functools.cached_property
    def facets(self) -> Facets:
        """What filters read, for every firm by position."""
        return self.snapshot.facets.followed_by(Facets.joined([item.facets for item in self.delta]))

    @functools.cached_property
    def n_words(self) -> NDArray[np.int32]:
        """int32 (n_positions,): words of each profile, certificates left out."""
        late = np.asarray([item.n_words for item in self.delta], dtype=np.int32)
        return np.concatenate([self.snapshot.n_words, late])

    @functools.cached_property
    def profiles(self) -> NDArray[np.float32]:
        """float32 (n_positions, dim): mean of each firm's passage vectors at length 1, zero without any."""
        if not self.delta:
            return self.snapshot.profiles
        late = np.stack([item.vectors.sum(axis=0) for item in self.delta]).astype(np.float32)
        return np.concatenate([self.snapshot.profiles, unit(late)])

    @functools.cached_property
    def present(self) -> NDArray[np.bool_]:
        """Bool (n_positions,): False where a snapshot's firm was replaced or deleted."""
        return np.concatenate([~self.gone, np.ones(len(self.delta), dtype=bool)])

    @functools.cached_property
    def by_id(self) -> NDArray[np.int64]:
        """int64 (n_positions,): sorting positions by this, then by position, sorts them by id."""
        # A stored firm has an odd number, and a delta firm the even one just before the next stored id.
        late = [2 * bisect_left(self.snapshot.ids, item.firm.id) for item in self.delta]
        return np.concatenate([2 * np.arange(self.n_stored) + 1, np.asarray(late, dtype=np.int64)])

    @property
    def n_positions(self) -> int:
        """Positions of firms, those that are gone included."""
        return self.n_stored + len(self.delta)

    @property
    def n_firms(self) -> int:
        """Firms that are there."""
        return int(np.count_nonzero(self.present))

    @functools.cached_property
    def n_waiting(self) -> int:
        """Firms that are found by words only, some of their vectors not yet made."""
        stored = int(np.count_nonzero(~self.gone[self.snapshot.waiting]))
        return stored + sum(item.is_waiting for item in self.delta)

    def firm(self, position: int) -> Firm:
        """The firm at a position."""
        base = self.n_stored
        return self.snapshot.firms[position] if position < base else self.delta[position - base].firm

    def firm_id(self, position: int) -> str:
        """Id of the firm at a position."""
        base = self.n_stored
        return self.snapshot.ids[position] if position < base else self.delta[position - base].firm.id

    @functools.cached_property
    def _late_positions(self) -> dict[str, int]:
        return {item.firm.id: self.n_stored + i for i, item in enumerate(self.delta)}

    def position(self, firm_id: str) -> int | None:
        """Where a firm stands, or None."""
        late = self._late_positions.get(firm_id)
        if late is not None:
            return late
        position = self.snapshot.positions.get(firm_id)
        return None if position is None or self.gone[position] else position

    def reading(self, position: int) -> FirmReading:
        """The firm at a position as reasons are taken from it."""
        base = self.n_stored
        if position < base:
            return self.snapshot.reading(position)
        item = self.delta[position - base]
        return FirmReading.of(item.firm, item.passages, item.terms)

    def n_passages(self, position: int) -> int:
        """How many passages the firm at a position has."""
        base = self.n_stored
        if position >= base:
            return len(self.delta[position - base].passages)
        return int(self.snapshot.first[position + 1] - self.snapshot.first[position])

    def vectors(self, position: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Vectors of a firm's passages, and which of them have arrived.

        Returns:
            float32 (n_passages, dim), zero where not arrived; bool (n_passages,).
        """
        base = self.n_stored
        if position >= base:
            return self.delta[position - base].vectors, self.delta[position - base].known
        rows = self.snapshot.rows(position)
        return self.snapshot.dense.all_vectors()[rows], self.snapshot.embedded[rows]

    @functools.cached_property
    def late_vectors(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Vectors of the delta that have arrived, and the place in the delta of the firm of each, ascending.

        Returns:
            float32 (n_vectors, dim) and int64 (n_vectors,).
        """
        if not self.delta:
            return np.zeros((0, self.snapshot.dense.dim), dtype=np.float32), np.zeros(0, dtype=np.int64)
        owner = np.repeat(np.arange(len(self.delta)), [len(item.passages) for item in self.delta])
        known = np.concatenate([item.known for item in self.delta])
        return np.concatenate([item.vectors for item in self.delta])[known], owner[known]

    def bm25(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """BM25 of every position by the snapshot's statistics: float32 (n_queries, n_positions)."""
        lexical, n_stored = self.snapshot.lexical, self.n_stored
        rows = self.snapshot.memo.get(
            [("words", text) for text in texts],
            lambda missing: [(lexical.scores(texts[i]),) for i in missing],
        )
        found = np.zeros((len(texts), self.n_positions), dtype=np.float32)
        for row, (scores,) in zip(found, rows, strict=True):
            row[:n_stored] = scores
        found[:, n_stored:] = self._late_bm25(texts)
        return found

    def best_bm25(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Best BM25 of any firm for each query: float32 (n_queries,), at least a tiny number."""
        lexical = self.snapshot.lexical
        tops = self.snapshot.memo.get(
            [("best words", text) for text in texts],
            lambda missing: [_best_few(lexical.scores(texts[i])) for i in missing],
        )
        best = np.full(len(texts), 1e-9, dtype=np.float32)
        for i, (positions, scores) in enumerate(tops):
            there = scores[~self.gone[positions]]
            if len(there) or len(positions) == self.n_stored:
                best[i] = there.max(initial=best[i])
            else:  # all of the best few were replaced or deleted since
                best[i] = lexical.scores(texts[i])[~self.gone].max(initial=best[i])
        for i, late in enumerate(self._late_bm25(texts)):
            best[i] = late.max(initial=best[i])
        return best

    def phrases(self, text: str) -> NDArray[np.float64]:
        """How far each firm says the words of a text side by side: float64 (n_positions,), weights summed."""
        lexical, snapshot = self.snapshot.lexical, self.snapshot

        def score(_: list[int]) -> list[tuple[NDArray[np.float64]]]:
            english, french = (
                snapshot.phrases.scores(phrase_weights(text, lang, lexical), lexical.numbers) for lang in ("en", "fr")
            )
            return [(np.where(lexical.french, french, english),)]

        ((stored,),) = snapshot.memo.get([("phrases", text)], score)
        if not self.delta:
            return stored
        langs = {item.terms.lang for item in self.delta}
        weights = {lang: phrase_weights(text, lang, lexical) for lang in langs}
        late = [
            sum(weight for pair, weight in weights[item.terms.lang].items() if pair in item.pairs)
            for item in self.delta
        ]
        return np.concatenate([stored, np.asarray(late, dtype=np.float64)])

    def best(self, texts: Sequence[str]) -> Best:
        """What the best firm has of some queries, the first of which is the whole text."""
        return Best(self.best_bm25(texts), self.best_phrases(texts[0]))

    def best_phrases(self, text: str) -> float:
        """The most of any firm, at least a tiny number."""
        return float(self.phrases(text)[self.present].max(initial=1e-9))

    def _late_bm25(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """BM25 of the delta's firms: float32 (n_queries, n_delta)."""
        found = np.zeros((len(texts), len(self.delta)), dtype=np.float32)
        for lang in ("en", "fr"):
            columns = [i for i, item in enumerate(self.delta) if item.terms.lang == lang]
            if columns:
                late = [self.late[i] for i in columns]
                found[:, columns] = _sums([query_terms(text)[lang] for text in texts], late)
        return found


def phrase_weights(text: str, lang: str, lexical: LexicalIndex) -> dict[Pair, float]:
    """Neighbouring terms of a text, each with the sum of its terms' inverse document frequencies."""
    terms = analyse(text, lang)
    pairs = dict.fromkeys(zip(terms, terms[1:], strict=False))
    return {(a, b): lexical.idf(a) + lexical.idf(b) for a, b in pairs}


def _best_few(scores: NDArray[np.float32], n_few: int = 16) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    if len(scores) <= n_few:
        return np.arange(len(scores)), scores
    places = np.argpartition(scores, -n_few)[-n_few:]
    return places, scores[places]


def _sums(queries: Sequence[Mapping[str, float]], firms: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
    """For each query and firm, the sum of the firm's weights of the query's terms: (n_queries, n_firms)."""
    terms = list(dict.fromkeys(term for query in queries for term in query))
    column = {term: i for i, term in enumerate(terms)}
    times = np.zeros((len(queries), len(terms)))
    for row, query in zip(times, queries, strict=True):
        for term, weight in query.items():
            row[column[term]] = weight
    values = chain.from_iterable(map(firm.get, terms, repeat(0.0)) for firm in firms)
    weights = np.fromiter(values, dtype=np.float64, count=len(firms) * len(terms))
    return times @ weights.reshape(len(firms), len(terms)).T


def _texts(snapshot: Snapshot, rows: NDArray[np.int64]) -> list[str]:
    """Texts of some passages of a snapshot, by their rows, ascending."""
    texts: list[str] = []
    for position in np.unique(snapshot.owner[rows]):
        firm = snapshot.firms[int(position)]
        own = rows[
            np.searchsorted(rows, snapshot.first[position]) : np.searchsorted(rows, snapshot.first[position + 1])
        ]
        for row in own:
            statement = firm.statements[snapshot.statement[row]]
            texts.append(statement.text[int(snapshot.start[row]) : int(snapshot.end[row])])
    return texts
