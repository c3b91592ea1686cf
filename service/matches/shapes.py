"""What ``matches/panel.html`` shows, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matcher import Filters, Role
from service.matches.cards import Card
from service.matches.counts import Count, Suggestion
from service.matches.covers import Covers
from service.matches.params import PanelParams
from service.matches.repository import Apart
from service.matches.towns import Town, points_json
from service.opinions.actions import Agreement
from service.opinions.repository import Opinion


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab: its address and whether it is the one shown."""

    label: str
    address: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Inside:
    """Who is already in the project."""

    name: str
    address: str
    leads: bool
    by_group: bool


@dataclass(frozen=True, slots=True)
class Hidden:
    """A firm that somebody's opinion hides here."""

    name: str
    address: str
    verdict: str
    by: str
    opinion: Opinion


@dataclass(frozen=True, slots=True)
class KeptApart:
    """A firm that is kept apart from this project."""

    name: str
    address: str
    by: str
    apart: Apart


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything that ``matches/panel.html`` shows.

    Attributes:
        base: address of the project's page.
        role: whose ranking it is.
        note: why there are no partners, or empty.
        n_worth, n_maybe, n_little: firms of these bands under the filters, listed or not.
        nobody_for: needs that nobody here seems to meet.
        n_eligible: firms that pass the filters.
        where: the region that is asked for, or empty.
        counts: what each filter took out, with the address that drops it.
        n_unfit: firms that staff sorted as *probably not*, or archived.
        cards: the list, best first.
        n_more: firms of these bands beyond the cards.
        picked: firms added by hand.
        nearest: the best of those that do not reach *Maybe*, when nobody does.
        n_ask, ask: firms that never said what a filter asks, and the best of them to ask.
        suggestions: what to do when the list is empty.
        agreement: how staff judged what was marked *Worth a call*.
        needs: id and words of what is looked for in this role.
        compared: firms set side by side.
        waiting: firms whose text is still being read.
    """

    project_id: str
    base: str
    role: Role
    params: PanelParams
    filters: Filters
    tabs: tuple[Tab, ...]
    note: str
    n_worth: int
    n_maybe: int
    n_little: int
    nobody_for: tuple[str, ...]
    n_eligible: int
    where: str
    origin: str
    counts: tuple[Count, ...]
    n_unfit: int
    cards: tuple[Card, ...]
    n_more: int
    picked: tuple[Card, ...]
    nearest: tuple[Card, ...]
    n_ask: int
    ask: tuple[Card, ...]
    already_in: tuple[Inside, ...]
    hidden: tuple[Hidden, ...]
    kept_apart: tuple[KeptApart, ...]
    suggestions: tuple[Suggestion, ...]
    agreement: Agreement
    needs: tuple[tuple[str, str], ...]
    covers: Covers | None
    towns: tuple[Town, ...]
    compared: tuple[Card, ...]
    waiting: int
    model: str
    snapshot: str

    @property
    def listed(self) -> tuple[Card, ...]:
        """Firms for a call list: those picked by hand after those that fit, each once."""
        ids = {card.firm_id for card in self.cards}
        return (*self.cards, *(card for card in self.picked if card.firm_id not in ids))

    @property
    def has_filters(self) -> bool:
        """Whether anything beside the chamber's region is asked."""
        asked = self.params
        named = asked.region is not None or asked.km is not None
        return named or bool(asked.certificate or asked.naics or asked.size or asked.member or asked.stated)

    @property
    def points(self) -> str:
        """The map's points."""
        return points_json(self.towns)

    def address(self, **changes: Any) -> str:  # noqa: ANN401 - values of its fields
        """This page with some answers changed."""
        return self.base + self.params.query(**changes)
