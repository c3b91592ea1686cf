"""People of a list's contact columns → the store of contacts. Nothing of them is logged or reported but counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from matcher import Person
from service.contacts import actions as contact_actions
from service.contacts import repository as contacts_repository
from service.contacts.actions import ContactDraft, Owner
from service.contacts.repository import Contact
from service.errors import Conflict, Invalid, NotFound
from service.security import Caller


@dataclass
class PeopleCount:
    """What became of the people of a list.

    Attributes:
        added: ids of contacts that are new.
        known: people that were there already.
        unusable: cells that hold nobody who could be reached.
    """

    added: list[str] = field(default_factory=list)
    known: int = 0
    unusable: int = 0


def store_people(tx: Connection, caller: Caller, people: Mapping[str, Sequence[Person]], *, source: str) -> PeopleCount:
    """Add the people of some firms to their contacts.

    Args:
        tx: a writing transaction.
        caller: who does it.
        people: by firm.
        source: how we know them.
    """
    count = PeopleCount()
    here = contacts_repository.of_firms(tx, people)
    for firm_id, some in people.items():
        for person in some:
            draft = _draft(person, source)
            if draft is None:
                count.unusable += 1
            elif _is_known(draft, here.get(firm_id, ())):
                count.known += 1
            else:
                try:
                    count.added.append(contact_actions.add_in(tx, caller, Owner(firm_id=firm_id), draft).id)
                except (Conflict, NotFound):
                    count.known += 1
    return count


def count_people(tx: Connection, people: Mapping[str, Sequence[Person]], *, source: str) -> PeopleCount:
    """The same, with nothing stored: ``added`` holds an empty text for each who would be."""
    count = PeopleCount()
    here = contacts_repository.of_firms(tx, people)
    for firm_id, some in people.items():
        for person in some:
            draft = _draft(person, source)
            if draft is None:
                count.unusable += 1
            elif _is_known(draft, here.get(firm_id, ())):
                count.known += 1
            else:
                count.added.append("")
    return count


def _draft(person: Person, source: str) -> ContactDraft | None:
    """A contact that can be stored; a number or address that makes no sense is left out, the rest is kept."""
    given = {"name": person.name, "role": person.role, "email": person.email, "telephone": person.telephone}
    for leave_out in ((), ("telephone",), ("email",), ("telephone", "email"), ("role",)):
        kept = {name: "" if name in leave_out else value for name, value in given.items()}
        try:
            return ContactDraft(**kept, source=source).cleaned()
        except Invalid:
            continue
    return None


def _is_known(draft: ContactDraft, here: Sequence[Contact]) -> bool:
    """Whether a firm has this person already, also with more known of them than the list says."""
    for one in here:
        if draft.email and one.email == draft.email:
            return True
        same_name = draft.name.casefold() == one.name.casefold()
        if same_name and (not draft.email or not one.email) and draft.telephone in ("", one.telephone):
            return True
    return False
