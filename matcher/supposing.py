"""What one more answer of a firm would change: the scorer asked again with a statement that nobody made yet.

For each open project that is near, each thing it looks for and the firm's profile does not name is supposed to be
said and confirmed today; the firm is scored anew, and the bands are compared. Nothing is stored.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from matcher.bands import ORDER, REACHED, band_of, is_sure
from matcher.errors import UnknownRecord
from matcher.explain import Explainer
from matcher.live import Best, DeltaFirm, View
from matcher.needs import project_needs, project_text, project_things
from matcher.pipeline import Matcher
from matcher.questions import ask_about, concept_of
from matcher.retrieval import Queries, already_in
from matcher.stages import is_open
from matcher.types import Band, Firm, Need, NeedRole, NeedState, Origin, Project, Role, Stage, Statement, StatementKind

# A project takes partners only while its team is being formed.
_TAKES_PARTNERS = (Stage.CALL, Stage.SEEKING)
_KINDS = {
    "certificate": StatementKind.CERTIFICATE,
    "quality_system": StatementKind.CERTIFICATE,
    "product": StatementKind.PRODUCT,
    "equipment": StatementKind.EQUIPMENT,
    "material": StatementKind.MATERIAL,
    "service": StatementKind.SERVICE,
}


@dataclass(frozen=True, slots=True)
class Rise:
    """A project in which the firm would stand in a higher band."""

    project_id: str
    title: str
    role: Role
    before: Band
    after: Band


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing that the firm might say.

    Attributes:
        need: the first need that asks for it.
        kind: kind of statement that it would be.
        ask: the question, in English.
        guessed: whether the profile lets guess it already.
        rises: what a yes would change, the highest bands first.
    """

    need: Need
    kind: StatementKind
    ask: str
    guessed: bool
    rises: tuple[Rise, ...]


@dataclass(frozen=True, slots=True)
class Help:
    """What would help a firm.

    Attributes:
        confirming: what would change if it confirmed any one statement that is there.
        answers: what a yes to one more question would change, the most useful first.
        n_projects: open projects that were looked at.
        n_open: open projects in all that the firm could take part in.
    """

    confirming: tuple[Rise, ...] = ()
    answers: tuple[Answer, ...] = ()
    n_projects: int = 0
    n_open: int = 0


@dataclass(frozen=True, eq=False)
class _Asked:
    """One open project, and how the firm stands in it now."""

    project: Project
    queries: Queries
    best: Best
    explainer: Explainer
    logits: dict[Role, float]


@dataclass
class _Supposed:
    """One statement that is supposed, and where it is asked for."""

    need: Need
    kind: StatementKind
    guessed: bool
    nearness: float
    asked: list[tuple[_Asked, Role]]


def what_would_help(
    matcher: Matcher,
    firm_id: str,
    projects: Iterable[Project],
    *,
    today: date,
    limit: int = 5,
    most_projects: int = 20,
    most_supposed: int = 40,
) -> Help:
    """Which one statement of a firm would raise which matches.

    Args:
        matcher: as it serves now.
        firm_id: of the firm.
        projects: those that are not open, or that the firm is in already, are passed over.
        today: day on which they are open, and on which the statement would be made.
        limit: most answers.
        most_projects: only these that the firm is nearest to are looked at.
        most_supposed: only these statements are supposed, those asked for most often.

    Returns:
        Answers in the order of what they are likely to bring: bands gained, times how near the firm's profile is to it.

    Raises:
        UnknownRecord: no such firm.
    """
    view = matcher.view
    position = view.position(firm_id)
    if position is None:
        raise UnknownRecord(f"firm {firm_id!r} is not in the index: expected an id from the directory")
    if view.facets.candidate[position] != 1:
        return Help()
    wanted = [p for p in projects if is_open(p, today) and position not in already_in(view, p)]
    asked = _nearest(_ask(matcher, view, position, wanted), most_projects)
    sure = is_sure(view, position)
    confirming = [] if sure else _confirming(matcher, view, position, asked)
    supposed = _supposed(position, asked, most_supposed)
    answers = _answers(matcher, view, position, supposed, today)
    return Help(_highest(confirming), tuple(answers[:limit]), len(asked), len(wanted))


def roles_of(project: Project) -> tuple[Role, ...]:
    """Roles that a project still takes."""
    return (Role.SUPPLIER, Role.PARTNER) if project.stage in _TAKES_PARTNERS else (Role.SUPPLIER,)


def _ask(matcher: Matcher, view: View, position: int, projects: Sequence[Project]) -> list[_Asked]:
    needs = [project_needs(project, limit=matcher.config.max_needs) for project in projects]
    texts = [Queries.texts_of(project_text(p), n) for p, n in zip(projects, needs, strict=True)]
    unique = list(dict.fromkeys(text for some in texts for text in some))
    if not unique:
        return []
    row = {text: i for i, text in enumerate(unique)}
    vectors = matcher.encoder.encode(unique)
    found = []
    for project, own, words in zip(projects, needs, texts, strict=True):
        queries = Queries(words, tuple(own), vectors[[row[text] for text in words]], project_things(project))
        best = view.best(queries.texts)
        explainer = Explainer(view, queries, best, matcher.config)
        inputs = explainer.inputs(position)
        logits = {role: explainer.logit(inputs, role) for role in roles_of(project)}
        found.append(_Asked(project, queries, best, explainer, logits))
    return found


def _nearest(asked: Sequence[_Asked], most: int) -> list[_Asked]:
    return sorted(asked, key=lambda one: (-max(one.logits.values()), one.project.id))[:most]


def _confirming(matcher: Matcher, view: View, position: int, asked: Sequence[_Asked]) -> list[Rise]:
    if not view.firm(position).statements:
        return []
    found = []
    for one in asked:
        for role, logit in one.logits.items():
            before, after = (band_of(view, position, logit, matcher.config, sure=sure) for sure in (False, True))
            if before is not after:
                found.append(Rise(one.project.id, one.project.title, role, before, after))
    return found


def _supposed(position: int, asked: Sequence[_Asked], most: int) -> list[_Supposed]:
    """Statements to suppose: what projects ask for and the profile does not name."""
    found: dict[str, _Supposed] = {}
    for one in asked:
        needs = {need.id: (row, need) for row, need in enumerate(one.queries.needs, 1)}
        similarity = one.explainer.inputs(position).similarity
        for role in one.logits:
            for said in one.explainer.needs([position], role)[0]:
                if said.state is NeedState.FOUND or said.need_id not in needs:
                    continue
                row, need = needs[said.need_id]
                if is_piece(need):
                    continue
                nearness = float(similarity[row].max(initial=0.0))
                guessed = said.state is NeedState.GUESSED
                key = need.text.casefold()
                here = found.setdefault(key, _Supposed(need, kind_of(need), guessed, nearness, []))
                if (one, role) not in here.asked:  # two needs may have the same words
                    here.asked.append((one, role))
    return sorted(found.values(), key=lambda one: (-len(one.asked), -one.nearness, one.need.text))[:most]


def is_piece(need: Need) -> bool:
    """Whether a need is a piece of the project's own text: nobody can say yes to it on the telephone."""
    return need.origin is Origin.INFERRED and need.role is NeedRole.EITHER and concept_of(need.text) is None


def kind_of(need: Need) -> StatementKind:
    """Kind of the statement that would meet a need."""
    concept = concept_of(need.text)
    return StatementKind.CAPABILITY if concept is None else _KINDS.get(concept.kind, StatementKind.CAPABILITY)


def _answers(matcher: Matcher, view: View, position: int, supposed: Sequence[_Supposed], today: date) -> list[Answer]:
    firm, config = view.firm(position), matcher.config
    variants = [_with(firm, one, number, today) for number, one in enumerate(supposed)]
    words = view.snapshot.config.passage_words
    delta = [DeltaFirm.of(variant, matcher.encoder, words=words, words_only=False) for variant in variants]
    wider = view.with_changes(delta, (), change=view.change)
    places = {variant.id: wider.position(variant.id) for variant in variants}
    explainers: dict[str, Explainer] = {}
    ranked: list[tuple[float, Answer]] = []
    for one, variant in zip(supposed, variants, strict=True):
        place = places[variant.id]
        assert place is not None
        rises = []
        for asked, role in one.asked:
            if asked.project.id not in explainers:
                explainers[asked.project.id] = Explainer(wider, asked.queries, asked.best, config)
            explainer = explainers[asked.project.id]
            after = band_of(wider, place, explainer.logit(explainer.inputs(place), role), config, sure=True)
            # A confirmation alone may raise a band too; that is told apart.
            before = band_of(view, position, asked.logits[role], config, sure=True)
            if after in REACHED and ORDER.index(after) > ORDER.index(before):
                rises.append(Rise(asked.project.id, asked.project.title, role, before, after))
        if rises:
            gain = sum(1 + (rise.after is Band.WORTH_A_CALL) for rise in rises)
            answer = Answer(one.need, one.kind, ask_about(one.need), one.guessed, _highest(rises))
            ranked.append((gain * max(one.nearness, 0.05), answer))
    ranked.sort(key=lambda pair: (-round(pair[0], 6), pair[1].need.text))
    return [answer for _, answer in ranked]


def _with(firm: Firm, supposed: _Supposed, number: int, today: date) -> Firm:
    # No firm can have such an id, so that none is replaced.
    statement = Statement("supposed", supposed.kind, supposed.need.text, None, today.isoformat(), confirmed=True)
    return dataclasses.replace(firm, id=f"{firm.id} {number:04}", statements=(*firm.statements, statement))


def _highest(rises: Sequence[Rise]) -> tuple[Rise, ...]:
    return tuple(sorted(rises, key=lambda one: (-ORDER.index(one.after), one.title, one.project_id, one.role)))
