"""Raw inputs of a search → what the score of one role adds up.

Three things are asked of a firm: the whole text, its parts (title, technologies, sentences: what partners are found
by) and the needs of the role (stated by a person, or what such a project usually needs: what suppliers are found by).
Each is met in words (BM25 over the question's best, more for long texts) and in meaning (cosine of the best passage);
the whole text also by words that stand side by side in both, and by its likeness to all that a firm says (cosine of
the mean of its passages). Two signals stand beside them: how many things of the capability vocabulary (processes,
materials, products) both name, and how alike a firm is to what any plant buys.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.activity import Activity, is_of_a_plant, wants_maker
from matcher.config import MatchConfig
from matcher.types import Need, NeedRole, Origin, Role

Floats = NDArray[np.float64]
# Of firms that hold all the words of a question, half are this much alike to it and more, and those that hold half of
# them half as much: what is taken of a firm whose vectors have not arrived yet. Without it the words of a firm that was
# entered a moment ago would stand against the words and the likeness of all others.
_LIKENESS_OF_WORDS = 0.6
# BM25 of the best firm from which the words of a question count for more than those of a short one: some thirty words.
_LONG, _GROWTH = 30.0, 0.75
FEATURES = (
    "base",
    "words_whole",
    "likeness_whole",
    "phrases_whole",
    "likeness_profile",
    "words_parts",
    "likeness_parts",
    "words_needs",
    "likeness_needs",
    "serves_plants",
    "shared_things",
    "profile_length",
    "only_sells",
    "off_topic",
)


def word_match(bm25: NDArray[np.floating], best: NDArray[np.floating]) -> NDArray[np.floating]:
    """BM25 in the form that scores take: over the question's best, so 1 for the firm that matches best.

    A long text has more in its words than a short one, which its best BM25 shows and a ratio would hide: beyond some
    thirty words, the best firm gets more than 1.

    Args:
        bm25: (n_queries, n_firms).
        best: (n_queries,), of any firm, above 0.
    """
    scale = np.maximum(1.0, best / _LONG) ** _GROWTH / best
    found: NDArray[np.floating] = bm25 * scale[:, None]
    return found


def thing_match(n_shared: NDArray[np.integer], n_named: NDArray[np.integer]) -> Floats:
    """How far a firm names the things that a project names: 0 to 1.

    The first thing in common says more than the tenth, and a firm that names fifty things meets one by chance.

    Args:
        n_shared: (n_firms,), things that both name (:func:`matcher.needs.project_things`).
        n_named: (n_firms,), things that the firm names.
    """
    found: Floats = np.log1p(n_shared) / np.log(3.0 + n_named)
    return found


def needs_of_role(needs: Sequence[Need], role: Role) -> NDArray[np.int64]:
    """Positions of the needs that a role meets."""
    wanted = {NeedRole.EITHER, NeedRole(role.value)}
    return np.asarray([i for i, need in enumerate(needs) if need.role in wanted], dtype=np.int64)


def is_sure(need: Need) -> bool:
    """Whether a person stands by a need."""
    return need.origin is Origin.STATED or need.confirmed


def split_needs(needs: Sequence[Need], role: Role) -> tuple[list[int], list[int]]:
    """Positions of a role's parts of the text and of its needs.

    A guess for either role is a piece of the text; a guess for one role is what such a project usually needs. Where a
    person stated a need, guesses are not counted among the needs; one that was confirmed counts beside the others.
    """
    chosen = [int(i) for i in needs_of_role(needs, role)]
    sure = [i for i in chosen if is_sure(needs[i])]
    parts = [i for i in chosen if not is_sure(needs[i]) and needs[i].role is NeedRole.EITHER]
    usual = [i for i in chosen if not is_sure(needs[i]) and needs[i].role is not NeedRole.EITHER]
    if any(needs[i].origin is Origin.STATED for i in sure):
        return parts, sure
    return parts, sure + usual


def are_sure(needs: Sequence[Need], asked: Sequence[int]) -> bool:
    """Whether a person stands by every need that is asked for, and there is one."""
    return bool(asked) and all(is_sure(needs[i]) for i in asked)


def firm_features(
    words: NDArray[np.floating],
    similarity: NDArray[np.floating],
    activity: NDArray[np.int8],
    needs: Sequence[Need],
    role: Role,
    config: MatchConfig,
    *,
    n_words: int | None = None,
    known: NDArray[np.bool_] | None = None,
    things: NDArray[np.floating] | None = None,
    n_profile: NDArray[np.integer] | None = None,
    phrases: NDArray[np.floating] | None = None,
    profile: NDArray[np.floating] | None = None,
) -> Floats:
    """Features of firms in one role.

    Args:
        words: (n_queries, n_firms), of :func:`word_match`; query 0 is the whole text.
        similarity: (n_queries, n_firms), best passage's cosine.
        activity: int8 (n_firms,), of :class:`matcher.activity.Activity`.
        needs: parallel to queries 1 and on; those after them ask what any plant needs.
        role: whose needs.
        config: numbers of the ranking.
        n_words: words of the whole text: its vector stands for the part that the encoder reads. None leaves this out
            of account.
        known: bool (n_firms,), False where a firm has no vector: its likeness is guessed from its words. None: all are.
        things: (n_firms,), of :func:`thing_match`. None: nothing in common.
        n_profile: (n_firms,), words of each profile: the best of many passages is near to anything by luck. None: 0.
        phrases: (n_firms,), how far words of the whole text stand side by side in a firm's, over the best firm's.
            None: 0.
        profile: (n_firms,), cosine of the whole text with the mean of a firm's passages. None: that of the best one.

    Returns:
        float64 (n_features, n_firms), in the order of ``FEATURES``. What is not asked is stood for by what is: parts
        by the whole text, needs by the parts.
    """
    n_firms = words.shape[1]
    profile = similarity[0] if profile is None else profile
    if known is not None:
        profile = np.where(known, profile, _LIKENESS_OF_WORDS * np.minimum(words[0], 1.0))
        similarity = np.where(known, similarity, _LIKENESS_OF_WORDS * np.minimum(words, 1.0))
    parts, asked = split_needs(needs, role)
    read = 1.0 if n_words is None else min(1.0, config.vector_words / max(1, n_words))
    whole = (words[0], similarity[0] * read)
    part = _best(words, similarity, needs, parts, config.best_parts) if parts else whole
    if not asked:
        need = part
    elif are_sure(needs, asked):
        need = _best(words, similarity, needs, asked, config.best_needs)
    else:
        # Many guesses, each weak: a firm is known by how many it is near to, not by the one it happens to meet.
        need = _mean(words, similarity, needs, asked)
    # Where nothing is to be made, a firm that only sells is as good an answer as any.
    makes = any(wants_maker(needs[i].text) for i in (*parts, *asked))
    # What any plant needs is asked where the text itself, or a person, speaks of making something.
    plant = any(is_of_a_plant(needs[i].text) for i in (*parts, *asked) if i in parts or is_sure(needs[i]))
    of_any_plant = similarity[len(needs) + 1 :]
    signal = of_any_plant.mean(axis=0) if plant and len(of_any_plant) else np.zeros(n_firms)
    rows = [
        np.ones(n_firms),
        *whole,
        np.zeros(n_firms) if phrases is None else phrases,
        profile * read,
        *part,
        *need,
        signal,
        np.zeros(n_firms) if things is None else things,
        np.zeros(n_firms) if n_profile is None else np.log1p(n_profile),
        (activity == Activity.ONLY_SELLS) & makes,
        activity == Activity.OFF_TOPIC,
    ]
    return np.stack([np.asarray(row, dtype=np.float64) for row in rows])


def _rows(needs: Sequence[Need], asked: Sequence[int]) -> tuple[NDArray[np.int64], Floats]:
    return np.asarray(asked) + 1, np.asarray([needs[i].weight for i in asked])


def _mean(
    words: NDArray[np.floating], similarity: NDArray[np.floating], needs: Sequence[Need], asked: Sequence[int]
) -> tuple[Floats, Floats]:
    rows, weights = _rows(needs, asked)
    shares = weights / weights.sum()
    return shares @ words[rows], shares @ similarity[rows]


def _best(
    words: NDArray[np.floating],
    similarity: NDArray[np.floating],
    needs: Sequence[Need],
    asked: Sequence[int],
    n_best: int,
) -> tuple[Floats, Floats]:
    """Weighted means of words and likeness over the needs that each firm meets best, both (n_firms,)."""
    rows, weights = _rows(needs, asked)
    strength = words[rows] + 2.0 * similarity[rows]
    order = np.argsort(-strength, axis=0, kind="stable")[: min(n_best, len(rows))]
    shares = weights[order] / weights[order].sum(axis=0)
    return (
        (np.take_along_axis(words[rows], order, axis=0) * shares).sum(axis=0),
        (np.take_along_axis(similarity[rows], order, axis=0) * shares).sum(axis=0),
    )
