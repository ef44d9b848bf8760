"""The verbs of `mobile_use` in all its versions; a family offers those that its prompt names."""

from __future__ import annotations

from collections.abc import Mapping

from ..types import (
    Action,
    Answer,
    AskUser,
    Back,
    Click,
    Drag,
    Finish,
    Home,
    Kind,
    LongPress,
    OpenApp,
    Press,
    Recents,
    Type,
    Wait,
)
from .args import Args
from .computer_use import at, finish, plain, status
from .space import Space
from .tool import Tool, Verb, Written

_BUTTONS: Mapping[str, Action] = {
    "Back": Back(),
    "Home": Home(),
    "Menu": Recents(),
    "Enter": Press(keys=("enter",)),
}
_BUTTON_KINDS: Mapping[str, Kind] = {name: action.kind for name, action in _BUTTONS.items()}
# Seen in the wild: names of older harnesses, and computer_use's click on a phone.
_ALIASES = {"tap": "click", "left_click": "click", "open_app": "open"}


def _key(args: Args) -> Action:
    return Press(keys=args.keys("text"))


def _click(args: Args) -> Action:
    return Click(at=args.point("coordinate"))


def _long_press(args: Args) -> Action:
    return LongPress(at=args.point("coordinate"), seconds=args.number("time", 1.0))


def _swipe(args: Args) -> Action:
    start = "coordinate" if args.has("coordinate") else "coordinate1"
    return Drag(start=args.point(start), end=args.point("coordinate2"))


def _type(args: Args) -> Action:
    return Type(text=args.text("text"))


def _answer(args: Args) -> Action:
    return Answer(text=args.text("text"))


def _ask(args: Args) -> Action:
    return AskUser(text=args.text("text"))


def _button(args: Args) -> Action:
    return _BUTTONS[args.choice("button", {name.lower(): name for name in _BUTTONS})]


def _open(args: Args) -> Action:
    return OpenApp(name=args.text("app_name" if args.has("app_name") else "text"))


def _wait(args: Args) -> Action:
    return Wait(seconds=args.number("time"))


VERBS: Mapping[str, Verb] = {
    "key": Verb(("press",), _key),
    "click": Verb(("click",), _click),
    "long_press": Verb(("long_press",), _long_press),
    "swipe": Verb(("drag",), _swipe),
    "type": Verb(("type",), _type),
    "answer": Verb(("answer",), _answer),
    "interact": Verb(("ask_user",), _ask),
    "system_button": Verb(("back", "home", "recents", "press"), _button),
    "open": Verb(("open_app",), _open),
    "wait": Verb(("wait",), _wait),
    "terminate": Verb(("finish",), finish),
}


def write(action: Action, space: Space) -> Written:
    """How `mobile_use` words an action; ValueError when it cannot."""
    for name, button in _BUTTONS.items():
        if action == button:
            return Written("system_button", {"button": name})
    return _write_touch(action, space) or _write_other(action)


def _write_touch(action: Action, space: Space) -> Written | None:
    match action:
        case Click() if action.at is not None and action == Click(at=action.at):
            return Written("click", at(action.at, space))
        case LongPress():
            seconds = {"time": plain(action.seconds)}
            return Written("long_press", at(action.at, space) | seconds)
        case Drag() if action.start is not None:
            end = at(action.end, space, "coordinate2")
            return Written("swipe", at(action.start, space) | end)
        case _:
            return None


def _write_other(action: Action) -> Written:
    match action:
        case Press():
            return Written("key", {"text": "+".join(action.keys)})
        case Type() | Answer():
            return Written(action.kind, {"text": action.text})
        case AskUser():
            return Written("interact", {"text": action.text})
        case OpenApp():
            return Written("open", {"text": action.name})
        case Wait():
            return Written("wait", {"time": plain(action.seconds)})
        case Finish(text=""):
            return Written("terminate", status(action))
        case _:
            raise ValueError(f"mobile_use has no words for {action!r}")


def mobile_use(prompt: str) -> Tool:
    """The tool of a family whose frozen prompt is `prompt`."""
    return Tool("mobile_use", prompt, VERBS, write, _BUTTON_KINDS, _ALIASES)
