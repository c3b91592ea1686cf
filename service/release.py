"""What outsiders may read of a project, decided in one place.

Every document that leaves the chamber is made from :class:`Released` alone, so that it cannot hold more. A firm is
named only if it said yes and agreed to be named for this project; others are a count, and their names are blanked in
the text too. People, telephone numbers and e-mail addresses are never in it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from matcher import Firm, Need, Origin, Project, Release, StatementKind, mask_contacts
from service.calls import repository as calls_repository
from service.firms import repository as firms_repository
from service.introductions import repository as introductions_repository
from service.introductions.repository import Introduction, Wanted
from service.matches import repository as matches_repository
from service.projects import repository as projects_repository
from service.records import Stored

MOST_LINES = 6
# Shorter names stand in too many other words to be blanked.
SHORTEST_NAME = 4
BLANK = "[…]"
_TOLD = (
    StatementKind.CAPABILITY, StatementKind.PRODUCT, StatementKind.SERVICE, StatementKind.EQUIPMENT,
    StatementKind.MATERIAL, StatementKind.CERTIFICATE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NamedFirm:
    """A firm that agreed to be named for this project.

    Attributes:
        does: what it, or staff speaking with it, confirmed that it does.
    """

    name: str
    place: str
    roles: tuple[str, ...]
    does: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Released:
    """All that outsiders may read of a project.

    Attributes:
        level: who may see the project; with *only us* everything else is empty.
        title: of the project; empty where only a note was approved.
        text: the note, or the description.
        needs: what is looked for; empty where only a note was approved.
        firms: those that agreed to be named, by name.
        n_interested: others that said yes.
        n_asked: others that have not answered yet.
    """

    level: Release
    title: str = ""
    text: str = ""
    needs: tuple[str, ...] = ()
    firms: tuple[NamedFirm, ...] = ()
    n_interested: int = 0
    n_asked: int = 0


def released_in(tx: Connection, stored: Stored[Project]) -> Released:
    """What outsiders may read of a project."""
    project = stored.record
    if project.release is Release.ONLY_US:
        return Released(Release.ONLY_US)
    apart = {one.firm_id for one in matches_repository.apart_of(tx, project.id)}
    found = [one for one in introductions_repository.list_some(tx, Wanted(project_id=project.id))]
    yes = [one for one in found if one.firm_answer == "yes" and one.firm_id not in apart]
    named = {one.firm_id for one in yes if one.may_be_named}
    firms = firms_repository.find_many(tx, {one.firm_id for one in found} | _listed(tx, project.id))
    hide = _Blanker(held.record.name for key, held in firms.items() if key not in named)
    shown = [_named(firms[key].record, yes, hide) for key in named if key in firms]
    is_full = project.release is Release.FULL_TEXT
    text = project.description if is_full else projects_repository.find_note(tx, project.id)
    return Released(
        level=project.release, title=hide(project.title) if is_full else "", text=hide(text),
        needs=tuple(map(hide, _needs(project.needs))) if is_full else (),
        firms=tuple(sorted(shown, key=lambda firm: (firm.name.casefold(), firm.place))),
        n_interested=len({one.firm_id for one in yes} - named),
        n_asked=_count_asked(found, apart),
    )  # fmt: skip


def _listed(tx: Connection, project_id: str) -> set[str]:
    """Firms that staff put on a list of the project."""
    lists = [
        one.made.id
        for is_open in (True, False)
        for one in calls_repository.counted(tx, is_open=is_open, limit=1000, project_id=project_id)
    ]
    called = {call.firm_id for list_id in lists for call in calls_repository.calls_of(tx, list_id)}
    apart = {one.firm_id for one in matches_repository.apart_of(tx, project_id)}
    return called | apart | {pick.firm_id for pick in matches_repository.picks_of(tx, project_id)}


def _count_asked(found: Iterable[Introduction], apart: Collection[str]) -> int:
    return len({one.firm_id for one in found if one.state == "proposed"} - set(apart))


def _named(firm: Firm, yes: Iterable[Introduction], hide: _Blanker) -> NamedFirm:
    roles = sorted({one.role for one in yes if one.firm_id == firm.id and one.may_be_named}, reverse=True)
    said = [s for s in firm.statements if s.confirmed and s.kind in _TOLD]
    place = ", ".join(part for part in (firm.city, firm.province) if part)
    return NamedFirm(firm.name, place, tuple(roles), tuple(hide(s.text) for s in said[:MOST_LINES]))


def _needs(needs: Iterable[Need]) -> tuple[str, ...]:
    """What somebody wrote; what we guess is for staff."""
    return tuple(need.text for need in needs if need.origin is Origin.STATED)


class _Blanker:
    """Takes names, e-mail addresses and telephone numbers out of a text."""

    def __init__(self, names: Iterable[str]) -> None:
        known = sorted({name.strip() for name in names if len(name.strip()) >= SHORTEST_NAME}, key=len, reverse=True)
        escaped = "|".join(r"\s+".join(re.escape(word) for word in name.split()) for name in known)
        self._names = re.compile(rf"(?<!\w)(?:{escaped})(?!\w)", re.IGNORECASE) if known else None

    def __call__(self, text: str) -> str:
        text = mask_contacts(text)[0]
        return self._names.sub(BLANK, text) if self._names else text
