"""Two firms that are one: merge them, take it back, or note that they are not the same."""

from __future__ import annotations

import dataclasses
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from matcher import Duplicate, Firm, Statement, firm_from_row, possible_duplicates, to_dict, to_json
from service import audit
from service.clock import now
from service.context import Services
from service.db import next_change
from service.errors import Conflict, NotFound
from service.firms import belongings, merges_repository, notes_repository, repository
from service.firms.merges_repository import Merge
from service.projects import repository as projects_repository
from service.records import Stored, check_version
from service.security import Caller
from service.words import _

_FIELDS = ("city", "province", "country", "postal_code", "website", "employees", "group", "lang")


@dataclass(frozen=True, slots=True)
class Double:
    """A firm that may be the same as another, with the reason: ``same website`` or ``close name and place``."""

    other: Stored[Firm]
    reason: str


@dataclass(frozen=True, slots=True)
class PastMerge:
    """A merge that can still be taken back."""

    id: str
    gone_name: str
    merged_by: str
    merged_at: datetime


def doubles_of(services: Services, firm_id: str) -> list[Double]:
    """Firms that may be the same as this one, without those that staff said are not.

    Raises:
        NotFound: the firm is not there.
    """
    with services.database.read() as tx:
        stored = check_version(repository.find(tx, firm_id), "firm", firm_id, None)
        not_same = notes_repository.not_double_of(tx, firm_id)
        found = _doubles(tx, stored.record)
    return [double for double in found if double.other.id not in not_same]


def doubles_of_new(services: Services, row: dict[str, Any]) -> list[Double]:
    """Firms that may be the same as one that somebody is about to add.

    Raises:
        RowError: the row makes no sense.
    """
    # No id that a firm can have, so that it is compared with every firm.
    firm = dataclasses.replace(firm_from_row({**row, "id": "new"}), id="new firm")
    with services.database.read() as tx:
        return _doubles(tx, firm)


def _doubles(tx: Connection, firm: Firm) -> list[Double]:
    others = {one.id: one for one in merges_repository.near(tx, firm)}
    found = possible_duplicates([firm], [one.record for one in others.values()])
    pairs = [(_other(pair, firm.id), pair.reason) for pair in found]
    return [Double(others[key], reason) for key, reason in pairs if key in others]


def _other(pair: Duplicate, firm_id: str) -> str:
    return pair.other_id if pair.firm_id == firm_id else pair.firm_id


def merged(kept: Firm, gone: Firm) -> Firm:
    """One firm of two: what the first does not state is taken from the second, and every statement is kept once."""
    values: dict[str, Any] = {
        name: getattr(kept, name) if getattr(kept, name) is not None else getattr(gone, name) for name in _FIELDS
    }
    values["member"] = True if True in (kept.member, gone.member) else _first(kept.member, gone.member)
    statements = {statement.id: statement for statement in kept.statements}
    for statement in gone.statements:
        here = statements.get(statement.id)
        if here is None or (statement.confirmed and not here.confirmed):
            statements[statement.id] = statement
    return dataclasses.replace(kept, **values, statements=tuple(statements.values()))


def _first(one: bool | None, other: bool | None) -> bool | None:
    return one if one is not None else other


def merge(
    services: Services, caller: Caller, kept_id: str, gone_id: str, *, expected: int | None, expected_gone: int | None
) -> Stored[Firm]:
    """Merge the second firm into the first: its statements, contacts, calls and introductions become the first's.

    Raises:
        NotFound, Stale: as for other writes, of either firm.
        Conflict: they are one and the same row.
    """
    if kept_id == gone_id:
        raise Conflict(_("This is the same firm: choose another one to merge it with."))
    with services.database.write() as tx:
        number = next_change(tx, 2)
        kept = check_version(repository.find(tx, kept_id), "firm", kept_id, expected)
        gone = check_version(repository.find(tx, gone_id), "firm", gone_id, expected_gone)
        written = repository.update_firm(tx, kept, merged(kept.record, gone.record), number - 1)
        moved: dict[str, Any] = belongings.move(tx, gone_id, kept_id)
        moved["projects"] = _rename_in_projects(tx, gone_id, kept_id)
        repository.delete_firm(tx, gone_id, number)
        done = Merge(
            str(uuid.uuid4()), kept_id, gone_id, to_json(kept.record).decode(), to_json(gone.record).decode(),
            orjson.dumps(moved).decode(), caller.id, now(), None,
        )  # fmt: skip
        merges_repository.add(tx, done)
        details = {"merge": done.id, "gone": gone_id}
        audit.record(tx, caller, "firm.merge", "firm", kept_id, version=written.version, details=details)
        audit.record(tx, caller, "firm.merged_away", "firm", gone_id, version=gone.version, details={"into": kept_id})
    services.index_changes()
    return written


def undo(services: Services, caller: Caller, merge_id: str) -> tuple[Stored[Firm], Stored[Firm]]:
    """Take a merge back: what the second firm brought goes back to it, what was learned since stays with the first.

    Returns:
        The firm that was kept, and the one that is there again.

    Raises:
        NotFound: there is no such merge, or its firm was deleted.
        Conflict: it was taken back already, or a firm of the old id was added meanwhile.
    """
    with services.database.write() as tx:
        number = next_change(tx, 2)
        done = merges_repository.find(tx, merge_id)
        if done is None:
            raise NotFound(_("This merge is not there any more."))
        if done.undone_at is not None:
            raise Conflict(_("This merge was taken back already."))
        kept = check_version(repository.find(tx, done.kept_id), "firm", done.kept_id, None)
        if repository.find(tx, done.gone_id) is not None:
            raise Conflict(_("A firm with the old name was added again meanwhile: merge or delete that one first."))
        before, gone = _record(done.kept_before), _record(done.gone_before)
        first, second = _apart(before, gone, kept.record)
        written = repository.update_firm(tx, kept, first, number - 1)
        again = repository.insert_firm(tx, second, number)
        moved = orjson.loads(done.moved)
        _rename_in_projects(tx, done.kept_id, done.gone_id, only=moved.pop("projects", []))
        belongings.take_back(tx, done.gone_id, done.kept_id, moved)
        merges_repository.mark_undone(tx, merge_id, now())
        for stored in (written, again):
            audit.record(
                tx, caller, "firm.unmerge", "firm", stored.id, version=stored.version, details={"merge": merge_id}
            )
    services.index_changes()
    return written, again


def _record(body: str) -> Firm:
    return firm_from_row(orjson.loads(body))


def _apart(before: Firm, gone: Firm, now_: Firm) -> tuple[Firm, Firm]:
    """Two firms of what one has become: fields that the merge filled are emptied again if nobody changed them."""
    joined = merged(before, gone)
    values = {
        name: getattr(before if getattr(now_, name) == getattr(joined, name) else now_, name)
        for name in (*_FIELDS, "member")
    }
    own, other = ({s.id: s for s in firm.statements} for firm in (before, gone))
    held = {s.id: s for s in now_.statements}

    def as_now(statement: Statement) -> Statement | None:
        """As it stands today, if it does; retracted since the merge is retracted."""
        return held.get(statement.id)

    stays = [s for s in now_.statements if s.id not in other or s.id in own]
    returns = [s for s in map(as_now, gone.statements) if s is not None]
    return (
        dataclasses.replace(now_, **values, statements=tuple(stays)),
        dataclasses.replace(gone, statements=tuple(returns)),
    )


def _rename_in_projects(tx: Connection, old: str, new: str, *, only: list[str] | None = None) -> list[str]:
    """Put one firm's id in the place of another's among leads and participants; says in which projects."""
    changed = []
    ids = only if only is not None else merges_repository.projects_naming(tx, old)
    for key, stored in projects_repository.find_many(tx, ids).items():
        project = stored.record
        lead = new if project.lead == old else project.lead
        partners = tuple(dict.fromkeys(new if one == old else one for one in project.partners))
        if (lead, partners) != (project.lead, project.partners):
            projects_repository.update_project(tx, stored, dataclasses.replace(project, lead=lead, partners=partners))
            changed.append(key)
    return changed


def say_not_double(services: Services, caller: Caller, firm_id: str, other_id: str) -> None:
    """Note that two firms are not the same, so that nobody is asked again.

    Raises:
        NotFound: one of them is not there.
    """
    with services.database.write() as tx:
        for key in (firm_id, other_id):
            check_version(repository.find(tx, key), "firm", key, None)
        notes_repository.say_not_double(tx, firm_id, other_id, by=caller.id, at=now())
        for one, other in ((firm_id, other_id), (other_id, firm_id)):
            audit.record(tx, caller, "firm.not_double", "firm", one, details={"other": other})


def merges_into(services: Services, firm_id: str) -> list[PastMerge]:
    """Merges into a firm that can be taken back, newest first."""
    with services.database.read() as tx:
        found = merges_repository.into(tx, firm_id)
    return [PastMerge(one.id, to_dict(_record(one.gone_before))["name"], one.merged_by, one.merged_at) for one in found]
