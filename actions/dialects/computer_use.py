"""The verbs of `computer_use` in all its versions; a family offers those that its prompt names.

Qwen2.5-VL has eleven, Qwen3-VL adds triple_click, hscroll and answer, Qwen3.5 adds held keys on
clicks, Qwen3.7 has screenshot and call_user. A click without a coordinate is a click where the
pointer is, and a drag starts there.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Literal, NamedTuple

from ..errors import BadReply
from ..types import (
    Action,
    Answer,
    AskUser,
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
_NOTCHES = 100
_CLICKS: Mapping[tuple[str, int], str] = {
    ("left", 1): "left_click",
    ("right", 1): "right_click",
    ("middle", 1): "middle_click",
    ("left", 2): "double_click",
    ("left", 3): "triple_click",
}


class Manner(NamedTuple):
    """What families mean differently by the same verbs."""

    notches: bool = False
    """Scrolls of fewer than a hundred are notches of the wheel, not pixels."""
    held: bool = False
    """`text` on a click names keys that are held during it."""
    ask: str = "call_user"
    """The verb that asks the user."""


PLAIN = Manner()


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


def _look(args: Args) -> Action:
    return Wait(seconds=0)


def _answer(args: Args) -> Action:
    return Answer(text=args.text("text"))


def _ask(args: Args) -> Action:
    return AskUser(text=args.text("text"))


def finish(args: Args) -> Action:
    """`terminate` with a status."""
    return Finish(success=args.choice("status", _STATUS) == "success")


def _click(manner: Manner, button: Literal["left", "right", "middle"], count: int = 1) -> Verb:
    def read(args: Args) -> Action:
        keys = args.keys("text") if manner.held and args.values.get("text") else ()
        at = args.maybe_point("coordinate")
        return Click(at=at, button=button, count=count, keys=keys)

    return Verb(("click",), read)


def _scroll(manner: Manner, sideways: bool) -> Verb:
    def read(args: Args) -> Action:
        if manner.held and args.values.get("text"):
            raise BadReply("keys cannot be held while scrolling.")
        amount = round(args.number("pixels"))
        if not 0 < abs(amount) <= _MAX_SCROLL:
            raise BadReply(f"`pixels` must be from 1 to {_MAX_SCROLL} either way.")
        unit = "notch" if manner.notches and abs(amount) < _NOTCHES else "pixel"
        at = args.maybe_point("coordinate")
        dx, dy = (amount, 0) if sideways else (0, -amount)
        return Scroll(at=at, dx=dx, dy=dy, unit=unit)

    return Verb(("scroll",), read)


def verbs(manner: Manner) -> Mapping[str, Verb]:
    """Every verb of every version, in one manner."""
    return {
        "key": Verb(("press",), _key),
        "type": Verb(("type",), _type),
        "mouse_move": Verb(("hover",), _hover),
        "left_click": _click(manner, "left"),
        "left_click_drag": Verb(("drag",), _drag),
        "right_click": _click(manner, "right"),
        "middle_click": _click(manner, "middle"),
        "double_click": _click(manner, "left", 2),
        "triple_click": _click(manner, "left", 3),
        "scroll": _scroll(manner, sideways=False),
        "hscroll": _scroll(manner, sideways=True),
        "screenshot": Verb(("wait",), _look),
        "wait": Verb(("wait",), _wait),
        "terminate": Verb(("finish",), finish),
        "answer": Verb(("answer",), _answer),
        "call_user": Verb(("ask_user",), _ask),
        "interact": Verb(("ask_user",), _ask),
    }


def write(action: Action, space: Space, manner: Manner) -> Written:
    """How `computer_use` words an action; ValueError when it cannot."""
    match action:
        case Press():
            return Written("key", {"keys": list(action.keys)})
        case Type() | Answer():
            return Written(action.kind, {"text": action.text})
        case AskUser():
            return Written(manner.ask, {"text": action.text})
        case Hover():
            return Written("mouse_move", at(action.at, space))
        case Click():
            return _write_click(action, space, manner)
        case Drag() if action.start is None:
            return Written("left_click_drag", at(action.end, space))
        case Scroll():
            return _write_scroll(action, space, manner)
        case Wait():
            return Written("wait", {"time": plain(action.seconds)})
        case Finish(text=""):
            return Written("terminate", status(action))
        case _:
            raise _no_words(action)


def _no_words(action: Action) -> ValueError:
    return ValueError(f"computer_use has no words for {action!r}")


def _write_click(action: Click, space: Space, manner: Manner) -> Written:
    verb = _CLICKS.get((action.button, action.count))
    if verb is None or (action.keys and not manner.held):
        raise _no_words(action)
    held = {"text": "+".join(action.keys)} if action.keys else {}
    return Written(verb, at(action.at, space) | held)


def _write_scroll(action: Scroll, space: Space, manner: Manner) -> Written:
    amount = action.dx or -action.dy
    notch = manner.notches and abs(amount) < _NOTCHES
    if (action.dx == 0) == (action.dy == 0) or (action.unit == "notch") != notch:
        raise _no_words(action)
    return Written("hscroll" if action.dx else "scroll", {"pixels": amount} | at(action.at, space))


def at(point: Point | None, space: Space, key: str = "coordinate") -> dict[str, object]:
    """The coordinate argument, or nothing for the pointer's own place."""
    return {} if point is None else {key: space.model(point)}


def status(action: Finish) -> dict[str, object]:
    """The status argument of `terminate`."""
    return {"status": "success" if action.success else "failure"}


def plain(seconds: float) -> float | int:
    """Seconds as people write them: 2, not 2.0."""
    return int(seconds) if seconds == int(seconds) else seconds


def computer_use(prompt: str, manner: Manner = PLAIN) -> Tool:
    """The tool of a family whose frozen prompt is `prompt`."""
    aliases = {"click": "left_click"}
    return Tool("computer_use", prompt, verbs(manner), partial(write, manner=manner), {}, aliases)
