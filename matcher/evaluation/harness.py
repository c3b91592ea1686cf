"""Systems × collection → per-query values, means, and a paired test against the best baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from matcher.encoding import Encoder, Progress
from matcher.errors import SourceError
from matcher.evaluation.baselines import DEPTH, Run, run_baselines
from matcher.evaluation.collections import Collection, Query
from matcher.evaluation.measures import COLUMNS, measure
from matcher.pipeline import Matcher
from matcher.types import Filters, Role

PerQuery = dict[str, dict[str, float]]
STEP = 2e-6


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
            "notes": list(self.collection.notes),
            "systems": {s: {c: self.mean(s, c) for c in COLUMNS} for s in self.per_query},
            "per_query": dict(self.per_query),
            "paired_test": self.paired_test(),
        }


def run_ours(collection: Collection, encoder: Encoder, *, progress: Progress | None = None) -> Run:
    """The shipped configuration; a query without a role is a question, whatever its length."""
    matcher = Matcher.build(collection.firms, encoder)
    run: Run = {}
    for done, query in enumerate(collection.queries, 1):
        run[query.id] = _rank(matcher, query)
        if progress:
            progress(done, len(collection.queries))
    return run


def _rank(matcher: Matcher, query: Query) -> list[tuple[str, float]]:
    # Associations too: they were judged like the rest, and the baselines rank every firm of the collection.
    return matcher.rank_all(
        query.project,
        query.role or Role.PARTNER,
        filters=Filters(associations=True),
        leave_out_already_in=False,
        depth=DEPTH,
        head=None if query.role else "question",
    )[:DEPTH]


def evaluate(
    collection: Collection, encoder: Encoder, *, base: Encoder | None = None, progress: Progress | None = None
) -> Evaluation:
    """Run all systems and measure each query.

    Args:
        collection: what to measure on.
        encoder: of the shipped configuration, for ``ours``.
        base: for the baselines, see :func:`matcher.evaluation.base.open_base_encoder`; None takes ``encoder``.
        progress: called with (done, total) of each step in turn.
    """
    runs = {
        **run_baselines(collection, base or encoder, progress=progress),
        "ours": run_ours(collection, encoder, progress=progress),
    }
    per_query = {
        name: {
            q.id: measure([firm for firm, _ in run[q.id]], collection.qrels[q.id], collection.relevant)
            for q in collection.queries
        }
        for name, run in runs.items()
    }
    return Evaluation(collection, runs, per_query)


def write_run(run: Run, path: Path, *, tag: str = "ours") -> None:
    """Write a run in TREC form: query, Q0, firm, rank, score, tag.

    trec_eval orders by score, in single precision and with its own rule for ties, whatever the rank says. So each
    score is written at least 2e-6 below the one before, which moves no firm and keeps our order of ties.

    Raises:
        SourceError: the file cannot be written.
    """
    lines = []
    for query, ranking in run.items():
        last = np.inf
        for rank, (firm, score) in enumerate(ranking, 1):
            last = min(score, last - STEP)
            lines.append(f"{query} Q0 {firm} {rank} {last:.7f} {tag}\n")
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_text("".join(lines), encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise SourceError(
            f"run {str(path)!r} cannot be written ({error}): expected a file in a folder that exists"
        ) from error
