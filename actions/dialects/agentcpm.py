"""AgentCPM-GUI: one compact JSON object per step, 0 to 1000. (On MiniCPM-V, not on Qwen-VL.)

Read from its schema: `thought`, `POINT`, `to` (a direction or the end of a swipe), `TYPE`,
`PRESS`, `duration` in milliseconds, `STATUS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import BadReply, UserError
from ..literal import read
from ..messages import Image, Message, Sampling
from ..toolcall import bounded, visible
from ..types import (
    Action,
    Back,
    Capabilities,
    Click,
    Decision,
    Drag,
    Finish,
    Home,
    LongPress,
    Press,
    Scroll,
    Type,
    Wait,
)
from .args import Args
from .base import ResizeRule, Turn
from .space import thousandths

_ENDS = {"finish": True, "satisfied": True, "impossible": False}
_PRESSES: dict[str, Action] = {
    "home": Home(),
    "back": Back(),
    "enter": Press(keys=("enter",)),
}
# `to` names where the finger goes; the content under it goes along.
_WAYS = {"up": (0, 5), "down": (0, -5), "left": (5, 0), "right": (-5, 0)}


@dataclass(frozen=True)
class AgentCPM:
    """Reads AgentCPM-GUI's replies; its prompts are not rendered."""

    name: str = "agentcpm-gui"
    resize: ResizeRule = ResizeRule(factor=28, min_pixels=3136, max_pixels=1120 * 1120)
    sampling: Sampling = Sampling(max_tokens=2048)

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """UserError: this model's architecture is not run here."""
        raise UserError("agentcpm-gui is not a Qwen-VL model; its replies can only be parsed.")

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The one action of a reply; raises BadReply and nothing else."""
        text = visible(bounded(reply))[1].strip()
        if not text.startswith("{"):
            raise BadReply("The reply must be one JSON object.")
        value = read(text).value
        if not isinstance(value, dict):
            raise BadReply("The reply must be one JSON object.")
        args = Args(value, thousandths(seen))
        thought = args.text("thought", empty=True) if args.has("thought") else ""
        action = _action(args)
        if action.kind not in can.kinds:
            raise BadReply("This is not possible here.")
        return Decision(thought, (action,))

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """UserError: this model's architecture is not run here."""
        raise UserError("agentcpm-gui is not a Qwen-VL model; its replies can only be parsed.")


def _action(args: Args) -> Action:
    if args.has("POINT"):
        return _touch(args)
    if args.has("TYPE"):
        return Type(text=args.text("TYPE"))
    if args.has("PRESS"):
        return _PRESSES[args.choice("PRESS", {name: name for name in _PRESSES})]
    if args.has("STATUS") and args.text("STATUS").lower() in _ENDS:
        return Finish(success=_ENDS[args.text("STATUS").lower()])
    if args.has("duration"):
        return Wait(seconds=_seconds(args, 60))
    raise BadReply("The reply names no action.")


def _touch(args: Args) -> Action:
    point = args.point("POINT")
    to = args.values.get("to")
    if isinstance(to, str):
        dx, dy = _WAYS[args.choice("to", {name: name for name in _WAYS})]
        return Scroll(at=point, dx=dx, dy=dy, unit="notch")
    if to is not None:
        return Drag(start=point, end=args.point("to"))
    if args.has("duration") and args.number("duration") > 200:
        return LongPress(at=point, seconds=_seconds(args, 30))
    return Click(at=point)


def _seconds(args: Args, most: float) -> float:
    seconds = args.number("duration") / 1000
    if not 0 < seconds <= most:
        raise BadReply(f"`duration` must be from 1 to {most * 1000:g} milliseconds.")
    return seconds
