"""SQL of API keys, staff and their sessions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, insert, select, update

from service.security import Caller, Role, Scope
from service.tables import api_keys, secrets, sessions, users


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as stored: its secret is not."""

    id: str
    name: str
    hash: str
    scope: Scope
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


def add(tx: Connection, key: ApiKey) -> None:
    """Store a new key."""
    tx.execute(
        insert(api_keys).values(
            id=key.id, name=key.name, hash=key.hash, scopes=key.scope.value, created_at=key.created_at
        )
    )


def find(tx: Connection, key_id: str) -> ApiKey | None:
    """A key by its public id."""
    row = tx.execute(select(api_keys).where(api_keys.c.id == key_id)).mappings().first()
    return None if row is None else _read(dict(row))


def all_keys(tx: Connection) -> list[ApiKey]:
    """Every key, oldest first."""
    rows = tx.execute(select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id)).mappings()
    return [_read(dict(row)) for row in rows]


def revoke(tx: Connection, key_id: str, at: datetime) -> bool:
    """Mark a key as revoked; False when there is none in force."""
    found = tx.execute(
        update(api_keys).where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None)).values(revoked_at=at)
    )
    return found.rowcount == 1


def used(tx: Connection, key_id: str, at: datetime) -> None:
    """Note when a key was last used."""
    tx.execute(update(api_keys).where(api_keys.c.id == key_id).values(last_used_at=at))


def _read(row: dict[str, object]) -> ApiKey:
    scope = Scope(str(row.pop("scopes")))
    return ApiKey(scope=scope, **row)  # type: ignore[arg-type] # the columns have the fields' types


@dataclass(frozen=True, slots=True)
class User:
    """A member of staff."""

    id: str
    email: str
    name: str
    role: Role
    password_hash: str
    must_change: bool
    language: str
    created_at: datetime
    disabled_at: datetime | None
    version: int

    @property
    def caller(self) -> Caller:
        """As actions know them."""
        return Caller(f"user:{self.id}", self.name, self.role.scope)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody is signed in; ``id`` is the hash of the cookie's token."""

    id: str
    user_id: str
    csrf: str
    flash: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


def fold_email(email: str) -> str:
    """An address as it is stored and compared."""
    return email.strip().casefold()


def add_user(tx: Connection, user: User) -> None:
    """Store a new user."""
    tx.execute(insert(users).values({**asdict(user), "role": user.role.value}))


def find_user(tx: Connection, user_id: str) -> User | None:
    """A user by id; locked until the end of a writing transaction."""
    return _one_user(tx, users.c.id == user_id)


def find_user_by_email(tx: Connection, email: str) -> User | None:
    """A user by address, however it is written."""
    return _one_user(tx, users.c.email == fold_email(email))


def all_users(tx: Connection) -> list[User]:
    """Every user, by name."""
    rows = tx.execute(select(users).order_by(users.c.name, users.c.id)).mappings()
    return [_read_user(dict(row)) for row in rows]


def any_user(tx: Connection) -> bool:
    """Whether anybody was ever set up."""
    return tx.execute(select(users.c.id).limit(1)).first() is not None


def active_admins(tx: Connection) -> set[str]:
    """Ids of admins who can sign in, locked: two who demote each other at once must wait for one another."""
    query = select(users.c.id).where(users.c.role == Role.ADMIN.value, users.c.disabled_at.is_(None))
    return set(tx.execute(_locked(tx, query.order_by(users.c.id))).scalars())


def change_user(tx: Connection, user: User, **values: object) -> User:
    """Change columns of a user and raise the version."""
    tx.execute(update(users).where(users.c.id == user.id).values(version=user.version + 1, **values))
    changed = find_user(tx, user.id)
    assert changed is not None
    return changed


def add_session(tx: Connection, session: Session) -> None:
    """Store a new session, and drop those that are over."""
    tx.execute(delete(sessions).where(sessions.c.expires_at < session.created_at))
    tx.execute(insert(sessions).values(asdict(session)))


def find_session(tx: Connection, session_id: str) -> tuple[Session, User] | None:
    """A session with its user, whether or not it is still good."""
    row = tx.execute(select(sessions).where(sessions.c.id == session_id)).mappings().first()
    user = None if row is None else find_user(tx, row["user_id"])
    return None if row is None or user is None else (Session(**row), user)


def change_session(tx: Connection, session_id: str, **values: object) -> None:
    """Change columns of a session, if it is still there."""
    tx.execute(update(sessions).where(sessions.c.id == session_id).values(**values))


def end_session(tx: Connection, session_id: str) -> None:
    """Sign one browser out."""
    tx.execute(delete(sessions).where(sessions.c.id == session_id))


def end_sessions(tx: Connection, user_id: str, *, but: str = "") -> None:
    """Sign a user out everywhere, but for one session."""
    tx.execute(delete(sessions).where(sessions.c.user_id == user_id, sessions.c.id != but))


def secret(tx: Connection, name: str) -> str | None:
    """A random key of this installation, or None."""
    value = tx.execute(select(secrets.c.value).where(secrets.c.name == name)).scalar()
    return None if value is None else str(value)


def add_secret(tx: Connection, name: str, value: str) -> None:
    """Store a random key."""
    tx.execute(insert(secrets).values(name=name, value=value))


def _one_user(tx: Connection, where: ColumnElement[bool]) -> User | None:
    row = tx.execute(_locked(tx, select(users).where(where))).mappings().first()
    return None if row is None else _read_user(dict(row))


def _locked(tx: Connection, query: Select[Any]) -> Select[Any]:
    return query.with_for_update() if tx.get_execution_options().get("writes") else query


def _read_user(row: dict[str, Any]) -> User:
    return User(**{**row, "role": Role(row["role"])})
