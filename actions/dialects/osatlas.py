"""OS-Atlas Pro: `thoughts:` and `actions:`, verbs in capitals, 0 to 1000.

One user message with the published prompt (prompts/SOURCES.md, its slips kept) and the image;
past steps as `Step i: ...` lines. IMPOSSIBLE and COMPLETE end the run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import BadReply
from ..messages import Image, Message, Sampling
from ..toolcall import bounded
from ..types import (
    Action,
    Back,
    Capabilities,
    Click,
    Decision,
    Finish,
    Home,
    Hover,
    LongPress,
    OpenApp,
    Press,
    Recents,
    Scroll,
    Type,
    Wait,
)
from . import frozen
from .base import ResizeRule, Turn
from .boxes import box_centre
from .grounding import os_atlas_base
from .history import step_lines
from .space import Space, thousandths

_ACTIONS = re.compile(r"^[ \t]*actions?[ \t]*[:：]\s*", re.IGNORECASE | re.MULTILINE)
_THOUGHTS = re.compile(r"^\s*thoughts?\s*[:：]\s*", re.IGNORECASE)
_POINT = re.compile(r"(\w+)\s*<point>(\[\[.*?\]\])</point>\s*$")
_BRACKET = re.compile(r"(\w+)\s*\[(.*)\]\s*$", re.DOTALL)
_BARE = re.compile(r"(\w+)\s*$")
_NOTCHES = 5

_AT: Mapping[str, Callable[[Space, tuple[float, float]], Action]] = {
    "CLICK": lambda space, xy: Click(at=space.point(*xy)),
    "DOUBLECLICK": lambda space, xy: Click(at=space.point(*xy), count=2),
    "RIGHTCLICK": lambda space, xy: Click(at=space.point(*xy), button="right"),
    "MOVETO": lambda space, xy: Hover(at=space.point(*xy)),
    "LONG_PRESS": lambda space, xy: LongPress(at=space.point(*xy)),
}
_SCROLLS = {"UP": (0, -1), "DOWN": (0, 1), "LEFT": (-1, 0), "RIGHT": (1, 0)}
_PLAIN: Mapping[str, Action] = {
    "PRESS_BACK": Back(),
    "PRESS_HOME": Home(),
    "PRESS_RECENT": Recents(),
    "ENTER": Press(keys=("enter",)),
    "PRESS_ENTER": Press(keys=("enter",)),
    "PRESS_SPACE": Press(keys=("space",)),
    "PRESS_TAB": Press(keys=("tab",)),
    "PRESS_ESC": Press(keys=("escape",)),
    "PRESS_DOWN": Press(keys=("down",)),
    "PRESS_RIGHT": Press(keys=("right",)),
    "PRESS_PGDN": Press(keys=("pagedown",)),
    "WAIT": Wait(seconds=2),
    "COMPLETE": Finish(success=True),
    "IMPOSSIBLE": Finish(success=False),
}


@dataclass(frozen=True)
class OSAtlasPro:
    """The dialect of OS-Atlas Pro."""

    name: str = "os-atlas-pro"
    resize: ResizeRule = ResizeRule(factor=28, min_pixels=3136, max_pixels=12845056)
    sampling: Sampling = Sampling(max_tokens=512)

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """One user message: the prompt, then the image."""
        steps = "\n".join(step_lines(past, _said)) or "None"
        prompt = frozen.text("osatlas_pro").replace("{goal}", goal).replace("{history}", steps)
        return [Message("user", (prompt, now))]

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The action under `actions:`; raises BadReply and nothing else."""
        marks = list(_ACTIONS.finditer(bounded(reply)))
        if not marks:
            raise BadReply("The reply holds no `actions:`.")
        text = reply[marks[-1].end() :].replace("<|im_end|>", "").strip()
        action = _action(text, thousandths(seen))
        if action.kind not in can.kinds:
            raise BadReply("This is not possible here.")
        thought = _THOUGHTS.sub("", reply[: marks[-1].start()]).strip()
        return Decision(thought[:4000], (action,))

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The Base model's question, which Pro answers too."""
        return os_atlas_base().point_prompt(what, image)


def _said(turn: Turn) -> str:
    return turn.thought or turn.reply


def _action(text: str, space: Space) -> Action:
    if (match := _POINT.fullmatch(text)) and match[1] in _AT:
        return _AT[match[1]](space, box_centre(match[1], match[2]))
    if match := _BRACKET.fullmatch(text):
        return _bracketed(match[1], match[2])
    if (match := _BARE.fullmatch(text)) and match[1] in _PLAIN:
        return _PLAIN[match[1]]
    raise BadReply(f"The action {text[:40]!r} cannot be read.")


def _bracketed(verb: str, value: str) -> Action:
    value = value.strip()
    if verb == "TYPE" and value:
        return Type(text=value)
    if verb == "OPEN_APP" and value:
        return OpenApp(name=value)
    if verb == "SCROLL" and value.upper() in _SCROLLS:
        dx, dy = _SCROLLS[value.upper()]
        return Scroll(dx=dx * _NOTCHES, dy=dy * _NOTCHES, unit="notch")
    raise BadReply(f"The action {verb[:40]!r} cannot be read.")
