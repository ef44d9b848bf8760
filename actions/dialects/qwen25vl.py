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
read `None`. On phones it is the cookbook's text, then the image, and a step is the whole call. The
thinking variant adds the publisher's two sentences and replays the summaries.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..messages import Image, Message, Sampling
from ..toolcall import between, json_calls
from ..types import Action, Capabilities, Decision
from .base import ResizeRule, Turn
from .computer_use import computer_use
from .history import arguments_said, next_move, past_call, step_lines
from .mobile_use import mobile_use
from .space import pixels
from .tool import Tool

RESIZE = ResizeRule(factor=28, min_pixels=4 * 28 * 28, max_pixels=16384 * 28 * 28)
COMPUTER = computer_use("qwen25vl_computer_use")
MOBILE = mobile_use("qwen25vl_mobile_use")

# The publisher's answer to how this family is asked for reasoning and a summary.
_THINKING = (
    "Before answering, explain your reasoning step-by-step in <thinking></thinking> tags, and "
    "insert them before the <tool_call></tool_call> XML tags.\nAfter answering, summarize your "
    "action in <conclusion></conclusion> tags, and insert them after the <tool_call></tool_call> "
    "XML tags."
)


@dataclass(frozen=True)
class Qwen25VL:
    """The dialect of Qwen2.5-VL; `thinking` asks for reasoning before and a summary after."""

    name: str = "qwen2.5-vl"
    thinking: bool = False
    picture_first: bool = False
    """Whether phones are asked as browsers are: the picture, then OSWorld's wording."""
    resize: ResizeRule = RESIZE
    sampling: Sampling = Sampling(max_tokens=2048)

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """The system message, and the user message with the live image."""
        mobile = can.surface == "mobile" and not self.picture_first
        if self.thinking:
            past = [_concluded(turn) for turn in past]
        ask = (
            mobile_text(goal, past) if mobile else next_move(goal, step_lines(past, arguments_said))
        )
        if self.thinking:
            ask = f"{ask}\n{_THINKING}"
        system = self.tool(can).system(can, now.seen)
        return [
            Message("system", (system,)),
            Message("user", (ask, now) if mobile else (now, ask)),
        ]

    def tool(self, can: Capabilities) -> Tool:
        """The one tool that is offered on this kind of screen."""
        return MOBILE if can.surface == "mobile" else COMPUTER

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The one action that a reply means; raises BadReply and nothing else."""
        found = json_calls(reply, first_only=True)
        actions = self.tool(can).read(found.calls[0], pixels(seen), can)
        return Decision(found.thought, actions)

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The grounding prompt of published runs: computer_use, the image, the target's words."""
        return [
            Message("system", (COMPUTER.whole(image.seen),)),
            Message("user", (image, what)),
        ]

    def format_call(self, action: Action, image: Image, can: Capabilities) -> str:
        """The call that means an action, as the model writes it; ValueError if none does."""
        return self.tool(can).json_call(action, pixels(image))

    def format_reply(self, thought: str, action: Action, image: Image, can: Capabilities) -> str:
        """A whole reply: the thought if there is one, then the call."""
        call = self.format_call(action, image, can)
        return f"{thought}\n{call}" if thought else call


def qwen25vl_thinking() -> Qwen25VL:
    """The variant that is asked for reasoning and a summary."""
    return Qwen25VL("qwen2.5-vl-thinking", thinking=True)


def qvl_mini() -> Qwen25VL:
    """Our own checkpoint's: a picture that comes first answers many questions in its training."""
    return Qwen25VL("qvl-mini", picture_first=True)


def mobile_text(goal: str, past: Sequence[Turn]) -> str:
    steps = "".join(f"{line}; " for line in step_lines(past, _call_said))
    return (
        f"The user query:  {goal}\nTask progress (You have done the following operation on the "
        f"current device): {steps}"
    )


def _call_said(turn: Turn) -> str:
    call = past_call(turn)
    if turn.thought or call is None:
        return turn.thought or turn.reply
    named = {"name": call.name or MOBILE.name, "arguments": call.arguments}
    return json.dumps(named, ensure_ascii=False)


def _concluded(turn: Turn) -> Turn:
    """A turn told by its own summary instead of by its reasoning."""
    summaries = between(turn.reply, "conclusion")
    return replace(turn, thought=summaries[0]) if summaries else turn
