"""Systems × collection → per-query values, means, and a paired test against the best baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from matcher.encoding import Encoder, Progress
from matcher.evaluation.baselines import DEPTH, Run, run_baselines
from matcher.evaluation.collections import Collection, Query
from matcher.evaluation.measures import COLUMNS, measure
from matcher.pipeline import Matcher
from matcher.types import Role

PerQuery = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Evaluation:
    """Values of every system, measure and query."""

    collection: Collection
    runs: Mapping[str, Run]
    per_query: Mapping[str, PerQuery]

    def mean(self, system: str, column: str) -> float:
        """Mean of a measure over all queries."""
        return float(np.mean([values[column] for values in self.per_query[system].values()]))

    @property
    def best_baseline(self) -> str:
        """The baseline of the highest nDCG@10, ties by name."""
        return min((name for name in self.per_query if name != "ours"), key=lambda n: (-self.mean(n, "nDCG@10"), n))

    def paired_test(self, *, seed: int = 0, n_samples: int = 10_000) -> dict[str, Any]:
        """Sign-flip randomisation of nDCG@10 differences of ``ours`` and the best baseline, two-sided."""
        other = self.best_baseline
        keys = list(self.per_query["ours"])
        values = [[self.per_query[s][q]["nDCG@10"] for q in keys] for s in ("ours", other)]
        difference = np.asarray(values[0]) - np.asarray(values[1])
        signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(n_samples, len(keys)))
        extreme = np.abs((signs * difference).mean(axis=1)) >= abs(difference.mean()) - 1e-12
        return {
            "against": other,
            "difference": float(difference.mean()),
            "p": float((extreme.sum() + 1) / (n_samples + 1)),
        }

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON."""
        return {
            "collection": self.collection.name,
            "n_firms": len(self.collection.firms),
            "n_queries": len(self.collection.queries),
            "n_left_out": self.collection.n_left_out,
            "systems": {s: {c: self.mean(s, c) for c in COLUMNS} for s in self.per_query},
            "per_query": dict(self.per_query),
            "paired_test": self.paired_test(),
        }


def run_ours(collection: Collection, encoder: Encoder, *, progress: Progress | None = None) -> Run:
    """The shipped configuration; a query without a role gets the better of both heads."""
    matcher = Matcher.build(collection.firms, encoder)
    run: Run = {}
    for done, query in enumerate(collection.queries, 1):
        run[query.id] = _rank(matcher, query)
        if progress:
            progress(done, len(collection.queries))
    return run


def _rank(matcher: Matcher, query: Query) -> list[tuple[str, float]]:
    best: dict[str, float] = {}
    for role in (query.role,) if query.role else tuple(Role):
        ranked = matcher.rank_all(query.project, role, leave_out_already_in=False, depth=DEPTH)
        for firm_id, score in ranked:
            best[firm_id] = max(score, best.get(firm_id, -np.inf))
    return sorted(best.items(), key=lambda row: (-row[1], row[0]))[:DEPTH]


def evaluate(collection: Collection, encoder: Encoder, *, progress: Progress | None = None) -> Evaluation:
    """Run all systems and measure each query."""
    runs = {**run_baselines(collection, encoder, progress=progress), "ours": run_ours(collection, encoder)}
    per_query = {
        name: {
            q.id: measure([firm for firm, _ in run[q.id]], collection.qrels[q.id], collection.relevant)
            for q in collection.queries
        }
        for name, run in runs.items()
    }
    return Evaluation(collection, runs, per_query)


def write_run(run: Run, path: Path, *, tag: str = "ours") -> None:
    """Write a run in TREC form: query, Q0, firm, rank, score, tag."""
    lines = [
        f"{query} Q0 {firm} {rank} {score:.9f} {tag}\n"
        for query, ranking in run.items()
        for rank, (firm, score) in enumerate(ranking, 1)
    ]
    partial = path.with_name(path.name + ".part")
    partial.write_text("".join(lines), encoding="utf-8")
    partial.replace(path)
