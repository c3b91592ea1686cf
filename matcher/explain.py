"""Reasons as data, computed from the scorer's own inputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.config import MatchConfig
from matcher.indexes.lexical import LexicalIndex, analyse, term_spans
from matcher.live import View
from matcher.retrieval import Queries
from matcher.scoring import score_firms
from matcher.types import Evidence, Need, NeedMatch, NeedRole, NeedState, Passage, Role, StatementKind


@dataclass(frozen=True)
class FirmInputs:
    """One firm's inputs, taken apart by passage, so that a score without one of them can be computed.

    Attributes:
        terms: of the firm's whole text, and of each passage.
        similarity: float32 (n_queries, n_passages).
    """

    view: View
    position: int
    passages: tuple[Passage, ...]
    lang: str
    counts: Counter[str]
    passage_terms: tuple[list[str], ...]
    similarity: NDArray[np.float32]

    @classmethod
    def of(cls, view: View, position: int, queries: Queries) -> FirmInputs:
        """Read one firm."""
        passages = tuple(view.passages(position))
        terms = view.terms(position)
        vectors = view.vectors(position)
        similarity = queries.vectors @ vectors.T if len(passages) else np.zeros((len(queries.texts), 0), np.float32)
        per_passage = tuple(analyse(p.text, terms.lang) for p in passages)
        return cls(view, position, passages, terms.lang, terms.counts, per_passage, similarity)


class Explainer:
    """Explains matches of one project: holds what all firms' explanations share."""

    def __init__(
        self, view: View, queries: Queries, best_bm25: NDArray[np.float32], role: Role, config: MatchConfig
    ) -> None:
        """Take the queries and the numbers that the ranking used."""
        self._view, self._queries, self._best = view, queries, best_bm25
        self._role, self._config = role, config
        self._lexical: LexicalIndex = view.snapshot.lexical
        self._terms = [self._lexical.query_terms(text) for text in queries.texts]

    def logit(self, inputs: FirmInputs, *, without: int | None = None) -> float:
        """The firm's logit, with one passage masked from words and vectors if asked."""
        counts = inputs.counts
        similarity = inputs.similarity
        if without is not None:
            counts = Counter(counts)
            counts.subtract(Counter(inputs.passage_terms[without]))
            similarity = np.delete(similarity, without, axis=1)
        length = sum(counts.values())
        words = np.asarray([self._lexical.score_counts(terms[inputs.lang], counts, length) for terms in self._terms])
        best = similarity.max(axis=1) if similarity.shape[1] else np.zeros(len(words))
        activity = self._view.facets.activity[inputs.position : inputs.position + 1]
        scores = score_firms(
            (words / self._best)[:, None],
            best[:, None],
            activity,
            self._queries.needs,
            self._role,
            self._config,
        )
        return float(scores.logit[0])

    def needs(self, inputs: FirmInputs) -> tuple[NeedMatch, ...]:
        """What the firm's profile says of each need of the role, with quotes."""
        cache: dict[int, float] = {}
        return tuple(
            self._need(inputs, i, need, cache)
            for i, need in enumerate(self._queries.needs)
            if need.role in (NeedRole.EITHER, NeedRole(self._role.value))
        )

    def nearest(self, inputs: FirmInputs) -> Evidence | None:
        """The passage nearest to the whole project, whether or not it is a reason."""
        if not inputs.passages:
            return None
        row = int(np.argmax(inputs.similarity[0]))
        return self._evidence(inputs, row, 0, self._shared(inputs, row, 0)[0], {})

    def _shared(self, inputs: FirmInputs, row: int, query: int) -> tuple[tuple[str, ...], float]:
        """Terms that a passage shares with a query, and their share of the query's term weight."""
        wanted = set(self._terms[query][inputs.lang])
        shared = wanted & set(inputs.passage_terms[row])
        weight = sum(self._lexical.idf(term) for term in wanted)
        share = sum(self._lexical.idf(term) for term in shared) / weight if weight else 0.0
        return tuple(sorted(shared)), share

    def _need(self, inputs: FirmInputs, position: int, need: Need, cache: dict[int, float]) -> NeedMatch:
        query, config = position + 1, self._config
        rated: list[tuple[float, int, tuple[str, ...], bool]] = []
        for row in range(len(inputs.passages)):
            terms, share = self._shared(inputs, row, query)
            similarity = float(inputs.similarity[query, row])
            found = share >= config.found or (bool(terms) and similarity >= config.found_similarity)
            if found or similarity >= config.guessed_similarity:
                rated.append((-(share + similarity), row, terms, found))
        rated.sort()
        state = NeedState.NOT_KNOWN
        if rated:
            state = NeedState.FOUND if any(r[3] for r in rated[: config.max_quotes]) else NeedState.GUESSED
        quotes: list[Evidence] = []
        for _, row, terms, found in rated:
            if len(quotes) == config.max_quotes or (state is NeedState.FOUND and not found):
                continue
            evidence = self._evidence(inputs, row, query, terms, cache)
            quotes.append(evidence)
        ask = None if state is NeedState.FOUND else ask_about(need)
        return NeedMatch(need.id, need.text, need.role, need.origin, state, ask, tuple(quotes))

    def _evidence(
        self, inputs: FirmInputs, row: int, query: int, terms: Sequence[str], cache: dict[int, float]
    ) -> Evidence:
        passage = inputs.passages[row]
        firm = self._view.firm(inputs.position)
        statement = next(s for s in firm.statements if s.id == passage.statement_id)
        if row not in cache:
            cache[row] = self.logit(inputs, without=row)
        similarity = float(inputs.similarity[query, row])
        written = dict(term_spans(passage.text, inputs.lang))
        return Evidence(
            statement_id=statement.id,
            field=statement.kind,
            start=passage.start,
            end=passage.end,
            quote=passage.text,
            source=statement.source,
            date=statement.date,
            confirmed=statement.confirmed,
            similarity=round(similarity, 6) if similarity else None,
            terms=tuple(written.get(term, term) for term in terms),
            without_it=round(cache[row], 6),
        )


def ask_about(need: Need) -> str:
    """The question that would settle a need."""
    detail = [
        f"{label} {value}"
        for label, value in (
            ("in", need.material),
            ("of size", need.size),
            ("to a tolerance of", need.tolerance),
            ("in a quantity of", need.quantity),
            ("with", need.certificate),
            ("by", need.by),
        )
        if value
    ]
    text = need.text.rstrip(".?! ")
    return f"Can you provide: {text}{' (' + ', '.join(detail) + ')' if detail else ''}?"


def is_thin(view: View, position: int, config: MatchConfig) -> bool:
    """Whether a profile says too little to judge."""
    words = sum(len(p.text.split()) for p in view.passages(position) if p.field is not StatementKind.CERTIFICATE)
    return words < config.thin_words
