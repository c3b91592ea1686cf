"""The file of a backup: a zip with one JSON-Lines member a table and a manifest; reading and checking it.

Rows are plain JSON whatever database they came from: moments are ISO 8601 in UTC, bytes are base64. The manifest
names the format, the tables' revision, the version that wrote it, and of every member its rows, bytes and SHA-256.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
from alembic.script import ScriptDirectory
from sqlalchemy import Boolean, Column, DateTime, Integer, LargeBinary, String, Table

from matcher import Firm, Project, RowError, firm_from_row, project_from_row
from service import db
from service.errors import ServiceError
from service.tables import UtcDateTime, metadata

FORMAT, FORMAT_VERSION = "supplier-matcher backup", 1
MANIFEST = "manifest.json"
# Leases belong to processes that run, stored answers to requests of the last day, sessions and secrets to this
# installation: none makes sense elsewhere.
LEFT_OUT = frozenset({"leases", "idempotency", "sessions", "secrets"})
MOST_MANIFEST_BYTES = 1_000_000
# The largest upload that settings allow, 1000 MB, in base64.
LONGEST_LINE = 1_400_000_000
# JSON of real rows shrinks five to thirty times, and uploads are stored as they are: more is a bomb.
MOST_EXPANSION, EXPANSION_FROM_BYTES = 200, 64_000_000
JSON_COLUMNS = {("jobs", "payload"), ("jobs", "result"), ("audit", "details"), ("import_rows", "body")}
READERS: Mapping[str, Callable[..., Firm | Project]] = {"firms": firm_from_row, "projects": project_from_row}


class BackupError(ServiceError):
    """A file that is no backup of ours, is damaged, or is of a version that this one cannot read."""


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What the manifest says of one member: ``n_bytes`` and ``sha256`` are of the rows, unpacked."""

    name: str
    n_rows: int
    n_bytes: int
    sha256: str

    @property
    def member(self) -> str:
        """Its name inside the zip."""
        return f"{self.name}.jsonl"


@dataclass(frozen=True, slots=True)
class BackupFacts:
    """What a backup says of itself.

    Attributes:
        created: when its state was read.
        version: of the package that wrote it.
        revision: of the tables.
        tables: in the order of their members.
        file_bytes: size of the file.
    """

    created: datetime
    version: str
    revision: str
    tables: tuple[TableFacts, ...]
    file_bytes: int

    def n_rows(self, table: str) -> int:
        """Rows of one table."""
        return sum(facts.n_rows for facts in self.tables if facts.name == table)


class BackupReader:
    """An open backup whose manifest fits its members; :func:`open_backup` makes one."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, facts: BackupFacts) -> None:
        """Read from an archive whose manifest was checked."""
        self.path, self.facts, self._archive = path, facts, archive

    def rows(self, facts: TableFacts, table: Table | None) -> Iterator[tuple[int, dict[str, Any]]]:
        """Rows of a table with their line numbers, each checked; the count and checksum after the last.

        Args:
            facts: of the member.
            table: gives the columns' types, so that values are what a database takes; None leaves them JSON.

        Raises:
            BackupError: a row makes no sense, or the member is not what the manifest says.
        """
        line = 0
        for line, raw in self._lines(facts):
            try:
                row = _object(raw)
                yield line, row if table is None else decode_row(table, row)
            except ValueError as error:
                raise self.error(facts.name, line, str(error)) from error
        if line != facts.n_rows:
            raise BackupError(f"{self.path.name}: {facts.member} has {line} rows, the manifest says {facts.n_rows}")

    def error(self, table: str, line: int, reason: str) -> BackupError:
        """An error that names file, table and line."""
        return BackupError(f"{self.path.name}: {table}.jsonl, line {line}: {reason}")

    def _lines(self, facts: TableFacts) -> Iterator[tuple[int, bytes]]:
        digest = hashlib.sha256()
        with self._archive.open(facts.member) as member, io.BufferedReader(member, 1 << 20) as lines:  # type: ignore[type-var] # a reader of bytes, though not a raw one
            line = 0
            while raw := lines.readline(LONGEST_LINE + 1):
                line += 1
                if len(raw) > LONGEST_LINE:
                    raise self.error(facts.name, line, f"longer than {LONGEST_LINE:,} bytes")
                digest.update(raw)
                yield line, raw
        if digest.hexdigest() != facts.sha256:
            raise BackupError(
                f"{self.path.name}: {facts.member} has another checksum than the manifest says: "
                "it was changed or damaged; use another backup"
            )


@contextmanager
def open_backup(path: Path) -> Iterator[BackupReader]:
    """Open a backup and check its manifest against its members' names and sizes; nothing is unpacked yet.

    Errors of the zip itself, here and while rows are read inside the block, become :class:`BackupError`.

    Raises:
        BackupError: it is no backup, is damaged, is of a newer version, or would unpack to more than it may.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            facts = _read_manifest(path, archive)
            _check_members(path, archive, facts)
            yield BackupReader(path, archive, facts)
    except FileNotFoundError as error:
        raise BackupError(f"no file {str(path)!r} is here: expected a backup") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        # OSError too: damage of an offset sends the reader to a place before the file.
        raise BackupError(
            f"{path.name} cannot be read ({error or type(error).__name__}): expected a whole file that "
            "`matcher-service backup` wrote; use another copy or another backup"
        ) from error


def check_backup(path: Path) -> BackupFacts:
    """Read a backup from its first byte to its last: checksums, counts, JSON, values, and every record's body.

    Values and bodies are checked when the tables are of this version; those of an older one when they are loaded.

    Raises:
        BackupError: something is not as it should be; names member and line.
    """
    with open_backup(path) as backup:
        is_current = backup.facts.revision == db.head_revision()
        for facts in backup.facts.tables:
            table = metadata.tables[facts.name] if is_current else None
            for line, row in backup.rows(facts, table):
                if is_current:
                    check_record(backup, facts.name, line, row)
        return backup.facts


def check_record(backup: BackupReader, table: str, line: int, row: Mapping[str, Any]) -> None:
    """See that the JSON inside a row can be read: the body of a firm or project as such, other columns as JSON.

    Raises:
        BackupError: it cannot; names table and line.
    """
    if (read := READERS.get(table)) is not None:
        try:
            record = read(_object(row["body"].encode()), line=line)
        except RowError as error:
            raise backup.error(table, line, f"body: {error.field}: {error.reason}") from error
        except ValueError as error:
            raise backup.error(table, line, f"body: {error}") from error
        if record.id != row["id"]:
            raise backup.error(table, line, f"the body is of {record.id!r}, the row of {row['id']!r}")
    for name, value in row.items():
        if (table, name) in JSON_COLUMNS and value is not None:
            try:
                orjson.loads(value)
            except ValueError as error:
                raise backup.error(table, line, f"{name} is not JSON ({error})") from error


def known_revisions() -> frozenset[str]:
    """Revisions of the tables that this version can load: its own and all before it."""
    return frozenset(step.revision for step in ScriptDirectory(str(db.MIGRATIONS)).walk_revisions())


def encode_row(row: Mapping[str, Any]) -> bytes:
    """One line: moments as ISO 8601 in UTC, bytes as base64."""
    # The names of columns are texts of a kind of their own, which orjson does not take.
    return orjson.dumps({str(name): value for name, value in row.items()}, default=_base64) + b"\n"


def _base64(value: Any) -> str:  # noqa: ANN401 - what orjson cannot write
    return base64.b64encode(value).decode()


def decode_row(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Values that a database takes, of a row of JSON.

    Raises:
        ValueError: a column is missing, unknown, or of another type.
    """
    names = {column.name for column in table.columns}
    if set(row) != names:
        odd = ", ".join(sorted(set(row) ^ names))
        raise ValueError(f"expected the columns {', '.join(sorted(names))}; missing or unknown: {odd[:200]}")
    return {column.name: _decode(column, row[column.name]) for column in table.columns}


def _decode(column: Column[Any], value: Any) -> Any:  # noqa: ANN401 - unchecked JSON, and what the column holds
    if value is None:
        if not column.nullable:
            raise ValueError(f"{column.name} is null, expected a value")
        return None
    kind = column.type
    if isinstance(kind, Boolean):
        return _of_type(column, value, bool, "true or false")
    if isinstance(kind, Integer):
        return _of_type(column, value, int, "a whole number")
    text: str = _of_type(column, value, str, "a text")
    if isinstance(kind, DateTime | UtcDateTime):
        moment = _moment(column.name, text)
        return moment.replace(tzinfo=None) if isinstance(kind, DateTime) else moment
    if isinstance(kind, LargeBinary):
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise ValueError(f"{column.name} is not base64 ({error})") from error
    if isinstance(kind, String) and kind.length is not None and len(text) > kind.length:
        raise ValueError(f"{column.name} has {len(text)} characters, at most {kind.length}")
    return text


def _of_type(column: Column[Any], value: Any, kind: type, expected: str) -> Any:  # noqa: ANN401 - as above
    if type(value) is not kind:  # a bool is an int to isinstance
        raise ValueError(f"{column.name} is of type {type(value).__name__}, expected {expected}")
    return value


def _moment(name: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{name} is {text[:40]!r}, expected a moment such as 2025-03-01T12:00:00+00:00") from error
    if moment.tzinfo is None:
        raise ValueError(f"{name} is {text[:40]!r}, expected a moment with its zone, such as +00:00")
    return moment.astimezone(UTC)


def _object(raw: bytes) -> dict[str, Any]:
    found = orjson.loads(raw)
    if not isinstance(found, dict):
        raise ValueError(f"expected a JSON object, got {type(found).__name__}")
    return found


def _read_manifest(path: Path, archive: zipfile.ZipFile) -> BackupFacts:
    try:
        info = archive.getinfo(MANIFEST)
    except KeyError as error:
        raise BackupError(f"{path.name} is a zip without {MANIFEST}: expected a backup of this service") from error
    _refuse_odd_packing(path, info)
    if info.file_size > MOST_MANIFEST_BYTES:
        raise BackupError(f"{path.name}: {MANIFEST} has {info.file_size:,} bytes, at most {MOST_MANIFEST_BYTES:,}")
    try:
        found = _object(archive.read(info))
        if found.get("format") != FORMAT:
            raise BackupError(f"{path.name} is of format {found.get('format')!r}, expected {FORMAT!r}")
        _refuse_newer(path, found)
        return BackupFacts(
            created=_moment("created", str(found["created"])),
            version=str(found["version"]),
            revision=str(found["revision"]),
            tables=tuple(
                TableFacts(str(t["name"]), int(t["rows"]), int(t["bytes"]), str(t["sha256"])) for t in found["tables"]
            ),
            file_bytes=path.stat().st_size,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BackupError(f"{path.name}: {MANIFEST} cannot be read ({type(error).__name__}: {error})") from error


def _refuse_odd_packing(path: Path, info: zipfile.ZipInfo) -> None:
    if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BackupError(f"{path.name}: {info.filename} is encrypted or packed in a way that no backup of ours is")


def _refuse_newer(path: Path, manifest: Mapping[str, Any]) -> None:
    if manifest.get("format_version") != FORMAT_VERSION:
        reason = f"has format version {manifest.get('format_version')!r}, expected {FORMAT_VERSION}"
    elif manifest.get("revision") not in known_revisions():
        reason = f"has tables of revision {manifest.get('revision')!r}, which this version does not know"
    else:
        return
    raise BackupError(
        f"{path.name} {reason}: supplier-matcher {manifest.get('version')} wrote it and this is "
        f"{version('supplier-matcher')}; use that version or a later one"
    )


def _check_members(path: Path, archive: zipfile.ZipFile, facts: BackupFacts) -> None:
    infos = archive.infolist()
    names = [info.filename for info in infos]
    expected = {MANIFEST, *(table.member for table in facts.tables)}
    if facts.revision == db.head_revision():
        expected |= {f"{name}.jsonl" for name in metadata.tables if name not in LEFT_OUT}
    if len(expected) != len(facts.tables) + 1 or sorted(names) != sorted(expected):
        odd = ", ".join(sorted(set(names) ^ expected)) or "one stands there twice"
        raise BackupError(f"{path.name} does not have the members that it should; missing or unknown: {odd[:200]}")
    if facts.n_rows("clock") != 1:
        raise BackupError(f"{path.name}: clock.jsonl has {facts.n_rows('clock')} rows, expected 1")
    by_name = {info.filename: info for info in infos}
    for table in facts.tables:
        info = by_name[table.member]
        _refuse_odd_packing(path, info)
        if info.file_size != table.n_bytes:
            raise BackupError(
                f"{path.name}: {table.member} has {info.file_size:,} bytes, the manifest says {table.n_bytes:,}"
            )
    n_bytes = sum(table.n_bytes for table in facts.tables)
    if n_bytes > max(EXPANSION_FROM_BYTES, MOST_EXPANSION * facts.file_bytes):
        raise BackupError(
            f"{path.name} would unpack from {facts.file_bytes:,} to {n_bytes:,} bytes, at most "
            f"{MOST_EXPANSION} times as many: this is no backup of real rows"
        )
