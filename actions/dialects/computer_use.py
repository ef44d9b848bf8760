"""The verbs of `computer_use` in all its versions; a family offers those that its prompt names.

Qwen2.5-VL has eleven, Qwen3-VL adds triple_click, hscroll and answer, Qwen3.5 adds held keys on
clicks. A click without a coordinate is a click where the pointer is, and a drag starts there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from ..errors import BadReply
from ..types import (
    Action,
    Answer,
    Click,
    Drag,
    Finish,
    Hover,
    Point,
    Press,
    Scroll,
    Type,
    Wait,
)
from .args import Args
from .space import Space
from .tool import Tool, Verb, Written

_STATUS = {"success": "success", "failure": "failure"}
_MAX_SCROLL = 100_000
_CLICKS: Mapping[tuple[str, int], str] = {
    ("left", 1): "left_click",
    ("right", 1): "right_click",
    ("middle", 1): "middle_click",
    ("left", 2): "double_click",
    ("left", 3): "triple_click",
}


def _key(args: Args) -> Action:
    return Press(keys=args.keys("keys"))


def _type(args: Args) -> Action:
    return Type(text=args.text("text"))


def _hover(args: Args) -> Action:
    return Hover(at=args.point("coordinate"))


def _drag(args: Args) -> Action:
    return Drag(end=args.point("coordinate"))


def _wait(args: Args) -> Action:
    return Wait(seconds=args.number("time"))


def _answer(args: Args) -> Action:
    return Answer(text=args.text("text"))


def finish(args: Args) -> Action:
    """`terminate` with a status."""
    return Finish(success=args.choice("status", _STATUS) == "success")


def _click(button: Literal["left", "right", "middle"], count: int = 1) -> Verb:
    def read(args: Args) -> Action:
        return Click(at=args.maybe_point("coordinate"), button=button, count=count)

    return Verb(("click",), read)


def amount(args: Args) -> int:
    """The pixels of a scroll: positive is up or right."""
    pixels = round(args.number("pixels"))
    if not 0 < abs(pixels) <= _MAX_SCROLL:
        raise BadReply(f"`pixels` must be from 1 to {_MAX_SCROLL} either way.")
    return pixels


def _scroll(args: Args) -> Action:
    return Scroll(at=args.maybe_point("coordinate"), dy=-amount(args))


def _hscroll(args: Args) -> Action:
    return Scroll(at=args.maybe_point("coordinate"), dx=amount(args))


VERBS: Mapping[str, Verb] = {
    "key": Verb(("press",), _key),
    "type": Verb(("type",), _type),
    "mouse_move": Verb(("hover",), _hover),
    "left_click": _click("left"),
    "left_click_drag": Verb(("drag",), _drag),
    "right_click": _click("right"),
    "middle_click": _click("middle"),
    "double_click": _click("left", 2),
    "triple_click": _click("left", 3),
    "scroll": Verb(("scroll",), _scroll),
    "hscroll": Verb(("scroll",), _hscroll),
    "wait": Verb(("wait",), _wait),
    "terminate": Verb(("finish",), finish),
    "answer": Verb(("answer",), _answer),
}


def write(action: Action, space: Space) -> Written:
    """How `computer_use` words an action; ValueError when it cannot."""
    match action:
        case Press():
            return Written("key", {"keys": list(action.keys)})
        case Type() | Answer():
            return Written(action.kind, {"text": action.text})
        case Hover():
            return Written("mouse_move", at(action.at, space))
        case Click() if not action.keys and (action.button, action.count) in _CLICKS:
            return Written(_CLICKS[action.button, action.count], at(action.at, space))
        case Drag() if action.start is None:
            return Written("left_click_drag", at(action.end, space))
        case Scroll() if action.unit == "pixel" and (action.dx == 0) != (action.dy == 0):
            return _write_scroll(action, space)
        case Wait():
            return Written("wait", {"time": plain(action.seconds)})
        case Finish():
            return Written("terminate", status(action))
        case _:
            raise ValueError(f"computer_use has no words for {action!r}")


def _write_scroll(action: Scroll, space: Space) -> Written:
    name, pixels = ("scroll", -action.dy) if action.dy else ("hscroll", action.dx)
    return Written(name, {"pixels": pixels} | at(action.at, space))


def at(point: Point | None, space: Space, key: str = "coordinate") -> dict[str, object]:
    """The coordinate argument, or nothing for the pointer's own place."""
    return {} if point is None else {key: space.model(point)}


def status(action: Finish) -> dict[str, object]:
    """The status argument of `terminate`."""
    return {"status": "success" if action.success else "failure"}


def plain(seconds: float) -> float | int:
    """Seconds as people write them: 2, not 2.0."""
    return int(seconds) if seconds == int(seconds) else seconds


def computer_use(prompt: str) -> Tool:
    """The tool of a family whose frozen prompt is `prompt`."""
    return Tool("computer_use", prompt, VERBS, write, {}, {"click": "left_click"})
