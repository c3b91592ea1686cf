"""What staff decide about a firm and a project from its list: picked by hand, kept apart, known to do something."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from matcher import Role, StatementKind, mask_contacts
from service import audit
from service.clock import now
from service.context import Services
from service.errors import Conflict, Invalid, NotFound
from service.firms import actions as firm_actions
from service.firms import repository as firms_repository
from service.matches import repository
from service.matches.repository import Apart, Pick
from service.projects import repository as projects_repository
from service.records import check_version
from service.security import Caller

MOST_NOTE = 1000


def pick(services: Services, caller: Caller, project_id: str, firm_id: str, role: Role) -> bool:
    """Put a firm on a project's list by hand; no score moves.

    Returns:
        False when it was there already.

    Raises:
        NotFound: no such project or firm.
    """
    with services.database.write() as tx:
        check_version(projects_repository.find(tx, project_id), "project", project_id, None)
        check_version(firms_repository.find(tx, firm_id), "firm", firm_id, None)
        is_new = repository.add_pick(tx, Pick(project_id, firm_id, role.value, caller.id, now()))
        if is_new:
            details = {"firm": firm_id, "role": role.value}
            audit.record(tx, caller, "match.pick", "project", project_id, details=details)
    return is_new


def unpick(services: Services, caller: Caller, project_id: str, firm_id: str, role: Role) -> None:
    """Take a firm off again that was put on by hand; nothing happens when it was not."""
    with services.database.write() as tx:
        if repository.remove_pick(tx, project_id, firm_id, role):
            details = {"firm": firm_id, "role": role.value}
            audit.record(tx, caller, "match.unpick", "project", project_id, details=details)


def keep_apart(services: Services, caller: Caller, project_id: str, firm_id: str, note: str) -> Apart:
    """Never put these two together; only staff see it.

    Raises:
        NotFound: no such project or firm.
        Conflict: that was said already.
        Invalid: the note is too long.
    """
    if len(note) > MOST_NOTE:
        raise Invalid("note", f"the note has {len(note)} characters, expected at most {MOST_NOTE}")
    apart = Apart(str(uuid.uuid4()), firm_id, project_id, mask_contacts(note.strip())[0], caller.id, now())
    with services.database.write() as tx:
        check_version(projects_repository.find(tx, project_id), "project", project_id, None)
        check_version(firms_repository.find(tx, firm_id), "firm", firm_id, None)
        if any(found.firm_id == firm_id for found in repository.apart_of(tx, project_id)):
            raise Conflict(f"firm {firm_id!r} and project {project_id!r} are kept apart already")
        repository.add_apart(tx, apart)
        details = {"firm": firm_id, "apart": apart.id}
        audit.record(tx, caller, "match.keep_apart", "project", project_id, details=details)
    return apart


def let_together(services: Services, caller: Caller, project_id: str, apart_id: str) -> Apart:
    """Take back that two are kept apart.

    Raises:
        NotFound: that was never said of this project, or is taken back already.
    """
    with services.database.write() as tx:
        apart = repository.remove_apart(tx, project_id, apart_id)
        if apart is None:
            raise NotFound(f"project {project_id!r} keeps nobody apart under {apart_id!r}")
        details = {"firm": apart.firm_id, "apart": apart_id}
        audit.record(tx, caller, "match.let_together", "project", project_id, details=details)
    return apart


@dataclass(frozen=True, slots=True)
class Known:
    """What somebody knows a firm to do.

    Attributes:
        text: what it does, as typed.
        source: who says so, and how they know.
        date: ISO day as of which it holds.
        confirmed: the firm said so, or staff saw it; not hearsay.
    """

    text: str
    kind: StatementKind
    source: str
    date: str
    confirmed: bool


def know(services: Services, caller: Caller, firm_id: str, known: Known) -> None:
    """Add what somebody knows as a statement of the firm, exactly as it was typed.

    Raises:
        NotFound: no such firm.
        Conflict: the firm says it already.
        RowError: it makes no sense.
    """
    row = {
        "kind": known.kind.value, "text": known.text, "source": mask_contacts(known.source)[0], "date": known.date,
        "confirmed": known.confirmed,
    }  # fmt: skip
    firm_actions.add_statement(services, caller, firm_id, row, expected=None)
