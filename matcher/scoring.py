"""Raw inputs → an additive score per role.

logit = bias + whole · s(whole) + needs · s(needs) + what the firm does, with s = BM25 / the query's best + similarity ·
best passage's cosine. Every term is a contribution of its own, so the contributions sum to the logit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.activity import Activity, wants_maker
from matcher.config import HeadConfig, MatchConfig
from matcher.types import Need, NeedRole, Role

Floats = NDArray[np.float64]
FEATURES = ("base", "words_whole", "likeness_whole", "words_needs", "likeness_needs", "what_it_does")


@dataclass(frozen=True)
class Scores:
    """Scores of firms in one role.

    Attributes:
        logit: float64 (n_firms,), the sum over the first axis of ``logits``.
        values: float64 (n_features, n_firms), what each feature holds, in the order of ``FEATURES``.
        logits: float64 (n_features, n_firms), what each adds.
    """

    logit: Floats
    values: Floats
    logits: Floats


def needs_of_role(needs: Sequence[Need], role: Role) -> NDArray[np.int64]:
    """Positions of the needs that a role meets."""
    wanted = {NeedRole.EITHER, NeedRole(role.value)}
    return np.asarray([i for i, need in enumerate(needs) if need.role in wanted], dtype=np.int64)


def score_firms(
    words: NDArray[np.floating],
    similarity: NDArray[np.floating],
    activity: NDArray[np.int8],
    needs: Sequence[Need],
    role: Role,
    config: MatchConfig,
) -> Scores:
    """Score firms in one role.

    Args:
        words: (n_queries, n_firms), BM25 over the query's best; query 0 is the whole text.
        similarity: (n_queries, n_firms), best passage's cosine.
        activity: int8 (n_firms,), of :class:`matcher.activity.Activity`.
        needs: parallel to queries 1 and on.
        role: the head to use.
        config: its numbers.
    """
    head = config.head(role)
    n_firms = words.shape[1]
    chosen = needs_of_role(needs, role)
    if len(chosen):
        weights = np.asarray([needs[i].weight for i in chosen])
        need_words, need_likeness = _best_needs(words[chosen + 1], similarity[chosen + 1], weights, head)
    else:  # nothing is asked of this role in particular: the whole text stands for the needs
        need_words, need_likeness = words[0], similarity[0]
    does = np.zeros(n_firms)
    # Where nothing is to be made, a firm that only sells is as good an answer as any.
    if any(wants_maker(needs[i].text) for i in chosen):
        does[activity == Activity.ONLY_SELLS] = config.only_sells
    does[activity == Activity.OFF_TOPIC] = config.off_topic
    values = np.stack([np.ones(n_firms), words[0], similarity[0], need_words, need_likeness, does != 0])
    factors = [
        head.bias,
        head.whole,
        head.whole * head.similarity,
        head.needs,
        head.needs * (head.need_similarity if len(chosen) else head.similarity),
    ]
    logits = np.concatenate([np.asarray(factors)[:, None] * values[:-1], does[None]])
    return Scores(logits.sum(axis=0), values.astype(np.float64), logits.astype(np.float64))


def _best_needs(
    words: NDArray[np.floating], similarity: NDArray[np.floating], weights: Floats, head: HeadConfig
) -> tuple[Floats, Floats]:
    """Weighted means of words and likeness over the needs each firm meets best, both (n_firms,)."""
    strength = words + head.need_similarity * similarity
    kept = min(head.best_needs, len(weights))
    order = np.argsort(-strength, axis=0, kind="stable")[:kept]
    shares = weights[order] / weights[order].sum(axis=0)
    return (
        (np.take_along_axis(words, order, axis=0) * shares).sum(axis=0),
        (np.take_along_axis(similarity, order, axis=0) * shares).sum(axis=0),
    )
