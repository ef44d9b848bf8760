"""AutoGLM-Phone: `do(action="Tap", element=[x,y])` between answer tags, 0 to 1000. (On GLM-4.1V.)

English prompt (prompts/SOURCES.md); the Chinese one's further verbs are read too. One image: past
user turns keep their text. A message may hold bare quotes: it reaches to the last quote and
parenthesis. What cannot be read is refused, never taken for the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pydantic import ValidationError

from ..callexpr import read_expression
from ..errors import BadReply
from ..literal import Json
from ..messages import Image, Message, Sampling
from ..toolcall import bounded, clean_thought, visible
from ..types import (
    Action,
    AskUser,
    Back,
    Capabilities,
    Click,
    Decision,
    Drag,
    Finish,
    Home,
    LongPress,
    OpenApp,
    Type,
    Wait,
)
from . import frozen
from .args import Args
from .base import ResizeRule, Turn
from .space import thousandths

_CALL = re.compile(r"(?<![\w.])(do|finish)\s*\(")
_MESSAGE = re.compile(r"finish\(\s*message\s*=\s*([\"'])(.*)\1\s*\)", re.DOTALL)
_TEXT = re.compile(r"do\(\s*action\s*=\s*\"(?:Type|Type_Name)\"\s*,\s*text\s*=\s*\"(.*)\"\s*\)",
                   re.DOTALL)  # fmt: skip
_SECONDS = re.compile(r"\s*(\d{1,4}(?:\.\d{1,3})?)\s*(?:s|seconds?|秒)?\s*")


def _wait(args: Args) -> Action:
    match = _SECONDS.fullmatch(args.text("duration"))
    if match is None:
        raise BadReply('`duration` must be like "3 seconds".')
    return Wait(seconds=float(match[1]))


def _ask(args: Args) -> Action:
    return AskUser(text=args.text("message") if args.has("message") else "")


_VERBS: Mapping[str, Callable[[Args], Action]] = {
    "Launch": lambda args: OpenApp(name=args.text("app")),
    "Tap": lambda args: Click(at=args.point("element")),
    "Type": lambda args: Type(text=args.text("text")),
    "Type_Name": lambda args: Type(text=args.text("text")),
    "Swipe": lambda args: Drag(start=args.point("start"), end=args.point("end")),
    "Long Press": lambda args: LongPress(at=args.point("element")),
    "Double Tap": lambda args: Click(at=args.point("element"), count=2),
    "Back": lambda args: Back(),
    "Home": lambda args: Home(),
    "Wait": _wait,
    "Take_over": _ask,
    "Interact": _ask,
}


@dataclass(frozen=True)
class AutoGLM:
    """The dialect of AutoGLM-Phone."""

    name: str = "autoglm-phone"
    resize: ResizeRule = ResizeRule(factor=28, min_pixels=3136, max_pixels=12845056)
    sampling: Sampling = Sampling(max_tokens=3000, top_p=0.85)
    today: date = field(default_factory=date.today)
    """The date that the prompt states; fixed for the life of the dialect."""

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """System message, then text turns, then the live image."""
        prompt = frozen.text("autoglm").replace("{DATE}", f"{self.today:%Y-%m-%d, %A}")
        messages = [Message("system", (prompt,))]
        told = ""
        for index, turn in enumerate(past):
            messages.append(Message("user", (_said(goal, index, told),)))
            messages.append(Message("assistant", (turn.reply,)))
            told = turn.feedback
        return [*messages, Message("user", (now, _said(goal, len(past), told)))]

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The one action of a reply; raises BadReply and nothing else."""
        thinking, text = visible(bounded(reply))
        name, values = _call(text)
        action = _finish(values) if name == "finish" else _do(Args(values, thousandths(seen)))
        if action.kind not in can.kinds:
            raise BadReply("This is not possible here.")
        return Decision(clean_thought(thinking), (action,))

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The agent's prompt with a tap on the thing as its task."""
        prompt = frozen.text("autoglm").replace("{DATE}", f"{self.today:%Y-%m-%d, %A}")
        return [Message("system", (prompt,)), Message("user", (image, f"Tap {what}"))]


def _said(goal: str, index: int, told: str) -> str:
    text = goal if index == 0 else "** Screen Info **"
    return f"{text}\n\n{told}" if told else text


def _call(text: str) -> tuple[str, dict[str, Json]]:
    mark = _CALL.search(text)
    if mark is None:
        raise BadReply("The reply holds no do(...) and no finish(...).")
    rest = text[mark.start() :].rstrip().removesuffix("</answer>").rstrip()
    try:
        call, _ = read_expression(rest)
    except BadReply:
        return _with_bare_quotes(rest)
    if call.values:
        raise BadReply("Every argument needs its name.")
    return call.name, call.named


def _with_bare_quotes(rest: str) -> tuple[str, dict[str, Json]]:
    if message := _MESSAGE.fullmatch(rest):
        return "finish", {"message": message[2]}
    if typed := _TEXT.fullmatch(rest):
        return "do", {"action": "Type", "text": typed[1]}
    raise BadReply("The call is cut short or cannot be read.")


def _finish(values: Mapping[str, Json]) -> Action:
    message = values.get("message", "")
    if not isinstance(message, str):
        raise BadReply("finish: `message` must be a text.")
    return Finish(success=True, text=message)


def _do(args: Args) -> Action:
    verb = args.text("action")
    read = _VERBS.get(verb)
    if read is None:
        raise BadReply(f"There is no action {verb[:40]!r}; use one of {', '.join(_VERBS)}.")
    try:
        return read(args)
    except BadReply as error:
        raise BadReply(f"{verb}: {error}") from None
    except ValidationError as error:
        raise BadReply(f"{verb}: {error.errors()[0]['msg']}.") from None
