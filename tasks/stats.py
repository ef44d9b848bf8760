"""How sure a rate is."""

from __future__ import annotations

import math
from typing import NamedTuple

Z95 = 1.959963984540054
"""Standard normal quantile for a two-sided 95 % interval."""


class Interval(NamedTuple):
    """A confidence interval within 0..1."""

    low: float
    high: float


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


def mean(values: list[float]) -> float:
    """The average; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0
