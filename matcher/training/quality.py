"""How good rankings and chances of graded projects are: measures, orders, calibration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.evaluation.measures import measure
from matcher.training.intervals import mean_with_interval
from matcher.training.samples import RELEVANT, Sample

Floats = NDArray[np.float64]


def ranking_of(sample: Sample, logits: Floats) -> list[str]:
    """Firms of a sample, highest logit first, ties by id."""
    return [sample.firms[i] for i in sorted(range(len(logits)), key=lambda i: (-logits[i], sample.firms[i]))]


def measures_of(samples: Sequence[Sample], logits: Sequence[Floats]) -> dict[str, list[float]]:
    """nDCG@10, the same with unjudged firms taken out, and judged@10, of every sample that has a grade above 0."""
    found: dict[str, list[float]] = {"nDCG@10": [], "nDCG@10_judged": [], "judged@10": []}
    for sample, row in zip(samples, logits, strict=True):
        if any(grade > 0 for grade in sample.grades.values()):
            ranking = ranking_of(sample, row)
            values = measure(ranking, sample.grades, RELEVANT)
            known = [firm for firm in ranking if firm in sample.grades]
            found["nDCG@10"].append(values["nDCG@10"])
            found["nDCG@10_judged"].append(measure(known, sample.grades, RELEVANT)["nDCG@10"])
            found["judged@10"].append(values["judged@10"])
    return found


def _wrong_orders(samples: Sequence[Sample], logits: Sequence[Floats]) -> dict[str, float]:
    """Share of pairs of firms in the wrong order, by how many grades they differ."""
    wrong = {1: [0, 0], 2: [0, 0]}
    for sample, row in zip(samples, logits, strict=True):
        graded = [(sample.grades[sample.firms[i]], float(row[i])) for i in sample.rows]
        for a, x in graded:
            for b, y in graded:
                if a > b:
                    tally = wrong[min(2, a - b)]
                    tally[0] += x <= y
                    tally[1] += 1
    return {f"wrong_{apart}": found / max(1, total) for apart, (found, total) in wrong.items()}


def quality(samples: Sequence[Sample], logits: Sequence[Floats]) -> dict[str, float]:
    """Means over samples: nDCG@10 and its interval, wrong orders, Brier score and expected calibration error."""
    measured = measures_of(samples, logits)
    ndcg = mean_with_interval(measured["nDCG@10"])
    chance, truth = chances_and_labels(samples, logits)
    return {
        "nDCG@10": ndcg.value,
        "nDCG@10_low": ndcg.low,
        "nDCG@10_high": ndcg.high,
        "nDCG@10_judged": float(np.mean(measured["nDCG@10_judged"])),
        "judged@10": float(np.mean(measured["judged@10"])),
        **_wrong_orders(samples, logits),
        "brier": float(np.mean((chance - truth) ** 2)),
        "brier_base_rate": float(truth.mean() * (1 - truth.mean())),
        "ece": calibration_error(chance, truth),
        "ece_by_chance": float(np.mean(errors_by_chance(chance))),
    }


def chances_and_labels(samples: Sequence[Sample], logits: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Chance and outcome of every graded firm of all samples, parallel."""
    chances = [1 / (1 + np.exp(-row[sample.rows])) for sample, row in zip(samples, logits, strict=True)]
    return np.concatenate(chances), np.concatenate([sample.labels for sample in samples])


def errors_by_chance(chance: Floats, *, n_draws: int = 200) -> Floats:
    """Calibration errors that a scorer whose chances are exactly right would show, one a seeded draw of outcomes."""
    return np.asarray([calibration_error(chance, _draw(chance, seed)) for seed in range(n_draws)])


def _draw(chance: Floats, seed: int) -> Floats:
    """Outcomes of a scorer whose chances are exactly right."""
    return (np.random.default_rng(seed).random(len(chance)) < chance).astype(np.float64)


def calibration_error(chance: Floats, truth: Floats, *, n_bins: int = 10) -> float:
    """Expected calibration error over bins of equal count (Naeini et al. 2015, with equal mass)."""
    order = np.argsort(chance, kind="stable")
    return float(
        sum(
            len(part) / len(chance) * abs(chance[part].mean() - truth[part].mean())
            for part in np.array_split(order, n_bins)
            if len(part)
        )
    )
