"""UI-Venus 1.0, 1.5 and 2: thinking, exactly one action between tags, a conclusion.

One user message: the prompt (prompts/SOURCES.md; 1.0 and 1.5 share its grammar) with the past as
text, and the image. 1.0 writes pixels of a picture with a raised minimum, 1.5 writes 0 to 1000,
2 writes 0 to 999 on computers and 0 to 1000 elsewhere. Version 2 is read only: its prompts were
not seen at their source. More than one action is refused, and so is one whose tag is not closed.
A pair of -1 means that the thing is not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..callexpr import read_expressions
from ..errors import BadReply, UserError
from ..keys import combo
from ..messages import Image, Message, Sampling
from ..toolcall import between, bounded, clean_thought, visible
from ..types import (
    Action,
    Answer,
    AskUser,
    Back,
    Capabilities,
    Click,
    Decision,
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
    Type,
    Wait,
)
from . import frozen
from .args import Args
from .base import ResizeRule, Turn
from .boxes import box_centre
from .grounding import ui_venus_grounding
from .history import step_lines
from .qwen3vl import RESIZE as RESIZE_32
from .space import Space, pixel_nines, pixels, thousandths
from .words import Word, Words, offered, read_words, without_lines

RESIZE = ResizeRule(factor=28, min_pixels=830_000, max_pixels=937_664)
_NOWHERE = re.compile(r"\s*[\[(]\s*-1\s*,\s*-1\s*[\])]\s*")
_DIRECTIONS = {"down": (0, 5), "up": (0, -5), "right": (5, 0), "left": (-5, 0)}


def _place(args: Args, *names: str) -> Point | None:
    for name in names:
        if args.has(name):
            return args.space.point(*box_centre(name, args.values[name]))
    return None


def _there(args: Args, *names: str) -> Point:
    point = _place(args, *names)
    if point is None:
        raise BadReply(f"`{names[0]}` is missing.")
    return point


def _click(button: str, count: int = 1) -> Word:
    def read(args: Args) -> tuple[Action, ...]:
        at = _place(args, "box", "point")
        return (Click.model_validate({"at": at, "button": button, "count": count}),)

    return Word(("click",), read)


def _drag(args: Args) -> tuple[Action, ...]:
    return (Drag(start=_place(args, "start"), end=_there(args, "end")),)


def _scroll(args: Args) -> tuple[Action, ...]:
    if args.has("start") and args.has("end"):
        return _drag(args)
    dx, dy = _DIRECTIONS[args.choice("direction", {name: name for name in _DIRECTIONS})]
    return (Scroll(at=_place(args, "start", "point", "box"), dx=dx, dy=dy, unit="notch"),)


def _swipe(args: Args) -> tuple[Action, ...]:
    if not args.has("amount"):
        return _drag(args)
    amount = round(args.number("amount"))
    if not 0 < abs(amount) <= 100_000:
        raise BadReply("`amount` must be from 1 to 100000 either way.")
    sideways = args.has("axis") and args.text("axis") == "horizontal"
    dx, dy = (amount, 0) if sideways else (0, -amount)
    return (Scroll(dx=dx, dy=dy),)


def _type(args: Args) -> tuple[Action, ...]:
    return (Type(text=args.text("content")),)


def _launch(args: Args) -> tuple[Action, ...]:
    if args.has("url") and args.text("url", empty=True):
        return (GoTo(url=args.text("url")),)
    return (OpenApp(name=args.text("app")),)


def _hotkey(args: Args) -> tuple[Action, ...]:
    return (Press(keys=args.keys("keys")),)


def _told(args: Args) -> str:
    return args.text("content", empty=True) if args.has("content") else ""


WORDS: Words = {
    "Click": _click("left"),
    "DoubleClick": _click("left", 2),
    "TripleClick": _click("left", 3),
    "RightClick": _click("right"),
    "MiddleClick": _click("middle"),
    "Hover": Word(("hover",), lambda args: (Hover(at=_there(args, "box", "point")),)),
    "LongPress": Word(("long_press",), lambda args: (LongPress(at=_there(args, "box", "point")),)),
    "Drag": Word(("drag",), _drag),
    "Scroll": Word(("scroll", "drag"), _scroll),
    "Swipe": Word(("drag", "scroll"), _swipe),
    "Type": Word(("type",), _type),
    "Launch": Word(("open_app", "goto"), _launch),
    "LaunchApp": Word(("open_app",), _launch),
    "Hotkey": Word(("press",), _hotkey),
    "Wait": Word(("wait",), lambda args: (Wait(seconds=args.number("seconds", 3)),)),
    "PressBack": Word(("back",), lambda args: (Back(),)),
    "PressHome": Word(("home",), lambda args: (Home(),)),
    "PressEnter": Word(("press",), lambda args: (Press(keys=combo("enter")),)),
    "PressRecent": Word(("recents",), lambda args: (Recents(),)),
    "Answer": Word(("answer",), lambda args: (Answer(text=args.text("content")),)),
    "CallUser": Word(("ask_user",), lambda args: (AskUser(text=_told(args)),)),
    "Finished": Word(("finish",), lambda args: (Finish(success=True, text=_told(args)),)),
}


def _nines_on_computers(image: Image, can: Capabilities) -> Space:
    return pixel_nines(image) if can.surface == "desktop" else thousandths(image)


@dataclass(frozen=True)
class Venus:
    """The dialect of one UI-Venus generation."""

    name: str
    space: Callable[[Image, Capabilities], Space]
    resize: ResizeRule
    read_only: bool = False
    sampling: Sampling = Sampling(max_tokens=2048)

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """One user message: the prompt, and the image."""
        if self.read_only:
            raise UserError(
                f"{self.name} can be parsed but not run: its prompts are not published."
            )
        prompt = frozen.text("uivenus_mobile" if can.surface == "mobile" else "uivenus_web")
        prompt = without_lines(prompt, WORDS, offered(WORDS, can))
        steps = "\n".join(step_lines(past, _concluded))
        filled = prompt.replace("{history}", steps).replace("{goal}", goal)
        return [Message("user", (now, filled))]

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The one action between the tags; raises BadReply and nothing else."""
        thinking, text = visible(bounded(reply))
        if _NOWHERE.fullmatch(text):
            return Decision("", (Finish(success=False, text="It is not on the screen."),))
        blocks = between(text, "action")
        if len(blocks) != 1 or text.count("<action>") != 1:
            raise BadReply("The reply must hold exactly one <action>...</action>.")
        calls, end = read_expressions(blocks[0])
        if len(calls) != 1 or blocks[0][end:].strip():
            raise BadReply("The action must be one call and nothing else.")
        actions = read_words(calls, WORDS, self.space(seen, can), can)
        return Decision(clean_thought(thinking), actions)

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The family's grounding question."""
        return ui_venus_grounding().point_prompt(what, image)


def venus_10() -> Venus:
    """UI-Venus 1.0 on Qwen2.5-VL, with the limits of its navigation models."""
    return Venus("ui-venus-1.0", lambda image, can: pixels(image), RESIZE)


def venus_15() -> Venus:
    """UI-Venus 1.5 on Qwen3-VL."""
    return Venus("ui-venus-1.5", lambda image, can: thousandths(image), RESIZE_32)


def venus_2() -> Venus:
    """UI-Venus 2 on Qwen3.5; its replies are read, its prompts are not rendered."""
    sampling = Sampling(max_tokens=4096, thinking=True)
    return Venus("ui-venus-2", _nines_on_computers, RESIZE_32, read_only=True, sampling=sampling)


def _concluded(turn: Turn) -> str:
    conclusions = between(turn.reply, "conclusion")
    return conclusions[0] if conclusions else turn.thought or turn.reply
