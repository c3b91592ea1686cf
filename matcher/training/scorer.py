"""Graded pairs → weights of the additive heads: a logistic regression with signs that make sense.

Target: grade 2 and more, "an officer would call". A weight of words or likeness is never negative, one of "only sells"
never above -2.5. Every project of a set counts alike. What is reported is out of fold: a project is scored by weights
that saw no project of its family.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from threadpoolctl import ThreadpoolController

from matcher.config import Head
from matcher.encoding import Encoder
from matcher.errors import SourceError
from matcher.evaluation.collections import Collection
from matcher.features import FEATURES, needs_of_role, word_match
from matcher.pipeline import Matcher
from matcher.training.quality import quality
from matcher.training.samples import RELEVANT, Sample
from matcher.types import Filters, Role

Floats = NDArray[np.float64]
NEGATIVE = ("only_sells", "off_topic")
# A dealer's catalogue names all that makers make, and grades hold few dealers: this much is known without them.
_AT_MOST = -2.5
# One large automation firm was graded well in half of the region's projects; unbounded, its kind would come up as
# *Maybe* where a profile meets no need at all.
_SIGNAL_AT_MOST = 3.5
# Held, not learned: it costs the grades nothing and keeps firms with long texts from standing above small ones.
_PER_LOG_WORD = -0.3


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


def fit_head(samples: Sequence[Sample], used: Sequence[str], *, strength: float = 0.02) -> Head:
    """Weights by logistic regression over the graded firms; each project counts alike, however many were graded.

    Args:
        samples: of one role.
        used: features that may have a weight; the others are 0.
        strength: of the ridge, on standardised features.
    """
    values = np.concatenate([s.values[:, s.rows] for s in samples], axis=1)
    labels = np.concatenate([s.labels for s in samples])
    each = np.concatenate([np.full(len(s.rows), 1.0 / max(1, len(s.rows))) for s in samples])
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
        if FEATURES[i] in NEGATIVE:
            limits.append((None, _AT_MOST * size))
        elif FEATURES[i] == "profile_length":
            limits.append((_PER_LOG_WORD * size, _PER_LOG_WORD * size))
        elif FEATURES[i] == "serves_plants":
            limits.append((0.0, _SIGNAL_AT_MOST * size))
        else:
            limits.append((None if FEATURES[i] == "base" else 0.0, None))
    start = np.zeros(len(columns))
    # The sums are small: threads would wait for each other longer than they work, much longer on a busy machine.
    with _threads().limit(limits=1):
        found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=limits)
    weight = dict.fromkeys(FEATURES, 0.0)
    weight.update({FEATURES[i]: round(float(x), 4) for i, x in zip(columns, found.x / scale, strict=True)})
    return Head(**weight)


@functools.cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


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
    "biologics": ("biolog", "vaccin", "diagnos", "lentivir", "antigen", "biomanufactur", "pcr"),
}


def out_of_fold(samples: Sequence[Sample], used: Sequence[str], *, strength: float = 0.02) -> list[Floats]:
    """Logits of every sample by a head that saw no project of its family, parallel to ``samples``.

    Raises:
        SourceError: all are of one family, so that nothing is left to learn from.
    """
    families = [family_of(s.query.project.id, s.query.project.title) for s in samples]
    if len(set(families)) < 2:
        raise SourceError(
            f"the graded projects are of {len(set(families))} family {sorted(set(families))}: expected two or more, so "
            "that each is judged by weights that did not see it; grade projects of another kind"
        )
    found: list[Floats] = []
    heads: dict[str, Head] = {}
    for family, sample in zip(families, samples, strict=True):
        if family not in heads:
            others = [s for s, f in zip(samples, families, strict=True) if f != family]
            heads[family] = fit_head(others, used, strength=strength)
        found.append(logits_of(heads[family], sample))
    return found


@dataclass(frozen=True)
class Recipe:
    """How a head is fitted: features that may have a weight, ridge."""

    role: Role
    used: tuple[str, ...]
    strength: float


# Chosen out of fold on both sets of grades; the region's are complete and are the chamber's own question.
RECIPES = {
    "partner": Recipe(
        Role.PARTNER, ("words_whole", "likeness_whole", "likeness_profile", "likeness_parts", "shared_things"), 0.003
    ),
    "supplier": Recipe(
        Role.SUPPLIER,
        ("words_whole", "likeness_whole", "likeness_parts", "likeness_needs", "serves_plants", "shared_things"),
        0.01,
    ),
    "stated": Recipe(
        Role.SUPPLIER,
        ("words_whole", "likeness_whole", "likeness_profile", "words_needs", "likeness_needs", "serves_plants"),
        0.003,
    ),
}
# A bare question has no grades: its weights served the development collections best, at the size that the logits of the
# other heads have. Phrases and the whole profile were found on some 4,000 questions cut out of other open profiles.
QUESTION = Head(-4.2, 1.3, 2.6, 0.65, 2.6, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -2.5, -2.5)
# Chances of 1 in 5 and of 1 in 2 that an officer would call.
BANDS = {"maybe": -1.4, "worth_a_call": 0.0}
VERSION = "additive-4"


@dataclass(frozen=True)
class GradedHead:
    """A head, and the samples that it is fitted on by set of grades."""

    name: str
    recipe: Recipe
    sets: Mapping[str, Sequence[Sample]]

    @property
    def samples(self) -> list[Sample]:
        """Those of all sets, one set after another."""
        return [sample for samples in self.sets.values() for sample in samples]

    @property
    def used(self) -> tuple[str, ...]:
        """Features that may have a weight."""
        return ("base", *self.recipe.used, "profile_length", *NEGATIVE)

    def fit(self) -> Head:
        """Weights by all samples."""
        return fit_head(self.samples, self.used, strength=self.recipe.strength)

    def held_out(self, *, without: Sequence[str] = ()) -> dict[str, list[Floats]]:
        """Out-of-fold logits by set of grades; features ``without`` get no weight."""
        used = [name for name in self.used if name not in without]
        found = iter(out_of_fold(self.samples, used, strength=self.recipe.strength))
        return {name: [next(found) for _ in part] for name, part in self.sets.items()}


def graded_heads(samples: Mapping[str, Sequence[Sample]]) -> list[GradedHead]:
    """The fitted heads with their samples; sets without any are left out, and heads without a set."""
    found = []
    for name, recipe in RECIPES.items():
        tail = ", stated" if name == "stated" else ""
        every = {key: [s for s in samples.get(key + tail, ()) if s.role is recipe.role] for key in ("pooled", "Halton")}
        sets = {key + tail: part for key, part in every.items() if part}
        if sets:
            found.append(GradedHead(name, recipe, sets))
    return found


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
    for head in graded_heads(samples):
        held_out = head.held_out()
        for key, part in head.sets.items():
            rows[head.name, key] = quality(part, held_out[key])
        heads[head.name] = head.fit()
    return heads, rows


def write_scorer(path: Path, heads: Mapping[str, Head], *, facts: Mapping[str, Any]) -> None:
    """Write a scorer as :func:`matcher.config.read_scorer` takes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    rows = {name: asdict(head) for name, head in heads.items()}
    text = json.dumps({"version": VERSION, "heads": rows, "bands": BANDS, "facts": dict(facts)}, indent=2)
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(path)
