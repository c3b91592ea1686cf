"""JSON Schema of the rows of firm and project files, generated from the types.

Each field of :class:`~matcher.types.Firm` and :class:`~matcher.types.Project` gives one property by its type hint, so
a new field is in the schema without further work; patterns and limits are those that :mod:`matcher.records` checks by.
The short form of a firm row (``profile``, ``capabilities``, …) stands beside the full one (``statements``), as the
reader takes both. One rule cannot be said in JSON Schema and is checked by the reader alone: two statements or two
needs of a row may not share an id.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from matcher import records
from matcher.types import Firm, Need, Project, Statement

Schema = dict[str, Any]
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_LISTED = {Statement: "statement", Need: "need"}
_ABOUT = {
    "id": "unique and stable; letters, digits and hyphens are best",
    "kind": "what it is",
    "employees": "headcount",
    "member": "member of the chamber",
    "group": "name of the group of companies it belongs to",
    "lang": "language of its texts: en or fr",
    "profile": "what the firm does, in sentences",
    "naics": "industry codes of 2 to 6 digits, each with its title after a blank if you like",
    "as_of": "date of the short fields",
    "sources": "where it was read: addresses or names of files",
    "statements": "the full form: one object a statement",
    "role": "what it does with its goods: makes, distributes, services, …",
    "lead": "id of the leading firm",
    "partners": "ids of the known participants",
    "stage": "where the project stands",
    "release": "how much may be shown to outsiders",
    "closes": "closing date",
    "checked": "day when somebody last looked whether this still holds",
    "needs": "what the project looks for: a text each, or an object",
    "rejected_needs": "guessed needs that staff rejected",
}


def firm_schema() -> Schema:
    """JSON Schema of one row of a firm file, in the short form, the full one, or both mixed."""
    properties = _properties(Firm)
    properties["profile"] = _text()
    properties |= {name: _texts() for name in records.SHORT_LISTS}
    properties["naics"] = _texts({"pattern": rf"^\s*(?:{records.NAICS_CODE}|$)"})
    properties["as_of"] = _date()
    properties["sources"] = _texts()
    return _whole("A firm", properties, ["id", "name"], {"statement": _object(_statement_properties(), ["text"])})


def project_schema() -> Schema:
    """JSON Schema of one row of a project file; dates may be relative to the day of loading, as ``+45d``."""
    need = {"anyOf": [_required_text(), _object(_need_properties(), ["text"])]}
    return _whole("A project or call", _properties(Project), ["id", "title"], {"need": need})


SCHEMAS: Mapping[str, Callable[[], Schema]] = {"firm": firm_schema, "project": project_schema}


def _whole(title: str, properties: Schema, required: list[str], definitions: Schema) -> Schema:
    for name, about in _ABOUT.items():
        if name in properties:
            properties[name] = {"description": about, **properties[name]}
    comment = "Empty or null means not stated, never no. Ids of statements and of needs must differ within a row."
    body = _object(properties, required)
    return {"$schema": _DRAFT, "title": title, "$comment": comment, **body, "$defs": definitions}


def _object(properties: Schema, required: list[str]) -> Schema:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _properties(cls: type) -> Schema:
    """One property a field of a dataclass, by its type hint."""
    hints = typing.get_type_hints(cls)
    return {field.name: _special(cls, field.name) or _of(hints[field.name]) for field in dataclasses.fields(cls)}


def _statement_properties() -> Schema:
    return _properties(Statement) | {"id": _text(), "text": _required_text()}


def _need_properties() -> Schema:
    return _properties(Need) | {"id": _text(), "text": _required_text()}


def _special(cls: type, name: str) -> Schema | None:
    """Fields that the reader checks by more than their type."""
    found: dict[tuple[type, str], Schema] = {
        (Firm, "id"): _id(),
        (Project, "id"): _id(),
        (Firm, "name"): _required_text(records.LONGEST_NAME),
        (Project, "title"): _required_text(records.LONGEST_TITLE),
        (Firm, "employees"): _number(records.MOST_EMPLOYEES, kind="integer"),
        (Project, "total_cad"): _number(records.MOST_CAD),
        (Project, "cluster_cad"): _number(records.MOST_CAD),
        (Need, "weight"): _number(records.MOST_WEIGHT, above_zero=True),
        (Statement, "date"): _date(),
        **{(Project, name): _date(relative=True) for name in ("announced", "closes", "checked")},
    }
    return found.get((cls, name))


def _of(hint: Any) -> Schema:  # noqa: ANN401 - a type hint
    if isinstance(hint, types.UnionType):  # only "… | None" is used
        return _of(next(part for part in typing.get_args(hint) if part is not types.NoneType))
    if typing.get_origin(hint) is tuple:
        inner = typing.get_args(hint)[0]
        if inner is str:
            return _texts()
        return {"type": ["array", "null"], "items": {"$ref": f"#/$defs/{_LISTED[inner]}"}}
    if issubclass(hint, StrEnum):
        return {"enum": [*(value.value for value in hint), "", None]}
    if hint is bool:
        return {"type": ["boolean", "null"]}
    if hint is str:
        return _text()
    raise TypeError(f"no schema for a field of type {hint!r}: add it to matcher/schema.py")


def _text(longest: int = records.LONGEST_TEXT) -> Schema:
    return {"type": ["string", "null"], "maxLength": longest}


def _required_text(longest: int = records.LONGEST_TEXT) -> Schema:
    return {"type": "string", "pattern": r"\S", "maxLength": longest}


def _texts(item: Schema | None = None) -> Schema:
    return {
        "type": ["array", "null"],
        "items": {"type": "string", "maxLength": records.LONGEST_TEXT, **(item or {})},
    }


def _id() -> Schema:
    return {"type": "string", "maxLength": records.LONGEST_TEXT, "pattern": rf"^\s*{records.ID}\s*$"}


def _date(*, relative: bool = False) -> Schema:
    accepted = f"{records.DATE}|{records.RELATIVE_DATE}" if relative else records.DATE
    return {"type": ["string", "null"], "maxLength": records.LONGEST_TEXT, "pattern": rf"^\s*(?:{accepted})?\s*$"}


def _number(most: int, *, kind: str = "number", above_zero: bool = False) -> Schema:
    least = "exclusiveMinimum" if above_zero else "minimum"
    return {"anyOf": [{"type": [kind, "null"], least: 0, "maximum": most}, {"const": ""}]}
