"""Our actions as what AndroidWorld's environment can be told, one by one.

Source: android_world/env/json_action.py and actuation.py of google-research/android_world. Its
vocabulary has traps: there is no drag between two points, `input_text` taps first and presses
enter afterwards, `scroll` names the way the content is seen, and `swipe` names the finger's way up
and down but the opposite left and right. So fingers and text go through adb, and only what is
unambiguous is a JSON action.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from ...actions.errors import ActionError
from ...actions.types import (
    Action,
    Answer,
    AskUser,
    Back,
    Capabilities,
    Click,
    Drag,
    Finish,
    GoTo,
    Home,
    Hover,
    LongPress,
    OpenApp,
    Point,
    Press,
    Recents,
    Scroll,
    Size,
    Type,
    Wait,
)

CAPABILITIES = Capabilities(
    "mobile",
    frozenset({
        "click", "long_press", "drag", "scroll", "type", "press", "home", "back", "recents",
        "open_app", "wait", "answer", "ask_user", "finish",
    }),
)  # fmt: skip
_NOTCH = 120
"""Pixels of a phone's screen that one notch of a wheel stands for."""
_SCROLL_MS = 500
_KEYS = {
    "enter": "ENTER", "back": "BACK", "backspace": "DEL", "delete": "FORWARD_DEL", "tab": "TAB",
    "space": "SPACE", "escape": "ESCAPE", "left": "DPAD_LEFT", "right": "DPAD_RIGHT",
    "up": "DPAD_UP", "down": "DPAD_DOWN", "home": "MOVE_HOME", "end": "MOVE_END",
    "pageup": "PAGE_UP", "pagedown": "PAGE_DOWN", "volumeup": "VOLUME_UP",
    "volumedown": "VOLUME_DOWN", "power": "POWER", "contextmenu": "MENU",
}  # fmt: skip


@dataclass(frozen=True)
class Json:
    """The fields of a JSONAction."""

    fields: dict[str, str | int]


@dataclass(frozen=True)
class Adb:
    """The words of an adb command."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Text:
    """Text at the caret, without a tap before and without enter after it."""

    text: str


@dataclass(frozen=True)
class Pause:
    """Nothing, for some seconds."""

    seconds: float


Order = Json | Adb | Text | Pause


def orders(action: Action, screen: Size) -> list[Order]:
    """What to tell the environment, in order; ActionError when a phone cannot do it."""
    match action:
        case Click() | LongPress() | Drag() | Scroll():
            return [_touch(action, screen)]
        case Type():
            return _type(action.text)
        case Press():
            return [_press(action.keys)]
        case Wait():
            return [Pause(action.seconds)]
        case Home() | Back() | Recents() | OpenApp():
            return [_system(action)]
        case Answer():
            return [Json({"action_type": "answer", "text": action.text})]
        case Finish() | AskUser():
            return []
        case Hover() | GoTo():
            raise ActionError(f"a phone cannot do {action.kind}")
        case _:
            assert_never(action)


def _touch(action: Click | LongPress | Drag | Scroll, screen: Size) -> Order:
    match action:
        case Click():
            return _click(action)
        case LongPress():
            return _finger(action.at, action.at, action.seconds * 1000)
        case Drag():
            return _finger(_there(action.start), action.end, action.seconds * 1000)
        case Scroll():
            return _scroll(action, screen)


def _there(point: Point | None) -> Point:
    if point is None:
        raise ActionError("a phone has no pointer; name the place")
    return point


def _click(action: Click) -> Order:
    if action.count > 2 or action.button != "left" or action.keys:
        raise ActionError("a finger taps once or twice, and nothing else")
    at = _there(action.at)
    kind = "click" if action.count == 1 else "double_tap"
    return Json({"action_type": kind, "x": at.x, "y": at.y})


def _finger(start: Point, end: Point, milliseconds: float) -> Order:
    places = (start.x, start.y, end.x, end.y, round(milliseconds))
    return Adb(("shell", "input", "swipe", *map(str, places)))


def _scroll(action: Scroll, screen: Size) -> Order:
    """The finger goes against the content, and stays on the screen."""
    step = _NOTCH if action.unit == "notch" else 1
    at = action.at or Point(x=screen.width // 2, y=screen.height // 2)
    end = Point(
        x=min(max(at.x - action.dx * step, 0), screen.width - 1),
        y=min(max(at.y - action.dy * step, 0), screen.height - 1),
    )
    return _finger(at, end, _SCROLL_MS)


def _type(text: str) -> list[Order]:
    """Lines with enter between them, and none at the end unless it was asked for."""
    told: list[Order] = []
    for number, line in enumerate(text.split("\n")):
        if number:
            told.append(Json({"action_type": "keyboard_enter"}))
        if line:
            told.append(Text(line))
    return told


def _press(keys: tuple[str, ...]) -> Order:
    name = keys[0]
    if len(keys) > 1:
        raise ActionError("a phone presses one key at a time")
    if name == "enter":
        return Json({"action_type": "keyboard_enter"})
    code = _KEYS.get(name) or (name.upper() if len(name) == 1 and name.isalnum() else None)
    if code is None or not code.isascii():
        raise ActionError(f"a phone has no {name!r} key")
    return Adb(("shell", "input", "keyevent", f"KEYCODE_{code}"))


def _system(action: Home | Back | Recents | OpenApp) -> Order:
    match action:
        case Home():
            return Json({"action_type": "navigate_home"})
        case Back():
            return Json({"action_type": "navigate_back"})
        case OpenApp():
            return Json({"action_type": "open_app", "app_name": action.name})
        case Recents():
            return Adb(("shell", "input", "keyevent", "KEYCODE_APP_SWITCH"))
