"""SQL of letters that wait and of those that left."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select

from service.clock import now
from service.list_tables import outbox


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
