"""`matcher match`, `why-not` and `opportunities`: rankings with their reasons."""

from __future__ import annotations

import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matcher.commands.console import JsonOption, LibraryOption, encoder_of, note, print_json, progress_bar
from matcher.commands.imports import BRIEFS, JSON_LINES, has_ending, show_brief
from matcher.commands.show import show_opportunities, show_result, show_why_not
from matcher.errors import SourceError, UnknownRecord
from matcher.facets import Facets, outcomes
from matcher.library import DEFAULT_FOLDER, Library, near_ids
from matcher.records import to_dict
from matcher.serving import parse_size, project_from_text
from matcher.sources.jsonl import read_projects
from matcher.stages import is_open
from matcher.types import Filters, Project, Role, UnknownPolicy

if TYPE_CHECKING:
    from matcher.pipeline import Matcher


class Membership(StrEnum):
    """Whose firms to rank."""

    MEMBER = "member"
    OTHER = "other"


RegionOption = Annotated[str | None, typer.Option(help="Region or municipality, such as Halton.")]
WithinOption = Annotated[float | None, typer.Option(help="Largest distance in km, town to town.")]
CertificationOption = Annotated[str | None, typer.Option(help="Certificate, such as 'ISO 9001'.")]
NaicsOption = Annotated[str | None, typer.Option(help="Industry code or its beginning: 2 to 6 digits.")]
SizeOption = Annotated[str | None, typer.Option(help="Headcount: 10-50, 10- or -50.")]
MembershipOption = Annotated[Membership | None, typer.Option(help="Members of the chamber only, or others only.")]
UnknownOption = Annotated[
    UnknownPolicy, typer.Option(help="Firms that do not state what a filter asks: listed apart, or left out.")
]
AssociationsOption = Annotated[bool, typer.Option("--associations", help="Rank associations too.")]


def match(
    project: Annotated[
        str | None, typer.Argument(help="Project id, or a file: JSON Lines or a brief; - is text on stdin.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="What is sought, in words.")] = None,
    role: Annotated[Role | None, typer.Option(help="Only this role.")] = None,
    region: RegionOption = None,
    within_km: WithinOption = None,
    certification: CertificationOption = None,
    naics: NaicsOption = None,
    size: SizeOption = None,
    membership: MembershipOption = None,
    unknown: UnknownOption = UnknownPolicy.INCLUDE,
    associations: AssociationsOption = False,
    limit: Annotated[int, typer.Option(help="Most firms in each list.", min=1)] = 10,
    explain: Annotated[bool, typer.Option("--explain", help="Show needs, quotes and what counted.")] = False,
    library: LibraryOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Rank firms for a project in both roles, or in one."""
    filters = _filters(region, within_km, certification, naics, size, membership, unknown, associations)
    store = Library(library)
    asked = _project(store, project, text, show=explain and not as_json)
    matcher = _open(store)
    roles = (role,) if role else tuple(Role)
    result = matcher.match(asked, roles=roles, filters=filters, limit=limit, explain=explain or as_json)
    if as_json:
        print_json(to_dict(result))
    else:
        show_result(asked, result, roles, filters, explain=explain)


def why_not(
    project: Annotated[str, typer.Argument(help="Project id, or a file: JSON Lines or a brief.")],
    firm: Annotated[str, typer.Argument(help="Firm id, or its whole name.")],
    role: Annotated[Role, typer.Option(help="In which role.")] = Role.SUPPLIER,
    region: RegionOption = None,
    within_km: WithinOption = None,
    certification: CertificationOption = None,
    naics: NaicsOption = None,
    size: SizeOption = None,
    membership: MembershipOption = None,
    unknown: UnknownOption = UnknownPolicy.INCLUDE,
    associations: AssociationsOption = False,
    library: LibraryOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Tell a firm's place for a project and the one reason it is not higher."""
    filters = _filters(region, within_km, certification, naics, size, membership, unknown, associations)
    store = Library(library)
    asked = _project(store, project, None, show=False)
    matcher = _open(store)
    found = matcher.why_not(asked, _firm_id(matcher, firm), role, filters=filters)
    if as_json:
        print_json(to_dict(found))
    else:
        show_why_not(found)


def opportunities(
    firm: Annotated[str, typer.Argument(help="Firm id, or its whole name.")],
    limit: Annotated[int, typer.Option(help="Most projects.", min=1)] = 20,
    explain: Annotated[bool, typer.Option("--explain", help="Show needs, quotes and what counted.")] = False,
    library: LibraryOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """List open projects for one firm, best first."""
    store = Library(library)
    matcher = _open(store)
    firm_id = _firm_id(matcher, firm)
    projects, today = store.projects(), date.today()
    found = matcher.opportunities(firm_id, projects.values(), today=today, limit=limit, explain=explain or as_json)
    if as_json:
        print_json(to_dict(found))
    else:
        n_open = sum(is_open(project, today) for project in projects.values())
        show_opportunities(firm_id, found, n_open=n_open, n_projects=len(projects), explain=explain)


def _filters(
    region: str | None,
    within_km: float | None,
    certification: str | None,
    naics: str | None,
    size: str | None,
    membership: Membership | None,
    unknown: UnknownPolicy,
    associations: bool,
) -> Filters:
    """Filters from the options; a value that makes no sense is wrong usage, told before anything is opened."""
    try:
        limits = None if size is None else parse_size(size)
        member = None if membership is None else membership is Membership.MEMBER
        filters = Filters(region, within_km, certification, naics, limits, member, unknown, associations)
        outcomes(Facets.of([]), filters, None)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    return filters


def _open(store: Library) -> Matcher:
    with progress_bar("opening the index"):
        return store.matcher(encoder_of(store.folder))


def _project(store: Library, given: str | None, text: str | None, *, show: bool) -> Project:
    """The project that was asked for: stored, in a file, or in words."""
    if (given is None) == (text is None):
        raise typer.BadParameter("give a project id, a file, or --text, and only one of them")
    if given == "-":
        text = sys.stdin.read()
    if text is not None:
        if not text.strip():
            raise typer.BadParameter("the text is empty: expected what is sought, in words")
        return project_from_text(text)
    assert given is not None
    path = Path(given)
    if path.is_file():
        return _project_of_file(path, show=show)
    if has_ending(path, (*JSON_LINES, *BRIEFS)):
        raise SourceError(f"there is no file {given!r}: expected a project id or a file that exists")
    return store.project(given)


def _project_of_file(path: Path, *, show: bool) -> Project:
    if has_ending(path, JSON_LINES) or path.suffix == ".gz":
        found = read_projects(path, today=date.today())
        if not found.records:
            first = found.refused[0] if found.refused else None
            reason = f": line {first.line}: {first.field}: {first.reason}" if first else ""
            raise SourceError(f"{str(path)!r} holds no project that can be read{reason}")
        project = found.records[0][1]
        if len(found.records) > 1:
            note(f"{path.name} holds {len(found.records)} projects; this is the first of them, {project.id}")
        return project
    from matcher.sources.briefs import read_brief  # readers of documents, which no other command loads

    brief = read_brief(path, today=date.today())
    for remark in brief.notes:
        note(remark)
    if show:
        show_brief(brief)
    return brief.project


def _firm_id(matcher: Matcher, given: str) -> str:
    """The id of a firm given by id or by its whole name.

    Raises:
        UnknownRecord: no firm, or several, have it.
    """
    view = matcher.view
    if view.position(given) is not None:
        return given
    positions = (int(position) for position in view.present.nonzero()[0])
    names = {firm.id: firm.name for firm in map(view.firm, positions)}
    same = sorted(key for key, name in names.items() if name.casefold() == given.casefold())
    if len(same) == 1:
        return same[0]
    if same:
        raise UnknownRecord(f"{len(same)} firms are named {given!r}: give the id of one: {', '.join(same)}")
    raise UnknownRecord(f"firm {given!r} is not in the index: expected one of {len(names)} ids{near_ids(given, names)}")
