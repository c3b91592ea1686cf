"""The list of projects on the page: searched, filtered and in the order in which staff need them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from matcher import Project, Release, Stage, is_open
from service.clock import today
from service.context import Services
from service.projects import repository
from service.projects.words import closing_words, days_left, needs_check
from service.records import fold_text

PAGE = 50
VIEWS = ("open", "check", "all")


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for; None and empty look for anything.

    Attributes:
        view: ``open`` today; ``check``: would be open if somebody looked; ``all``.
        q: words that must all stand in title, place or lead.
    """

    view: str = "open"
    q: str = ""
    stage: Stage | None = None
    release: Release | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """One project of the list."""

    project: Project
    is_open: bool
    needs_check: bool
    closing: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list.

    Attributes:
        counts: how many there are by view, with the same words and filters.
        n_all: how many projects there are at all.
    """

    lines: tuple[Line, ...]
    counts: dict[str, int]
    n_all: int
    page: int
    n_pages: int


def search(services: Services, query: Query) -> Listing:
    """Projects for a page; those that close soonest stand first, then the others by title."""
    day = today()
    with services.database.read() as tx:
        rows = [row.project for row in repository.list_rows(tx)]
    found = list(_matching(rows, query))
    lines = [_line(project, day) for project in found]
    views = {
        "open": [line for line in lines if line.is_open],
        "check": [line for line in lines if line.needs_check],
        "all": lines,
    }
    chosen = sorted(views[query.view], key=lambda line: _order(line, day))
    n_pages = max(1, -(-len(chosen) // PAGE))
    page = min(max(query.page, 1), n_pages)
    shown = chosen[(page - 1) * PAGE : page * PAGE]
    return Listing(tuple(shown), {name: len(view) for name, view in views.items()}, len(rows), page, n_pages)


def open_projects(services: Services) -> list[Project]:
    """Projects that are open today, those that close soonest first."""
    day = today()
    with services.database.read() as tx:
        rows = [row.project for row in repository.list_rows(tx)]
    lines = [_line(project, day) for project in rows if is_open(project, day)]
    return [line.project for line in sorted(lines, key=lambda line: _order(line, day))]


def _matching(projects: Iterable[Project], query: Query) -> Iterable[Project]:
    words = fold_text(query.q).split()
    for project in projects:
        if query.stage not in (None, project.stage) or query.release not in (None, project.release):
            continue
        if words:
            text = fold_text(f"{project.title} {project.city or ''} {project.lead or ''}")
            if not all(word in text for word in words):
                continue
        yield project


def _line(project: Project, day: date) -> Line:
    return Line(project, is_open(project, day), needs_check(project, day), closing_words(project, day))


def _order(line: Line, day: date) -> tuple[bool, int]:
    """Open ones that close soon first; what is over or has no date keeps the order of titles."""
    left = days_left(line.project, day)
    dated = line.is_open and left is not None
    return (not dated, left if dated and left is not None else 0)
