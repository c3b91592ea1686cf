"""What the filters read of a firm, as arrays by position, and the filters themselves.

Every filter has three outcomes: meets, fails, not stated.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import inspect
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

from matcher.activity import activity_of
from matcher.passages import firm_passages
from matcher.places import Place, distance_km, find_place, matches_region
from matcher.sources.duplicates import host_of, normal_name
from matcher.types import Filters, Firm, FirmKind

MEETS, FAILS, NOT_STATED = 1, 0, -1
Outcome = NDArray[np.int8]
# A chamber or the funder may be entered as any kind of association: the name decides as well.
_NEVER = re.compile(
    r"chambers? of commerce|board of trade|chambre de commerce|next generation manufacturing canada|\bngen\b",
    re.IGNORECASE,
)
_CODE = re.compile(r"[^a-z0-9]+")
# Sites where anybody has a page: sharing one does not make two firms a group.
_PORTALS = frozenset(
    f"{name}.com" for name in ("facebook", "instagram", "linkedin", "twitter", "x", "youtube", "sites.google", "wix")
) | {"linkedin.ca", "ca.linkedin.com", "canada411.ca", "yellowpages.ca", "pagesjaunes.ca"}


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


def kin_keys(firm: Firm) -> tuple[int, int, int]:
    """Keys of a firm's name, website and group: firms of one group share one of them; 0 is not stated."""
    host = host_of(firm.website)
    return (
        name_key(firm.name),
        0 if host is None or host in _PORTALS else _key(host),
        _key(firm.group.casefold()) if firm.group else 0,
    )


def name_key(name: str) -> int:
    """Key of a firm's name without legal form, case and accents."""
    return _key(normal_name(name))


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


@dataclasses.dataclass(frozen=True, slots=True)
class FirmFacets:
    """What filters read of one firm; -1 stands for not stated."""

    place: Place | None
    certificates: tuple[str, ...]
    naics: tuple[str, ...]
    numbers: tuple[int, int, int, int]
    kin: tuple[int, int, int]
    things: tuple[str, ...]

    @classmethod
    def of(cls, firm: Firm) -> FirmFacets:
        """Read the facets of a firm."""
        from matcher.capabilities import things_in  # with the vocabulary, which who only filters does not need

        employees = -1 if firm.employees is None else firm.employees
        member = -1 if firm.member is None else int(firm.member)
        candidate = 0 if is_never_candidate(firm) else 2 if firm.kind is FirmKind.ASSOCIATION else 1
        return cls(
            place_of(firm.city, firm.province, firm.country, (firm.postal_code or "")[:3] or None),
            tuple(certificate_key(text) for text in firm.certifications),
            firm.naics,
            (employees, member, candidate, int(activity_of(firm))),
            kin_keys(firm),
            tuple(sorted(frozenset().union(*(things_in(passage.text) for passage in firm_passages(firm))))),
        )


@dataclasses.dataclass(frozen=True)
class Labels:
    """A few labels of each firm: pairs of (firm, label), and whether a firm has any.

    Attributes:
        names: the labels that occur.
        firm: int32 (n_pairs,), position of the firm.
        label: int32 (n_pairs,), position in ``names``.
        n_firms: how many firms there are.
    """

    names: tuple[str, ...]
    firm: NDArray[np.int32]
    label: NDArray[np.int32]
    n_firms: int

    @classmethod
    def of(cls, labels: Sequence[Sequence[str]]) -> Labels:
        """Number the labels of firms."""
        known: dict[str, int] = {}
        pairs = [(i, known.setdefault(label, len(known))) for i, row in enumerate(labels) for label in row]
        table = np.asarray(pairs, dtype=np.int32).reshape(-1, 2)
        return cls(tuple(known), table[:, 0].copy(), table[:, 1].copy(), len(labels))

    def followed_by(self, other: Labels) -> Labels:
        """These and then the other's."""
        return Labels(
            self.names + other.names,
            np.concatenate([self.firm, other.firm + np.int32(self.n_firms)]),
            np.concatenate([self.label, other.label + np.int32(len(self.names))]),
            self.n_firms + other.n_firms,
        )

    def counts(self, wanted: Collection[str]) -> NDArray[np.int64]:
        """int64 (n_firms,), how many of some labels each firm has."""
        good = np.fromiter((name in wanted for name in self.names), dtype=bool, count=len(self.names))
        return np.bincount(self.firm[good[self.label]], minlength=self.n_firms)

    @functools.cached_property
    def n_labels(self) -> NDArray[np.int64]:
        """int64 (n_firms,), how many labels each firm has."""
        return np.bincount(self.firm, minlength=self.n_firms)

    def having(self, accepts: Callable[[str], bool]) -> NDArray[np.bool_]:
        """Bool (n_firms,): whether a firm has a label that is accepted; each label is looked at once."""
        good = np.fromiter((accepts(name) for name in self.names), dtype=bool, count=len(self.names))
        found = np.zeros(self.n_firms, dtype=bool)
        found[self.firm[good[self.label]]] = True
        return found


@dataclasses.dataclass(frozen=True)
class Facets:
    """Parallel arrays, one entry a firm position; -1 stands for not stated.

    Attributes:
        places: the places that occur.
        place: int32 (n_firms,), position in ``places``.
        certificates: certificates by :func:`certificate_key`.
        naics: industry codes.
        employees: int64 (n_firms,).
        member: int8 (n_firms,), 1 is yes.
        candidate: int8 (n_firms,), 0 is never, 2 an association.
        activity: int8 (n_firms,), of :class:`matcher.activity.Activity`.
        kin: uint64 (n_firms, 3), :func:`kin_keys`.
        things: what a firm's passages name of the vocabulary, by :func:`matcher.capabilities.things_in`; no filter
            reads it, the score does.
    """

    places: tuple[Place, ...]
    place: NDArray[np.int32]
    certificates: Labels
    naics: Labels
    employees: NDArray[np.int64]
    member: NDArray[np.int8]
    candidate: NDArray[np.int8]
    activity: NDArray[np.int8]
    kin: NDArray[np.uint64]
    things: Labels

    @classmethod
    def of(cls, firms: Iterable[Firm]) -> Facets:
        """Read the facets of firms."""
        return cls.joined([FirmFacets.of(firm) for firm in firms])

    @classmethod
    def joined(cls, rows: Sequence[FirmFacets]) -> Facets:
        """The facets of firms that were read one by one."""
        places: dict[Place, int] = {}
        place = [-1 if row.place is None else places.setdefault(row.place, len(places)) for row in rows]
        numbers = np.asarray([row.numbers for row in rows], dtype=np.int64).reshape(-1, 4)
        return cls(
            places=tuple(places),
            place=np.asarray(place, dtype=np.int32),
            certificates=Labels.of([row.certificates for row in rows]),
            naics=Labels.of([row.naics for row in rows]),
            employees=numbers[:, 0].copy(),
            member=numbers[:, 1].astype(np.int8),
            candidate=numbers[:, 2].astype(np.int8),
            activity=numbers[:, 3].astype(np.int8),
            kin=np.asarray([row.kin for row in rows], dtype=np.uint64).reshape(-1, 3),
            things=Labels.of([row.things for row in rows]),
        )

    def followed_by(self, other: Facets) -> Facets:
        """These facets and then the other's."""
        if not len(other.employees):
            return self
        shifted = np.where(other.place < 0, -1, other.place + len(self.places)).astype(np.int32)
        return Facets(
            self.places + other.places,
            np.concatenate([self.place, shifted]),
            self.certificates.followed_by(other.certificates),
            self.naics.followed_by(other.naics),
            np.concatenate([self.employees, other.employees]),
            np.concatenate([self.member, other.member]),
            np.concatenate([self.candidate, other.candidate]),
            np.concatenate([self.activity, other.activity]),
            np.concatenate([self.kin, other.kin]),
            self.things.followed_by(other.things),
        )

    def place_at(self, position: int) -> Place | None:
        """Place of the firm at a position."""
        row = int(self.place[position])
        return None if row < 0 else self.places[row]

    def kin_of(self, positions: Sequence[int], names: Iterable[str]) -> NDArray[np.int64]:
        """Positions of firms that share the name, website or group of some firms, or have one of some names."""
        same = np.zeros(len(self.kin), dtype=bool)
        wanted = self.kin[np.asarray(positions, dtype=np.int64)]
        by_name = np.asarray([name_key(name) for name in names], dtype=np.uint64)
        for column in range(3):
            keys = wanted[:, column] if column else np.concatenate([wanted[:, column], by_name])
            keys = keys[keys != 0]
            if len(keys):
                same |= np.isin(self.kin[:, column], keys)
        return np.flatnonzero(same)

    def save(self, folder: Path) -> None:
        """Write the facets into a folder, as arrays and JSON."""
        np.savez(
            folder / "facets.npz",
            place=self.place,
            certificate_firm=self.certificates.firm,
            certificate=self.certificates.label,
            naics_firm=self.naics.firm,
            naics=self.naics.label,
            employees=self.employees,
            member=self.member,
            candidate=self.candidate,
            activity=self.activity,
            kin=self.kin,
            thing_firm=self.things.firm,
            thing=self.things.label,
        )
        names = {
            "fingerprint": fingerprint(),
            "places": [dataclasses.astuple(place) for place in self.places],
            "certificates": self.certificates.names,
            "naics": self.naics.names,
            "things": self.things.names,
        }
        (folder / "facets.json").write_bytes(orjson.dumps(names))

    @classmethod
    def load(cls, folder: Path) -> Facets | None:
        """Read facets that :meth:`save` wrote; None if the code that reads them from firms has changed since."""
        names = orjson.loads((folder / "facets.json").read_bytes())
        if names["fingerprint"] != fingerprint():
            return None
        with np.load(folder / "facets.npz") as file:
            arrays = dict(file)
        n_firms = len(arrays["place"])
        return cls(
            places=tuple(Place(*row) for row in names["places"]),
            place=arrays["place"],
            certificates=Labels(
                tuple(names["certificates"]), arrays["certificate_firm"], arrays["certificate"], n_firms
            ),
            naics=Labels(tuple(names["naics"]), arrays["naics_firm"], arrays["naics"], n_firms),
            things=Labels(tuple(names["things"]), arrays["thing_firm"], arrays["thing"], n_firms),
            **{name: arrays[name] for name in ("employees", "member", "candidate", "activity", "kin")},
        )


@functools.cache
def fingerprint() -> str:
    """What the stored facets depend on beside the firms: the rules of this version, by the text of their modules."""
    from matcher.capabilities import shipped_finder, things_in

    digest = hashlib.sha256()
    for rule in (activity_of, find_place, normal_name, certificate_key, things_in, firm_passages):
        digest.update(Path(inspect.getfile(inspect.unwrap(rule))).read_bytes())
    for concept in sorted(shipped_finder().vocabulary.concepts.values(), key=lambda concept: concept.id):
        digest.update(repr((concept.id, concept.kind, concept.en, concept.fr)).encode())
    return digest.hexdigest()


def _by_place(facets: Facets, decide: Callable[[Place | None], bool | None]) -> Outcome:
    verdicts = [decide(place) for place in (*facets.places, None)]  # position -1 is the last: no place
    table = np.asarray([NOT_STATED if verdict is None else int(verdict) for verdict in verdicts], dtype=np.int8)
    return table[facets.place]


@functools.lru_cache(maxsize=65536)
def _in_region(place: Place | None, wanted: str) -> bool | None:
    """As :func:`matches_region`; remembered, since the same regions are asked for again and again."""
    return matches_region(place, wanted)


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
    return np.where(facets.certificates.having(lambda name: key in name), MEETS, NOT_STATED).astype(np.int8)


def naics_outcome(facets: Facets, code: str) -> Outcome:
    """Meets where a stated code begins with ``code``; a firm that states none is not stated."""
    if not re.fullmatch(r"\d{2,6}", code):
        raise ValueError(f"naics is {code!r}, expected 2 to 6 digits")
    fits = facets.naics.having(lambda name: name.startswith(code))
    return np.where(facets.naics.having(lambda name: True), fits, NOT_STATED).astype(np.int8)


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
        found.append(("region", _by_place(facets, lambda place: _in_region(place, wanted))))
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
