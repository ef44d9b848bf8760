"""Solves phone tasks through real taps: for demonstrations and tests, never for a score."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..actions.types import Action, Click, OpenApp, Point, Press, Scroll, Size, Type
from .phone import Step

LOOKS = 6
"""How often a list is moved on in search of something."""
Look = Callable[[], list[dict[str, Any]]]
"""The elements of the screen: text, description, kind, bounds in pixels."""


def actions(step: Step, look: Look, size: Size) -> Iterator[Action]:
    """The actions that carry out one step; LookupError when the screen lacks what it names."""
    match step:
        case ("open", name):
            yield OpenApp(name=name)
        case ("tap", name):
            yield from _reach(name, look, size)
        case ("fill", name, text):
            yield from _reach(name, look, size, typed=True)
            yield Press(keys=("clear",))
            yield Type(text=text)
        case _:
            raise LookupError(f"no step is called {step[0]!r}")


def _reach(name: str, look: Look, size: Size, typed: bool = False) -> Iterator[Action]:
    for _ in range(LOOKS):
        at = place(name, look(), size, typed)
        if at is not None:
            yield Click(at=at)
            return
        yield Scroll(dy=size.height // 3)
    raise LookupError(f"there is no {name!r} on the screen")


def place(name: str, found: list[dict[str, Any]], size: Size, typed: bool) -> Point | None:
    """The middle of what has this name, the topmost of several; None when it cannot be seen."""
    for one in reversed(found):
        fits = name in (one["description"], one["text"])
        if not fits or (one["kind"] in ("input", "textarea")) != typed:
            continue
        left, top, right, bottom = one["bounds"]
        at = Point(x=(left + right) // 2, y=(top + bottom) // 2)
        # Under the bars at the edges nothing can be hit.
        if size.height * 0.03 < at.y < size.height * 0.93 and one["clickable"]:
            return at
    return None
