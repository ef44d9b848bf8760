"""Holo3 and Holo3.1: one JSON step with a note, a thought and a tool call, 0 to 1000.

The publisher's own prompt is not public; the schema is the one reported for it
(prompts/SOURCES.md), and the system text here asks for that schema in our words. `answer` ends the
run as done and `fail` as not done. `write` types at the focus, and presses enter or replaces what
is there only when it says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from ..errors import BadReply
from ..keys import combo
from ..literal import Json, read
from ..messages import Image, Message, Sampling
from ..toolcall import bounded, visible
from ..types import (
    Action,
    Answer,
    Capabilities,
    Click,
    Decision,
    Drag,
    Finish,
    Press,
    Scroll,
    Type,
    Wait,
)
from . import frozen
from .args import Args
from .base import ResizeRule, Turn
from .history import step_lines
from .qwen3vl import RESIZE
from .space import Space, thousandths
from .tool import Verb, carry_out

_NOTCHES = 5
_WAYS = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}
_BUTTONS = {"left": "left", "right": "right", "middle": "middle"}
_YES = {"true": "yes", "false": ""}


def _click(args: Args) -> Action:
    button = args.choice("button", _BUTTONS) if args.has("button") else "left"
    return Click(at=args.space.point(args.number("x"), args.number("y")), button=button)  # pyright: ignore[reportArgumentType]


def _double(args: Args) -> Action:
    return Click(at=args.space.point(args.number("x"), args.number("y")), count=2)


def _flag(args: Args, key: str) -> bool:
    value = args.values.get(key)
    if not isinstance(value, bool | None):
        raise BadReply(f"`{key}` must be true or false.")
    return bool(value)


def _write(args: Args) -> tuple[Action, ...]:
    typed: list[Action] = [Type(text=args.text("content"))]
    before: list[Action] = [Press(keys=("ctrl", "a"))] if _flag(args, "overwrite") else []
    after: list[Action] = [Press(keys=("enter",))] if _flag(args, "press_enter") else []
    return (*before, *typed, *after)


def _hotkey(args: Args) -> Action:
    return Press(keys=combo(args.text("keys").split()))


def _press(args: Args) -> Action:
    return Press(keys=combo(args.text("key")))


def _scroll(args: Args) -> Action:
    way = args.text("direction")
    if way not in _WAYS:
        raise BadReply(f"`direction` must be one of {', '.join(_WAYS)}.")
    dx, dy = (part * _NOTCHES for part in _WAYS[way])
    at = args.space.point(args.number("x"), args.number("y")) if args.has("x") else None
    return Scroll(at=at, dx=dx, dy=dy, unit="notch")


def _drag(args: Args) -> Action:
    start, end = (
        args.space.point(args.number(f"{which}_x"), args.number(f"{which}_y"))
        for which in ("start", "end")
    )
    return Drag(start=start, end=end)


def _wait(args: Args) -> Action:
    return Wait(seconds=args.number("seconds", 2))


def _answer(args: Args) -> tuple[Action, ...]:
    text = args.text("content")
    return (Answer(text=text), Finish(success=True, text=text))


def _fail(args: Args) -> Action:
    return Finish(success=False, text=args.text("reason"))


VERBS: Mapping[str, Verb] = {
    "click": Verb(("click",), _click),
    "double_click": Verb(("click",), _double),
    "write": Verb(("type",), _write),
    "hotkey": Verb(("press",), _hotkey),
    "press": Verb(("press",), _press),
    "scroll": Verb(("scroll",), _scroll),
    "drag": Verb(("drag",), _drag),
    "wait": Verb(("wait",), _wait),
    "answer": Verb(("finish",), _answer),
    "fail": Verb(("finish",), _fail),
}


@dataclass(frozen=True)
class Holo3:
    """The dialect of Holo3."""

    name: str = "holo3"
    resize: ResizeRule = RESIZE
    sampling: Sampling = Sampling(max_tokens=2048)

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """The system message with the schema of what can be done, then image, task and past."""
        steps = "\n".join(step_lines(past, _said)) or "None"
        ask = f"Task: {goal}\n\nPrevious steps:\n{steps}\n\nNext step:"
        return [Message("system", (system(can),)), Message("user", (now, ask))]

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The tool call of the step; raises BadReply and nothing else."""
        text = visible(bounded(reply))[1]
        start = text.find("{")
        step = read(text, start).value if start >= 0 else None
        call = step.get("tool_call") if isinstance(step, dict) else None
        if not isinstance(step, dict) or not isinstance(call, dict):
            raise BadReply("The reply must be one JSON object with a `tool_call`.")
        thought = step.get("thought")
        actions = _carry_out(call, thousandths(seen), can)
        return Decision(thought.strip()[:4000] if isinstance(thought, str) else "", actions)

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The agent's prompt with a click on the thing as its task."""
        can = Capabilities("desktop", frozenset({"click"}))
        return self.render(f"Click on {what}", (), image, can)

    def format_call(self, action: Action, image: Image, can: Capabilities) -> str:
        """The call that means an action, as the model writes it; ValueError if none does."""
        return json.dumps(_write_call(action, thousandths(image)), ensure_ascii=False)

    def format_reply(self, thought: str, action: Action, image: Image, can: Capabilities) -> str:
        """A whole step."""
        call = _write_call(action, thousandths(image))
        step = {"note": None, "thought": thought, "tool_call": call}
        return json.dumps(step, ensure_ascii=False)


def offered(can: Capabilities) -> tuple[str, ...]:
    """The tools that the prompt names and the parser accepts here."""
    return tuple(
        name for name, verb in VERBS.items() if any(kind in can.kinds for kind in verb.kinds)
    )


def system(can: Capabilities) -> str:
    """The system text with one line per tool that can be used."""
    head, _, lines = frozen.text("holo3").partition("{tools}\n")
    keep = offered(can)
    shown = [line for line in lines.splitlines() if line.split("(")[0].strip("- ") in keep]
    return head + "\n".join(shown)


def _carry_out(call: Mapping[str, Json], space: Space, can: Capabilities) -> tuple[Action, ...]:
    name = call.get("tool_name")
    if not isinstance(name, str) or name not in (names := offered(can)):
        raise BadReply(
            f"There is no tool {str(name)[:40]!r}; use one of {', '.join(offered(can))}."
        )
    actions = carry_out(VERBS[name], name, Args(call, space))
    if any(action.kind not in can.kinds for action in actions):
        raise BadReply(f"{name}: this is not possible here; use one of {', '.join(names)}.")
    return actions


def _place(action: Click | Scroll, space: Space) -> dict[str, object]:
    if action.at is None:
        return {}
    x, y = space.model(action.at)
    return {"x": x, "y": y}


def _write_call(action: Action, space: Space) -> dict[str, object]:
    for kind, write in _WRITERS.items():
        if isinstance(action, kind):
            name, rest = write(action, space)
            return {"tool_name": name, **rest}
    raise ValueError(f"there is no call for {action!r}")


def _write_click(action: Action, space: Space) -> tuple[str, dict[str, object]]:
    click = cast("Click", action)
    if (
        click.at is None
        or click.keys
        or click.count > 2
        or (click.count == 2 and click.button != "left")
    ):
        raise ValueError(f"there is no call for {action!r}")
    place: dict[str, object] = {"element": "it", **_place(click, space)}
    if click.count == 2:
        return "double_click", place
    return "click", {**place, "button": click.button}


def _write_scroll(action: Action, space: Space) -> tuple[str, dict[str, object]]:
    scroll = cast("Scroll", action)
    step = (scroll.dx // _NOTCHES, scroll.dy // _NOTCHES)
    way = next((name for name, one in _WAYS.items() if one == step), None)
    exact = (scroll.dx, scroll.dy) == (step[0] * _NOTCHES, step[1] * _NOTCHES)
    if way is None or not exact or scroll.unit != "notch":
        raise ValueError(f"there is no call for {action!r}")
    return "scroll", {"direction": way, **_place(scroll, space)}


def _write_drag(action: Action, space: Space) -> tuple[str, dict[str, object]]:
    drag = cast("Drag", action)
    if drag.start is None:
        raise ValueError(f"there is no call for {action!r}")
    (x, y), (to_x, to_y) = space.model(drag.start), space.model(drag.end)
    return "drag", {"start_x": x, "start_y": y, "end_x": to_x, "end_y": to_y}


def _write_press(action: Action, _: Space) -> tuple[str, dict[str, object]]:
    keys = cast("Press", action).keys
    return ("press", {"key": keys[0]}) if len(keys) == 1 else ("hotkey", {"keys": " ".join(keys)})


def _write_finish(action: Action, _: Space) -> tuple[str, dict[str, object]]:
    finish = cast("Finish", action)
    if finish.success or not finish.text:
        raise ValueError(f"there is no call for {action!r}")
    return "fail", {"reason": finish.text}


def _write_type(action: Action, _: Space) -> tuple[str, dict[str, object]]:
    return "write", {"content": cast("Type", action).text}


def _write_wait(action: Action, _: Space) -> tuple[str, dict[str, object]]:
    return "wait", {"seconds": cast("Wait", action).seconds}


Writer = Callable[[Action, Space], tuple[str, dict[str, object]]]
_WRITERS: dict[type[Action], Writer] = {  # pyright: ignore[reportInvalidTypeForm]
    Click: _write_click, Scroll: _write_scroll, Drag: _write_drag, Press: _write_press,
    Finish: _write_finish, Type: _write_type, Wait: _write_wait,
}  # fmt: skip


def _said(turn: Turn) -> str:
    return turn.thought or turn.reply
