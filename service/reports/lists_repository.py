"""SQL of what became of lists in a span of time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from service.list_tables import list_items, lists, promises
from service.reports.repository import Span


def answers(tx: Connection, span: Span) -> list[tuple[datetime, str | None, str | None, datetime | None]]:
    """Lines of lists that left: when, the answer, its reason, and when it came."""
    query = (
        select(lists.c.sent_at, list_items.c.answer, list_items.c.reason, list_items.c.answered_at)
        .join(lists, lists.c.id == list_items.c.list_id)
        .where(lists.c.sent_at.is_not(None), *span.of(lists.c.sent_at))
    )
    return [(row.sent_at, row.answer, row.reason, row.answered_at) for row in tx.execute(query)]


def n_sent(tx: Connection, span: Span) -> int:
    """Lists and questions that left."""
    return len(tx.execute(select(lists.c.id).where(lists.c.sent_at.is_not(None), *span.of(lists.c.sent_at))).all())


def calls_promised(tx: Connection, span: Span) -> list[tuple[str, datetime | None]]:
    """Calls that were promised: the day (ISO), and when it was kept."""
    query = select(promises.c.call_by, promises.c.kept_at).where(
        promises.c.undone_at.is_(None), *span.of(promises.c.made_at)
    )
    return [(row.call_by, row.kept_at) for row in tx.execute(query)]
