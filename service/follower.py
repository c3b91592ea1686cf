"""The index as one process holds it: a snapshot, and the rows that changed since, followed by number.

Every write to a firm has a change number (see :mod:`service.tables`). A process reads the rows above the number it
has seen: after its own writes, before it answers a query, and now and then in the background. New snapshots of the
worker are loaded in the background and swapped in whole.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from matcher import (
    CachedEncoder,
    Firm,
    Matcher,
    Snapshot,
    build_snapshot,
    current_id,
    passage_texts,
)
from service.db import Database, current_change, embedded_change
from service.errors import IndexNotReady
from service.firms import repository as firms_repository
from service.settings import Settings
from service.stored_index import load_stored

log = logging.getLogger(__name__)
# A query waits for at most this many rows; more are brought in by the background thread.
WAIT_FOR_ROWS = 200
# With more changed rows than this and no new snapshot of the worker's, the process makes one in memory: words of
# thousands of changed firms are scored one by one, those of a snapshot all at once.
COMPACT_ROWS = 5000


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows above a change number, as one transaction saw them."""

    firms: tuple[Firm, ...]
    deleted: tuple[str, ...]
    change: int


def read_changes(database: Database, after: int) -> Changes:
    """Firms to index and ids to take out after a change number, and the newest number."""
    with database.read() as tx:
        newest = current_change(tx)
        if newest <= after:
            return Changes((), (), newest)
        changed, gone = firms_repository.indexed_after(tx, after)
        return Changes(tuple(changed), tuple(gone), newest)


class Follower:
    """Keeps one process's matcher up to date with the database."""

    def __init__(self, database: Database, encoder: CachedEncoder, settings: Settings) -> None:
        """Follow a database; :meth:`start` opens the index."""
        self._database, self._encoder, self._settings = database, encoder, settings
        self._matcher: Matcher | None = None
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._tried: str | None = None
        self._embedded = -1

    @property
    def matcher(self) -> Matcher:
        """The matcher of this process.

        Raises:
            IndexNotReady: it is still being opened.
        """
        if self._matcher is None:
            raise IndexNotReady("the index is still being opened: ask again in a few seconds")
        return self._matcher

    @property
    def is_ready(self) -> bool:
        """Whether queries can be answered."""
        return self._matcher is not None

    def start(self) -> None:
        """Open the index, bring it up to date, and go on following in the background."""
        self._open()
        self._thread = threading.Thread(target=self._follow, name="index-follower", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the background thread."""
        self._stop.set()
        if self._thread:
            self._thread.join(timeout=30)

    def fresh(self) -> Matcher:
        """The matcher, with every committed row that can be brought in quickly."""
        matcher = self.matcher
        if 0 < self._pending(matcher.view.change) <= WAIT_FOR_ROWS:
            self.catch_up()
        return self.matcher

    def catch_up(self, *, embed: bool = False) -> None:
        """Bring in all rows that are committed.

        Args:
            embed: make the vectors of a few changed firms now; otherwise those that are stored already are taken,
                and the rest is found by words until the worker has made them.
        """
        with self._lock:
            matcher = self.matcher
            changes = read_changes(self._database, matcher.view.change)
            if changes.change <= matcher.view.change:
                return
            at_once = embed and len(changes.firms) <= self._settings.embed_at_once
            matcher.update(changes.firms, changes.deleted, change=changes.change, words_only=not at_once)

    def forget(self, firms: Sequence[Firm]) -> None:
        """Remove the stored vectors of firms that were deleted."""
        texts = [text for firm in firms for text in passage_texts(firm)]
        if texts:
            self._encoder.forget(texts)

    def _pending(self, after: int) -> int:
        with self._database.read() as tx:
            return current_change(tx) - after

    def _open(self) -> None:
        snapshot = self._stored_snapshot()
        if snapshot is None:
            snapshot = self._snapshot_in_memory()
        self._serve(snapshot)

    def _stored_snapshot(self) -> Snapshot | None:
        """The worker's newest snapshot, unless there is none that fits."""
        self._tried = current_id(self._settings.index_folder)
        return load_stored(self._settings.index_folder, self._database, self._encoder.id)

    def _snapshot_in_memory(self) -> Snapshot:
        changes = read_changes(self._database, -1)
        return build_snapshot(changes.firms, self._encoder, change=changes.change, words_only=True)

    def _serve(self, snapshot: Snapshot) -> None:
        fresh = Matcher(snapshot, self._encoder, chamber_place=self._settings.chamber_place)
        changes = read_changes(self._database, snapshot.change)
        fresh.update(changes.firms, changes.deleted, change=changes.change, words_only=True)
        _ = fresh.view.facets  # made here, so that no query waits for it
        with self._lock:
            self._matcher = fresh
        self.catch_up()

    def _follow(self) -> None:
        while not self._stop.wait(self._settings.poll_seconds):
            try:
                self._follow_once()
            except SQLAlchemyError as error:
                # The database may be gone for a while: queries go on with what is there, and say so in /readyz.
                log.warning("the database did not answer: %s", type(error).__name__)
                self._stop.wait(1.0)
            except Exception:
                # This thread is the only one that brings in others' rows: it must not end.
                log.exception("following the index failed; trying again")
                self._stop.wait(1.0)

    def _follow_once(self) -> None:
        self.catch_up()
        stored = current_id(self._settings.index_folder)
        if stored is not None and stored not in (self._tried, self.matcher.view.snapshot.id):
            started = time.monotonic()
            snapshot = self._stored_snapshot()
            if snapshot is not None and snapshot.change >= self.matcher.view.snapshot.change:
                self._serve(snapshot)
                log.info("serving snapshot %s after %.1f s", snapshot.id, time.monotonic() - started)
        elif len(self.matcher.view.delta) > COMPACT_ROWS:
            self._serve(self._snapshot_in_memory())
        self._take_vectors()

    def _take_vectors(self) -> None:
        """Read the vectors that the worker has made since the last look."""
        with self._database.read() as tx:
            embedded = embedded_change(tx)
        if embedded != self._embedded:
            self.matcher.refresh_vectors()
            self._embedded = embedded
