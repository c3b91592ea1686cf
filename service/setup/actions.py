"""Set the installation up, and change what was said then."""

from __future__ import annotations

from dataclasses import dataclass

from service import audit
from service.accounts import staff
from service.accounts.repository import User
from service.clock import now
from service.db import Database
from service.errors import Invalid, NotFound, Stale
from service.security import Caller, Role
from service.setup import repository
from service.setup.repository import Chamber
from service.words import LANGUAGES, _

MOST = {"name": 200, "place": 100, "region": 100, "signer_name": 200, "signer_title": 200, "signer_telephone": 60}


@dataclass(frozen=True, slots=True)
class ChamberDraft:
    """What somebody wrote about the chamber."""

    name: str
    postal_address: str
    place: str
    region: str
    language: str
    signer_name: str
    signer_title: str
    signer_telephone: str
    signer_email: str

    def faults(self) -> dict[str, str]:
        """What is wrong with it, by field."""
        found = {}
        for field in ("name", "postal_address", "place", "region", "signer_name"):
            if not getattr(self, field).strip():
                found[field] = _MISSING[field]()
        for field, most in {**MOST, "postal_address": 1000}.items():
            if len(getattr(self, field)) > most:
                found[field] = _("This is too long: expected at most %(most)s characters.", most=most)
        if self.language not in LANGUAGES:
            found["language"] = _("Choose one of the languages.")
        if self.signer_email:
            try:
                staff.check_email(self.signer_email, field="signer_email")
            except Invalid as error:
                found["signer_email"] = str(error)
        return found


_MISSING = {
    "name": lambda: _("Write the chamber's name, as it stands on letters."),
    "postal_address": lambda: _("Write the postal address: every e-mail to a firm must carry it."),
    "place": lambda: _("Write the town: distances count from it."),
    "region": lambda: _("Write the region, such as Halton."),
    "signer_name": lambda: _("Write who signs letters and e-mails."),
}


def get_chamber(database: Database) -> Chamber | None:
    """The chamber; None before the set-up."""
    with database.read() as tx:
        return repository.find(tx)


def set_up(database: Database, draft: ChamberDraft, admin: User) -> None:
    """Store the chamber and its first admin, both or neither.

    Raises:
        NotFound: somebody was set up already.
        Invalid: a value makes no sense.
    """
    _check(draft)
    with database.write() as tx:
        if repository.find(tx) is not None:
            raise NotFound(_("The set-up is done already."))
        repository.add(tx, _chamber(draft))
        staff.add_user_in(tx, admin.caller, admin)
        audit.record(tx, admin.caller, "chamber.set-up", "chamber", "1", version=1)


def change_chamber(database: Database, caller: Caller, draft: ChamberDraft, *, expected: int | None) -> None:
    """Change what is said of the chamber.

    Raises:
        Stale: it has changed since it was read.
        Invalid: a value makes no sense.
    """
    _check(draft)
    with database.write() as tx:
        found = repository.find(tx)
        values = {field: getattr(draft, field).strip() for field in ChamberDraft.__dataclass_fields__}
        if found is None:  # staff were added by the command line, and nobody has told of the chamber yet
            repository.add(tx, _chamber(draft))
        elif not repository.change(tx, found.version if expected is None else expected, **values):
            raise Stale(_("Somebody else has changed this since you opened it."))
        version = 1 if found is None else found.version + 1
        audit.record(tx, caller, "chamber.change", "chamber", "1", version=version)


def first_admin(*, email: str, name: str, password: str, language: str) -> User:
    """The admin whom a set-up stores.

    Raises:
        Invalid: a value makes no sense.
    """
    return staff.new_user(email=email, name=name, role=Role.ADMIN, password=password, language=language)


def _check(draft: ChamberDraft) -> None:
    for field, message in draft.faults().items():
        raise Invalid(field, message)


def _chamber(draft: ChamberDraft) -> Chamber:
    values = {field: getattr(draft, field).strip() for field in ChamberDraft.__dataclass_fields__}
    return Chamber(**values, set_up_at=now(), version=1)
