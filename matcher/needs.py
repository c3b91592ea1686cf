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
# The closing sentence of many announcements lists what the project draws on: each item is a need of its own. In other
# sentences these verbs introduce clauses, not lists, and the pieces of a clause are no needs.
_DRAWS = re.compile(
    r"\b(?:draws? (?:up)?on|relies on|requires?|needs|involves|combines|fait appel à|nécessite)\b", re.I
)
_LEAST_ITEMS = 3
_SPLIT = re.compile(r",\s*(?:and\s+|et\s+)?|\s+and\s+|\s+et\s+|;\s*")


def need_id(text: str) -> str:
    """Id of an inferred need: stable for the same words."""
    return "i" + hashlib.sha256(text.casefold().encode()).hexdigest()[:8]


def project_text(project: Project) -> str:
    """The words of a whole project: title, description, technologies."""
    title = project.title.strip()
    rest = f"{project.description} {', '.join(project.technologies)}".strip()
    if not rest:
        return title
    return f"{title} {rest}" if title.endswith((".", ";", "!", "?")) else f"{title}. {rest}"


def _candidates(project: Project) -> list[tuple[str, str]]:
    """Pairs of (need text, cause), most telling first."""
    # A title says in one line what the whole is about; a question of one line has nothing else.
    found = [(title := project.title.strip().rstrip(".?!"), title)] if is_quotable(project.title) else []
    found += [(technology, technology) for technology in project.technologies]
    sentences = [project.description[a:b] for a, b in sentence_spans(project.description)]
    plain = [s for s in sentences if is_quotable(s) and not _MONEY.search(s) and len(s.split()) >= 4]
    if sentences and sentences[-1] in plain:
        found += [(item, sentences[-1]) for item in _listed(sentences[-1])]
    found += [(sentence.rstrip("."), sentence) for sentence in plain]
    # Stripped, since what is stored is stripped too: a rejected guess is known again by its words.
    return [(kept, cause) for text, cause in found if (kept := text.strip())]


def _listed(sentence: str) -> list[str]:
    """Items of a list of what a project draws on, none if the sentence is no such list."""
    mark = _DRAWS.search(sentence)
    items = [item.strip(" .") for item in _SPLIT.split(sentence[mark.end() :])] if mark else []
    if len(items) < _LEAST_ITEMS:
        return []
    return [item for item in items if len(item.split()) <= 9 and len(item) > 3]


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
    """The needs that are searched for.

    Once a person or document has stated a need, the stored needs are the whole list: guesses beside them would only
    dilute what is known. A guess that staff confirmed is still a guess about one thing, so the other guesses stay.

    Args:
        project: any project.
        limit: guesses fill the list up to this many; what is stored is never cut.

    Returns:
        Stored needs in stored order, then guesses whose id and text are not among them. Rejected guesses are left
        out, stored or not; what was stated stays, whoever rejected the same words as a guess before.
    """
    rejected = {text.casefold() for text in project.rejected_needs}
    stored = [n for n in project.needs if n.origin is Origin.STATED or n.text.casefold() not in rejected]
    if any(need.origin is Origin.STATED for need in stored):
        return tuple(stored)
    ids, texts = {need.id for need in stored}, {need.text.casefold() for need in stored}
    guesses = infer_needs(project, limit=limit + len(stored))  # as many more as may turn out to be stored already
    new = [need for need in guesses if need.id not in ids and need.text.casefold() not in texts]
    return (*stored, *new[: max(0, limit - len(stored))])
