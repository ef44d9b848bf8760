"""The contract between the loop and whoever decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from ..actions.messages import Image, Message, Sampling


@dataclass(frozen=True)
class Reply:
    """A model's answer and what it cost."""

    text: str
    tokens_in: int = 0
    tokens_out: int = 0
    cached_tokens: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict[str, float])
    """Time by phase: `preprocess`, `encode`, `prefill`, `decode`; served models: `request`."""
    finish_reason: Literal["stop", "length"] = "stop"
    passes: int = 0
    """Runs of the network that wrote the reply; fewer than `tokens_out` when guesses held."""
    encoded: int = 0
    """Pictures that went through the vision tower for this reply."""


class Model(Protocol):
    """Anything that answers a conversation; ModelError when it cannot."""

    name: str

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        """The next assistant turn."""
        ...

    def close(self) -> None:
        """Free what it holds; safe to call twice."""
        ...


@runtime_checkable
class Forgets(Protocol):
    """A model that keeps something of one conversation for the next."""

    def forget(self) -> None:
        """Drop it, so that the next reply depends on its prompt alone."""
        ...


@runtime_checkable
class Foresees(Protocol):
    """A model that can begin with a picture before it is asked about it."""

    def foresee(self, picture: Image) -> None:
        """This picture may be in the next conversation; returns at once and never raises."""
        ...
