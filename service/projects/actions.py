"""What can be done with a project and its needs. Every write is one transaction with its audit row.

Needs are of two sorts. *Stored* ones stand in the project: stated by somebody, or guesses that staff confirmed or
corrected. *Guesses* are made anew from the project's text whenever they are asked for; confirming one stores it, and
rejecting one keeps its words in ``rejected_needs``, so that it is not made again.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import orjson
from sqlalchemy import Connection

from matcher import Need, Origin, Project, Stage, mask_project, project_from_row, project_needs, slug, to_dict
from service import audit, idempotency
from service.clock import today
from service.context import Services
from service.errors import Conflict, Invalid, NotFound
from service.idempotency import Answer
from service.paging import Page, decode_cursor, page_of
from service.projects import repository
from service.projects.schemas import MOST_NEEDS, is_id, project_row
from service.records import Stored, check_version
from service.security import Caller


def get_project(services: Services, project_id: str) -> Stored[Project]:
    """One project.

    Raises:
        NotFound: it is not there.
    """
    with services.database.read() as tx:
        return check_version(repository.find(tx, project_id), "project", project_id, None)


def list_projects(
    services: Services, *, cursor: str | None, limit: int, q: str | None, stage: Stage | None, open_only: bool | None
) -> Page[Stored[Project]]:
    """Projects in the order of their ids; ``q`` finds words of the title, ``open_only`` what is open today or not."""
    after = decode_cursor(cursor)
    with services.database.read() as tx:
        rows = repository.list_projects(
            tx, after=after, limit=limit, day=today(), q=q, stage=stage, open_only=open_only
        )  # fmt: skip
    return page_of(rows, limit, lambda stored: stored.id)


def history(services: Services, project_id: str) -> list[dict[str, Any]]:
    """What was done with a project, newest first; of a deleted one, that it was deleted."""
    with services.database.read() as tx:
        return audit.history(tx, "project", project_id)


def create_project(
    services: Services, caller: Caller, row: dict[str, Any], *, key: str | None = None, mark: str = ""
) -> Answer:
    """Store a new project.

    Args:
        services: the parts of this process.
        caller: who does it.
        row: as :func:`matcher.project_from_row` reads it; without an id one is made from the title, without
            ``checked`` it was checked today, since somebody is entering it.
        key: Idempotency-Key.
        mark: fingerprint of the request.

    Raises:
        RowError, Invalid: the row makes no sense.
        Conflict: there is a project of this id.
    """
    project, n_masked = _read({**row, "id": row.get("id") or slug(str(row.get("title", "")))})

    def make() -> Answer:
        if repository.find(tx, project.id) is not None:
            raise Conflict(f"there is a project {project.id!r} already: change that one, or give this one another id")
        stored = repository.insert_project(tx, project)
        audit.record(tx, caller, "project.create", "project", project.id, version=1, details={"masked": n_masked})
        return Answer(201, orjson.dumps(project_row(stored)), "project", project.id)

    with services.database.write() as tx:
        return idempotency.once(tx, caller, key, mark, make)


def replace_project(
    services: Services, caller: Caller, project_id: str, row: dict[str, Any], *, expected: int | None
) -> tuple[Stored[Project], bool]:
    """Put a project in the place of what is there, or store it anew.

    Returns:
        The project as stored, and whether it is new.

    Raises:
        Stale: it has changed since ``expected``.
        RowError, Invalid: the row makes no sense, or names another id.
    """
    if row.get("id") not in (None, project_id):
        raise Invalid("id", f"the body names project {row['id']!r}, the address {project_id!r}: expected the same")
    project, n_masked = _read({**row, "id": project_id})
    with services.database.write() as tx:
        stored = repository.find(tx, project_id)
        is_new = stored is None
        if stored is None and expected is None:
            _check_id(project_id)
            written = repository.insert_project(tx, project)
        else:
            stored = check_version(stored, "project", project_id, expected)
            written = repository.update_project(tx, stored, project)
        action = "project.create" if is_new else "project.replace"
        audit.record(tx, caller, action, "project", project_id, version=written.version, details={"masked": n_masked})
    return written, is_new


def patch_project(
    services: Services, caller: Caller, project_id: str, changes: dict[str, Any], *, expected: int | None
) -> Stored[Project]:
    """Change some fields; a list that is sent takes the place of the one that is there.

    Raises:
        NotFound, Stale, RowError, Invalid: as for the other writes.
    """
    _check_checked(changes)

    def edit(project: Project) -> Project:
        return project_from_row(_with_need_ids({**to_dict(project), **changes}))

    return _edit(services, caller, project_id, "project.patch", edit, expected, {"fields": sorted(changes)})


def check_project(services: Services, caller: Caller, project_id: str, *, expected: int | None) -> Stored[Project]:
    """Note that staff looked today and the project still stands as it is written.

    Raises:
        NotFound, Stale: as for the other writes.
    """

    def edit(project: Project) -> Project:
        return dataclasses.replace(project, checked=today().isoformat())

    return _edit(services, caller, project_id, "project.check", edit, expected, {})


def delete_project(services: Services, caller: Caller, project_id: str, *, expected: int | None) -> None:
    """Delete a project for good: record, needs, what imports remember, stored answers. The audit keeps the id.

    Raises:
        NotFound, Stale: as for the other writes.
    """
    with services.database.write() as tx:
        delete_project_in(tx, caller, project_id, expected=expected)


def delete_project_in(tx: Connection, caller: Caller, project_id: str, *, expected: int | None) -> None:
    """Delete a project in a transaction at hand."""
    stored = check_version(repository.find(tx, project_id), "project", project_id, expected)
    repository.delete_project(tx, project_id)
    idempotency.forget(tx, "project", project_id)
    audit.record(tx, caller, "project.delete", "project", project_id, version=stored.version)


def add_need(
    services: Services, caller: Caller, project_id: str, row: dict[str, Any], *, expected: int | None,
    key: str | None = None, mark: str = "",
) -> Answer:  # fmt: skip
    """Add one stated need; without an id it gets the next of ``n1``, ``n2`` and so on.

    Raises:
        Conflict: the project has a need of this id.
        NotFound, Stale, RowError, Invalid: as for the other writes.
    """

    def edit(project: Project) -> Project:
        if any(row.get("id") == need.id for need in _all_needs(project)):
            raise Conflict(f"project {project_id!r} has a need {row['id']!r} already: change that one")
        if len(project.needs) >= MOST_NEEDS:
            raise Invalid("needs", f"project {project_id!r} has {len(project.needs)} needs, the most is {MOST_NEEDS}")
        return project_from_row(_with_need_ids({**to_dict(project), "needs": [*to_dict(project.needs), row]}))

    def make() -> Answer:
        stored = _edit_in(tx, caller, project_id, "need.add", edit, expected, {})
        added = stored.record.needs[-1]
        return Answer(201, orjson.dumps({**to_dict(added), "version": stored.version}), "project", project_id)

    with services.database.write() as tx:
        return idempotency.once(tx, caller, key, mark, make)


def edit_need(
    services: Services, caller: Caller, project_id: str, key: str, changes: dict[str, Any], *, expected: int | None
) -> Stored[Project]:
    """Correct a need. A corrected guess is confirmed and stored; its old words are not guessed again.

    Raises:
        NotFound: no such project, or no such need among those that are searched for.
        Stale, RowError: as for the other writes.
    """

    def edit(project: Project) -> Project:
        need = _need(project, key)
        changed = dataclasses.replace(need, **changes)
        if need.origin is Origin.INFERRED:
            project = _rejecting(project, need.text)
            changed = dataclasses.replace(changed, confirmed=True)
        return project_from_row(to_dict(_with_need(project, changed)))

    details = {"need": key, "fields": sorted(changes)}
    return _edit(services, caller, project_id, "need.edit", edit, expected, details)


def confirm_need(
    services: Services, caller: Caller, project_id: str, key: str, *, expected: int | None
) -> Stored[Project]:
    """Note that staff confirmed a need: a guess is stored with the project, the other guesses stay guesses.

    Raises:
        NotFound, Stale: as for :func:`edit_need`.
    """

    def edit(project: Project) -> Project:
        return _with_need(project, dataclasses.replace(_need(project, key), confirmed=True))

    return _edit(services, caller, project_id, "need.confirm", edit, expected, {"need": key})


def reject_need(
    services: Services, caller: Caller, project_id: str, key: str, *, expected: int | None
) -> Stored[Project]:
    """Say that a project does not need this: it is taken away if it was stored, and never guessed again.

    Raises:
        NotFound, Stale: as for :func:`edit_need`.
    """

    def edit(project: Project) -> Project:
        project = _rejecting(project, _need(project, key).text)
        return dataclasses.replace(project, needs=tuple(need for need in project.needs if need.id != key))

    return _edit(services, caller, project_id, "need.reject", edit, expected, {"need": key})


def delete_need(
    services: Services, caller: Caller, project_id: str, key: str, *, expected: int | None
) -> Stored[Project]:
    """Take a stored need away; the same words may be guessed again.

    Raises:
        NotFound: no such need is stored; a guess is rejected instead.
        Stale: as for the other writes.
    """

    def edit(project: Project) -> Project:
        kept = tuple(need for need in project.needs if need.id != key)
        if len(kept) == len(project.needs):
            need = _need(project, key)
            raise NotFound(f"need {need.id!r} of project {project_id!r} is only guessed: reject it instead")
        return dataclasses.replace(project, needs=kept)

    return _edit(services, caller, project_id, "need.delete", edit, expected, {"need": key})


def _read(row: dict[str, Any]) -> tuple[Project, int]:
    """A whole project from a request, with contact data masked, and how many were masked."""
    _check_checked(row)
    return mask_project(project_from_row(_with_need_ids({"checked": today().isoformat(), **row})))


def _check_id(project_id: str) -> None:
    if not is_id(project_id):
        raise Invalid(
            "id",
            f"the id is {project_id[:80]!r}, expected at most 200 letters, digits, hyphens and the like, "
            "no space, colon or slash, and no dot in front",
        )


def _check_checked(row: dict[str, Any]) -> None:
    checked = row.get("checked")
    if checked is not None and checked > today().isoformat():
        raise Invalid("checked", f"checked is {checked!r}, expected the day when somebody looked, today at the latest")


def _with_need_ids(row: dict[str, Any]) -> dict[str, Any]:
    """A project's row whose needs all have an id: those without get numbers that no other need has."""
    needs = row.get("needs") or []
    numbers = [int(m.group(1)) for need in needs if (m := re.fullmatch(r"n([0-9]{1,9})", need.get("id") or ""))]
    highest, named = max(numbers, default=0), []
    for need in needs:
        if not need.get("id"):
            highest += 1
            need = {**need, "id": f"n{highest}"}
        named.append(need)
    return {**row, "needs": named}


def _all_needs(project: Project) -> tuple[Need, ...]:
    """Stored needs, then what else is searched for."""
    stored = {need.id for need in project.needs}
    return (*project.needs, *(need for need in project_needs(project) if need.id not in stored))


def _need(project: Project, key: str) -> Need:
    found = next((need for need in _all_needs(project) if need.id == key), None)
    if found is None:
        raise NotFound(f"project {project.id!r} has no need {key!r}: see the list of its needs")
    return found


def _with_need(project: Project, need: Need) -> Project:
    """The project with a need in the place of the one of the same id, else at the end."""
    needs = tuple(need if other.id == need.id else other for other in project.needs)
    if need not in needs:
        needs = (*needs, need)
    # What staff now say that the project needs is no longer rejected, whoever rejected those words before.
    rejected = (text for text in project.rejected_needs if text.casefold() != (need.text or "").casefold())
    return dataclasses.replace(project, needs=needs, rejected_needs=tuple(rejected))


def _rejecting(project: Project, text: str) -> Project:
    if text in project.rejected_needs:
        return project
    return dataclasses.replace(project, rejected_needs=(*project.rejected_needs, text))


def _edit(
    services: Services, caller: Caller, project_id: str, action: str, edit: Callable[[Project], Project],
    expected: int | None, details: dict[str, Any],
) -> Stored[Project]:  # fmt: skip
    with services.database.write() as tx:
        return _edit_in(tx, caller, project_id, action, edit, expected, details)


def _edit_in(
    tx: Connection, caller: Caller, project_id: str, action: str, edit: Callable[[Project], Project],
    expected: int | None, details: dict[str, Any],
) -> Stored[Project]:  # fmt: skip
    stored = check_version(repository.find(tx, project_id), "project", project_id, expected)
    project, n_masked = mask_project(edit(stored.record))
    written = repository.update_project(tx, stored, project)
    details = {**details, "masked": n_masked}
    audit.record(tx, caller, action, "project", project_id, version=written.version, details=details)
    return written
