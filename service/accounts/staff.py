"""Staff: add, change role, disable, reset and change passwords."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable

from sqlalchemy import Connection

from service import audit
from service.accounts import repository
from service.accounts.repository import User, fold_email
from service.clock import now
from service.db import Database
from service.errors import Conflict, Invalid, NotFound
from service.passwords import check_password, hash_password, same_password, temporary_password
from service.security import Caller, Role
from service.words import DEFAULT, LANGUAGES, _

_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]+\.[^@\s.,;<>\"]{2,}")


def list_users(database: Database) -> list[User]:
    """Everybody, by name; those who were disabled too."""
    with database.read() as tx:
        return repository.all_users(tx)


def names_of(database: Database, callers: Iterable[str]) -> dict[str, str]:
    """Names by the ids that the audit keeps, such as ``user:…``: a page says who did something."""
    wanted = set(callers)
    if not any(caller.startswith("user:") for caller in wanted):
        return {}
    return {user.caller.id: user.name for user in list_users(database) if user.caller.id in wanted}


def is_set_up(database: Database) -> bool:
    """Whether anybody was ever added."""
    with database.read() as tx:
        return repository.any_user(tx)


def find_by_email(database: Database, email: str) -> User:
    """A member of staff by address.

    Raises:
        NotFound: nobody has it.
    """
    with database.read() as tx:
        user = repository.find_user_by_email(tx, email)
    if user is None:
        raise NotFound(f"nobody has the address {email!r}: `matcher-service users list` shows all")
    return user


def add_user(
    database: Database, caller: Caller, *, email: str, name: str, role: Role, language: str = DEFAULT
) -> tuple[User, str]:
    """Add a member of staff.

    Returns:
        Who was added, and the password for their first sign-in, which cannot be had again.

    Raises:
        Invalid: address or name make no sense.
        Conflict: somebody has this address.
    """
    password = temporary_password()
    user = new_user(email=email, name=name, role=role, password=password, language=language, must_change=True)
    with database.write() as tx:
        add_user_in(tx, caller, user)
    return user, password


def new_user(*, email: str, name: str, role: Role, password: str, language: str, must_change: bool = False) -> User:
    """A member of staff who is not stored yet.

    Raises:
        Invalid: a value makes no sense.
    """
    email, name = check_email(email), name.strip()
    if not 1 <= len(name) <= 200:
        raise Invalid("name", _("Write the person's name, with at most 200 characters."))
    if language not in LANGUAGES:
        raise Invalid("language", _("Choose one of the languages."))
    check_password(password, email=email)
    return User(str(uuid.uuid4()), email, name, role, hash_password(password), must_change, language, now(), None, 1)


def add_user_in(tx: Connection, caller: Caller, user: User) -> None:
    """Store a member of staff in a transaction at hand.

    Raises:
        Conflict: somebody has this address.
    """
    if repository.find_user_by_email(tx, user.email) is not None:
        raise Conflict(_("Somebody has the address %(email)s already.", email=user.email))
    repository.add_user(tx, user)
    audit.record(tx, caller, "user.add", "user", user.id, version=1, details={"role": user.role.value})


def check_email(email: str, *, field: str = "email") -> str:
    """An address, folded.

    Raises:
        Invalid: it is none.
    """
    folded = fold_email(email)
    if len(folded) > 254 or not _EMAIL.fullmatch(folded):
        raise Invalid(field, _("This is no e-mail address: expected one such as sam@example.org."))
    return folded


def set_role(database: Database, caller: Caller, user_id: str, role: Role) -> User:
    """Change what somebody may do, from their next click on.

    Raises:
        NotFound: there is no such person.
        Conflict: it is the last admin.
    """
    with database.write() as tx:
        user = _find(tx, user_id, may_stay_admin=role is Role.ADMIN)
        if user.role is role:
            return user
        changed = repository.change_user(tx, user, role=role.value)
        audit.record(
            tx, caller, "user.role", "user", user_id, version=changed.version, details={"role": role.value}
        )  # fmt: skip
    return changed


def disable_user(database: Database, caller: Caller, user_id: str) -> User:
    """Take somebody's access away at once; what they did stays under their name.

    Raises:
        NotFound: there is no such person.
        Conflict: it is the last admin.
    """
    with database.write() as tx:
        user = _find(tx, user_id, may_stay_admin=False)
        if user.disabled_at is not None:
            return user
        repository.end_sessions(tx, user_id)
        changed = repository.change_user(tx, user, disabled_at=now())
        audit.record(tx, caller, "user.disable", "user", user_id, version=changed.version)
    return changed


def reset_password(database: Database, caller: Caller, user_id: str) -> tuple[User, str]:
    """Give somebody a new password for one sign-in; it lets a disabled person in again.

    Returns:
        Who it is, and the password, which cannot be had again.

    Raises:
        NotFound: there is no such person.
    """
    password = temporary_password()
    hashed = hash_password(password)
    with database.write() as tx:
        user = _find(tx, user_id, may_stay_admin=True)
        repository.end_sessions(tx, user_id)
        changed = repository.change_user(tx, user, password_hash=hashed, must_change=True, disabled_at=None)
        audit.record(tx, caller, "user.reset", "user", user_id, version=changed.version)
    return changed, password


def change_password(database: Database, user: User, session_id: str, *, old: str, new: str, again: str) -> None:
    """Change one's own password; every other browser is signed out.

    Raises:
        Invalid: the old one is wrong, the new one is not worth having, or the two are not the same.
    """
    if not same_password(old, user.password_hash):
        raise Invalid("old", _("This is not your present password."))
    check_password(new, email=user.email, field="new")
    if new == old:
        raise Invalid("new", _("The new password is the old one: take another."))
    if new != again:
        raise Invalid("again", _("The two new passwords are not the same."))
    hashed = hash_password(new)
    with database.write() as tx:
        stored = _find(tx, user.id, may_stay_admin=True)
        repository.end_sessions(tx, user.id, but=session_id)
        changed = repository.change_user(tx, stored, password_hash=hashed, must_change=False)
        audit.record(tx, user.caller, "user.password", "user", user.id, version=changed.version)


def set_language(database: Database, user: User, language: str) -> None:
    """Remember the language in which somebody reads pages.

    Raises:
        Invalid: there is no such language.
    """
    if language not in LANGUAGES:
        raise Invalid("language", _("Choose one of the languages."))
    with database.write() as tx:
        stored = _find(tx, user.id, may_stay_admin=True)
        changed = repository.change_user(tx, stored, language=language)
        audit.record(tx, user.caller, "user.language", "user", user.id, version=changed.version)


def _find(tx: Connection, user_id: str, *, may_stay_admin: bool) -> User:
    """A member of staff, if the change leaves an admin who can sign in."""
    admins = repository.active_admins(tx)
    user = repository.find_user(tx, user_id)
    if user is None:
        raise NotFound(_("There is no such person."))
    if not may_stay_admin and admins == {user_id}:
        raise Conflict(_("%(name)s is the last admin: make somebody else an admin first.", name=user.name))
    return user
