"""What every dialect provides: prompt, parser, coordinate rule, image and history policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from ..messages import Image, Message, Sampling
from ..types import Action, Capabilities, Decision


class ResizeRule(NamedTuple):
    """Sides are multiples of `factor`; the area stays within the limits (pixels)."""

    factor: int
    min_pixels: int
    max_pixels: int


@dataclass(frozen=True)
class Turn:
    """One past step, as the record keeps it; the dialect decides how much of it is replayed."""

    reply: str
    """The model's answer, word for word."""
    thought: str = ""
    actions: tuple[Action, ...] = ()
    """Empty when the reply was refused."""
    feedback: str = ""
    """What the model is told about it: refusal, error, dialog, no effect; empty if all is well."""
    image: Image | None = None
    """What the model saw; None once it has been evicted."""


class Dialect(Protocol):
    """One model family's words. Pure: no state, no input or output."""

    @property
    def name(self) -> str: ...

    @property
    def resize(self) -> ResizeRule: ...

    @property
    def sampling(self) -> Sampling: ...

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """The whole conversation for the next reply."""
        ...

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The actions a reply means, in screenshot pixels; raises BadReply and nothing else."""
        ...

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The conversation that asks for one point on a picture (grounding)."""
        ...
