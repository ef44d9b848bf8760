"""A model whose numbers are written in another space: what a misconfigured pair looks like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ..actions.messages import Image, Message, Sampling
from .base import Model, Reply

_POINT = re.compile(r"\[(\d+), (\d+)\]")


class Respaced:
    """Rewrites `[x, y]` of another model's replies from pixels of what it sees.

    With `span` (such as 1000) a whole side is that many; with `factor` the pixels are those of a
    picture that many times as large, as of a server that resizes again.
    """

    def __init__(self, model: Model, *, span: float = 0.0, factor: float = 1.0) -> None:
        self.model, self.span, self.factor = model, span, factor
        self.name = f"{model.name}, {'0 to ' + format(span, 'g') if span else f'{factor:g} times'}"

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        """The other model's reply, its points moved."""
        reply = self.model.generate(messages, sampling)
        seen = next(p.seen for m in reversed(messages) for p in m.parts if isinstance(p, Image))

        def move(found: re.Match[str]) -> str:
            x, y = int(found[1]), int(found[2])
            if self.span:
                return f"[{x / seen.width * self.span:.0f}, {y / seen.height * self.span:.0f}]"
            return f"[{x * self.factor:.0f}, {y * self.factor:.0f}]"

        return replace(reply, text=_POINT.sub(move, reply.text))

    def close(self) -> None:
        """Free what the other model holds."""
        self.model.close()
