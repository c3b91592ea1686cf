"""People of a list's contact columns → the store of contacts. Nothing of them is logged or reported but counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection

from matcher import Person
from service.clock import now
from service.consent import ledger
from service.consent import repository as consent_repository
from service.consent.ledger import ConsentDraft
from service.consent.rules import Basis
from service.contacts import actions as contact_actions
from service.contacts import repository as contacts_repository
from service.contacts.actions import ContactDraft, Owner
from service.contacts.repository import Contact
from service.errors import Conflict, Invalid, NotFound
from service.jobs import Job
from service.security import Caller

# A list that comes every week is not noted again each time.
FRESH_DAYS = 28


@dataclass
class PeopleCount:
    """What became of the people of a list.

    Attributes:
        added: ids of contacts that are new.
        known: people that were there already.
        unusable: cells that hold nobody who could be reached.
        members: addresses of members that letters may go to by this list.
    """

    added: list[str] = field(default_factory=list)
    known: int = 0
    unusable: int = 0
    members: int = 0


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


def member_source(job: Job) -> str:
    """What is noted as the reason why members on a list may be mailed: the file, the import, and what was said."""
    said = "all are members" if job.payload.get("members") == "yes" else "marked as a member"
    return f"{job.payload.get('file') or job.payload['source']} (import {job.id}): {said}"


def record_members(
    tx: Connection, caller: Caller, people: Mapping[str, Sequence[Person]], *, source: str, check: bool
) -> int:
    """Note of the people of some members that letters may go to them, and how we know.

    Args:
        tx: a writing transaction.
        caller: who said that they are members.
        people: by firm that the list calls a member.
        source: see :func:`member_source`.
        check: count, and note nothing.

    Returns:
        How many addresses these are.
    """
    listed = {(firm_id, draft.email) for firm_id, some in people.items() for one in some if (draft := _draft(one, ""))}
    if check:
        return len({email for _, email in listed if email})
    here = contacts_repository.of_firms(tx, people)
    found = {
        one.email: one for some in here.values() for one in some if one.email and (one.firm_id, one.email) in listed
    }
    day = now().date()
    fresh = consent_repository.fresh_members(tx, found, since=day - timedelta(days=FRESH_DAYS))
    ledger.record_all_in(
        tx, caller.id,
        [
            ConsentDraft(email, Basis.MEMBER, source, day, one.id, one.firm_id)
            for email, one in found.items()
            if email not in fresh
        ],
    )  # fmt: skip
    return len(found)


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
