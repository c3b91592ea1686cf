"""SQL of promises, and of what an answer looks at."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from service.desk_tables import introductions
from service.list_tables import list_items, lists, outbox, promises
from service.tables import users


@dataclass(frozen=True, slots=True)
class Promise:
    """That an officer calls by a day.

    Attributes:
        call_by: ISO date.
        word: what became of it, for the firm to read.
    """

    id: str
    item_id: str | None
    introduction_id: str | None
    firm_id: str
    contact_id: str
    project_id: str
    officer_id: str
    call_by: str
    kept_at: datetime | None
    kept_by: str | None
    word: str
    made_at: datetime
    undone_at: datetime | None


def add_promise(tx: Connection, promise: Promise) -> None:
    """Store a promise."""
    tx.execute(insert(promises).values(asdict(promise)))


def find_promise(tx: Connection, promise_id: str) -> Promise | None:
    """One promise, or None."""
    row = tx.execute(select(promises).where(promises.c.id == promise_id)).mappings().first()
    return None if row is None else Promise(**row)


def promise_of_item(tx: Connection, item_id: str) -> Promise | None:
    """The promise that a yes was answered with, if it stands."""
    where = (promises.c.item_id == item_id, promises.c.undone_at.is_(None))
    row = tx.execute(select(promises).where(*where).order_by(promises.c.made_at.desc())).mappings().first()
    return None if row is None else Promise(**row)


def open_promises(tx: Connection, officers: Collection[str] | None = None) -> list[Promise]:
    """Promises that were neither kept nor undone, the earliest day first."""
    query = select(promises).where(promises.c.kept_at.is_(None), promises.c.undone_at.is_(None))
    if officers is not None:
        query = query.where(promises.c.officer_id.in_(list(officers)))
    return [Promise(**row) for row in tx.execute(query.order_by(promises.c.call_by, promises.c.made_at)).mappings()]


def promises_of_firm(tx: Connection, firm_id: str) -> list[Promise]:
    """Open promises to a firm."""
    query = select(promises).where(
        promises.c.firm_id == firm_id, promises.c.kept_at.is_(None), promises.c.undone_at.is_(None)
    )
    return [Promise(**row) for row in tx.execute(query).mappings()]


def change_promise(tx: Connection, promise_id: str, **values: Any) -> bool:  # noqa: ANN401 - of any column
    """Change a promise that is open; False when it is not."""
    done = tx.execute(
        update(promises)
        .where(promises.c.id == promise_id, promises.c.kept_at.is_(None), promises.c.undone_at.is_(None))
        .values(**values)
    )
    return done.rowcount == 1


def keep_promises(tx: Connection, firm_id: str, project_id: str, *, by: str, at: datetime) -> int:
    """Promises to call a firm about a project are kept: somebody did."""
    done = tx.execute(
        update(promises)
        .where(
            promises.c.firm_id == firm_id, promises.c.project_id == project_id, promises.c.kept_at.is_(None),
            promises.c.undone_at.is_(None),
        )
        .values(kept_at=at, kept_by=by)
    )  # fmt: skip
    return done.rowcount


def mark_answered(tx: Connection, list_id: str, at: datetime | None) -> None:
    """Note on a list that somebody answered it; with None, that no answer is left."""
    query = update(lists).where(lists.c.id == list_id)
    if at is not None:
        query = query.where(lists.c.answered_at.is_(None))
    tx.execute(query.values(answered_at=at))


def count_answers(tx: Connection, list_id: str) -> int:
    """Items of a list that are answered."""
    query = select(func.count()).select_from(list_items)
    return int(tx.execute(query.where(list_items.c.list_id == list_id, list_items.c.answer.is_not(None))).scalar_one())


def first_officer(tx: Connection, preferred: Collection[str], email: str) -> str | None:
    """Id of who keeps a promise: the preferred ones if they can sign in, who signs for the chamber, or the oldest."""
    query = select(users.c.id, users.c.email, users.c.role).where(
        users.c.disabled_at.is_(None), users.c.role.in_(("admin", "officer"))
    )
    rows = list(tx.execute(query.order_by(users.c.created_at, users.c.id)))
    for wanted in preferred:
        if any(row.id == wanted for row in rows):
            return wanted
    signer = next((row.id for row in rows if row.email == email), None)
    return signer or next((row.id for row in rows), None)


def introduced_between(tx: Connection, before: datetime, after: datetime) -> list[dict[str, Any]]:
    """Introductions of some days, whose outcome is not settled."""
    query = select(introductions).where(
        introductions.c.introduced_at <= before, introductions.c.introduced_at > after,
        introductions.c.outcome.is_(None) | introductions.c.outcome.in_(("meeting", "quote")),
    )  # fmt: skip
    return [dict(row) for row in tx.execute(query).mappings()]


def has_letter(tx: Connection, key: str) -> bool:
    """Whether a letter of a key was put in."""
    return tx.execute(select(outbox.c.id).where(outbox.c.key == key)).first() is not None


def answered_promises(tx: Connection, since: datetime) -> list[Promise]:
    """Promises that stand, of introductions that moved since a moment."""
    query = (
        select(promises)
        .join(introductions, introductions.c.id == promises.c.introduction_id)
        .where(promises.c.undone_at.is_(None), introductions.c.updated_at >= since)
    )
    return [Promise(**row) for row in tx.execute(query).mappings()]


def contact_of_promise(tx: Connection, introduction_id: str) -> str | None:
    """Who said yes by a link."""
    query = select(promises.c.contact_id).where(
        promises.c.introduction_id == introduction_id, promises.c.undone_at.is_(None)
    )
    return tx.execute(query).scalar()


def item_of_introduction(tx: Connection, introduction_id: str) -> str | None:
    """The line of a list that an introduction began with."""
    query = select(promises.c.item_id).where(
        promises.c.introduction_id == introduction_id, promises.c.undone_at.is_(None)
    )
    return tx.execute(query).scalar()


def list_of_introduction(tx: Connection, introduction_id: str) -> str | None:
    """The list that an introduction began with."""
    item_id = item_of_introduction(tx, introduction_id)
    return tx.execute(select(list_items.c.list_id).where(list_items.c.id == item_id)).scalar() if item_id else None
