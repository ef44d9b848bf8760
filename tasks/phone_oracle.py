"""Solves phone tasks through real taps: for demonstrations and tests, never for a score."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..actions.types import Action, Back, Click, OpenApp, Point, Scroll, Size, Type
from .phone import Step

LOOKS = 6
"""How often a list is moved on in search of something."""
Look = Callable[[], list[dict[str, Any]]]
"""Elements: text, description, kind, bounds in pixels; whether each is clickable, free, focused."""


def actions(step: Step, look: Look, size: Size) -> Iterator[Action]:
    """The actions that carry out one step; LookupError when the screen lacks what it names."""
    match step:
        case ("open", name):
            yield OpenApp(name=name)
        case ("tap", name):
            yield from _reach(name, look, size)
        case ("fill", name, text):
            # A field that holds something selects it all when it is touched.
            yield from _reach(name, look, size, typed=True)
            yield Type(text=text)
        case _:
            raise LookupError(f"no step is called {step[0]!r}")


def _reach(name: str, look: Look, size: Size, typed: bool = False) -> Iterator[Action]:
    for _ in range(LOOKS):
        found = look()
        if at := place(name, found, typed):
            yield Click(at=at)
            return
        # The keyboard of a field that has the focus may cover what is looked for.
        typing = any(one["focused"] for one in found)
        yield Back() if typing else Scroll(dy=size.height // 3)
    raise LookupError(f"there is no {name!r} on the screen")


def place(name: str, found: list[dict[str, Any]], typed: bool) -> Point | None:
    """The middle of what has this name, the topmost of several; None when it cannot be seen."""
    for one in reversed(found):
        fits = name in (one["description"], one["text"])
        if (
            fits
            and one["clickable"]
            and one["free"]
            and (one["kind"] in ("input", "textarea")) == typed
        ):
            return middle(one["bounds"])
    return None


def middle(bounds: list[float]) -> Point:
    """Of left, top, right, bottom."""
    left, top, right, bottom = bounds
    return Point(x=int(left + right) // 2, y=int(top + bottom) // 2)
