"""Rows that may be one firm: the same website, or a close name in the same town."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence

from rapidfuzz import fuzz

from matcher.types import Duplicate, Firm

_LEGAL = re.compile(
    r"\b(?:inc|incorporated|ltd|limited|ltee|limitee|corp|corporation|co|company|llc|llp|lp|ulc|gmbh|the|"
    r"enr|senc|canada|of canada)\b"
)
_AS = re.compile(r"\b(?:o/a|operating as|doing business as|dba|d/b/a)\b", re.IGNORECASE)
_HOST = re.compile(r"^(?:https?://)?(?:www\d?\.)?([^/:?#\s]+)", re.IGNORECASE)
SHARED_HOST = 5
CLOSE_NAME = 92.0


@functools.lru_cache(maxsize=131072)
def normal_name(name: str) -> str:
    """A firm's name for comparing: no legal form, accents, case and punctuation; the part after "o/a"."""
    name = _AS.split(name)[-1]
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    plain = re.sub(r"[^a-z0-9]+", " ", plain.replace("&", " and "))
    return " ".join(_LEGAL.sub(" ", plain).split()) or plain.strip()


def host_of(website: str | None) -> str | None:
    """Host of a website without "www", or None."""
    mark = _HOST.match((website or "").strip())
    return mark.group(1).casefold() if mark and "." in mark.group(1) else None


def possible_duplicates(firms: Sequence[Firm], against: Sequence[Firm] = ()) -> list[Duplicate]:
    """Pairs that may be one firm, with the reason, ordered by id.

    Args:
        firms: rows just read.
        against: rows that were there before; pairs among them alone are not reported.
    """
    new = {firm.id for firm in firms}
    everyone = {firm.id: firm for firm in (*against, *firms)}
    blocks: dict[str, list[Firm]] = defaultdict(list)
    for firm in everyone.values():
        if host := host_of(firm.website):
            blocks[f"host {host}"].append(firm)
        if name := normal_name(firm.name):
            blocks[f"name {name.split()[0]}"].append(firm)
    found: dict[tuple[str, str], str] = {}
    for key, members in blocks.items():
        if key.startswith("host") and len(members) > SHARED_HOST:
            continue  # a portal, not a firm's own site
        for i, one in enumerate(members):
            for other in members[i + 1 :]:
                if one.id in new or other.id in new:
                    reason = "same website" if key.startswith("host") else _same_name(one, other)
                    if reason:
                        first, second = sorted((one.id, other.id))
                        found.setdefault((first, second), reason)
    return [Duplicate(a, b, reason) for (a, b), reason in sorted(found.items())]


def _same_name(one: Firm, other: Firm) -> str | None:
    towns = {(firm.city or "").casefold() for firm in (one, other)} - {""}
    if len(towns) > 1:
        return None
    close = fuzz.token_sort_ratio(normal_name(one.name), normal_name(other.name))
    return "close name and place" if close >= CLOSE_NAME else None
