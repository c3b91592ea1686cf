"""SQL of letters that wait and of those that left."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, insert, or_, select, update

from service.clock import now
from service.list_tables import lists, mail_settings, outbox


class LetterPurpose(StrEnum):
    """What a letter is for: this decides what may justify it (``service.consent.rules``)."""

    OPPORTUNITIES = "opportunities"
    REQUESTED = "requested"
    INTRODUCTION = "introduction"
    FOLLOW_UP = "follow_up"


class LetterState(StrEnum):
    """Where a letter stands. Held ones wait for a person; refused ones had no reason to go."""

    HELD = "held"
    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    REFUSED = "refused"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter to one address. What it says stays out of ``repr``, so that no log can hold it.

    Attributes:
        key: the same key is the same letter: put in twice, it goes once.
        kind: its template, such as ``list`` or ``sign_in``.
        unsubscribe: the address that stops such letters by one POST; empty where nothing can be stopped.
        request_id: what it answers, for letters that were asked for.
        introduction_id: what it is about, for letters between two that said yes.
        state: HELD or QUEUED.
        not_before: None is at once.
    """

    key: str
    kind: str
    purpose: LetterPurpose
    email: str = field(repr=False)
    language: str
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    sender_name: str = ""
    reply_to: str = field(default="", repr=False)
    unsubscribe: str = field(default="", repr=False)
    contact_id: str | None = None
    list_id: str | None = None
    request_id: str | None = None
    introduction_id: str | None = None
    state: LetterState = LetterState.QUEUED
    not_before: datetime | None = None


def put_in(tx: Connection, letter: Letter) -> str:
    """Put a letter in, inside the transaction of what it reports; the same key again is the letter that is there.

    Returns:
        Its id.
    """
    there = tx.execute(select(outbox.c.id).where(outbox.c.key == letter.key)).scalar()
    if there is not None:
        return str(there)
    moment, letter_id = now(), str(uuid.uuid4())
    tx.execute(
        insert(outbox).values(
            id=letter_id, key=letter.key, kind=letter.kind, purpose=letter.purpose.value,
            contact_id=letter.contact_id, email=letter.email, list_id=letter.list_id, request_id=letter.request_id,
            introduction_id=letter.introduction_id, language=letter.language, subject=letter.subject,
            text=letter.text, html=letter.html, reply_to=letter.reply_to, sender_name=letter.sender_name,
            unsubscribe=letter.unsubscribe, state=letter.state.value, attempts=0,
            next_at=letter.not_before or moment, message_id="", error="", created_at=moment,
        )
    )  # fmt: skip
    return letter_id


@dataclass(frozen=True, slots=True)
class Stored:
    """A letter in the outbox.

    Attributes:
        error: what the last attempt met, or why it does not go.
        sent_how: smtp, folder or by_hand.
    """

    id: str
    kind: str
    purpose: LetterPurpose
    contact_id: str | None
    email: str = field(repr=False)
    list_id: str | None
    request_id: str | None
    introduction_id: str | None
    language: str
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    reply_to: str = field(repr=False)
    sender_name: str
    unsubscribe: str = field(repr=False)
    state: LetterState
    attempts: int
    next_at: datetime
    message_id: str
    error: str
    created_at: datetime
    sent_at: datetime | None
    sent_how: str | None


_COLUMNS = [outbox.c[name] for name in Stored.__slots__]
CAPPED = (LetterPurpose.OPPORTUNITIES.value, LetterPurpose.FOLLOW_UP.value)


def find(tx: Connection, letter_id: str) -> Stored | None:
    """One letter, or None."""
    row = tx.execute(select(*_COLUMNS).where(outbox.c.id == letter_id)).mappings().first()
    return None if row is None else _read(row)


def listed(tx: Connection, states: Collection[str], *, limit: int, offset: int = 0) -> list[Stored]:
    """Letters in some states, the newest first."""
    query = select(*_COLUMNS).where(outbox.c.state.in_(states)).order_by(outbox.c.created_at.desc(), outbox.c.id)
    return [_read(row) for row in tx.execute(query.limit(limit).offset(offset)).mappings()]


def of_list(tx: Connection, list_id: str) -> Stored | None:
    """The letter of a list, or None."""
    row = tx.execute(select(*_COLUMNS).where(outbox.c.list_id == list_id)).mappings().first()
    return None if row is None else _read(row)


def count_by_state(tx: Connection) -> dict[str, int]:
    """How many letters there are in each state."""
    rows = tx.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))
    return {str(state): int(n) for state, n in rows}


def _due(moment: datetime) -> ColumnElement[bool]:
    return or_(
        and_(outbox.c.state == LetterState.QUEUED.value, outbox.c.next_at <= moment),
        and_(outbox.c.state == LetterState.CLAIMED.value, outbox.c.lease_until < moment),
    )


def any_due(tx: Connection, moment: datetime, *, asked_only: bool) -> bool:
    """Whether a letter is due."""
    query = select(outbox.c.id).where(_due(moment)).limit(1)
    if asked_only:
        query = query.where(outbox.c.purpose.not_in(CAPPED))
    return tx.execute(query).first() is not None


def claim(
    tx: Connection, worker: str, moment: datetime, until: datetime, *, limit: int, asked_only: bool
) -> list[Stored]:
    """Take letters that are due, or whose worker died; another worker takes none of them before ``until``.

    Args:
        tx: a writing transaction.
        worker: who takes them.
        moment: now.
        until: when they are free again if nothing is heard of the worker.
        limit: most letters.
        asked_only: only what somebody asked for.
    """
    due = _due(moment)
    query = select(outbox.c.id).where(due).order_by(outbox.c.next_at, outbox.c.id).limit(limit)
    if asked_only:
        query = query.where(outbox.c.purpose.not_in(CAPPED))
    found = []
    for letter_id in tx.execute(query).scalars().all():
        taken = tx.execute(
            update(outbox)
            .where(outbox.c.id == letter_id, due)
            .values(state=LetterState.CLAIMED.value, worker=worker, lease_until=until, attempts=outbox.c.attempts + 1)
        )
        if taken.rowcount == 1:
            letter = find(tx, letter_id)
            assert letter is not None
            found.append(letter)
    return found


def settle(tx: Connection, letter_id: str, worker: str, **values: Any) -> bool:  # noqa: ANN401 - of any column
    """Write what became of a letter; False when it is in other hands, or was stopped meanwhile."""
    mine = and_(outbox.c.id == letter_id, outbox.c.state == LetterState.CLAIMED.value, outbox.c.worker == worker)
    done = tx.execute(update(outbox).where(mine).values(worker=None, lease_until=None, **values))
    return done.rowcount == 1


def renew(tx: Connection, letter_id: str, worker: str, until: datetime) -> bool:
    """Keep a letter in this worker's hands for longer; False when it is in others', or was stopped."""
    mine = and_(outbox.c.id == letter_id, outbox.c.state == LetterState.CLAIMED.value, outbox.c.worker == worker)
    return tx.execute(update(outbox).where(mine).values(lease_until=until)).rowcount == 1


def change_state(tx: Connection, letter_id: str, expected: Collection[str], **values: Any) -> bool:  # noqa: ANN401
    """Change a letter that is in one of the expected states; False when it is not."""
    done = tx.execute(update(outbox).where(outbox.c.id == letter_id, outbox.c.state.in_(expected)).values(**values))
    return done.rowcount == 1


def count_sent(tx: Connection, since: datetime) -> int:
    """Letters of the kinds that the day's cap counts, sent by us since a moment."""
    query = select(func.count()).select_from(outbox)
    query = query.where(outbox.c.purpose.in_(CAPPED), outbox.c.sent_at >= since, outbox.c.sent_how != "by_hand")
    return int(tx.execute(query).scalar_one())


def mark_list_sent(tx: Connection, list_id: str, moment: datetime, how: str) -> None:
    """Note on a list that its letter left."""
    tx.execute(update(lists).where(lists.c.id == list_id).values(state="sent", sent_at=moment, sent_how=how))


def mark_list_failed(tx: Connection, list_id: str) -> None:
    """Note on a list that its letter cannot go."""
    tx.execute(update(lists).where(lists.c.id == list_id).values(state="failed"))


def mark_list_stopped(tx: Connection, list_id: str) -> None:
    """Note on a list that its letter was stopped."""
    tx.execute(update(lists).where(lists.c.id == list_id).values(state="stopped"))


def stop_lists(tx: Connection, list_ids: Collection[str]) -> int:
    """Stop the letters of lists that have not left; answers how many."""
    open_states = (LetterState.HELD.value, LetterState.QUEUED.value)
    n = 0
    for list_id in list_ids:
        done = tx.execute(
            update(outbox)
            .where(outbox.c.list_id == list_id, outbox.c.state.in_(open_states))
            .values(state=LetterState.STOPPED.value)
        )
        if done.rowcount:
            tx.execute(update(lists).where(lists.c.id == list_id).values(state="stopped"))
        n += done.rowcount
    return n


def release_lists(tx: Connection, list_ids: Collection[str], moment: datetime) -> int:
    """Let the letters of lists go; answers how many."""
    n = 0
    for list_id in list_ids:
        done = tx.execute(
            update(outbox)
            .where(outbox.c.list_id == list_id, outbox.c.state == LetterState.HELD.value)
            .values(state=LetterState.QUEUED.value, next_at=moment)
        )
        n += done.rowcount
    return n


def stop_address(tx: Connection, email: str) -> int:
    """Stop everything to an address that has not left, but what was asked for; answers how many."""
    open_states = (LetterState.HELD.value, LetterState.QUEUED.value)
    done = tx.execute(
        update(outbox)
        .where(
            outbox.c.email == email, outbox.c.state.in_(open_states),
            outbox.c.purpose != LetterPurpose.REQUESTED.value,
        )
        .values(state=LetterState.STOPPED.value)
    )  # fmt: skip
    return done.rowcount


def hold_all(tx: Connection) -> int:
    """Hold everything that waits, and switch sending off: what a restore does, since some of it may have left."""
    tx.execute(update(mail_settings).values(is_on=False))
    waiting = (LetterState.QUEUED.value, LetterState.CLAIMED.value)
    done = tx.execute(
        update(outbox)
        .where(outbox.c.state.in_(waiting))
        .values(state=LetterState.HELD.value, worker=None, lease_until=None)
    )
    return done.rowcount


def _read(row: RowMapping) -> Stored:
    values = {str(name): value for name, value in row.items()}
    values |= {"purpose": LetterPurpose(values["purpose"]), "state": LetterState(values["state"])}
    return Stored(**values)
