"""What the ids of introductions are called, for whoever reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from service.accounts import staff
from service.context import Services
from service.db import Database
from service.firms import repository as firms_repository
from service.introductions.repository import Introduction
from service.projects import repository as projects_repository


@dataclass(frozen=True, slots=True)
class Names:
    """What the ids of some introductions are called; what was deleted keeps its id."""

    firms: dict[str, str]
    projects: dict[str, str]
    owners: dict[str, str]

    def firm(self, firm_id: str) -> str:
        """Name of a firm."""
        return self.firms.get(firm_id, firm_id)

    def project(self, project_id: str) -> str:
        """Title of a project."""
        return self.projects.get(project_id, project_id)

    def owner(self, owner_id: str) -> str:
        """Name of a member of staff; empty when nobody has the id."""
        return self.owners.get(owner_id, "")


def names_of(services: Services, found: Sequence[Introduction]) -> Names:
    """Names of what some introductions are about."""
    with services.database.read() as tx:
        firms = firms_repository.find_many(tx, {one.firm_id for one in found})
        projects = projects_repository.find_many(tx, {one.project_id for one in found})
    return Names(
        {key: stored.record.name for key, stored in firms.items()},
        {key: stored.record.title for key, stored in projects.items()},
        owner_names(services.database, {one.owner_id for one in found}),
    )


def owner_names(database: Database, owners: set[str]) -> dict[str, str]:
    """Names of staff by the id that an introduction keeps."""
    named = staff.names_of(database, {f"user:{owner}" for owner in owners})
    return {caller.removeprefix("user:"): name for caller, name in named.items()}


def due_of(one: Introduction) -> date | None:
    """The day that an answer or the next step was promised for."""
    return date.fromisoformat(one.answer_by) if one.answer_by else None
