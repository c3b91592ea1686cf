"""Introductions as pages show them: the board, and one of them with both sides and what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from service.accounts import staff
from service.contacts import actions as contacts
from service.contacts.repository import Contact
from service.context import Services
from service.introductions import actions, steps
from service.introductions.names import names_of
from service.introductions.repository import Introduction, Step, Wanted
from service.introductions.words import State, outcome_words, reason_words, source_words, step_words, value_words
from service.matches import repository as matches_repository
from service.security import Caller
from service.words import _

# Rows of one state on the board; a page of its own shows all.
PER_STATE = 25
PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One introduction on the board."""

    one: Introduction
    firm: str
    title: str
    owner: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Introductions in one state, the oldest promise first; ``total`` counts those that are not listed too."""

    state: str
    rows: list[Row]
    total: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the history."""

    words: str
    more: str
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class Page:
    """One introduction.

    Attributes:
        people: at the firm.
        project_people: on the project's side.
        asked_elsewhere: title of another project about which the firm has still to answer.
        undo: what would be undone, in words; empty when nothing can be.
        from_call: the call list on which the last step was told, where it is changed.
        letter: what to write to both sides; empty before both have said yes.
    """

    one: Introduction
    firm: str
    title: str
    owner: str
    people: list[Contact]
    project_people: list[Contact]
    asked_elsewhere: str
    is_apart: bool
    is_late: bool
    undo: str
    from_call: str
    history: list[Line]
    letter: str


def board(services: Services, wanted: Wanted, today: date, *, page: int = 1) -> list[Group]:
    """Introductions by state, in the order in which staff have something to do; of one state a page."""
    one_state = wanted.states is not None and len(wanted.states) == 1
    states = wanted.states or (State.BOTH_YES, State.FIRM_YES, State.PROPOSED, State.INTRODUCED)
    groups = []
    for state in states:
        limit, offset = (PER_PAGE, (page - 1) * PER_PAGE) if one_state else (PER_STATE, 0)
        asked = Wanted((str(state),), wanted.owner_id, wanted.firm_id, wanted.project_id)
        found, counts = actions.list_some(services, asked, limit=limit, offset=offset)
        if found or one_state:
            groups.append(Group(str(state), rows_of(services, found, today), counts.get(str(state), 0)))
    return groups


def rows_of(services: Services, found: Sequence[Introduction], today: date) -> list[Row]:
    """Introductions with what they are called."""
    names = names_of(services, found)
    return [
        Row(
            one, names.firm(one.firm_id), names.project(one.project_id), names.owner(one.owner_id), _is_late(one, today)
        )
        for one in found
    ]


def view(services: Services, introduction_id: str, caller: Caller, today: date) -> Page:
    """All that the page of an introduction shows.

    Raises:
        NotFound: it is not there.
    """
    one, found = actions.get(services, introduction_id)
    names = names_of(services, [one])
    people = contacts.of_firm(services.database, one.firm_id)
    project_people = contacts.of_project(services.database, one.project_id)
    with services.database.read() as tx:
        is_apart = any(pair.firm_id == one.firm_id for pair in matches_repository.apart_of(tx, one.project_id))
        asked = steps.other_question(tx, actions.Between(one.project_id, one.firm_id, one.role))
    last = steps.last_move(found)
    on_call = str(last.details.get("list", "")) if last else ""
    firm, title = names.firm(one.firm_id), names.project(one.project_id)
    both = one.state in (State.BOTH_YES, State.INTRODUCED) or one.introduced_at is not None
    return Page(
        one=one, firm=firm, title=title, owner=names.owner(one.owner_id), people=people,
        project_people=project_people, asked_elsewhere=asked, is_apart=is_apart, is_late=_is_late(one, today),
        undo="" if last is None or on_call else step_words().get(last.step, last.step),
        from_call=f"/call-lists/{on_call}#call-{last.details.get('call', '')}" if last and on_call else "",
        history=_history(services, found),
        letter=letter(firm, title, people, project_people, caller.name) if both else "",
    )  # fmt: skip


def letter(firm: str, title: str, people: list[Contact], project_people: list[Contact], sender: str) -> str:
    """What brings two sides together, to be sent by hand; written only once both have said yes."""
    ours, theirs = people[:1], project_people[:1]
    names = [one.name for one in (*theirs, *ours) if one.name]
    greeting = _("Hello %(names)s,", names=_(" and ").join(names)) if names else _("Hello,")
    lines = [
        greeting,
        "",
        _("You both said that you would like to talk about “%(title)s”. So let me bring you together.", title=title),
        "",
        *[_line(_("For the project"), one) for one in theirs],
        *([_line(firm, one) for one in ours] or [firm]),
        "",
        _("Please write or call each other. I would be glad to hear what comes of it."),
        "",
        sender,
    ]
    return "\n".join(lines)


def _line(side: str, one: Contact) -> str:
    return f"{side}: " + ", ".join(part for part in (one.name, one.role, one.telephone, one.email) if part)


def _is_late(one: Introduction, today: date) -> bool:
    return one.answer_by is not None and one.answer_by < today.isoformat()


def _history(services: Services, found: Sequence[Step]) -> list[Line]:
    who = staff.names_of(services.database, {step.actor for step in found})
    words = step_words()
    return [
        Line(words.get(step.step, step.step), _more(step, words), step.at, who.get(step.actor, step.actor))
        for step in reversed(found)
    ]


def _more(step: Step, words: dict[str, str]) -> str:
    """What was told with a step."""
    told = step.details
    parts = [
        source_words().get(told.get("source", ""), ""),
        reason_words().get(told.get("reason", ""), ""),
        value_words().get(told.get("value_range", ""), ""),
        words.get(told.get("step", ""), ""),
    ]
    return " · ".join(part for part in parts if part)


def outcome_so_far(one: Introduction) -> str:
    """What came of it until now, in words; empty when nothing is known."""
    return outcome_words().get(one.outcome or "", "")
