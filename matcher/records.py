"""Between the dataclasses of :mod:`matcher.types` and plain JSON rows.

A firm row is read in two forms: the short one of a hand-written file (``profile``, ``capabilities``,
``certifications``, ``naics``, ``sources``, ``as_of``) and the full one (``statements``). What is written is
always the full one, and reading it back gives the same firm.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
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
ID_PATTERN = re.compile(r"^[^\s:]{1,200}$")
DATE_PATTERN = re.compile(r"^\d{4}(-\d{2}(-\d{2})?)?$")
_LISTS = {
    "capabilities": StatementKind.CAPABILITY,
    "products": StatementKind.PRODUCT,
    "services": StatementKind.SERVICE,
    "equipment": StatementKind.EQUIPMENT,
    "materials": StatementKind.MATERIAL,
    "certifications": StatementKind.CERTIFICATE,
    "role": StatementKind.ACTIVITY,
    "notes": StatementKind.NOTE,
}
FIRM_FIELDS = {f.name for f in dataclasses.fields(Firm)} | set(_LISTS) | {"profile", "naics", "as_of", "sources"}
PROJECT_FIELDS = {f.name for f in dataclasses.fields(Project)}


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


def _text(row: Row, key: str, line: int, *, required: bool = False, longest: int = 200_000) -> str | None:
    value = row.get(key)
    if value is None or (isinstance(value, str) and not value.strip()):
        if required:
            raise RowError(line, key, str(value), "expected a text that is not empty; fill it in")
        return None
    if not isinstance(value, str):
        raise RowError(line, key, str(value)[:80], f"expected a text, got {type(value).__name__}; put it in quotes")
    if len(value) > longest:
        raise RowError(line, key, value[:40], f"has {len(value)} characters, at most {longest}; shorten it")
    return value.strip()


def _texts(row: Row, key: str, line: int) -> list[str]:
    value = row.get(key)
    if value is None:
        return []
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise RowError(line, key, str(value)[:80], f"expected a list of texts, got {type(value).__name__}")
    for item in value:
        if not isinstance(item, str):
            raise RowError(line, key, str(item)[:80], f"expected texts in the list, got {type(item).__name__}")
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


def _date(row: Row, key: str, line: int) -> str | None:
    value = _text(row, key, line)
    if value is not None and not DATE_PATTERN.match(value):
        raise RowError(line, key, value[:40], "expected a date as YYYY, YYYY-MM or YYYY-MM-DD")
    return value


def _number(row: Row, key: str, line: int) -> float | None:
    value = row.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise RowError(line, key, str(value)[:40], "expected a number of at least 0")
    return value


def _flag(row: Row, key: str, line: int) -> bool | None:
    value = row.get(key)
    if value is None or isinstance(value, bool):
        return value
    raise RowError(line, key, str(value)[:40], "expected true, false or null")


def _id(row: Row, line: int) -> str:
    value = _text(row, "id", line, required=True)
    assert value is not None
    if not ID_PATTERN.match(value):
        raise RowError(line, "id", value[:80], "expected at most 200 characters without spaces or colons")
    return value


def _statement(row: Any, line: int) -> Statement:  # noqa: ANN401 - unchecked JSON
    if not isinstance(row, Mapping):
        raise RowError(line, "statements", str(row)[:80], "expected an object with kind and text")
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
    unknown = sorted(set(row) - FIRM_FIELDS)
    if unknown:
        raise RowError(
            line,
            unknown[0],
            str(row[unknown[0]])[:40],
            "unknown field; known: " + ", ".join(sorted(FIRM_FIELDS)),
        )
    source = "; ".join(_texts(row, "sources", line)) or None
    date = _date(row, "as_of", line)
    found: dict[str, Statement] = {}

    def add(kind: StatementKind, text: str, edition: str | None = None) -> None:
        key = statement_id(kind, text)
        found.setdefault(key, Statement(key, kind, text, source, date, edition=edition))

    given = row.get("statements") or []
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise RowError(line, "statements", str(given)[:80], "expected a list of objects with kind and text")
    for item in given:
        statement = _statement(item, line)
        found.setdefault(statement.id, statement)
    if profile := _text(row, "profile", line):
        add(StatementKind.SUMMARY, profile)
    for key, kind in _LISTS.items():
        for text in _texts(row, key, line):
            add(kind, text)
    for code in _texts(row, "naics", line):
        if not re.match(r"^\d{2,6}\b", code):
            raise RowError(line, "naics", code[:40], "expected a code of 2 to 6 digits")
        add(StatementKind.NAICS, code)
    employees = _number(row, "employees", line)
    return Firm(
        id=_id(row, line),
        name=_text(row, "name", line, required=True, longest=500) or "",
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
        statements=tuple(found.values()),
    )


def need_from_row(row: Any, *, line: int = 0, position: int = 0) -> Need:  # noqa: ANN401 - unchecked JSON
    """Read one need; an id is made from its position when none is given."""
    if isinstance(row, str):
        row = {"text": row}
    if not isinstance(row, Mapping):
        raise RowError(line, "needs", str(row)[:80], "expected an object with text and role, or a text")
    known = {f.name for f in dataclasses.fields(Need)}
    unknown = sorted(set(row) - known)
    if unknown:
        raise RowError(line, "needs." + unknown[0], "", "unknown field; known: " + ", ".join(sorted(known)))
    weight = _number(row, "weight", line)
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


def project_from_row(row: Row, *, line: int = 0) -> Project:
    """Read one project row.

    Raises:
        RowError: a field is missing, of the wrong type or of an unknown name.
    """
    unknown = sorted(set(row) - PROJECT_FIELDS)
    if unknown:
        known = ", ".join(sorted(PROJECT_FIELDS))
        raise RowError(line, unknown[0], str(row[unknown[0]])[:40], "unknown field; known: " + known)
    needs = row.get("needs") or []
    if not isinstance(needs, Sequence) or isinstance(needs, str):
        raise RowError(line, "needs", str(needs)[:80], "expected a list of needs")
    read = tuple(need_from_row(need, line=line, position=i) for i, need in enumerate(needs))
    if len({need.id for need in read}) < len(read):
        raise RowError(line, "needs", "", "two needs have the same id; give each its own")
    return Project(
        id=_id(row, line),
        title=_text(row, "title", line, required=True, longest=1000) or "",
        description=_text(row, "description", line) or "",
        technologies=tuple(_texts(row, "technologies", line)),
        lead=_text(row, "lead", line),
        partners=tuple(_texts(row, "partners", line)),
        city=_text(row, "city", line),
        province=_text(row, "province", line),
        stage=_choice(row, "stage", Stage, Stage.UNKNOWN, line),
        release=_choice(row, "release", Release, Release.ONLY_US, line),
        announced=_date(row, "announced", line),
        closes=_date(row, "closes", line),
        checked=_date(row, "checked", line),
        cluster=_text(row, "cluster", line),
        total_cad=_number(row, "total_cad", line),
        cluster_cad=_number(row, "cluster_cad", line),
        needs=read,
        rejected_needs=tuple(_texts(row, "rejected_needs", line)),
        sources=tuple(_texts(row, "sources", line)),
    )
