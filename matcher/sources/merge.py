"""Three-way merge of a record that is imported again: what the file changed meets what staff changed.

Three versions of one record are compared: **base**, what this source brought last time; **stored**, what we hold now,
with the edits of staff; **incoming**, what the source says now. What the source did not change stays as staff left
it; what the source did change is taken over. Merging the same file again, also after a crash that lost the new base,
changes nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, TypeVar

from matcher.types import Firm, Need, Project, Statement

R = TypeVar("R", Firm, Project)
Item = TypeVar("Item", Statement, Need)
_LISTS = ("technologies", "partners", "sources")


def merge_record(base: R | None, stored: R, incoming: R) -> R:
    """Merge a firm or a project; see :func:`merge_firm` and :func:`merge_project`."""
    return merge_firm(base, stored, incoming) if isinstance(stored, Firm) else merge_project(base, stored, incoming)


def merge_firm(base: Firm | None, stored: Firm, incoming: Firm) -> Firm:
    """Merge a firm.

    Plain fields: where the source says what it said last time, the stored value stays; else the source's value is
    taken. A value that the source no longer states is emptied only if staff had not changed it. A source that brings
    the firm for the first time overwrites nothing by an empty value.

    Statements, by id: one that the source has and had not is added; one that it had and has not is removed, unless it
    is confirmed or now names another source; one that staff retracted stays retracted; all others stay. A confirmed
    statement is never changed by a file.

    Args:
        base: what this source brought last time; None when it never brought this firm.
        stored: what we hold.
        incoming: what the source says now.

    Returns:
        The merged firm: stored statements in stored order, then new ones in the source's order.

    Raises:
        ValueError: the records have different ids.
    """
    _check_ids(base, stored, incoming)
    values = _fields(base, stored, incoming, leave_out=("id", "statements"))
    statements = _items(base.statements if base else (), stored.statements, incoming.statements)
    return dataclasses.replace(stored, **values, statements=statements)


def merge_project(base: Project | None, stored: Project, incoming: Project) -> Project:
    """Merge a project, by the rules of :func:`merge_firm`, with its needs in the place of statements.

    Technologies, partners and sources are merged one by one: what the source added is added, what it dropped is
    dropped, what staff added or removed stays so. Rejected needs are a union, and a need whose words staff rejected
    does not come back under another id.

    Args:
        base: what this source brought last time; None when it never brought this project.
        stored: what we hold.
        incoming: what the source says now.

    Raises:
        ValueError: the records have different ids.
    """
    _check_ids(base, stored, incoming)
    values = _fields(base, stored, incoming, leave_out=("id", "needs", "rejected_needs", *_LISTS))
    for name in _LISTS:
        values[name] = _texts(getattr(base, name) if base else (), getattr(stored, name), getattr(incoming, name))
    rejected = {text.casefold() for text in stored.rejected_needs}
    wanted = [n for n in incoming.needs if n.text.casefold() not in rejected or any(n.id == s.id for s in stored.needs)]
    values["needs"] = _items(base.needs if base else (), stored.needs, wanted)
    values["rejected_needs"] = tuple(dict.fromkeys((*stored.rejected_needs, *incoming.rejected_needs)))
    return dataclasses.replace(stored, **values)


def _check_ids(base: R | None, stored: R, incoming: R) -> None:
    ids = {record.id for record in (base, stored, incoming) if record is not None}
    if len(ids) > 1:
        raise ValueError(f"expected one record in three versions, got the ids {sorted(ids)}")


def _fields(
    base: Any,  # noqa: ANN401 - one of four dataclasses, the same as the others
    stored: Any,  # noqa: ANN401
    incoming: Any,  # noqa: ANN401
    *,
    leave_out: Sequence[str],
) -> dict[str, Any]:
    """Merge the plain fields of two or three records of one type."""
    merged = {}
    for field in dataclasses.fields(stored):
        if field.name not in leave_out:
            values = [None if record is None else getattr(record, field.name) for record in (base, stored, incoming)]
            merged[field.name] = _value(*values, first_time=base is None, default=field.default)
    return merged


def _value(base: object, stored: object, incoming: object, *, first_time: bool, default: object) -> object:
    # A default (no kind, no stage) is what a reader gives for a field that the file does not state.
    stated = incoming not in (None, "", default)
    if first_time:
        return incoming if stated else stored
    if incoming == base or (not stated and stored != base):
        return stored
    return incoming


def _items(base: Sequence[Item], stored: Sequence[Item], incoming: Sequence[Item]) -> tuple[Item, ...]:
    before, now = {item.id: item for item in base}, {item.id: item for item in incoming}
    held = {item.id for item in stored}
    kept: list[Item] = []
    for item in stored:
        earlier = before.get(item.id)
        if item.id in now:
            kept.append(_item(earlier, item, now[item.id]))
        elif item.confirmed or earlier is None or _from_elsewhere(earlier, item):
            kept.append(item)
    kept += [item for key, item in now.items() if key not in held and key not in before]
    return tuple(kept)


def _item(base: Item | None, stored: Item, incoming: Item) -> Item:
    """What was confirmed was confirmed as it stands: no file changes it or takes the confirmation back."""
    if stored.confirmed:
        return stored
    return dataclasses.replace(stored, **_fields(base, stored, incoming, leave_out=("id",)))


def _from_elsewhere(earlier: Statement | Need, stored: Statement | Need) -> bool:
    """Whether another source has come to stand behind a statement since this one brought it."""
    return getattr(earlier, "source", None) != getattr(stored, "source", None)  # a need has none


def _texts(base: Sequence[str], stored: Sequence[str], incoming: Sequence[str]) -> tuple[str, ...]:
    before, now = set(base), set(incoming)
    kept = [text for text in stored if text in now or text not in before]
    return tuple(dict.fromkeys((*kept, *(text for text in incoming if text not in before))))
