"""Our own files: one JSON object a line, a firm or a project each; federal open-data profiles are told apart.

A bad row is refused with its line and reason, and the rest loads.
"""

from __future__ import annotations

import dataclasses
import functools
import gzip
import os
import uuid
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import orjson

from matcher.artifacts import sync_folder
from matcher.errors import RowError, SourceError
from matcher.records import firm_from_row, project_from_row, to_json
from matcher.sources.contacts import mask_contacts, mask_firm, mask_project
from matcher.sources.open_data import looks_like_profile, profile_to_row
from matcher.sources.report import ReadResult, as_refusal
from matcher.types import Firm, Project, Refusal

R = TypeVar("R", Firm, Project)
LONGEST_LINE = 16 << 20


def iter_rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | Refusal]]:
    """Rows of a JSON Lines file (``.gz`` too), each with its line number, or why it cannot be read.

    Raises:
        SourceError: the file is missing, cannot be opened, is empty, or has a line that is no row by its length.
    """
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            # A packed file can hold one line of gigabytes: a line is read up to what a row may have.
            for number, raw in enumerate(iter(functools.partial(lines.readline, LONGEST_LINE), b""), 1):
                if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
                    raise SourceError(
                        f"{str(path)!r} line {number} is longer than {LONGEST_LINE >> 20} MB: expected one JSON object "
                        "a line; a JSON array must be written as lines"
                    )
                line = raw.removeprefix(b"\xef\xbb\xbf").strip()
                if line:
                    yield number, _row(number, line)
        if not number:
            raise SourceError(f"{str(path)!r} is empty: expected one JSON object a line")
    except (OSError, EOFError, zlib.error) as error:
        where = f" after line {number}" if number else ""
        raise SourceError(f"{str(path)!r} cannot be read{where} ({error}): expected a JSON Lines file") from error


def _row(number: int, line: bytes) -> dict[str, Any] | Refusal:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        shown = line[:40].decode("utf-8", "replace")
        return as_refusal(number, "row", mask_contacts(shown)[0], f"is not JSON in UTF-8 ({error}); mend the line")
    if not isinstance(row, dict):
        return as_refusal(number, "row", type(row).__name__, "expected a JSON object, in braces")
    return row


def _read(path: Path, convert: Callable[[dict[str, Any], int], R], mask: Callable[[R], tuple[R, int]]) -> ReadResult[R]:
    records: list[tuple[int, R]] = []
    refused: list[Refusal] = []
    refused_ids: set[str] = set()
    dropped: Counter[str] = Counter()
    for line, row in iter_rows(path):
        if isinstance(row, Refusal):
            refused.append(row)
            continue
        try:
            record, n_masked = mask(convert(row, line))
        except RowError as error:
            refused.append(as_refusal(line, error.field, mask_contacts(error.value)[0], error.reason))
            if isinstance(row.get("id"), str):
                refused_ids.add(row["id"].strip())
            continue
        if n_masked:
            dropped["e-mail or telephone in text"] += n_masked
        records.append((line, record))
    return ReadResult(tuple(records), tuple(refused), dict(dropped), refused_ids=frozenset(refused_ids))


def read_firms(path: Path, *, progress: Callable[[int], None] | None = None) -> ReadResult[Firm]:
    """Read firms, in our form or as federal open-data profiles.

    Args:
        path: ``.jsonl`` or ``.jsonl.gz``.
        progress: called with the number of rows read, now and then.

    Raises:
        SourceError: the file cannot be read at all.
    """
    repaired: Counter[str] = Counter()

    def convert(row: dict[str, Any], line: int) -> Firm:
        if progress and line % 1000 == 0:
            progress(line)
        if looks_like_profile(row):
            row, repairs = profile_to_row(row, line=line)
            repaired.update(repairs)
        return firm_from_row(row, line=line)

    return dataclasses.replace(_read(path, convert, mask_firm), repaired=dict(repaired))


def read_projects(path: Path, *, today: date | None = None) -> ReadResult[Project]:
    """Read projects.

    Args:
        path: ``.jsonl`` or ``.jsonl.gz``.
        today: day that relative dates such as ``+45d`` count from; None refuses them.

    Raises:
        SourceError: the file cannot be read at all.
    """

    def convert(row: dict[str, Any], line: int) -> Project:
        return project_from_row(row, line=line, today=today)

    return _read(path, convert, mask_project)


def write_jsonl(path: Path, records: Iterable[Firm | Project]) -> None:
    """Replace a file by one line a record, whole: a crash leaves the old one."""
    write_lines(path, (to_json(record) for record in records))


def write_lines(path: Path, lines: Iterable[bytes]) -> None:
    """Replace a file by these lines, whole: a crash leaves the old file, and beside it ``NAME.….part`` at most."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    with partial.open("xb") as out:
        for line in lines:
            out.write(line + b"\n")
        out.flush()
        os.fsync(out.fileno())
    partial.replace(path)
    sync_folder(path.parent)
