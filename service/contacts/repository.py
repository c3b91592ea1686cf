"""SQL of contacts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, delete, func, insert, or_, select, update

from service.desk_tables import contacts
from service.tables import firms, projects

BLOCK = 500


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody at a firm or at a project: exactly one of the two ids is set.

    What tells who it is stays out of ``repr``, so that no log can hold it.

    Attributes:
        source: how we know them, such as "by phone, 3 May" or "import members.xlsx".
    """

    id: str
    firm_id: str | None
    project_id: str | None
    name: str = field(repr=False)
    role: str = field(repr=False)
    email: str = field(repr=False)
    telephone: str = field(repr=False)
    language: str
    source: str = field(repr=False)
    version: int
    created_by: str
    created_at: datetime
    updated_at: datetime


def of_firms(tx: Connection, ids: Collection[str]) -> dict[str, list[Contact]]:
    """Contacts by firm, those with a telephone first; firms without any are left out."""
    return _of(tx, contacts.c.firm_id, ids)


def of_projects(tx: Connection, ids: Collection[str]) -> dict[str, list[Contact]]:
    """Contacts by project, those with a telephone first; projects without any are left out."""
    return _of(tx, contacts.c.project_id, ids)


def find(tx: Connection, contact_id: str) -> Contact | None:
    """One contact, or None."""
    row = tx.execute(select(contacts).where(contacts.c.id == contact_id)).mappings().first()
    return None if row is None else _read(row)


def owner_is_there(tx: Connection, *, firm_id: str | None, project_id: str | None) -> bool:
    """Whether the firm or project exists; a writing transaction keeps it from being deleted meanwhile."""
    table = firms if firm_id is not None else projects
    query = select(table.c.id).where(table.c.id == (firm_id if firm_id is not None else project_id))
    if tx.get_execution_options().get("writes", False):
        query = query.with_for_update()
    return tx.execute(query).scalar() is not None


def add(tx: Connection, contact: Contact) -> None:
    """Store a new contact."""
    tx.execute(insert(contacts).values(asdict(contact)))


def change(tx: Connection, contact: Contact, *, expected: int) -> bool:
    """Put a contact in the place of version ``expected``; False when somebody was faster."""
    done = tx.execute(
        update(contacts).where(contacts.c.id == contact.id, contacts.c.version == expected).values(asdict(contact))
    )
    return done.rowcount == 1


def remove(tx: Connection, contact_id: str) -> None:
    """Delete one contact."""
    tx.execute(delete(contacts).where(contacts.c.id == contact_id))


def remove_of(tx: Connection, *, firm_id: str | None = None, project_id: str | None = None) -> int:
    """Delete all contacts of a firm or of a project; says how many there were."""
    assert (firm_id is None) != (project_id is None)
    where = contacts.c.firm_id == firm_id if firm_id is not None else contacts.c.project_id == project_id
    return tx.execute(delete(contacts).where(where)).rowcount


def firms_with_contacts(tx: Connection) -> set[str]:
    """Ids of the firms of which we know somebody."""
    return {
        str(one)
        for one in tx.execute(select(contacts.c.firm_id).where(contacts.c.firm_id.is_not(None)).distinct()).scalars()
    }


def count(tx: Connection) -> int:
    """How many contacts there are."""
    return int(tx.execute(select(func.count()).select_from(contacts)).scalar_one())


def same_person(tx: Connection, contact: Contact) -> bool:
    """Whether its firm or project has somebody else of this address, or of this name and telephone."""
    mine = (
        contacts.c.firm_id == contact.firm_id
        if contact.firm_id is not None
        else contacts.c.project_id == contact.project_id
    )
    same: ColumnElement[bool] = (func.lower(contacts.c.name) == contact.name.lower()) & (
        contacts.c.telephone == contact.telephone
    )
    if contact.email:
        same = or_(contacts.c.email == contact.email, same & (contacts.c.email == ""))
    query = select(contacts.c.id).where(mine, contacts.c.id != contact.id, same)
    return tx.execute(query.limit(1)).scalar() is not None


def _of(tx: Connection, column: Column[Any], ids: Collection[str]) -> dict[str, list[Contact]]:
    found: dict[str, list[Contact]] = {}
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), BLOCK):
        query = select(contacts).where(column.in_(wanted[start : start + BLOCK]))
        rows = tx.execute(query.order_by(contacts.c.created_at, contacts.c.id)).mappings()
        for contact in map(_read, rows):
            found.setdefault(str(contact.firm_id or contact.project_id), []).append(contact)
    return {owner: sorted(people, key=lambda one: not one.telephone) for owner, people in found.items()}


def _read(row: Any) -> Contact:  # noqa: ANN401 - a row as a mapping
    return Contact(**{str(name): value for name, value in row.items()})
