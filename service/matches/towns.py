"""Where the firms of a list are, town by town: the list under the map, and the map's points."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from matcher import Band, Firm, find_place
from service.matches.cards import Card
from service.words import _, ngettext


@dataclass(frozen=True, slots=True)
class Town:
    """Firms of one municipality; ``lat`` and ``lon`` are None where no table knows it."""

    name: str
    lat: float | None
    lon: float | None
    cards: tuple[Card, ...]

    @property
    def anchor(self) -> str:
        """Where the list has it."""
        return "town-" + "-".join(self.name.lower().split())


def towns_of(placed: Sequence[tuple[Card, Firm]]) -> tuple[Town, ...]:
    """Towns in the order of their best firm; firms whose town is not known come last."""
    found: dict[tuple[str, float | None, float | None], list[Card]] = {}
    for card, firm in placed:
        place = find_place(firm.city, firm.province, firm.country, firm.postal_code)
        key = (place.municipality, place.lat, place.lon) if place else (firm.city or "", None, None)
        found.setdefault(key, []).append(card)
    towns = [Town(name or _("Town not known"), lat, lon, tuple(cards)) for (name, lat, lon), cards in found.items()]
    return tuple(sorted(towns, key=lambda town: town.lat is None))


def points_json(towns: Sequence[Town]) -> str:
    """The map's points, each leading to its town in the list below."""
    return json.dumps(
        [
            {
                "lat": town.lat, "lon": town.lon, "href": f"#{town.anchor}",
                "label": f"{town.name}: {ngettext('%(num)s firm', '%(num)s firms', len(town.cards))}",
                "band": "call" if any(c.band == Band.WORTH_A_CALL for c in town.cards) else "maybe",
            }
            for town in towns
            if town.lat is not None
        ]
    )  # fmt: skip
