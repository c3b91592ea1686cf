"""Add, change and delete the people that staff know at firms and projects."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace

from sqlalchemy import Connection

from service import audit
from service.accounts import staff
from service.clock import now
from service.consent import forgetting_repository
from service.contacts import repository
from service.contacts.repository import Contact
from service.db import Database
from service.errors import Conflict, Invalid, NotFound, Stale
from service.own_page import repository as own_page_repository
from service.security import Caller
from service.words import LANGUAGES, _

MOST = {"name": 200, "role": 200, "telephone": 60, "source": 500}
_TELEPHONE = re.compile(r"[\d\s+().,/#-]*(?:(?:x|ext\.?|extension|poste|local|p\.)\s*\d{1,6})?", re.IGNORECASE)
_EXTENSION = re.compile(r"(?:x|ext\.?|extension|poste|local|p\.|#)\s*\d{1,6}\s*$", re.IGNORECASE)
LEAST_DIGITS, MOST_DIGITS = 7, 15


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a contact belongs to."""

    firm_id: str | None = None
    project_id: str | None = None

    def __post_init__(self) -> None:
        """See that it is one of the two."""
        assert (self.firm_id is None) != (self.project_id is None)

    @property
    def kind(self) -> str:
        """As the audit calls it."""
        return "firm" if self.firm_id is not None else "project"

    @property
    def id(self) -> str:
        """Of the firm or project."""
        return self.firm_id if self.firm_id is not None else str(self.project_id)


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """What somebody wrote about a contact; empty is *not known*."""

    name: str = field(default="", repr=False)
    role: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    telephone: str = field(default="", repr=False)
    language: str = ""
    source: str = field(default="", repr=False)

    def cleaned(self) -> ContactDraft:
        """The same without needless blanks, the address folded.

        Raises:
            Invalid: a value makes no sense.
        """
        draft = ContactDraft(**{one.name: " ".join(getattr(self, one.name).split()) for one in fields(self)})
        if not (draft.name or draft.email or draft.telephone):
            raise Invalid("name", _("Write a name, a telephone number or an e-mail address."))
        for name, most in MOST.items():
            if len(getattr(draft, name)) > most:
                raise Invalid(name, _("This is too long: expected at most %(most)s characters.", most=most))
        if draft.telephone:
            _check_telephone(draft.telephone)
        if draft.language and draft.language not in LANGUAGES:
            raise Invalid("language", _("Choose one of the languages."))
        return replace(draft, email=staff.check_email(draft.email)) if draft.email else draft


def _check_telephone(given: str) -> None:
    """See that a number can be dialled.

    Raises:
        Invalid: it cannot.
    """
    n_digits = sum(letter.isdigit() for letter in _EXTENSION.sub("", given))
    if not _TELEPHONE.fullmatch(given) or not LEAST_DIGITS <= n_digits <= MOST_DIGITS:
        raise Invalid("telephone", _("This is no telephone number: expected one such as 905 555 0134 ext. 12."))


def of_firm(database: Database, firm_id: str) -> list[Contact]:
    """People at a firm, those with a telephone first."""
    return of_firms(database, [firm_id]).get(firm_id, [])


def of_firms(database: Database, ids: Collection[str]) -> dict[str, list[Contact]]:
    """People by firm; firms of which we know nobody are left out."""
    with database.read() as tx:
        return repository.of_firms(tx, ids)


def of_project(database: Database, project_id: str) -> list[Contact]:
    """People at a project, those with a telephone first."""
    with database.read() as tx:
        return repository.of_projects(tx, [project_id]).get(project_id, [])


def get(database: Database, contact_id: str) -> Contact:
    """One contact.

    Raises:
        NotFound: it is not there.
    """
    with database.read() as tx:
        return _find(tx, contact_id)


def add(database: Database, caller: Caller, owner: Owner, draft: ContactDraft) -> Contact:
    """Add somebody to a firm or project.

    Raises:
        Invalid: a value makes no sense.
        NotFound: there is no such firm or project.
        Conflict: this person is there already.
    """
    draft = draft.cleaned()
    with database.write() as tx:
        return add_in(tx, caller, owner, draft)


def add_in(tx: Connection, caller: Caller, owner: Owner, draft: ContactDraft) -> Contact:
    """Add somebody in a transaction at hand; the draft is cleaned.

    Raises:
        NotFound, Conflict: as for :func:`add`.
    """
    if not repository.owner_is_there(tx, firm_id=owner.firm_id, project_id=owner.project_id):
        raise NotFound(f"no {owner.kind} {owner.id!r} is here")
    moment = now()
    contact = Contact(
        str(uuid.uuid4()), owner.firm_id, owner.project_id, draft.name, draft.role, draft.email, draft.telephone,
        draft.language, draft.source, 1, caller.id, moment, moment,
    )  # fmt: skip
    _refuse_second(tx, contact)
    repository.add(tx, contact)
    audit.record(tx, caller, "contact.add", owner.kind, owner.id, details={"contact": contact.id})
    return contact


def change(
    database: Database, caller: Caller, contact_id: str, draft: ContactDraft, *, expected: int | None
) -> Contact:
    """Change what is known of somebody.

    Raises:
        Invalid: a value makes no sense.
        NotFound: they are not there.
        Stale: somebody changed them meanwhile.
        Conflict: this person is there already.
    """
    draft = draft.cleaned()
    with database.write() as tx:
        stored = _find(tx, contact_id)
        _check_version(stored, expected)
        values = {one.name: getattr(draft, one.name) for one in fields(draft)}
        contact = replace(stored, **values, version=stored.version + 1, updated_at=now())
        _refuse_second(tx, contact)
        if not repository.change(tx, contact, expected=stored.version):
            raise _stale()
        owner = owner_of(contact)
        changed = sorted(name for name, value in values.items() if value != getattr(stored, name))
        details = {"contact": contact_id, "fields": changed}
        audit.record(tx, caller, "contact.change", owner.kind, owner.id, details=details)
    return contact


def delete(database: Database, caller: Caller, contact_id: str, *, expected: int | None = None) -> Contact:
    """Delete somebody for good; answers who it was.

    Raises:
        NotFound: they are not there.
        Stale: somebody changed them meanwhile.
    """
    with database.write() as tx:
        stored = _find(tx, contact_id)
        _check_version(stored, expected)
        forgetting_repository.forget_contacts(tx, [contact_id], now())
        own_page_repository.forget(tx, contact_id)
        repository.remove(tx, contact_id)
        owner = owner_of(stored)
        audit.record(tx, caller, "contact.delete", owner.kind, owner.id, details={"contact": contact_id})
    return stored


def owner_of(contact: Contact) -> Owner:
    """Whom a contact belongs to."""
    return Owner(contact.firm_id, contact.project_id)


def _find(tx: Connection, contact_id: str) -> Contact:
    contact = repository.find(tx, contact_id)
    if contact is None:
        raise NotFound(_("This contact is not there any more."))
    return contact


def _check_version(stored: Contact, expected: int | None) -> None:
    if expected is not None and expected != stored.version:
        raise _stale()


def _stale() -> Stale:
    return Stale(_("Somebody has changed this contact meanwhile."))


def _refuse_second(tx: Connection, contact: Contact) -> None:
    if repository.same_person(tx, contact):
        raise Conflict(_("This person is there already: change what is known of them instead."))
