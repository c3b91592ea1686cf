"""Read a brief, compare it with the projects that are here, and store it as a new one or into one of those.

Between reading and storing nothing is kept here: the page carries the reading in its form, and what comes back is
checked as any project from outside is.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection

from matcher import (
    Need,
    Project,
    SourceError,
    mask_contacts,
    mask_project,
    project_from_row,
    project_from_text,
    read_brief_bytes,
    to_dict,
)
from service import audit
from service.briefs import repository
from service.briefs.compare import Similar, Text, find_similar
from service.briefs.repository import Brief, Place
from service.clock import now, today
from service.context import Services
from service.errors import Invalid
from service.projects import actions as project_actions
from service.projects import repository as projects_repository
from service.projects.needs import guesses_of, with_need_ids
from service.projects.schemas import MOST_NEEDS
from service.records import Stored, check_version, fold_text
from service.security import Caller
from service.words import _

TEXT, FORM = "text", "form"
_NO_TITLE = "untitled"
MOST_CHARS = 400_000
# What a brief may say of a project that is here already, in the order of the page.
FIELDS = ("title", "description", "technologies", "lead", "city", "province", "closes", "announced", "total_cad",
          "cluster_cad")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file, a text or a form says, not stored yet; the fields are those of :class:`Brief`."""

    project: Project
    kind: str
    filename: str = ""
    n_pages: int | None = None
    places: dict[str, Place] = field(default_factory=dict)
    causes: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_json(self) -> str:
        """For the form that carries it."""
        return orjson.dumps({**to_dict(self), "project": to_dict(self.project)}).decode()


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a brief says and a project that is here does not.

    Attributes:
        key: name of a field, or ``need:`` and the id of a need of the reading.
        now: what the project says, empty for nothing.
        says: what the brief says.
        is_gap: whether the project says nothing of it: then nothing is lost by taking it.
    """

    key: str
    now: str
    says: str
    is_gap: bool


def read_file(data: bytes, filename: str) -> Reading:
    """Read a file: PDF, Word, HTML, text or e-mail.

    Raises:
        SourceError: it cannot be read.
    """
    brief = read_brief_bytes(data, filename, today=today())
    places = {one.need.id: Place(one.page if brief.n_pages > 1 else None, one.quote) for one in brief.needs}
    causes = _causes(brief.project, brief.pages) if brief.n_pages > 1 else {}
    name = mask_contacts(filename)[0][:200]
    # Only PDF has pages to count; of another file the reader says one, however long it is.
    n_pages = brief.n_pages if brief.n_pages > 1 or b"%PDF-" in data[:1024] else None
    return Reading(brief.project, brief.kind, name, n_pages, places, causes, brief.notes)


def read_text(text: str) -> Reading:
    """Read a text that somebody pasted.

    Raises:
        Invalid: there is none, or too much.
        SourceError: it cannot be read.
    """
    text = text.strip()
    if not text:
        raise Invalid("text", _("Paste the text of the brief, or choose a file."))
    if len(text) > MOST_CHARS:
        message = _("This has %(n)s characters: paste at most %(most)s, the part that describes the project.",
                    n=len(text), most=MOST_CHARS)  # fmt: skip
        raise Invalid("text", message)
    brief = read_brief_bytes(text.encode(), f"{_NO_TITLE}.txt", today=today())
    places = {one.need.id: Place(None, one.quote) for one in brief.needs}
    project = dataclasses.replace(brief.project, sources=())
    if project.title == _NO_TITLE:  # the reader found none, and took the name of the file
        project = dataclasses.replace(project, title=mask_contacts(project_from_text(text).title)[0][:300])
    return Reading(project, TEXT, places=places, notes=brief.notes)


def read_form(row: Mapping[str, Any]) -> Reading:
    """Read what somebody typed into the form of a project.

    Raises:
        RowError: it makes no sense.
    """
    return Reading(project_from_row(with_need_ids({"checked": today().isoformat(), **row, "id": "new"})), FORM)


def reading_from_json(text: str) -> Reading:
    """The reading that a form carried.

    Raises:
        Invalid: it is none; nobody's browser makes such a form.
    """
    try:
        row = orjson.loads(text)
        return Reading(
            project=project_from_row(row["project"]),
            kind=str(row["kind"])[:20],
            filename=str(row["filename"])[:200],
            n_pages=None if row["n_pages"] is None else int(row["n_pages"]),
            places={str(key): _place(place) for key, place in row["places"].items()},
            causes={str(key): int(page) for key, page in row["causes"].items()},
            notes=tuple(str(note) for note in row["notes"]),
        )
    except (SourceError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise Invalid("reading", _("What was read got lost on the way. Give the file or text once more.")) from error


def _place(row: dict[str, Any]) -> Place:
    return Place(None if row["page"] is None else int(row["page"]), mask_contacts(str(row["quote"]))[0])


def find_brief(services: Services, project_id: str) -> Brief | None:
    """What was read for a project, or None."""
    with services.database.read() as tx:
        return repository.find(tx, project_id)


def similar(services: Services, reading: Reading) -> list[Similar]:
    """Projects that are here and may be the same one."""
    with services.database.read() as tx:
        rows = projects_repository.list_rows(tx)
    texts = [Text(row.project, row.description, row.needs) for row in rows]
    project = reading.project
    return find_similar(Text(project, project.description, tuple(need.text for need in project.needs)), texts)


def store(services: Services, caller: Caller, reading: Reading) -> Stored[Project]:
    """Store what was read as a new project that only staff see.

    Raises:
        RowError, Invalid: it makes no sense as a project.
    """
    key = project_actions.unused_id(services, reading.project.title)
    with services.database.write() as tx:
        stored = project_actions.create_project_in(tx, caller, {**to_dict(reading.project), "id": key})
        _keep(tx, caller, key, reading, reading.places)
    return stored


def changes(stored: Project, reading: Reading) -> list[Change]:
    """What the brief says and a project that is here does not say, fields first, then needs."""
    found = []
    for name in FIELDS:
        says, held = getattr(reading.project, name), getattr(stored, name)
        if says and says != held:
            found.append(Change(name, _text(held), _text(says), not held))
    known = {fold_text(need.text) for need in stored.needs}
    found += [
        Change(f"need:{need.id}", "", need.text, True)
        for need in reading.project.needs
        if fold_text(need.text) not in known
    ]
    return found


def take(
    services: Services, caller: Caller, project_id: str, reading: Reading, keys: Collection[str], *,
    expected: int | None,
) -> Stored[Project]:  # fmt: skip
    """Take some of :func:`changes` into a project that is here, which was looked at by that.

    Raises:
        NotFound, Stale: it is not there, or has changed since ``expected``.
        Invalid: it would have too many needs.
    """
    with services.database.write() as tx:
        found = projects_repository.find(tx, project_id)
        stored = check_version(found, "project", project_id, expected)
        wanted = {change.key for change in changes(stored.record, reading)} & set(keys)
        ids, project = _with(stored.record, reading, wanted)
        project, _n_masked = mask_project(project)
        if len(project.needs) > MOST_NEEDS:
            raise Invalid("needs", _("A project has at most %(most)s needs.", most=MOST_NEEDS))
        written = projects_repository.update_project(tx, stored, project)
        details = {"fields": sorted(wanted), "kind": reading.kind}
        audit.record(tx, caller, "project.read", "project", project_id, version=written.version, details=details)
        places = {ids[key]: place for key, place in reading.places.items() if key in ids}
        before = repository.find(tx, project_id)
        _keep(tx, caller, project_id, reading, {**(before.places if before else {}), **places})
    return written


def _with(project: Project, reading: Reading, wanted: set[str]) -> tuple[dict[str, str], Project]:
    """The project with what was chosen, and its ids of the reading's needs by their ids there."""
    values = {name: getattr(reading.project, name) for name in FIELDS if name in wanted}
    new = [need for need in reading.project.needs if f"need:{need.id}" in wanted]
    rows = [{**to_dict(need), "id": None} for need in new]
    row = {**to_dict(project), "needs": [*to_dict(project.needs), *rows]}
    named: tuple[Need, ...] = project_from_row(with_need_ids(row)).needs[len(project.needs) :]
    ids = {need.id: own.id for need, own in zip(new, named, strict=True)}
    texts = {need.text.casefold() for need in named}
    rejected = tuple(text for text in project.rejected_needs if text.casefold() not in texts)
    sources = tuple(dict.fromkeys((*project.sources, *reading.project.sources)))
    changed = dataclasses.replace(
        project, **values, needs=(*project.needs, *named), rejected_needs=rejected, sources=sources,
        checked=today().isoformat(),
    )  # fmt: skip
    return ids, changed


def _keep(tx: Connection, caller: Caller, project_id: str, reading: Reading, places: dict[str, Place]) -> None:
    brief = Brief(
        project_id, reading.filename, reading.kind, reading.n_pages, places, reading.causes, reading.notes,
        caller.id, now(),
    )  # fmt: skip
    repository.put(tx, brief)


def _causes(project: Project, pages: tuple[str, ...]) -> dict[str, int]:
    """Page by the words that guesses are made from, those that stand on one."""
    texts = [_plain(page) for page in pages]
    found = {}
    for cause in {need.cause for need in guesses_of(project) if need.cause}:
        page = next((number for number, text in enumerate(texts, 1) if _plain(cause) in text), None)
        if page is not None:
            found[cause] = page
    return found


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().casefold()


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else f"{value:,.0f}" if isinstance(value, float) else str(value)
