"""Secrets: making keys, hashing them, comparing them."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum

_KEY = re.compile(r"^smk_([a-z0-9]{10})_([A-Za-z0-9_-]{43})$")
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


class Scope(StrEnum):
    """What a key may do; each includes those before it."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    def includes(self, other: Scope) -> bool:
        """Whether this scope allows what ``other`` allows."""
        order = list(Scope)
        return order.index(self) >= order.index(other)


class Role(StrEnum):
    """What a member of staff may do."""

    VIEWER = "viewer"
    OFFICER = "officer"
    ADMIN = "admin"

    @property
    def scope(self) -> Scope:
        """The same as the scope of a key."""
        return {Role.VIEWER: Scope.READ, Role.OFFICER: Scope.WRITE, Role.ADMIN: Scope.ADMIN}[self]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a key, a member of staff (``user:…``), or the command line."""

    id: str
    name: str
    scope: Scope


COMMAND_LINE = Caller("command-line", "command line", Scope.ADMIN)


def make_key() -> tuple[str, str, str]:
    """A new key.

    Returns:
        Its public id, the whole key (shown once), and the hash that is stored. The secret part has 256 random bits,
        so a plain SHA-256 cannot be searched and needs no slow hash.
    """
    key_id = "".join(secrets.choice(_LETTERS) for _ in range(10))
    key = f"smk_{key_id}_{secrets.token_urlsafe(32)}"
    return key_id, key, hash_key(key)


def make_token() -> str:
    """A random token of 256 bits, for cookies and forms."""
    return secrets.token_urlsafe(32)


def hash_key(key: str) -> str:
    """What is stored of a key or a cookie's token."""
    return hashlib.sha256(key.encode()).hexdigest()


def key_id_of(key: str) -> str | None:
    """The public id inside a key, or None when it is no key of ours."""
    mark = _KEY.match(key)
    return mark.group(1) if mark else None


def same_hash(key: str, stored: str) -> bool:
    """Whether a key has the stored hash, compared in constant time."""
    return hmac.compare_digest(hash_key(key), stored)
