"""Rankings: projects → firms, one firm's place, and a firm's open projects. Nothing is written here."""

from __future__ import annotations

from typing import Any

from matcher import (
    Filters,
    MatchResult,
    Opportunity,
    Project,
    Role,
    WhyNot,
    is_open,
    project_from_row,
    project_from_text,
    read_brief_bytes,
    to_dict,
)
from service.clock import today
from service.context import Services
from service.firms import repository as firms_repository
from service.matches.schemas import MatchParams
from service.projects import repository as projects_repository
from service.records import check_version

# A pasted text of more words than this is read as a brief is, for the needs that stand in it.
BRIEF_WORDS = 30


def match_project(services: Services, project_id: str, params: MatchParams) -> MatchResult:
    """Rank firms for a stored project.

    Raises:
        NotFound: no such project.
        ValueError: a filter makes no sense.
    """
    return _match(services, _project(services, project_id), params)


def match_free(services: Services, params: MatchParams, *, text: str | None, row: dict[str, Any] | None) -> MatchResult:
    """Rank firms for words, or for a project that is not stored.

    Raises:
        RowError: the project makes no sense.
        ValueError: a filter or an empty text.
    """
    if row is not None:
        return _match(services, project_from_row({"id": "text", **row}), params)
    assert text is not None
    project = project_from_text(text)
    if len(text.split()) > BRIEF_WORDS:
        project = read_brief_bytes(text.encode(), "text.txt", project_id="text", today=today()).project
    return _match(services, project, params)


def match_brief(services: Services, params: MatchParams, data: bytes, filename: str) -> dict[str, Any]:
    """Rank firms for an uploaded brief.

    Returns:
        The result, and under ``brief`` what was read: title, kind, pages, notes, each stated need with its page and
        quote.

    Raises:
        SourceError: the file cannot be read.
    """
    brief = read_brief_bytes(data, filename, project_id="brief", today=today())
    result: dict[str, Any] = to_dict(_match(services, brief.project, params))
    result["brief"] = to_dict(brief)
    return result


def why_not(services: Services, project_id: str, firm_id: str, role: Role, filters: Filters) -> WhyNot:
    """Where one firm stands for a project, and the one reason it is not higher.

    Raises:
        NotFound, UnknownRecord: no such project or firm.
    """
    project = _project(services, project_id)
    return services.follower.fresh().why_not(project, firm_id, role, filters=filters)


def opportunities(services: Services, firm_id: str, *, limit: int, explain: bool) -> tuple[list[Opportunity], int]:
    """Open projects for one firm, best first, and how many are open.

    Raises:
        NotFound: no such firm.
    """
    day = today()
    with services.database.read() as tx:
        check_version(firms_repository.find(tx, firm_id), "firm", firm_id, None)
        stored = projects_repository.all_possibly_open(tx, day)
    projects = [item.record for item in stored if is_open(item.record, day)]
    found = services.follower.fresh().opportunities(firm_id, projects, today=day, limit=limit, explain=explain)
    return found, len(projects)


def _match(services: Services, project: Project, params: MatchParams) -> MatchResult:
    return services.follower.fresh().match(
        project, roles=params.roles, filters=params.filters(), limit=params.limit, explain=params.explain
    )


def _project(services: Services, project_id: str) -> Project:
    with services.database.read() as tx:
        return check_version(projects_repository.find(tx, project_id), "project", project_id, None).record
