"""Reasons as data, computed from the scorer's own inputs."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from matcher.capabilities import things_in
from matcher.config import MatchConfig
from matcher.facets import FAILS, is_never_candidate, outcomes
from matcher.features import thing_match, word_match
from matcher.indexes.lexical import LexicalIndex
from matcher.indexes.phrases import Pair, pairs_of
from matcher.live import Best, View, phrase_weights
from matcher.questions import ask_about, concept_of, concepts_in
from matcher.retrieval import Queries, Search
from matcher.scoring import needs_of_role, score_firms
from matcher.snapshot import FirmReading, profile_words
from matcher.terms import analyse, term_spans
from matcher.types import Evidence, Filters, FirmKind, Match, NeedMatch, NeedState, Role

Floats = NDArray[np.float64]
# Sums of the same numbers in another order may differ in the last digits: a share that is a limit reaches it.
_CLOSE = 1e-9


@dataclass(frozen=True)
class Wording:
    """Terms of all queries of one project in one language, numbered.

    Attributes:
        lang: the language.
        terms: each term once, sorted.
        times: float64 (n_queries, n_terms), how often each query holds a term; a translation counts by its weight.
        idf: float64 (n_terms,).
    """

    lang: str
    terms: tuple[str, ...]
    times: Floats
    idf: Floats

    @classmethod
    def of(cls, queries: Queries, lang: str, lexical: LexicalIndex) -> Wording:
        """Number the terms of the queries."""
        terms = tuple(sorted({term for query in queries.terms for term in query[lang]}))
        column = {term: i for i, term in enumerate(terms)}
        times = np.zeros((len(queries.texts), len(terms)))
        for row, query in zip(times, queries.terms, strict=True):
            for term, weight in query[lang].items():
                row[column[term]] = weight
        return cls(lang, terms, times, np.asarray([lexical.idf(term) for term in terms]))

    @functools.cached_property
    def column(self) -> Mapping[str, int]:
        """Number of each term."""
        return {term: i for i, term in enumerate(self.terms)}

    @functools.cached_property
    def importance(self) -> Floats:
        """float64 (n_queries, n_terms), each term's part of its query's term weight; rows sum to 1, or to 0."""
        weight = np.minimum(self.times, 1.0) * self.idf
        total = weight.sum(axis=1, keepdims=True)
        return weight / np.where(total > 0, total, 1.0)

    def counts(self, texts: Sequence[Sequence[str]]) -> Floats:
        """How often each term stands in some texts that are analysed already: float64 (n_texts, n_terms)."""
        found, column = np.zeros((len(texts), len(self.terms))), self.column
        for row, text in zip(found, texts, strict=True):
            for term in text:
                if term in column:
                    row[column[term]] += 1
        return found


@dataclass(frozen=True)
class FirmInputs:
    """One firm's inputs, taken apart by passage, so that a score without one of them can be computed.

    Attributes:
        position: of the firm.
        reading: its record, passages and terms.
        wording: the queries' terms in the firm's language.
        counts: float64 (n_terms,), in the firm's whole text.
        passage_counts: float64 (n_passages, n_terms).
        similarity: float64 (n_queries, n_passages), 0 where a vector has not arrived.
        likeness: float64 (n_queries, n_passages), -inf there.
        things: what each passage names of the vocabulary.
        asked: what the project names of it.
        vectors: float64 (n_passages, dim), zero where one has not arrived.
        pairs: neighbouring terms of the whole text that stand so in each passage.
        pair_weights: what each of them counts.
    """

    position: int
    reading: FirmReading
    wording: Wording
    counts: Floats
    passage_counts: Floats
    similarity: Floats
    likeness: Floats
    things: tuple[frozenset[str], ...]
    asked: frozenset[str]
    vectors: Floats
    pairs: tuple[frozenset[Pair], ...]
    pair_weights: Mapping[Pair, float]
    _written: dict[int, dict[str, str]] = field(default_factory=dict)

    @functools.cached_property
    def share(self) -> Floats:
        """float64 (n_queries, n_passages), the part of each query's term weight that a passage holds."""
        return self.wording.importance @ (self.passage_counts > 0).T

    @functools.cached_property
    def best_two(self) -> tuple[NDArray[np.int64], Floats, Floats]:
        """For each query the most alike passage, its likeness, and the likeness of the next: (n_queries,) each."""
        rest = self.likeness.copy()
        first = rest.argmax(axis=1)
        best = np.take_along_axis(rest, first[:, None], axis=1)[:, 0]
        np.put_along_axis(rest, first[:, None], -np.inf, axis=1)
        return first, best, rest.max(axis=1)

    def counts_without(self, masked: int | None = None) -> tuple[int, int, int]:
        """Things that firm and project both name, that the firm names, and its words, without one passage if given."""
        times, n_words = self.whole
        if masked is None:
            gone: frozenset[str] = frozenset()
        else:
            gone = frozenset(thing for thing in self.things[masked] if times[thing] == 1)
            n_words -= profile_words([self.reading.passages[masked]])
        return sum(thing in times and thing not in gone for thing in self.asked), len(times) - len(gone), n_words

    def said_without(self, query: Floats, masked: int | None = None) -> tuple[float, float]:
        """Weight of the phrases that are in the firm's text, and the cosine of ``query`` with the mean of its passages.

        Args:
            query: float64 (dim,), vector of the whole text.
            masked: a passage to leave out, or None.
        """
        times, total = self._said
        gone = {pair for pair in self.pairs[masked] if times[pair] == 1} if masked is not None else set()
        phrases = sum(weight for pair, weight in self.pair_weights.items() if pair in times and pair not in gone)
        left = total if masked is None else total - self.vectors[masked]
        length = float(np.linalg.norm(left))
        return phrases, float(query @ left) / length if length > _CLOSE else 0.0

    @functools.cached_property
    def _said(self) -> tuple[Counter[Pair], Floats]:
        """In how many passages each phrase stands, and the sum of their vectors."""
        return Counter(pair for own in self.pairs for pair in own), self.vectors.sum(axis=0)

    @functools.cached_property
    def whole(self) -> tuple[Counter[str], int]:
        """In how many passages each thing is named, and the words of all passages."""
        return Counter(thing for named in self.things for thing in named), profile_words(self.reading.passages)

    def written(self, row: int) -> dict[str, str]:
        """Terms of a passage with the words that stand for them."""
        if row not in self._written:
            self._written[row] = dict(term_spans(self.reading.passages[row].text, self.wording.lang))
        return self._written[row]


class Explainer:
    """Explains matches of one project: holds what all firms' explanations share."""

    def __init__(self, view: View, queries: Queries, best: Best, config: MatchConfig) -> None:
        """Take the queries and the numbers that the ranking used."""
        self._view, self._queries, self._best, self._config = view, queries, best, config
        self._phrases: dict[str, dict[Pair, float]] = {}
        self._whole = queries.vectors[0].astype(np.float64)
        self._lexical = view.snapshot.lexical
        self._wordings: dict[str, Wording] = {}
        self._inputs: dict[int, FirmInputs] = {}
        self._choices: dict[int, list[tuple[NeedState, list[int]]]] = {}
        self._need_words: dict[str, list[list[str]]] = {}

    def inputs(self, position: int) -> FirmInputs:
        """Read one firm; it is read once for both roles."""
        if position not in self._inputs:
            self._inputs[position] = self._read(position)
        return self._inputs[position]

    def _read(self, position: int) -> FirmInputs:
        reading = self._view.reading(position)
        lang = reading.terms.lang
        if lang not in self._wordings:
            self._wordings[lang] = Wording.of(self._queries, lang, self._lexical)
            self._phrases[lang] = phrase_weights(self._queries.texts[0], lang, self._lexical)
        wording, phrases = self._wordings[lang], self._phrases[lang]
        vectors, known = self._view.vectors(position)
        # In float64, so that the same words twice in a profile are equally alike wherever they stand.
        similarity = self._queries.vectors.astype(np.float64) @ vectors.T.astype(np.float64)
        return FirmInputs(
            position=position,
            reading=reading,
            wording=wording,
            counts=np.asarray([reading.terms.counts.get(term, 0) for term in wording.terms], dtype=np.float64),
            passage_counts=wording.counts(reading.passage_terms),
            similarity=similarity,
            likeness=np.where(known, similarity, -np.inf),
            things=tuple(things_in(passage.text) for passage in reading.passages),
            asked=self._queries.things,
            vectors=np.where(known[:, None], vectors, 0.0).astype(np.float64),
            pairs=tuple(pairs_of([terms]) & phrases.keys() for terms in reading.passage_terms),
            pair_weights=phrases,
        )

    def logit(self, inputs: FirmInputs, role: Role) -> float:
        """The firm's logit, as the ranking has it."""
        words = self._words(inputs, inputs.counts[None], np.asarray([inputs.reading.terms.length], dtype=np.float64))
        likeness = inputs.likeness.max(axis=1, initial=-np.inf)[:, None]
        said = [inputs.said_without(self._whole)]
        return float(self._logits([inputs.position], role, words, likeness, [inputs.counts_without()], said)[0])

    def logits_without(self, masked: Sequence[tuple[FirmInputs, int]], role: Role) -> Floats:
        """Logits of firms with one passage masked from words and vectors.

        Args:
            masked: firms, each with the passage to mask; one firm may come several times, all times in a row.
            role: the head to use.

        Returns:
            float64 (n_masked,).
        """
        words, likeness = [], []
        for _, group in groupby(masked, key=lambda pair: pair[0].position):
            pairs = list(group)
            inputs, rows = pairs[0][0], np.asarray([row for _, row in pairs], dtype=np.int64)
            lengths = np.asarray([len(inputs.reading.passage_terms[row]) for row in rows], dtype=np.float64)
            counts = np.maximum(inputs.counts - inputs.passage_counts[rows], 0.0)
            words.append(self._words(inputs, counts, inputs.reading.terms.length - lengths))
            first, best, second = inputs.best_two
            likeness.append(np.where(first[:, None] == rows, second[:, None], best[:, None]))
        positions = [inputs.position for inputs, _ in masked]
        rest = [inputs.counts_without(row) for inputs, row in masked]
        said = [inputs.said_without(self._whole, row) for inputs, row in masked]
        return self._logits(
            positions, role, np.concatenate(words, axis=1), np.concatenate(likeness, axis=1), rest, said
        )

    def _words(self, inputs: FirmInputs, counts: Floats, lengths: Floats) -> Floats:
        """BM25 of variants of one firm's text, of counts (n, n_terms) and lengths (n,): (n_queries, n)."""
        wording = inputs.wording
        norm = self._lexical.length_norm(lengths)[:, None]
        weights = np.divide(counts * wording.idf, counts + norm, out=np.zeros_like(counts), where=counts > 0)
        return wording.times @ weights.T

    def _logits(
        self,
        positions: Sequence[int],
        role: Role,
        words: Floats,
        likeness: Floats,
        counts: Sequence[tuple[int, int, int]],
        said: Sequence[tuple[float, float]],
    ) -> Floats:
        n_shared, n_named, n_profile = np.asarray(counts, dtype=np.int64).T
        phrases, profile = np.asarray(said, dtype=np.float64).T
        scores = score_firms(
            word_match(words, self._best.bm25),
            np.where(np.isneginf(likeness), 0.0, likeness),
            self._view.facets.activity[np.asarray(positions, dtype=np.int64)],
            self._queries.needs,
            role,
            self._config,
            n_words=self._queries.n_words,
            known=np.logical_and.reduce(np.isfinite(likeness), axis=0),
            things=thing_match(n_shared, n_named),
            n_profile=n_profile,
            phrases=phrases / self._best.phrases,
            profile=profile,
        )
        return scores.logit

    def needs(self, positions: Sequence[int], role: Role) -> list[tuple[NeedMatch, ...]]:
        """What firms' profiles say of each need of the role, with quotes: one tuple a firm."""
        asked = [int(i) for i in needs_of_role(self._queries.needs, role)]
        firms = [self.inputs(position) for position in positions]
        chosen = [[choices[i] for i in asked] for choices in map(self._choose, firms)]
        masked = [
            (inputs, row)
            for inputs, of_firm in zip(firms, chosen, strict=True)
            for row in sorted({row for _, rows in of_firm for row in rows})
        ]
        logits = self.logits_without(masked, role) if masked else np.zeros(0)
        without = {(i.position, row): float(logit) for (i, row), logit in zip(masked, logits, strict=True)}
        return [
            tuple(self._need(inputs, i, *choice, without) for i, choice in zip(asked, choices, strict=True))
            for inputs, choices in zip(firms, chosen, strict=True)
        ]

    def nearest(self, position: int, role: Role) -> Evidence | None:
        """The passage nearest to the whole project, whether or not it is a reason."""
        inputs = self.inputs(position)
        if not inputs.reading.passages:
            return None
        row = int(np.argmax(inputs.similarity[0]))
        return self._evidence(inputs, row, 0, float(self.logits_without([(inputs, row)], role)[0]))

    def _choose(self, inputs: FirmInputs) -> list[tuple[NeedState, list[int]]]:
        """What a profile says of each need, and the passages to quote for it, best first; the same in both roles."""
        if inputs.position not in self._choices:
            n = len(self._queries.needs)
            share, similarity = inputs.share[1 : n + 1], inputs.similarity[1 : n + 1]
            says, shares = np.zeros(share.shape, dtype=bool), np.zeros(share.shape, dtype=bool)
            # What shares nothing with a need and is not alike to it does not say it in other words either.
            near = (share > 0) | (similarity >= self._config.guessed_similarity)
            for i, row in np.argwhere(near).tolist():
                says[i, row] = self._says(inputs, i, row)
            # What both name counts in the score, so the passage that names it is a reason.
            for i, need in enumerate(self._queries.needs):
                if things := things_in(need.text):
                    shares[i] = [not things.isdisjoint(named) for named in inputs.things]
            self._choices[inputs.position] = _choices(share, similarity, says, shares, self._config)
        return self._choices[inputs.position]

    def _says(self, inputs: FirmInputs, i: int, row: int) -> bool:
        """Whether a passage names what need ``i`` is about: its words in a row, or the concept they are a label of."""
        lang = inputs.wording.lang
        if lang not in self._need_words:
            self._need_words[lang] = [analyse(need.text, lang) for need in self._queries.needs]
        words, passage = self._need_words[lang][i], inputs.reading.passage_terms[row]
        n = len(words)
        if n > 1 and any(passage[k : k + n] == words for k, term in enumerate(passage) if term == words[0]):
            return True
        concept = concept_of(self._queries.needs[i].text)
        return concept is not None and concept.id in concepts_in(inputs.reading.passages[row].text)

    @functools.cached_property
    def _questions(self) -> list[str]:
        """The question about each need, whichever firm it is put to."""
        return [ask_about(need) for need in self._queries.needs]

    def _need(
        self,
        inputs: FirmInputs,
        i: int,
        state: NeedState,
        rows: Sequence[int],
        without: Mapping[tuple[int, int], float],
    ) -> NeedMatch:
        need = self._queries.needs[i]
        ask = None if state is NeedState.FOUND else self._questions[i]
        evidence = tuple(self._evidence(inputs, row, i + 1, without[inputs.position, row]) for row in rows)
        return NeedMatch(need.id, need.text, need.role, need.origin, state, ask, evidence)

    def _evidence(self, inputs: FirmInputs, row: int, query: int, without_it: float) -> Evidence:
        passage, wording = inputs.reading.passages[row], inputs.wording
        statement = next(s for s in inputs.reading.firm.statements if s.id == passage.statement_id)
        written = inputs.written(row)
        shared = np.flatnonzero((inputs.passage_counts[row] > 0) & (wording.times[query] > 0))
        similarity = float(inputs.similarity[query, row])
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
            terms=tuple(written.get(term, term) for term in (wording.terms[i] for i in shared)),
            without_it=round(without_it, 6),
        )


def _choices(
    share: Floats, similarity: Floats, says: NDArray[np.bool_], shares: NDArray[np.bool_], config: MatchConfig
) -> list[tuple[NeedState, list[int]]]:
    """State of each need and passages to quote for it, best first.

    Args:
        share: (n_needs, n_passages), part of the need's words that each holds.
        similarity: (n_needs, n_passages), to the need.
        says: (n_needs, n_passages), whether each names the need.
        shares: (n_needs, n_passages), whether each names some thing that the need names.
        config: limits.
    """
    whole = share >= 1 - _CLOSE
    alike = similarity >= config.guessed_similarity
    found = says | (whole & alike) | ((share >= config.found - _CLOSE) & (similarity >= config.found_similarity))
    # Rounded, so that the same words twice in a profile are a tie, which the order of the profile decides.
    strength = np.round(share + similarity + says + shares, 6)
    # What was found is quoted alone; guesses are quoted where nothing was.
    is_found = np.logical_or.reduce(found, axis=1)
    quotable = np.where(is_found[:, None], found, whole | alike | shares)
    order = np.argsort(-np.where(quotable, strength, -np.inf), axis=1, kind="stable")[:, : config.max_quotes]
    kept: NDArray[np.int64] = np.minimum(quotable.sum(axis=1), config.max_quotes)
    return [
        (NeedState.FOUND if sure else NeedState.GUESSED if n else NeedState.NOT_KNOWN, rows[:n])
        for sure, n, rows in zip(is_found.tolist(), kept.tolist(), order.tolist(), strict=True)
    ]


def reason_of(
    search: Search, position: int, rank: int | None, match: Match | None, filters: Filters
) -> tuple[str, str]:
    """The one reason that a firm is not higher, as a word and as a sentence.

    Args:
        search: of the project.
        position: of the firm.
        rank: its place, or None.
        match: as it is shown, or None.
        filters: that the search had.
    """
    firm = search.view.firm(position)
    if rank is None:
        return _why_unranked(search, position, filters)
    if not search.view.n_passages(position):
        return "no_profile", f"{firm.name} has no profile text that could be matched: ask what it does."
    if search.missing(position):
        stated = ", ".join(search.missing(position))
        return "not_stated", f"{firm.name} is ranked apart, since it does not state: {stated}."
    if rank == 1:
        return "none", f"{firm.name} is first."
    unmet = [n.text for n in match.needs if n.state is NeedState.NOT_KNOWN] if match else []
    text = f"{firm.name} is number {rank}: other profiles fit the text better."
    if unmet:
        text += f" Its profile says nothing on: {'; '.join(unmet[:3])}."
    return "weaker_match", text


def _why_unranked(search: Search, position: int, filters: Filters) -> tuple[str, str]:
    firm = search.view.firm(position)
    if is_never_candidate(firm):
        return "not_candidate", f"{firm.name} is a chamber or the funder, never a candidate."
    if firm.kind is FirmKind.ASSOCIATION and not filters.associations:
        return "not_candidate", f"{firm.name} is an association; associations are ranked only on request."
    if firm.id in search.already_in:
        return "already_in", f"{firm.name} is already in this project, or belongs to a firm that is."
    for name, outcome in outcomes(search.view.facets, filters, search.origin):
        if outcome[position] == FAILS:
            return name, f"{firm.name} does not meet the filter {name}."
    return "not_stated", f"{firm.name} does not state what a filter asks, and such firms were left out."


def nobody_fits(search: Search, role: Role, filters: Filters) -> str:
    """Why a list holds nobody that reaches *Maybe*."""
    where = f" in {filters.region}" if filters.region else ""
    n = int(search.eligible.sum() + search.asked.sum())
    if n == 0:
        return f"Nobody{where}: no firm passes the filters."
    return f"Nobody{where}: none of {n} firms says enough that fits this project as {role.value}."
