"""How sure a rate is, and whether two rates differ."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

Z95 = 1.959963984540054
"""Standard normal quantile for a two-sided 95 % interval."""
DRAWS = 2000


class Interval(NamedTuple):
    """A confidence interval within 0..1."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether a rate lies inside."""
        return self.low <= value <= self.high


def wilson(hits: int, n: int, z: float = Z95) -> Interval:
    """Wilson's score interval for `hits` out of `n`; the whole range when nothing was tried.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
    Unlike the plain one it stays within 0..1 and is not empty at 0 or n hits.
    """
    if n == 0:
        return Interval(0.0, 1.0)
    rate, square = hits / n, z * z
    centre = (rate + square / (2 * n)) / (1 + square / n)
    spread = z * math.sqrt(rate * (1 - rate) / n + square / (4 * n * n)) / (1 + square / n)
    return Interval(max(0.0, centre - spread), min(1.0, centre + spread))


def mean(values: Sequence[float]) -> float:
    """The average; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def clustered(
    results: Sequence[tuple[Hashable, bool]], draws: int = DRAWS, seed: int = 0
) -> Interval:
    """The 95 % percentile interval of a rate whose items come in clusters (cluster bootstrap).

    Items of one image or one episode stand or fall together, so whole clusters are drawn again
    and not items. Deterministic for a seed.
    """
    sums: dict[Hashable, tuple[int, int]] = {}
    for cluster, right in results:
        hits, n = sums.get(cluster, (0, 0))
        sums[cluster] = (hits + right, n + 1)
    if not sums:
        return Interval(0.0, 1.0)
    rng, count = np.random.default_rng(seed), len(sums)
    table = np.array(list(sums.values()), np.float64)
    # How often each cluster is drawn, a draw at a time: all at once would fill the memory.
    drawn = (rng.multinomial(count, [1 / count] * count) @ table for _ in range(draws))
    rates = sorted(float(hits / n) for hits, n in drawn)
    tail = round(0.025 * draws)
    return Interval(rates[tail], rates[draws - 1 - tail])


class Paired(NamedTuple):
    """Two runs over the same items."""

    n: int
    only_first: int
    only_second: int
    p: float
    """Two-sided exact probability of a split at least as uneven, were they equally good."""


def mcnemar(first: Mapping[str, bool], second: Mapping[str, bool]) -> Paired:
    """McNemar's exact test on the items that both runs have (Q. McNemar, 1947)."""
    both = first.keys() & second.keys()
    only_first = sum(first[i] and not second[i] for i in both)
    only_second = sum(second[i] and not first[i] for i in both)
    return Paired(len(both), only_first, only_second, _binomial(only_first, only_second))


def _binomial(a: int, b: int) -> float:
    """Two-sided exact binomial test of a : b against one half each."""
    n, k = a + b, min(a, b)
    if n == 0:
        return 1.0
    logs = (math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) for i in range(k + 1))
    return min(1.0, 2 * sum(math.exp(log - n * math.log(2)) for log in logs))
