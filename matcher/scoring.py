"""Raw inputs → an additive score per role.

logit = bias + scale · ((1 − share) · s(whole) + share · s(needs)) + what the firm does, with s = BM25 / the query's
best + similarity · best passage's cosine. Every term is a contribution of its own, so they sum to the logit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.activity import Activity, wants_maker
from matcher.config import HeadConfig, MatchConfig
from matcher.types import Need, NeedRole, Origin, Role

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
    *,
    n_words: int | None = None,
) -> Scores:
    """Score firms in one role.

    Args:
        words: (n_queries, n_firms), BM25 over the query's best; query 0 is the whole text.
        similarity: (n_queries, n_firms), best passage's cosine.
        activity: int8 (n_firms,), of :class:`matcher.activity.Activity`.
        needs: parallel to queries 1 and on.
        role: the head to use.
        config: its numbers.
        n_words: words of the whole text: its vector stands for the part that the encoder reads, and guesses from a
            short text repeat it. None leaves both out of account.
    """
    head = config.head(role)
    n_firms = words.shape[1]
    chosen = needs_of_role(needs, role)
    likeness = similarity[0] * (1.0 if n_words is None else min(1.0, config.vector_words / max(1, n_words)))
    if len(chosen):
        weights = np.asarray([needs[i].weight for i in chosen])
        need_words, need_likeness = _best_needs(words[chosen + 1], similarity[chosen + 1], weights, head)
    else:  # nothing is asked of this role in particular: the whole text stands for the needs
        need_words, need_likeness = words[0], likeness
    does = np.zeros(n_firms)
    # Where nothing is to be made, a firm that only sells is as good an answer as any.
    if any(wants_maker(needs[i].text) for i in chosen):
        does[activity == Activity.ONLY_SELLS] = config.only_sells
    does[activity == Activity.OFF_TOPIC] = config.off_topic
    values = np.stack([np.ones(n_firms), words[0], likeness, need_words, need_likeness, does != 0])
    share = head.scale * _share_of_needs([needs[i] for i in chosen], n_words, role, config)
    rest = head.scale - share
    factors = [
        head.bias,
        rest,
        rest * head.similarity,
        share,
        share * (head.need_similarity if len(chosen) else head.similarity),
    ]
    logits = np.concatenate([np.asarray(factors)[:, None] * values[:-1], does[None]])
    return Scores(logits.sum(axis=0), values.astype(np.float64), logits.astype(np.float64))


def _share_of_needs(needs: Sequence[Need], n_words: int | None, role: Role, config: MatchConfig) -> float:
    """What part of the score the needs carry.

    Guesses that are pieces of a short text only repeat it and carry less; a guess that is the whole text is a phrase
    and is weighed like one.
    """
    head = config.head(role)
    if all(need.origin is Origin.STATED or need.confirmed for need in needs):
        return head.stated
    if n_words is None or [len(need.text.split()) for need in needs] == [n_words]:
        return head.guessed
    return head.guessed * min(1.0, n_words / config.long_text)


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
