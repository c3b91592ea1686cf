"""Rows that may be one firm: the same website, or a close name in the same town.

The rule for names: with legal forms and "o/a" left out, both begin with the same word, the words sorted are at least
92 % alike, and the firms stand in the same town or one states none. (Tried on 36,659 profiles: without the same
first word ten more pairs are found, all of them different firms, such as "ID Technology" and "IC Technology".)
Every pair that the rule allows is compared: firms are grouped by first word and town, sorted by length of name, and
compared in blocks by ``rapidfuzz``, so that a group of thousands takes seconds.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np
from rapidfuzz import fuzz, process

from matcher.places import find_place, fold
from matcher.types import Duplicate, Firm

_LEGAL = re.compile(
    r"\b(?:inc|incorporated|ltd|limited|ltee|limitee|corp|corporation|co|company|llc|llp|lp|ulc|gmbh|the|"
    r"enr|senc|canada|of canada)\b"
)
_AS = re.compile(r"\b(?:o/a|operating as|doing business as|dba|d/b/a)\b", re.IGNORECASE)
_HOST = re.compile(r"^(?:https?://)?(?:www\d?\.)?([^/:?#\s]+)", re.IGNORECASE)
SHARED_HOST = 5
CLOSE_NAME = 92.0
_ROWS = 256


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


@functools.lru_cache(maxsize=65536)
def _town(city: str) -> str:
    """A town for comparing, villages folded to their municipality; "" when none is stated."""
    place = find_place(city)
    return fold(place.municipality if place else city)


def same_firm(one: Firm, other: Firm) -> bool:
    """Whether two firms have a close name and their towns do not speak against it: the plain rule."""
    towns = {_town(firm.city or "") for firm in (one, other)} - {""}
    first, second = normal_name(one.name), normal_name(other.name)
    if len(towns) > 1 or first.split()[:1] != second.split()[:1] or not first:
        return False
    return fuzz.token_sort_ratio(first, second) >= CLOSE_NAME


def possible_duplicates(firms: Sequence[Firm], against: Sequence[Firm] = ()) -> list[Duplicate]:
    """Pairs that may be one firm, with the reason, ordered by id.

    A website that more than five firms give is a portal and not a firm's own: it is no reason.

    Args:
        firms: rows just read.
        against: rows that were there before; pairs among them alone are not reported.
    """
    new = {firm.id for firm in firms}
    if not new:
        return []
    everyone = list({firm.id: firm for firm in (*against, *firms)}.values())
    is_new = [firm.id in new for firm in everyone]
    found: dict[tuple[str, str], str] = {}
    for reason, pairs in (
        ("same website", _same_site(everyone)),
        ("close name and place", _close_names(everyone, is_new)),
    ):
        for one, other in pairs:
            if is_new[one] or is_new[other]:
                first, second = sorted((everyone[one].id, everyone[other].id))
                found.setdefault((first, second), reason)
    return [Duplicate(a, b, reason) for (a, b), reason in sorted(found.items())]


def _same_site(firms: Sequence[Firm]) -> Iterator[tuple[int, int]]:
    by_host: dict[str, list[int]] = defaultdict(list)
    for position, firm in enumerate(firms):
        if host := host_of(firm.website):
            by_host[host].append(position)
    for members in by_host.values():
        if len(members) <= SHARED_HOST:
            yield from combinations(members, 2)


def _close_names(firms: Sequence[Firm], is_new: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Pairs with a close name, at least one of them new, in towns that do not speak against it."""
    plain = [normal_name(firm.name).split() for firm in firms]
    # The words sorted, as token_sort_ratio does, so that the plain ratio of two is enough.
    names = [" ".join(sorted(words)) for words in plain]
    by_word: dict[str, list[int]] = defaultdict(list)
    for position in sorted(range(len(firms)), key=lambda i: len(names[i])):
        if plain[position]:
            by_word[plain[position][0]].append(position)
    for members in by_word.values():
        if len(members) > 1 and any(is_new[i] for i in members):
            for rows, columns in _by_town(members, firms):
                for one, other in _close_in_block([i for i in rows if is_new[i]], columns, names):
                    if one != other:
                        yield one, other


def _by_town(members: Sequence[int], firms: Sequence[Firm]) -> Iterable[tuple[Sequence[int], Sequence[int]]]:
    """Blocks of rows and columns to compare: each town with itself, and those that state none with all."""
    towns: dict[str, list[int]] = defaultdict(list)
    for position in members:
        towns[_town(firms[position].city or "")].append(position)
    nowhere = towns.pop("", [])
    blocks: list[tuple[Sequence[int], Sequence[int]]] = [(town, town) for town in towns.values() if len(town) > 1]
    return [*blocks, (nowhere, members), (members, nowhere)] if nowhere else blocks


def _close_in_block(rows: Sequence[int], columns: Sequence[int], names: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of a row and a column whose names are close; both are sorted by length of name."""
    lengths = [len(names[i]) for i in columns]
    # Names of lengths a <= b are at most 2a / (a + b) alike, so that only columns of about a row's length can be close.
    factor = (200 - CLOSE_NAME) / CLOSE_NAME
    for start in range(0, len(rows), _ROWS):
        part = rows[start : start + _ROWS]
        first = bisect_left(lengths, len(names[part[0]]) / factor)
        last = bisect_right(lengths, len(names[part[-1]]) * factor)
        near = columns[first:last]
        if not near:
            continue
        ratios = process.cdist(
            [names[i] for i in part], [names[i] for i in near], scorer=fuzz.ratio, score_cutoff=CLOSE_NAME
        )
        for row, column in np.argwhere(ratios >= CLOSE_NAME):
            yield part[row], near[column]
