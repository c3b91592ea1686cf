"""SQL of what stays of an address when its people are deleted for good: the proof, by the address's hash.

Reasons are withdrawn and no letter that waits goes out. Stops stay in force under the hash, so that the same address
brought in again by a list is not written to after all.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select, update

from service.consent.repository import blocks, hashed
from service.desk_tables import contacts
from service.list_tables import consents, link_refs, lists, outbox, requests, stops
from service.mail.outbox_repository import LetterState

HOW = "deleted for good"
_WAITS = (LetterState.HELD.value, LetterState.QUEUED.value, LetterState.CLAIMED.value)


def forget_owner(
    tx: Connection, moment: datetime, *, firm_id: str | None = None, project_id: str | None = None
) -> None:
    """Forget the people of a firm or project that is deleted: call it before they are removed."""
    assert (firm_id is None) != (project_id is None)
    where = contacts.c.firm_id == firm_id if firm_id is not None else contacts.c.project_id == project_id
    forget_contacts(tx, [str(one) for one in tx.execute(select(contacts.c.id).where(where)).scalars()], moment)
    if firm_id is not None:  # also of people who were deleted before their firm; links that stop letters go on working
        for table in (consents, link_refs):
            tx.execute(update(table).where(table.c.firm_id == firm_id).values(firm_id=None))


def forget_contacts(tx: Connection, ids: Collection[str], moment: datetime) -> None:
    """Forget some contacts: call it before they are removed.

    An address that somebody else has too, such as info@ of two firms, stays as it is.
    """
    for some in blocks(ids):
        mine = select(contacts.c.email).where(contacts.c.id.in_(some), contacts.c.email != "").distinct()
        emails = [str(one) for one in tx.execute(mine).scalars()]
        others = select(contacts.c.email).where(contacts.c.email.in_(emails), contacts.c.id.not_in(ids))
        shared = {str(one) for one in tx.execute(others).scalars()}
        _stop_waiting(tx, some)
        for email in emails:
            if email not in shared:
                _forget_address(tx, email, moment)
        for table in (consents, requests, outbox, link_refs):
            values = {"contact_id": None} | ({"firm_id": None} if table is consents else {})
            tx.execute(update(table).where(table.c.contact_id.in_(some)).values(values))


def _stop_waiting(tx: Connection, contact_ids: Collection[str]) -> None:
    waits = outbox.c.state.in_(_WAITS)
    stopped = {"state": LetterState.STOPPED.value, "error": HOW}
    tx.execute(update(outbox).where(outbox.c.contact_id.in_(contact_ids), waits).values(stopped))
    unsent = lists.c.state.in_(("ready", "released"))
    tx.execute(update(lists).where(lists.c.contact_id.in_(contact_ids), unsent).values(state="stopped"))


def _forget_address(tx: Connection, email: str, moment: datetime) -> None:
    name = hashed(email)
    stopped = {"state": LetterState.STOPPED.value, "error": HOW}
    tx.execute(update(outbox).where(outbox.c.email == email, outbox.c.state.in_(_WAITS)).values(stopped))
    # What a letter said is personal; that it went, when and by which reason is the proof.
    tx.execute(update(outbox).where(outbox.c.email == email).values(email=name, text="", html="", unsubscribe=""))
    in_force = (consents.c.email == email) & consents.c.withdrawn_at.is_(None)
    tx.execute(update(consents).where(in_force).values(withdrawn_at=moment, withdrawn_how=HOW))
    tx.execute(update(consents).where(consents.c.email == email).values(email=name))
    tx.execute(update(requests).where(requests.c.email == email).values(email=name, details=""))
    for table in (stops, link_refs):
        tx.execute(update(table).where(table.c.email == email).values(email=name))
