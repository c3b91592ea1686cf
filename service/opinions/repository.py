"""SQL of opinions: a person's newest on a match is in force, the ones before stay as undone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from service.desk_tables import opinions


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one person thinks of one match, with what the page said of it.

    Attributes:
        verdict: ``right``, ``wrong_capability``, ``wrong_role`` or ``not_available``.
        score: as the library gave it, in text, so that no digit is lost.
        shown: JSON of needs and quotes that stood on the card.
    """

    id: str
    project_id: str
    firm_id: str
    role: str
    verdict: str
    note: str
    user_id: str
    at: datetime
    band: str
    rank: int | None
    score: str
    model: str
    snapshot: str
    shown: str
    undone_at: datetime | None = None


def add(tx: Connection, opinion: Opinion) -> None:
    """Store an opinion; the person's earlier one on this match no longer counts."""
    same = (
        opinions.c.project_id == opinion.project_id,
        opinions.c.firm_id == opinion.firm_id,
        opinions.c.role == opinion.role,
        opinions.c.user_id == opinion.user_id,
        opinions.c.undone_at.is_(None),
    )
    tx.execute(update(opinions).where(*same).values(undone_at=opinion.at))
    tx.execute(insert(opinions).values(asdict(opinion)))


def find(tx: Connection, opinion_id: str) -> Opinion | None:
    """An opinion, undone or not."""
    row = tx.execute(select(opinions).where(opinions.c.id == opinion_id)).mappings().first()
    return None if row is None else Opinion(**row)


def undo(tx: Connection, opinion_id: str, at: datetime) -> bool:
    """Take an opinion back; False when it was taken back before."""
    where = (opinions.c.id == opinion_id, opinions.c.undone_at.is_(None))
    return tx.execute(update(opinions).where(*where).values(undone_at=at)).rowcount == 1


def in_force(tx: Connection, project_id: str | None = None) -> Iterator[Opinion]:
    """Opinions that count, of one project or of all, oldest first."""
    query = select(opinions).where(opinions.c.undone_at.is_(None))
    if project_id is not None:
        query = query.where(opinions.c.project_id == project_id)
    for row in tx.execute(query.order_by(opinions.c.at, opinions.c.id)).mappings():
        yield Opinion(**row)


def count_verdicts(tx: Connection, band: str) -> dict[str, int]:
    """How many opinions that count stand for each verdict, of matches that were shown in a band."""
    query = select(opinions.c.verdict, func.count()).where(opinions.c.undone_at.is_(None), opinions.c.band == band)
    return {str(verdict): int(n) for verdict, n in tx.execute(query.group_by(opinions.c.verdict))}
