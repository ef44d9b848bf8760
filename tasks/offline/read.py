"""From a kept reply back to what it means: pure, without the picture."""

from __future__ import annotations

from typing import NamedTuple

from ...actions.dialects.base import Dialect
from ...actions.errors import BadReply
from ...actions.messages import Image
from ...actions.types import Action, Answer, AskUser, Capabilities, Finish, Point, Size, points
from ...agent.pointing import EVERYTHING
from .lines import Line, Status

FINE = 1024
"""Parts of a pixel that scores are computed in. An agent acts on whole pixels; published scorers do
not round, and on targets of a few pixels that decides."""


class Meaning(NamedTuple):
    """A reply's actions on the original picture, or why there are none."""

    status: Status
    actions: tuple[Action, ...] = ()
    why: str = ""
    fine: int = 1
    """Units of the actions' points per pixel."""

    @property
    def at(self) -> tuple[float, float] | None:
        """The first point that it names, in pixels."""
        named = [point for action in self.actions for point in points(action)]
        return (named[0].x / self.fine, named[0].y / self.fine) if named else None


def meaning(
    dialect: Dialect, reply: str, finish: str, size: Size, seen: Size,
    can: Capabilities = EVERYTHING, fine: int = 1,
) -> Meaning:  # fmt: skip
    """What a whole reply (prefill included) means on a picture of this size."""
    screen = Size(size.width * fine, size.height * fine)
    try:
        actions = dialect.parse(reply, Image(b"", screen, seen), can).actions
    except BadReply as bad:
        return Meaning(_refusal(str(bad), finish), (), str(bad))
    return Meaning("refused" if _declines(actions) else "answered", actions, "", fine)


def _refusal(why: str, finish: str) -> Status:
    if finish == "length":
        return "truncated"
    return "outside" if "lies outside" in why else "format"


def _declines(actions: tuple[Action, ...]) -> bool:
    """Whether the answer is that it cannot be done: a failure, or words in place of a point."""
    return not any(points(action) for action in actions) and any(
        isinstance(action, Answer | AskUser) or (isinstance(action, Finish) and not action.success)
        for action in actions
    )


def of_line(
    dialect: Dialect, line: Line, prefill: str, can: Capabilities = EVERYTHING, fine: int = 1
) -> Meaning:
    """What a line's last reply means on the whole picture."""
    if line.status == "failed":
        return Meaning("failed", (), line.why)
    seen, crop = Size(*line.seen), line.crop
    size = line.original if crop is None else Size(*crop.size)
    found = meaning(dialect, prefill + line.reply, line.finish, size, seen, can, fine)
    if crop is None:
        return found
    offset = crop.left * fine, crop.top * fine
    return found._replace(actions=tuple(moved(action, *offset) for action in found.actions))


def moved(action: Action, dx: int, dy: int) -> Action:
    """An action at one point moved by so much; anything else as it is."""
    at = getattr(action, "at", None)
    if isinstance(at, Point):
        return action.model_copy(update={"at": Point(x=at.x + dx, y=at.y + dy)})
    return action
