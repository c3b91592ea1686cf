"""Ids of the firms of a directory, and rows that are one firm.

An id is the member id where the column of member ids names one firm each, else made from the name; two firms of one
name in two towns both get their town appended, so that ids do not depend on the order of rows. Rows of one id are
joined where they do not contradict each other (a second row for a second contact); else the later one is refused.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections import defaultdict
from dataclasses import dataclass

from matcher.places import fold
from matcher.records import slug
from matcher.sources.duplicates import host_of, normal_name
from matcher.sources.people import Person
from matcher.sources.report import as_refusal
from matcher.types import Firm, Refusal


@dataclass(frozen=True, slots=True)
class Draft:
    """A firm as one row says it, before its id."""

    line: int
    sheet: str
    member_id: str | None
    firm: Firm
    people: tuple[Person, ...] = ()


@dataclass(frozen=True)
class Identified:
    """Firms with their ids and first lines, rows refused as contradictions, notes, and the people of each firm."""

    records: tuple[tuple[int, Firm], ...]
    refused: tuple[Refusal, ...]
    notes: tuple[str, ...]
    people: dict[str, tuple[Person, ...]]


def identify(drafts: list[Draft]) -> Identified:
    """Give every row its firm id, and join or refuse rows that are one firm.

    Args:
        drafts: in file order.
    """
    ids, notes = _ids(drafts)
    first: dict[str, int] = {}
    firms: dict[str, Firm] = {}
    refused: list[Refusal] = []
    joined: list[str] = []
    people: dict[str, tuple[Person, ...]] = {}
    for position, (draft, key) in enumerate(zip(drafts, ids, strict=True)):
        firm = dataclasses.replace(draft.firm, id=key)
        if key not in firms:
            first[key], firms[key] = position, firm
            people[key] = draft.people
            continue
        earlier = drafts[first[key]]
        conflicts = _conflicts(firms[key], firm)
        if conflicts:
            reason = f"the same firm stands on {_where(earlier)} with another {' and '.join(conflicts)}"
            refused.append(as_refusal(draft.line, "id", key, f"{reason}; keep one of the two{_sheet(draft)}"))
        else:
            firms[key] = _join(firms[key], firm)
            people[key] = tuple(dict.fromkeys((*people[key], *draft.people)))
            joined.append(f"{_where(draft)} to {_where(earlier)}")
    if joined:
        more = f" and {len(joined) - 5} more" if len(joined) > 5 else ""
        notes.append(f"{_rows(len(joined))} joined with an earlier one of the same firm: {', '.join(joined[:5])}{more}")
    records = tuple((drafts[first[key]].line, firm) for key, firm in firms.items())
    return Identified(records, tuple(refused), tuple(notes), {key: some for key, some in people.items() if some})


def _rows(n: int) -> str:
    return f"{n} row" if n == 1 else f"{n} rows"


def _where(draft: Draft) -> str:
    return f"row {draft.line}{_sheet(draft)}"


def _sheet(draft: Draft) -> str:
    return f" (sheet {draft.sheet!r})" if draft.sheet else ""


def _ids(drafts: list[Draft]) -> tuple[list[str], list[str]]:
    """An id for each row, and notes."""
    notes: list[str] = []
    member_ids, n_repeated = _member_ids(drafts)
    if n_repeated:
        notes.append(f"member ids not used as ids: {n_repeated} of them name two firms; made from the names instead")
    n_without = member_ids.count(None)
    if any(member_ids) and n_without:
        notes.append(f"{_rows(n_without)} without a member id: the firm's id was made from its name")
    towns: dict[str, set[str]] = defaultdict(set)
    for draft, member_id in zip(drafts, member_ids, strict=True):
        if member_id is None and draft.firm.city:
            towns[slug(draft.firm.name)].add(fold(draft.firm.city))
    keys = [
        member_id or _name_id(draft.firm, towns[slug(draft.firm.name)])
        for draft, member_id in zip(drafts, member_ids, strict=True)
    ]
    return _told_apart(drafts, keys), notes


def _member_ids(drafts: list[Draft]) -> tuple[list[str | None], int]:
    """Member ids as slugs, or none at all where one names two firms; then how many do."""
    found = [slug(draft.member_id) if draft.member_id else None for draft in drafts]
    names: dict[str, set[str]] = defaultdict(set)
    for draft, key in zip(drafts, found, strict=True):
        if key:
            names[key].add(normal_name(draft.firm.name))
    n_repeated = sum(len(one) > 1 for one in names.values())
    return ([None] * len(drafts) if n_repeated else found), n_repeated


def _name_id(firm: Firm, towns: set[str]) -> str:
    base = slug(firm.name)
    if len(towns) < 2 or not firm.city:
        return base
    town = slug(fold(firm.city))[:30]
    return f"{base[: 79 - len(town)]}-{town}"


def _told_apart(drafts: list[Draft], keys: list[str]) -> list[str]:
    """Ids that two different names came to by chance get a few letters of a hash of the name."""
    names: dict[str, set[str]] = defaultdict(set)
    for draft, key in zip(drafts, keys, strict=True):
        names[key].add(slug(draft.firm.name) if len(draft.firm.name) < 80 else draft.firm.name)
    result = []
    for draft, key in zip(drafts, keys, strict=True):
        if len(names[key]) > 1 and draft.member_id is None:
            mark = hashlib.sha256(normal_name(draft.firm.name).encode()).hexdigest()[:6]
            key = f"{key[:73]}-{mark}"
        result.append(key)
    return result


def _conflicts(one: Firm, other: Firm) -> list[str]:
    """Fields that both state and that differ."""
    pairs = {
        "town": (fold(one.city or ""), fold(other.city or "")),
        "province": (one.province, other.province),
        "country": (one.country, other.country),
        "postal code": (one.postal_code, other.postal_code),
        "website": (host_of(one.website), host_of(other.website)),
        "number of employees": (one.employees, other.employees),
        "membership": (one.member, other.member),
    }
    return [name for name, (a, b) in pairs.items() if a not in (None, "") and b not in (None, "") and a != b]


def _join(one: Firm, other: Firm) -> Firm:
    """One firm of two rows: what the first leaves empty, and the statements of both."""
    taken = {
        name: getattr(other, name)
        for name in ("city", "province", "country", "postal_code", "website", "employees", "member", "lang")
        if getattr(one, name) is None
    }
    held = {statement.id for statement in one.statements}
    more = tuple(statement for statement in other.statements if statement.id not in held)
    return dataclasses.replace(one, **taken, statements=(*one.statements, *more))
