"""Project → needs: those stated as they are, else guesses from its own text.

Announcements say what a project makes, rarely what it needs. Where nobody has stated a need, one is guessed per
technology and per sentence that speaks of doing or making; sentences about money, jobs and fame give none.
"""

from __future__ import annotations

import hashlib
import re

from matcher.passages import is_quotable, sentence_spans
from matcher.types import Need, NeedRole, Origin, Project

_MONEY = re.compile(
    r"(?:\$\s?\d|\d\s?\$|\b(?:million|billion|CAD|funding|funded|invest\w*|grant|contribut\w+|jobs?|employ\w*|"
    r"award-winning|world(?:'s)? (?:first|leading)|leading|largest|emplois?|financement|subvention)\b)",
    re.IGNORECASE,
)
# The closing sentence of many announcements lists what the project draws on: each item is a need of its own.
_DRAWS = re.compile(
    r"\b(?:draws? (?:up)?on|relies on|requires?|needs|involves|combines|fait appel à|nécessite)\b", re.I
)
_SPLIT = re.compile(r",\s*(?:and\s+|et\s+)?|\s+and\s+|\s+et\s+|;\s*")


def need_id(text: str) -> str:
    """Id of an inferred need: stable for the same words."""
    return "i" + hashlib.sha256(text.casefold().encode()).hexdigest()[:8]


def project_text(project: Project) -> str:
    """The words of a whole project: title, description, technologies."""
    return f"{project.title}. {project.description} {', '.join(project.technologies)}".strip()


def _candidates(project: Project) -> list[tuple[str, str]]:
    """Pairs of (need text, cause), most telling first."""
    found = [(technology, technology) for technology in project.technologies]
    sentences = [project.description[a:b] for a, b in sentence_spans(project.description)]
    plain = [s for s in sentences if is_quotable(s) and not _MONEY.search(s) and len(s.split()) >= 4]
    for sentence in plain:
        mark = _DRAWS.search(sentence)
        if mark:
            items = [item.strip(" .") for item in _SPLIT.split(sentence[mark.end() :])]
            found += [(item, sentence) for item in items if 1 <= len(item.split()) <= 9 and len(item) > 3]
    found += [(sentence.rstrip("."), sentence) for sentence in plain]
    return found


def infer_needs(project: Project, *, limit: int = 12) -> tuple[Need, ...]:
    """Needs guessed from a project's own text, marked inferred.

    Args:
        project: any project; its stated needs are not looked at.
        limit: most needs; technologies come first, then what the text says it draws on, then sentences.

    Returns:
        At most ``limit`` needs for either role, without those that staff rejected.
    """
    rejected = {text.casefold() for text in project.rejected_needs}
    taken: dict[str, Need] = {}
    for text, cause in _candidates(project):
        key = text.casefold()
        if key in rejected or any(key in other for other in taken):
            continue
        taken[key] = Need(need_id(text), text, NeedRole.EITHER, Origin.INFERRED, cause=cause)
        if len(taken) == limit:
            break
    return tuple(taken.values())


def project_needs(project: Project, *, limit: int = 12) -> tuple[Need, ...]:
    """The needs that are searched for: stated ones (and confirmed guesses) if there are any, else inferred ones."""
    return project.needs or infer_needs(project, limit=limit)
