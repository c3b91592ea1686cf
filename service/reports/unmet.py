"""Needs of open projects that nobody here meets, and whether that is a gap or only that we know too little."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from matcher import Project, Role, is_open
from service.clock import today
from service.context import Services
from service.matches.panel import build_panel
from service.matches.params import PanelParams
from service.matches.words import takes_partners
from service.projects import repository as projects_repository
from service.records import Stored, fold_text
from service.words import language

MOST_NEEDS = 3
# The newest open projects: each is ranked, which takes some hundredths of a second.
MOST_PROJECTS = 20
# With more than this part of the firms little known, nobody can say that it is a gap.
LITTLE_SHARE = 0.5
_KEPT = 4


@dataclass(frozen=True, slots=True)
class UnmetNeed:
    """Something that is looked for and that nobody says to do.

    Attributes:
        projects: id and title of those that look for it.
        n_firms: that could have met it.
        n_little: of these, firms that we know too little about.
    """

    text: str
    projects: tuple[tuple[str, str], ...]
    n_firms: int
    n_little: int

    @property
    def is_gap(self) -> bool:
        """Whether we know our firms well enough to say that nobody does it."""
        return self.n_firms > 0 and self.n_little <= LITTLE_SHARE * self.n_firms


@dataclass(frozen=True, slots=True)
class Unmet:
    """The needs that most projects look for in vain.

    Attributes:
        n_projects: open ones that were looked at.
        n_open: open ones.
    """

    needs: tuple[UnmetNeed, ...]
    n_projects: int
    n_open: int


_found: OrderedDict[object, Unmet] = OrderedDict()


def unmet_needs(services: Services, *, only_known: bool = False) -> Unmet | None:
    """The needs, worked out once for a state of firms and projects.

    Args:
        services: the parts of this process.
        only_known: None where it would have to be worked out, which can take a second or two.

    Raises:
        IndexNotReady: the index is still being opened.
    """
    with services.database.read() as tx:
        stored = [held for held in projects_repository.all_possibly_open(tx, today()) if is_open(held.record, today())]
    matcher = services.follower.fresh()
    marks = tuple((held.id, held.version) for held in stored)
    key = (id(matcher), matcher.view.change, matcher.view.n_waiting, marks, today(), language())
    if key not in _found:
        if only_known and stored:
            return None
        _found[key] = _work_out(services, stored)
        while len(_found) > _KEPT:
            _found.popitem(last=False)
    return _found[key]


def _work_out(services: Services, stored: list[Stored[Project]]) -> Unmet:
    newest = sorted(stored, key=lambda held: (held.updated_at, held.id), reverse=True)[:MOST_PROJECTS]
    texts: dict[str, str] = {}
    projects: dict[str, dict[str, str]] = {}
    pools: dict[str, list[tuple[int, int]]] = {}
    for held in newest:
        roles = [Role.SUPPLIER, *([Role.PARTNER] if takes_partners(held.record.stage) else [])]
        for role in roles:
            panel = build_panel(services, held, PanelParams(role=role))
            for text in panel.nobody_for:
                key = fold_text(text)
                texts.setdefault(key, text)
                projects.setdefault(key, {})[held.id] = held.record.title
                pools.setdefault(key, []).append((panel.n_eligible, panel.n_little))
    most = sorted(projects, key=lambda key: (-len(projects[key]), key))[:MOST_NEEDS]
    needs = tuple(
        # The widest circle in which nobody was found.
        UnmetNeed(texts[key], tuple(sorted(projects[key].items(), key=lambda found: found[1])), *max(pools[key]))
        for key in most
    )
    return Unmet(needs, len(newest), len(stored))
