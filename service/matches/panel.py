"""The right column of a project's page: which firms fit, why, what is not known, and what was left out.

:func:`build_panel` ranks once and hands a template everything ready to be shown. Include ``matches/panel.html`` with
the result as ``panel``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matcher import (
    Band,
    Filters,
    Firm,
    Match,
    Matcher,
    MatchResult,
    Need,
    NeedRole,
    NeedState,
    Origin,
    Project,
    Role,
    need_words,
    project_needs,
)
from service.addresses import firm_address, project_address
from service.context import Services
from service.matches import words
from service.matches.cards import Card, card_of, plain_card
from service.matches.counts import counts_of, known_region, suggestions_of
from service.matches.covers import covers_of
from service.matches.decided import Decided, read_decided
from service.matches.params import PanelParams
from service.matches.shapes import Hidden, Inside, KeptApart, Panel, Tab
from service.matches.speaking import in_language
from service.matches.towns import Town, towns_of
from service.records import Stored
from service.words import _, language

# Cards of a page at first, and all in all: nobody calls more than these for one project.
FIRST_CARDS, ALL_CARDS = 12, 60
# Ranked and read beyond the cards, so that "nobody for this" is looked up below the list too.
BEYOND = 6
MOST_ASKED = 10
NEAREST = 3
# People up to which a firm is small, for those who prefer small firms.
SMALL = 50
_BANDS = {Band.WORTH_A_CALL.value: 0, Band.MAYBE.value: 1}


def build_panel(services: Services, stored: Stored[Project], params: PanelParams) -> Panel:
    """Rank firms for a project in one role, and make everything ready to be shown.

    Args:
        services: the parts of this process.
        stored: the project.
        params: of the address; the role partner counts only while the project takes partners.
    """
    project = stored.record
    role = params.role or Role.SUPPLIER
    if not words.takes_partners(project.stage):
        role = Role.SUPPLIER
    decided = read_decided(services, project.id, role)
    filters = params.filters(known_region(decided.region))
    matcher = services.follower.fresh()
    # What the reader prefers may lift any of those that are worth listing.
    limit = (ALL_CARDS if params.show_all or params.weights else FIRST_CARDS) + BEYOND
    result = matcher.match(
        project, roles=(role,), filters=filters, limit=limit, leave_out=decided.left_out,
        also=[*(pick.firm_id for pick in decided.picks), *params.compare], by_band=True,
        ask_limit=MOST_ASKED,
    )  # fmt: skip
    needs = {need.id: need for need in project_needs(project)}
    return _Builder(project, role, params, filters, decided, matcher, result, needs).panel()


@dataclass(frozen=True)
class _Builder:
    """One page being made."""

    project: Project
    role: Role
    params: PanelParams
    filters: Filters
    decided: Decided
    matcher: Matcher
    result: MatchResult
    all_needs: Mapping[str, Need]

    def panel(self) -> Panel:
        """The panel."""
        result, params = self.result, self.params
        matches = result.supplier if self.role is Role.SUPPLIER else result.partner
        asked = result.ask.supplier if self.role is Role.SUPPLIER else result.ask.partner
        limit = ALL_CARDS if params.show_all else FIRST_CARDS
        fitting = [self.card(match) for match in matches if match.band.value in _BANDS]
        cards = tuple(self.ordered(fitting)[:limit])
        worth_asking = [match for match in asked if match.band.value in _BANDS] or asked[:NEAREST]
        ask = tuple(self.card(match) for match in worth_asking[:MOST_ASKED])
        nearest = () if cards else tuple(self.card(match) for match in matches[:NEAREST])
        picked = self.picked(cards, matches)
        bands = result.bands[self.role.value]
        n_worth, n_maybe, n_little = (
            bands[band.value] for band in (Band.WORTH_A_CALL, Band.MAYBE, Band.TOO_LITTLE)
        )  # fmt: skip
        base, needs = project_address(self.project.id), self.needs()
        counts = counts_of(result, params, self.filters)
        shown = (*cards, *picked) or nearest
        return Panel(
            project_id=self.project.id, base=base, role=self.role, params=params, filters=self.filters,
            tabs=self.tabs(base), note=words.stage_note(self.project.stage),
            n_worth=n_worth, n_maybe=n_maybe, n_little=n_little, nobody_for=self.nobody_for(matches),
            n_eligible=result.n_eligible, where=self.filters.region or "", origin=result.distance_from or "",
            counts=counts, n_unfit=len(self.decided.unfit),
            cards=cards, n_more=max(0, n_worth + n_maybe - len(cards)), picked=picked, nearest=nearest,
            n_ask=result.n_asked, ask=ask, already_in=self.already_in(), hidden=self.hidden(),
            kept_apart=self.kept_apart(),
            suggestions=() if cards else suggestions_of(
                base, counts, n_firms=self.matcher.view.n_firms, n_ask=result.n_asked, n_little=n_little
            ),
            agreement=self.decided.agreement, needs=needs,
            covers=covers_of(shown, needs) if params.view == "covers" else None,
            towns=self.towns(shown) if params.view == "map" else (),
            compared=self.compared(matches) if params.view == "compare" else (),
            waiting=self.matcher.view.n_waiting, model=result.model, snapshot=result.snapshot,
        )  # fmt: skip

    def firm(self, firm_id: str) -> Firm | None:
        """A firm of the index."""
        position = self.matcher.view.position(firm_id)
        return None if position is None else self.matcher.view.firm(position)

    def name(self, firm_id: str) -> str:
        """A firm's name; its id where it is gone."""
        firm = self.firm(firm_id)
        return firm.name if firm else firm_id

    def card(self, match: Match) -> Card:
        """A ranked firm in the reader's language."""
        firm = self.firm(match.firm_id) or Firm(match.firm_id, match.name)
        pick = next((pick for pick in self.decided.picks if pick.firm_id == match.firm_id), None)
        return card_of(
            in_language(match, self.all_needs), firm, self.filters,
            worth_a_call=self.matcher.config.worth_a_call, opinion=self.decided.opinions.get(match.firm_id),
            picked_by=self.by(pick.picked_by) if pick else "",
        )  # fmt: skip

    def by(self, caller_id: str) -> str:
        """Who did something."""
        return self.decided.names.get(caller_id, caller_id)

    def needs(self) -> tuple[tuple[str, str], ...]:
        """What is looked for in this role: questions of their own, or (when there is none) parts of the text."""
        fitting = [n for n in self.all_needs.values() if n.role in (NeedRole.EITHER, NeedRole(self.role.value))]
        whole = [n for n in fitting if n.origin is Origin.STATED or n.role is not NeedRole.EITHER]
        return tuple((need.id, words.need_words(need_words(need, language()))) for need in whole or fitting)

    def nobody_for(self, matches: Sequence[Match]) -> tuple[str, ...]:
        """Needs that nobody who was read says to meet, and nobody on the list seems to meet in other words."""
        met = {
            need.need_id
            for match in matches
            for need in match.needs
            if need.state is NeedState.FOUND or (need.state is NeedState.GUESSED and match.band.value in _BANDS)
        }
        # Sentences of the text are no needs that somebody could meet as such.
        parts = {n.id for n in self.all_needs.values() if n.origin is Origin.INFERRED and n.role is NeedRole.EITHER}
        return tuple(text for key, text in self.needs() if key not in met and key not in parts)

    def ordered(self, cards: Sequence[Card]) -> list[Card]:
        """Best first; what the reader prefers orders firms inside a band, and never lifts one into another."""

        def liked(card: Card) -> float:
            weights, near = self.params.weights, 0.0
            if card.distance_km is not None:
                near = max(0.0, 1.0 - card.distance_km / 100)
            small = card.people is not None and card.people < SMALL
            return weights.get("near", 0) * near + weights.get("members", 0) * bool(card.member) + (
                weights.get("small", 0) * small
            )  # fmt: skip

        return sorted(cards, key=lambda card: (_BANDS[card.band], -((card.number or 0.0) + liked(card))))

    def compared(self, matches: Sequence[Match]) -> tuple[Card, ...]:
        """Firms to set side by side, in the order of the address."""
        by_id = {match.firm_id: match for match in matches}
        return tuple(self.card(by_id[key]) for key in self.params.compare if key in by_id)

    def picked(self, cards: Sequence[Card], matches: Sequence[Match]) -> tuple[Card, ...]:
        """Firms added by hand that do not stand on the list anyway."""
        listed, by_id = {card.firm_id for card in cards}, {match.firm_id: match for match in matches}
        found = []
        for pick in self.decided.picks:
            firm = self.firm(pick.firm_id)
            # Not right, or kept apart: said after it was picked, or by somebody else.
            if pick.firm_id in listed or firm is None or pick.firm_id in self.decided.left_out:
                continue
            match = by_id.get(pick.firm_id)
            found.append(self.card(match) if match else plain_card(firm, self.by(pick.picked_by)))
        return tuple(found)

    def tabs(self, base: str) -> tuple[Tab, ...]:
        """Roles, then ways of looking at one."""
        roles = [Role.SUPPLIER, *([Role.PARTNER] if words.takes_partners(self.project.stage) else [])]
        views = {"covers": _("Who covers what"), "map": _("Map")}
        view = self.params.view
        found = [
            Tab(
                words.role_words(role),
                base + self.params.query(role=role, view="list", compare=()),
                role is self.role and view not in views,
            )
            for role in roles
        ]
        found += [
            Tab(label, base + self.params.query(view=key, compare=()), view == key) for key, label in views.items()
        ]
        return tuple(found)

    def already_in(self) -> tuple[Inside, ...]:
        """Lead and participants, then companies of their groups."""
        project, found = self.project, []
        for key in (project.lead, *project.partners):
            if key:
                firm = self.firm(key)
                found.append(
                    Inside(firm.name if firm else key, firm_address(key) if firm else "", key == project.lead, False)
                )
        others = [key for key in self.result.already_in if key not in project.already_in]
        return (*found, *(Inside(self.name(key), firm_address(key), False, True) for key in others))

    def hidden(self) -> tuple[Hidden, ...]:
        """Firms that an opinion hides."""
        return tuple(
            Hidden(self.name(key), firm_address(key), words.verdict_words(one.verdict), self.by(one.user_id), one)
            for key, one in self.decided.hidden.items()
        )

    def kept_apart(self) -> tuple[KeptApart, ...]:
        """Firms that are not to be put together with this project."""
        return tuple(
            KeptApart(self.name(one.firm_id), firm_address(one.firm_id), self.by(one.decided_by), one)
            for one in self.decided.apart
        )

    def towns(self, cards: Sequence[Card]) -> tuple[Town, ...]:
        """Where the firms of the list are."""
        return towns_of([(card, firm) for card in cards if (firm := self.firm(card.firm_id)) is not None])
