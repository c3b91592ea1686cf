"""The needs of a project as staff see them: what somebody wrote, what we guess, and what was put aside. Pure.

*Usual needs* are guesses of what such a project buys; *parts* are pieces of its own text that are searched for as long
as nobody wrote a need. Once somebody has written one, the library searches for what is stored only; usual needs are
still offered, since saying that one is right stores it.
"""

from __future__ import annotations

import dataclasses
import re
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz

from matcher import Need, NeedRole, Origin, Project, infer_needs, project_needs
from service.errors import NotFound

# Beside what they wrote, a few guesses help and many bury it.
MOST_GUESSES = 3
LEAST_WEIGHT = 0.5
# A guess whose words stand in a written need says nothing new.
SAME_NEED = 90
_LOOKED_AT = 36


def with_need_ids(row: dict[str, Any]) -> dict[str, Any]:
    """A project's row whose needs all have an id: those without get numbers that no other need has."""
    needs = row.get("needs") or []
    numbers = [int(m.group(1)) for need in needs if (m := re.fullmatch(r"n([0-9]{1,9})", need.get("id") or ""))]
    highest, named = max(numbers, default=0), []
    for need in needs:
        if not need.get("id"):
            highest += 1
            need = {**need, "id": f"n{highest}"}
        named.append(need)
    return {**row, "needs": named}


@lru_cache(maxsize=256)
def _guesses(project: Project) -> tuple[Need, ...]:
    return infer_needs(project, limit=_LOOKED_AT)


def guesses_of(project: Project) -> tuple[Need, ...]:
    """Every guess for a project, whether it is shown or not."""
    # What is guessed depends on the text and on what was put aside: an edit of anything else makes nothing anew.
    return _guesses(dataclasses.replace(project, needs=(), checked=None, closes=None, sources=()))


def is_part(need: Need) -> bool:
    """Whether a guess is a piece of the project's own text, not something that such a project usually needs."""
    return need.origin is Origin.INFERRED and need.role is NeedRole.EITHER


def offered_guesses(project: Project) -> tuple[Need, ...]:
    """Guesses to ask staff about: those that are searched for, or a few beside what somebody wrote."""
    stored = {need.id for need in project.needs}
    if not has_written(project):
        return tuple(need for need in project_needs(project) if need.id not in stored and not is_part(need))
    texts = [need.text for need in project.needs]
    new = [
        need
        for need in guesses_of(project)
        if not is_part(need) and need.id not in stored and need.weight >= LEAST_WEIGHT and not _said(need.text, texts)
    ]
    return tuple(new[:MOST_GUESSES])


def has_written(project: Project) -> bool:
    """Whether somebody wrote a need: then what is stored is all that is searched for."""
    return any(need.origin is Origin.STATED for need in project.needs)


def all_needs(project: Project) -> tuple[Need, ...]:
    """Stored needs, then what else is searched for, then guesses that could be."""
    found = {need.id: need for need in project.needs}
    for need in (*project_needs(project), *guesses_of(project)):
        found.setdefault(need.id, need)
    return tuple(found.values())


def find_need(project: Project, key: str) -> Need:
    """One of these.

    Raises:
        NotFound: none has this id.
    """
    found = next((need for need in all_needs(project) if need.id == key), None)
    if found is None:
        raise NotFound(f"project {project.id!r} has no need {key!r}: see the list of its needs")
    return found


def with_need(project: Project, need: Need) -> Project:
    """The project with a need in the place of the one of the same id, else at the end."""
    needs = tuple(need if other.id == need.id else other for other in project.needs)
    if need not in needs:
        needs = (*needs, need)
    # What staff now say that the project needs is no longer rejected, whoever rejected those words before.
    rejected = (text for text in project.rejected_needs if text.casefold() != (need.text or "").casefold())
    return dataclasses.replace(project, needs=needs, rejected_needs=tuple(rejected))


def rejecting(project: Project, text: str) -> Project:
    """The project with words that are not guessed again."""
    if text in project.rejected_needs:
        return project
    return dataclasses.replace(project, rejected_needs=(*project.rejected_needs, text))


def _said(text: str, others: list[str]) -> bool:
    return any(fuzz.token_set_ratio(text.casefold(), other.casefold()) >= SAME_NEED for other in others)
