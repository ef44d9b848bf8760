"""Which oracle solves which task."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from .sight import Deeds, Sight

T = TypeVar("T")
Oracle = Callable[[Sight], Deeds]
ORACLES: dict[str, Oracle] = {}
"""Filled by the modules of this folder, one function after the other."""


def solves(*tasks: str) -> Callable[[Oracle], Oracle]:
    """Enter a function as the oracle of these tasks."""

    def enter(oracle: Oracle) -> Oracle:
        ORACLES.update(dict.fromkeys(tasks, oracle))
        return oracle

    return enter


def quoted(goal: str) -> list[str]:
    """What stands between double quotes in a goal."""
    return re.findall(r'"(.*?)"', goal)


def found(pattern: str, goal: str) -> str:
    """What a pattern's group finds in a goal; LookupError when it finds nothing."""
    match = re.search(pattern, goal)
    if match is None:
        raise LookupError(f"{pattern!r} is not in {goal!r}")
    return match[1]


def first(items: Iterable[T]) -> T:
    """The first of some; LookupError when there is none."""
    for item in items:
        return item
    raise LookupError("nothing here is what the goal asks for")


def number(text: str) -> int:
    """The first whole number in a text."""
    return int(found(r"(-?\d+)", text))
