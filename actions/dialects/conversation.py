"""Past turns replayed as a conversation: whole turns dropped and screenshots folded in blocks.

Both cuts move by a block at a time, so that what stands before the cut stays the same text for
several steps and a prefix cache survives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..messages import Image, Message
from .base import Turn

COLLAPSED = "This screenshot has been collapsed."


@dataclass(frozen=True)
class Layout:
    """How a family lays out its past."""

    keep: int
    """Past turns replayed in full, at least."""
    block: int
    """How many turns are dropped together."""
    images: int
    """Live screenshots, the current one included, at most."""
    fold: int = 1
    """How many screenshots are folded together."""
    collapsed: str = COLLAPSED
    """What stands where a screenshot was; empty: nothing, and no turn when nothing else is left."""
    before: str = ""
    after: str = ""
    """Texts around every screenshot but the first."""
    image_first: bool = True
    """Whether the first screenshot stands before the opening text."""


def first_kept(count: int, keep: int, block: int) -> int:
    """Index of the first of `count` past turns that is replayed."""
    return max(0, (count - keep) // block * block)


def folded(count: int, images: int, fold: int) -> int:
    """How many of `count` screenshots, the oldest, are folded."""
    over = max(0, count - images)
    return -(-over // fold) * fold


def converse(
    layout: Layout,
    opening: str,
    kept: Sequence[Turn],
    now: Image,
    say: Callable[[Turn], str] = lambda turn: turn.reply,
) -> list[Message]:
    """User and assistant messages: the opening with the first screenshot, then turn by turn."""
    views = [*(turn.image for turn in kept), now]
    gone = min(folded(len(views), layout.images, layout.fold), len(views) - 1)
    told = ["", *(turn.feedback for turn in kept)]
    messages: list[Message] = []
    for index, (view, feedback) in enumerate(zip(views, told, strict=True)):
        shown = layout.collapsed if view is None or index < gone else view
        parts = _parts(layout, shown, feedback, opening if index == 0 else None)
        if parts:
            messages.append(Message("user", parts))
        if index < len(kept):
            messages.append(Message("assistant", (say(kept[index]),)))
    return messages


def _parts(
    layout: Layout, shown: str | Image, feedback: str, opening: str | None
) -> tuple[str | Image, ...]:
    if opening is not None:
        view = () if isinstance(shown, str) else (shown,)
        words = (opening,) if opening else ()
        return (*view, *words) if layout.image_first else (*words, *view)
    told = f"\n{feedback}" if shown and feedback else feedback
    parts = (shown, told)
    if any(parts):
        parts = (layout.before, *parts, layout.after)
    return tuple(part for part in parts if part)
