"""What the address of a project's matches says: role, view, filters, order. It can be shared as it is."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from matcher import Filters, Role, UnknownPolicy, matches_region
from service.words import _

VIEWS = ("list", "covers", "map", "compare")
MOST_COMPARED = 4
# What may be preferred, and how much: 0 is not at all. It orders firms inside a band, and moves nothing else.
WEIGHTS = ("near", "members", "small")
MOST_WEIGHT = 3
_SIZE = re.compile(r"\d{0,7}-\d{0,7}")


class Query(Protocol):
    """A query string, as Starlette reads it."""

    def get(self, key: str) -> str | None:
        """The value of a name."""

    def getlist(self, key: str) -> list[str]:
        """All values of a name."""


@dataclass(frozen=True, slots=True)
class PanelParams:
    """What is asked of a project's matches.

    Attributes:
        role: which ranking; None takes suppliers.
        view: one of ``VIEWS``.
        region: region or town; empty is anywhere, None is the chamber's region.
        km: largest distance, town to town.
        certificate: that must be stated.
        naics: industry code or its beginning.
        size: headcount, such as ``10-49``, ``10-`` or ``-49``.
        member: ``yes``, ``no``, or empty for both.
        stated: only firms that stated what the filters ask.
        show_all: every firm that is worth listing, not only the first.
        compare: ids of firms to set side by side.
        done: id of what was just said of a firm, shown with a way to take it back.
        weights: by name of ``WEIGHTS``, those above 0.
        faults: what was typed and makes no sense, by field; it filters nothing.
        typed: what was typed into these fields.
    """

    role: Role | None = None
    view: str = "list"
    region: str | None = None
    km: float | None = None
    certificate: str = ""
    naics: str = ""
    size: str = ""
    member: str = ""
    stated: bool = False
    show_all: bool = False
    compare: tuple[str, ...] = ()
    done: str = ""
    weights: Mapping[str, int] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_query(cls, query: Query) -> PanelParams:
        """Read an address; what makes no sense is noted beside its field, and the rest counts."""
        given = {name: (query.get(name) or "").replace("\0", "").strip()[:100] for name in _NAMES}
        faults: dict[str, str] = {}
        role = given["role"]
        view = given["view"]
        return cls(
            role=Role(role) if role in list(Role) else None,
            view=view if view in VIEWS else "list",
            region=None if query.get("region") is None else _region(given["region"], faults),
            km=_km(given["km"], faults),
            certificate=_certificate(given["certificate"], faults),
            naics=_naics(given["naics"], faults),
            size=_size(given["size"], faults),
            member=given["member"] if given["member"] in ("yes", "no") else "",
            stated=given["stated"] == "yes",
            show_all=given["show"] == "all",
            compare=tuple(dict.fromkeys(query.getlist("compare")))[:MOST_COMPARED],
            done=given["done"],
            weights={name: n for name in WEIGHTS if (n := _weight(given[name]))},
            faults=faults,
            typed={name: given[name] for name in faults},
        )

    def filters(self, region: str | None) -> Filters:
        """As the library takes them.

        Args:
            region: the chamber's, for an address that names none.
        """
        least, _dash, most = self.size.partition("-")
        return Filters(
            region=(region if self.region is None else self.region) or None,
            within_km=self.km,
            certification=self.certificate or None,
            naics=self.naics or None,
            size=(int(least) if least else None, int(most) if most else None) if self.size else None,
            member={"yes": True, "no": False}.get(self.member),
            unknown=UnknownPolicy.EXCLUDE if self.stated else UnknownPolicy.INCLUDE,
        )

    def query(self, **changes: Any) -> str:  # noqa: ANN401 - values of its fields
        """The same question with some answers changed, as a query string with its question mark; empty for none."""
        kept = replace(self, **changes).pairs()
        return f"?{urlencode(kept)}" if kept else ""

    def pairs(self, *but: str) -> list[tuple[str, str]]:
        """Names and values of the address but some, as the hidden fields of a form have them."""
        pairs: list[tuple[str, str]] = [
            ("role", self.role.value if self.role else ""),
            ("view", "" if self.view == "list" else self.view),
            ("km", "" if self.km is None else f"{self.km:g}"),
            ("certificate", self.certificate),
            ("naics", self.naics),
            ("size", self.size),
            ("member", self.member),
            ("stated", "yes" if self.stated else ""),
            ("show", "all" if self.show_all else ""),
            *((name, str(weight)) for name, weight in self.weights.items()),
            *(("compare", firm_id) for firm_id in self.compare),
        ]
        kept = [(name, value) for name, value in pairs if value]
        if self.region is not None:  # an empty one says anywhere
            kept.append(("region", self.region))
        return [(name, value) for name, value in kept if name not in but]

    def value(self, name: str) -> str:
        """What stands in a field of the filters, as it was typed if it makes no sense."""
        if name in self.typed:
            return self.typed[name]
        found = getattr(self, name)
        return "" if found is None else f"{found:g}" if isinstance(found, float) else str(found)


def with_done(address: str, key: str) -> str:
    """A project's page that begins with what was just done, and a way to take it back."""
    parts = urlsplit(address)
    query = re.sub(r"(^|&)done=[^&]*", "", parts.query).lstrip("&")
    return f"{parts.path}?{query}{'&' if query else ''}done={key}#matches"


_NAMES = (
    "role", "view", "region", "km", "certificate", "naics", "size", "member", "stated", "show", "done", *WEIGHTS,
)  # fmt: skip


def _region(given: str, faults: dict[str, str]) -> str | None:
    if given:
        try:
            matches_region(None, given)
        except ValueError:
            faults["region"] = _("We know no region or town of this name. Leave it empty for anywhere.")
            return None
    return given


def _km(given: str, faults: dict[str, str]) -> float | None:
    plain = given.replace(",", ".").removesuffix("km").strip()
    if not plain:
        return None
    try:
        km = float(plain)
    except ValueError:
        km = math.nan
    if not 0 <= km <= 20_000:
        faults["km"] = _("Write a number of kilometres, such as 30.")
        return None
    return km


def _certificate(given: str, faults: dict[str, str]) -> str:
    if given and not any(letter.isascii() and letter.isalnum() for letter in given):
        faults["certificate"] = _("Write the name of a certificate, such as ISO 9001.")
        return ""
    return given


def _naics(given: str, faults: dict[str, str]) -> str:
    if given and not re.fullmatch(r"[0-9]{2,6}", given):
        faults["naics"] = _("Write 2 to 6 digits, such as 3327.")
        return ""
    return given


def _size(given: str, faults: dict[str, str]) -> str:
    plain = re.sub(r"[\s–]+", "-", given) if "–" in given else given.replace(" ", "")
    if not plain or plain == "-":
        return ""
    least, _dash, most = plain.partition("-")
    backwards = least.isdigit() and most.isdigit() and int(least) > int(most)
    if not _SIZE.fullmatch(plain) or backwards:
        faults["size"] = _("Write how many people, the smaller number first: 10-49, 50- or -9.")
        return ""
    return plain


def _weight(given: str) -> int:
    return int(given) if given.isdigit() and int(given) <= MOST_WEIGHT else 0
