"""The pyautogui calls that OpenCUA, Aguvis and ScaleCUA write, read by name from an allow-list.

The text is never executed. `moveTo` followed by `dragTo` is one drag. Scrolls are notches,
positive is up. What holds a key or a button across calls has no action here and is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..callexpr import Expression, read_expressions
from ..errors import BadReply
from ..keys import combo
from ..literal import Json
from ..types import (
    Action,
    Answer,
    AskUser,
    Back,
    Capabilities,
    Click,
    Drag,
    Finish,
    Home,
    Hover,
    LongPress,
    OpenApp,
    Point,
    Press,
    Scroll,
    Type,
    Wait,
)
from .args import Args
from .space import Space
from .words import Word, Words, read_words

_PREFIXES = ("pyautogui.", "computer.", "mobile.", "time.", "pyperclip.")
_BUTTONS: dict[str, Literal["left", "right", "middle"]] = {
    "left": "left",
    "right": "right",
    "middle": "middle",
}
_STATUS = {
    "success": "success",
    "fail": "failure",
    "failure": "failure",
    "complete": "success",
    "infeasible": "failure",
}
_MAX_PRESSES = 20


def run_code(text: str, space: Space, can: Capabilities) -> tuple[Action, ...]:
    """The actions of a block of calls; BadReply when anything else stands in it."""
    calls, end = read_expressions(text)
    if text[end:].strip():
        raise BadReply(f"The code cannot be read from {text[end:].strip()[:20]!r} on.")
    return merged(read_words([_short(call) for call in calls], WORDS, space, can))


def merged(actions: Sequence[Action]) -> tuple[Action, ...]:
    """Actions with each move to the start of a drag made part of the drag."""
    result: list[Action] = []
    for action in actions:
        before = result[-1] if result else None
        if isinstance(action, Drag) and action.start is None and isinstance(before, Hover):
            result[-1] = action.model_copy(update={"start": before.at})
        else:
            result.append(action)
    return tuple(result)


def _short(call: Expression) -> Expression:
    for prefix in _PREFIXES:
        if call.name.startswith(prefix):
            return call._replace(name=call.name.removeprefix(prefix))
    return call


def _at(args: Args) -> Point | None:
    if not args.has("x") and not args.has("y"):
        return None
    return args.space.point(args.number("x"), args.number("y"))


def _there(args: Args) -> Point:
    point = _at(args)
    if point is None:
        raise BadReply("`x` and `y` are missing.")
    return point


def _click(args: Args) -> tuple[Action, ...]:
    button = _BUTTONS[args.choice("button", _BUTTONS)] if args.has("button") else "left"
    return (Click(at=_at(args), button=button, count=round(args.number("clicks", 1))),)


def _fixed(button: Literal["left", "right", "middle"], count: int) -> Word:
    def read(args: Args) -> tuple[Action, ...]:
        return (Click(at=_at(args), button=button, count=count),)

    return Word(("click",), read, ("x", "y"))


def _hover(args: Args) -> tuple[Action, ...]:
    return (Hover(at=_there(args)),)


def _drag(args: Args) -> tuple[Action, ...]:
    if args.has("button") and args.text("button") != "left":
        raise BadReply("only the left button can drag.")
    return (Drag(end=_there(args)),)


def _notches(args: Args) -> int:
    # Aguvis scrolls by fractions of a page; a page is about ten notches.
    if args.has("page"):
        return round(args.number("page") * 10) or 1
    amount = round(args.number("clicks"))
    if not 0 < abs(amount) <= 100_000:
        raise BadReply("`clicks` must be from 1 to 100000 either way.")
    return amount


def _scroll(args: Args) -> tuple[Action, ...]:
    return (Scroll(at=_at(args), dy=-_notches(args), unit="notch"),)


def _hscroll(args: Args) -> tuple[Action, ...]:
    return (Scroll(at=_at(args), dx=_notches(args), unit="notch"),)


def _write(args: Args) -> tuple[Action, ...]:
    return (Type(text=args.text("message")),)


def _press(args: Args) -> tuple[Action, ...]:
    times = round(args.number("presses", 1))
    if not 1 <= times <= _MAX_PRESSES:
        raise BadReply(f"`presses` must be from 1 to {_MAX_PRESSES}.")
    key = "keys" if args.has("keys") else "key"
    return tuple(Press(keys=combo(name)) for name in _listed(args, key)) * times


def _hotkey(args: Args) -> tuple[Action, ...]:
    given = [args.text(key) for key in _HOTKEYS if args.has(key)]
    return (Press(keys=combo(given or _listed(args, "keys"))),)


def _listed(args: Args, key: str) -> list[str]:
    value: Json = args.values.get(key)
    names = value if isinstance(value, list) else [value]
    texts = [name for name in names if isinstance(name, str)]
    if not texts or len(texts) != len(names) or len(texts) > _MAX_PRESSES:
        raise BadReply(f"`{key}` must be a key name or a short list of them.")
    return texts


def _wait(default: float) -> Word:
    def read(args: Args) -> tuple[Action, ...]:
        return (Wait(seconds=args.number("seconds", default)),)

    return Word(("wait",), read, ("seconds",))


def _terminate(args: Args) -> tuple[Action, ...]:
    success = args.choice("status", _STATUS) == "success"
    told = next((key for key in ("answer", "info") if args.has(key)), None)
    return (Finish(success=success, text=args.text(told, empty=True) if told else ""),)


def _answer(args: Args) -> tuple[Action, ...]:
    return (Answer(text=args.text("answer")),)


def _swipe(args: Args) -> tuple[Action, ...]:
    start, end = args.point("from_coord"), args.point("to_coord")
    return (Drag(start=start, end=end),)


def _long_press(args: Args) -> tuple[Action, ...]:
    return (LongPress(at=_there(args)),)


def _open_app(args: Args) -> tuple[Action, ...]:
    return (OpenApp(name=args.text("app_name")),)


_XY = ("x", "y")
_HOTKEYS = ("key1", "key2", "key3", "key4")
WORDS: Words = {
    "click": Word(("click",), _click, ("x", "y", "clicks")),
    "rightClick": _fixed("right", 1),
    "middleClick": _fixed("middle", 1),
    "doubleClick": _fixed("left", 2),
    "tripleClick": _fixed("left", 3),
    "triple_click": _fixed("left", 3),
    "moveTo": Word(("hover",), _hover, _XY),
    "dragTo": Word(("drag",), _drag, _XY),
    "scroll": Word(("scroll",), _scroll, ("clicks", "x", "y")),
    "hscroll": Word(("scroll",), _hscroll, ("clicks", "x", "y")),
    "write": Word(("type",), _write, ("message",)),
    "typewrite": Word(("type",), _write, ("message",)),
    "press": Word(("press",), _press, ("keys", "presses")),
    "hotkey": Word(("press",), _hotkey, _HOTKEYS),
    "sleep": _wait(1),
    "wait": _wait(20),
    "terminate": Word(("finish",), _terminate, ("status", "answer")),
    "answer": Word(("answer",), _answer, ("answer",)),
    "response": Word(("answer",), _answer, ("answer",)),
    "call_user": Word(("ask_user",), lambda args: (AskUser(text=""),)),
    "swipe": Word(("drag",), _swipe, ("from_coord", "to_coord")),
    "long_press": Word(("long_press",), _long_press, _XY),
    "open_app": Word(("open_app",), _open_app, ("app_name",)),
    "home": Word(("home",), lambda args: (Home(),)),
    "back": Word(("back",), lambda args: (Back(),)),
}


def code_for(action: Action, space: Space, prefix: str = "pyautogui.") -> str:
    """The call that means an action; ValueError when there is none."""
    match action:
        case Click() if not action.keys:
            return _click_code(action, space, prefix)
        case Hover():
            return f"{prefix}moveTo({_place(action.at, space)})"
        case Drag(start=Point() as start):
            move = f"{prefix}moveTo({_place(start, space)})"
            return f"{move}\n{prefix}dragTo({_place(action.end, space)}, button='left')"
        case Drag():
            return f"{prefix}dragTo({_place(action.end, space)}, button='left')"
        case Type():
            return f"{prefix}write(message={action.text!r})"
        case Press(keys=(key,)):
            return f"{prefix}press(keys=[{key!r}])"
        case Press():
            return f"{prefix}hotkey(keys={list(action.keys)!r})"
        case Finish(text=""):
            return f"computer.terminate(status='{'success' if action.success else 'failure'}')"
        case _:
            raise ValueError(f"there is no code for {action!r}")


def _click_code(action: Click, space: Space, prefix: str) -> str:
    place = "" if action.at is None else _place(action.at, space)
    names = {
        ("left", 1): f"{prefix}click",
        ("left", 2): f"{prefix}doubleClick",
        ("left", 3): "computer.triple_click",
        ("right", 1): f"{prefix}rightClick",
        ("middle", 1): f"{prefix}middleClick",
    }
    name = names.get((action.button, action.count))
    if name is None:
        raise ValueError(f"there is no code for {action!r}")
    return f"{name}({place})"


def _place(point: Point, space: Space) -> str:
    x, y = space.model(point)
    return f"x={x}, y={y}"
