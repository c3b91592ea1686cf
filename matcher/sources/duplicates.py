"""Finds rows that may be one firm: the same website, or nearly the same name in the same town.

Only proposals: two branches of one company share a website, and staff decide.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import numpy as np
from rapidfuzz import fuzz, process

from matcher.sources.values import operating_name, plain
from matcher.types import Duplicate, Firm

LEAST_SIMILARITY = 92.0
MOST_FIRMS_A_HOST = 5
_LEGAL = frozenset(
    "inc incorporated incorporee ltd limited ltee limitee corp corporation co company cie compagnie llc llp lp ulc plc "
    "gmbh sa sarl senc sencrl srl enr enrg reg regd".split()
)
_EVERYBODYS_HOSTS = frozenset(
    "facebook.com linkedin.com ca.linkedin.com instagram.com twitter.com x.com youtube.com sites.google.com google.com "
    "google.ca yellowpages.ca pagesjaunes.ca canpages.ca kijiji.ca etsy.com amazon.ca ebay.ca linktr.ee wixsite.com "
    "weebly.com wordpress.com blogspot.com blogspot.ca shopify.com business.site".split()
)
_LINKS = frozenset("and the of for de du des la le les et a".split())
_RAREST_WORDS = 3
_PREFIX = 10


def normal_name(name: str) -> str:
    """Name for comparing: the trade name without legal form, accents, punctuation and case.

    Example:
        >>> normal_name("1234567 Ontario Inc. o/a Élan & Co. Machining Ltd."), normal_name("The A.F. Hall Company Limited")
        ('elan and co machining', 'af hall')
    """
    operating, _ = operating_name(name)
    # "A.F." and "A F" are the same initials.
    words = re.sub(r"\b(\w) (?=\w\b)", r"\1", plain(re.sub(r"[&+]", " and ", operating))).split()
    words = [w for w in words if w not in ("inc", "ltd", "ltee", "llc", "limited", "incorporated")] or words
    while len(words) > 1 and words[-1] in _LEGAL:
        words.pop()
    if len(words) > 1 and words[0] == "the":
        words.pop(0)
    return " ".join(words)


def website_host(website: str | None) -> str | None:
    """Host of a website without ``www.``, or None without one or when it is a host that everybody uses."""
    if not website:
        return None
    address = website.strip().casefold()
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname
    except ValueError:
        return None
    host = (host or "").removeprefix("www.").strip(".")
    shared = host in _EVERYBODYS_HOSTS or host.partition(".")[2] in _EVERYBODYS_HOSTS
    return None if "." not in host or shared else host


def _host_pairs(firms: Sequence[Firm], n_new: int) -> Iterable[tuple[int, int, str]]:
    by_host: dict[str, list[int]] = defaultdict(list)
    for position, firm in enumerate(firms):
        if host := website_host(firm.website):
            by_host[host].append(position)
    for host, positions in by_host.items():
        if len(positions) > MOST_FIRMS_A_HOST:
            continue
        for i, left in enumerate(positions):
            for right in positions[i + 1 :]:
                if left < n_new:
                    yield left, right, f"same website {host}"


def _blocks(names: Sequence[str]) -> Iterable[list[int]]:
    """Positions that share one of their rarest words or the beginning of the name: only these are compared."""
    words = [sorted(set(name.split())) for name in names]
    counts = Counter(word for found in words for word in found)
    blocks: dict[str, list[int]] = defaultdict(list)
    for position, found in enumerate(words):
        for word in sorted(found, key=lambda w: (counts[w], w))[:_RAREST_WORDS]:
            blocks[word].append(position)
        blocks["^" + names[position].replace(" ", "")[:_PREFIX]].append(position)
    return (block for _, block in sorted(blocks.items()) if len(block) > 1)


def _by_town(block: Sequence[int], towns: Sequence[str]) -> Iterable[tuple[list[int], list[int]]]:
    """Pairs of groups to compare: each town with itself, and what has no town with everything."""
    groups: dict[str, list[int]] = defaultdict(list)
    for position in block:
        groups[towns[position]].append(position)
    nowhere = groups.pop("", [])
    for group in groups.values():
        if len(group) > 1:
            yield group, group
    if nowhere:
        yield nowhere, list(block)


def _marks(name: str) -> list[str]:
    """Numbers and initials: "1234567 Ontario" and "1234568 Ontario" are alike in letters and are two companies."""
    return [word for word in name.split() if (len(word) <= 3 or not word.isalpha()) and word not in _LINKS]


def _name_pairs(firms: Sequence[Firm], n_new: int) -> Iterable[tuple[int, int, str]]:
    # Sorting the words first makes the plain ratio the token sort ratio, computed once a name and not once a pair.
    names = [" ".join(sorted(normal_name(firm.name).split())) for firm in firms]
    towns = [plain(firm.city or "") for firm in firms]
    marks = [_marks(name) for name in names]
    seen: set[tuple[int, int]] = set()
    for block in _blocks(names):
        for lefts, rights in _by_town(block, towns):
            if not any(p < n_new for p in lefts) and not any(p < n_new for p in rights):
                continue
            scores = process.cdist(
                [names[p] for p in lefts],
                [names[p] for p in rights],
                scorer=fuzz.ratio,
                score_cutoff=LEAST_SIMILARITY,
                dtype=np.float32,
            )
            for i, j in np.argwhere(scores > 0):
                left, right = sorted((lefts[i], rights[j]))
                if left == right or left >= n_new or (left, right) in seen or marks[left] != marks[right]:
                    continue
                seen.add((left, right))
                place = f"in {firms[left].city}" if towns[left] and towns[right] else "one has no town"
                likeness = "same name" if names[left] == names[right] else f"names {scores[i, j]:.0f} % alike"
                yield left, right, f"{likeness}, {place}"


def possible_duplicates(firms: Sequence[Firm], against: Sequence[Firm] = ()) -> list[Duplicate]:
    """Pairs of rows that may be one firm, among ``firms`` and between them and ``against``.

    Same website host (not one that everybody uses or more than 5 firms share), or a name that is at least 92 % alike,
    legal forms and the order of words left aside, with the same town or one town missing. Two names that hold
    different numbers or initials are two firms.

    Args:
        firms: the rows in question.
        against: stored firms; one with the id of a row in ``firms`` is that row and is left out.

    Returns:
        Each pair once, by ids; the first id is from ``firms``, the smaller one when both are.
    """
    unique = {firm.id: firm for firm in firms}
    own = [unique[key] for key in sorted(unique)]
    stored = {firm.id: firm for firm in against if firm.id not in unique}
    every = [*own, *(stored[key] for key in sorted(stored))]
    reasons: dict[tuple[int, int], list[str]] = defaultdict(list)
    for left, right, reason in _host_pairs(every, len(own)):
        reasons[left, right].append(reason)
    for left, right, reason in _name_pairs(every, len(own)):
        reasons[left, right].append(reason)
    return [
        Duplicate(every[left].id, every[right].id, "; ".join(reasons[left, right]))
        for left, right in sorted(reasons)
    ]
