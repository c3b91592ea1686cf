"""Who was left out of a list and why, and what to do when nobody is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matcher import Filters, MatchResult, matches_region
from service.matches import words
from service.matches.params import PanelParams
from service.words import _, ngettext

# The fields of an address that say nothing of a filter any more, by filter.
DROP: dict[str, dict[str, Any]] = {
    "region": {"region": ""},
    "within_km": {"km": None},
    "certification": {"certificate": ""},
    "naics": {"naics": ""},
    "size": {"size": ""},
    "membership": {"member": ""},
}


@dataclass(frozen=True, slots=True)
class Count:
    """What one filter did.

    Attributes:
        filter: its name.
        removed: how many it took out, in words; empty for none.
        unstated: how many never said what it asks, in words; empty for none.
        drop: query string without it.
        n: firms that it took out.
    """

    filter: str
    removed: str
    unstated: str
    drop: str
    n: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What to do next: words and an address."""

    text: str
    address: str


def known_region(region: str | None) -> str | None:
    """The chamber's region if the library knows it; a made-up one would filter everybody out."""
    try:
        matches_region(None, region or "")
    except ValueError:
        return None
    return region


def counts_of(result: MatchResult, params: PanelParams, filters: Filters) -> tuple[Count, ...]:
    """What each filter that is set did, in the order they ran."""
    return tuple(
        Count(
            filter=one.filter,
            removed=words.removed_words(one, filters, result.distance_from or "") if one.n_fails else "",
            unstated=words.unstated_words(one, filters) if one.n_not_stated else "",
            drop=params.query(**DROP[one.filter]),
            n=one.n_fails,
        )
        for one in result.removed
        if one.filter in DROP
    )


def suggestions_of(
    base: str, counts: tuple[Count, ...], *, n_firms: int, n_ask: int, n_little: int
) -> tuple[Suggestion, ...]:
    """What to do when nobody fits, the most promising first."""
    found = []
    for one in sorted(counts, key=lambda one: -one.n):
        if one.n and one.filter == "region":
            found.append(Suggestion(_("Look everywhere, not only in this region"), base + one.drop))
        elif one.n:
            found.append(Suggestion(_("Leave this filter out: %(words)s", words=one.removed), base + one.drop))
    if n_ask:
        text = ngettext("Ask the %(num)s firm that never said", "Ask the %(num)s firms that never said", n_ask)
        found.append(Suggestion(text, "#ask"))
    if n_little:
        text = ngettext(
            "Call the %(num)s firm that we know too little about",
            "Call some of the %(num)s firms that we know too little about", n_little,
        )  # fmt: skip
        found.append(Suggestion(text, "/firms/learn"))
    if not n_firms and not found:
        found.append(Suggestion(_("Bring in your list of members"), "/imports/new"))
    found.append(Suggestion(_("Write down what they need in other words"), "#needs"))
    return tuple(found[:4])
