"""Is this project here already? Titles and words compared; pure.

Two projects are alike when their titles are nearly the same or one is the other cut short, or when most of what the
shorter text says stands in the other, where a word counts the more the fewer projects use it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from matcher import Project
from service.records import fold_text

SAME_TITLE = 80
SAME_WORDS = 0.6
LEAST_TITLE_WORDS = 3
# A text of fewer different words than this is like many others by chance.
LEAST_WORDS = 12
MOST = 3
_WORD = re.compile(r"[^\W_]{4,}")


@dataclass(frozen=True, slots=True)
class Text:
    """The words of a project that is here."""

    project: Project
    description: str
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Similar:
    """A project that may be the same; ``reason`` is ``title`` or ``words``."""

    project: Project
    reason: str
    likeness: float


def find_similar(new: Text, others: Sequence[Text]) -> list[Similar]:
    """Projects that may be the same as a new one, the most alike first, at most three."""
    bags = [_words(other) for other in others]
    frequency = Counter(word for bag in bags for word in bag)
    weight = {word: math.log((len(others) + 1) / (n + 0.5)) for word, n in frequency.items()}
    rare = math.log((len(others) + 1) / 0.5)
    mine = _words(new)
    found = []
    for other, bag in zip(others, bags, strict=True):
        title = _title_likeness(fold_text(new.project.title), fold_text(other.project.title))
        shared = _share(mine, bag, weight, rare)
        if title >= SAME_TITLE:
            found.append(Similar(other.project, "title", 1 + title / 100))
        elif shared >= SAME_WORDS:
            found.append(Similar(other.project, "words", shared))
    return sorted(found, key=lambda one: (-one.likeness, one.project.id))[:MOST]


def _title_likeness(one: str, other: str) -> float:
    """0 to 100; a title of three words or more that stands wholly in the other is the same one, cut short."""
    words = [frozenset(_WORD.findall(title)) for title in (one, other)]
    shorter, longer = sorted(words, key=len)
    if len(shorter) >= LEAST_TITLE_WORDS and shorter <= longer:
        return 100.0
    return fuzz.token_sort_ratio(one, other)


def _words(text: Text) -> frozenset[str]:
    return frozenset(_WORD.findall(fold_text(" ".join((text.project.title, text.description, *text.needs)))))


def _share(one: frozenset[str], other: frozenset[str], weight: dict[str, float], rare: float) -> float:
    """Share of the shorter text's words, by weight, that stand in the other one."""
    if min(len(one), len(other)) < LEAST_WORDS:
        return 0.0
    totals = [sum(weight.get(word, rare) for word in bag) for bag in (one, other)]
    return sum(weight.get(word, rare) for word in one & other) / max(min(totals), 1e-9)
