"""How a recorded step is put to a model: the protocols of offline action benchmarks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from ...actions.dialects import qwen3vl, qwen25vl
from ...actions.dialects.base import Dialect, Turn
from ...actions.dialects.tool import Tool
from ...actions.errors import UserError
from ...actions.messages import Image, Message
from .recorded import as_json
from .score_steps import PHONE_CAN
from .steps import RecordedStep

TOOLS: Mapping[str, Tool] = {"qwen2.5-vl": qwen25vl.MOBILE, "qwen3-vl": qwen3vl.MOBILE}
Ask = Callable[[RecordedStep, Image], list[Message]]


def asking(protocol: str, level: str, dialect: Dialect) -> Ask:
    """The prompt of a protocol; UserError when it is not defined for the model's family.

    `level` low shows what this one step is for, high only the goal.
    """
    low = level == "low"
    if protocol == "dialect":
        return partial(_own, dialect, low)
    if protocol == "ac-qwen" and dialect.name in TOOLS:
        return partial(_qwen, TOOLS[dialect.name], low)
    raise UserError(
        f"the protocol {protocol} is not one for recorded steps of {dialect.name}; use --protocol "
        f"dialect, or ac-qwen for {' and '.join(TOOLS)}"
    )


def _qwen(tool: Tool, low: bool, step: RecordedStep, image: Image) -> list[Message]:
    """Qwen's: `mobile_use`, the recorded actions as history, the current screenshot only.

    The user's text is the gist's in QwenLM/Qwen3-VL#904; points in the history are in pixels of
    what the model sees.
    """
    done = "".join(
        f"Step {n}: {as_json(_seen(words, image))}; " for n, words in enumerate(step.past, 1)
    )
    current = f"Current step query: {step.instruction}\n" if low else ""
    text = (
        f"The user query:  {step.goal}\n{current}Task progress (You have done the following "
        f"operation on the current device): {done}"
    )
    return [Message("system", (tool.whole(image.seen),)), Message("user", (text, image))]


def _seen(words: Mapping[str, object], image: Image) -> Mapping[str, object]:
    """A recorded action with its points where the model would see them."""

    def scaled(value: object) -> object:
        if not isinstance(value, list):
            return value
        pair: list[float] = value  # pyright: ignore[reportUnknownVariableType]
        return [
            round(pair[0] / image.size.width * image.seen.width),
            round(pair[1] / image.size.height * image.seen.height),
        ]

    return {name: scaled(value) for name, value in words.items()}


def _own(dialect: Dialect, low: bool, step: RecordedStep, image: Image) -> list[Message]:
    """The family's own agent prompt, with the recorded actions as its past turns."""
    goal = f"{step.goal}\nThe current step: {step.instruction}" if low else step.goal
    past = [Turn(reply="", thought=_line(words)) for words in step.past]
    return dialect.render(goal, past, image, PHONE_CAN)


def _line(words: Mapping[str, object]) -> str:
    return as_json(words)
