"""What the project page says of a project, ready for its template."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from matcher import Need, NeedRole, Origin, Project, is_open, need_words, project_needs
from service.briefs import repository as briefs_repository
from service.briefs.repository import Brief
from service.clock import today
from service.context import Services
from service.firms import repository as firms_repository
from service.projects import repository
from service.projects.needs import has_written, is_part, offered_guesses
from service.projects.words import closing_words, needs_check
from service.records import Stored
from service.words import language

_DETAILS = ("material", "size", "tolerance", "quantity", "certificate")


@dataclass(frozen=True, slots=True)
class NeedLine:
    """One need as a row of the page.

    Attributes:
        title: the text, as it begins a line; a guess stands in the reader's language.
        kind: ``wrote``, ``guess``, or ``part``, a piece of the project's own text.
        details: material, size and the like, those that are not in the text already.
        page: page of the brief where it stands, if known.
        quote: the words there, if they say more than the text.
        because: for a guess, the words it was made from.
        is_searched: whether firms are searched for it now.
    """

    id: str
    text: str
    title: str
    kind: str
    role: NeedRole
    confirmed: bool
    details: tuple[str, ...]
    by: str | None
    buyer: str | None
    page: int | None
    quote: str | None
    because: str | None
    is_searched: bool


@dataclass(frozen=True, slots=True)
class Participant:
    """Who is in already: a firm that we know (with its id), or a name."""

    name: str
    firm_id: str | None


@dataclass(frozen=True, slots=True)
class ProjectView:
    """The left column of the project page, and its head."""

    stored: Stored[Project]
    needs: tuple[NeedLine, ...]
    parts: tuple[NeedLine, ...]
    lead: Participant | None
    partners: tuple[Participant, ...]
    is_open: bool
    needs_check: bool
    days_unchecked: int | None
    closing: str
    note: str
    brief: Brief | None

    @property
    def project(self) -> Project:
        """The record."""
        return self.stored.record

    @property
    def n_wrote(self) -> int:
        """Needs that somebody wrote."""
        return sum(need.kind == "wrote" for need in self.needs)

    @property
    def n_guessed(self) -> int:
        """Needs that we guess."""
        return len(self.needs) - self.n_wrote

    @property
    def n_idle(self) -> int:
        """Guesses that are not searched for until staff say that they are right."""
        return sum(not need.is_searched for need in self.needs)


def build_view(services: Services, stored: Stored[Project]) -> ProjectView:
    """Everything that the page says of a project beside its firms."""
    project, day = stored.record, today()
    with services.database.read() as tx:
        brief = briefs_repository.find(tx, project.id)
        firms = firms_repository.find_many(tx, project.already_in)
        note = repository.find_note(tx, project.id)
    needs, parts = need_lines(project, brief)
    names = {key: firm.record.name for key, firm in firms.items()}

    def participant(key: str) -> Participant:
        return Participant(names.get(key, key), key if key in names else None)

    return ProjectView(
        stored=stored,
        needs=needs,
        parts=parts,
        lead=participant(project.lead) if project.lead else None,
        partners=tuple(participant(key) for key in project.partners if key != project.lead),
        is_open=is_open(project, day),
        needs_check=needs_check(project, day),
        days_unchecked=_days_since(project.checked, day),
        closing=closing_words(project, day),
        note=note,
        brief=brief,
    )


def need_lines(project: Project, brief: Brief | None) -> tuple[tuple[NeedLine, ...], tuple[NeedLine, ...]]:
    """Rows of needs, what they wrote first, and rows of the parts of their own text that are searched for."""
    searched = {need.id for need in project_needs(project)}
    stored = {need.id for need in project.needs}
    guesses = offered_guesses(project)
    unsaid = [need for need in project_needs(project) if need.id not in stored and is_part(need)]
    lines = [_need_line(need, brief, need.id in searched) for need in (*project.needs, *guesses)]
    lines.sort(key=lambda line: line.kind != "wrote")  # stable: the order within each sort is kept
    parts = [_need_line(need, brief, True) for need in unsaid]
    kept = [line for line in lines if line.is_searched or line.id not in stored]
    return tuple(kept), tuple([] if has_written(project) else parts)


def _need_line(need: Need, brief: Brief | None, is_searched: bool) -> NeedLine:
    is_written = need.origin is Origin.STATED
    said = need_words(need, language())
    kind = "wrote" if is_written else "part" if is_part(need) and not need.confirmed else "guess"
    place = brief.places.get(need.id) if brief and is_written else None
    page = place.page if place else brief.causes.get(need.cause or "") if brief and not is_written else None
    quote = place.quote if place else None
    details = tuple(value for name in _DETAILS if (value := getattr(need, name)) and value not in need.text)
    return NeedLine(
        id=need.id,
        text=need.text,
        title=said[:1].upper() + said[1:],
        kind=kind,
        role=need.role,
        confirmed=need.confirmed,
        details=details,
        by=need.by,
        buyer=need.buyer,
        page=page,
        quote=quote if quote and quote.casefold().strip(" .;") != need.text.casefold().strip(" .;") else None,
        because=need.cause if not is_written and need.cause != need.text else None,
        is_searched=is_searched,
    )


def _days_since(checked: str | None, day: date) -> int | None:
    return None if not checked or len(checked) != 10 else (day - date.fromisoformat(checked)).days
