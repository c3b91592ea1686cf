"""Tables of industries and goods as training text, without what a test asks."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from matcher.errors import SourceError

_WORD = re.compile(r"\w+")
# Two titles of this share of common words are one title for a test.
NEAR = 0.75


@dataclass(frozen=True, slots=True)
class Industry:
    """One class of NAICS Canada 2017: code, level (1 sector … 5 or 6 industry), title, definition (may be empty)."""

    code: str
    level: int
    title: str
    definition: str


@dataclass(frozen=True, slots=True)
class Goods:
    """One class of the Common Procurement Vocabulary, with both titles."""

    code: str
    parent: str
    version: str
    en: str
    fr: str


def _rows(path: Path, columns: set[str]) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as error:
        raise SourceError(f"table {str(path)!r} cannot be read ({error})") from error
    if not rows or not columns <= set(rows[0]):
        raise SourceError(f"table {str(path)!r} has columns {sorted(rows[0]) if rows else []}, expected {columns}")
    return rows


def read_industries(path: Path, *, without: frozenset[str] = frozenset()) -> list[Industry]:
    """NAICS rows, without the codes of a test and what stands below or directly above them alone."""
    rows = _rows(path, {"code", "level", "title", "definition"})
    kept = [Industry(r["code"], int(r["level"]), r["title"].strip(), r["definition"].strip()) for r in rows]
    hidden = {row.title.casefold() for row in kept if row.code in without}
    return [
        row
        for row in kept
        if row.code not in without
        and row.title.casefold() not in hidden
        and not any(len(code) > len(row.code) >= 5 and code.startswith(row.code) for code in without)
    ]


def read_goods(path: Path, *, without: Iterable[str] = ()) -> list[Goods]:
    """CPV rows, without titles near a text of ``without`` (token Jaccard of either title ≥ 0.75)."""
    rows = _rows(path, {"code", "parent", "version", "name_en", "name_fr"})
    asked = [words for text in without if (words := tokens(text))]
    by_word: dict[str, list[int]] = {}
    for i, words in enumerate(asked):
        for word in words:
            by_word.setdefault(word, []).append(i)

    def is_near(title: str) -> bool:
        words = tokens(title)
        close = {i for word in words for i in by_word.get(word, ())}
        return any(len(words & asked[i]) / len(words | asked[i]) >= NEAR for i in close)

    found = [
        Goods(r["code"], r["parent"], r["version"], r["name_en"].strip(), r["name_fr"].strip())
        for r in rows
        if r["name_en"].strip() and r["name_fr"].strip()
    ]
    return [row for row in found if not (asked and (is_near(row.fr) or is_near(row.en)))]


def tokens(text: str) -> frozenset[str]:
    """Words of a title, folded."""
    return frozenset(word.casefold() for word in _WORD.findall(text))
