"""Which firms come on a call list, and what the list says of each: the same as the project's page, kept as it was."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextvars import copy_context
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from matcher import (
    Band,
    Filters,
    Firm,
    Match,
    MatchResult,
    Project,
    Role,
    project_needs,
)
from service.context import Services
from service.errors import Conflict, NotFound
from service.firms import actions as firms_actions
from service.matches.cards import Card, card_of, plain_card
from service.matches.counts import known_region
from service.matches.decided import Decided, read_decided
from service.matches.params import PanelParams
from service.matches.speaking import in_language
from service.words import DEFAULT, LANGUAGES, _, use_language

# Nobody calls more for one project at a time.
MOST_CALLS = 12
MOST_ASKS = 3
_REACHED = (Band.WORTH_A_CALL, Band.MAYBE)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Picked:
    """A firm for a call list.

    Attributes:
        why: by language, what speaks for it: ``why``, ``not_known``, ``distance``.
        asks: by language, what to ask.
    """

    firm_id: str
    by_hand: bool
    band: str
    why: dict[str, Any]
    asks: dict[str, list[str]]


def pick_best(
    services: Services, project: Project, role: Role, params: PanelParams, *, not_again: Collection[str], most: int
) -> list[Picked]:
    """Firms worth a call, then maybe, then those that were added by hand, as the project's page ranks them.

    Args:
        services: the parts of this process.
        project: that is called for.
        role: the ranking to take.
        params: filters of the page.
        not_again: firms that were asked already, or stand on the list.
        most: firms at most; those that were added by hand come first when there is not room for all.
    """
    decided = read_decided(services, project.id, role)
    filters = params.filters(known_region(decided.region))
    left_out = decided.left_out | set(not_again)
    by_hand = [pick.firm_id for pick in decided.picks if pick.firm_id not in left_out][:most]
    if most < 1:
        return []
    matcher = services.follower.fresh()
    result = matcher.match(
        project, roles=(role,), filters=filters, limit=most, leave_out=left_out, also=by_hand, by_band=True,
    )  # fmt: skip
    matches = {match.firm_id: match for match in _listed(result, role)}
    good = [key for key, match in matches.items() if match.band in _REACHED and key not in by_hand]
    teller = _Teller(project, filters, decided)
    already_in = set(result.already_in)
    return [
        *(teller.ranked(services, matches[key], by_hand=False) for key in good[: most - len(by_hand)]),
        *(teller.told(services, key, matches.get(key)) for key in by_hand if key not in already_in),
    ]


def pick_these(
    services: Services, project: Project, role: Role, params: PanelParams, firm_ids: Sequence[str], *,
    not_again: Collection[str],
) -> list[Picked]:  # fmt: skip
    """Firms that an officer named, however they rank; those that were asked already are left out.

    Raises:
        NotFound: there is no such firm.
        Conflict: one is in the project, or should not be put together with it.
    """
    decided = read_decided(services, project.id, role)
    apart = {one.firm_id for one in decided.apart}
    by_hand = {pick.firm_id for pick in decided.picks}
    wanted = [key for key in dict.fromkeys(firm_ids) if key not in not_again]
    filters, open_to_all = params.filters(known_region(decided.region)), Filters()
    matches, already_in = _these(services, project, role, filters, wanted)
    # Who does not meet the filters was added by hand: it is told without them.
    others = [key for key in wanted if key not in matches]
    unfiltered = _these(services, project, role, open_to_all, others)[0] if others else {}
    found = []
    for key in wanted:
        name = firms_actions.get_firm(services, key).record.name
        if key in already_in:
            raise Conflict(_("%(firm)s is already in this project.", firm=name))
        if key in apart:
            raise Conflict(_("Somebody noted that %(firm)s should not be put together with this project.", firm=name))
        teller = _Teller(project, filters if key in matches else open_to_all, decided)
        match = matches.get(key) or unfiltered.get(key)
        if match is None or key in by_hand:
            found.append(teller.told(services, key, match))
        else:
            found.append(teller.ranked(services, match, by_hand=False))
    return found


def _these(
    services: Services, project: Project, role: Role, filters: Filters, wanted: Sequence[str]
) -> tuple[dict[str, Match], set[str]]:
    """Matches of some firms by id, those that may be ranked under the filters; and who is in the project already."""
    if not wanted:
        return {}, set()
    result = services.follower.fresh().match(project, roles=(role,), filters=filters, limit=1, also=wanted)
    return {match.firm_id: match for match in _listed(result, role)}, set(result.already_in)


def _listed(result: MatchResult, role: Role) -> tuple[Match, ...]:
    """Ranked firms of a role, then those that do not state what a filter asks."""
    if role is Role.SUPPLIER:
        return (*result.supplier, *result.ask.supplier)
    return (*result.partner, *result.ask.partner)


@dataclass(frozen=True, slots=True)
class _Teller:
    """Says of a firm what the project's page says of it, in every language."""

    project: Project
    filters: Filters
    decided: Decided

    def ranked(self, services: Services, match: Match, *, by_hand: bool) -> Picked:
        """A firm of the ranking."""
        firm = _firm(services, match.firm_id)
        needs = {need.id: need for need in project_needs(self.project)}
        cards = in_each_language(lambda: card_of(in_language(match, needs), firm, self.filters))
        return _picked(match.firm_id, cards, by_hand=by_hand)

    def told(self, services: Services, firm_id: str, match: Match | None) -> Picked:
        """A firm that was added by hand, ranked or not."""
        if match is not None:
            return self.ranked(services, match, by_hand=True)
        firm = _firm(services, firm_id)
        return _picked(firm_id, in_each_language(lambda: plain_card(firm, "")), by_hand=True)


def in_each_language(say: Callable[[], T]) -> dict[str, T]:
    """What is said, by language: a list is read later, by others too."""

    def speak(language: str) -> T:
        use_language(language)
        return say()

    return {language: copy_context().run(speak, language) for language in LANGUAGES}


def _firm(services: Services, firm_id: str) -> Firm:
    try:
        return firms_actions.get_firm(services, firm_id).record
    except NotFound:  # deleted since it was ranked
        return Firm(firm_id, firm_id)


def _picked(firm_id: str, cards: Mapping[str, Card], *, by_hand: bool) -> Picked:
    return Picked(
        firm_id=firm_id,
        by_hand=by_hand,
        band=cards[DEFAULT].band,
        why={
            language: {
                "why": [asdict(one) for one in card.why], "not_known": list(card.not_known), "distance": card.distance,
            }
            for language, card in cards.items()
        },
        asks={language: [*card.asks, *card.more_asks][:MOST_ASKS] for language, card in cards.items()},
    )  # fmt: skip
