"""Qwen3.5 and later: calls as XML parameters, on a grid of 0 to 999.

Three dialects: `qwen3.5` (with 3.6; fourteen verbs, keys held during clicks), `qwen3.7` (with
3.8; more verbs, and a reply without a call ends the run), `qwen-cua` (the demo's prompt). Small
models fall back to JSON inside the same tags, so both grammars are read. Several calls in one
reply are carried out in order. 0 to 999 stands for the first to the last pixel, and scroll
amounts below a hundred are notches of the wheel, as measured. Agents run with thinking off, save
Qwen-CUA. Prompts: prompts/SOURCES.md. Past: whole turns, screenshots folded ten at a time once
there are more than twenty, later ones wrapped in tool_response.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from ..errors import BadReply
from ..messages import Image, Message, Sampling
from ..toolcall import MAX_THOUGHT, Call, Found, clean_thought, json_calls, visible
from ..types import Action, Answer, Capabilities, Decision, Finish
from ..xmlcall import xml_call, xml_calls
from . import frozen
from .base import ResizeRule, Turn
from .computer_use import Manner, computer_use
from .conversation import Layout, converse, first_kept
from .history import next_move, step_lines
from .mobile_use import mobile_use
from .qwen3vl import RESIZE, action_said, without_thinking
from .space import pixel_nines
from .tool import Tool

LAYOUT = Layout(
    keep=80,
    block=20,
    images=20,
    fold=10,
    before="<tool_response>\n",
    after="\n</tool_response>",
)
COMPUTER = computer_use("qwen35_computer_use", Manner(notches=True, held=True))
COMPUTER_37 = computer_use("qwen37_computer_use", Manner(notches=True))
COMPUTER_CUA = computer_use("qwencua_computer_use", Manner(notches=True))
MOBILE = mobile_use("qwen35_mobile_use")

# What looks like the beginning of a call is no last word, nor is a sentence without its end.
_STARTED = re.compile(r"[<{]|^[ \t]*(?:Action|Thought)[ \t]*[:：]", re.MULTILINE)
_ENDED = re.compile(r"[.!?…。！？)\]\"'”’`*\d]$")
_INFEASIBLE = re.compile(
    r"infeasible|not (?:possible|feasible|supported|available)|impossible|"
    r"(?:cannot|can't|could not|couldn't|unable to) (?:be )?(?:complete|do|perform|finish)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Qwen35:
    """The dialect of Qwen3.5 and its successors."""

    name: str = "qwen3.5"
    computer: Tool = COMPUTER
    speaks: bool = False
    """Whether a reply without a call is a last word."""
    sampling: Sampling = Sampling(max_tokens=4096, thinking=False)
    layout: Layout = LAYOUT
    today: date = field(default_factory=date.today)
    """The date that the prompt states; fixed for the life of the dialect."""
    resize: ResizeRule = RESIZE

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """System message, then the conversation."""
        start = first_kept(len(past), self.layout.keep, self.layout.block)
        opening = next_move(goal, step_lines(past[:start], action_said))
        system = Message("system", (self.system(can),))
        return [system, *converse(self.layout, opening, past[start:], now, self._replayed)]

    def system(self, can: Capabilities) -> str:
        """The published prompt with the date, without what the environment cannot do."""
        prompt = self.tool(can).system(can, None)
        said = self.today.isoformat() if self.name == "qwen-cua" else f"{self.today:%A, %B %d, %Y}"
        return prompt.replace("{DATE}", said)

    def tool(self, can: Capabilities) -> Tool:
        """The one tool that is offered on this kind of screen."""
        return MOBILE if can.surface == "mobile" else self.computer

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The actions that a reply means, in order; raises BadReply and nothing else."""
        tool = self.tool(can)
        found = self._found(reply, tool)
        if found is None:
            return self._last_word(reply, can)
        space = pixel_nines(seen)
        read = [tool.read(_renamed(call, tool), space, can) for call in found.calls]
        return Decision(found.thought, tuple(action for actions in read for action in actions))

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The agent's prompt with the image and the words alone."""
        whole = frozen.tool_prompt(self.computer.prompt, frozen.actions(self.computer.prompt))
        system = whole.replace("{DATE}", f"{self.today:%A, %B %d, %Y}")
        return [Message("system", (system,)), Message("user", (image, what))]

    def format_call(self, action: Action, image: Image, can: Capabilities) -> str:
        """The call that means an action, as the model writes it; ValueError if none does."""
        tool = self.tool(can)
        return xml_call(tool.name, tool.arguments(action, pixel_nines(image)))

    def format_reply(self, thought: str, action: Action, image: Image, can: Capabilities) -> str:
        """A whole reply: the thought if there is one, then the call."""
        call = self.format_call(action, image, can)
        return f"{thought}\n{call}" if thought else call

    def _found(self, reply: str, tool: Tool) -> Found | None:
        found = xml_calls(reply, frozen.parameters(tool.prompt))
        if found is None and not self.speaks:
            return json_calls(reply)
        return found

    def _last_word(self, reply: str, can: Capabilities) -> Decision:
        """A reply in plain words: it is told to the user, and the run is over."""
        words = visible(reply)[1].strip()
        text = clean_thought(words)
        if len(words) > MAX_THOUGHT or _STARTED.search(text) or not _ENDED.search(text):
            raise BadReply("The reply holds no whole call.")
        done = Finish(success=not _INFEASIBLE.search(text), text=text)
        told = (Answer(text=text),) if "answer" in can.kinds else ()
        return Decision("", (*told, done))

    def _replayed(self, turn: Turn) -> str:
        # With thinking off the publisher's harness shows old turns an empty thinking block.
        empty = "<think>\n\n</think>\n\n" if self.speaks and not self.sampling.thinking else ""
        return empty + without_thinking(turn)


def qwen37() -> Qwen35:
    """Qwen3.7 and 3.8."""
    return Qwen35("qwen3.7", COMPUTER_37, speaks=True)


def qwen_cua() -> Qwen35:
    """Qwen-CUA, with the prompt of its demo."""
    sampling = Sampling(max_tokens=32768, temperature=0.6, top_p=0.95, thinking=True)
    layout = Layout(keep=40, block=10, images=20, fold=10, image_first=False)
    return Qwen35("qwen-cua", COMPUTER_CUA, speaks=True, sampling=sampling, layout=layout)


def _renamed(call: Call, tool: Tool) -> Call:
    """A call whose verb stands under `type`, a slip of small models, put right."""
    verb = call.arguments.get("type")
    if "action" in call.arguments or not isinstance(verb, str) or verb not in tool.verbs:
        return call
    rest = {key: value for key, value in call.arguments.items() if key != "type"}
    return Call(call.name, {"action": verb, **rest})
