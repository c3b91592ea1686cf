"""Graded projects → features of all their firms: what the scorer is fitted on and judged by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matcher.encoding import Encoder
from matcher.evaluation.collections import Collection, Query
from matcher.features import firm_features, word_match
from matcher.pipeline import Matcher
from matcher.types import Filters, Need, Role

Floats = NDArray[np.float64]
RELEVANT = 2


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
            things=search.things[kept],
            n_profile=search.view.n_words[positions],
            phrases=search.phrases[kept],
            profile=search.profile[kept],
        )
        firms = tuple(search.view.firm_id(int(p)) for p in positions)
        found.append(Sample(query, query.role, firms, values, collection.qrels[query.id]))
    return found


def graded_samples(
    pooled: Collection, region: Collection, encoder: Encoder, needs: Mapping[str, Sequence[Need]] | None = None
) -> dict[str, list[Sample]]:
    """Samples by set of grades, as :func:`fit_all` takes them.

    Args:
        pooled: grades of the pool of all firms.
        region: complete grades of the firms of one region.
        encoder: of the shipped configuration.
        needs: stated needs by project id; None leaves out the sets with stated needs.
    """
    sets = {"pooled": pooled, "Halton": region}
    found = {name: samples_of(collection, encoder) for name, collection in sets.items()}
    if needs is not None:
        for name, collection in sets.items():
            stated = samples_of(collection, encoder, needs=needs)
            found[f"{name}, stated"] = [s for s in stated if s.role is Role.SUPPLIER]
    return found
