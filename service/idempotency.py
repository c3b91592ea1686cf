"""Creates that may be sent twice: the second gets the first one's answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, delete, func, insert, select

from service.clock import now
from service.errors import Invalid
from service.security import Caller
from service.tables import idempotency

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a create gave back: status, JSON body, and the record it made."""

    status: int
    body: bytes
    kind: str
    record_id: str
    replayed: bool = False


def fingerprint(path: str, body: bytes) -> str:
    """What tells one request from another under the same key."""
    return hashlib.sha256(path.encode() + b"\n" + body).hexdigest()


def once(tx: Connection, caller: Caller, key: str | None, mark: str, make: Callable[[], Answer]) -> Answer:
    """Run a create, or give its stored answer when it ran before.

    Args:
        tx: the transaction that the create writes in, so that both are there or neither.
        caller: keys of different callers never meet.
        key: the header Idempotency-Key; None runs the create.
        mark: from :func:`fingerprint`.
        make: writes in ``tx`` and answers.

    Raises:
        Invalid: the key was used for another request, or is too long.
    """
    if key is None:
        return make()
    if not 1 <= len(key) <= 200:
        raise Invalid("Idempotency-Key", f"Idempotency-Key has {len(key)} characters, expected 1 to 200")
    if tx.dialect.name == "postgresql":  # the second of two at once waits and gets the first one's answer
        tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{caller.id}\n{key}", 0))))
    where = (idempotency.c.actor == caller.id, idempotency.c.key == key)
    row = tx.execute(select(idempotency).where(*where, idempotency.c.created_at > now() - KEPT)).mappings().first()
    if row is not None:
        if row["fingerprint"] != mark:
            raise Invalid("Idempotency-Key", "this Idempotency-Key was used for another request: send a new one")
        return Answer(row["status"], row["body"].encode(), row["kind"], row["record_id"], replayed=True)
    answer = make()
    tx.execute(delete(idempotency).where(idempotency.c.created_at <= now() - KEPT))
    tx.execute(
        insert(idempotency).values(
            actor=caller.id,
            key=key,
            fingerprint=mark,
            status=answer.status,
            body=answer.body.decode(),
            kind=answer.kind,
            record_id=answer.record_id,
            created_at=now(),
        )
    )
    return answer


def forget(tx: Connection, kind: str, *record_ids: str) -> None:
    """Drop stored answers about records that are deleted: they hold their text."""
    of_kind = select(idempotency.c.record_id).where(idempotency.c.kind == kind)
    held = set(tx.execute(of_kind.distinct()).scalars()) if len(record_ids) > 1 else set(record_ids)
    for record_id in sorted(held & set(record_ids)):
        tx.execute(delete(idempotency).where(idempotency.c.kind == kind, idempotency.c.record_id == record_id))
