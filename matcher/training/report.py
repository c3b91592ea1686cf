"""What the scorer's figures rest on: its parts removed, fewer projects, and how true its chances are.

Everything is out of fold, with the folds of :mod:`matcher.training.scorer`, and every figure has its 95 % interval over
projects. Features and wordings were chosen on these same grades, so the figures are somewhat too good all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matcher.evaluation.collections import Collection
from matcher.evaluation.measures import ndcg
from matcher.features import FEATURES
from matcher.needs import infer_needs
from matcher.training.intervals import (
    Estimate,
    mean_with_interval,
    share_with_interval,
    statistic_with_interval,
)
from matcher.training.quality import calibration_error, chances_and_labels, errors_by_chance, measures_of, ranking_of
from matcher.training.samples import Sample
from matcher.training.scorer import GradedHead, family_of, fit_head, graded_heads, logits_of
from matcher.types import NeedRole

Floats = NDArray[np.float64]
Samples = Mapping[str, Sequence[Sample]]


# -- parts removed


@dataclass(frozen=True)
class Removal:
    """What is left without one part.

    Attributes:
        name: of the part.
        ndcg: mean nDCG@10 by (head, grades); a head that has no such part is left out.
        change: mean difference to the whole, by (head, grades).
    """

    name: str
    ndcg: Mapping[tuple[str, str], float]
    change: Mapping[tuple[str, str], Estimate]


def parts_of(heads: Sequence[GradedHead]) -> dict[str, tuple[str, ...]]:
    """Features to remove, by the name of the part: each alone, then words and likeness of one thing together."""
    used = [name for name in FEATURES if name != "base" and any(name in head.used for head in heads)]
    found: dict[str, tuple[str, ...]] = {name: (name,) for name in used}
    for name in used:
        pair = name.replace("words_", "likeness_")
        if name != pair and pair in used:
            found[f"{name}, {pair}"] = (name, pair)
    return found


def removals(samples: Samples, others: Mapping[str, Samples]) -> list[Removal]:
    """Remove each part, refit, and rank projects of families that the weights did not see.

    Args:
        samples: as :func:`matcher.training.scorer.fit_all` takes them.
        others: samples of the same projects made in another way, by the name of what was changed.

    Returns:
        A row a part, then one for each of ``others``, then ``all``.
    """
    heads = graded_heads(samples)
    whole = {
        (head.name, key): measures_of(head.sets[key], logits)["nDCG@10"]
        for head in heads
        for key, logits in head.held_out().items()
    }
    rows = []
    for name, features in parts_of(heads).items():
        touched = [head for head in heads if set(features) & set(head.used)]
        rows.append(_removal(name, touched, whole, features))
    rows += [_removal(name, graded_heads(made), whole) for name, made in others.items()]
    return [*rows, Removal("all", {key: float(np.mean(values)) for key, values in whole.items()}, {})]


def _removal(
    name: str,
    heads: Sequence[GradedHead],
    whole: Mapping[tuple[str, str], Sequence[float]],
    features: Sequence[str] = (),
) -> Removal:
    means: dict[tuple[str, str], float] = {}
    change: dict[tuple[str, str], Estimate] = {}
    for head in heads:
        for key, logits in head.held_out(without=features).items():
            values = measures_of(head.sets[key], logits)["nDCG@10"]
            means[head.name, key] = float(np.mean(values))
            differences = [a - b for a, b in zip(values, whole[head.name, key], strict=True)]
            change[head.name, key] = mean_with_interval(differences)
    return Removal(name, means, change)


def without_usual_needs(collection: Collection) -> Collection:
    """The collection with nothing asked that the capability vocabulary guesses: the parts of the texts alone."""
    queries = []
    for query in collection.queries:
        guesses = [need for need in infer_needs(query.project, limit=1000) if need.role is not NeedRole.EITHER]
        rejected = (*query.project.rejected_needs, *(need.text for need in guesses))
        queries.append(replace(query, project=replace(query.project, rejected_needs=rejected)))
    return replace(collection, queries=tuple(queries))


# -- fewer projects


@dataclass(frozen=True)
class CurvePoint:
    """A head fitted on some families and judged on another.

    Attributes:
        head: its name.
        grades: the set that it is judged on.
        n_families: how many it was fitted on.
        ndcg: nDCG@10, mean over projects and draws.
        ndcg_change: its difference to that of all families but the one that is judged.
        log_loss: of the graded firms, in nats, mean over projects and draws.
        log_loss_change: its difference in the same way.
    """

    head: str
    grades: str
    n_families: int
    ndcg: Estimate
    ndcg_change: Estimate
    log_loss: Estimate
    log_loss_change: Estimate


def learning_curve(
    samples: Samples, *, sizes: Sequence[int] = (2, 3, 4, 6, 9, 12), n_draws: int = 20, seed: int = 0
) -> list[CurvePoint]:
    """Fit on few families and judge on one that was held out, each in turn.

    Args:
        samples: as :func:`matcher.training.scorer.fit_all` takes them.
        sizes: numbers of families; where so many are not left, all that are left are taken, once.
        n_draws: draws of so many families, for each family that is held out.
        seed: of the draws, which are the same for every head.
    """
    points = []
    for head in graded_heads(samples):
        families = sorted({family_of(s.query.project.id, s.query.project.title) for s in head.samples})
        most = len(families) - 1
        whole = _curve_values(head, families, most, n_draws=1, seed=seed)
        for size in sorted({min(size, most) for size in sizes} | {most}):
            values = _curve_values(head, families, size, n_draws=n_draws, seed=seed) if size < most else whole
            for key, each in values.items():
                change = each - whole[key]
                columns = (each[:, 0], change[:, 0], each[:, 1], change[:, 1])
                points.append(CurvePoint(head.name, key, size, *(mean_with_interval(c.tolist()) for c in columns)))
    return points


def _curve_values(
    head: GradedHead, families: Sequence[str], size: int, *, n_draws: int, seed: int
) -> dict[str, Floats]:
    """Means over draws of nDCG@10 and log loss, float64 (n_projects, 2) in the order of each set of grades."""
    found = {key: np.zeros((len(part), 2)) for key, part in head.sets.items()}
    family = {s.query.id: family_of(s.query.project.id, s.query.project.title) for s in head.samples}
    for place, held_out in enumerate(families):
        draws = list(_draws(families, place, size, n_draws=n_draws, seed=seed))
        for drawn in draws:
            chosen = [s for s in head.samples if family[s.query.id] in drawn]
            weights = fit_head(chosen, head.used, strength=head.recipe.strength)
            for key, part in head.sets.items():
                for i, sample in enumerate(part):
                    if family[sample.query.id] == held_out:
                        logits = logits_of(weights, sample)
                        value = ndcg(ranking_of(sample, logits), sample.grades, 10)
                        found[key][i] += np.asarray([value, log_loss(sample, logits)]) / len(draws)
    return found


def _draws(families: Sequence[str], held_out: int, size: int, *, n_draws: int, seed: int) -> Iterator[set[str]]:
    others = [family for i, family in enumerate(families) if i != held_out]
    if size >= len(others):
        yield set(others)
        return
    # A draw of more families holds one of fewer: the points of a curve differ by what was added, not by luck alone.
    for number in range(n_draws):
        order = np.random.default_rng([seed, held_out, number]).permutation(len(others))
        yield {others[i] for i in order[:size]}


def log_loss(sample: Sample, logits: Floats) -> float:
    """Mean negative log-likelihood of a sample's graded firms, in nats."""
    row = logits[sample.rows]
    return float(np.mean(np.logaddexp(0.0, row) - sample.labels * row))


# -- chances


# Limits of the bands, chances of 1 in 5 and of 1 in 2, are among them: a table then says what a band's name is worth.
CHANCE_EDGES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0)


@dataclass(frozen=True)
class ChanceBin:
    """Graded firms whose chances lie near to each other.

    Attributes:
        low: least chance.
        high: the chance that all are below.
        predicted: their mean chance.
        observed: share of grade 2 and more; Wilson's interval takes pairs as independent, so it is too narrow.
        n_pairs: how many.
    """

    low: float
    high: float
    predicted: float
    observed: Estimate
    n_pairs: int


@dataclass(frozen=True)
class Reliability:
    """How true the chances of a head are on one set of grades.

    Attributes:
        head: its name.
        grades: the set.
        bins: those that hold a firm, lowest chance first.
        brier: Brier score.
        brier_base_rate: of a scorer that gives everybody the share of grade 2 and more.
        brier_gain: how much lower the first is.
        error: expected calibration error, over ten bins of equal count.
        error_by_chance: its mean if the chances were exactly right; above 0 since firms are few.
        error_by_chance_high: what 95 % of such draws stay below.
    """

    head: str
    grades: str
    bins: tuple[ChanceBin, ...]
    brier: Estimate
    brier_base_rate: float
    brier_gain: Estimate
    error: Estimate
    error_by_chance: float
    error_by_chance_high: float


def reliabilities(samples: Samples) -> list[Reliability]:
    """Predicted and observed chances of every head on every set of grades, out of fold."""
    return [
        reliability(head.name, key, head.sets[key], logits)
        for head in graded_heads(samples)
        for key, logits in head.held_out().items()
    ]


def reliability(head: str, grades: str, samples: Sequence[Sample], logits: Sequence[Floats]) -> Reliability:
    """Predicted and observed chances of one head on one set of grades."""
    each = [chances_and_labels([sample], [row]) for sample, row in zip(samples, logits, strict=True)]

    def joined(projects: NDArray[np.int64]) -> tuple[Floats, Floats]:
        return np.concatenate([each[i][0] for i in projects]), np.concatenate([each[i][1] for i in projects])

    def brier(projects: NDArray[np.int64]) -> float:
        chance, truth = joined(projects)
        return float(np.mean((chance - truth) ** 2))

    def gain(projects: NDArray[np.int64]) -> float:
        _, truth = joined(projects)
        return float(truth.mean() * (1 - truth.mean())) - brier(projects)

    chance, truth = joined(np.arange(len(each)))
    by_chance = errors_by_chance(chance)
    return Reliability(
        head=head,
        grades=grades,
        bins=chance_bins(chance, truth),
        brier=statistic_with_interval(brier, len(each)),
        brier_base_rate=float(truth.mean() * (1 - truth.mean())),
        brier_gain=statistic_with_interval(gain, len(each)),
        error=statistic_with_interval(lambda projects: calibration_error(*joined(projects)), len(each)),
        error_by_chance=float(by_chance.mean()),
        error_by_chance_high=float(np.percentile(by_chance, 95)),
    )


def chance_bins(chance: Floats, truth: Floats, *, edges: Sequence[float] = CHANCE_EDGES) -> tuple[ChanceBin, ...]:
    """Chances and outcomes between edges; a chance at an edge belongs above it, the last bin holds its upper edge too.

    Args:
        chance: 0 to 1.
        truth: 0 or 1, parallel.
        edges: rising, from 0 to 1.
    """
    place = np.clip(np.searchsorted(edges, chance, side="right") - 1, 0, len(edges) - 2)
    found = []
    for i, (low, high) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
        inside = place == i
        if inside.any():
            n_true, n = int(truth[inside].sum()), int(inside.sum())
            found.append(ChanceBin(low, high, float(chance[inside].mean()), share_with_interval(n_true, n), n))
    return tuple(found)
