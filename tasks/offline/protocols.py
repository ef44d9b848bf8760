"""How a question is put, under a name that is printed with every number.

The prompt is part of the benchmark: one model scores 0.06 or 100 % under two of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...actions.dialects import qwen3vl, qwen25vl
from ...actions.dialects.base import Dialect
from ...actions.errors import UserError
from ...actions.messages import Image, Message

PREFILL = (
    '<tool_call>\n{"name": "computer_use", "arguments": {"action": "left_click", "coordinate": ['
)
"""What ScreenSpot-Pro's runner puts into the model's mouth (models/qwen2_5vl.py @bd8bbbb)."""

Ask = Callable[[Dialect, str, Image], list[Message]]


@dataclass(frozen=True)
class Protocol:
    """One way of asking for a point."""

    name: str
    ask: Ask
    about: str
    prefill: str = ""
    """The beginning of the reply, given; the model goes on from it."""
    dialects: tuple[str, ...] = ()
    """The families it is defined for; empty: all."""


def _own(dialect: Dialect, what: str, image: Image) -> list[Message]:
    return dialect.point_prompt(what, image)


def _cookbook(dialect: Dialect, what: str, image: Image) -> list[Message]:
    tool = qwen25vl.COMPUTER if dialect.name == "qwen2.5-vl" else qwen3vl.COMPUTER
    return [Message("system", (tool.whole(image.seen),)), Message("user", (what, image))]


def _sspro(dialect: Dialect, what: str, image: Image) -> list[Message]:
    del dialect
    return [
        Message("system", (qwen25vl.COMPUTER.whole(image.seen),)),
        Message("user", (image, what)),
        Message("assistant", (PREFILL,)),
    ]


PROTOCOLS = {
    one.name: one
    for one in (
        Protocol("dialect", _own, "the family's own grounding prompt"),
        Protocol(
            "qwen-cookbook", _cookbook, "Qwen's cookbook: text, then image; no prefill",
            dialects=("qwen2.5-vl", "qwen3-vl"),
        ),
        Protocol(
            "sspro-official", _sspro, "ScreenSpot-Pro's runner: image, then text; call prefilled",
            PREFILL, ("qwen2.5-vl",),
        ),
    )
}  # fmt: skip


def protocol(name: str, dialect: Dialect) -> Protocol:
    """The protocol called `name`; UserError when it is not defined for the model's family."""
    if name not in PROTOCOLS:
        raise UserError(f"there is no protocol {name!r} here; use one of {', '.join(PROTOCOLS)}")
    found = PROTOCOLS[name]
    if found.dialects and dialect.name not in found.dialects:
        raise UserError(
            f"the protocol {name} is defined for {' and '.join(found.dialects)}, and the model "
            f"speaks {dialect.name}; use --protocol dialect"
        )
    return found


def prefill_of(name: str, dialect: Dialect) -> str:
    """The beginning of the reply that a protocol gives."""
    return protocol(name, dialect).prefill
