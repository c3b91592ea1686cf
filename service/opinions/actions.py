"""Giving an opinion on a match, taking it back, and what all of them say together.

An opinion hides a firm for its project or keeps it; it never moves a score. Learning from opinions is a step of its
own, on the exported judgements.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum

import orjson
from sqlalchemy import Connection

from matcher import Band, Filters, Match, Role, mask_contacts
from service import audit
from service.clock import now
from service.context import Services
from service.db import Database
from service.errors import Invalid, NotFound
from service.opinions import repository
from service.opinions.repository import Opinion
from service.projects import actions as project_actions
from service.security import Caller

MOST_NOTE = 1000


class Verdict(StrEnum):
    """What somebody thinks of a match."""

    RIGHT = "right"
    WRONG_CAPABILITY = "wrong_capability"
    WRONG_ROLE = "wrong_role"
    NOT_AVAILABLE = "not_available"

    @property
    def is_of_project(self) -> bool:
        """Whether it holds for the project whatever the role."""
        return self in (Verdict.WRONG_CAPABILITY, Verdict.NOT_AVAILABLE)


# Grades of the exported judgements, on the scale of data/projects: 2 is a firm that an officer would call. Who is not
# available may fit as well as anybody: that says nothing of the match.
GRADES = {Verdict.RIGHT: 2, Verdict.WRONG_CAPABILITY: 0, Verdict.WRONG_ROLE: 0}
HEADER = "project_id\tfirm_id\trole\tgrade\n"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How staff judged firms that were marked *Worth a call*."""

    n_right: int
    n_judged: int


def give(
    services: Services, caller: Caller, project_id: str, firm_id: str, role: Role, verdict: Verdict, *,
    note: str = "", filters: Filters | None = None,
) -> Opinion:  # fmt: skip
    """Store an opinion with what the page showed of the match.

    Args:
        services: the parts of this process.
        caller: whose opinion it is; their earlier one on this match no longer counts.
        project_id: the project.
        firm_id: the firm.
        role: the ranking that the firm stood in.
        verdict: what is thought of it.
        note: in own words; contact data is masked.
        filters: of the page, for the place in its ranking.

    Raises:
        NotFound, UnknownRecord: no such project or firm.
        Invalid: the note is too long.
    """
    if len(note) > MOST_NOTE:
        raise Invalid("note", f"the note has {len(note)} characters, expected at most {MOST_NOTE}")
    project = project_actions.get_project(services, project_id).record
    matcher = services.follower.fresh()
    match = matcher.why_not(project, firm_id, role, filters=filters).match
    opinion = Opinion(
        id=str(uuid.uuid4()), project_id=project_id, firm_id=firm_id, role=role.value, verdict=verdict.value,
        note=mask_contacts(note.strip())[0], user_id=caller.id, at=now(),
        band=match.band.value if match else "", rank=match.rank if match else None,
        score=repr(match.score) if match else "", model=matcher.model, snapshot=matcher.view.snapshot.id,
        shown=_shown(match),
    )  # fmt: skip
    details = {"firm": firm_id, "role": role.value, "verdict": verdict.value, "opinion": opinion.id}
    with services.database.write() as tx:
        repository.add(tx, opinion)
        audit.record(tx, caller, "opinion.give", "project", project_id, details=details)
    return opinion


def undo(services: Services, caller: Caller, project_id: str, opinion_id: str) -> Opinion:
    """Take an opinion back; doing it twice changes nothing.

    Raises:
        NotFound: the project has no such opinion.
    """
    with services.database.write() as tx:
        found = repository.find(tx, opinion_id)
        if found is None or found.project_id != project_id:
            raise NotFound(f"project {project_id!r} has no opinion {opinion_id!r}")
        if repository.undo(tx, opinion_id, now()):
            details = {"firm": found.firm_id, "role": found.role, "opinion": opinion_id}
            audit.record(tx, caller, "opinion.undo", "project", project_id, details=details)
    return found


def decisive(tx: Connection, project_id: str, role: Role) -> dict[str, Opinion]:
    """The opinion that decides about each firm of a project in a role, by firm: the newest that concerns it."""
    return {
        opinion.firm_id: opinion
        for opinion in repository.in_force(tx, project_id)
        if opinion.role == role.value or Verdict(opinion.verdict).is_of_project
    }


def agreement(tx: Connection) -> Agreement:
    """How often staff agreed with *Worth a call*, over all projects."""
    counts = repository.count_verdicts(tx, Band.WORTH_A_CALL.value)
    return Agreement(counts.get(Verdict.RIGHT, 0), sum(counts.get(verdict, 0) for verdict in GRADES))


def export_judgements(database: Database) -> tuple[str, int]:
    """All opinions as judgements for evaluation and training, one a project, firm and role: the newest of anybody.

    Returns:
        Tab-separated text as in ``data/projects/qrels.tsv``, and how many judgements it holds.
    """
    grades: dict[tuple[str, str, str], int] = {}
    with database.read() as tx:
        for opinion in repository.in_force(tx):
            verdict = Verdict(opinion.verdict)
            if verdict in GRADES:
                grades[opinion.project_id, opinion.firm_id, opinion.role] = GRADES[verdict]
    rows = "".join("\t".join((*key, str(grade))) + "\n" for key, grade in sorted(grades.items()))
    return HEADER + rows, len(grades)


def _shown(match: Match | None) -> str:
    """What stood on the card, to be read again years later."""
    if match is None:
        return "{}"
    needs = [
        {"need": need.text, "state": need.state.value, "quotes": [quote.quote for quote in need.evidence]}
        for need in match.needs
    ]
    added = {one.feature: round(one.logit, 4) for one in match.contributions}
    return orjson.dumps({"needs": needs, "contributions": added}).decode()
