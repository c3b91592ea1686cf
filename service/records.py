"""What firms and projects share in the store: a record with its version, and text folded for searching."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from service.errors import NotFound, Stale

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Stored(Generic[R]):
    """A record as stored.

    Attributes:
        version: raised by every write; the ETag of its answers.
        change: the index's number of the newest write; 0 for records that are not indexed.
    """

    id: str
    record: R
    version: int
    change: int
    created_at: datetime
    updated_at: datetime


def fold_text(text: str) -> str:
    """Text for searching and sorting: no case, no accents, no control characters."""
    plain = unicodedata.normalize("NFKD", text)
    kept = "".join(c for c in plain if not unicodedata.combining(c) and (c == " " or c.isprintable()))
    return " ".join(kept.casefold().split())


def like_pattern(text: str) -> str:
    r"""A LIKE pattern that finds a folded text anywhere, its own ``%`` and ``_`` taken as they are (escape ``\``)."""
    folded = fold_text(text)
    for special in ("\\", "%", "_"):
        folded = folded.replace(special, "\\" + special)
    return f"%{folded}%"


def check_version(stored: Stored[R] | None, kind: str, record_id: str, expected: int | None) -> Stored[R]:
    """The record, if it is there and is the version that the caller read.

    Raises:
        NotFound: it is not there.
        Stale: it has changed since.
    """
    if stored is None:
        raise NotFound(f"no {kind} {record_id!r} is here")
    if expected is not None and expected != stored.version:
        raise Stale(
            f"{kind} {record_id!r} is at version {stored.version}, you sent {expected}: "
            "read it again, and repeat your change on what it says now"
        )
    return stored
