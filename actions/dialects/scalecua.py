"""ScaleCUA: thinking, an operation in words, and function calls between action tags, in pixels.

System prompt with Python definitions (prompts/SOURCES.md), then one user message with the past
operations and the image. `wait` is three seconds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import BadReply
from ..messages import Image, Message, Sampling
from ..toolcall import between, bounded, clean_thought, visible
from ..types import Action, Capabilities, Decision, Wait
from . import frozen
from .base import ResizeRule, Turn
from .code import code_for, run_code
from .history import step_lines
from .space import pixels

_WAIT = re.compile(r"(?m)^[ \t]*wait\(\s*\)")


@dataclass(frozen=True)
class ScaleCUA:
    """The dialect of ScaleCUA."""

    name: str = "scalecua"
    resize: ResizeRule = ResizeRule(factor=28, min_pixels=3136, max_pixels=2109744)
    sampling: Sampling = Sampling(max_tokens=1024)

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """System message, and the user message: image, task, past operations."""
        steps = "\n".join(step_lines(past, _operation)) or "None"
        ask = (
            "Please generate the next move according to the UI screenshot, the task and previous "
            f"operations.\n\nTask:\n{goal}\n\nPrevious operations:\n{steps}\n"
        )
        return [Message("system", (frozen.text("scalecua"),)), Message("user", (now, ask))]

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The calls between the tags; raises BadReply and nothing else."""
        thinking, text = visible(bounded(reply))
        blocks = between(text, "action")
        if len(blocks) != 1:
            raise BadReply("The reply must hold one closed <action> block.")
        code = _WAIT.sub("wait(3)", blocks[0])
        said = between(text, "operation")
        thought = said[0] if said else clean_thought(thinking)
        return Decision(thought, run_code(code, pixels(seen), can))

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The agent's prompt with the words as its task."""
        return self.render(f"Click on {what}", [], image, Capabilities("desktop", frozenset()))

    def format_call(self, action: Action, image: Image, can: Capabilities) -> str:
        """The block that means an action, as the model writes it; ValueError if none does."""
        if isinstance(action, Wait):
            raise ValueError(f"there is no code for {action!r}")
        code = code_for(action, pixels(image), prefix="").replace("computer.", "")
        return f"<action>\n{code}\n</action>"

    def format_reply(self, thought: str, action: Action, image: Image, can: Capabilities) -> str:
        """A whole reply: thinking, operation, action."""
        call = self.format_call(action, image, can)
        return f"<think>\n{thought}\n</think>\n<operation>\n{thought}\n</operation>\n{call}"


def _operation(turn: Turn) -> str:
    operations = between(turn.reply, "operation")
    return operations[0] if operations else turn.thought or turn.reply
