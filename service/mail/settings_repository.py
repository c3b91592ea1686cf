"""SQL of how mail goes out."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from service.clock import now
from service.list_tables import mail_settings
from service.mail import links_repository


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How mail goes out.

    Attributes:
        is_on: whether anything leaves.
        daily_cap: letters of a day, those that were asked for aside.
        most_items: opportunities on one list.
        releases_itself: whether lists go without a person's release, after the first few runs.
    """

    is_on: bool
    daily_cap: int
    most_items: int
    releases_itself: bool
    version: int


START = MailSettings(False, links_repository.DAILY_CAP, links_repository.MOST_ITEMS, False, 0)


def find(tx: Connection) -> MailSettings:
    """How mail goes out; off before anybody said anything."""
    row = tx.execute(select(mail_settings)).mappings().first()
    return START if row is None else MailSettings(**{name: row[name] for name in MailSettings.__slots__})


def change(tx: Connection, new: MailSettings, by: str) -> bool:
    """Store it, its version raised; False when somebody else was faster.

    Args:
        tx: a writing transaction.
        new: with the version that was read.
        by: who changes it.
    """
    links_repository.key_or_new(tx)  # makes the row where there is none
    values = {name: getattr(new, name) for name in MailSettings.__slots__ if name != "version"}
    found = tx.execute(
        update(mail_settings)
        .where(mail_settings.c.id == 1, mail_settings.c.version.in_([new.version, max(1, new.version)]))
        .values(**values, version=mail_settings.c.version + 1, changed_by=by, changed_at=now())
    )
    return found.rowcount == 1
