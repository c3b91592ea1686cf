"""A firm's open projects, and which one answer of it would raise which of them. Nothing is written here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from matcher import (
    Answer,
    Filters,
    Firm,
    Help,
    Matcher,
    Opportunity,
    Project,
    Rise,
    Role,
    StatementKind,
    UnknownRecord,
    ask_about,
    is_open,
    need_words,
    project_needs,
    what_would_help,
)
from service.clock import today
from service.context import Services
from service.firms import actions
from service.matches import actions as matches
from service.matches.cards import Card, card_of
from service.matches.speaking import in_language
from service.projects import repository as projects_repository
from service.projects.words import stage_words, takes_partners
from service.words import _, language, ngettext

MOST_SHOWN = 20
# Looks at one answer more take about a second: they are kept while nothing has changed.
MOST_KEPT = 500
_kept: WeakKeyDictionary[Matcher, dict[tuple[str, int, int, str], Help]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Chance:
    """One open project for a firm, with why."""

    project_id: str
    title: str
    stage: str
    closes: str | None
    role: str
    rank: int
    n_ranked: int
    card: Card


@dataclass(frozen=True, slots=True)
class Question:
    """One question, and what a yes would change.

    Attributes:
        text: the statement that it would be.
        kind: of the statement.
        sum: how many projects would move up, in words.
    """

    ask: str
    text: str
    kind: StatementKind
    sum: str
    rises: tuple[Rise, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is open for a firm.

    Attributes:
        n_open: open projects in all.
        confirming: what would change if it confirmed any line that is there.
        n_looked: projects that the questions were computed for.
    """

    chances: tuple[Chance, ...]
    n_open: int
    confirming: tuple[Rise, ...]
    questions: tuple[Question, ...]
    n_looked: int

    @property
    def n_projects(self) -> int:
        """Projects that fit, in one role or two."""
        return len({chance.project_id for chance in self.chances})


def outlook_of(services: Services, firm_id: str) -> Outlook:
    """Open projects of a firm, best first, and the questions that would help it most.

    Raises:
        NotFound: no such firm.
        IndexNotReady: the index is still being opened.
    """
    stored_firm = actions.get_firm(services, firm_id)
    day = today()
    with services.database.read() as tx:
        stored = projects_repository.all_possibly_open(tx, day)
    projects = {item.id: item.record for item in stored if is_open(item.record, day)}
    matcher = services.follower.fresh()
    try:
        found, n_open = matches.opportunities(services, firm_id, limit=MOST_SHOWN, explain=True)
        help_ = help_for(matcher, firm_id, tuple(projects.values()))
    except UnknownRecord:  # it is put away, or was added just now
        return Outlook((), len(projects), (), (), 0)
    chances = [
        _chance(one, projects[one.project_id], stored_firm.record)
        for one in found
        if one.project_id in projects and (one.role is Role.SUPPLIER or takes_partners(one.stage))
    ]
    questions = tuple(_question(answer) for answer in help_.answers)
    return Outlook(tuple(chances), n_open, help_.confirming, questions, help_.n_projects)


def help_for(matcher: Matcher, firm_id: str, projects: Sequence[Project]) -> Help:
    """What would raise the matches of a firm with these projects; kept while nothing has changed."""
    day = today()
    kept = _kept.setdefault(matcher, {})
    key = (firm_id, matcher.view.change, hash(tuple(projects)), day.isoformat())
    if key not in kept:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[key] = what_would_help(matcher, firm_id, projects, today=day)
    return kept[key]


def _chance(found: Opportunity, project: Project, firm: Firm) -> Chance:
    needs = {need.id: need for need in project_needs(project)}
    card = card_of(in_language(found.match, needs), firm, Filters())
    role = _("supplier") if found.role is Role.SUPPLIER else _("partner")
    return Chance(
        found.project_id, found.title, stage_words()[found.stage.value], found.closes, role, found.rank,
        found.n_ranked, card,
    )  # fmt: skip


def _question(answer: Answer) -> Question:
    text = need_words(answer.need, language())
    n = len({rise.project_id for rise in answer.rises})
    if answer.kind is StatementKind.CERTIFICATE:
        said = ngettext(
            "If they hold %(what)s, %(num)s project would move up.",
            "If they hold %(what)s, %(num)s projects would move up.", n, what=text,
        )  # fmt: skip
    else:
        said = ngettext("With a yes, %(num)s project would move up.", "With a yes, %(num)s projects would move up.", n)
    return Question(ask_about(answer.need, language()), text, answer.kind, said, answer.rises)
