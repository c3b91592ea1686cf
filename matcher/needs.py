"""Project → needs: those stated as they are, else guesses from its own text and from what is usual.

Announcements say what a project makes, rarely what it needs. Where nobody has stated a need, two kinds are guessed.
*Parts* of the text, for either role: its title, each technology, each sentence that speaks of doing or making.
*Usual needs*, for one role: what the capability vocabulary says that the products and technologies named in the text
usually need. Sentences about money, jobs and fame give neither.
"""

from __future__ import annotations

import functools
import hashlib
import re

from matcher.capabilities import ConceptFinder, shipped_finder, things_in
from matcher.language import language_of
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

# What nearly every plant buys, whatever it makes. No question of any one project, but firms that offer it supply most.
PLANT_NEEDS = (
    "industrial automation, process control and robotics for manufacturing plants",
    "industrial software, data analytics and digital manufacturing solutions",
    "machine vision, sensors and inspection systems",
)


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


# What a thing named here says of the needs, by where it is named: a title names what the whole is about.
_IN_TITLE, _IN_TECHNOLOGY, _IN_SENTENCE = 2.0, 2.0, 1.0
# Guesses of the two kinds share the places that there are.
_SHARE_OF_PARTS = 0.5
_SHOWS_LANGUAGE = 20


def usual_needs(project: Project, *, limit: int = 12, finder: ConceptFinder | None = None) -> tuple[Need, ...]:
    """What a project of these products and technologies usually needs, the most needed first.

    Args:
        project: any project with a description or technologies; a bare title is a question and gives none.
        limit: most needs.
        finder: vocabulary to use; None takes the shipped one.

    Returns:
        Needs for one role each, marked inferred, with the sentence that names what needs them, and a weight over 0 to
        1: how many things named in the text need it, how much, and how prominently they are named.
    """
    if not (project.description.strip() or project.technologies):
        return ()
    finder = finder or shipped_finder()
    named: dict[str, tuple[float, str]] = {}
    # Technologies of two words do not show their language: the whole text does.
    whole = project_text(project)
    lang = language_of(whole) if len(whole.split()) >= _SHOWS_LANGUAGE else None
    for text, weight in _sources(project):
        for concept_id in finder.concepts(text, lang):
            if weight > named.get(concept_id, (0.0, ""))[0]:
                named[concept_id] = (weight, text)
    total: dict[str, float] = {}
    cause: dict[str, tuple[float, str]] = {}
    words: dict[str, str] = {}
    for concept_id, (weight, sentence) in named.items():
        for usual in finder.vocabulary[concept_id].usually_needs:
            if usual.role is not NeedRole.SUPPLIER:
                continue  # partners are found by the parts of the text: measured, usual partners add nothing
            part = weight * usual.weight / 3
            total[usual.concept_id] = total.get(usual.concept_id, 0.0) + part
            words.setdefault(usual.concept_id, usual.text)
            if part > cause.get(usual.concept_id, (0.0, ""))[0]:
                cause[usual.concept_id] = (part, sentence)
    rejected = {text.casefold() for text in project.rejected_needs}
    order = sorted((key for key in total if words[key].casefold() not in rejected), key=lambda k: (-total[k], k))
    return tuple(
        Need(
            need_id(words[key]),
            words[key],
            NeedRole.SUPPLIER,
            Origin.INFERRED,
            cause=cause[key][1],
            weight=round(total[key] / total[order[0]], 3),
        )
        for key in order[:limit]
    )


@functools.lru_cache(maxsize=4096)
def project_things(project: Project) -> frozenset[str]:
    """Processes, materials, equipment, products and technologies of the vocabulary that a project's own text names."""
    return frozenset().union(*(things_in(text) for text, _ in _sources(project)))


def _sources(project: Project) -> list[tuple[str, float]]:
    found = [(project.title, _IN_TITLE)] if project.title.strip() else []
    found += [(technology, _IN_TECHNOLOGY) for technology in project.technologies]
    for start, end in sentence_spans(project.description):
        sentence = project.description[start:end]
        if is_quotable(sentence) and not _MONEY.search(sentence):
            found.append((sentence, _IN_SENTENCE))
    return found


@functools.lru_cache(maxsize=2048)
def infer_needs(project: Project, *, limit: int = 12) -> tuple[Need, ...]:
    """Needs guessed for a project, marked inferred: parts of its text, then what such a project usually needs.

    They are kept for the projects asked for last: a list of a firm's opportunities needs those of every open one.

    Args:
        project: any project; its stated needs are not looked at.
        limit: most needs of both kinds; of the parts, technologies come first, then what the text says it draws on,
            then sentences.

    Returns:
        At most ``limit`` needs without those that staff rejected. Each kind fills the places that the other leaves.
    """
    rejected = {text.casefold() for text in project.rejected_needs}
    parts: dict[str, Need] = {}
    for text, cause in _candidates(project):
        key = text.casefold()
        if key in rejected or any(key in other for other in parts):
            continue
        parts[key] = Need(need_id(text), text, NeedRole.EITHER, Origin.INFERRED, cause=cause)
        if len(parts) == limit:
            break
    usual = [need for need in usual_needs(project, limit=limit + len(parts)) if need.text.casefold() not in parts]
    n_parts = max(limit - len(usual), min(len(parts), round(limit * _SHARE_OF_PARTS)))
    kept = list(parts.values())[:n_parts]
    return (*kept, *usual[: limit - len(kept)])


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
