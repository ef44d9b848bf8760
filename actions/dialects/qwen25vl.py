"""Qwen2.5-VL: `computer_use` on browsers and desktops, `mobile_use` on phones.

Prompt (prompts/SOURCES.md): one system message, one user message with one image. Coordinates are
pixels of the resized picture, factor 28. One call per turn; the rest of a reply is not read.

On browsers and desktops the user message is the image, then the wording of OSWorld's agent for
this family, with every past step as one line:

    \\n
    Please generate the next move according to the UI screenshot, instruction and previous actions.
    \\n
    Instruction: book a flight
    \\n
    Previous actions:
    Step 1: {"action": "left_click", "coordinate": [60, 42]}
    Step 2: Type the city. (Result: nothing changed)
    Step 3: (not understood: left_click: `coordinate` must be [x, y].)

A step is its thought, or without one the call's arguments; feedback follows in brackets; no steps
read `None`. On phones it is the cookbook's text, then the image, and a step is the whole call.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ..errors import BadReply
from ..messages import Image, Message, Sampling
from ..toolcall import Call, json_calls
from ..types import (
    Action,
    Back,
    Capabilities,
    Click,
    Decision,
    Drag,
    Finish,
    Home,
    Hover,
    Kind,
    LongPress,
    OpenApp,
    Point,
    Press,
    Recents,
    Scroll,
    Type,
    Wait,
)  # fmt: skip
from . import frozen
from .args import Args, Verb, carry_out
from .base import ResizeRule, Turn
from .history import step_lines
from .space import Space, pixels

RESIZE = ResizeRule(factor=28, min_pixels=4 * 28 * 28, max_pixels=16384 * 28 * 28)

# The publisher's answer to how this family is asked for reasoning and a summary.
_THINKING = (
    "Before answering, explain your reasoning step-by-step in <thinking></thinking> tags, and "
    "insert them before the <tool_call></tool_call> XML tags.\nAfter answering, summarize your "
    "action in <conclusion></conclusion> tags, and insert them after the <tool_call></tool_call> "
    "XML tags."
)
_STATUS = {"success": "success", "failure": "failure"}
_BUTTONS: Mapping[str, tuple[Kind, Action]] = {
    "Back": ("back", Back()),
    "Home": ("home", Home()),
    "Menu": ("recents", Recents()),
    "Enter": ("press", Press(keys=("enter",))),
}


def _click(button: Literal["left", "right", "middle"], count: int = 1) -> Verb:
    return Verb(
        "click", lambda args: Click(at=args.maybe_point("coordinate"), button=button, count=count)
    )


def _finish(args: Args) -> Action:
    return Finish(success=args.choice("status", _STATUS) == "success")


def _scroll(args: Args) -> Action:
    pixels_up = round(args.number("pixels"))
    if not 0 < abs(pixels_up) <= 100_000:
        raise BadReply("`pixels` must be from 1 to 100000 up or down.")
    return Scroll(at=args.maybe_point("coordinate"), dy=-pixels_up)


def _button(args: Args) -> Action:
    names = {name.lower(): name for name in _BUTTONS}
    return _BUTTONS[args.choice("button", names)][1]


_COMPUTER: Mapping[str, Verb] = {
    "key": Verb("press", lambda args: Press(keys=args.keys("keys"))),
    "type": Verb("type", lambda args: Type(text=args.text("text"))),
    "mouse_move": Verb("hover", lambda args: Hover(at=args.point("coordinate"))),
    "left_click": _click("left"),
    "left_click_drag": Verb("drag", lambda args: Drag(end=args.point("coordinate"))),
    "right_click": _click("right"),
    "middle_click": _click("middle"),
    "double_click": _click("left", count=2),
    "scroll": Verb("scroll", _scroll),
    "wait": Verb("wait", lambda args: Wait(seconds=args.number("time"))),
    "terminate": Verb("finish", _finish),
}
_MOBILE: Mapping[str, Verb] = {
    "key": Verb("press", lambda args: Press(keys=args.keys("text"))),
    "click": Verb("click", lambda args: Click(at=args.point("coordinate"))),
    "long_press": Verb(
        "long_press",
        lambda args: LongPress(at=args.point("coordinate"), seconds=args.number("time", 1.0)),
    ),
    "swipe": Verb(
        "drag", lambda args: Drag(start=args.point("coordinate"), end=args.point("coordinate2"))
    ),
    "type": Verb("type", lambda args: Type(text=args.text("text"))),
    "system_button": Verb("back", _button),
    "open": Verb("open_app", lambda args: OpenApp(name=args.text("text"))),
    "wait": Verb("wait", lambda args: Wait(seconds=args.number("time"))),
    "terminate": Verb("finish", _finish),
}


class _Tool(NamedTuple):
    """One of the family's two tools: its name, its frozen prompt and its verbs."""

    name: str
    prompt: str
    verbs: Mapping[str, Verb]


_COMPUTER_USE = _Tool("computer_use", "qwen25vl_computer_use", _COMPUTER)
_MOBILE_USE = _Tool("mobile_use", "qwen25vl_mobile_use", _MOBILE)


@dataclass(frozen=True)
class Qwen25VL:
    """The dialect of Qwen2.5-VL; `thinking` asks for reasoning before and a summary after."""

    name: str = "qwen2.5-vl"
    thinking: bool = False
    resize: ResizeRule = RESIZE
    sampling: Sampling = Sampling(max_tokens=2048)

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """The system message, and the user message with the live image."""
        ask = _computer_text(goal, past) if can.surface != "mobile" else _mobile_text(goal, past)
        if self.thinking:
            ask = f"{ask}\n{_THINKING}"
        parts = (now, ask) if can.surface != "mobile" else (ask, now)
        return [Message("system", (self.system(now, can),)), Message("user", parts)]

    def system(self, now: Image, can: Capabilities) -> str:
        """The published system prompt, without what the environment cannot do."""
        tool = _tool(can)
        buttons = [name for name, (kind, _) in _BUTTONS.items() if kind in can.kinds]
        return frozen.tool_prompt(
            tool.prompt, self.advertised(can), now.seen, {"button": tuple(buttons)}
        )

    def advertised(self, can: Capabilities) -> tuple[str, ...]:
        """The actions that the prompt offers and the parser accepts."""
        tool = _tool(can)
        return tuple(name for name, verb in tool.verbs.items() if _possible(name, verb, can))

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The one action that a reply means; raises BadReply and nothing else."""
        found = json_calls(reply, first_only=True)
        tool, call = _tool(can), found.calls[0]
        if call.name not in ("", tool.name):
            raise BadReply(f"There is no function {call.name[:40]!r}; call {tool.name}.")
        args = Args(call.arguments, pixels(seen))
        name = args.text("action")
        if name not in (offered := self.advertised(can)):
            raise BadReply(f"There is no action {name[:40]!r}; use one of {', '.join(offered)}.")
        action = carry_out(tool.verbs[name], name, args)
        if action.kind not in can.kinds:
            raise BadReply(f"{name}: this is not possible here.")
        return Decision(found.thought, (action,))

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The grounding prompt of published runs: computer_use, the image, the target's words."""
        system = frozen.tool_prompt(_COMPUTER_USE.prompt, _COMPUTER, image.seen)
        return [Message("system", (system,)), Message("user", (image, what))]

    def format_call(self, action: Action, image: Image, can: Capabilities) -> str:
        """The call that means an action, as the model writes it; ValueError if none does."""
        write = _mobile_arguments if can.surface == "mobile" else _computer_arguments
        call = {"name": _tool(can).name, "arguments": write(action, pixels(image))}
        return f"<tool_call>\n{json.dumps(call, ensure_ascii=False)}\n</tool_call>"

    def format_reply(self, thought: str, action: Action, image: Image, can: Capabilities) -> str:
        """A whole reply: the thought if there is one, then the call."""
        call = self.format_call(action, image, can)
        return f"{thought}\n{call}" if thought else call


def _tool(can: Capabilities) -> _Tool:
    return _MOBILE_USE if can.surface == "mobile" else _COMPUTER_USE


def _possible(name: str, verb: Verb, can: Capabilities) -> bool:
    if name == "system_button":
        return any(kind in can.kinds for kind, _ in _BUTTONS.values())
    return verb.kind in can.kinds


def _computer_text(goal: str, past: Sequence[Turn]) -> str:
    steps = "\n".join(step_lines(past, _arguments_said)) or "None"
    return (
        "\nPlease generate the next move according to the UI screenshot, instruction and previous "
        f"actions.\n\nInstruction: {goal}\n\nPrevious actions:\n{steps}"
    )


def _mobile_text(goal: str, past: Sequence[Turn]) -> str:
    steps = "".join(f"{line}; " for line in step_lines(past, _call_said))
    return (
        f"The user query:  {goal}\nTask progress (You have done the following operation on the "
        f"current device): {steps}"
    )


def _arguments_said(turn: Turn) -> str:
    return turn.thought or json.dumps(_past_call(turn).arguments, ensure_ascii=False)


def _call_said(turn: Turn) -> str:
    call = _past_call(turn)
    named = {"name": call.name or _MOBILE_USE.name, "arguments": call.arguments}
    return turn.thought or json.dumps(named, ensure_ascii=False)


def _past_call(turn: Turn) -> Call:
    return json_calls(turn.reply, first_only=True).calls[0]


def _computer_arguments(action: Action, space: Space) -> dict[str, object]:
    match action:
        case Press():
            return {"action": "key", "keys": list(action.keys)}
        case Type():
            return {"action": "type", "text": action.text}
        case Hover():
            return {"action": "mouse_move", "coordinate": space.model(action.at)}
        case Click():
            return {"action": _click_name(action)} | _at(action.at, space)
        case Drag() if action.start is None:
            return {"action": "left_click_drag", "coordinate": space.model(action.end)}
        case Scroll() if action.unit == "pixel" and action.dx == 0 and action.dy:
            return {"action": "scroll", "pixels": -action.dy} | _at(action.at, space)
        case Wait():
            return {"action": "wait", "time": _plain(action.seconds)}
        case Finish():
            return {"action": "terminate", "status": "success" if action.success else "failure"}
        case _:
            raise ValueError(f"computer_use has no words for {action!r}")


def _mobile_arguments(action: Action, space: Space) -> dict[str, object]:
    for name, (_, button) in _BUTTONS.items():
        if action == button:
            return {"action": "system_button", "button": name}
    match action:
        case Press():
            return {"action": "key", "text": "+".join(action.keys)}
        case Type():
            return {"action": "type", "text": action.text}
        case Click() if action.at is not None and action == Click(at=action.at):
            return {"action": "click"} | _at(action.at, space)
        case LongPress():
            seconds = {"time": _plain(action.seconds)}
            return {"action": "long_press"} | _at(action.at, space) | seconds
        case Drag() if action.start is not None:
            end = {"coordinate2": space.model(action.end)}
            return {"action": "swipe"} | _at(action.start, space) | end
        case OpenApp():
            return {"action": "open", "text": action.name}
        case Wait():
            return {"action": "wait", "time": _plain(action.seconds)}
        case Finish():
            return {"action": "terminate", "status": "success" if action.success else "failure"}
        case _:
            raise ValueError(f"mobile_use has no words for {action!r}")


def _click_name(action: Click) -> str:
    names = {("left", 1): "left_click", ("left", 2): "double_click",
             ("right", 1): "right_click", ("middle", 1): "middle_click"}  # fmt: skip
    name = names.get((action.button, action.count))
    if name is None or action.keys:
        raise ValueError(f"computer_use has no words for {action!r}")
    return name


def _at(point: Point | None, space: Space) -> dict[str, object]:
    return {} if point is None else {"coordinate": space.model(point)}


def _plain(seconds: float) -> float | int:
    return int(seconds) if seconds == int(seconds) else seconds
