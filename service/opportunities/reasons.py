"""Why an opportunity is on a list, in what the firm confirmed, and what is asked where nothing is known."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from matcher import Evidence, Firm, Match, NeedMatch, NeedState, Origin, Release, Role, ask_about, project_needs
from service import words
from service.context import Services
from service.opportunities import writing
from service.opportunities.picking import Picked
from service.opportunities.told import Told
from service.words import _

if TYPE_CHECKING:
    from service.opportunities.making import Draft, OpenProject, World

MOST_UNKNOWN = 2


def explain(services: Services, world: World, wanted: Sequence[Draft]) -> dict[tuple[str, str, str], Match]:
    """Reasons for what may stand on lists: by project, firm and role.

    Looked for until each list is full of opportunities that the firm confirmed something for, or has no more.
    """
    found: dict[tuple[str, str, str], Match] = {}
    asked = dict.fromkeys(range(len(wanted)), 0)
    while asked:
        firms_of: dict[str, set[str]] = defaultdict(set)
        for n, start in list(asked.items()):
            draft = wanted[n]
            n_good = sum(_has_reason(found, draft, one) for one in draft.picked[:start])
            more = draft.picked[start : start + world.most_items - n_good]
            asked[n] = start + len(more)
            if not more:
                del asked[n]
            for one in more:
                firms_of[one.chance.project_id].add(draft.person.firm_id)
        found |= _reasons(services, world, firms_of)
    return found


def _reasons(services: Services, world: World, firms_of: Mapping[str, set[str]]) -> dict[tuple[str, str, str], Match]:
    """Each project is searched once, for some firms."""
    matcher = services.follower.fresh()
    found: dict[tuple[str, str, str], Match] = {}
    for project_id in sorted(firms_of):
        also = sorted(firms_of[project_id])
        result = matcher.match(world.projects[project_id].project, limit=1, also=also, ask_limit=0)
        for role, matches in ((Role.SUPPLIER, result.supplier), (Role.PARTNER, result.partner)):
            found |= {(project_id, m.firm_id, role.value): m for m in matches if m.firm_id in firms_of[project_id]}
    return found


def _has_reason(found: Mapping[tuple[str, str, str], Match], draft: Draft, one: Picked) -> bool:
    match = found.get((one.chance.project_id, draft.person.firm_id, one.chance.role))
    return match is not None and bool(_confirmed(match))


def _confirmed(match: Match) -> list[tuple[NeedMatch, Evidence]]:
    """What the firm confirmed that is a reason for a match, the best first."""
    quoted = [
        (need, evidence)
        for need in match.needs
        for evidence in need.evidence
        if evidence.confirmed and need.state in (NeedState.FOUND, NeedState.GUESSED)
    ]
    return sorted(quoted, key=lambda pair: (pair[0].state is not NeedState.FOUND, pair[1].without_it, pair[0].need_id))


def told_of(one: OpenProject, match: Match, firm: Firm, language: str) -> Told | None:
    """What a line says, in a language; None where nothing that the firm confirmed is a reason."""
    project = one.project
    needs = {need.id: need for need in project_needs(project)}
    quoted = _confirmed(match)
    if not quoted:
        return None
    before = words.language()
    words.use_language(language)
    try:
        need, evidence = needs.get(quoted[0][0].need_id), quoted[0][1]
        is_full = project.release is Release.FULL_TEXT
        place = ", ".join(part for part in (project.city, project.province) if part) if is_full else ""
        title = one.released.title if is_full else _short(one.released.text)
        # What we guess that a project needs is ours to ask about, not theirs to be told.
        stated = [needs[n.need_id] for n in match.needs if n.need_id in needs and is_full]
        stated = [n for n in stated if n.origin is Origin.STATED]
        # Names of firms are taken out of what outsiders read.
        blanked = dict(
            zip((n.text for n in project.needs if n.origin is Origin.STATED), one.released.needs, strict=False)
        )
        named = need if need in stated else (stated[0] if stated else None)
        unknown = [
            ask_about(replace(needs[n.need_id], text=blanked.get(needs[n.need_id].text, "")), language)
            for n in match.needs
            if n.state is NeedState.NOT_KNOWN and needs.get(n.need_id) in stated and blanked.get(needs[n.need_id].text)
        ]
        return Told(
            title=title + (f", {project.city}" if place and project.city and project.city not in title else ""),
            what=blanked.get(named.text, one.released.text) if named else one.released.text,
            facts=writing.facts_of(named), quote=evidence.quote,
            said=writing.said_by(evidence.source, evidence.date), unknown=tuple(dict.fromkeys(unknown))[:MOST_UNKNOWN],
            place=place, distance_km=match.distance_km if is_full else None, closes=project.closes,
            programme=(project.cluster or "") if is_full else "",
        )  # fmt: skip
    finally:
        words.use_language(before)


def _short(text: str, longest: int = 80) -> str:
    first = text.strip().split("\n")[0]
    return first if len(first) <= longest else first[:longest].rsplit(" ", 1)[0] + " …"


def question(world: World, firm: Firm, language: str) -> str:
    """What open, released projects ask for most, as a question."""
    said = " ".join(statement.text.casefold() for statement in firm.statements)
    asked = Counter(
        ask_about(need, language)
        for one in world.projects.values()
        if one.project.release is Release.FULL_TEXT
        for need in one.project.needs
        # What is blanked for outsiders is not asked about.
        if need.text.casefold() not in said and need.text in one.released.needs
    )
    before = words.language()
    words.use_language(language)
    try:
        general = _("What do you make or do, on which machines, in which materials, with which certificates?")
    finally:
        words.use_language(before)
    return min(asked, key=lambda text: (-asked[text], text)) if asked else general
