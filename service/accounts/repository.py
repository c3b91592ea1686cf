"""SQL of API keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from service.security import Scope
from service.tables import api_keys


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
