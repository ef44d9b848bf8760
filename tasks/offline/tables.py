"""Verdicts summed up: rates with intervals, by every division that the benchmark has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..stats import Interval, clustered, mean, wilson
from .score import Judged


class Rate(NamedTuple):
    """One cell of a table."""

    hits: int
    n: int

    @property
    def value(self) -> float:
        """The share; 0 of nothing."""
        return self.hits / max(self.n, 1)

    @property
    def interval(self) -> Interval:
        """Wilson's, 95 %."""
        return wilson(self.hits, self.n)

    def told(self) -> dict[str, object]:
        """For programs."""
        return {"n": self.n, "score": self.value, "interval": list(self.interval)}


class Tables(NamedTuple):
    """A run's result under one rule."""

    rule: str
    total: Rate
    without_failed: Rate
    """The same with items left out that the machine, not the model, failed."""
    clusters: Interval
    """95 % interval by cluster bootstrap, over pictures or episodes."""
    divisions: dict[str, dict[str, Rate]]
    errors: dict[str, int]

    @property
    def macro(self) -> float:
        """Mean of the rates of the finest division (group and kind), each counted once."""
        cells = self.divisions.get("group x kind") or self.divisions.get("group") or {}
        return mean([rate.value for rate in cells.values()])

    def told(self) -> dict[str, object]:
        """For programs."""
        return {
            "rule": self.rule,
            **self.total.told(),
            "macro": self.macro,
            "cluster_interval": list(self.clusters),
            "without_failed": self.without_failed.told(),
            "errors": self.errors,
            "divisions": {
                name: {row: rate.told() for row, rate in rows.items()}
                for name, rows in self.divisions.items()
            },
        }


def tabulate(judged: Sequence[Judged], rule: str) -> Tables:
    """Sum up verdicts."""
    sound = [one for one in judged if one.error != "failed"]
    names = dict.fromkeys(name for one in judged for name in one.cells)
    divisions = {name: _rows((one.cells.get(name, ""), one) for one in judged) for name in names}
    if {"group", "kind"} <= names.keys() and len(divisions["kind"]) <= 2:
        pairs = ((f"{one.cells['group']} {one.cells['kind']}", one) for one in judged)
        divisions["group x kind"] = _rows(pairs)
    return Tables(
        rule,
        _rate(judged),
        _rate(sound),
        clustered([(one.cluster, one.right) for one in judged]),
        divisions,
        dict(Counter(one.error for one in judged).most_common()),
    )


def _rate(judged: Sequence[Judged]) -> Rate:
    return Rate(sum(one.right for one in judged), len(judged))


def _rows(pairs: Iterable[tuple[str, Judged]]) -> dict[str, Rate]:
    rows: dict[str, list[Judged]] = {}
    for name, one in pairs:
        rows.setdefault(name or "(none)", []).append(one)
    return {name: _rate(rows[name]) for name in sorted(rows)}
