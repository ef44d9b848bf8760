"""Recorded episodes, step by step: what was on the screen, and what was done there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ...actions.types import (
    Action,
    Back,
    Click,
    Drag,
    Finish,
    Home,
    LongPress,
    OpenApp,
    Point,
    Press,
    Scroll,
    Size,
    Type,
    Wait,
)
from .shapes import Box

Way = Literal["up", "down", "left", "right", ""]
OPPOSITE: Mapping[Way, Way] = {
    "up": "down", "down": "up", "left": "right", "right": "left", "": "",
}  # fmt: skip
PHONE = Size(1080, 2400)
"""Screen size where neither annotation nor picture tells one."""


class Deed(NamedTuple):
    """One action in the few words that all rules share; directions are the finger's."""

    kind: str
    """click, long_press, swipe, type, open, button, wait, finish, or other."""
    at: Point | None = None
    way: Way = ""
    text: str = ""
    """What is typed, opened or pressed; `done` or `failed` of a finish."""


@dataclass(frozen=True)
class RecordedStep:
    """One step of a recorded episode."""

    id: str
    """`<episode>_<number>`"""
    episode: str
    picture: str
    goal: str
    instruction: str
    """What this one step is for; empty where the set has none."""
    past: tuple[Mapping[str, object], ...]
    """The recorded actions before it, in Qwen's `mobile_use` words, pixels of the screen."""
    truth: Deed
    boxes: tuple[Box, ...] = ()
    """Elements of the accessibility tree, or detected ones, around the recorded touch."""
    label: Way = ""
    """The direction as the annotation words it, which need not be the finger's."""
    size: Size | None = None
    group: str = ""

    @property
    def cluster(self) -> str:
        """Steps of one episode are not independent."""
        return self.episode


def deed(actions: Sequence[Action]) -> Deed:
    """The first action of a reply, in the rules' words."""
    if not actions:
        return Deed("other")
    match actions[0]:
        case Click(at=at):
            return Deed("click", at)
        case LongPress(at=at):
            return Deed("long_press", at)
        case Drag(start=start, end=end):
            return Deed("swipe", start, towards(start, end) if start else "")
        case Scroll(at=at, dx=dx, dy=dy):
            # Content that comes from below is drawn up by the finger.
            return Deed("swipe", at, OPPOSITE[_way(dx, dy)])
        case Type(text=text):
            return Deed("type", text=text)
        case OpenApp(name=name):
            return Deed("open", text=name)
        case action:
            return _other(action)


def _other(action: Action) -> Deed:
    match action:
        case Back():
            return Deed("button", text="back")
        case Home():
            return Deed("button", text="home")
        case Press(keys=("enter",)):
            return Deed("button", text="enter")
        case Wait():
            return Deed("wait")
        case Finish(success=success):
            return Deed("finish", text="done" if success else "failed")
        case _:
            return Deed("other")


def towards(start: Point, end: Point) -> Way:
    """Where the finger goes: the longer axis decides."""
    return _way(end.x - start.x, end.y - start.y)


def _way(dx: float, dy: float) -> Way:
    if not (dx or dy):
        return ""
    if abs(dx) > abs(dy):
        return "right" if dx > 0 else "left"
    return "down" if dy > 0 else "up"
