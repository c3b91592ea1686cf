"""What can be done with a project and its needs. Every write is one transaction with its audit row.

Needs are of two sorts. *Stored* ones stand in the project: stated by somebody, or guesses that staff confirmed or
corrected. *Guesses* are made anew from the project's text whenever they are asked for; confirming one stores it, and
rejecting one keeps its words in ``rejected_needs``, so that it is not made again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import orjson
from sqlalchemy import Connection

from matcher import Origin, Project, Release, Stage, mask_contacts, mask_project, project_from_row, slug, to_dict
from service import audit, idempotency
from service.clock import now, today
from service.consent import forgetting_repository
from service.context import Services
from service.errors import Conflict, Invalid, NotFound
from service.idempotency import Answer
from service.paging import Page, decode_cursor, page_of
from service.projects import repository
from service.projects.needs import all_needs, find_need, rejecting, with_need, with_need_ids
from service.projects.schemas import MOST_NEEDS, is_id, project_row
from service.projects.words import RESERVED
from service.records import Stored, check_version
from service.security import Caller
from service.words import _

# A few sentences, not the brief again.
MOST_NOTE = 1500


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
    made = slug(str(row.get("title", "")))
    # The pages of the service itself have addresses beside those of projects.
    made = f"project-{made}" if made in RESERVED else made
    row = {**row, "id": row.get("id") or made}

    def make() -> Answer:
        stored = create_project_in(tx, caller, row)
        return Answer(201, orjson.dumps(project_row(stored)), "project", stored.id)

    with services.database.write() as tx:
        return idempotency.once(tx, caller, key, mark, make)


def create_project_in(tx: Connection, caller: Caller, row: dict[str, Any]) -> Stored[Project]:
    """Store a new project in a transaction at hand; the row has an id.

    Raises:
        RowError, Invalid, Conflict: as for :func:`create_project`.
    """
    project, n_masked = _read(row)
    if repository.find(tx, project.id) is not None:
        raise Conflict(f"there is a project {project.id!r} already: change that one, or give this one another id")
    stored = repository.insert_project(tx, project)
    audit.record(tx, caller, "project.create", "project", project.id, version=1, details={"masked": n_masked})
    return stored


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
        return project_from_row(with_need_ids({**to_dict(project), **changes}))

    return _edit(services, caller, project_id, "project.patch", edit, expected, {"fields": sorted(changes)})


def check_project(services: Services, caller: Caller, project_id: str, *, expected: int | None) -> Stored[Project]:
    """Note that staff looked today and the project still stands as it is written.

    Raises:
        NotFound, Stale: as for the other writes.
    """

    def edit(project: Project) -> Project:
        return dataclasses.replace(project, checked=today().isoformat())

    return _edit(services, caller, project_id, "project.check", edit, expected, {})


def set_release(
    services: Services, caller: Caller, project_id: str, release: Release, note: str, *, expected: int | None
) -> Stored[Project]:
    """Say who may see a project, and what the short note about it says.

    Args:
        services: the parts of this process.
        caller: who approves it.
        project_id: of the project.
        release: the level.
        note: for outsiders; kept as it is when the level needs none and it is empty. Contact data is masked.
        expected: version that the caller read.

    Raises:
        Invalid: a short note is to be shown, and there is none.
        NotFound, Stale: as for the other writes.
    """
    note = mask_contacts(note.strip())[0]
    if release is Release.SHORT_NOTE and not note:
        raise Invalid("note", _("Write the short note that others may read."))
    if len(note) > MOST_NOTE:
        raise Invalid("note", _("The note has %(n)s characters: write at most %(most)s.", n=len(note), most=MOST_NOTE))

    def edit(project: Project) -> Project:
        return dataclasses.replace(project, release=release)

    with services.database.write() as tx:
        details = {"release": release.value}
        stored = _edit_in(tx, caller, project_id, "project.release", edit, expected, details)
        if note:
            repository.put_note(tx, project_id, note, caller.id)
    return stored


def release_note(services: Services, project_id: str) -> str:
    """The short note of a project that staff approved for outsiders; empty when there is none."""
    with services.database.read() as tx:
        return repository.find_note(tx, project_id)


def unused_id(services: Services, title: str) -> str:
    """An id made from a title that no project has yet, and that is no address of a page."""
    base = slug(title)
    with services.database.read() as tx:
        taken = repository.ids_like(tx, base) | RESERVED
    numbered = (f"{base}-{n}" for n in range(2, len(taken) + 3))
    return base if base not in taken else next(key for key in numbered if key not in taken)


def what_goes(services: Services, project_id: str) -> dict[str, int]:
    """How many rows of staff's own work a deletion takes along, by table."""
    with services.database.read() as tx:
        return repository.count_desk(tx, project_id)


def delete_project(services: Services, caller: Caller, project_id: str, *, expected: int | None) -> None:
    """Delete a project for good: record, needs, contacts, calls, introductions, opinions, what imports remember.

    The audit keeps the id.

    Raises:
        NotFound, Stale: as for the other writes.
    """
    with services.database.write() as tx:
        delete_project_in(tx, caller, project_id, expected=expected)


def delete_project_in(tx: Connection, caller: Caller, project_id: str, *, expected: int | None) -> None:
    """Delete a project in a transaction at hand."""
    stored = check_version(repository.find(tx, project_id), "project", project_id, expected)
    forgetting_repository.forget_owner(tx, now(), project_id=project_id)
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
        if any(row.get("id") == need.id for need in all_needs(project)):
            raise Conflict(f"project {project_id!r} has a need {row['id']!r} already: change that one")
        if len(project.needs) >= MOST_NEEDS:
            raise Invalid("needs", f"project {project_id!r} has {len(project.needs)} needs, the most is {MOST_NEEDS}")
        return project_from_row(with_need_ids({**to_dict(project), "needs": [*to_dict(project.needs), row]}))

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
        need = find_need(project, key)
        changed = dataclasses.replace(need, **changes)
        if need.origin is Origin.INFERRED:
            project = rejecting(project, need.text)
            changed = dataclasses.replace(changed, confirmed=True)
        return project_from_row(to_dict(with_need(project, changed)))

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
        return with_need(project, dataclasses.replace(find_need(project, key), confirmed=True))

    return _edit(services, caller, project_id, "need.confirm", edit, expected, {"need": key})


def reject_need(
    services: Services, caller: Caller, project_id: str, key: str, *, expected: int | None
) -> Stored[Project]:
    """Say that a project does not need this: it is taken away if it was stored, and never guessed again.

    Raises:
        NotFound, Stale: as for :func:`edit_need`.
    """

    def edit(project: Project) -> Project:
        project = rejecting(project, find_need(project, key).text)
        return dataclasses.replace(project, needs=tuple(need for need in project.needs if need.id != key))

    return _edit(services, caller, project_id, "need.reject", edit, expected, {"need": key})


def restore_need(
    services: Services, caller: Caller, project_id: str, text: str, *, expected: int | None
) -> Stored[Project]:
    """Take back that something is not needed: it may be guessed again.

    Raises:
        NotFound, Stale: as for the other writes.
    """

    def edit(project: Project) -> Project:
        kept = tuple(one for one in project.rejected_needs if one != text)
        return dataclasses.replace(project, rejected_needs=kept)

    return _edit(services, caller, project_id, "need.restore", edit, expected, {})


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
            need = find_need(project, key)
            raise NotFound(f"need {need.id!r} of project {project_id!r} is only guessed: reject it instead")
        return dataclasses.replace(project, needs=kept)

    return _edit(services, caller, project_id, "need.delete", edit, expected, {"need": key})


def _read(row: dict[str, Any]) -> tuple[Project, int]:
    """A whole project from a request, with contact data masked, and how many were masked."""
    _check_checked(row)
    return mask_project(project_from_row(with_need_ids({"checked": today().isoformat(), **row})))


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
