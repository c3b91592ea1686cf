"""One row for every write: who, what, when; never the contents of a record, and never contact data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select

from service.clock import now
from service.security import Caller
from service.tables import audit


def record(
    tx: Connection,
    caller: Caller,
    action: str,
    kind: str,
    record_id: str,
    *,
    version: int | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Write one row inside the transaction of what it reports."""
    tx.execute(
        insert(audit).values(
            at=now(),
            actor=caller.id,
            action=action,
            kind=kind,
            record_id=record_id,
            version=version,
            details=orjson.dumps(details or {}).decode(),
        )
    )


def record_all(tx: Connection, caller: Caller, action: str, kind: str, versions: Mapping[str, int]) -> None:
    """Write a row for each of many records; their versions by id."""
    shared = {"at": now(), "actor": caller.id, "action": action, "kind": kind, "details": "{}"}
    rows = [{**shared, "record_id": key, "version": version} for key, version in versions.items()]
    if rows:
        tx.execute(insert(audit), rows)


def history(tx: Connection, kind: str, record_id: str, *, limit: int = 100) -> list[dict[str, Any]]:
    """Newest rows of one record first."""
    rows = tx.execute(
        select(audit)
        .where(audit.c.kind == kind, audit.c.record_id == record_id)
        .order_by(audit.c.id.desc())
        .limit(limit)
    ).mappings()
    # SQLAlchemy's own kind of text is no key to orjson.
    return [{**{str(name): row[name] for name in row}, "details": orjson.loads(row["details"])} for row in rows]
