"""SQL of briefs: what was read for a project, and when it came in."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

import orjson
from sqlalchemy import Connection, insert, select, update

from service.desk_tables import briefs


@dataclass(frozen=True, slots=True)
class Place:
    """Where a need stands: page from 1, None where there are no pages, and the words there."""

    page: int | None
    quote: str


@dataclass(frozen=True, slots=True)
class Brief:
    """What was read for a project.

    Attributes:
        filename: empty for a text that was pasted or typed.
        kind: ``brief``, ``call_guide``, ``text`` (pasted) or ``form`` (typed).
        n_pages: None where there are none to count.
        places: by need id, those that were written.
        causes: page by the words that guesses are made from.
        notes: what the reader left out, and why.
        read_at: when the first of it came in.
    """

    project_id: str
    filename: str
    kind: str
    n_pages: int | None
    places: dict[str, Place]
    causes: dict[str, int]
    notes: tuple[str, ...]
    read_by: str
    read_at: datetime


def find(tx: Connection, project_id: str) -> Brief | None:
    """What was read for a project, or None."""
    row = tx.execute(select(briefs).where(briefs.c.project_id == project_id)).mappings().first()
    if row is None:
        return None
    reading = orjson.loads(row["reading"])
    return Brief(
        row["project_id"], row["filename"], row["kind"], row["n_pages"],
        {key: Place(**place) for key, place in reading["places"].items()}, reading["causes"],
        tuple(reading["notes"]), row["read_by"], row["read_at"],
    )  # fmt: skip


def put(tx: Connection, brief: Brief) -> None:
    """Store what was read; of a project that had a brief before, the day when that came in stays."""
    reading = {
        "places": {key: asdict(place) for key, place in brief.places.items()},
        "causes": brief.causes,
        "notes": list(brief.notes),
    }
    values = {
        "filename": brief.filename,
        "kind": brief.kind,
        "n_pages": brief.n_pages,
        "reading": orjson.dumps(reading).decode(),
    }
    done = tx.execute(update(briefs).where(briefs.c.project_id == brief.project_id).values(values))
    if not done.rowcount:
        tx.execute(
            insert(briefs).values(
                values | {"project_id": brief.project_id, "read_by": brief.read_by, "read_at": brief.read_at}
            )
        )
