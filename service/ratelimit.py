"""Limits on requests by key, and by address without one; counted in each process."""

from __future__ import annotations

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from service.errors import TooMany


class RateLimiter:
    """Counts hits in sliding windows."""

    def __init__(self, *, per_key: str, per_failure: str) -> None:
        """Take rates such as ``600/minute``."""
        self._windows = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._per_key, self._per_failure = parse(per_key), parse(per_failure)

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
