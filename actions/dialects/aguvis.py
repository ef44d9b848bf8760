"""Aguvis: pyautogui calls with fractions of the screen, after a thought and a recipient switch.

The user message is the publisher's (prompts/SOURCES.md): image, then goal and past actions as text.
`<|recipient|>` and `<|diff_marker|>` are tokens of this family; decoded without its special tokens
the switch from thinking to acting reads `assistantos` in the middle of the reply. A call that only
moves the pointer may be the first half of a drag, so it counts only before the marker that ends it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import BadReply
from ..messages import Image, Message, Sampling
from ..toolcall import bounded, clean_thought
from ..types import Action, Capabilities, Decision, Drag, Hover
from . import frozen
from .base import ResizeRule, Turn
from .code import code_for, run_code
from .grounding import RESIZE
from .history import step_lines
from .space import fractions

END = "<|diff_marker|>"
_TOKENS = re.compile(r"<\|(?:recipient|im_end|im_start|diff_marker)\|>")
_CODE = re.compile(
    r"(?:^|\n|assistantos[ \t]*\n?|os\n)(?=(?:pyautogui|computer|mobile|browser)\.\w|answer\()"
)
_LABEL = re.compile(r"^\s*(?:assistant|all|os)?\s*(?:Thought|Action)\s*:\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Aguvis:
    """The dialect of Aguvis."""

    name: str = "aguvis"
    resize: ResizeRule = RESIZE
    sampling: Sampling = Sampling(max_tokens=1024, stop=(END,))

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """System message with the phone's functions, then image, goal and past actions."""
        name = "aguvis_mobile" if can.surface == "mobile" else "aguvis"
        steps = "\n".join(step_lines(past, _said)) or "None"
        ask = (
            "Please generate the next move according to the ui screenshot, instruction and "
            f"previous actions.\n\nInstruction: {goal}\n\nPrevious actions:\n{steps}\n"
        )
        return [Message("system", (frozen.text(name),)), Message("user", (now, ask))]

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The calls at the end of the reply; raises BadReply and nothing else."""
        ended = END in bounded(reply)
        text = _TOKENS.sub("", reply)
        start = _CODE.search(text)
        if start is None:
            raise BadReply("The reply holds no call.")
        actions = run_code(text[start.end() :], fractions(seen), can)
        if isinstance(actions[-1], Hover) and not ended:
            raise BadReply("The call only moves the pointer; it may be half of a drag.")
        thought = _LABEL.sub("", text[: start.start()])
        return Decision(clean_thought(thought), actions)

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The grounding sentence, the image, and the words."""
        return [Message("system", (frozen.text("aguvis"),)), Message("user", (image, what))]

    def format_call(self, action: Action, image: Image, can: Capabilities) -> str:
        """The call that means an action, as the model writes it; ValueError if none does."""
        if isinstance(action, Drag) and action.start is not None:
            raise ValueError(f"a drag takes two calls: {action!r}")
        return code_for(action, fractions(image))

    def format_reply(self, thought: str, action: Action, image: Image, can: Capabilities) -> str:
        """A whole reply: the thought, the switch, the call, and its end."""
        call = self.format_call(action, image, can)
        return f"Action: {thought}\nassistantos\n{call}{END}"


def _said(turn: Turn) -> str:
    return turn.thought or turn.reply
