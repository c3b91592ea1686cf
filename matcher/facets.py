"""What the filters read of a firm, as arrays by position, and the filters themselves.

Every filter has three outcomes: meets, fails, not stated.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.activity import activity_of
from matcher.places import Place, distance_km, find_place, matches_region
from matcher.types import Filters, Firm, FirmKind

MEETS, FAILS, NOT_STATED = 1, 0, -1
Outcome = NDArray[np.int8]
# A chamber or the funder may be entered as any kind of association: the name decides as well.
_NEVER = re.compile(
    r"chambers? of commerce|board of trade|chambre de commerce|next generation manufacturing canada|\bngen\b",
    re.IGNORECASE,
)
_CODE = re.compile(r"[^a-z0-9]+")


@functools.lru_cache(maxsize=65536)
def place_of(city: str | None, province: str | None, country: str | None, postal_code: str | None) -> Place | None:
    """The place of an address; remembered, since thousands of firms share a town."""
    return find_place(city, province, country, postal_code)


def is_never_candidate(firm: Firm) -> bool:
    """Whether a record is a chamber or the funder, which are never candidates."""
    if firm.kind in (FirmKind.CHAMBER, FirmKind.FUNDER):
        return True
    return firm.kind is FirmKind.ASSOCIATION and _NEVER.search(firm.name) is not None


def certificate_key(text: str) -> str:
    """A certificate's name without spaces, year and punctuation: "ISO 9001:2015" → "iso9001"."""
    return _CODE.sub("", re.sub(r"[:\-]\s*(?:19|20)\d\d\b", "", text.casefold()))


@dataclasses.dataclass(frozen=True)
class Facets:
    """Parallel tuples and arrays, one entry a firm position."""

    places: tuple[Place | None, ...]
    certificates: tuple[tuple[str, ...], ...]
    naics: tuple[tuple[str, ...], ...]
    employees: NDArray[np.int64]
    member: NDArray[np.int8]
    candidate: NDArray[np.int8]
    activity: NDArray[np.int8]

    @classmethod
    def of(cls, firms: Sequence[Firm]) -> Facets:
        """Read the facets of firms; -1 stands for not stated."""
        return cls(
            places=tuple(place_of(f.city, f.province, f.country, (f.postal_code or "")[:3] or None) for f in firms),
            certificates=tuple(tuple(certificate_key(c) for c in f.certifications) for f in firms),
            naics=tuple(f.naics for f in firms),
            employees=np.asarray([-1 if f.employees is None else f.employees for f in firms], dtype=np.int64),
            member=np.asarray([-1 if f.member is None else int(f.member) for f in firms], dtype=np.int8),
            candidate=np.asarray(
                [0 if is_never_candidate(f) else 2 if f.kind is FirmKind.ASSOCIATION else 1 for f in firms],
                dtype=np.int8,
            ),
            activity=np.asarray([activity_of(f) for f in firms], dtype=np.int8),
        )

    def followed_by(self, other: Facets) -> Facets:
        """These facets and then the other's."""
        if not len(other.employees):
            return self
        return Facets(
            self.places + other.places,
            self.certificates + other.certificates,
            self.naics + other.naics,
            np.concatenate([self.employees, other.employees]),
            np.concatenate([self.member, other.member]),
            np.concatenate([self.candidate, other.candidate]),
            np.concatenate([self.activity, other.activity]),
        )


def _by_place(facets: Facets, decide: object) -> Outcome:
    assert callable(decide)
    known: dict[int, int] = {}
    result = np.empty(len(facets.places), dtype=np.int8)
    for i, place in enumerate(facets.places):
        key = id(place)
        if key not in known:
            verdict = decide(place)
            known[key] = NOT_STATED if verdict is None else int(verdict)
        result[i] = known[key]
    return result


def _within(place: Place | None, origin: Place | None, limit: float) -> bool | None:
    distance = distance_km(place, origin)
    return None if distance is None else distance <= limit


def _size(facets: Facets, least: int | None, most: int | None) -> Outcome:
    known = facets.employees
    fits = (known >= (least or 0)) & (known <= (np.iinfo(np.int64).max if most is None else most))
    return np.where(known < 0, NOT_STATED, fits).astype(np.int8)


def certificate_outcome(facets: Facets, wanted: str) -> Outcome:
    """Meets or not stated: a certificate that a profile does not list is unknown, never absent."""
    key = certificate_key(wanted)
    return np.asarray(
        [MEETS if any(key in c for c in stated) else NOT_STATED for stated in facets.certificates],
        dtype=np.int8,
    )


def naics_outcome(facets: Facets, code: str) -> Outcome:
    """Meets where a stated code begins with ``code``; a firm that states none is not stated."""
    if not re.fullmatch(r"\d{2,6}", code):
        raise ValueError(f"naics is {code!r}, expected 2 to 6 digits")
    return np.asarray(
        [NOT_STATED if not stated else int(any(v.startswith(code) for v in stated)) for stated in facets.naics],
        dtype=np.int8,
    )


def outcomes(facets: Facets, filters: Filters, origin: Place | None) -> list[tuple[str, Outcome]]:
    """What each filter that is set says of each firm.

    Args:
        facets: of the firms.
        filters: what is asked.
        origin: place that distances count from.

    Returns:
        (name of the filter, int8 (n_positions,) of MEETS, FAILS, NOT_STATED), in the order they run.

    Raises:
        ValueError: a region that is not known, or a distance or size that makes no sense.
    """
    found: list[tuple[str, Outcome]] = []
    if filters.region is not None:
        wanted = filters.region
        matches_region(None, wanted)  # refuses an unknown name even when there is no firm
        found.append(("region", _by_place(facets, lambda place: matches_region(place, wanted))))
    if filters.within_km is not None:
        limit = filters.within_km
        if not limit >= 0:
            raise ValueError(f"within_km is {limit}, expected a distance of at least 0 km")
        found.append(("within_km", _by_place(facets, lambda place: _within(place, origin, limit))))
    if filters.certification is not None:
        if not certificate_key(filters.certification):
            raise ValueError(f"certification is {filters.certification!r}, expected a name such as 'ISO 9001'")
        found.append(("certification", certificate_outcome(facets, filters.certification)))
    if filters.naics is not None:
        found.append(("naics", naics_outcome(facets, filters.naics)))
    if filters.size is not None:
        least, most = filters.size
        if least is not None and most is not None and least > most:
            raise ValueError(f"size is {least} to {most}, expected the smaller number first")
        found.append(("size", _size(facets, least, most)))
    if filters.member is not None:
        member = facets.member
        fits = member == int(filters.member)
        found.append(("membership", np.where(member < 0, NOT_STATED, fits).astype(np.int8)))
    return found
