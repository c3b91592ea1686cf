"""Graded pairs → weights of the additive heads: a logistic regression with signs that make sense.

Target: grade 2 and more, "an officer would call". A weight of words or likeness is never negative, one of "only sells"
never above -2.5. Every project of a set counts alike. What is reported is out of fold: a project is scored by weights
that saw no project of its family.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from matcher.config import Head
from matcher.encoding import Encoder
from matcher.evaluation.collections import Collection, Query
from matcher.evaluation.measures import measure
from matcher.features import FEATURES, firm_features, needs_of_role, word_match
from matcher.pipeline import Matcher
from matcher.types import Filters, Need, Role

Floats = NDArray[np.float64]
RELEVANT = 2
_NEGATIVE = ("only_sells", "off_topic")
# A dealer's catalogue names all that makers make, and grades hold few dealers: this much is known without them.
_AT_MOST = -2.5
# One large automation firm was graded well in half of the region's projects; unbounded, its kind would come up as
# *Maybe* where a profile meets no need at all.
_SIGNAL_AT_MOST = 3.5


@dataclass(frozen=True)
class Sample:
    """One graded project and role: features (n_features, n_firms) of all firms and the grades that there are."""

    query: Query
    role: Role
    firms: tuple[str, ...]
    values: Floats
    grades: Mapping[str, int]

    @property
    def rows(self) -> NDArray[np.int64]:
        """Places of the graded firms."""
        return np.asarray([i for i, firm in enumerate(self.firms) if firm in self.grades], dtype=np.int64)

    @property
    def labels(self) -> Floats:
        """1 where the grade is 2 or more, parallel to ``rows``."""
        return np.asarray([self.grades[self.firms[i]] >= RELEVANT for i in self.rows], dtype=np.float64)


def samples_of(
    collection: Collection, encoder: Encoder, *, needs: Mapping[str, Sequence[Need]] | None = None
) -> list[Sample]:
    """Features of every firm of a graded collection, by project and role.

    Args:
        collection: native form, with roles.
        encoder: of the shipped configuration.
        needs: stated needs by project id; None takes what is inferred.
    """
    matcher = Matcher.build(collection.firms, encoder)
    found = []
    for query in collection.queries:
        if query.role is None or (needs is not None and query.project.id not in needs):
            continue
        project = query.project if needs is None else replace(query.project, needs=tuple(needs[query.project.id]))
        search = matcher.search(
            project, filters=Filters(associations=True), leave_out_already_in=False, depth=len(collection.firms)
        )
        kept = np.flatnonzero(search.eligible[search.candidates.positions])
        positions = search.candidates.positions[kept]
        values = firm_features(
            word_match(search.candidates.bm25[:, kept], search.candidates.best_bm25),
            search.candidates.similarity[:, kept],
            search.view.facets.activity[positions],
            search.queries.needs,
            query.role,
            matcher.config,
            n_words=search.queries.n_words,
            known=search.candidates.known[kept],
        )
        firms = tuple(search.view.firm_id(int(p)) for p in positions)
        found.append(Sample(query, query.role, firms, values, collection.qrels[query.id]))
    return found


def recall_of_needs(collection: Collection, encoder: Encoder, *, depth: int = 20) -> float:
    """Share of the suppliers of grade 2 and more that stand in the first ``depth`` firms of at least one need.

    Each need of a project ranks all firms by itself, as a bare question does.
    """
    matcher = Matcher.build(collection.firms, encoder)
    met = wanted = 0
    for query in collection.queries:
        if query.role is not Role.SUPPLIER:
            continue
        search = matcher.search(
            query.project, filters=Filters(associations=True), leave_out_already_in=False, depth=len(collection.firms)
        )
        found, queries = search.candidates, search.queries
        firms = [search.view.firm_id(int(p)) for p in found.positions]
        first: set[str] = set()
        for i in needs_of_role(queries.needs, Role.SUPPLIER):
            words = word_match(found.bm25[i + 1 : i + 2], found.best_bm25[i + 1 : i + 2])[0]
            score = QUESTION.words_whole * words + QUESTION.likeness_whole * found.similarity[i + 1]
            first |= {firms[j] for j in np.argsort(-score, kind="stable")[:depth]}
        good = {firm for firm, grade in collection.qrels[query.id].items() if grade >= RELEVANT}
        met, wanted = met + len(good & first), wanted + len(good)
    return met / max(1, wanted)


def fit_head(
    samples: Sequence[Sample], weights: Sequence[float], used: Sequence[str], *, strength: float = 0.02
) -> Head:
    """Weights by logistic regression over the graded firms.

    Args:
        samples: of one role.
        weights: how much each sample counts, parallel.
        used: features that may have a weight; the others are 0.
        strength: of the ridge, on standardised features.
    """
    values = np.concatenate([s.values[:, s.rows] for s in samples], axis=1)
    labels = np.concatenate([s.labels for s in samples])
    each = np.concatenate(
        [np.full(len(s.rows), w / max(1, len(s.rows))) for s, w in zip(samples, weights, strict=True)]
    )
    each = each / each.sum()
    columns = [i for i, name in enumerate(FEATURES) if name in used]
    scale = np.where(values.std(axis=1) > 0, values.std(axis=1), 1.0)[columns]
    scaled = values[columns] / scale[:, None]
    free = np.asarray([FEATURES[i] == "base" for i in columns])

    def loss(theta: Floats) -> tuple[float, Floats]:
        logits = theta @ scaled
        probability = 1 / (1 + np.exp(-logits))
        ridge = np.where(free, 0.0, theta)
        value = each @ (np.logaddexp(0.0, logits) - labels * logits) + strength / 2 * ridge @ ridge
        return float(value), scaled @ (each * (probability - labels)) + strength * ridge

    limits: list[tuple[float | None, float | None]] = []
    for i, size in zip(columns, scale, strict=True):
        if FEATURES[i] in _NEGATIVE:
            limits.append((None, _AT_MOST * size))
        elif FEATURES[i] == "serves_plants":
            limits.append((0.0, _SIGNAL_AT_MOST * size))
        else:
            limits.append((None if FEATURES[i] == "base" else 0.0, None))
    start = np.zeros(len(columns))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=limits)
    weight = dict.fromkeys(FEATURES, 0.0)
    weight.update({FEATURES[i]: round(float(x), 4) for i, x in zip(columns, found.x / scale, strict=True)})
    return Head(**weight)


def logits_of(head: Head, sample: Sample) -> Floats:
    """Logit of every firm of a sample."""
    found: Floats = np.asarray([getattr(head, name) for name in FEATURES]) @ sample.values
    return found


def family_of(project_id: str, title: str) -> str:
    """Projects of one family share a fold: what is learned from one would tell of the other."""
    text = f"{project_id} {title}".casefold()
    for family, words in _FAMILIES.items():
        if any(word in text for word in words):
            return family
    return project_id


_FAMILIES = {
    "concrete": ("concrete",),
    "protection": ("mask", "respirator", "shield", "fabric", "ppe", "protective"),
    "batteries": ("batter", "cathode", "anode"),
    "biologics": ("biolog", "vaccin", "diagnos"),
}


def out_of_fold(
    samples: Sequence[Sample], weights: Sequence[float], used: Sequence[str], *, strength: float = 0.02
) -> list[Floats]:
    """Logits of every sample by a head that saw no project of its family, parallel to ``samples``."""
    families = [family_of(s.query.project.id, s.query.project.title) for s in samples]
    found: list[Floats] = []
    heads: dict[str, Head] = {}
    for family, sample in zip(families, samples, strict=True):
        if family not in heads:
            others = [(s, w) for s, w, f in zip(samples, weights, families, strict=True) if f != family]
            heads[family] = fit_head([s for s, _ in others], [w for _, w in others], used, strength=strength)
        found.append(logits_of(heads[family], sample))
    return found


def quality(samples: Sequence[Sample], logits: Sequence[Floats]) -> dict[str, float]:
    """Means over samples: nDCG@10, wrong orders by grade difference, Brier score and expected calibration error."""
    ndcg: list[float] = []
    wrong = {1: [0, 0], 2: [0, 0]}
    chances, truths = [], []
    for sample, row in zip(samples, logits, strict=True):
        order = sorted(range(len(row)), key=lambda i: (-row[i], sample.firms[i]))
        grades = dict(sample.grades)
        if any(grade > 0 for grade in grades.values()):
            ndcg.append(measure([sample.firms[i] for i in order], grades, RELEVANT)["nDCG@10"])
        graded = [(grades[sample.firms[i]], float(row[i])) for i in sample.rows]
        for a, x in graded:
            for b, y in graded:
                if a > b:
                    tally = wrong[min(2, a - b)]
                    tally[0] += x <= y
                    tally[1] += 1
        chances.append(1 / (1 + np.exp(-row[sample.rows])))
        truths.append(sample.labels)
    chance, truth = np.concatenate(chances), np.concatenate(truths)
    return {
        "nDCG@10": float(np.mean(ndcg)),
        "wrong_1": wrong[1][0] / max(1, wrong[1][1]),
        "wrong_2": wrong[2][0] / max(1, wrong[2][1]),
        "brier": float(np.mean((chance - truth) ** 2)),
        "brier_base_rate": float(truth.mean() * (1 - truth.mean())),
        "ece": calibration_error(chance, truth),
        "ece_by_chance": float(np.mean([calibration_error(chance, _draw(chance, seed)) for seed in range(200)])),
    }


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


@dataclass(frozen=True)
class Recipe:
    """How a head is fitted: features that may have a weight, ridge, how much a project of the region counts."""

    role: Role
    used: tuple[str, ...]
    strength: float
    of_region: float = 2.0


# Chosen out of fold on both sets of grades; the region's are complete and are the chamber's own question.
RECIPES = {
    "partner": Recipe(Role.PARTNER, ("words_whole", "likeness_whole", "likeness_parts"), 0.003),
    "supplier": Recipe(
        Role.SUPPLIER, ("words_whole", "likeness_whole", "likeness_parts", "likeness_needs", "serves_plants"), 0.003
    ),
    "stated": Recipe(
        Role.SUPPLIER, ("words_whole", "likeness_whole", "words_needs", "likeness_needs", "serves_plants"), 0.003
    ),
}
# A bare question has no grades: its weights are the ratio that served the development collections best (words 1 to
# likeness 3), at the size that the logits of the other heads have.
QUESTION = Head(-3.4, 1.3, 3.9, 0.0, 0.0, 0.0, 0.0, 0.0, -2.5, -2.5)
# Chances of 1 in 5 and of 1 in 2 that an officer would call.
BANDS = {"maybe": -1.4, "worth_a_call": 0.0}
VERSION = "additive-2"


def fit_all(
    samples: Mapping[str, Sequence[Sample]],
) -> tuple[dict[str, Head], dict[tuple[str, str], dict[str, float]]]:
    """Fit every head.

    Args:
        samples: ``pooled`` and ``Halton``, and both again as ``…, stated`` with stated needs.

    Returns:
        Heads by name; out-of-fold quality by (head, grades).
    """
    heads, rows = {"question": QUESTION}, {}
    for name, recipe in RECIPES.items():
        tail = ", stated" if name == "stated" else ""
        parts = {k + tail: [s for s in samples[k + tail] if s.role is recipe.role] for k in ("pooled", "Halton")}
        whole = [s for part in parts.values() for s in part]
        weights = [recipe.of_region if k.startswith("Halton") else 1.0 for k, part in parts.items() for _ in part]
        used = ("base", *recipe.used, *_NEGATIVE)
        held_out = iter(out_of_fold(whole, weights, used, strength=recipe.strength))
        for key, part in parts.items():
            rows[name, key] = quality(part, [next(held_out) for _ in part])
        heads[name] = fit_head(whole, weights, used, strength=recipe.strength)
    return heads, rows


def write_scorer(path: Path, heads: Mapping[str, Head], *, facts: Mapping[str, Any]) -> None:
    """Write a scorer as :func:`matcher.config.read_scorer` takes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    rows = {name: asdict(head) for name, head in heads.items()}
    text = json.dumps({"version": VERSION, "heads": rows, "bands": BANDS, "facts": dict(facts)}, indent=2)
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(path)
