"""Firms of a snapshot by position: read from the snapshot's file when one is wanted.

A query shows a few dozen firms of tens of thousands. Reading each one then costs some microseconds; holding all of
them as objects would cost seconds at every opening, hundreds of megabytes, and pauses of the garbage collector.
"""

from __future__ import annotations

import hashlib
import os
import weakref
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
import orjson
from numpy.typing import NDArray

from matcher.errors import ArtifactMismatch
from matcher.records import to_json
from matcher.types import Firm, FirmKind, Statement, StatementKind


class StoredFirms(Sequence[Firm]):
    """Firms in a file of one JSON line each; equal to a tuple of the same firms.

    The file stays open, so it can be read after a newer snapshot has replaced its folder.
    """

    def __init__(self, path: Path, first: NDArray[np.int64]) -> None:
        """Open a file that :func:`write_firms` wrote.

        Args:
            path: the file.
            first: int64 (n_firms + 1,), where each line begins, and the end.
        """
        self._first, self._path = first, path
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)

    def __len__(self) -> int:
        return len(self._first) - 1

    @overload
    def __getitem__(self, position: int) -> Firm: ...

    @overload
    def __getitem__(self, position: slice) -> tuple[Firm, ...]: ...

    def __getitem__(self, position: int | slice) -> Firm | tuple[Firm, ...]:
        if isinstance(position, slice):
            return tuple(self[i] for i in range(*position.indices(len(self))))
        if not -len(self) <= position < len(self):
            raise IndexError(f"firm {position} of {len(self)}")
        return _firm(orjson.loads(self._line(position % len(self))))

    def __iter__(self) -> Iterator[Firm]:
        return (self[i] for i in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment] # equal to tuples, whose hash it does not have

    def content_hash(self, position: int) -> str:
        """Hash of everything a firm says, as :func:`matcher.records.content_hash`, without reading it."""
        return hashlib.sha256(self._line(position).rstrip(b"\n")).hexdigest()

    def _line(self, position: int) -> bytes:
        start, end = int(self._first[position]), int(self._first[position + 1])
        line = os.pread(self._file, end - start, start)
        if len(line) != end - start:
            raise ArtifactMismatch(
                f"{str(self._path)!r} ends at byte {start + len(line)}, expected {end}: rebuild with `matcher index`"
            )
        return line


def write_firms(firms: Sequence[Firm], path: Path) -> NDArray[np.int64]:
    """Write firms, one JSON line each.

    Returns:
        int64 (n_firms + 1,), where each line begins, and the end.
    """
    first = np.zeros(len(firms) + 1, dtype=np.int64)
    with path.open("wb") as out:
        for i, firm in enumerate(firms):
            first[i + 1] = first[i] + out.write(to_json(firm) + b"\n")
    return first


def _firm(row: Mapping[str, Any]) -> Firm:
    """A firm from our own line: its fields were checked before they were written."""
    fields = dict(row)
    fields["kind"] = FirmKind(row["kind"])
    fields["statements"] = tuple(
        Statement(s["id"], StatementKind(s["kind"]), s["text"], s["source"], s["date"], s["confirmed"], s["edition"])
        for s in row["statements"]
    )
    return Firm(**fields)
