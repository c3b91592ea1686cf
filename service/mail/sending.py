"""The sender: claims letters that are due, asks for each whether it may go, hands it over, writes what became of it.

What it is about to do stands in the database before it does it, so that a worker that dies is followed by the next
one. One window cannot be closed: between the mail server's *yes* and our mark of it. A letter cut off there is handed
over again under the same Message-ID, by which mailboxes know it; nothing else is ever sent twice.
"""

from __future__ import annotations

import logging
import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from service.clock import now
from service.consent import ledger
from service.consent.rules import StopReason
from service.db import Database
from service.mail import outbox_repository as outbox
from service.mail import settings_repository
from service.mail.envelope import message_id, message_of
from service.mail.outbox_repository import LetterPurpose, LetterState, Stored
from service.mail.transport import NotSent, Transport, open_transport
from service.opportunities import repository as lists_repository
from service.opportunities.letters import outdated_words, still_stands_in
from service.settings import Settings

log = logging.getLogger(__name__)
AT_ONCE = 20
# First after a minute, then twice as long each time, at most six hours; so many attempts take some three days.
FIRST_WAIT, LONGEST_WAIT, MOST_ATTEMPTS = timedelta(minutes=1), timedelta(hours=6), 20
# The server takes nothing from us at all: all wait, and none is counted as tried.
PAUSE = timedelta(minutes=5)
SYSTEM = "sender"


class Sender:
    """Sends what waits, a few letters a step."""

    def __init__(self, database: Database, settings: Settings, worker: str) -> None:
        """Send for a worker."""
        self._database, self._settings, self._worker = database, settings, worker
        self._transport = open_transport(settings)
        self._paused_until: datetime | None = None
        # One letter may take some exchanges, each as long as the server's patience; it is renewed before each letter.
        self._lease = timedelta(seconds=max(settings.lease_seconds, 8 * settings.smtp_timeout))

    def step(self) -> bool:
        """Send a few letters that are due; answers whether there were any."""
        transport, moment = self._transport, now()
        if transport is None or (self._paused_until is not None and moment < self._paused_until):
            return False
        with self._database.read() as tx:
            mail, left = settings_repository.find(tx), self._left_today(tx, moment)
            if not mail.is_on or not outbox.any_due(tx, moment, asked_only=left <= 0):
                return False
        with self._database.write() as tx:
            limit = AT_ONCE if left <= 0 else min(AT_ONCE, left)
            letters = outbox.claim(
                tx, self._worker, moment, moment + self._lease, limit=limit, asked_only=left <= 0
            )  # fmt: skip
        for letter in letters:
            self._send(transport, letter)
        transport.close()
        return bool(letters)

    def _left_today(self, tx: Connection, moment: datetime) -> int:
        zone = ZoneInfo(self._settings.timezone)
        midnight = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return settings_repository.find(tx).daily_cap - outbox.count_sent(tx, midnight.astimezone(moment.tzinfo))

    def _send(self, transport: Transport, letter: Stored) -> None:
        moment = now()
        if self._paused_until is not None and moment < self._paused_until:
            self._settle(letter, state=LetterState.QUEUED.value, next_at=self._paused_until)
            return
        with self._database.write() as tx:  # at the last moment: a withdrawal a second ago counts
            mine = outbox.renew(tx, letter.id, self._worker, moment + self._lease)
            if not mine or not settings_repository.find(tx).is_on:
                may_go = None
            else:
                may_go = ledger.may_send_in(
                    tx, email=letter.email, purpose=letter.purpose, moment=moment, request_id=letter.request_id,
                    introduction_id=letter.introduction_id,
                )  # fmt: skip
            today = moment.astimezone(ZoneInfo(self._settings.timezone)).date()
            stands = not letter.list_id or still_stands_in(tx, letter.list_id, today)
        if may_go is None:
            self._settle(letter, state=LetterState.QUEUED.value, next_at=moment)
            return
        if not may_go.allowed:
            self._settle(letter, state=LetterState.REFUSED.value, error=may_go.reason)
            return
        if not stands:
            self._settle(letter, state=LetterState.REFUSED.value, error=outdated_words())
            return
        try:
            transport.send(message_of(letter, mail_from=self._settings.mail_from, moment=moment), letter.email)
        except NotSent as error:
            self._not_sent(letter, error)
            return
        with self._database.write() as tx:
            sent = now()
            mark_sent(
                tx, letter, self._worker, moment=sent, how=transport.name, consent_id=may_go.consent_id,
                mail_from=self._settings.mail_from,
            )  # fmt: skip

    def _not_sent(self, letter: Stored, error: NotSent) -> None:
        moment = now()
        if error.is_ours:
            log.warning("the mail server takes nothing from us: %s", error.reason)
            self._paused_until = moment + PAUSE
            self._settle(
                letter, state=LetterState.QUEUED.value, next_at=self._paused_until, error=error.reason,
                attempts=max(0, letter.attempts - 1),
            )  # fmt: skip
            return
        if error.is_final or letter.attempts >= MOST_ATTEMPTS:
            self._settle(letter, state=LetterState.FAILED.value, error=error.reason, is_gone=error.is_gone)
            return
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(20, letter.attempts - 1))
        # Spread out, so that a server that was down does not meet all at one moment.
        later = moment + wait * random.uniform(0.8, 1.2)
        self._settle(letter, state=LetterState.QUEUED.value, next_at=later, error=error.reason)

    def _settle(self, letter: Stored, *, is_gone: bool = False, **values: object) -> None:
        with self._database.write() as tx:
            if not outbox.settle(tx, letter.id, self._worker, **values):
                return  # stopped meanwhile, or in other hands
            if letter.list_id and values["state"] in (LetterState.FAILED.value, LetterState.REFUSED.value):
                outbox.mark_list_failed(tx, letter.list_id)
            if is_gone:
                ledger.stop_in(tx, letter.email, StopReason.BOUNCED, str(values["error"]), SYSTEM)


def mark_sent(
    tx: Connection, letter: Stored, worker: str, *, moment: datetime, how: str, consent_id: str | None, mail_from: str
) -> None:
    """Note that a letter left, in one transaction with all that follows from it."""
    settled = outbox.settle(
        tx, letter.id, worker, state=LetterState.SENT.value, sent_at=moment, sent_how=how, error="",
        message_id=message_id(letter.id, mail_from), consent_id=consent_id,
    )  # fmt: skip
    if not settled:
        return  # it was taken over while the server thought about it: whoever has it now marks it
    if letter.list_id:
        outbox.mark_list_sent(tx, letter.list_id, moment, how)
        items = lists_repository.items_of(tx, letter.list_id)
        lists_repository.count_shown(tx, [(one.firm_id, one.project_id, one.role) for one in items], moment)
    if letter.request_id and letter.purpose is LetterPurpose.REQUESTED:
        ledger.used_in(tx, letter.request_id, moment)
