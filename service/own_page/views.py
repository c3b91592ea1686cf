"""What a firm sees on its own page: its lines, what is open for it, what it answered, and how it all stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from matcher import (
    Answer,
    Band,
    Filters,
    Firm,
    Need,
    Opportunity,
    Origin,
    Project,
    Release,
    Role,
    Statement,
    StatementKind,
    UnknownRecord,
    ask_about,
    is_open,
    need_words,
    project_needs,
)
from service.accounts import staff
from service.clock import today
from service.context import Services
from service.errors import IndexNotReady
from service.firms import notes
from service.firms.outlook import help_for
from service.firms.words import OWN_PAGE, group_words, source_link
from service.introductions import repository as introductions_repository
from service.introductions.repository import Introduction, Wanted
from service.introductions.words import State
from service.matches.cards import card_of
from service.matches.speaking import in_language
from service.own_page import repository
from service.own_page.actions import NOT_SHOWN, shown
from service.own_page.door import Visitor
from service.own_page.words import answer_words, heading_words, how_words, introduction_words, outcome_words, who_words
from service.projects import repository as projects_repository
from service.projects.words import takes_partners
from service.records import Stored
from service.release import Released, released_in
from service.words import _, language, ngettext

MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that we believe about a firm.

    Attributes:
        who: who said it, in words.
        link: the page it stands on, or empty.
        how: how it was confirmed, in words; empty when nobody did.
        confirmed_at: when; None when it is not written down.
        is_own: whether the firm wrote it here itself, so that who said it needs no second word.
    """

    statement: Statement
    who: str
    link: str
    how: str
    confirmed_at: datetime | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under one heading."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Chance:
    """One open project for a firm, in what outsiders may read of it.

    Attributes:
        roles: in which it fits, the better one first.
        needs: what is looked for; empty where only a note was approved.
        quote: what the firm confirmed and this rests on; empty for none.
        ask: what we do not know and should; empty where only a note was approved.
    """

    title: str
    text: str
    roles: tuple[Role, ...]
    closes: str | None
    needs: tuple[str, ...]
    quote: str
    ask: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a firm could tell us to match more.

    Attributes:
        text: the line that a yes would be.
        sum: what it would change, in words.
    """

    ask: str
    text: str
    kind: StatementKind
    sum: str


@dataclass(frozen=True, slots=True)
class Answered:
    """Something that a firm answered, and where it stands.

    Attributes:
        officer: who promised to call; empty when nobody did.
        call_by: by which day, as an ISO date.
        is_kept: whether they called.
        word: what became of it, in the words of who called.
    """

    title: str
    said: str
    at: datetime | None
    officer: str
    call_by: str
    is_kept: bool
    word: str


@dataclass(frozen=True, slots=True)
class Introduced:
    """A project that the firm was proposed to or met, and what came of it."""

    title: str
    stands: str
    outcome: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Open:
    """What is open for a firm.

    Attributes:
        is_ready: False while the service is starting and cannot say.
        n_released: open projects that firms may be told of.
    """

    chances: tuple[Chance, ...]
    question: Question | None
    n_released: int
    is_ready: bool = True


def groups_of(services: Services, firm: Firm) -> list[Group]:
    """Lines of a firm under their headings; what nobody confirmed yet comes first."""
    told = notes.confirmations_of(services.database, firm.id)
    found: dict[str, list[Line]] = {}
    renamed = heading_words()
    for kind, heading in group_words().items():
        if kind in NOT_SHOWN:
            continue
        for statement in sorted(firm.of_kind(kind), key=lambda one: one.confirmed):
            said = told.get(statement.id) if statement.confirmed else None
            is_own = statement.confirmed and statement.source == OWN_PAGE
            how = how_words(said.how if said else "", wrote=is_own) if statement.confirmed else ""
            line = Line(
                statement, who_words(statement.source), source_link(statement.source), how, said.at if said else None,
                is_own,
            )  # fmt: skip
            found.setdefault(renamed.get(heading, heading), []).append(line)
    return [Group(title, tuple(lines)) for title, lines in found.items()]


def n_open_lines(firm: Firm) -> int:
    """How many lines nobody has confirmed yet."""
    return sum(not one.confirmed for one in shown(firm))


def open_for(services: Services, visitor: Visitor) -> Open:
    """Released open projects that fit a firm, and the one question whose answer would bring more."""
    firm, day = visitor.firm.record, today()
    with services.database.read() as tx:
        stored = [one for one in projects_repository.all_possibly_open(tx, day) if is_open(one.record, day)]
        stored = [one for one in stored if one.record.release is not Release.ONLY_US]
        passed = {one.project_id for one in introductions_repository.list_some(tx, Wanted(firm_id=firm.id))}
        passed |= repository.apart_from(tx, firm.id)
        stored = [one for one in stored if one.id not in passed]
    projects = {one.id: one.record for one in stored}
    try:
        matcher = services.follower.fresh()
        found = matcher.opportunities(firm.id, projects.values(), today=day, limit=2 * MOST_SHOWN, explain=True)
        full = [one for one in projects.values() if one.release is Release.FULL_TEXT]
        answers = help_for(matcher, firm.id, tuple(full)).answers
    except UnknownRecord:  # put away, or added just now
        return Open((), None, len(stored))
    except IndexNotReady:
        return Open((), None, len(stored), is_ready=False)
    fitting: dict[str, list[Opportunity]] = {}
    for one in found:
        fits = one.match.band in (Band.WORTH_A_CALL, Band.MAYBE)
        if fits and (one.role is Role.SUPPLIER or takes_partners(one.stage)):
            fitting.setdefault(one.project_id, []).append(one)
    best = dict(list(fitting.items())[:MOST_SHOWN])
    with services.database.read() as tx:
        released = {one.id: released_in(tx, one) for one in stored if one.id in best}
    question = next((_question(one) for one in answers if _may_say(services, one.need, stored)), None)
    chances = tuple(_chance(some, projects[key], firm, released[key]) for key, some in best.items())
    return Open(chances, question, len(stored))


def _may_say(services: Services, need: Need, stored: Sequence[Stored[Project]]) -> bool:
    """Whether outsiders read a need's words as they are, in every project that somebody wrote it for: no name in it."""
    asking = [one for one in stored if need.text in _written(one.record)]
    with services.database.read() as tx:
        return all(need.text in released_in(tx, one).needs for one in asking)


def _written(project: Project) -> set[str]:
    return {need.text for need in project.needs if need.origin is Origin.STATED}


def _chance(found: list[Opportunity], project: Project, firm: Firm, released: Released) -> Chance:
    is_full = released.level is Release.FULL_TEXT
    may_ask = is_full and _written(project) <= set(released.needs)
    needs = {need.id: need for need in project_needs(project)}
    cards = [card_of(in_language(one.match, needs), firm, Filters()) for one in found]
    quotes = [why.quote for card in cards for why in card.why if why.confirmed]
    asks = [ask for card in cards for ask in card.asks] if may_ask else []
    return Chance(
        title=released.title, text="" if is_full else released.text, roles=tuple(one.role for one in found),
        closes=project.closes, needs=released.needs, quote=quotes[0] if quotes else "", ask=asks[0] if asks else "",
    )  # fmt: skip


def _question(answer: Answer) -> Question:
    n = len({rise.project_id for rise in answer.rises})
    said = ngettext(
        "With a yes, %(num)s open project fits you better.", "With a yes, %(num)s open projects fit you better.", n
    )
    return Question(ask_about(answer.need, language()), need_words(answer.need, language()), answer.kind, said)


def answers_of(services: Services, firm_id: str) -> list[Answered]:
    """What a firm answered to its lists, newest first, and where each stands."""
    with services.database.read() as tx:
        rows, promised = repository.answers_of(tx, firm_id), repository.promises_of(tx, firm_id)
    names = {user.id: user.name for user in staff.list_users(services.database)}
    by_item = {str(one["item_id"]): one for one in reversed(promised) if one["item_id"]}
    return [
        Answered(
            str(orjson.loads(row["told"]).get("title", "")), answer_words(str(row["answer"])),
            row["answered_at"], *_promised(by_item.get(str(row["id"])), names),
        )
        for row in rows
    ]  # fmt: skip


def _promised(promise: Mapping[str, Any] | None, names: Mapping[str, str]) -> tuple[str, str, bool, str]:
    if promise is None:
        return "", "", False, ""
    who = names.get(str(promise["officer_id"]), "")
    return who, str(promise["call_by"]), promise["kept_at"] is not None, str(promise["word"])


def introductions_of(services: Services, firm_id: str) -> list[Introduced]:
    """Where a firm stands with each project that it was told of, newest first; what only we know is left out."""
    with services.database.read() as tx:
        found = introductions_repository.list_some(tx, Wanted(firm_id=firm_id))
        projects = projects_repository.find_many(tx, {one.project_id for one in found})
        released = {key: released_in(tx, stored) for key, stored in projects.items()}
    told = [one for one in found if _was_told(one, projects.get(one.project_id))]
    told.sort(key=lambda one: one.updated_at, reverse=True)
    return [
        Introduced(
            title_of(projects.get(one.project_id), released.get(one.project_id)), introduction_words(one),
            outcome_words().get(one.outcome or "", ""), one.updated_at,
        )
        for one in told
    ]  # fmt: skip


def _was_told(one: Introduction, stored: Stored[Project] | None) -> bool:
    """Whether the firm knows of it: it answered, or the project is one that firms may be told of."""
    if one.firm_answer is not None or one.state != State.PROPOSED:
        return True
    return stored is not None and stored.record.release is not Release.ONLY_US


def title_of(stored: Stored[Project] | None, released: Released | None) -> str:
    """What a project is called to a firm: what was released of it."""
    if stored is None or released is None:
        return _("A project that is not with us any more")
    return released.title or released.text or _("A project that we told you about")
