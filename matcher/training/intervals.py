"""What a figure of few projects is worth: intervals of 95 %.

Projects are what is drawn again, not firms: the firms of one project share its text, and succeed or fail together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_OUTER = (2.5, 97.5)
_Z = 1.959964


@dataclass(frozen=True)
class Estimate:
    """A figure and the ends of its 95 % interval."""

    value: float
    low: float
    high: float


def drawn_again(n: int, *, seed: int = 0, n_draws: int = 10_000) -> NDArray[np.int64]:
    """Bootstrap samples: int64 (n_draws, n), each row n of 0 to n - 1, drawn with replacement."""
    return np.random.default_rng(seed).integers(0, n, size=(n_draws, n))


def mean_with_interval(values: Sequence[float], *, seed: int = 0) -> Estimate:
    """Mean, with the percentile bootstrap over its values (Efron 1979).

    Of a dozen values it is somewhat too narrow, as every interval is that knows nothing but them.

    Raises:
        ValueError: there is no value.
    """
    if not values:
        raise ValueError("no values: expected at least one, got none")
    every = np.asarray(values, dtype=np.float64)
    low, high = np.percentile(every[drawn_again(len(every), seed=seed)].mean(axis=1), _OUTER)
    return Estimate(float(every.mean()), float(low), float(high))


def statistic_with_interval(
    statistic: Callable[[NDArray[np.int64]], float], n: int, *, seed: int = 0, n_draws: int = 1000
) -> Estimate:
    """Any figure of n projects, with its percentile bootstrap.

    Args:
        statistic: of the projects at these places, some of them more than once.
        n: number of projects, at least 1.
        seed: of the draws.
        n_draws: how many draws.
    """
    draws = [statistic(row) for row in drawn_again(n, seed=seed, n_draws=n_draws)]
    low, high = np.percentile(draws, _OUTER)
    return Estimate(statistic(np.arange(n)), float(low), float(high))


def share_with_interval(n_true: int, n: int) -> Estimate:
    """A share, with Wilson's interval (1927).

    Example:
        >>> found = share_with_interval(5, 10)
        >>> found.value, round(found.low, 3), round(found.high, 3)
        (0.5, 0.237, 0.763)

    Raises:
        ValueError: n is 0, or fewer than 0 or more than n are true.
    """
    if not 0 <= n_true <= n or n == 0:
        raise ValueError(f"{n_true} of {n}: expected a share of at least one")
    share, square = n_true / n, _Z * _Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = _Z * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half))
