"""SQL of merged firms, and of firms that may be one."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, insert, or_, select, update

from matcher import Firm, project_from_row
from service.desk_tables import firm_notes, merges
from service.firms.repository import find_many
from service.records import Stored, fold_text, like_pattern
from service.tables import firms, projects

# More firms that begin with one word are a trade ("Canadian …") and not likely the same.
MOST_NEAR = 2_000
_LEGAL = {"the", "inc", "ltd", "co", "corp", "company", "canada", "les", "le", "la"}
_HOST = re.compile(r"^(?:https?://)?(?:www\d?\.)?([^/:?#\s]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge as stored: the two firms as JSON as they were, and what was moved."""

    id: str
    kept_id: str
    gone_id: str
    kept_before: str
    gone_before: str
    moved: str
    merged_by: str
    merged_at: datetime
    undone_at: datetime | None


def add(tx: Connection, merge: Merge) -> None:
    """Store a merge."""
    tx.execute(insert(merges).values(asdict(merge)))


def find(tx: Connection, merge_id: str) -> Merge | None:
    """One merge, or None."""
    row = tx.execute(select(merges).where(merges.c.id == merge_id)).mappings().first()
    return None if row is None else _read(row)


def into(tx: Connection, firm_id: str) -> list[Merge]:
    """Merges into a firm that were not taken back, newest first."""
    query = select(merges).where(merges.c.kept_id == firm_id, merges.c.undone_at.is_(None))
    return [_read(row) for row in tx.execute(query.order_by(merges.c.merged_at.desc(), merges.c.id)).mappings()]


def kept_for(tx: Connection, ids: Collection[str]) -> dict[str, str]:
    """Firms that were merged into others, with the one that each is part of now; chains are followed."""
    query = select(merges.c.gone_id, merges.c.kept_id).where(merges.c.undone_at.is_(None))
    into_of = {str(row.gone_id): str(row.kept_id) for row in tx.execute(query.order_by(merges.c.merged_at))}
    found = {}
    for key in ids:
        here, seen = key, {key}
        while (kept := into_of.get(here)) is not None and kept not in seen:
            here = kept
            seen.add(here)
        if here != key:
            found[key] = here
    return found


def mark_undone(tx: Connection, merge_id: str, at: datetime) -> None:
    """Note that a merge was taken back."""
    tx.execute(update(merges).where(merges.c.id == merge_id).values(undone_at=at))


def near(tx: Connection, firm: Firm) -> list[Stored[Firm]]:
    """Firms that may be the same: the same first word of the name, or the website's host somewhere in the record.

    The plain rule is the library's; this only spares it most of the others.
    """
    patterns = [firms.c.sort_name.like(like_pattern(word)[1:], escape="\\") for word in _first_words(firm.name)]
    mark = _HOST.match((firm.website or "").strip())
    if mark and "." in mark.group(1):
        # SQLite's LIKE takes no heed of case, PostgreSQL's does.
        like = firms.c.body.like if tx.dialect.name == "sqlite" else firms.c.body.ilike
        patterns.append(like(like_pattern(mark.group(1)), escape="\\"))
    if not patterns:
        return []
    query = (
        select(firms.c.id)
        .outerjoin(firm_notes, firm_notes.c.firm_id == firms.c.id)
        .where(or_(*patterns), firms.c.id != firm.id, firm_notes.c.archived_at.is_(None))
    )
    ids = [str(key) for key in tx.execute(query.order_by(firms.c.id).limit(MOST_NEAR)).scalars()]
    return list(find_many(tx, ids).values())


def _first_words(name: str) -> list[str]:
    """Beginnings that the name of the same firm may have: its first own word, also after "o/a"."""
    found = []
    for part in re.split(r"\b(?:o/a|operating as|doing business as|dba|d/b/a)\b", fold_text(name)):
        words = [word for word in re.findall(r"[a-z0-9]+", part) if word not in _LEGAL]
        if words:
            found += [words[0], f"the {words[0]}"]
    return found


def projects_naming(tx: Connection, firm_id: str) -> list[str]:
    """Ids of projects that name a firm as lead or participant."""
    # The text may stand anywhere in the record: the record itself says whether it is the firm's id.
    quoted = orjson.dumps(firm_id).decode()
    rows = tx.execute(select(projects.c.id, projects.c.body).where(projects.c.body.contains(quoted, autoescape=True)))
    return sorted(str(row.id) for row in rows if firm_id in project_from_row(orjson.loads(row.body)).already_in)


def _read(row: Any) -> Merge:  # noqa: ANN401 - a row as a mapping
    return Merge(**{str(name): value for name, value in row.items()})
