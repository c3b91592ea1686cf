"""SQL of the chamber, and of which imports brought sample data."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from service.desk_tables import contacts, introductions
from service.tables import chamber, sample_jobs


@dataclass(frozen=True, slots=True)
class Chamber:
    """The chamber that this installation serves, and who signs its letters."""

    name: str
    postal_address: str
    place: str
    region: str
    language: str
    signer_name: str
    signer_title: str
    signer_telephone: str
    signer_email: str
    set_up_at: datetime
    version: int


def find(tx: Connection) -> Chamber | None:
    """The chamber; None before the set-up."""
    row = tx.execute(select(chamber)).mappings().first()
    return None if row is None else Chamber(**{name: value for name, value in row.items() if name != "id"})


def add(tx: Connection, new: Chamber) -> None:
    """Store the chamber; a second one breaks the table's key."""
    tx.execute(insert(chamber).values(id=1, **asdict(new)))


def change(tx: Connection, version: int, **values: object) -> bool:
    """Change the chamber; False when it is no longer of this version."""
    found = tx.execute(
        update(chamber).where(chamber.c.id == 1, chamber.c.version == version).values(version=version + 1, **values)
    )
    return found.rowcount == 1


def add_sample_jobs(tx: Connection, job_ids: Collection[str]) -> None:
    """Note that these imports bring sample data."""
    tx.execute(insert(sample_jobs), [{"job_id": job_id} for job_id in job_ids])


def sample_job_ids(tx: Connection) -> list[str]:
    """The imports that brought sample data."""
    return [str(job_id) for job_id in tx.execute(select(sample_jobs.c.job_id)).scalars()]


def worked_with(tx: Connection, kind: str) -> set[str]:
    """Ids of firms or projects that somebody has added a contact to, or has introduced: as good as changed."""
    column = {"firms": "firm_id", "projects": "project_id"}[kind]
    found: set[str] = set()
    for table in (contacts, introductions):
        found.update(str(key) for key in tx.execute(select(table.c[column]).distinct()).scalars() if key is not None)
    return found
