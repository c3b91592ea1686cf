"""Measures of one ranking, as trec_eval defines them; per-query values come first and the mean is derived.

A query that was judged and has no result counts as 0. ``relevant`` is the least grade that counts as relevant.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

Grades = Mapping[str, int]


def ndcg(ranking: Sequence[str], grades: Grades, k: int) -> float:
    """nDCG@k: gain = grade, discount log2(rank + 1), over the best order of all judged firms (Järvelin 2002)."""
    ideal = sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:k]
    best = sum(grade / math.log2(i + 2) for i, grade in enumerate(ideal))
    got = sum(max(grades.get(firm, 0), 0) / math.log2(i + 2) for i, firm in enumerate(ranking[:k]))
    return got / best if best else 0.0


def recall(ranking: Sequence[str], grades: Grades, k: int, relevant: int = 1) -> float:
    """R@k: share of the relevant firms that stand in the first k."""
    wanted = {firm for firm, grade in grades.items() if grade >= relevant}
    return len(wanted.intersection(ranking[:k])) / len(wanted) if wanted else 0.0


def success(ranking: Sequence[str], grades: Grades, k: int, relevant: int = 1) -> float:
    """Success@k: 1 if any of the first k is relevant."""
    return float(any(grades.get(firm, 0) >= relevant for firm in ranking[:k]))


def reciprocal_rank(ranking: Sequence[str], grades: Grades, k: int, relevant: int = 1) -> float:
    """RR@k: 1 / rank of the first relevant firm in the first k, else 0."""
    return next((1 / i for i, firm in enumerate(ranking[:k], 1) if grades.get(firm, 0) >= relevant), 0.0)


def judged(ranking: Sequence[str], grades: Grades, k: int) -> float:
    """judged@k: share of the first k that anybody judged; a ranking of fewer than k firms is divided by its length."""
    top = ranking[:k]
    return sum(firm in grades for firm in top) / len(top) if top else 0.0


COLUMNS = ("nDCG@10", "R@10", "R@100", "Success@1", "Success@5", "MRR@10", "judged@10")


def measure(ranking: Sequence[str], grades: Grades, relevant: int) -> dict[str, float]:
    """All columns of one query."""
    return {
        "nDCG@10": ndcg(ranking, grades, 10),
        "R@10": recall(ranking, grades, 10, relevant),
        "R@100": recall(ranking, grades, 100, relevant),
        "Success@1": success(ranking, grades, 1, relevant),
        "Success@5": success(ranking, grades, 5, relevant),
        "MRR@10": reciprocal_rank(ranking, grades, 10, relevant),
        "judged@10": judged(ranking, grades, 10),
    }
