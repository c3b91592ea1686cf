"""Matcher: the one module that joins the steps."""

from __future__ import annotations

import dataclasses
import logging
import re
import threading
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.config import MatchConfig
from matcher.encoding import Encoder
from matcher.errors import ArtifactMismatch, UnknownRecord
from matcher.explain import Explainer, FirmInputs, is_thin
from matcher.facets import FAILS, NOT_STATED, is_never_candidate, outcomes
from matcher.live import DeltaFirm, View
from matcher.needs import project_needs, project_text
from matcher.places import Place, distance_km, find_place
from matcher.retrieval import Candidates, Queries, retrieve
from matcher.scoring import FEATURES, Scores, score_firms
from matcher.snapshot import Snapshot, build_snapshot, load_snapshot
from matcher.sources.duplicates import normal_name
from matcher.stages import is_open
from matcher.types import (
    Ask,
    Band,
    Contribution,
    Filters,
    Firm,
    FirmKind,
    Match,
    MatchResult,
    NeedMatch,
    NeedState,
    Opportunity,
    Project,
    Removed,
    Role,
    UnknownPolicy,
    WhyNot,
)

log = logging.getLogger(__name__)
ROLES = (Role.PARTNER, Role.SUPPLIER)
_HOST = re.compile(r"^(?:https?://)?(?:www\.)?([^/:?#]+)", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class _Search:
    """What one project's search found, before firms are shown."""

    view: View
    project: Project
    queries: Queries
    candidates: Candidates
    eligible: NDArray[np.bool_]
    asked: NDArray[np.bool_]
    missing: dict[int, tuple[str, ...]]
    removed: tuple[Removed, ...]
    already_in: tuple[str, ...]
    origin: Place | None


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
        self._lock = threading.Lock()

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
            self._view = self._view.with_changes(items, deleted, change=change)

    def swap(
        self, snapshot: Snapshot, later: Sequence[DeltaFirm] = (), deleted: Sequence[str] = (), *, change: int
    ) -> None:
        """Serve a new snapshot, with the rows that changed after it."""
        view = View.of(snapshot)
        view = view.with_changes(later, deleted, change=change)
        _ = view.facets  # made here, so that no query waits for it
        with self._lock:
            self._view = view

    # -- searching

    def match(
        self,
        project: Project,
        *,
        roles: Sequence[Role] = ROLES,
        filters: Filters | None = None,
        limit: int = 10,
        explain: bool = True,
        leave_out_already_in: bool = True,
    ) -> MatchResult:
        """Rank firms for a project.

        Args:
            project: stored or made on the spot.
            roles: which rankings to make.
            filters: what firms must meet.
            limit: most matches in each list, at least 1.
            explain: add needs with quotes to every match.
            leave_out_already_in: False only in evaluation, where participants are the answers.

        Returns:
            Rankings by role; firms that do not state what a filter asks are in ``ask``.

        Raises:
            ValueError: a filter that makes no sense, or a limit below 1.
        """
        if limit < 1:
            raise ValueError(f"limit is {limit}, expected at least 1")
        filters = filters or Filters()
        search = self._search(project, filters, leave_out_already_in=leave_out_already_in)
        found: dict[Role, tuple[Match, ...]] = {}
        ask: dict[Role, tuple[Match, ...]] = {}
        nobody: dict[str, str] = {}
        for role in roles:
            scores = self._scores(search, role)
            explainer = self._explainer(search, role)
            found[role] = self._ranked(search, scores, search.eligible, explainer, limit, explain)
            ask[role] = self._ranked(search, scores, search.asked, explainer, limit, explain)
            if not any(m.band in (Band.MAYBE, Band.WORTH_A_CALL) for m in (*found[role], *ask[role])):
                nobody[role.value] = _nobody(search, role, filters)
        return MatchResult(
            project_id=project.id,
            model=self.model,
            snapshot=search.view.snapshot.id,
            change=search.view.change,
            n_eligible=int(search.eligible.sum()),
            removed=search.removed,
            distance_from=search.origin.municipality if search.origin else None,
            already_in=search.already_in,
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
    ) -> list[tuple[str, float]]:
        """Ids and scores of every candidate, best first, ties by id: what an evaluation run holds."""
        search = self._search(project, filters or Filters(), leave_out_already_in=leave_out_already_in, depth=depth)
        scores = self._scores(search, role)
        rows = [
            (search.view.firm(int(p)).id, float(s))
            for p, s in zip(search.candidates.positions, scores.logit, strict=True)
            if search.eligible[p]
        ]
        return sorted(rows, key=lambda row: (-row[1], row[0]))

    def opportunities(
        self, firm_id: str, projects: Iterable[Project], *, today: date, limit: int = 20, explain: bool = True
    ) -> list[Opportunity]:
        """Open projects for one firm, best first; those it is already in are left out.

        Raises:
            UnknownRecord: no such firm.
        """
        if self._view.position(firm_id) is None:
            raise UnknownRecord(f"firm {firm_id!r} is not in the index: expected an id from the directory")
        found = []
        for project in projects:
            if not is_open(project, today):
                continue
            for role in ROLES:
                standing = self.why_not(project, firm_id, role, explain=explain)
                match = standing.match
                if match is not None and match.band in (Band.MAYBE, Band.WORTH_A_CALL):
                    found.append(
                        Opportunity(
                            project.id,
                            project.title,
                            project.stage,
                            project.closes,
                            role,
                            standing.rank or 0,
                            standing.n_ranked,
                            match,
                        )
                    )
        found.sort(key=lambda o: (-o.match.score, o.project_id, o.role))
        return found[:limit]

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
        filters = filters or Filters()
        position = self._view.position(firm_id)
        if position is None:
            raise UnknownRecord(f"firm {firm_id!r} is not in the index: expected an id from the directory")
        search = self._search(project, filters, must_hold=position)
        scores = self._scores(search, role)
        explainer = self._explainer(search, role)
        inputs = FirmInputs.of(search.view, position, search.queries)
        group = search.eligible if search.eligible[position] else search.asked
        rank, match, n_ranked = None, None, 0
        if group[position]:
            order = self._order(search, scores, group)
            n_ranked = len(order)
            rank = next(i for i, c in enumerate(order, 1) if search.candidates.positions[c] == position)
            match = self._one(search, scores, order[rank - 1], rank, explainer, explain=explain)
        reason, text = self._reason(search, position, rank, match, filters)
        return WhyNot(project.id, firm_id, role, rank, n_ranked, reason, text, match, explainer.nearest(inputs))

    # -- steps

    def _search(
        self,
        project: Project,
        filters: Filters,
        *,
        leave_out_already_in: bool = True,
        depth: int | None = None,
        must_hold: int | None = None,
    ) -> _Search:
        view = self._view
        queries = Queries.of(project_text(project), project_needs(project, limit=self.config.max_needs), self.encoder)
        origin = find_place(project.city, project.province) if project.city else None
        origin = origin or self._chamber
        inside = self._already_in(view, project) if leave_out_already_in else {}
        allowed = view.present & (view.facets.candidate >= 1)
        if not filters.associations:
            allowed &= view.facets.candidate != 2
        removed = [Removed("not_a_candidate", int((view.present & ~allowed).sum()), 0)]
        for position in inside:
            allowed[position] = False
        removed.append(Removed("already_in", len(inside), 0))
        passed, unknown = allowed.copy(), np.zeros(view.n_positions, dtype=bool)
        missing: dict[int, tuple[str, ...]] = {}
        for name, outcome in outcomes(view.facets, filters, origin):
            fails = passed & (outcome == FAILS)
            passed &= ~fails
            asks = passed & (outcome == NOT_STATED)
            unknown |= asks
            for i in np.flatnonzero(asks):
                missing[int(i)] = (*missing.get(int(i), ()), name)
            removed.append(Removed(name, int(fails.sum()), int(asks.sum())))
        eligible = passed & ~unknown
        asked = passed & unknown
        if filters.unknown is UnknownPolicy.EXCLUDE:
            asked = np.zeros_like(asked)
        wanted = eligible | asked
        candidates = retrieve(
            view,
            queries,
            wanted,
            depth=depth or self.config.depth,
            passages_per_firm=self.config.passages_per_firm,
        )
        if must_hold is not None and wanted[must_hold] and must_hold not in candidates.positions:
            candidates = retrieve(
                view, queries, wanted, depth=view.n_positions, passages_per_firm=self.config.passages_per_firm
            )
        ids = tuple(sorted(view.firm(p).id for p in inside))
        return _Search(view, project, queries, candidates, eligible, asked, missing, tuple(removed), ids, origin)

    def _already_in(self, view: View, project: Project) -> dict[int, str]:
        """Positions of lead, participants and their group companies: same group, same website or same name."""
        if not project.already_in:
            return {}
        known = [view.position(i) for i in sorted(project.already_in)]
        firms = [view.firm(p) for p in known if p is not None]
        names = {normal_name(f.name) for f in firms} | {
            normal_name(i) for i, p in zip(sorted(project.already_in), known, strict=True) if p is None
        }
        hosts = {h for f in firms if (h := _host(f.website))}
        groups = {f.group.casefold() for f in firms if f.group}
        found = {p: "named" for p in known if p is not None}
        for position in np.flatnonzero(view.present):
            firm = view.firm(int(position))
            same = (firm.group or "").casefold() in groups or _host(firm.website) in hosts
            if same or normal_name_of(firm) in names:
                found.setdefault(int(position), "group")
        return found

    def _scores(self, search: _Search, role: Role) -> Scores:
        found = search.candidates
        return score_firms(
            found.bm25 / found.best_bm25[:, None],
            found.similarity,
            search.view.facets.activity[found.positions],
            search.queries.needs,
            role,
            self.config,
        )

    def _explainer(self, search: _Search, role: Role) -> Explainer:
        return Explainer(search.view, search.queries, search.candidates.best_bm25, role, self.config)

    def _order(self, search: _Search, scores: Scores, group: NDArray[np.bool_]) -> list[int]:
        positions = search.candidates.positions
        columns = [int(c) for c in np.flatnonzero(group[positions])]
        return sorted(columns, key=lambda c: (-scores.logit[c], search.view.firm(int(positions[c])).id))

    def _ranked(
        self,
        search: _Search,
        scores: Scores,
        group: NDArray[np.bool_],
        explainer: Explainer,
        limit: int,
        explain: bool,
    ) -> tuple[Match, ...]:
        order = self._order(search, scores, group)[:limit]
        return tuple(
            self._one(search, scores, column, rank, explainer, explain=explain) for rank, column in enumerate(order, 1)
        )

    def _one(
        self, search: _Search, scores: Scores, column: int, rank: int, explainer: Explainer, *, explain: bool
    ) -> Match:
        view, position = search.view, int(search.candidates.positions[column])
        firm = view.firm(position)
        logit = float(scores.logit[column])
        needs: tuple[NeedMatch, ...] = ()
        if explain:
            needs = explainer.needs(FirmInputs.of(view, position, search.queries))
        distance = distance_km(view.facets.places[position], search.origin)
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
            not_stated=search.missing.get(position, ()),
        )

    def _band(self, view: View, position: int, logit: float) -> Band:
        if is_thin(view, position, self.config):
            return Band.TOO_LITTLE
        if logit < self.config.maybe:
            return Band.UNLIKELY
        # Text that nobody confirmed or that has no date never makes the top band alone.
        sure = any(s.confirmed and s.date for s in view.firm(position).statements)
        return Band.WORTH_A_CALL if logit >= self.config.worth_a_call and sure else Band.MAYBE

    def _reason(
        self, search: _Search, position: int, rank: int | None, match: Match | None, filters: Filters
    ) -> tuple[str, str]:
        firm = search.view.firm(position)
        if rank is None:
            return self._why_unranked(search, position, filters)
        if not search.view.passages(position):
            return "no_profile", f"{firm.name} has no profile text that could be matched: ask what it does."
        if search.missing.get(position):
            stated = ", ".join(search.missing[position])
            return "not_stated", f"{firm.name} is ranked apart, since it does not state: {stated}."
        if rank == 1:
            return "none", f"{firm.name} is first."
        unmet = [n.text for n in match.needs if n.state is NeedState.NOT_KNOWN] if match else []
        text = f"{firm.name} is number {rank}: other profiles fit the text better."
        if unmet:
            text += f" Its profile says nothing on: {'; '.join(unmet[:3])}."
        return "weaker_match", text

    def _why_unranked(self, search: _Search, position: int, filters: Filters) -> tuple[str, str]:
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

    def _warnings(self, view: View) -> tuple[str, ...]:
        if view.n_waiting:
            return (f"{view.n_waiting} firms are found by words only until their text is embedded",)
        return ()


def _nobody(search: _Search, role: Role, filters: Filters) -> str:
    where = f" in {filters.region}" if filters.region else ""
    n = int(search.eligible.sum() + search.asked.sum())
    if n == 0:
        return f"Nobody{where}: no firm passes the filters."
    return f"Nobody{where}: none of {n} firms says enough that fits this project as {role.value}."


def _host(website: str | None) -> str | None:
    mark = _HOST.match(website or "")
    return mark.group(1).casefold() if mark else None


def normal_name_of(firm: Firm) -> str:
    """A firm's name without legal form, case and accents."""
    return normal_name(firm.name)
