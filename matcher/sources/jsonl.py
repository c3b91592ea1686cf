"""Our own files: one JSON object a line, a firm or a project each; federal open-data profiles are told apart.

A bad row is refused with its line and reason, and the rest loads.
"""

from __future__ import annotations

import dataclasses
import gzip
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

import orjson

from matcher.errors import RowError, SourceError
from matcher.records import firm_from_row, project_from_row, to_json
from matcher.sources.contacts import mask_contacts
from matcher.sources.open_data import looks_like_profile, profile_to_row
from matcher.sources.report import ReadResult, as_refusal, with_statements
from matcher.types import Firm, Project, Refusal

R = TypeVar("R", Firm, Project)
_RELATIVE = re.compile(r"^([+-]\d{1,4})d$")


def iter_rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | Refusal]]:
    """Rows of a JSON Lines file (``.gz`` too), each with its line number, or why it cannot be read.

    Raises:
        SourceError: the file is missing, cannot be opened, or is empty.
    """
    try:
        if not path.stat().st_size:
            raise SourceError(f"{str(path)!r} is empty: expected one JSON object a line")
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as lines:
            for number, raw in enumerate(lines, 1):
                line = raw.removeprefix(b"\xef\xbb\xbf").strip()
                if line:
                    yield number, _row(number, line)
    except (OSError, EOFError) as error:
        raise SourceError(f"{str(path)!r} cannot be read ({error}): expected a JSON Lines file") from error


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
    dropped: Counter[str] = Counter()
    for line, row in iter_rows(path):
        if isinstance(row, Refusal):
            refused.append(row)
            continue
        try:
            record, n_masked = mask(convert(row, line))
        except RowError as error:
            refused.append(as_refusal(line, error.field, mask_contacts(error.value)[0], error.reason))
            continue
        if n_masked:
            dropped["e-mail or telephone in text"] += n_masked
        records.append((line, record))
    return ReadResult(tuple(records), tuple(refused), dict(dropped))


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

    return dataclasses.replace(_read(path, convert, _mask_firm), repaired=dict(repaired))


def _mask_firm(firm: Firm) -> tuple[Firm, int]:
    masked, n_masked = {}, 0
    for statement in firm.statements:
        text, n = mask_contacts(statement.text)
        if n:
            masked[statement.id] = text
            n_masked += n
    return (with_statements(firm, masked) if masked else firm), n_masked


def read_projects(path: Path, *, today: date | None = None) -> ReadResult[Project]:
    """Read projects.

    Args:
        path: ``.jsonl`` or ``.jsonl.gz``.
        today: day that relative dates such as ``+45d`` count from; None refuses them.

    Raises:
        SourceError: the file cannot be read at all.
    """

    def convert(row: dict[str, Any], line: int) -> Project:
        return project_from_row(_absolute_dates(row, today), line=line)

    return _read(path, convert, _mask_project)


def _absolute_dates(row: dict[str, Any], today: date | None) -> dict[str, Any]:
    row = dict(row)
    for key in ("announced", "closes", "checked"):
        mark = _RELATIVE.match(row[key]) if isinstance(row.get(key), str) else None
        if mark and today:
            row[key] = (today + timedelta(days=int(mark.group(1)))).isoformat()
    return row


def _mask_project(project: Project) -> tuple[Project, int]:
    description, n_masked = mask_contacts(project.description)
    needs = []
    for need in project.needs:
        text, n = mask_contacts(need.text)
        n_masked += n
        needs.append(dataclasses.replace(need, text=text))
    if not n_masked:
        return project, 0
    return dataclasses.replace(project, description=description, needs=tuple(needs)), n_masked


def write_jsonl(path: Path, records: Iterable[Firm | Project]) -> None:
    """Replace a file by one line a record, whole: a crash leaves the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "wb") as out:
        for record in records:
            out.write(to_json(record) + b"\n")
        out.flush()
        os.fsync(out.fileno())
    os.replace(name, path)
