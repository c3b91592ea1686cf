"""SQL of the sorting: which firms stand where."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from service.desk_tables import firm_notes
from service.tables import firms

_ACTIVE = firm_notes.c.archived_at.is_(None)


def ids_that_could(tx: Connection) -> list[str]:
    """Firms that could fit and are not put away, by id."""
    query = (
        select(firms.c.id)
        .join(firm_notes, firm_notes.c.firm_id == firms.c.id)
        .where(firm_notes.c.fit == "could", _ACTIVE)
        .order_by(firms.c.id)
    )
    return [str(key) for key in tx.execute(query).scalars()]


def not_sorted(tx: Connection) -> list[str]:
    """Firms that nobody has sorted, by id."""
    query = (
        select(firms.c.id)
        .outerjoin(firm_notes, firm_notes.c.firm_id == firms.c.id)
        .where(firm_notes.c.fit.is_(None), _ACTIVE)
        .order_by(firms.c.id)
    )
    return [str(key) for key in tx.execute(query).scalars()]


def counts(tx: Connection) -> dict[str, int]:
    """How many firms stand in each group; ``none`` is not sorted yet."""
    query = (
        select(firm_notes.c.fit, func.count())
        .select_from(firms.outerjoin(firm_notes, firm_notes.c.firm_id == firms.c.id))
        .where(_ACTIVE)
        .group_by(firm_notes.c.fit)
    )
    found = {"could": 0, "unsure": 0, "not": 0, "none": 0}
    for fit, n in tx.execute(query):
        found[fit if fit in found else "none"] += n
    return found
