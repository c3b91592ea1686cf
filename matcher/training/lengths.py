"""Whether long profiles stand higher than short ones, and whether their firms are graded higher too.

Spearman's correlation of a firm's place with the words of its profile, a project at a time; above 0, long profiles
stand higher. A correlation alone is no fault: who says more may well offer more. So it stands beside that of the grades
themselves, that of BM25, and that among firms of grade 0 only, which have nothing to offer whatever their length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import spearmanr

from matcher.evaluation.baselines import score_bm25
from matcher.evaluation.collections import Collection
from matcher.passages import firm_passages
from matcher.snapshot import profile_words
from matcher.training.intervals import Estimate, mean_with_interval
from matcher.training.samples import Sample
from matcher.training.scorer import graded_heads

Floats = NDArray[np.float64]


# What is compared with the length of profiles: our score and BM25's over all candidates; these and the grades over the
# graded firms, where many have equal grades, which holds their correlation nearer to 0; the scores over grade 0 alone.
COMPARED = ("ours", "bm25", "ours_graded", "bm25_graded", "grades", "ours_zero", "bm25_zero")


@dataclass(frozen=True)
class LengthRow:
    """Correlations with profile length, of one head and one set of grades.

    Attributes:
        head: name of the head.
        grades: the set.
        correlation: mean over projects by the names of ``COMPARED``; None where all that is compared is equal.
    """

    head: str
    grades: str
    correlation: Mapping[str, Estimate | None]


def rank_correlation(one: ArrayLike, other: ArrayLike) -> float | None:
    """Spearman's correlation, equal values sharing their mean rank; None where all values of one are equal.

    Example:
        >>> rank_correlation([1, 2, 3], [10, 30, 20])
        0.5
    """
    first, second = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return None
    return round(float(spearmanr(first, second).statistic), 12)


def lengths_of(collection: Collection) -> dict[str, int]:
    """Words of the passages of each firm, certificates left out, by id."""
    return {firm.id: profile_words(firm_passages(firm)) for firm in collection.firms}


def length_rows(samples: Mapping[str, Sequence[Sample]], collections: Mapping[str, Collection]) -> list[LengthRow]:
    """Correlations of every head on every set of grades, out of fold.

    Args:
        samples: as :func:`matcher.training.scorer.fit_all` takes them.
        collections: by the first word of the sets' names, ``pooled`` and ``Halton``.
    """
    words = {name: lengths_of(collection) for name, collection in collections.items()}
    bm25 = {name: _by_firm(collection) for name, collection in collections.items()}
    rows = []
    for head in graded_heads(samples):
        for key, logits in head.held_out().items():
            name = key.split(",")[0]
            rows.append(length_row(head.name, key, head.sets[key], logits, bm25[name], words[name]))
    return rows


def _by_firm(collection: Collection) -> dict[str, dict[str, float]]:
    ids = [firm.id for firm in collection.firms]
    return {query: dict(zip(ids, row.tolist(), strict=True)) for query, row in score_bm25(collection).items()}


def length_row(
    head: str,
    grades: str,
    samples: Sequence[Sample],
    logits: Sequence[Floats],
    bm25: Mapping[str, Mapping[str, float]],
    words: Mapping[str, int],
) -> LengthRow:
    """Correlations of one head on one set of grades.

    Args:
        head: its name.
        grades: name of the set.
        samples: its projects.
        logits: parallel to ``samples``.
        bm25: scores by query and firm.
        words: profile lengths by firm.
    """
    found: dict[str, list[float]] = {name: [] for name in COMPARED}
    for sample, row in zip(samples, logits, strict=True):
        length = np.asarray([words[firm] for firm in sample.firms])
        plain = np.asarray([bm25[sample.query.id][firm] for firm in sample.firms])
        graded = sample.rows
        grade = np.asarray([sample.grades[sample.firms[i]] for i in graded])
        zero = graded[grade == 0]
        pairs = {
            "ours": (row, length),
            "bm25": (plain, length),
            "ours_graded": (row[graded], length[graded]),
            "bm25_graded": (plain[graded], length[graded]),
            "grades": (grade, length[graded]),
            "ours_zero": (row[zero], length[zero]),
            "bm25_zero": (plain[zero], length[zero]),
        }
        for name, (place, of) in pairs.items():
            value = rank_correlation(place, of)
            if value is not None:
                found[name].append(value)
    return LengthRow(head, grades, {name: mean_with_interval(v) if v else None for name, v in found.items()})
