"""Ask a model for one point on a picture."""

from __future__ import annotations

from dataclasses import dataclass

from ..actions.dialects.base import Dialect
from ..actions.errors import BadReply
from ..actions.messages import Image
from ..actions.types import KINDS, Capabilities, Point, Size, points
from ..model.base import Model, Reply
from ..model.image import seen_size

EVERYTHING = Capabilities("browser", frozenset(KINDS))


@dataclass(frozen=True)
class Pointing:
    """The model's answer, and the pixel that it means."""

    reply: Reply
    at: Point | None = None
    refusal: str = ""
    """Why there is no point; empty when there is one."""


def point_at(what: str, png: bytes, size: Size, model: Model, dialect: Dialect) -> Pointing:
    """Where `what` is on the picture, in its pixels; ModelError when the model cannot answer."""
    image = Image(png, size, seen_size(size, dialect.resize))
    reply = model.generate(dialect.point_prompt(what, image), dialect.sampling)
    try:
        decision = dialect.parse(reply.text, image, EVERYTHING)
    except BadReply as bad:
        return Pointing(reply, refusal=str(bad))
    found = [point for action in decision.actions for point in points(action)]
    return Pointing(reply, found[0]) if found else Pointing(reply, refusal="it names no point")
