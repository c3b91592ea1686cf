"""What staff decided that bears on one project's list: picks, opinions, firms kept apart or sorted out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from matcher import Role
from service.accounts import staff
from service.context import Services
from service.matches.repository import Apart, Pick, apart_of, picks_of, unfit
from service.opinions import actions as opinion_actions
from service.opinions.actions import Agreement, Verdict
from service.opinions.repository import Opinion
from service.setup import repository as setup_repository


@dataclass(frozen=True, slots=True)
class Decided:
    """What staff decided that bears on one project's list, read in one transaction."""

    region: str | None
    unfit: frozenset[str]
    apart: tuple[Apart, ...]
    picks: tuple[Pick, ...]
    opinions: Mapping[str, Opinion]
    agreement: Agreement
    names: Mapping[str, str]

    @property
    def hidden(self) -> dict[str, Opinion]:
        """Opinions that hide a firm, by firm."""
        return {key: one for key, one in self.opinions.items() if one.verdict != Verdict.RIGHT}

    @property
    def left_out(self) -> set[str]:
        """Firms that are not ranked."""
        return {*self.unfit, *self.hidden, *(apart.firm_id for apart in self.apart)}


def read_decided(services: Services, project_id: str, role: Role) -> Decided:
    """What staff decided about a project's firms in a role."""
    with services.database.read() as tx:
        chamber = setup_repository.find(tx)
        found = Decided(
            region=chamber.region if chamber else None,
            unfit=frozenset(unfit(tx)),
            apart=tuple(apart_of(tx, project_id)),
            picks=tuple(picks_of(tx, project_id, role)),
            opinions=opinion_actions.decisive(tx, project_id, role),
            agreement=opinion_actions.agreement(tx),
            names={},
        )
    callers = {p.picked_by for p in found.picks} | {a.decided_by for a in found.apart}
    callers |= {opinion.user_id for opinion in found.opinions.values()}
    return replace(found, names=staff.names_of(services.database, callers)) if callers else found
