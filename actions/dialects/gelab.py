"""GELab-Zero: tab-separated `key:value` fields behind its thinking, 0 to 1000.

One user message per step: the task prompt (prompts/SOURCES.md), the task, the model's own
`summary` of the past, the image, the format. It has no way back or home.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from ..errors import BadReply
from ..messages import Image, Message, Sampling
from ..toolcall import bounded, clean_thought
from ..types import (
    Action,
    AskUser,
    Capabilities,
    Click,
    Decision,
    Drag,
    Finish,
    LongPress,
    OpenApp,
    Point,
    Type,
    Wait,
)
from . import frozen
from .args import Args
from .base import ResizeRule, Turn
from .boxes import box_centre
from .qwen3vl import RESIZE
from .space import thousandths

_THINK_END = re.compile(r"</\s*T\w*?INK\s*>", re.IGNORECASE)
_THINK = re.compile(r"<\s*T\w*?INK\s*>", re.IGNORECASE)
_FIELD = re.compile(r"(\w{1,16})[ ]?[:：]")
_SUMMARY = re.compile(r"\tsummary\s*[:：]\s*([^\t]+)")
_FORMAT = (
    "\n在执行操作之前，请务必回顾你的历史操作记录和限定的动作空间，先进行思考和解释然后输出动作空间和对应的参数：\n"
    "1. 思考（THINK）：在 <THINK> 和 </THINK> 标签之间。\n"
    "2. 解释（explain）：在动作格式中，使用 explain: 开头，简要说明当前动作的目的和执行方式。\n"
    "在执行完操作后，请输出执行完当前步骤后的新历史总结。\n输出格式示例：\n"
    "<THINK> 思考的内容 </THINK>\n"
    "explain:解释的内容\taction:动作空间和对应的参数\tsummary:执行完当前步骤后的新历史总结\n"
)


def _type(args: Args) -> tuple[Action, ...]:
    text = Type(text=args.text("value"))
    if not args.has("point"):
        return (text,)
    return (Click(at=_at(args, "point")), text)


def _at(args: Args, key: str) -> Point:
    return args.space.point(*box_centre(key, args.values.get(key)))


_VERBS: Mapping[str, Callable[[Args], tuple[Action, ...]]] = {
    "CLICK": lambda args: (Click(at=_at(args, "point")),),
    "TYPE": _type,
    "COMPLETE": lambda args: (Finish(success=True, text=args.text("return", empty=True)),),
    "WAIT": lambda args: (Wait(seconds=args.number("value")),),
    "AWAKE": lambda args: (OpenApp(name=args.text("value")),),
    "INFO": lambda args: (AskUser(text=args.text("value")),),
    "ABORT": lambda args: (Finish(success=False, text=args.text("value", empty=True)),),
    "SLIDE": lambda args: (Drag(start=_at(args, "point1"), end=_at(args, "point2")),),
    "LONGPRESS": lambda args: (LongPress(at=_at(args, "point")),),
}


@dataclass(frozen=True)
class GELab:
    """The dialect of GELab-Zero."""

    name: str = "gelab-zero"
    resize: ResizeRule = RESIZE
    sampling: Sampling = Sampling(max_tokens=4096, temperature=0.1, top_p=0.95)

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """One user message: prompt, task, summary, image, format."""
        done = _summary(past) or "暂无历史操作"
        told = f"\n{past[-1].feedback}" if past and past[-1].feedback else ""
        task = (
            f"{frozen.text('gelab')}\n已知用户任务为：{goal}\n已知已经执行过的历史动作如下：{done}{told}\n"
            "当前手机屏幕截图如下：\n"
        )
        return [Message("user", (task, now, _FORMAT))]

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The action of the fields behind the thinking; raises BadReply and nothing else."""
        ends = list(_THINK_END.finditer(bounded(reply)))
        if not ends and _THINK.search(reply):
            raise BadReply("The thinking never ended, so there is no action.")
        start = ends[-1].end() if ends else 0
        fields = _fields(reply[start:])
        # The summary comes last, so its presence shows that nothing was cut off before it.
        if "summary" not in fields:
            raise BadReply("The fields must end with `summary`.")
        actions = _actions(Args(dict(fields), thousandths(seen)))
        if any(action.kind not in can.kinds for action in actions):
            raise BadReply("This is not possible here.")
        return Decision(clean_thought(_THINK.sub("", reply[:start])), actions)

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The agent's prompt with a click on the thing as its task."""
        task = f"{frozen.text('gelab')}\n已知用户任务为：点击 {what}\n当前手机屏幕截图如下：\n"
        return [Message("user", (task, image, _FORMAT))]


def _fields(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for part in text.strip().split("\t"):
        part = part.strip()
        match = _FIELD.match(part)
        if match is None:
            continue
        key, value = match[1].lower(), part[match.end() :].strip()
        if fields.get(key, value) != value:
            raise BadReply(f"The field {key!r} is given twice.")
        fields[key] = value
    return fields


def _actions(args: Args) -> tuple[Action, ...]:
    verb = args.text("action").upper().replace(" ", "")
    read = _VERBS.get(verb)
    if read is None:
        raise BadReply(f"There is no action {verb[:40]!r}; use one of {', '.join(_VERBS)}.")
    try:
        return read(args)
    except BadReply as error:
        raise BadReply(f"{verb}: {error}") from None
    except ValidationError as error:
        raise BadReply(f"{verb}: {error.errors()[0]['msg']}.") from None


def _summary(past: Sequence[Turn]) -> str:
    for turn in reversed(past):
        if match := _SUMMARY.search(turn.reply):
            return match[1].strip()
    return ""
