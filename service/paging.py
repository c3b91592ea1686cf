"""Pages of a list by cursor: an opaque mark of the last row seen, so that rows added meanwhile move nothing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from service.errors import Invalid

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows and the cursor of the next ones, None at the end."""

    items: tuple[T, ...]
    next: str | None


def encode_cursor(last_id: str) -> str:
    """The cursor that stands after an id."""
    return base64.urlsafe_b64encode(b"1" + last_id.encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> str | None:
    """The id that a cursor stands after.

    Raises:
        Invalid: it is no cursor of ours.
    """
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        if raw[:1] != b"1" or b"\0" in raw:
            raise ValueError("not of ours")
        return raw[1:].decode()
    except (binascii.Error, ValueError) as error:
        raise Invalid("cursor", "cursor is not one that this service gave: start again without it") from error


def page_of(rows: Sequence[T], limit: int, id_of: Callable[[T], str]) -> Page[T]:
    """A page from up to ``limit + 1`` rows that were read."""
    more = len(rows) > limit
    kept = tuple(rows[:limit])
    return Page(kept, encode_cursor(id_of(kept[-1])) if more else None)
