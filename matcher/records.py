"""Between the dataclasses of :mod:`matcher.types` and plain JSON rows.

A firm row is read in two forms: the short one of a hand-written file (``profile``, ``capabilities``,
``certifications``, ``naics``, ``sources``, ``as_of``) and the full one (``statements``). What is written is
always the full one, and reading it back gives the same firm. :mod:`matcher.schema` says the same rules as JSON Schema
and is generated from the patterns and limits below, so that the two cannot part.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, TypeVar

import orjson

from matcher.errors import RowError
from matcher.types import (
    Firm,
    FirmKind,
    Need,
    NeedRole,
    Origin,
    Project,
    Release,
    Stage,
    Statement,
    StatementKind,
)

Row = Mapping[str, Any]
ID = r"[^\s:\x00-\x1f\x7f/]{1,200}"
# Days that exist, leap years included: a date that the calendar lacks would fail only when a closing date is compared.
DATE = (
    r"[12][0-9]{3}(?:-(?:0[1-9]|1[0-2])"
    r"|-(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    r"|-(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    r"|-02-(?:0[1-9]|1[0-9]|2[0-8]))?"
    r"|[12][0-9](?:(?:0[48]|[2468][048]|[13579][26])-02-29)|(?:1[26]|2[048])00-02-29"
)
RELATIVE_DATE = r"[+-][0-9]{1,4}d"
NAICS_CODE = r"[0-9]{2,6}\b"
LONGEST_TEXT, LONGEST_NAME, LONGEST_TITLE = 200_000, 500, 1000
MOST_EMPLOYEES, MOST_CAD, MOST_WEIGHT = 5_000_000, 1_000_000_000_000, 1000
SHORT_LISTS = {
    "capabilities": StatementKind.CAPABILITY,
    "products": StatementKind.PRODUCT,
    "services": StatementKind.SERVICE,
    "equipment": StatementKind.EQUIPMENT,
    "materials": StatementKind.MATERIAL,
    "certifications": StatementKind.CERTIFICATE,
    "role": StatementKind.ACTIVITY,
    "notes": StatementKind.NOTE,
}
_ID, _DATE, _RELATIVE, _NAICS = (re.compile(p) for p in (ID, DATE, RELATIVE_DATE, NAICS_CODE))
FIRM_FIELDS = {f.name for f in dataclasses.fields(Firm)} | set(SHORT_LISTS) | {"profile", "naics", "as_of", "sources"}
PROJECT_FIELDS = {f.name for f in dataclasses.fields(Project)}
NEED_FIELDS = {f.name for f in dataclasses.fields(Need)}
STATEMENT_FIELDS = {f.name for f in dataclasses.fields(Statement)}


def statement_id(kind: str, text: str) -> str:
    """Id of a statement: stable for the same kind and text within a firm."""
    return hashlib.sha256(f"{kind}\n{text}".encode()).hexdigest()[:12]


def slug(name: str) -> str:
    """Lower-case id made from a name: letters and digits joined by hyphens, at most 80 long."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80] or "x" + hashlib.sha256(name.encode()).hexdigest()[:8]


def content_hash(record: Firm | Project) -> str:
    """Hash of everything a record says: equal records have equal hashes."""
    return hashlib.sha256(to_json(record)).hexdigest()


def to_dict(value: Any) -> Any:  # noqa: ANN401 - any of the dataclasses of matcher.types, or what they hold
    """Plain dicts, lists and scalars of a dataclass, for JSON."""
    return orjson.loads(orjson.dumps(value))


def to_json(value: Any) -> bytes:  # noqa: ANN401 - as above
    """One line of JSON of a dataclass, keys in field order."""
    return orjson.dumps(value)


def _text(row: Row, key: str, line: int, *, required: bool = False, longest: int = LONGEST_TEXT) -> str | None:
    value = row.get(key)
    if value is not None and not isinstance(value, str):
        raise RowError(line, key, str(value)[:80], f"expected a text, got {type(value).__name__}; put it in quotes")
    if value and len(value) > longest:
        raise RowError(line, key, value[:40], f"has {len(value)} characters, at most {longest}; shorten it")
    if required and not (value or "").strip():
        raise RowError(line, key, value or "", "expected a text that is not empty; fill it in")
    return (value or "").strip() or None


def _texts(row: Row, key: str, line: int) -> list[str]:
    value = row.get(key)
    if value is None:
        return []
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise RowError(line, key, str(value)[:80], f"expected a list of texts, got {type(value).__name__}")
    for item in value:
        if not isinstance(item, str):
            raise RowError(line, key, str(item)[:80], f"expected texts in the list, got {type(item).__name__}")
        if len(item) > LONGEST_TEXT:
            raise RowError(line, key, item[:40], f"has {len(item)} characters, at most {LONGEST_TEXT}; shorten it")
    return [item.strip() for item in value if item.strip()]


E = TypeVar("E", bound=StrEnum)


def _choice(row: Row, key: str, kind: type[E], default: E, line: int) -> E:
    value = row.get(key)
    if value is None or value == "":
        return default
    try:
        return kind(value)
    except ValueError:
        expected = ", ".join(kind)
        raise RowError(line, key, str(value)[:80], f"expected one of {expected}") from None


def _date(row: Row, key: str, line: int, today: date | None = None) -> str | None:
    value = _text(row, key, line)
    if value is None or _DATE.fullmatch(value):
        return value
    if today and _RELATIVE.fullmatch(value):
        return (today + timedelta(days=int(value[:-1]))).isoformat()
    also = ", or days from today such as +45d" if today else ""
    raise RowError(line, key, value[:40], f"expected a day that exists, as YYYY, YYYY-MM or YYYY-MM-DD{also}")


def _number(row: Row, key: str, line: int, most: int, *, whole: bool = False) -> float | None:
    value = row.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise RowError(line, key, str(value)[:40], f"expected a number from 0 to {most:,}, without quotes")
    if whole and value != int(value):
        raise RowError(line, key, str(value)[:40], "expected a whole number")
    return value


def _flag(row: Row, key: str, line: int) -> bool | None:
    value = row.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise RowError(line, key, str(value)[:40], "expected true, false or null")


def _id(row: Row, line: int) -> str:
    value = _text(row, "id", line, required=True)
    assert value is not None
    if not _ID.fullmatch(value):
        raise RowError(line, "id", value[:80], "expected at most 200 characters without spaces or colons")
    return value


def _known(row: Row, known: set[str], line: int, prefix: str = "") -> None:
    """Refuse a row with a field that nobody would read, rather than lose what stands in it."""
    unknown = sorted(set(row) - known)
    if unknown:
        value = str(row[unknown[0]])[:40]
        raise RowError(line, prefix + unknown[0], value, "unknown field; known: " + ", ".join(sorted(known)))


def _list(row: Row, key: str, line: int, expected: str) -> Sequence[Any]:
    value = row.get(key)
    if value is None:
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise RowError(line, key, str(value)[:80], f"expected a list of {expected}, got {type(value).__name__}")
    return value


def _statement(row: Any, line: int) -> Statement:  # noqa: ANN401 - unchecked JSON
    if not isinstance(row, Mapping):
        raise RowError(line, "statements", str(row)[:80], "expected an object with kind and text")
    _known(row, STATEMENT_FIELDS, line, "statements.")
    text = _text(row, "text", line, required=True)
    assert text is not None
    kind = _choice(row, "kind", StatementKind, StatementKind.CAPABILITY, line)
    return Statement(
        id=_text(row, "id", line) or statement_id(kind, text),
        kind=kind,
        text=text,
        source=_text(row, "source", line),
        date=_date(row, "date", line),
        confirmed=bool(_flag(row, "confirmed", line)),
        edition=_text(row, "edition", line),
    )


def firm_from_row(row: Row, *, line: int = 0) -> Firm:
    """Read one firm row, in the short or the full form.

    Args:
        row: the parsed JSON object.
        line: line number for the error.

    Raises:
        RowError: a field is missing, of the wrong type or of an unknown name.
    """
    _known(row, FIRM_FIELDS, line)
    employees = _number(row, "employees", line, MOST_EMPLOYEES, whole=True)
    return Firm(
        id=_id(row, line),
        name=_text(row, "name", line, required=True, longest=LONGEST_NAME) or "",
        kind=_choice(row, "kind", FirmKind, FirmKind.FIRM, line),
        city=_text(row, "city", line),
        province=_text(row, "province", line),
        country=_text(row, "country", line),
        postal_code=_text(row, "postal_code", line),
        website=_text(row, "website", line),
        employees=None if employees is None else int(employees),
        member=_flag(row, "member", line),
        group=_text(row, "group", line),
        lang=_text(row, "lang", line),
        statements=_statements(row, line),
    )


def _statements(row: Row, line: int) -> tuple[Statement, ...]:
    """Statements of a firm row: those given in full, then those of the short fields; what is said twice counts once."""
    source = "; ".join(_texts(row, "sources", line)) or None
    date = _date(row, "as_of", line)
    found: dict[str, Statement] = {}

    def add(kind: StatementKind, text: str) -> None:
        key = statement_id(kind, text)
        found.setdefault(key, Statement(key, kind, text, source, date))

    for item in _list(row, "statements", line, "objects with kind and text"):
        statement = _statement(item, line)
        if found.setdefault(statement.id, statement) != statement:
            raise RowError(line, "statements.id", statement.id[:80], "two statements have this id; give each its own")
    if profile := _text(row, "profile", line):
        add(StatementKind.SUMMARY, profile)
    for key, kind in SHORT_LISTS.items():
        for text in _texts(row, key, line):
            add(kind, text)
    for code in _texts(row, "naics", line):
        if not _NAICS.match(code):
            raise RowError(line, "naics", code[:40], "expected a code of 2 to 6 digits")
        add(StatementKind.NAICS, code)
    return tuple(found.values())


def need_from_row(row: Any, *, line: int = 0, position: int = 0) -> Need:  # noqa: ANN401 - unchecked JSON
    """Read one need; an id is made from its position when none is given.

    Args:
        row: an object, or a text alone.
        line: line number for the error.
        position: place among the project's needs, from 0.

    Raises:
        RowError: a field is missing, of the wrong type or of an unknown name.
    """
    if isinstance(row, str):
        row = {"text": row}
    if not isinstance(row, Mapping):
        raise RowError(line, "needs", str(row)[:80], "expected an object with text and role, or a text")
    _known(row, NEED_FIELDS, line, "needs.")
    weight = _number(row, "weight", line, MOST_WEIGHT)
    if weight == 0:
        raise RowError(line, "needs.weight", "0", "expected a number above 0")
    texts = {
        key: _text(row, key, line)
        for key in (
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
    }
    return Need(
        id=_text(row, "id", line) or f"n{position + 1}",
        text=_text(row, "text", line, required=True) or "",
        role=_choice(row, "role", NeedRole, NeedRole.EITHER, line),
        origin=_choice(row, "origin", Origin, Origin.STATED, line),
        confirmed=bool(_flag(row, "confirmed", line)),
        weight=1.0 if weight is None else float(weight),
        **texts,
    )


def project_from_row(row: Row, *, line: int = 0, today: date | None = None) -> Project:
    """Read one project row.

    Args:
        row: the parsed JSON object.
        line: line number for the error.
        today: day that relative dates such as ``+45d`` count from; None refuses them.

    Raises:
        RowError: a field is missing, of the wrong type or of an unknown name.
    """
    _known(row, PROJECT_FIELDS, line)
    needs = _list(row, "needs", line, "needs")
    read = tuple(need_from_row(need, line=line, position=i) for i, need in enumerate(needs))
    if len({need.id for need in read}) < len(read):
        raise RowError(line, "needs", "", "two needs have the same id; give each its own")
    return Project(
        id=_id(row, line),
        title=_text(row, "title", line, required=True, longest=LONGEST_TITLE) or "",
        description=_text(row, "description", line) or "",
        technologies=tuple(_texts(row, "technologies", line)),
        lead=_text(row, "lead", line),
        partners=tuple(_texts(row, "partners", line)),
        city=_text(row, "city", line),
        province=_text(row, "province", line),
        stage=_choice(row, "stage", Stage, Stage.UNKNOWN, line),
        release=_choice(row, "release", Release, Release.ONLY_US, line),
        announced=_date(row, "announced", line, today),
        closes=_date(row, "closes", line, today),
        checked=_date(row, "checked", line, today),
        cluster=_text(row, "cluster", line),
        total_cad=_number(row, "total_cad", line, MOST_CAD),
        cluster_cad=_number(row, "cluster_cad", line, MOST_CAD),
        needs=read,
        rejected_needs=tuple(_texts(row, "rejected_needs", line)),
        sources=tuple(_texts(row, "sources", line)),
    )
