"""What outsiders see of a project, and the documents for them."""

from __future__ import annotations

from matcher import Project, Release
from service import audit, release
from service.context import Services
from service.errors import Conflict, NotFound
from service.outsiders.documents import EXPORTS, Export, Sender
from service.projects import repository as projects_repository
from service.records import Stored
from service.release import Released
from service.security import Caller
from service.words import _


def seen(services: Services, project_id: str) -> tuple[Stored[Project], Released]:
    """A project, and what outsiders may read of it.

    Raises:
        NotFound: there is no such project.
    """
    with services.database.read() as tx:
        stored = projects_repository.find(tx, project_id)
        if stored is None:
            raise NotFound(_("This project is not there any more."))
        return stored, release.released_in(tx, stored)


def export(services: Services, caller: Caller, project_id: str, kind: str, sender: Sender) -> tuple[Export, bytes]:
    """Make a document for outsiders; the audit says that it was made.

    Raises:
        NotFound: there is no such project or kind of document.
        Conflict: nothing of the project may leave.
    """
    if kind not in EXPORTS:
        raise NotFound(_("There is no such document."))
    found = EXPORTS[kind]
    _stored, released = seen(services, project_id)
    if released.level is Release.ONLY_US:
        raise Conflict(_("Only you may see this project: say first, on its page, who else may see it."))
    data = found.make(released, sender)
    with services.database.write() as tx:
        details = {"kind": kind, "level": released.level.value, "n_named": len(released.firms)}
        audit.record(tx, caller, "project.export", "project", project_id, details=details)
    return found, data
