"""Passwords: the only file with argon2."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from service.errors import Invalid
from service.words import _

SHORTEST, LONGEST = 10, 200
_WORD_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_hasher = PasswordHasher()


def check_password(password: str, *, email: str, field: str = "password") -> None:
    """See that a new password is worth having.

    Raises:
        Invalid: it is too short, too long, all one character, or the e-mail address.
    """
    if len(password) < SHORTEST:
        raise Invalid(
            field,
            _("The password has %(n)s characters; take at least %(least)s. Three or four words are good.",
              n=len(password), least=SHORTEST),
        )  # fmt: skip
    if len(password) > LONGEST:
        raise Invalid(field, _("The password is too long: take at most %(most)s characters.", most=LONGEST))
    if len(set(password)) < 4 or password.casefold() == email.casefold():
        raise Invalid(field, _("This password is easy to guess: take another, such as three or four words."))


def hash_password(password: str) -> str:
    """What is stored of a password."""
    return _hasher.hash(password)


def same_password(password: str, stored: str | None) -> bool:
    """Whether a password has the stored hash; without one, as much work is done in vain, so that time tells nothing."""
    try:
        matches = _hasher.verify(stored or _hash_of_nobody(), password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return matches and stored is not None


def is_outdated(stored: str) -> bool:
    """Whether a hash was made with weaker settings than are in use now."""
    return _hasher.check_needs_rehash(stored)


def temporary_password() -> str:
    """A password for one use that can be read out on the telephone."""
    return "-".join("".join(secrets.choice(_WORD_LETTERS) for _ in range(4)) for _ in range(4))


@cache
def _hash_of_nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe(32))
