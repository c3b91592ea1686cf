"""The worker: imports, vectors of changed firms, and new snapshots, in small steps that can be cut off anywhere.

Everything it is to do stands in the database, so a worker that is killed is simply followed by the next one.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Iterator

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from matcher import (
    CachedEncoder,
    build_snapshot,
    current_id,
    embed_firms,
    remove_snapshots_before,
    save_snapshot,
)
from service import jobs
from service.context import services_beside
from service.db import Database, current_change, embedded_change
from service.firms import repository as firms_repository
from service.follower import read_changes
from service.imports.run import run_import
from service.jobs import Job, LostLease
from service.mail.sending import Sender
from service.opportunities.runs import KIND as LISTS
from service.opportunities.runs import make_run, make_when_due
from service.replies.notices import put_in_all
from service.settings import Settings
from service.stored_index import claim_folder, load_stored
from service.tables import clock

log = logging.getLogger(__name__)
EMBED_FIRMS = 100
# A few changed firms are folded into a snapshot after this long, so that they need not be read at every start.
QUIET_SECONDS = 60.0
LOOK_SECONDS = 30.0


class Worker:
    """Does what waits, one step at a time."""

    def __init__(self, database: Database, encoder: CachedEncoder, settings: Settings) -> None:
        """Work for a database."""
        self._database, self._encoder, self._settings = database, encoder, settings
        self.name = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        self._stop = threading.Event()
        self._import: Iterator[Job] | None = None
        self._job: Job | None = None
        self._folded = self._stored_change()
        self._last_fold = time.monotonic()
        self._next_look = 0.0

    def stop(self, *_: object) -> None:
        """End after the step that is under way."""
        self._stop.set()

    def run(self) -> None:
        """Work until :meth:`stop`; SIGTERM and SIGINT call it."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)
        heart = threading.Thread(target=self._beat, name="worker-heart", daemon=True)
        heart.start()
        # A mail server that says nothing for half a minute must not keep imports waiting.
        mail = threading.Thread(target=self._mail, name="worker-mail")
        mail.start()
        log.info("worker %s begins", self.name)
        while not self._stop.is_set():
            try:
                idle = not self.step()
            except SQLAlchemyError as error:
                log.warning("the database did not answer: %s", type(error).__name__)
                self._import = self._job = None
                idle = True
            except Exception:
                # Whatever it was, the next step may go well, and imports must not wait for somebody to look.
                log.exception("a step of the worker failed; trying again")
                self._import = self._job = None
                self._stop.wait(2.0)
                idle = True
            if idle:
                self._stop.wait(self._settings.poll_seconds)
        mail.join()
        jobs.release(self._database, self.name)
        log.info("worker %s ends", self.name)

    def step(self) -> bool:
        """Do one small piece of what waits.

        Returns:
            Whether anything was done.
        """
        done = self._import_step() or self._lists_are_due()
        fold, embed = self._fold_is_due(), self._embed_is_due()
        if not (fold or embed):
            return done
        if not jobs.hold(self._database, jobs.INDEX_LEASE, self.name, self._settings.lease_seconds):
            return done
        if fold:
            self._fold()
        if embed:
            self._embed()
        return True

    def drain(self) -> None:
        """Work until nothing waits and everything is in a snapshot."""
        while self.step():
            pass
        if self._behind() or self._folded < 0:
            self._fold()

    # -- imports

    def _import_step(self) -> bool:
        if self._import is None:
            job = jobs.claim(self._database, self.name, self._settings.lease_seconds)
            if job is None:
                return False
            log.info("%s %s begins, attempt %d", job.kind, job.id, job.attempts)
            self._job = job
            if job.kind == LISTS:
                self._import = self._lists(job)
            else:
                self._import = run_import(self._database, job, chunk_rows=self._settings.import_chunk)
        try:
            self._job = next(self._import)
        except StopIteration:
            self._import = self._job = None
        except LostLease:
            log.warning("an import was taken over by another worker")
            self._import = self._job = None
        except SQLAlchemyError:
            raise
        except Exception as error:
            self._give_up(error)
        return True

    def _lists_are_due(self) -> bool:
        """Ask for the week's lists when their hour has come; looked at once in a while."""
        if time.monotonic() < self._next_look:
            return False
        self._next_look = time.monotonic() + LOOK_SECONDS
        n_letters = put_in_all(self._database, self._settings)
        return make_when_due(self._database, self._settings) is not None or n_letters > 0

    def _lists(self, job: Job) -> Iterator[Job]:
        """Make the lists of a run; what ranks firms is opened for it and closed again."""
        services = services_beside(self._database, self._encoder, self._settings)
        services.follower.start()
        try:
            yield from make_run(services, job)
        finally:
            services.follower.stop()

    def _give_up(self, error: Exception) -> None:
        """A mistake of ours in one job must not stop the worker: the job fails with words, the log has the cause."""
        log.exception("a job failed")
        job, self._import, self._job = self._job, None, None
        assert job is not None
        with self._database.write() as tx:
            jobs.fail(tx, job, f"it failed on our side ({type(error).__name__}): what was stored so far stands")

    def _mail(self) -> None:
        """Send letters until :meth:`stop`."""
        sender = Sender(self._database, self._settings, self.name)
        while not self._stop.is_set():
            try:
                idle = not sender.step()
            except SQLAlchemyError as error:
                log.warning("the database did not answer: %s", type(error).__name__)
                idle = True
            except Exception:
                log.exception("a step of the sender failed; trying again")
                self._stop.wait(2.0)
                idle = True
            if idle:
                self._stop.wait(max(self._settings.poll_seconds, 0.5))

    def _beat(self) -> None:
        """Keep the lease of the job in hand while a long step runs."""
        while not self._stop.wait(self._settings.lease_seconds / 3):
            job = self._job
            try:
                if job is not None:
                    jobs.renew(self._database, job, self._settings.lease_seconds)
            except (LostLease, SQLAlchemyError) as error:
                log.warning("the lease could not be renewed: %s", type(error).__name__)

    # -- vectors

    def _embed_is_due(self) -> bool:
        with self._database.read() as tx:
            row = tx.execute(select(clock)).one()
        return bool(row.encoder_id != self._encoder.id or row.embedded < row.change)

    def _embed(self) -> None:
        with self._database.read() as tx:
            row = tx.execute(select(clock)).one()
            embedded = row.embedded if row.encoder_id == self._encoder.id else -1
            waiting = firms_repository.changed_after(tx, embedded, limit=EMBED_FIRMS)
        embed_firms([stored.record for stored in waiting], self._encoder)
        reached = waiting[-1].change if len(waiting) == EMBED_FIRMS else row.change
        with self._database.write() as tx:
            tx.execute(
                update(clock)
                .where(clock.c.id == 1, clock.c.embedded == row.embedded)  # unless a restore set it back meanwhile
                .values(embedded=reached, encoder_id=self._encoder.id)
            )

    # -- snapshots

    def _stored_change(self) -> int:
        """Change number of the snapshot on disk, -1 when there is none that fits."""
        snapshot = load_stored(self._settings.index_folder, self._database, self._encoder.id)
        self._complete = snapshot is None or bool(snapshot.embedded.all())
        return -1 if snapshot is None else snapshot.change

    def _behind(self) -> int:
        with self._database.read() as tx:
            return firms_repository.count_changed_after(tx, self._folded)

    def _fold_is_due(self) -> bool:
        with self._database.read() as tx:
            newest = current_change(tx)
            if newest == self._folded and self._complete and current_id(self._settings.index_folder) is not None:
                return False  # nothing was written since: an idle worker counts no rows
            behind = firms_repository.count_changed_after(tx, self._folded)
            n_firms = firms_repository.count(tx)
            embedded = embedded_change(tx)
            deleted = firms_repository.newest_deletion(tx) > self._folded
        if self._folded < 0 or current_id(self._settings.index_folder) is None:
            return n_firms > 0 or behind > 0
        if behind >= max(self._settings.fold_rows, self._settings.fold_share * n_firms):
            return True
        quiet = time.monotonic() - self._last_fold > QUIET_SECONDS
        # What was deleted leaves the disk soon, and vectors that came later join the words they belong to.
        return quiet and (behind > 0 or deleted) or (not self._complete and embedded >= newest and not behind)

    def _fold(self) -> None:
        started = time.monotonic()
        claim_folder(self._settings.index_folder, self._database)
        with self._database.read() as tx:
            embedded = embedded_change(tx)
        changes = read_changes(self._database, -1)
        # Once all vectors were made, the few that went with a deleted firm of the same words are made here.
        words_only = embedded < changes.change
        snapshot = build_snapshot(changes.firms, self._encoder, change=changes.change, words_only=words_only)
        saved = save_snapshot(snapshot, self._settings.index_folder)
        with self._database.read() as tx:
            deleted = firms_repository.newest_deletion(tx)
        remove_snapshots_before(self._settings.index_folder, min(deleted, saved.change))
        self._folded, self._complete, self._last_fold = saved.change, bool(saved.embedded.all()), time.monotonic()
        log.info("snapshot %s of %d firms in %.1f s", saved.id, len(saved.firms), time.monotonic() - started)
