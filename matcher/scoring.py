"""Features → an additive, calibrated score per role.

logit = Σ weight · feature; every term is a contribution of its own, so they sum to the logit. The weights are those of
a logistic regression on graded pairs (``matcher train scorer``), so the logit is that of "an officer would call".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.config import Head, MatchConfig
from matcher.features import FEATURES, are_sure, firm_features, needs_of_role, split_needs
from matcher.types import Need, Origin, Role

__all__ = ["FEATURES", "Scores", "head_of", "needs_of_role", "score_firms"]

Floats = NDArray[np.float64]


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


def head_of(needs: Sequence[Need], role: Role, config: MatchConfig, n_words: int | None = None) -> Head:
    """The weights that fit what is asked: a bare question, a project with guessed needs, or one with sure needs.

    A question is a text whose only needs are its own words: there is no role to tell.
    """
    _, asked = split_needs(needs, role)
    if are_sure(needs, asked):
        return config.heads["stated"]
    if all(need.origin is Origin.INFERRED for need in needs) and (
        n_words is not None and n_words < config.question_words
    ):
        return config.heads["question"]
    return config.heads[role.value]


def score_firms(
    words: NDArray[np.floating],
    similarity: NDArray[np.floating],
    activity: NDArray[np.int8],
    needs: Sequence[Need],
    role: Role,
    config: MatchConfig,
    *,
    n_words: int | None = None,
    head: str | None = None,
    known: NDArray[np.bool_] | None = None,
    things: NDArray[np.floating] | None = None,
    n_profile: NDArray[np.integer] | None = None,
    phrases: NDArray[np.floating] | None = None,
    profile: NDArray[np.floating] | None = None,
) -> Scores:
    """Score firms in one role.

    Args:
        words: (n_queries, n_firms), of :func:`matcher.features.word_match`; query 0 is the whole text.
        similarity: (n_queries, n_firms), best passage's cosine.
        activity: int8 (n_firms,), of :class:`matcher.activity.Activity`.
        needs: parallel to queries 1 and on.
        role: the role.
        config: its numbers.
        n_words: words of the whole text.
        head: name of the weights to use; None takes those that fit what is asked.
        known: bool (n_firms,), whether a firm has a vector; None: all have.
        things: (n_firms,), of :func:`matcher.features.thing_match`; None: nothing in common.
        n_profile: (n_firms,), words of each profile; None: 0.
        phrases: (n_firms,), of the whole text, over the best firm's; None: 0.
        profile: (n_firms,), cosine of the whole text with the mean of a firm's passages; None: that of the best one.
    """
    values = firm_features(
        words,
        similarity,
        activity,
        needs,
        role,
        config,
        n_words=n_words,
        known=known,
        things=things,
        n_profile=n_profile,
        phrases=phrases,
        profile=profile,
    )
    chosen = config.heads[head] if head else head_of(needs, role, config, n_words)
    logits = np.asarray([getattr(chosen, name) for name in FEATURES])[:, None] * values
    return Scores(logits.sum(axis=0), values, logits)
