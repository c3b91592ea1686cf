"""Matcher: the one module that joins the steps."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.bands import ORDER, REACHED, band_of
from matcher.config import MatchConfig
from matcher.encoding import CachedEncoder, Encoder
from matcher.errors import ArtifactMismatch, UnknownRecord
from matcher.explain import Explainer, nobody_fits, reason_of
from matcher.features import word_match
from matcher.live import DeltaFirm, View
from matcher.needs import project_needs, project_text, project_things
from matcher.places import distance_km, find_place
from matcher.retrieval import Queries, Search, already_in, search_view
from matcher.scoring import FEATURES, Scores, score_firms
from matcher.snapshot import Snapshot, build_snapshot, load_snapshot
from matcher.stages import is_open
from matcher.types import (
    Ask,
    Band,
    Contribution,
    Filters,
    Firm,
    Match,
    MatchResult,
    NeedMatch,
    Opportunity,
    Project,
    Reached,
    Role,
    WhyNot,
)

log = logging.getLogger(__name__)
ROLES = (Role.PARTNER, Role.SUPPLIER)
# A firm's logit computed alone may differ this much, by rounding, from its logit among all candidates.
_CLOSE = 1e-3
# A look for new vectors that took longer than this is not repeated before ten times as long has gone by.
_SLOW_SECONDS = 0.2


class Matcher:
    """Ranks firms for projects and projects for firms.

    One matcher serves many threads: a query works on the view it began with, an update puts a new view in place.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        encoder: Encoder,
        *,
        config: MatchConfig | None = None,
        chamber_place: str = "Milton",
    ) -> None:
        """Serve a snapshot; use :meth:`open` or :meth:`build`.

        Args:
            snapshot: all firms at one change number.
            encoder: must be the one that the snapshot was built with.
            config: numbers of the ranking; None is the default.
            chamber_place: municipality that distances count from when a project states none.

        Raises:
            ArtifactMismatch: the snapshot holds another encoder's vectors.
        """
        if snapshot.encoder_id != encoder.id:
            raise ArtifactMismatch(
                f"the index was built with encoder {snapshot.encoder_id!r} but {encoder.id!r} is in use: "
                "rebuild with `matcher index`"
            )
        self.encoder = encoder
        self.config = config or MatchConfig()
        self._chamber = find_place(chamber_place, "ON")
        self._view = View.of(snapshot)
        self._lock, self._refreshing = threading.Lock(), threading.Lock()
        self._refreshed: tuple[View, tuple[int, int]] | None = None
        self._refresh_again = 0.0

    @classmethod
    def open(
        cls,
        folder: Path,
        encoder: Encoder,
        *,
        config: MatchConfig | None = None,
        chamber_place: str = "Milton",
    ) -> Matcher:
        """Open the current snapshot of an index folder.

        Raises:
            ArtifactMissing: no index was built there.
            ArtifactMismatch: it does not fit this version or this encoder.
        """
        return cls(load_snapshot(folder), encoder, config=config, chamber_place=chamber_place)

    @classmethod
    def build(
        cls,
        firms: Iterable[Firm],
        encoder: Encoder,
        *,
        config: MatchConfig | None = None,
        chamber_place: str = "Milton",
    ) -> Matcher:
        """Index firms in memory."""
        snapshot = build_snapshot(list(firms), encoder, config=config)
        return cls(snapshot, encoder, config=config, chamber_place=chamber_place)

    @property
    def view(self) -> View:
        """What is searched now."""
        return self._view

    @property
    def model(self) -> str:
        """Encoder and scorer, as shown with every result."""
        return f"{self.encoder.id}+{self.config.version}"

    def update(
        self, firms: Sequence[Firm], deleted: Sequence[str] = (), *, change: int, words_only: bool = False
    ) -> None:
        """Add, replace and delete firms; queries that begin after this returns see it.

        Args:
            firms: new or changed.
            deleted: ids.
            change: change number of the newest of these rows.
            words_only: do not encode now: take vectors that are cached and find the rest by words.
        """
        words = self._view.snapshot.config.passage_words
        items = [DeltaFirm.of(firm, self.encoder, words=words, words_only=words_only) for firm in firms]
        with self._lock:
            view = self._view.with_changes(items, deleted, change=change)
            view.prepare()
            self._view = view

    def swap(
        self, snapshot: Snapshot, later: Sequence[DeltaFirm] = (), deleted: Sequence[str] = (), *, change: int
    ) -> None:
        """Serve a new snapshot, with the rows that changed after it."""
        view = View.of(snapshot).with_changes(later, deleted, change=change)
        view.prepare()  # here, so that no query waits for it
        with self._lock:
            self._view = view

    def refresh_vectors(self) -> int:
        """Take up vectors that were made since, by this process or another, for firms found by words only so far.

        Costs next to nothing while no firm waits, or nothing was stored since the last call; and while tens of
        thousands wait, a look that takes long is not repeated at once.

        Returns:
            How many firms still wait.
        """
        encoder, view = self.encoder, self._view
        if not view.n_waiting or not isinstance(encoder, CachedEncoder):
            return view.n_waiting
        with self._refreshing:
            started, view = time.monotonic(), self._view
            version = encoder.version()
            if self._refreshed is not None:
                seen, seen_version = self._refreshed
                if (seen is view and seen_version == version) or started < self._refresh_again:
                    return view.n_waiting
            snapshot = view.with_arrived(encoder)
            with self._lock:
                if self._view.snapshot is view.snapshot:  # else another snapshot was swapped in meanwhile
                    self._view = self._view.on(snapshot, encoder)
                view = self._view
            self._refreshed = (view, version)
            took = time.monotonic() - started
            self._refresh_again = time.monotonic() + (10 * took if took > _SLOW_SECONDS else 0.0)
        return view.n_waiting

    # -- searching

    def search(
        self,
        project: Project,
        *,
        filters: Filters | None = None,
        depth: int | None = None,
        leave_out_already_in: bool = True,
    ) -> Search:
        """Find a project's candidates, with the inputs of their scores.

        Args:
            project: stored or made on the spot.
            filters: what firms must meet.
            depth: firms that each retriever brings for one query; None is the configured number.
            leave_out_already_in: False only in evaluation, where participants are the answers.

        Raises:
            ValueError: a filter that makes no sense.
        """
        return self._search(
            self._view, project, filters or Filters(), depth=depth, leave_out_already_in=leave_out_already_in
        )

    def match(
        self,
        project: Project,
        *,
        roles: Sequence[Role] = ROLES,
        filters: Filters | None = None,
        limit: int = 10,
        explain: bool = True,
        leave_out_already_in: bool = True,
        leave_out: Collection[str] = (),
        also: Collection[str] = (),
        by_band: bool = False,
        ask_limit: int | None = None,
    ) -> MatchResult:
        """Rank firms for a project.

        Args:
            project: stored or made on the spot.
            roles: which rankings to make.
            filters: what firms must meet.
            limit: most matches in each list, at least 1.
            explain: add needs with quotes to every match.
            leave_out_already_in: False only in evaluation, where participants are the answers.
            leave_out: ids of firms that are not to be ranked; counted in ``removed`` as ``left_out``.
            also: ids of candidates that are listed however far down they stand, beside the first ``limit``.
            by_band: list better bands first, so that none of them is cut off; ranks stay those of the scores.
            ask_limit: most matches of firms that do not state what a filter asks; None is ``limit``.

        Returns:
            Rankings by role; firms that do not state what a filter asks are in ``ask``.

        Raises:
            ValueError: a filter that makes no sense, or a limit below 1.
        """
        if limit < 1:
            raise ValueError(f"limit is {limit}, expected at least 1")
        filters = filters or Filters()
        search = self._search(
            self._view, project, filters, leave_out_already_in=leave_out_already_in, leave_out=leave_out
        )
        explainer = self._explainer(search) if explain else None
        found: dict[Role, tuple[Match, ...]] = {}
        ask: dict[Role, tuple[Match, ...]] = {}
        nobody: dict[str, str] = {}
        bands: dict[str, dict[str, int]] = {}
        wanted = [p for key in also if (p := search.view.position(key)) is not None]
        for role in roles:
            scores = self._scores(search, role)
            levels = self._levels(search, scores)
            bands[role.value] = self._count_bands(search, levels)
            shown = (wanted, levels if by_band else np.zeros_like(levels))
            most_asked = limit if ask_limit is None else ask_limit
            found[role] = self._ranked(search, scores, search.eligible, role, explainer, limit, *shown)
            ask[role] = self._ranked(search, scores, search.asked, role, explainer, most_asked, *shown)
            if not any(m.band in REACHED for m in (*found[role], *ask[role])):
                nobody[role.value] = nobody_fits(search, role, filters)
        return MatchResult(
            project_id=project.id,
            model=self.model,
            snapshot=search.view.snapshot.id,
            change=search.view.change,
            n_eligible=int(search.eligible.sum()),
            removed=search.removed,
            distance_from=search.origin.municipality if search.origin else None,
            already_in=search.already_in,
            n_asked=int(search.asked.sum()),
            bands=bands,
            nobody=nobody,
            partner=found.get(Role.PARTNER, ()),
            supplier=found.get(Role.SUPPLIER, ()),
            ask=Ask(ask.get(Role.PARTNER, ()), ask.get(Role.SUPPLIER, ())),
            warnings=self._warnings(search.view),
        )

    def rank_all(
        self,
        project: Project,
        role: Role,
        *,
        filters: Filters | None = None,
        leave_out_already_in: bool = True,
        depth: int | None = None,
        head: str | None = None,
    ) -> list[tuple[str, float]]:
        """Ids and scores of every candidate, best first, ties by id: what an evaluation run holds.

        Args:
            project: stored or made on the spot.
            role: whose needs count.
            filters: what firms must meet.
            leave_out_already_in: False only in evaluation, where participants are the answers.
            depth: firms that each retriever brings for one query; None is the configured number.
            head: name of the weights; None takes those that fit what is asked.
        """
        search = self.search(project, filters=filters, leave_out_already_in=leave_out_already_in, depth=depth)
        scores = self._scores(search, role, head)
        positions = search.candidates.positions
        return [
            (search.view.firm_id(int(positions[c])), float(scores.logit[c]))
            for c in search.ranked(scores.logit, search.eligible)
        ]

    def reaching(self, project: Project, roles: Sequence[Role] = ROLES) -> list[Reached]:
        """Every firm that reaches *Maybe* at least, in each role, best first; without reasons, for many projects.

        Args:
            project: stored or made on the spot.
            roles: which rankings to make.
        """
        search = self._search(self._view, project, Filters())
        found = []
        for role in roles:
            scores = self._scores(search, role)
            levels = self._levels(search, scores)
            for rank, column in enumerate(search.ranked(scores.logit, search.eligible), 1):
                band = ORDER[levels[column]]
                if band in REACHED:
                    firm_id = search.view.firm_id(int(search.candidates.positions[column]))
                    found.append(Reached(firm_id, role, rank, float(scores.logit[column]), band))
        return found

    def opportunities(
        self, firm_id: str, projects: Iterable[Project], *, today: date, limit: int = 20, explain: bool = True
    ) -> list[Opportunity]:
        """Open projects for one firm, best first; those it is already in are left out.

        Raises:
            UnknownRecord: no such firm.
        """
        view = self._view
        position = self._position(view, firm_id)
        if view.facets.candidate[position] != 1 or view.n_words[position] < self.config.thin_words:
            return []  # never ranked, or we know too little of it to show a band
        asked = [(p, project_needs(p, limit=self.config.max_needs)) for p in projects if is_open(p, today)]
        texts = list(dict.fromkeys(t for p, needs in asked for t in Queries.texts_of(project_text(p), needs)))
        row = {text: i for i, text in enumerate(texts)}
        vectors = self.encoder.encode(texts)
        # What is computed of the firm alone says which searches among all firms are worth their time: best first.
        hopes: list[tuple[float, Project, Queries, Role]] = []
        for project, needs in asked:
            words = Queries.texts_of(project_text(project), needs)
            queries = Queries(words, needs, vectors[[row[text] for text in words]], project_things(project))
            explainer = Explainer(view, queries, view.best(queries.texts), self.config)
            inputs = explainer.inputs(position)
            hopes += [(explainer.logit(inputs, role), project, queries, role) for role in ROLES]
        hopes = [hope for hope in hopes if hope[0] >= self.config.maybe - _CLOSE]
        hopes.sort(key=lambda hope: (-hope[0], hope[1].id, hope[3]))
        return self._best_chances(view, position, hopes, limit, explain=explain)

    def _best_chances(
        self,
        view: View,
        position: int,
        hopes: Sequence[tuple[float, Project, Queries, Role]],
        limit: int,
        *,
        explain: bool,
    ) -> list[Opportunity]:
        """The firm's best opportunities; a project is searched once for both roles, if it may be among them."""
        found: list[Opportunity] = []
        searched: set[str] = set()
        for logit, project, queries, _ in hopes:
            if len(found) >= limit and logit < found[limit - 1].match.score - _CLOSE:
                break
            if project.id in searched:
                continue
            searched.add(project.id)
            if position in already_in(view, project):
                continue
            roles = [role for _, other, _, role in hopes if other.id == project.id]
            found += self._chances(view, position, project, queries, roles, explain=explain)
            found.sort(key=lambda o: (-o.match.score, o.project_id, o.role))
        return found[:limit]

    def _chances(
        self, view: View, position: int, project: Project, queries: Queries, roles: Sequence[Role], *, explain: bool
    ) -> list[Opportunity]:
        """A firm's opportunities in one project, from one search for both roles."""
        search = self._search(view, project, Filters(), queries=queries, must_hold=position)
        explainer, found = self._explainer(search), []
        for role in roles if search.eligible[position] else ():
            scores = self._scores(search, role)
            order = search.ranked(scores.logit, search.eligible)
            rank = next(i for i, c in enumerate(order, 1) if search.candidates.positions[c] == position)
            if self._band(view, position, float(scores.logit[order[rank - 1]])) in REACHED:
                needs = explainer.needs([position], role)[0] if explain else ()
                match = self._one(search, scores, int(order[rank - 1]), rank, needs)
                found.append(
                    Opportunity(project.id, project.title, project.stage, project.closes, role, rank, len(order), match)
                )
        return found

    def _position(self, view: View, firm_id: str) -> int:
        position = view.position(firm_id)
        if position is None:
            raise UnknownRecord(f"firm {firm_id!r} is not in the index: expected an id from the directory")
        return position

    def why_not(
        self,
        project: Project,
        firm_id: str,
        role: Role,
        *,
        filters: Filters | None = None,
        explain: bool = True,
    ) -> WhyNot:
        """Where one firm stands, and the one reason it is not higher.

        Raises:
            UnknownRecord: no such firm.
        """
        filters, view = filters or Filters(), self._view
        position = self._position(view, firm_id)
        search = self._search(view, project, filters, must_hold=position)
        explainer = self._explainer(search)
        scores = self._scores(search, role)
        group = search.eligible if search.eligible[position] else search.asked
        rank, match, n_ranked = None, None, 0
        if group[position]:
            order = search.ranked(scores.logit, group)
            n_ranked = len(order)
            rank = next(i for i, c in enumerate(order, 1) if search.candidates.positions[c] == position)
            needs = explainer.needs([position], role)[0] if explain else ()
            match = self._one(search, scores, int(order[rank - 1]), rank, needs)
        reason, text = reason_of(search, position, rank, match, filters)
        nearest = explainer.nearest(position, role)
        return WhyNot(project.id, firm_id, role, rank, n_ranked, reason, text, match, nearest)

    # -- steps

    def _search(
        self,
        view: View,
        project: Project,
        filters: Filters,
        *,
        queries: Queries | None = None,
        depth: int | None = None,
        leave_out_already_in: bool = True,
        leave_out: Collection[str] = (),
        must_hold: int | None = None,
    ) -> Search:
        if queries is None:
            needs = project_needs(project, limit=self.config.max_needs)
            queries = Queries.of(project, needs, self.encoder)
        origin = find_place(project.city, project.province) if project.city else None
        return search_view(
            view,
            project,
            queries,
            filters,
            origin=origin or self._chamber,
            config=self.config,
            depth=depth,
            leave_out_already_in=leave_out_already_in,
            leave_out=leave_out,
            must_hold=must_hold,
        )

    def _explainer(self, search: Search) -> Explainer:
        return Explainer(search.view, search.queries, search.best, self.config)

    def _scores(self, search: Search, role: Role, head: str | None = None) -> Scores:
        found = search.candidates
        return score_firms(
            word_match(found.bm25, found.best_bm25),
            found.similarity,
            search.view.facets.activity[found.positions],
            search.queries.needs,
            role,
            self.config,
            n_words=search.queries.n_words,
            head=head,
            known=found.known,
            things=search.things,
            n_profile=search.view.n_words[found.positions],
            phrases=search.phrases,
            profile=search.profile,
        )

    def _ranked(
        self,
        search: Search,
        scores: Scores,
        group: NDArray[np.bool_],
        role: Role,
        explainer: Explainer | None,
        limit: int,
        also: Sequence[int],
        levels: NDArray[np.int8],
    ) -> tuple[Match, ...]:
        order = search.ranked(scores.logit, group)
        positions = search.candidates.positions[order]
        places = np.argsort(-levels[order], kind="stable")
        shown = places[(np.arange(len(order)) < limit) | np.isin(positions[places], also)]
        reasons = explainer.needs(positions[shown].tolist(), role) if explainer else [()] * len(shown)
        return tuple(
            self._one(search, scores, int(order[place]), int(place) + 1, needs)
            for place, needs in zip(shown, reasons, strict=True)
        )

    def _one(self, search: Search, scores: Scores, column: int, rank: int, needs: tuple[NeedMatch, ...]) -> Match:
        view, position = search.view, int(search.candidates.positions[column])
        firm, logit = view.reading(position).firm if needs else view.firm(position), float(scores.logit[column])
        distance = distance_km(view.facets.place_at(position), search.origin)
        return Match(
            firm_id=firm.id,
            name=firm.name,
            rank=rank,
            score=round(logit, 6),
            band=self._band(view, position, logit),
            city=firm.city,
            distance_km=None if distance is None else round(distance, 1),
            contributions=tuple(
                Contribution(name, round(float(value), 6), float(add))
                for name, value, add in zip(FEATURES, scores.values[:, column], scores.logits[:, column], strict=True)
            ),
            needs=needs,
            not_stated=search.missing(position),
        )

    def _levels(self, search: Search, scores: Scores) -> NDArray[np.int8]:
        """The band of each candidate, as its place in ``ORDER``."""
        view, positions = search.view, search.candidates.positions
        known = view.n_words[positions] >= self.config.thin_words
        levels = np.where(known, 1 + (scores.logit >= self.config.maybe), 0).astype(np.int8)
        for column in np.flatnonzero(known & (scores.logit >= self.config.worth_a_call)):
            levels[column] = ORDER.index(self._band(view, int(positions[column]), float(scores.logit[column])))
        return levels

    def _count_bands(self, search: Search, levels: NDArray[np.int8]) -> dict[str, int]:
        """How many eligible firms stand in each band; those that no retriever brings are unlikely at best."""
        eligible = levels[search.eligible[search.candidates.positions]]
        counts = {band: int((eligible == ORDER.index(band)).sum()) for band in REACHED}
        thin = search.view.n_words < self.config.thin_words
        counts[Band.TOO_LITTLE] = int((search.eligible & thin).sum())
        counts[Band.UNLIKELY] = int(search.eligible.sum()) - sum(counts.values())
        return {band.value: counts[band] for band in Band}

    def _band(self, view: View, position: int, logit: float) -> Band:
        return band_of(view, position, logit, self.config)

    def _warnings(self, view: View) -> tuple[str, ...]:
        if view.n_waiting:
            return (f"{view.n_waiting} firms are found by words only until their text is embedded",)
        return ()
