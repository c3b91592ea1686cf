"""Whom to ask, to learn most: how far an answer of a firm of which little is known could change lists of open projects.

For each thing that an open project looks for, a firm that said just this, confirmed today, is scored: that tells how
far a yes would carry a firm. How likely a yes is, is told by how near the little that is known of a firm comes to the
thing. A firm teaches the sum over projects and roles of its best (gain of a yes × nearness). Nothing is stored.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from matcher.config import MatchConfig
from matcher.explain import Explainer
from matcher.live import DeltaFirm, View
from matcher.needs import project_needs, project_text, project_things
from matcher.pipeline import Matcher
from matcher.retrieval import Queries, already_in
from matcher.stages import is_open
from matcher.supposing import is_piece, kind_of, roles_of
from matcher.types import Firm, Need, Project, Role, Statement

# Everybody may say yes to anything: of a firm whose name alone is known, each answer is worth this share.
LEAST_NEARNESS = 0.05
MOST_NEEDS = 3


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a call to one firm could teach.

    Attributes:
        worth: sum over projects and roles of the best gain × nearness; compares firms of one answer only.
        needs: what to ask about first, that which is worth most first, each once.
        project_ids: open projects whose lists an answer could change, those it could change most first.
    """

    firm_id: str
    worth: float
    needs: tuple[Need, ...]
    project_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lessons:
    """Firms in the order of what their answers could change, and how much was looked at."""

    lessons: tuple[Lesson, ...] = ()
    n_firms: int = 0
    n_projects: int = 0
    n_open: int = 0


@dataclass(frozen=True, eq=False)
class _Asked:
    """One open project: its questions, and what a yes to each would bring, by role and need's id."""

    project: Project
    queries: Queries
    explainer: Explainer
    gains: dict[Role, dict[str, float]]
    already: Collection[int]


def is_little_known(matcher: Matcher, firm_id: str) -> bool:
    """Whether a firm could be ranked and its profile says too little to judge it by."""
    view = matcher.view
    position = view.position(firm_id)
    if position is None or view.facets.candidate[position] != 1:
        return False
    return bool(view.n_words[position] < matcher.config.thin_words)


def what_would_teach(
    matcher: Matcher,
    firm_ids: Iterable[str],
    projects: Iterable[Project],
    *,
    today: date,
    limit: int = 10,
    most_firms: int = 300,
    most_projects: int = 20,
) -> Lessons:
    """Firms of which little is known, in the order of how much an answer could change lists of open projects.

    Args:
        matcher: as it serves now.
        firm_ids: those that are not little known are passed over.
        projects: those that are not open are passed over.
        today: day on which they are open, and on which an answer would be given.
        limit: most firms in the answer.
        most_firms: firms looked at, in the order given.
        most_projects: projects looked at, those checked last first.

    Returns:
        The best firms first, ties by id, with counts of what was looked at.
    """
    view = matcher.view
    firms = [key for key in firm_ids if is_little_known(matcher, key)][:most_firms]
    wanted = sorted((p for p in projects if is_open(p, today)), key=lambda p: (p.checked or "", p.id), reverse=True)
    asked = _ask(matcher, view, wanted[:most_projects], today)
    lessons = sorted((_lesson(view, key, asked) for key in firms), key=lambda one: (-round(one.worth, 6), one.firm_id))
    return Lessons(tuple(one for one in lessons[:limit] if one.worth > 0), len(firms), len(asked), len(wanted))


def _ask(matcher: Matcher, view: View, projects: Sequence[Project], today: date) -> list[_Asked]:
    needs = [project_needs(project, limit=matcher.config.max_needs) for project in projects]
    texts = [Queries.texts_of(project_text(p), n) for p, n in zip(projects, needs, strict=True)]
    unique = list(dict.fromkeys(text for some in texts for text in some))
    if not unique:
        return []
    row = {text: i for i, text in enumerate(unique)}
    vectors = matcher.encoder.encode(unique)
    said = {need.text: need for some in needs for need in some if not is_piece(need)}
    wider, places = _with_yeses(matcher, view, said, today)
    found = []
    for project, own, words in zip(projects, needs, texts, strict=True):
        queries = Queries(words, tuple(own), vectors[[row[text] for text in words]], project_things(project))
        best = view.best(queries.texts)
        yes = Explainer(wider, queries, best, matcher.config)
        gains: dict[Role, dict[str, float]] = {role: {} for role in roles_of(project)}
        for need in own:
            if need.text in places:
                inputs = yes.inputs(places[need.text])
                for role in gains:
                    gains[role][need.id] = _gain(yes.logit(inputs, role), matcher.config)
        explainer = Explainer(view, queries, best, matcher.config)
        found.append(_Asked(project, queries, explainer, gains, already_in(view, project)))
    return found


def _with_yeses(matcher: Matcher, view: View, said: dict[str, Need], today: date) -> tuple[View, dict[str, int]]:
    """The view with a firm for each thing that is asked, which says just this; and where each of them stands."""
    words, day = view.snapshot.config.passage_words, today.isoformat()
    firms = [
        # No firm can have such an id, so that none is replaced.
        Firm(f"yes {n:05}", "Yes", statements=(Statement("yes", kind_of(need), text, None, day, confirmed=True),))
        for n, (text, need) in enumerate(said.items())
    ]
    delta = [DeltaFirm.of(firm, matcher.encoder, words=words, words_only=False) for firm in firms]
    wider = view.with_changes(delta, (), change=view.change)
    places = {}
    for firm, text in zip(firms, said, strict=True):
        place = wider.position(firm.id)
        assert place is not None
        places[text] = place
    return wider, places


def _gain(logit: float, config: MatchConfig) -> float:
    """How far a yes carries a firm: 2 to *Worth a call*, 1 to *Maybe*; below that its share of the way there."""
    if logit >= config.worth_a_call:
        return 2.0
    if logit >= config.maybe:
        return 1.0 + (logit - config.maybe) / (config.worth_a_call - config.maybe)
    return float(np.exp(logit - config.maybe))


def _words(text: str) -> frozenset[str]:
    return frozenset(word.rstrip("s") for word in re.findall(r"\w{3,}", text.casefold()))


def _share(need: str, said: frozenset[str]) -> float:
    """Share of a need's words that a profile holds."""
    wanted = _words(need)
    return len(wanted & said) / len(wanted) if wanted else 0.0


def _lesson(view: View, firm_id: str, asked: Sequence[_Asked]) -> Lesson:
    position = view.position(firm_id)
    assert position is not None
    said = _words(" ".join(statement.text for statement in view.firm(position).statements))
    by_project: dict[str, float] = {}
    by_need: dict[str, tuple[float, Need]] = {}
    for one in asked:
        if position in one.already:
            continue
        similarity = one.explainer.inputs(position).similarity
        for gains in one.gains.values():
            best = 0.0
            for row, need in enumerate(one.queries.needs, 1):
                nearness = max(LEAST_NEARNESS, float(similarity[row].max(initial=0.0)), _share(need.text, said))
                worth = gains.get(need.id, 0.0) * nearness
                best = max(best, worth)
                if worth > 0:
                    before = by_need.get(need.text.casefold(), (0.0, need))
                    by_need[need.text.casefold()] = (before[0] + worth, before[1])
            if best > 0:
                by_project[one.project.id] = by_project.get(one.project.id, 0.0) + best
    needs = sorted(by_need.values(), key=lambda pair: (-round(pair[0], 6), pair[1].text))
    projects = sorted(by_project, key=lambda key: (-round(by_project[key], 6), key))
    return Lesson(
        firm_id, sum(by_project.values()), tuple(need for _, need in needs[:MOST_NEEDS]), tuple(projects)
    )  # fmt: skip
