"""Checks that run with every benchmark: each would have caught a harness mistake in the wild."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from ...actions.errors import UserError
from ...actions.types import Click, Finish, Point, Size
from .read import Meaning
from .samples import Target
from .score import Rule, judge
from .shapes import Shape, middle_point, outline

GRID = 24
"""Constant clicks are tried on this many places each way."""

Player = Callable[[Target], Meaning]


class Check(NamedTuple):
    """What a player that cannot see scores."""

    name: str
    rate: float
    wanted: float | None = None
    """What it must be; None: a chance level, to compare a score with."""


def self_test(
    targets: Sequence[Target], sizes: Mapping[str, Size], rule: Rule
) -> tuple[Check, ...]:
    """The checks' rates; UserError when one that must hold does not.

    `sizes` are the pictures' sizes by name, for sets whose annotations lack them.
    """
    scored = [t for t in targets if rule.refusals or t.shape is not None]
    absent = sum(t.shape is None for t in scored) / max(len(scored), 1)
    found = (
        Check("perfect clicker", _rate(scored, perfect), 1.0),
        Check("empty reply", _rate(scored, empty), 0.0),
        Check("always refuses", _rate(scored, refuses), absent),
        Check("centre click", _rate(scored, at(0.5, 0.5, sizes))),
        Check("best constant click", best_constant(scored, sizes)),
    )
    for check in found:
        if check.wanted is not None and abs(check.rate - check.wanted) > 1e-9:
            raise UserError(
                f"self-test: the {check.name} scores {check.rate:.2%} and must score "
                f"{check.wanted:.2%}; the annotations are read wrongly or damaged"
            )
    return found


def _rate(targets: Sequence[Target], player: Player) -> float:
    return sum(judge(t, player(t)).right for t in targets) / max(len(targets), 1)


def perfect(target: Target) -> Meaning:
    """A click in the shape, or a refusal where there is none."""
    if target.shape is None:
        return refuses(target)
    return Meaning("answered", (Click(at=middle_point(target.shape)),))


def empty(target: Target) -> Meaning:
    """An empty reply."""
    del target
    return Meaning("format", (), "empty")


def refuses(target: Target) -> Meaning:
    """A refusal."""
    del target
    return Meaning("refused", (Finish(success=False),))


def at(x: float, y: float, sizes: Mapping[str, Size]) -> Player:
    """Always the same share of the picture's width and height."""

    def player(target: Target) -> Meaning:
        size = target.size or sizes.get(target.picture)
        if size is None:
            return Meaning("format", (), "size unknown")
        return Meaning("answered", (Click(at=spot(x, y, size)),))

    return player


def spot(x: float, y: float, size: Size) -> Point:
    """A share of the sides as a pixel."""
    return Point(x=int(x * (size.width - 1)), y=int(y * (size.height - 1)))


def best_constant(targets: Sequence[Target], sizes: Mapping[str, Size]) -> float:
    """What the luckiest place of a grid scores."""
    hits = [[0] * GRID for _ in range(GRID)]
    for target in targets:
        size = target.size or sizes.get(target.picture)
        if size is not None and target.shape is not None:
            for row, column in _inside(target.shape, size):
                hits[row][column] += 1
    return max(map(max, hits)) / max(len(targets), 1)


def _inside(shape: Shape, size: Size) -> Iterator[tuple[int, int]]:
    """The grid's places that lie in a shape; those beside its box are not looked at twice."""
    box = outline(shape)
    spots = [spot((i + 0.5) / GRID, (i + 0.5) / GRID, size) for i in range(GRID)]
    columns = [i for i, at in enumerate(spots) if box.left <= at.x <= box.right]
    rows = [i for i, at in enumerate(spots) if box.top <= at.y <= box.bottom]
    for row, column in product(rows, columns):
        if shape.holds(spots[column].x, spots[row].y):
            yield row, column
