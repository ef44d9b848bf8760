"""Is the run going round in circles, and is the screen still the one the model decided on?"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence

from ..actions.types import Action, Point, points
from ..envs.base import Observation
from .episode import Step

WINDOW = 16
"""Steps looked back on; long enough for five rounds of a cycle of three."""
PATCH = 24
"""Half the side, in pixels, of the square around a point that must look the same."""


def repeats(steps: Sequence[Step]) -> int:
    """How often the last step's actions were done on its very screen, within the window.

    Counting pairs of screen and actions finds repetition and cycles of every short period at once,
    and leaves alone what moves on: paging down a list, or typing the same letter twice.
    """
    last = steps[-1]
    if not last.actions:
        return 0
    screen = _hash(last)
    recent = steps[-WINDOW:]
    return sum(1 for s in recent if s.actions == last.actions and _hash(s) == screen)


def _hash(step: Step) -> bytes:
    return hashlib.sha256(step.look.png).digest()


def surprise(action: Action, chosen_on: Observation, now: Observation) -> str:
    """What changed under an action since it was chosen; empty when it still fits.

    An action without a point fits unless the place changed (it would go to another page); one with
    points fits while the pixels around them are the same.
    """
    if now.where != chosen_on.where or now.size != chosen_on.size or now.events:
        happened = "; ".join(now.events) or "another page or window came up"
        return f"Not carried out, look again first: {happened}."
    moved = [p for p in points(action) if not _same_around(p, chosen_on.png, now.png)]
    return "Not carried out: the screen changed at its target; look again first." if moved else ""


def _same_around(point: Point, before: bytes, after: bytes) -> bool:
    if before == after:
        return True
    from PIL import Image

    box = (point.x - PATCH, point.y - PATCH, point.x + PATCH, point.y + PATCH)
    crops = [
        Image.open(io.BytesIO(png)).convert("RGB").crop(box).tobytes() for png in (before, after)
    ]
    return crops[0] == crops[1]
