"""Limits on requests by key, and by address without one; counted in each process."""

from __future__ import annotations

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from service.errors import TooMany
from service.words import _


class RateLimiter:
    """Counts hits in sliding windows."""

    def __init__(self, *, per_key: str, per_failure: str, per_account: str, per_address: str) -> None:
        """Take rates such as ``600/minute``; the last two are of attempts to sign in."""
        self._windows = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._per_key, self._per_failure = parse(per_key), parse(per_failure)
        self._per_account, self._per_address = parse(per_account), parse(per_address)

    def hit(self, key_id: str) -> None:
        """Count a request of a key.

        Raises:
            TooMany: the limit is reached.
        """
        if not self._windows.hit(self._per_key, "key", key_id):
            raise TooMany(f"more than {self._per_key} with this key: wait a little")

    def refuse_guessing(self, address: str) -> None:
        """See that an address has not failed too often.

        Raises:
            TooMany: it has.
        """
        if not self._windows.test(self._per_failure, "failed", address):
            raise TooMany("too many requests without a valid key from this address: wait a minute")

    def failed(self, address: str) -> None:
        """Count a request without a valid key."""
        self._windows.hit(self._per_failure, "failed", address)

    def answer(self, link: str) -> None:
        """Count an answer by a link of a letter.

        Raises:
            TooMany: nobody changes their mind so often.
        """
        if not self._windows.hit(self._per_failure, "answer", link):
            raise TooMany(_("Too many answers by this link. Wait a minute, then try again."))

    def sign_in(self, account: str, address: str) -> None:
        """Count an attempt to sign in before it is looked at, so that many at once cannot slip through.

        Raises:
            TooMany: the limit of this account or address is reached.
        """
        by_address = self._windows.hit(self._per_address, "sign-in-address", address)
        if not by_address or not self._windows.hit(self._per_account, "sign-in-account", account):
            raise TooMany(_("Too many attempts to sign in. Wait a minute, then try again."))

    def signed_in(self, account: str) -> None:
        """Forget the attempts of an account whose password was right in the end."""
        self._windows.clear(self._per_account, "sign-in-account", account)
