"""What every request and the worker work with, joined in one place."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from matcher import CachedEncoder, Firm
from service.accounts.actions import KeyChecker
from service.db import Database
from service.follower import Follower
from service.ratelimit import RateLimiter
from service.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Services:
    """The parts of one process."""

    settings: Settings
    database: Database
    follower: Follower
    keys: KeyChecker
    limiter: RateLimiter

    def index_changes(self) -> None:
        """Bring a write that was just committed into this process's index.

        The write stands whatever happens here: a failure is logged, and the background thread tries again.
        """
        try:
            self.follower.catch_up(embed=True)
        except Exception:
            log.exception("a committed write could not be indexed at once")

    def forget_vectors(self, *firms: Firm) -> None:
        """Remove the stored vectors of firms that were deleted; a failure is logged, since the deletion stands."""
        try:
            self.follower.forget(firms)
        except Exception:
            log.exception("the vectors of a deleted firm could not be removed from the store")


def services_beside(database: Database, encoder: CachedEncoder, settings: Settings) -> Services:
    """The parts of a worker that ranks: its own follower, to be started and stopped by whoever asks."""
    limiter = RateLimiter(
        per_key=settings.rate_limit, per_failure=settings.failed_rate_limit, per_account=settings.sign_in_rate,
        per_address=settings.sign_in_address_rate,
    )  # fmt: skip
    return Services(settings, database, Follower(database, encoder, settings), KeyChecker(database), limiter)
