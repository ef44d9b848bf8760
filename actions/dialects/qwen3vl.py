"""Qwen3-VL: `computer_use` and `mobile_use` of its cookbooks, on a grid of 0 to 999.

Prompt (prompts/SOURCES.md): on computers the cookbook's system message and, for the past, the
layout of OSWorld's agent for this family: the last turns in full with their screenshots, the
older ones as lines of the opening text. On phones the cookbook's text with one sentence per step,
then the one screenshot. Coordinates are divided by 999, as the publisher's phone cookbook and
OSWorld's agent do; the computer cookbook divides by 1000, which differs by at most a thousandth.
One call per turn. Scroll amounts below a hundred are notches of the wheel, as measured.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..messages import Image, Message, Sampling
from ..toolcall import json_calls
from ..types import Action, Capabilities, Decision
from .base import ResizeRule, Turn
from .computer_use import Manner, computer_use
from .conversation import Layout, converse, first_kept
from .history import arguments_said, next_move, step_lines
from .mobile_use import mobile_use
from .space import nines
from .tool import Tool

RESIZE = ResizeRule(factor=32, min_pixels=65536, max_pixels=16777216)
COMPUTER = computer_use("qwen3vl_computer_use", Manner(notches=True))
MOBILE = mobile_use("qwen3vl_mobile_use")
LAYOUT = Layout(keep=4, block=4, images=8)

_ACTION_LINE = re.compile(r"^[ \t]*Action[ \t]*[:：][ \t]*(\S.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Qwen3VL:
    """The dialect of Qwen3-VL, instruct and thinking, and of fine-tunes with another tool."""

    name: str = "qwen3-vl"
    computer: Tool = COMPUTER
    resize: ResizeRule = RESIZE
    sampling: Sampling = Sampling(max_tokens=4096)

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """System message, then the conversation; on phones one user message."""
        system = Message("system", (self.tool(can).system(can, None),))
        if can.surface == "mobile":
            return [system, Message("user", (_phone_text(goal, past), now))]
        start = first_kept(len(past), LAYOUT.keep, LAYOUT.block)
        opening = next_move(goal, step_lines(past[:start], action_said))
        return [system, *converse(LAYOUT, opening, past[start:], now, without_thinking)]

    def tool(self, can: Capabilities) -> Tool:
        """The one tool that is offered on this kind of screen."""
        return MOBILE if can.surface == "mobile" else self.computer

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The one action that a reply means; raises BadReply and nothing else."""
        found = json_calls(reply, first_only=True)
        actions = self.tool(can).read(found.calls[0], nines(seen), can)
        return Decision(found.thought, actions)

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The computer cookbook's own prompt: its system message, the image, the words."""
        return [Message("system", (self.computer.whole(None),)), Message("user", (image, what))]

    def format_call(self, action: Action, image: Image, can: Capabilities) -> str:
        """The call that means an action, as the model writes it; ValueError if none does."""
        return self.tool(can).json_call(action, nines(image))

    def format_reply(self, thought: str, action: Action, image: Image, can: Capabilities) -> str:
        """A whole reply: the thought if there is one, then the call."""
        call = self.format_call(action, image, can)
        return f"{thought}\n{call}" if thought else call


def evocua() -> Qwen3VL:
    """EvoCUA in its second style: Qwen3-VL's layout with a tool of its own."""
    return Qwen3VL("evocua", computer_use("evocua_computer_use", Manner(notches=True)))


def action_said(turn: Turn) -> str:
    """What a past turn says it does: its Action line, else its thought, else its arguments."""
    lines = _ACTION_LINE.findall(turn.thought)
    return lines[-1].strip() if lines else arguments_said(turn)


def without_thinking(turn: Turn) -> str:
    """A past reply without its reasoning, as the chat template replays it."""
    return turn.reply.rpartition("</think>")[2].lstrip("\n") or turn.reply


def _phone_text(goal: str, past: Sequence[Turn]) -> str:
    lines = step_lines(past, action_said)
    steps = "".join(line.replace('"', "") + "; " for line in lines)
    return (
        f"The user query: {goal}.\nTask progress (You have done the following operation on the "
        f"current device): {steps}.\n"
    )
