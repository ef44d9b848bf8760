"""What passes between a dialect and a model: messages of text and images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .types import Size


@dataclass(frozen=True)
class Image:
    """A screenshot and the size the model sees it at, computed once by model/image.py."""

    png: bytes = field(repr=False)
    size: Size
    """Size of the picture itself, in pixels."""
    seen: Size
    """Size after the model's resize rule; model-space pixel coordinates refer to it."""


@dataclass(frozen=True)
class Message:
    """One turn; its parts are sent in this order, without separators."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[str | Image, ...]


@dataclass(frozen=True)
class Sampling:
    """How a reply is drawn; temperature 0 is greedy."""

    max_tokens: int = 512
    temperature: float = 0.0
    top_p: float = 1.0
    stop: tuple[str, ...] = ()
    thinking: bool | None = None
    """Whether the chat template opens a thinking block; None leaves it to the template."""
