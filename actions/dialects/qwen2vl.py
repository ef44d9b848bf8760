"""Qwen2-VL: the older function-call template, coordinates from 0 to 1000, boxes for grounding.

The publisher defines no screen tools for this model; its template is that of Qwen-Agent
(prompts/SOURCES.md), and the tools are those of Qwen2.5-VL on a 1000x1000 screen. A call is

    ✿FUNCTION✿: computer_use
    ✿ARGS✿: {"action": "left_click", "coordinate": [500, 320]}

and generation stops at ✿RESULT✿ or ✿RETURN✿. Its fine-tunes have dialects of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import BadReply
from ..literal import read
from ..messages import Image, Message, Sampling
from ..toolcall import as_call, bounded, clean_thought
from ..types import Action, Capabilities, Click, Decision, Size
from . import frozen
from .base import ResizeRule, Turn
from .grounding import RESIZE, boxed
from .history import next_move, step_lines
from .qwen25vl import COMPUTER, MOBILE
from .space import thousandths
from .tool import Tool

FUNCTION, ARGS, STOPS = "✿FUNCTION✿", "✿ARGS✿", ("✿RESULT✿", "✿RETURN✿")
GRID = Size(1000, 1000)
_CALL = re.compile(rf"{FUNCTION}\s*:\s*(\w+)\s*\n\s*{ARGS}\s*:\s*(?:```(?:json)?\s*)?(?=\{{)")


@dataclass(frozen=True)
class Qwen2VL:
    """The dialect of Qwen2-VL without a fine-tune."""

    name: str = "qwen2-vl"
    resize: ResizeRule = RESIZE
    sampling: Sampling = Sampling(max_tokens=1024, stop=STOPS)

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """The system message with the one tool of this screen, then image, goal and past."""
        ask = next_move(goal, step_lines(past, _said))
        return [Message("system", (system(can),)), Message("user", (now, ask))]

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The first call, or a click into a box; raises BadReply and nothing else."""
        match = _CALL.search(bounded(reply))
        if match is None:
            if FUNCTION in reply or ARGS in reply:
                raise BadReply(f"The call must read {FUNCTION}: name, then {ARGS}: {{…}}.")
            return Decision("", (Click(at=thousandths(seen).point(*boxed(reply))),))
        call = as_call({"name": match[1], "arguments": read(reply, match.end()).value})
        actions = _tool(can).read(call, thousandths(seen), can)
        return Decision(clean_thought(reply[: match.start()]), actions)

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The words behind the image; the answer is a box between its tokens."""
        ask = f"Output the bounding box of: {what}"
        return [Message("user", (image, ask))]

    def format_call(self, action: Action, image: Image, can: Capabilities) -> str:
        """The call that means an action, as the model writes it; ValueError if none does."""
        tool = _tool(can)
        arguments = json.dumps(tool.arguments(action, thousandths(image)), ensure_ascii=False)
        return f"{FUNCTION}: {tool.name}\n{ARGS}: {arguments}"

    def format_reply(self, thought: str, action: Action, image: Image, can: Capabilities) -> str:
        """A whole reply: the thought, the call, and the word that stops it."""
        return f"{thought}\n{self.format_call(action, image, can)}\n{STOPS[0]}"


def _tool(can: Capabilities) -> Tool:
    return MOBILE if can.surface == "mobile" else COMPUTER


def system(can: Capabilities) -> str:
    """The template around the tool's description, cut to what the environment can do."""
    tool = _tool(can)
    shown = tool.system(can, GRID).partition("<tools>\n")[2].partition("\n</tools>")[0]
    function = json.loads(shown, strict=False)["function"]
    parameters = json.dumps(function["parameters"], ensure_ascii=False)
    description = (
        f"### {tool.name}\n\n{tool.name}: {function['description']} Parameters: {parameters}"
        " Format the arguments as a JSON object."
    )
    text = frozen.text("qwen2vl_functions")
    return text.replace("{tool_descs}", description).replace("{tool_names}", tool.name)


def _said(turn: Turn) -> str:
    return turn.thought or turn.reply
