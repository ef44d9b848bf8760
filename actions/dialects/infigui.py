"""InfiGUI-R1: the phone tool of Qwen2.5-VL behind a thinking prompt with sub-goals.

One user message in the cookbook's words, then the image; past steps are their calls
(prompts/SOURCES.md). Only phones: the family was trained on no other screen. The thought is the
sub-goal between its tags where there is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..messages import Image, Message, Sampling
from ..toolcall import between, json_calls
from ..types import Action, Capabilities, Decision
from .base import ResizeRule, Turn
from .mobile_use import mobile_use
from .qwen25vl import RESIZE, mobile_text
from .space import pixels

MOBILE = mobile_use("infigui_r1_mobile_use")


@dataclass(frozen=True)
class InfiGuiR1:
    """The dialect of InfiGUI-R1."""

    name: str = "infigui-r1"
    resize: ResizeRule = RESIZE._replace(max_pixels=6400 * 28 * 28)
    sampling: Sampling = Sampling(max_tokens=4096)

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """The system message with the tool, and the user message with the live image."""
        system = MOBILE.system(can, now.seen)
        return [Message("system", (system,)), Message("user", (mobile_text(goal, past), now))]

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The one action that a reply means; raises BadReply and nothing else."""
        found = json_calls(reply, first_only=True)
        steps = between(reply, "step")
        actions = MOBILE.read(found.calls[0], pixels(seen), can)
        return Decision(steps[-1].strip() if steps else found.thought, actions)

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The agent's prompt with a click on the thing as its task."""
        user = (mobile_text(f"Click on {what}", ()), image)
        return [Message("system", (MOBILE.whole(image.seen),)), Message("user", user)]

    def format_call(self, action: Action, image: Image, can: Capabilities) -> str:
        """The call that means an action, as the model writes it; ValueError if none does."""
        return MOBILE.json_call(action, pixels(image))

    def format_reply(self, thought: str, action: Action, image: Image, can: Capabilities) -> str:
        """A whole reply: thinking with its sub-goal, then the call."""
        call = self.format_call(action, image, can)
        return f"<think>\n<step>{thought}</step>\n</think>\n{call}"
