"""Passages of our own firms with the concepts a reader found in them, and how well the concept finder agrees.

A found concept is **right** if it is a label of the passage or broader than one (an ancestor in the vocabulary): who
does laser welding does welding. A label is **found** only by its own concept, so a broader one alone is still a miss.
Precision and recall count pairs of passage and concept, each pair once however often the passage names it.
"""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from matcher.capabilities import ConceptFinder
from matcher.passages import firm_passages
from matcher.sources.jsonl import read_firms
from matcher.types import Firm, Passage, StatementKind

ROOT = Path(__file__).parent.parent.parent
LABELLED = ROOT / "tests" / "data" / "labelled_passages.tsv"
DIRECTORIES = ("firms.jsonl", "firms_halton_2017.jsonl")
DRAWN = {StatementKind.CAPABILITY, StatementKind.PRODUCT, StatementKind.SERVICE, StatementKind.SUMMARY}
FEWEST_WORDS = 4


@dataclass(frozen=True)
class LabelledPassage:
    """A quote and its place, what the firm does by it (labels), and what it only names (customers, history)."""

    firm_id: str
    statement_id: str
    start: int
    end: int
    quote: str
    labels: tuple[str, ...]
    named: tuple[str, ...]


@dataclass
class Tally:
    """Pairs of passage and concept: what was found and right, found and only named, and what should be found."""

    n_found: int = 0
    n_right: int = 0
    n_named: int = 0
    n_labels: int = 0
    n_labels_found: int = 0


@dataclass
class Agreement:
    """Tallies by kind of concept and of all, and the pairs that differ: (passage, concept)."""

    total: Tally = field(default_factory=Tally)
    by_kind: dict[str, Tally] = field(default_factory=dict)
    wrong: list[tuple[LabelledPassage, str]] = field(default_factory=list)
    missed: list[tuple[LabelledPassage, str]] = field(default_factory=list)


def directory_firms() -> list[Firm]:
    """All firms that ship, in file order."""
    return [firm for name in DIRECTORIES for _, firm in read_firms(ROOT / "data" / "directory" / name).records]


def draw(firms: Iterable[Firm], n: int, seed: int) -> list[tuple[Firm, Passage]]:
    """``n`` firms at random and one passage of each, of at least four words, in the order drawn."""
    chance = random.Random(seed)
    pools = []
    for firm in sorted(firms, key=lambda firm: firm.id):
        pool = [p for p in firm_passages(firm) if p.field in DRAWN and len(p.text.split()) >= FEWEST_WORDS]
        if pool:
            pools.append((firm, pool))
    if n > len(pools):
        raise ValueError(f"{n} passages asked, but only {len(pools)} firms have one of {FEWEST_WORDS} words: ask fewer")
    return [(firm, chance.choice(pool)) for firm, pool in chance.sample(pools, n)]


def read_labelled(path: Path = LABELLED) -> list[LabelledPassage]:
    """Rows of the table, in order; ``-`` is no concept."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        LabelledPassage(
            row["firm_id"],
            row["statement_id"],
            int(row["start"]),
            int(row["end"]),
            row["quote"],
            _ids(row["concepts"]),
            _ids(row["named"]),
        )
        for row in rows
    ]


def _ids(cell: str) -> tuple[str, ...]:
    return () if cell == "-" else tuple(cell.split())


def agreement(passages: Sequence[LabelledPassage], finder: ConceptFinder) -> Agreement:
    """Compare what the finder finds in each quote with its labels.

    Raises:
        KeyError: a label is no concept of the finder's vocabulary.
    """
    vocabulary = finder.vocabulary
    result = Agreement()
    for passage in passages:
        found = set(finder.concepts(passage.quote))
        right = set(passage.labels).union(*(vocabulary.ancestors(label) for label in passage.labels))
        named = set(passage.named).union(*(vocabulary.ancestors(label) for label in passage.named))
        for concept in sorted(found | set(passage.labels)):
            for tally in (result.total, result.by_kind.setdefault(vocabulary[concept].kind, Tally())):
                tally.n_found += concept in found
                tally.n_right += concept in found and concept in right
                tally.n_named += concept in found and concept in named - right
                tally.n_labels += concept in passage.labels
                tally.n_labels_found += concept in found and concept in passage.labels
        result.wrong += [(passage, concept) for concept in sorted(found - right)]
        result.missed += [(passage, concept) for concept in sorted(set(passage.labels) - found)]
    return result


def wilson(n_right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval of a share; nothing counted leaves everything possible."""
    if n == 0:
        return 0.0, 1.0
    share, square = n_right / n, z * z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = z * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, middle - half), min(1.0, middle + half)
