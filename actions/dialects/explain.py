"""What one reply means in one dialect: the logic behind `qvl-agent parse`."""

from __future__ import annotations

from typing import Any, Literal

from ..errors import BadReply
from ..messages import Image
from ..types import KINDS, Action, Capabilities, Decision, Size
from .base import Dialect
from .registry import by_name
from .resize import smart_resize

Surface = Literal["browser", "desktop", "mobile"]
SURFACES: tuple[Surface, ...] = ("desktop", "browser", "mobile")


def explain(name: str, size: Size, reply: str, surface: Surface | None = None) -> dict[str, Any]:
    """The canonical actions of a reply in screenshot pixels, or why it is refused.

    Without a `surface` the kinds of screen are tried in turn, and a refusal is that of the first.
    UserError when there is no such dialect.
    """
    dialect = by_name(name)
    image = Image(b"", size, smart_resize(size, dialect.resize))
    tries = SURFACES if surface is None else (surface,)
    refusals: list[str] = []
    for kind in tries:
        try:
            decision = dialect.parse(reply, image, Capabilities(kind, frozenset(KINDS)))
        except BadReply as refusal:
            refusals.append(str(refusal))
        else:
            return _told(dialect, image, kind, decision, None)
    return _told(dialect, image, tries[0], Decision("", ()), refusals[0])


def _told(
    dialect: Dialect, image: Image, surface: Surface, decision: Decision, refused: str | None
) -> dict[str, Any]:
    return {
        "dialect": dialect.name,
        "surface": surface,
        "size": list(image.size),
        "seen": list(image.seen),
        "thought": decision.thought,
        "actions": [_plain(action) for action in decision.actions],
        "refused": refused,
    }


def _plain(action: Action) -> dict[str, Any]:
    return {"kind": action.kind} | action.model_dump(mode="json", exclude_none=True)
