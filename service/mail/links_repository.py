"""SQL of what links in letters stand for, and of the key that signs them."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from service.clock import now
from service.list_tables import link_refs, mail_settings

DAILY_CAP, MOST_ITEMS = 500, 3


@dataclass(frozen=True, slots=True)
class Ref:
    """What the links of one letter stand for.

    Attributes:
        expires_at: after this, links offer a new one instead of what they are for; None is never.
    """

    id: str
    contact_id: str | None
    firm_id: str | None
    email: str = field(repr=False)
    list_id: str | None
    request_id: str | None
    introduction_id: str | None
    created_at: datetime
    expires_at: datetime | None

    def is_over(self, moment: datetime) -> bool:
        """Whether it has expired."""
        return self.expires_at is not None and self.expires_at <= moment


def add(tx: Connection, ref: Ref) -> None:
    """Store what links will stand for."""
    tx.execute(insert(link_refs).values(asdict(ref)))


def find(tx: Connection, ref_id: str) -> Ref | None:
    """What a link stands for, or None."""
    row = tx.execute(select(link_refs).where(link_refs.c.id == ref_id)).mappings().first()
    return None if row is None else Ref(**row)


def key(tx: Connection) -> str:
    """The key that signs links; empty while there are none."""
    return str(tx.execute(select(mail_settings.c.link_key)).scalar() or "")


def key_or_new(tx: Connection) -> str:
    """The key that signs links, made with the first of them."""
    found = key(tx)
    if found:
        return found
    try:
        with tx.begin_nested():
            tx.execute(
                insert(mail_settings).values(
                    id=1, is_on=False, daily_cap=DAILY_CAP, most_items=MOST_ITEMS, releases_itself=False,
                    link_key=secrets.token_urlsafe(32), version=1, changed_by="", changed_at=now(),
                )
            )  # fmt: skip
    except IntegrityError:
        pass  # somebody else wrote the first letter at the same moment
    return key(tx)
