"""Call lists as pages show them: each firm with its numbers, what speaks for it, what to ask, what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matcher import Firm
from service.accounts import staff
from service.calls import actions
from service.calls.actions import ANSWERS
from service.calls.repository import Call, CallList, ListCounts
from service.contacts import repository as contacts_repository
from service.contacts.repository import Contact
from service.context import Services
from service.firms import repository as firms_repository
from service.introductions import repository as introductions_repository
from service.introductions.repository import Introduction, Wanted
from service.matches import repository as matches_repository
from service.projects import repository as projects_repository
from service.words import DEFAULT, _, language

# How much of it stands on the list; the rest is on the firm's page.
MOST_QUOTES = 2
MOST_NOT_KNOWN = 4
MOST_NUMBERS = 2


@dataclass(frozen=True, slots=True)
class CallView:
    """One firm of a list.

    Attributes:
        numbers: people with a telephone.
        others: people without one.
        choice: which of the answers it has.
        waits_for: another project about which the firm has still to answer.
        introduction: of this firm to the list's project, or None.
        is_apart: somebody noted since that the two should not be put together.
    """

    call: Call
    firm: Firm
    numbers: list[Contact]
    others: list[Contact]
    choice: str
    done_by: str
    waits_for: str
    introduction: Introduction | None
    is_apart: bool

    @property
    def said(self) -> dict[str, Any]:
        """What the list said when it was made, in the reader's language."""
        found = self.call.why.get(language()) or self.call.why.get(DEFAULT) or {}
        return {"why": found.get("why", [])[:MOST_QUOTES], "not_known": found.get("not_known", [])[:MOST_NOT_KNOWN],
                "distance": found.get("distance", "")}  # fmt: skip

    @property
    def asks(self) -> list[str]:
        """What to ask, in the reader's language."""
        return self.call.asks.get(language()) or self.call.asks.get(DEFAULT) or []


@dataclass(frozen=True, slots=True)
class ListView:
    """A list; ``title`` is its project's."""

    made: CallList
    title: str
    made_by: str
    calls: list[CallView]

    def count(self, *choices: str) -> int:
        """How many calls have one of these answers."""
        return sum(view.choice in choices for view in self.calls)

    def find(self, call_id: str) -> CallView | None:
        """One call of it."""
        return next((view for view in self.calls if view.call.id == call_id), None)


@dataclass(frozen=True, slots=True)
class Row:
    """A list among others."""

    counts: ListCounts
    title: str
    made_by: str


def answer_words() -> dict[str, str]:
    """What can come of a call."""
    return {
        "yes": _("Yes, interested"),
        "thinking": _("They will think about it"),
        "no": _("No"),
        "call_back": _("Call back"),
        "no_answer": _("Not reached"),
    }


def choice_of(call: Call) -> str:
    """Which of the answers a call has."""
    return next(name for name, stored in ANSWERS.items() if stored == (call.result, call.answer))


def view_list(services: Services, list_id: str) -> ListView:
    """A list with all that its page shows.

    Raises:
        NotFound: it is not there.
    """
    made, calls = actions.get_list(services, list_id)
    ids = {call.firm_id for call in calls}
    with services.database.read() as tx:
        firms = firms_repository.find_many(tx, ids)
        people = contacts_repository.of_firms(tx, ids)
        waiting = introductions_repository.open_questions(tx, ids)
        about = {made.project_id, *(one.project_id for one in waiting.values())}
        projects = projects_repository.find_many(tx, about)
        begun = introductions_repository.list_some(tx, Wanted(project_id=made.project_id))
        apart = {one.firm_id for one in matches_repository.apart_of(tx, made.project_id)}
    names = staff.names_of(services.database, {made.created_by, *(call.done_by or "" for call in calls)})
    titles = {key: stored.record.title for key, stored in projects.items()}
    mine = {one.firm_id: one for one in begun if one.role == made.role}
    views = []
    for call in calls:
        known, asked = people.get(call.firm_id, []), waiting.get(call.firm_id)
        elsewhere = asked is not None and asked.project_id != made.project_id
        stored = firms.get(call.firm_id)
        views.append(
            CallView(
                call=call, firm=stored.record if stored else Firm(call.firm_id, call.firm_id),
                numbers=[one for one in known if one.telephone][:MOST_NUMBERS],
                others=[one for one in known if not one.telephone][:MOST_NUMBERS],
                choice=choice_of(call), done_by=names.get(call.done_by or "", ""),
                waits_for=titles.get(asked.project_id, asked.project_id) if asked and elsewhere else "",
                introduction=mine.get(call.firm_id), is_apart=call.firm_id in apart,
            )
        )  # fmt: skip
    return ListView(made, titles.get(made.project_id, made.project_id), names.get(made.created_by, ""), views)


def rows_of(services: Services, found: Sequence[ListCounts]) -> list[Row]:
    """Lists with the names of what they are for."""
    with services.database.read() as tx:
        projects = projects_repository.find_many(tx, {one.made.project_id for one in found})
    names = staff.names_of(services.database, {one.made.created_by for one in found})
    return [
        Row(
            one, projects[key].record.title if (key := one.made.project_id) in projects else key,
            names.get(one.made.created_by, ""),
        )
        for one in found
    ]  # fmt: skip
