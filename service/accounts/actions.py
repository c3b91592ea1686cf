"""Make, check, list and revoke API keys."""

from __future__ import annotations

import threading
import time

from service import audit
from service.accounts import repository
from service.accounts.repository import ApiKey
from service.clock import now
from service.db import Database
from service.errors import Invalid, NotFound
from service.security import Caller, Scope, key_id_of, make_key, same_hash

USED_EVERY_SECONDS = 300.0


def create_key(database: Database, caller: Caller, name: str, scope: Scope) -> tuple[ApiKey, str]:
    """Make a key.

    Returns:
        What is stored, and the key itself, which cannot be had again.

    Raises:
        Invalid: the name is empty or too long.
    """
    name = name.strip()
    if not 1 <= len(name) <= 100:
        raise Invalid("name", f"name has {len(name)} characters, expected 1 to 100: say whose key this is")
    key_id, key, hashed = make_key()
    stored = ApiKey(key_id, name, hashed, scope, now(), None, None)
    with database.write() as tx:
        repository.add(tx, stored)
        audit.record(tx, caller, "key.create", "api_key", key_id, details={"name": name, "scope": scope.value})
    return stored, key


def revoke_key(database: Database, caller: Caller, key_id: str) -> None:
    """Take a key out of force at once.

    Raises:
        NotFound: no key of this id is in force.
    """
    with database.write() as tx:
        if not repository.revoke(tx, key_id, now()):
            raise NotFound(f"no key {key_id!r} is in force: `matcher-service keys list` shows the ids")
        audit.record(tx, caller, "key.revoke", "api_key", key_id)


def list_keys(database: Database) -> list[ApiKey]:
    """Every key, without its secret."""
    with database.read() as tx:
        return repository.all_keys(tx)


class KeyChecker:
    """Finds the caller behind a key, and notes now and then that the key is in use."""

    def __init__(self, database: Database) -> None:
        """Check against a database."""
        self._database = database
        self._noted: dict[str, float] = {}
        self._lock = threading.Lock()

    def caller(self, key: str) -> Caller | None:
        """Who a key belongs to; None when it is unknown, wrong or revoked."""
        key_id = key_id_of(key)
        if key_id is None:
            return None
        with self._database.read() as tx:
            stored = repository.find(tx, key_id)
        if stored is None or stored.revoked_at is not None or not same_hash(key, stored.hash):
            return None
        self._note(key_id)
        return Caller(stored.id, stored.name, stored.scope)

    def _note(self, key_id: str) -> None:
        moment = time.monotonic()
        with self._lock:
            if moment - self._noted.get(key_id, -USED_EVERY_SECONDS) < USED_EVERY_SECONDS:
                return
            self._noted[key_id] = moment
        with self._database.write() as tx:
            repository.used(tx, key_id, now())
