"""GUI-Owl 1.0 (on Qwen2.5-VL, pixels) and 1.5 (on Qwen3-VL, 0 to 1000).

1.0 reasons in `thinking` tags, calls, and sums up in `conclusion` tags; one image, past steps as
their summaries. Its computer tool clicks with `click`, drags between two points, types with
`clear` and `enter`, and scrolls by up to five notches. 1.5 writes an Action line and the call,
keeps the last turns with their screenshots, and can ask the user to `interact`. The phone text
of 1.5 opens with the day. Prompts: prompts/SOURCES.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from ..messages import Image, Message, Sampling
from ..toolcall import between, json_calls
from ..types import Action, Capabilities, Click, Decision, Drag, Point, Press, Scroll, Type
from .args import Args
from .base import ResizeRule, Turn
from .computer_use import Manner, at, computer_use, verbs, write
from .conversation import Layout, converse, first_kept
from .history import step_lines
from .mobile_use import mobile_use
from .qwen3vl import RESIZE as RESIZE_32
from .qwen3vl import action_said
from .space import Space, pixels, thousandths
from .tool import Tool, Verb, Written

RESIZE = ResizeRule(factor=28, min_pixels=3136, max_pixels=12800 * 28 * 28)
LAYOUT = Layout(keep=4, block=4, images=8, image_first=False)

_ASK = (
    "Before answering, explain your reasoning step-by-step in <thinking></thinking> tags, and "
    "insert them before the <tool_call></tool_call> XML tags.\nAfter answering, summarize your "
    "action in <conclusion></conclusion> tags, and insert them after the <tool_call></tool_call> "
    "XML tags."
)


def _click(args: Args) -> Action:
    return Click(at=args.maybe_point("coordinate"))


def _drag(args: Args) -> Action:
    if not args.has("coordinate2"):
        return Drag(end=args.point("coordinate"))
    return Drag(start=args.point("coordinate"), end=args.point("coordinate2"))


def _type(args: Args) -> tuple[Action, ...]:
    """The text, after emptying the field and before Enter where the flags say so."""
    clear = (Press(keys=("ctrl", "a")), Press(keys=("backspace",)))
    enter = (Press(keys=("enter",)),)
    text = Type(text=args.text("text"))
    before = clear if args.number("clear", 0) else ()
    return (*before, text, *(enter if args.number("enter", 0) else ()))


_MANNER = Manner(notches=True)
_VERBS: Mapping[str, Verb] = {
    **verbs(_MANNER),
    "click": Verb(("click",), _click),
    "drag": Verb(("drag",), _drag),
    "type": Verb(("type",), _type),
}


def _write(action: Action, space: Space) -> Written:
    match action:
        case Type():
            return Written("type", {"text": action.text, "clear": 0, "enter": 0})
        case Drag(start=Point()):
            start, end = at(action.start, space), at(action.end, space, "coordinate2")
            return Written("drag", start | end)
        case Scroll() if abs(action.dy) > 5:
            raise ValueError(f"computer_use has no words for {action!r}")
        case _:
            verb, rest = write(action, space, _MANNER)
            return Written("click" if verb == "left_click" else verb, rest)


COMPUTER = Tool("computer_use", "guiowl_computer_use", _VERBS, _write, {}, {"left_click": "click"})
MOBILE = mobile_use("guiowl_mobile_use")
COMPUTER_15 = computer_use("guiowl15_computer_use", Manner(notches=True, ask="interact"))
MOBILE_15 = mobile_use("guiowl15_mobile_use")


@dataclass(frozen=True)
class GuiOwl:
    """The dialect of GUI-Owl 1.0."""

    name: str = "gui-owl-1.0"
    resize: ResizeRule = RESIZE
    sampling: Sampling = Sampling(max_tokens=2048)

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """The system message, and the user message: text, then the live image."""
        system = self.tool(can).system(can, now.seen)
        lines = step_lines([_concluded(turn) for turn in past], action_said)
        ask = _phone_text(goal, lines) if can.surface == "mobile" else _computer_text(goal, lines)
        return [Message("system", (system,)), Message("user", (ask, now))]

    def tool(self, can: Capabilities) -> Tool:
        """The one tool that is offered on this kind of screen."""
        return MOBILE if can.surface == "mobile" else COMPUTER

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The actions of the one call; raises BadReply and nothing else."""
        found = json_calls(reply, first_only=True)
        return Decision(found.thought, self.tool(can).read(found.calls[0], pixels(seen), can))

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The agent's prompt with the words alone."""
        return [Message("system", (COMPUTER.whole(image.seen),)), Message("user", (image, what))]

    def format_call(self, action: Action, image: Image, can: Capabilities) -> str:
        """The call that means an action, as the model writes it; ValueError if none does."""
        return self.tool(can).json_call(action, pixels(image))

    def format_reply(self, thought: str, action: Action, image: Image, can: Capabilities) -> str:
        """A whole reply: reasoning, call and summary."""
        call = self.format_call(action, image, can)
        return f"<thinking>\n{thought}\n</thinking>\n{call}\n<conclusion>\n{thought}\n</conclusion>"


@dataclass(frozen=True)
class GuiOwl15:
    """The dialect of GUI-Owl 1.5, instruct and thinking."""

    name: str = "gui-owl-1.5"
    resize: ResizeRule = RESIZE_32
    sampling: Sampling = Sampling(max_tokens=4096)
    today: date = field(default_factory=date.today)
    """The date that the phone text states; fixed for the life of the dialect."""

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """System message, then the conversation."""
        start = first_kept(len(past), LAYOUT.keep, LAYOUT.block)
        if can.surface == "mobile":
            goal = f"Today's date is: {self.today:%Y-%m-%d %A}.{goal}"
        steps = "\n".join(step_lines(past[:start], action_said)) or "None"
        opening = (
            "Please generate the next move according to the UI screenshot, instruction and "
            f"previous actions.\n\nInstruction: {goal}\n\nPrevious actions:\n{steps}"
        )
        system = Message("system", (self.tool(can).system(can, None),))
        return [system, *converse(LAYOUT, opening, past[start:], now)]

    def tool(self, can: Capabilities) -> Tool:
        """The one tool that is offered on this kind of screen."""
        return MOBILE_15 if can.surface == "mobile" else COMPUTER_15

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The actions of the one call; raises BadReply and nothing else."""
        found = json_calls(reply, first_only=True)
        actions = self.tool(can).read(found.calls[0], thousandths(seen), can)
        return Decision(found.thought, actions)

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The agent's prompt with the words alone."""
        return [Message("system", (COMPUTER_15.whole(None),)), Message("user", (image, what))]

    def format_call(self, action: Action, image: Image, can: Capabilities) -> str:
        """The call that means an action, as the model writes it; ValueError if none does."""
        return self.tool(can).json_call(action, thousandths(image))

    def format_reply(self, thought: str, action: Action, image: Image, can: Capabilities) -> str:
        """A whole reply: the Action line, then the call."""
        return f"Action: {thought}\n{self.format_call(action, image, can)}"


def _concluded(turn: Turn) -> Turn:
    summaries = between(turn.reply, "conclusion")
    return replace(turn, thought=summaries[0]) if summaries else turn


def _computer_text(goal: str, lines: Sequence[str]) -> str:
    steps = "".join(f"{line}\n" for line in lines) or "No history. This is the first step."
    return (
        "Please generate the next move according to the UI screenshot, instruction and previous "
        f"actions.\nInstruction: {goal}\nPrevious actions:\n{steps}\n{_ASK}\n"
    )


def _phone_text(goal: str, lines: Sequence[str]) -> str:
    steps = "".join(f"{line}; " for line in lines)
    return (
        f"The user query: {goal}\nTask progress (You have done the following operation on the "
        f"current device): {steps}.\n\n{_ASK}\n"
    )
