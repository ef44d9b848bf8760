"""OpenCUA (7B and 32B in pixels, the Qwen2-VL one in fractions): a thought, an action, code.

The last fenced block of a reply counts and must be closed, for what is cut short behind a move may
have been a drag. Prompt (prompts/SOURCES.md): the one of the training data with thought and
action; three screenshots stay, older steps are merged into one assistant message. These
checkpoints need their own model code and tokenizer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..errors import BadReply
from ..messages import Image, Message, Sampling
from ..toolcall import bounded, clean_thought
from ..types import Action, Capabilities, Decision
from . import frozen
from .base import ResizeRule, Turn
from .code import code_for, run_code
from .conversation import first_kept
from .space import Space, fractions, pixels

RESIZE = ResizeRule(factor=28, min_pixels=3136, max_pixels=12845056)
_FENCE = re.compile(r"```(?:python|code)?[ \t]*\n(.*?)\n?```", re.DOTALL)
_ACTION = re.compile(r"#* *Action:\s*(.+?)\s*(?=\n#|\Z)", re.DOTALL)
KEEP, BLOCK = 2, 2


@dataclass(frozen=True)
class OpenCUA:
    """The dialect of OpenCUA."""

    name: str = "opencua"
    space: Callable[[Image], Space] = pixels
    resize: ResizeRule = RESIZE
    sampling: Sampling = Sampling(max_tokens=2048)

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """System message, old steps as one assistant message, the last ones with screenshots."""
        start = first_kept(len(past), KEEP, BLOCK)
        messages = [Message("system", (frozen.text("opencua"),))]
        if start:
            old = "\n".join(_step(number, turn) for number, turn in enumerate(past[:start], 1))
            messages.append(Message("assistant", (old,)))
        for number, turn in enumerate(past[start:], start + 1):
            seen = () if turn.image is None else (turn.image,)
            if seen:
                messages.append(Message("user", seen))
            messages.append(Message("assistant", (_step(number, turn),)))
        ask = (
            f"# Task Instruction:\n{goal}\n\nPlease generate the next move according to the "
            "screenshot, task instruction and previous steps (if provided).\n"
        )
        return [*messages, Message("user", (now, ask))]

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The calls of the last code block; raises BadReply and nothing else."""
        blocks = list(_FENCE.finditer(bounded(reply)))
        if not blocks:
            raise BadReply("The reply holds no closed code block.")
        actions = run_code(blocks[-1][1], self.space(seen), can)
        return Decision(clean_thought(reply[: blocks[-1].start()]), actions)

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The agent's prompt with a click on the thing as its task."""
        system = Message("system", (frozen.text("opencua"),))
        return [system, Message("user", (image, f"# Task Instruction:\nClick on {what}\n"))]

    def format_call(self, action: Action, image: Image, can: Capabilities) -> str:
        """The code that means an action, as the model writes it; ValueError if none does."""
        return f"```python\n{code_for(action, self.space(image))}\n```"

    def format_reply(self, thought: str, action: Action, image: Image, can: Capabilities) -> str:
        """A whole reply: thought and code."""
        call = self.format_call(action, image, can)
        return f"## Thought:\n{thought}\n\n## Action:\n{thought}\n\n## Code:\n{call}"


def opencua_qwen2() -> OpenCUA:
    """The Qwen2-VL checkpoint, in fractions of the screen."""
    return OpenCUA("opencua-qwen2", fractions)


def _step(number: int, turn: Turn) -> str:
    said = _ACTION.search(turn.thought)
    told = f"\n{turn.feedback}" if turn.feedback else ""
    return f"# Step {number}:\n## Action:\n{said[1] if said else turn.thought}{told}\n"
