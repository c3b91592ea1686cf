"""SQL of private addresses of calendars, feeds and files."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from service.list_tables import feeds
from service.tables import users


@dataclass(frozen=True, slots=True)
class Feed:
    """One private address: of a member of staff, or of somebody at a firm."""

    id: str
    hash: str
    firm_id: str | None
    contact_id: str | None
    user_id: str | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def add(tx: Connection, feed: Feed) -> None:
    """Store an address; those that its owner had before end."""
    tx.execute(
        update(feeds)
        .where(
            feeds.c.user_id == feed.user_id if feed.user_id else feeds.c.contact_id == feed.contact_id,
            feeds.c.revoked_at.is_(None),
        )
        .values(revoked_at=feed.created_at)
    )
    tx.execute(insert(feeds).values(asdict(feed)))


def find(tx: Connection, hashed: str) -> Feed | None:
    """The address of a hash that is in force, or None."""
    query = select(feeds).where(feeds.c.hash == hashed, feeds.c.revoked_at.is_(None))
    row = tx.execute(query).mappings().first()
    return None if row is None else Feed(**row)


def of_owner(tx: Connection, *, user_id: str | None = None, contact_id: str | None = None) -> Feed | None:
    """The address that somebody has, or None."""
    mine = feeds.c.user_id == user_id if user_id else feeds.c.contact_id == contact_id
    row = tx.execute(select(feeds).where(mine, feeds.c.revoked_at.is_(None))).mappings().first()
    return None if row is None else Feed(**row)


def used(tx: Connection, feed_id: str, at: datetime) -> None:
    """Note that an address was read."""
    tx.execute(update(feeds).where(feeds.c.id == feed_id).values(last_used_at=at))


def revoke(tx: Connection, feed_id: str, at: datetime) -> None:
    """End an address."""
    tx.execute(update(feeds).where(feeds.c.id == feed_id).values(revoked_at=at))


def may_sign_in(tx: Connection, user_id: str) -> bool:
    """Whether a member of staff still works here."""
    query = select(users.c.id).where(users.c.id == user_id, users.c.disabled_at.is_(None))
    return tx.execute(query).first() is not None
