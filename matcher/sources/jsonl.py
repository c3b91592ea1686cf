"""Reads and writes firms and projects as JSON lines, plain or compressed.

A bad row is refused with its line and the rest loads. Contacts inside texts are masked before anything is stored.
"""

from __future__ import annotations

import gzip
import os
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import IO, Any, TypeVar

import orjson

from matcher.errors import RowError, SourceError
from matcher.records import firm_from_row, project_from_row, statement_id, to_json
from matcher.sources.contacts import mask_into
from matcher.sources.report import ReadResult, refusal_of, sorted_counts
from matcher.sources.values import repair_text
from matcher.types import Firm, Need, Project, Refusal, Statement

R = TypeVar("R", Firm, Project)
LONGEST_LINE = 16 * 1024 * 1024
_RELATIVE = re.compile(r"([+-]\d{1,6})d")
_GZIP = b"\x1f\x8b"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_NEED_TEXTS = (
    "text",
    "part",
    "material",
    "size",
    "tolerance",
    "quantity",
    "certificate",
    "by",
    "buyer",
    "cause",
)


def check_file(path: Path, expected: str) -> bytes:
    """First bytes of a file that can be read and is not empty.

    Raises:
        SourceError: it is missing, a folder, not readable or empty.
    """
    try:
        with path.open("rb") as handle:
            head = handle.read(8)
    except FileNotFoundError:
        raise SourceError(f"no file {str(path)!r}: expected {expected}; check the path") from None
    except IsADirectoryError:
        raise SourceError(f"{str(path)!r} is a folder: expected {expected}; name the file") from None
    except OSError as error:
        raise SourceError(f"cannot read {str(path)!r}: {error.strerror}; check its permissions") from error
    if not head:
        raise SourceError(f"{path.name!r} is empty: expected {expected}; export it again")
    return head


def _lines(handle: IO[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines; None for one that is too long to be a row."""
    number = 0
    while line := handle.readline(LONGEST_LINE):
        number += 1
        whole = len(line) < LONGEST_LINE or line.endswith(b"\n")
        while not whole and (rest := handle.readline(LONGEST_LINE)):
            whole = rest.endswith(b"\n")
            line = b""
        yield number, (line if line and len(line) <= LONGEST_LINE else None)


def _parse(number: int, line: bytes) -> dict[str, Any] | Refusal:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return Refusal(number, "", "", f"is not UTF-8 at byte {error.start + 1}; save the file as UTF-8")
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Refusal(number, "", "", f"is not JSON at column {error.colno}: {error.msg}; repair the line")
    if not isinstance(row, dict):
        return Refusal(
            number, "", "", f"expected a JSON object, got {type(row).__name__}; put fields in {{}}"
        )
    return row


def iter_rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | Refusal]]:
    """Line number and row, or the refusal, of every line that is not empty.

    Args:
        path: a ``.jsonl`` file, perhaps compressed with gzip, with or without a byte-order mark.

    Raises:
        SourceError: the file is missing, empty, a folder, in UTF-16, or its compression is broken.
    """
    head = check_file(path, "JSON lines, one object a line")
    if head.startswith(_UTF16):
        raise SourceError(f"{path.name!r} is UTF-16: expected JSON lines in UTF-8; save it as UTF-8")
    opener: Callable[[Path], Any] = gzip.open if head.startswith(_GZIP) else lambda p: p.open("rb")
    any_row = False
    try:
        with opener(path) as handle:
            for number, line in _lines(handle):
                if line is None:
                    any_row = True
                    reason = f"is longer than {LONGEST_LINE} bytes; expected one object a line"
                    yield number, Refusal(number, "", "", reason)
                    continue
                line = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
                if line.strip():
                    any_row = True
                    yield number, _parse(number, line)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SourceError(
            f"{path.name!r} is cut off or damaged ({error}): copy or download it again"
        ) from error
    if not any_row:
        raise SourceError(
            f"{path.name!r} has no rows: expected JSON lines, one object a line; export it again"
        )


def _clean_statement(statement: Statement, dropped: Counter[str], repaired: Counter[str]) -> Statement:
    text = mask_into(repair_text(statement.text, repaired, entities=False), dropped).strip()
    if text == statement.text:
        return statement
    made = statement.id == statement_id(statement.kind, statement.text)
    return replace(statement, text=text, id=statement_id(statement.kind, text) if made else statement.id)


def clean_firm(firm: Firm, dropped: Counter[str], repaired: Counter[str]) -> Firm:
    """Mask contacts and repair control characters in the statements of a firm; a statement left empty goes."""
    cleaned = [_clean_statement(s, dropped, repaired) for s in firm.statements]
    if all(new is old for new, old in zip(cleaned, firm.statements, strict=True)):
        return firm
    kept = {s.id: s for s in reversed(cleaned) if s.text}
    return replace(firm, statements=tuple(s for s in cleaned if kept.get(s.id) is s))


def _clean_need(need: Need, clean: Callable[[str], str]) -> Need:
    changes = {key: clean(value) for key in _NEED_TEXTS if (value := getattr(need, key)) is not None}
    return replace(need, **changes)


def _clean_project(project: Project, dropped: Counter[str], repaired: Counter[str]) -> Project:
    def clean(text: str) -> str:
        return mask_into(repair_text(text, repaired, entities=False), dropped).strip()

    return replace(
        project,
        title=clean(project.title),
        description=clean(project.description),
        technologies=tuple(clean(text) for text in project.technologies),
        needs=tuple(_clean_need(need, clean) for need in project.needs),
    )


def _resolve_dates(
    row: dict[str, Any], keys: tuple[str, ...], line: int, today: date | None
) -> dict[str, Any]:
    """Row with dates such as ``+45d`` counted from ``today``."""
    found = dict(row)
    for key in keys:
        value = row.get(key)
        match = _RELATIVE.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None:
            continue
        if today is None:
            reason = "a relative date needs the day to count from; give today, or write the date"
            raise RowError(line, key, match[0], reason)
        try:
            found[key] = (today + timedelta(days=int(match[1]))).isoformat()
        except OverflowError:
            raise RowError(line, key, match[0], "expected a day between the years 1 and 9999") from None
    return found


def _read(
    path: Path, make: Callable[[dict[str, Any], int, Counter[str], Counter[str]], R], *, unique: bool
) -> ReadResult[R]:
    records: list[tuple[int, R]] = []
    refused: list[Refusal] = []
    refused_ids: list[str] = []
    dropped: Counter[str] = Counter()
    repaired: Counter[str] = Counter()
    lines: dict[str, int] = {}
    for line, row in iter_rows(path):
        if isinstance(row, Refusal):
            refused.append(row)
            continue
        try:
            record = make(row, line, dropped, repaired)
            if unique and record.id in lines:
                reason = f"line {lines[record.id]} has the same id; keep one row, or give each its own id"
                raise RowError(line, "id", record.id, reason)
        except RowError as error:
            refused.append(refusal_of(error))
            if isinstance(row.get("id"), str):
                refused_ids.append(row["id"].strip())
            continue
        lines[record.id] = line
        records.append((line, record))
    return ReadResult(
        tuple(records),
        tuple(refused),
        sorted_counts(dropped),
        sorted_counts(repaired),
        refused_ids=tuple(refused_ids),
    )


def read_firms(path: Path, *, today: date | None = None) -> ReadResult[Firm]:
    """Read firms in the short or the full form.

    Repeated ids are left to :func:`matcher.sources.report.build_report`.

    Args:
        path: JSON lines, plain or ``.gz``.
        today: what a relative ``as_of`` such as ``-30d`` counts from; without it such a row is refused.

    Raises:
        SourceError: the file cannot be read, or is empty.
    """

    def make(row: dict[str, Any], line: int, dropped: Counter[str], repaired: Counter[str]) -> Firm:
        firm = firm_from_row(_resolve_dates(row, ("as_of",), line, today), line=line)
        return clean_firm(firm, dropped, repaired)

    return _read(Path(path), make, unique=False)


def read_projects(path: Path, *, today: date | None = None) -> ReadResult[Project]:
    """Read projects; a later row with the id of an earlier one is refused.

    Args:
        path: JSON lines, plain or ``.gz``.
        today: what relative dates such as ``+45d`` in ``announced``, ``closes`` and ``checked`` count from; without
            it such a row is refused.

    Raises:
        SourceError: the file cannot be read, or is empty.
    """

    def make(row: dict[str, Any], line: int, dropped: Counter[str], repaired: Counter[str]) -> Project:
        dated = _resolve_dates(row, ("announced", "closes", "checked"), line, today)
        return _clean_project(project_from_row(dated, line=line), dropped, repaired)

    return _read(Path(path), make, unique=True)


def write_jsonl(path: Path, records: Iterable[Firm | Project | Mapping[str, Any]]) -> int:
    """Replace a file by one line of JSON a record; a crash leaves the old file or the new one, never a part.

    Args:
        path: written beside and then renamed; a name that ends in ``.gz`` is compressed.
        records: what to write, in this order.

    Returns:
        How many records were written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    count = 0
    try:
        with partial.open("wb") as raw:
            # No time stamp inside, so that equal records give equal bytes.
            packed = (
                gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) if path.suffix == ".gz" else None
            )
            for record in records:
                (packed or raw).write(to_json(record) + b"\n")
                count += 1
            if packed:
                packed.close()
            raw.flush()
            os.fsync(raw.fileno())
        os.replace(partial, path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return count
