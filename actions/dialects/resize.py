"""The size at which a model sees a screenshot.

The rule is the publishers' `smart_resize` (transformers, `image_processing_qwen2_vl`): sides are
multiples of the factor, rounded half to even, and the area stays within the limits with the
aspect ratio kept.
"""

from __future__ import annotations

import math

from ..errors import UserError
from ..types import Size
from .base import ResizeRule

MAX_ASPECT = 200


def smart_resize(size: Size, rule: ResizeRule) -> Size:
    """The size after the resize rule; UserError for pictures that no model of the kind takes."""
    width, height = size
    if min(size) < 1 or max(size) / min(size) > MAX_ASPECT:
        raise UserError(
            f"A picture of {size} pixels cannot be shown to the model: its long side must be at "
            f"most {MAX_ASPECT} times its short side; use another window size."
        )
    # Python's round is half to even: 720 / 32 = 22.5 becomes 22, not 23.
    wide, high = (round(side / rule.factor) * rule.factor for side in size)
    if wide * high > rule.max_pixels:
        shrink = math.sqrt(width * height / rule.max_pixels)
        wide, high = (max(rule.factor, _down(side / shrink, rule.factor)) for side in size)
    elif wide * high < rule.min_pixels:
        grow = math.sqrt(rule.min_pixels / (width * height))
        wide, high = (math.ceil(side * grow / rule.factor) * rule.factor for side in size)
    return Size(wide, high)


def _down(side: float, factor: int) -> int:
    return math.floor(side / factor) * factor
