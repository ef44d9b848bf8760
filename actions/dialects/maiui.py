"""MAI-UI: `thinking` tags and one compact JSON call of `mobile_use`, 0 to 999.

System prompt with a flat list of actions (prompts/SOURCES.md); the goal alone is the first user
turn, then screenshots and replies, text before images. `fail` is the word for failure, buttons
are lower case, and a swipe has a direction. A coordinate closed with a brace is put right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import BadReply
from ..messages import Image, Message, Sampling
from ..toolcall import json_calls
from ..types import (
    Action,
    Answer,
    AskUser,
    Back,
    Capabilities,
    Click,
    Decision,
    Drag,
    Finish,
    Home,
    Kind,
    LongPress,
    OpenApp,
    Press,
    Recents,
    Scroll,
    Type,
    Wait,
)
from . import frozen
from .args import Args
from .base import ResizeRule, Turn
from .conversation import Layout, converse, first_kept
from .grounding import mai_ui_grounding
from .qwen3vl import RESIZE
from .space import nines
from .tool import Verb, carry_out

LAYOUT = Layout(keep=60, block=20, images=3, fold=2, collapsed="")
_BRACED = re.compile(r"(\[\s*\d{1,4}\s*,\s*\d{1,4}\s*)\}\"?")
_LISTED = re.compile(r'(?m)^\{"action": "(\w+)".*\n')
_BUTTONS: Mapping[str, Action] = {
    "back": Back(),
    "home": Home(),
    "menu": Recents(),
    "enter": Press(keys=("enter",)),
}
_STATUS = {"success": "success", "fail": "failure", "failure": "failure"}
# The finger's way: swiping up shows what is further down.
_WAYS = {"up": (0, 5), "down": (0, -5), "left": (5, 0), "right": (-5, 0)}


def _swipe(args: Args) -> Action:
    dx, dy = _WAYS[args.choice("direction", {name: name for name in _WAYS})]
    return Scroll(at=args.maybe_point("coordinate"), dx=dx, dy=dy, unit="notch")


def _drag(args: Args) -> Action:
    return Drag(start=args.point("start_coordinate"), end=args.point("end_coordinate"))


def _verb(kind: Kind, read: Callable[[Args], Action]) -> Verb:
    return Verb((kind,), read)


VERBS: Mapping[str, Verb] = {
    "click": _verb("click", lambda args: Click(at=args.point("coordinate"))),
    "double_click": _verb("click", lambda args: Click(at=args.point("coordinate"), count=2)),
    "long_press": _verb("long_press", lambda args: LongPress(at=args.point("coordinate"))),
    "type": _verb("type", lambda args: Type(text=args.text("text"))),
    "swipe": _verb("scroll", _swipe),
    "open": _verb("open_app", lambda args: OpenApp(name=args.text("text"))),
    "drag": _verb("drag", _drag),
    "system_button": Verb(
        ("back", "home", "recents", "press"),
        lambda args: _BUTTONS[args.choice("button", {name: name for name in _BUTTONS})],
    ),
    "wait": _verb("wait", lambda args: Wait(seconds=args.number("time", 1.0))),
    "terminate": _verb(
        "finish", lambda args: Finish(success=args.choice("status", _STATUS) == "success")
    ),
    "answer": _verb("answer", lambda args: Answer(text=args.text("text"))),
    "ask_user": _verb("ask_user", lambda args: AskUser(text=args.text("text"))),
}


@dataclass(frozen=True)
class MaiUI:
    """The dialect of MAI-UI as an agent on phones."""

    name: str = "mai-ui"
    resize: ResizeRule = RESIZE
    sampling: Sampling = Sampling(max_tokens=2048)

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """System message, the goal, then screenshots and replies in turn."""
        kept = past[first_kept(len(past), LAYOUT.keep, LAYOUT.block) :]
        head = [Message("system", (self.system(can),)), Message("user", (goal,))]
        return [*head, *converse(LAYOUT, "", kept, now)]

    def system(self, can: Capabilities) -> str:
        """The published prompt without what the environment cannot do."""

        def line(match: re.Match[str]) -> str:
            return match[0] if match[1] in _offered(can) else ""

        return _LISTED.sub(line, frozen.text("maiui"))

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The one action of the call; raises BadReply and nothing else."""
        found = json_calls(_BRACED.sub(r"\1]", reply), first_only=True)
        call = found.calls[0]
        if call.name not in ("", "mobile_use"):
            raise BadReply(f"There is no function {call.name[:40]!r}; call mobile_use.")
        args = Args(call.arguments, nines(seen))
        name = args.text("action")
        if name not in (known := _offered(can)):
            raise BadReply(f"There is no action {name[:40]!r}; use one of {', '.join(known)}.")
        actions = carry_out(VERBS[name], name, args)
        if any(action.kind not in can.kinds for action in actions):
            raise BadReply(f"{name}: this is not possible here.")
        return Decision(found.thought, actions)

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The family's grounding question; its answers are read by `mai-ui-grounding`."""
        return mai_ui_grounding().point_prompt(what, image)


def _offered(can: Capabilities) -> tuple[str, ...]:
    return tuple(name for name, verb in VERBS.items() if set(verb.kinds) & can.kinds)
