"""Whether the letter of a list still says what is so."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection

from matcher import Release, is_open
from service.opportunities import picking, repository
from service.projects import repository as projects_repository
from service.words import _


def still_stands_in(tx: Connection, list_id: str, today: date) -> bool:
    """Whether everything on a list is still open and released, and nothing of it that is news has changed since."""
    return list_id not in outdated_in(tx, [list_id], today)


def outdated_in(tx: Connection, list_ids: Collection[str], today: date) -> set[str]:
    """Lists on which something was closed, taken back or changed since they were made."""
    items = {list_id: repository.items_of(tx, list_id) for list_id in list_ids}
    wanted = {item.project_id for of in items.values() for item in of}
    now_is = {}
    for project_id, stored in projects_repository.find_many(tx, wanted).items():
        project = stored.record
        if is_open(project, today) and project.release is not Release.ONLY_US:
            now_is[project_id] = picking.fingerprint(project, picking.certificates_of(project))
    return {
        list_id for list_id, of in items.items() if any(now_is.get(item.project_id) != item.fingerprint for item in of)
    }


def outdated_words() -> str:
    """Why such a letter does not go."""
    return _("a project on it was closed, taken back or changed since it was made")
