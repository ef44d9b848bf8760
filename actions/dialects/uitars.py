"""UI-TARS 1.0, 1.5 and the hosted doubao models: a Thought and an Action, as call expressions.

Prompts (prompts/SOURCES.md) are the first user message; each screenshot is a user message of its
own, each reply an assistant message with the box tokens put back that decoding has stripped. All
past replies stay, the last five screenshots stay (folded three at a time), so older replies
follow each other directly. 1.0 and doubao write 0 to 1000, 1.5 pixels of the picture with a
raised minimum. The last `Action:` of a reply counts, with all calls under it. A line break at the
end of typed text is the Enter key; `wait` is five seconds; a scroll is five notches towards
`direction`. Fractions, seen from 1.0, are taken as such.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..callexpr import read_expressions
from ..errors import BadReply
from ..keys import combo
from ..literal import Json
from ..messages import Image, Message, Sampling
from ..toolcall import bounded, clean_thought, visible
from ..types import (
    Action,
    AskUser,
    Back,
    Capabilities,
    Click,
    Decision,
    Drag,
    Finish,
    Home,
    LongPress,
    OpenApp,
    Point,
    Press,
    Scroll,
    Type,
    Wait,
)
from . import frozen
from .args import Args
from .base import ResizeRule, Turn
from .boxes import box_centre
from .conversation import Layout, converse, first_kept
from .space import Space, fractions, pixels, thousandths
from .words import Word, Words, offered, read_words, without_lines

RESIZE_10 = ResizeRule(factor=28, min_pixels=4 * 28 * 28, max_pixels=16384 * 28 * 28)
RESIZE_15 = ResizeRule(factor=28, min_pixels=100 * 28 * 28, max_pixels=16384 * 28 * 28)
LAYOUT = Layout(keep=60, block=20, images=5, fold=3, collapsed="")
NOTCHES = 5

_ACTION = re.compile(r"(?<![\w_])Action\s*[:：]\s*")
_THOUGHT = re.compile(r"^\s*(?:Thought|Reason)\s*[:：]\s*")
_NAMELESS_THINK = re.compile(r"<(/?)think_never_used_\w{1,64}>")
_BARE_BOX = re.compile(r"(start_box|end_box)='\(\s*(\d+)\s*,\s*(\d+)\s*\)'")
_BARE_POINT = re.compile(r"\s*(?:<\|box_start\|>)?\(\s*\d+\s*,\s*\d+\s*\)(?:<\|box_end\|>)?\s*")
_DIRECTIONS = {"down": (0, 1), "up": (0, -1), "right": (1, 0), "left": (-1, 0)}


def _point(args: Args, *names: str) -> Point:
    given = [args.values[name] for name in names if args.has(name)]
    if not given:
        raise BadReply(f"`{names[0]}` is missing.")
    x, y = box_centre(names[0], given[0])
    if args.space.last[0] > 1 and 0 < x < 1 and 0 < y < 1:
        # Seen from 1.0: fractions of the screen in place of its own thousandths.
        return fractions(Image(b"", args.space.screen, args.space.screen)).point(x, y)
    return args.space.point(x, y)


def _start(args: Args) -> Point:
    return _point(args, "start_box", "point", "start_point")


def _maybe_start(args: Args) -> Point | None:
    return _start(args) if any(args.has(key) for key in ("start_box", "point")) else None


def _click(args: Args) -> tuple[Action, ...]:
    return (Click(at=_start(args)),)


def _double(args: Args) -> tuple[Action, ...]:
    return (Click(at=_start(args), count=2),)


def _right(args: Args) -> tuple[Action, ...]:
    return (Click(at=_start(args), button="right"),)


def _drag(args: Args) -> tuple[Action, ...]:
    return (Drag(start=_start(args), end=_point(args, "end_box", "end_point")),)


def _hotkey(args: Args) -> tuple[Action, ...]:
    keys = args.text("key")
    return (Press(keys=combo(keys.split(" ") if " " in keys.strip() else keys)),)


def _type(args: Args) -> tuple[Action, ...]:
    text = args.text("text" if args.has("text") else "content")
    where = _maybe_start(args)
    click = () if where is None else (Click(at=where),)
    if not text.endswith("\n"):
        return (*click, Type(text=text))
    body = text.rstrip("\n")
    typed = (Type(text=body),) if body else ()
    return (*click, *typed, Press(keys=("enter",)))


def _scroll(args: Args) -> tuple[Action, ...]:
    if args.has("end_box"):
        return _drag(args)
    dx, dy = _DIRECTIONS[args.choice("direction", {name: name for name in _DIRECTIONS})]
    at = _maybe_start(args)
    return (Scroll(at=at, dx=dx * NOTCHES, dy=dy * NOTCHES, unit="notch"),)


def _long_press(args: Args) -> tuple[Action, ...]:
    seconds = args.number("time") if args.values.get("time") else 1.0
    return (LongPress(at=_start(args), seconds=seconds),)


def _open_app(args: Args) -> tuple[Action, ...]:
    return (OpenApp(name=args.text("app_name")),)


def _wait(args: Args) -> tuple[Action, ...]:
    return (Wait(seconds=5),)


def _finished(args: Args) -> tuple[Action, ...]:
    text = args.text("content", empty=True) if args.has("content") else ""
    return (Finish(success=True, text=text),)


def _call_user(args: Args) -> tuple[Action, ...]:
    return (AskUser(text=args.text("content", empty=True) if args.has("content") else ""),)


WORDS: Words = {
    "click": Word(("click",), _click),
    "left_single": Word(("click",), _click),
    "left_double": Word(("click",), _double),
    "right_single": Word(("click",), _right),
    "drag": Word(("drag",), _drag),
    "hotkey": Word(("press",), _hotkey),
    "type": Word(("type",), _type),
    "scroll": Word(("scroll", "drag"), _scroll),
    "long_press": Word(("long_press",), _long_press),
    "open_app": Word(("open_app",), _open_app),
    "press_home": Word(("home",), lambda args: (Home(),)),
    "press_back": Word(("back",), lambda args: (Back(),)),
    "wait": Word(("wait",), _wait),
    "finished": Word(("finish",), _finished),
    "call_user": Word(("ask_user",), _call_user),
}


@dataclass(frozen=True)
class UITars:
    """The dialect of one UI-TARS generation; `prompt` names its pair of frozen prompts."""

    name: str
    prompt: str
    space: Callable[[Image], Space]
    resize: ResizeRule
    sampling: Sampling = Sampling(max_tokens=400)

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """System sentence, the prompt, then screenshots and replies in turn."""
        kept = past[first_kept(len(past), LAYOUT.keep, LAYOUT.block) :]
        head = [Message("system", ("You are a helpful assistant.",))]
        head.append(Message("user", (self.prompt_text(goal, can),)))
        return [*head, *converse(LAYOUT, "", kept, now, _replayed)]

    def prompt_text(self, goal: str, can: Capabilities) -> str:
        """The published prompt without what the environment cannot do."""
        surface = "mobile" if can.surface == "mobile" else "computer"
        text = without_lines(frozen.text(f"{self.prompt}_{surface}"), WORDS, offered(WORDS, can))
        return text.replace("{instruction}", goal)

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The calls under the last Action; raises BadReply and nothing else."""
        text = visible(_NAMELESS_THINK.sub(r"<\1think>", bounded(reply)))[1]
        space = self.space(seen)
        if _BARE_POINT.fullmatch(text):
            return Decision("", (Click(at=space.point(*box_centre("point", text))),))
        marks = list(_ACTION.finditer(text))
        if not marks:
            raise BadReply("The reply holds no `Action:`.")
        calls, _ = read_expressions(text, marks[-1].end())
        thought = clean_thought(_THOUGHT.sub("", text[: marks[0].start()]))
        return Decision(thought, read_words(calls, WORDS, space, can))

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The publisher's grounding question, behind the image."""
        ask = (
            "Output only the coordinate of one point in your response. What element matches the "
            f"following task: {what}"
        )
        return [Message("user", (image, ask))]

    def format_call(self, action: Action, image: Image, can: Capabilities) -> str:
        """The call that means an action, as the model writes it; ValueError if none does."""
        return _written(action, self.space(image), "doubao" in self.name)

    def format_reply(self, thought: str, action: Action, image: Image, can: Capabilities) -> str:
        """A whole reply: Thought and Action."""
        return f"Thought: {thought}\nAction: {self.format_call(action, image, can)}"


def uitars_10() -> UITars:
    """UI-TARS 1.0 on Qwen2-VL."""
    return UITars("ui-tars-1.0", "uitars10", thousandths, RESIZE_10)


def uitars_15() -> UITars:
    """UI-TARS 1.5 on Qwen2.5-VL."""
    return UITars("ui-tars-1.5", "uitars15", pixels, RESIZE_15)


def uitars_doubao() -> UITars:
    """The hosted models, and UI-TARS 2."""
    return UITars("ui-tars-doubao", "uitars_doubao", thousandths, RESIZE_10)


def _replayed(turn: Turn) -> str:
    return _BARE_BOX.sub(r"\1='<|box_start|>(\2,\3)<|box_end|>'", turn.reply)


def _written(action: Action, space: Space, points: bool) -> str:
    """The call for an action, in boxes or in points."""

    def place(name: str, point: Point) -> str:
        x, y = space.model(point)
        if points:
            return f"{name.replace('start_box', 'point')}='<point>{x} {y}</point>'"
        return f"{name}='({x},{y})'"

    match action:
        case Click(at=Point() as at) if not action.keys:
            return f"{_click_word(action)}({place('start_box', at)})"
        case Drag(start=Point() as start):
            ends = ("start_point", "end_point") if points else ("start_box", "end_box")
            return f"drag({place(ends[0], start)}, {place(ends[1], action.end)})"
        case LongPress():
            return f"long_press({place('start_box', action.at)})"
        case Scroll(at=Point() as at):
            return f"scroll({place('start_box', at)}, direction='{_direction(action)}')"
        case _:
            return _written_plain(action)


def _written_plain(action: Action) -> str:
    match action:
        case Press():
            return f"hotkey(key='{' '.join(action.keys)}')"
        case Type() if not action.text.endswith("\n"):
            return f"type(content={_quoted(action.text)})"
        case OpenApp():
            return f"open_app(app_name={_quoted(action.name)})"
        case Finish(success=True):
            return f"finished(content={_quoted(action.text)})"
        case Home() | Back():
            return f"press_{action.kind}()"
        case Wait(seconds=5):
            return "wait()"
        case AskUser(text=""):
            return "call_user()"
        case _:
            raise ValueError(f"UI-TARS has no words for {action!r}")


def _click_word(action: Click) -> str:
    words = {("left", 1): "click", ("left", 2): "left_double", ("right", 1): "right_single"}
    word = words.get((action.button, action.count))
    if word is None:
        raise ValueError(f"UI-TARS has no words for {action!r}")
    return word


def _direction(action: Scroll) -> str:
    for name, (dx, dy) in _DIRECTIONS.items():
        if action.unit == "notch" and (action.dx, action.dy) == (dx * NOTCHES, dy * NOTCHES):
            return name
    raise ValueError(f"UI-TARS has no words for {action!r}")


def _quoted(text: Json) -> str:
    escaped = str(text).replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"
