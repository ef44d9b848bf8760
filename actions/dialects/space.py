"""The spaces in which models write coordinates, and the way from each to screenshot pixels.

One rounding on each way. A coordinate outside the space is refused, never moved inside; one
that lies inside it never leaves the screenshot.
"""

from __future__ import annotations

from typing import NamedTuple

from ..errors import BadReply
from ..messages import Image
from ..types import Point, Size


class Space(NamedTuple):
    """A model's coordinate space over one picture.

    `span` is divided by, `last` is the largest coordinate that the model may write, `reach` is
    what a whole span amounts to in screenshot pixels.
    """

    span: tuple[float, float]
    last: tuple[float, float]
    reach: tuple[float, float]
    screen: Size
    digits: int = 0

    def point(self, x: float, y: float) -> Point:
        """The screenshot pixel that (x, y) means; BadReply when it lies outside."""
        if self.last[0] > 1 and 0 < x < 1 and 0 < y < 1:
            raise BadReply(f"The point ({x:g}, {y:g}) is a fraction of the screen, not its pixels.")
        if not (0 <= x <= self.last[0] and 0 <= y <= self.last[1]):
            raise BadReply(
                f"The point ({x:g}, {y:g}) lies outside: x goes from 0 to {self.last[0]:g} "
                f"and y from 0 to {self.last[1]:g}."
            )
        return Point(x=self._pixel(x, 0), y=self._pixel(y, 1))

    def model(self, point: Point) -> list[int] | list[float]:
        """What the model would write for a screenshot pixel."""
        pair = [self._back(point.x, 0), self._back(point.y, 1)]
        return pair if self.digits else [int(v) for v in pair]

    def exact(self, x: float, y: float) -> tuple[float, float]:
        """Screenshot pixels before rounding."""
        return x / self.span[0] * self.reach[0], y / self.span[1] * self.reach[1]

    def _pixel(self, value: float, axis: int) -> int:
        # The far edge of the space may round to one past the last pixel.
        return min(round(value / self.span[axis] * self.reach[axis]), self.screen[axis] - 1)

    def _back(self, value: int, axis: int) -> float:
        back = value / self.reach[axis] * self.span[axis] if self.reach[axis] else 0.0
        return min(round(back, self.digits), self.last[axis])


def pixels(image: Image) -> Space:
    """Pixels of the picture after the model's resize rule (Qwen2.5-VL and its fine-tunes)."""
    seen, size = image.seen, image.size
    return Space(_pair(seen), (seen.width - 1, seen.height - 1), _pair(size), size)


def thousandths(image: Image) -> Space:
    """0 to 1000 of each side; 1000 is the far edge (UI-TARS 1.0, Holo2, GUI-Owl 1.5, ...)."""
    return Space((1000, 1000), (1000, 1000), _pair(image.size), image.size)


def nines(image: Image) -> Space:
    """0 to 999 of each side, divided by 999 (Qwen3-VL, MAI-UI navigation)."""
    return Space((999, 999), (999, 999), _pair(image.size), image.size)


def pixel_nines(image: Image) -> Space:
    """0 to 999 from the first pixel to the last (Qwen3.5 and later, Qwen-CUA)."""
    size = image.size
    return Space((999, 999), (999, 999), (size.width - 1, size.height - 1), size)


def fractions(image: Image) -> Space:
    """0 to 1 of each side (ShowUI, Aguvis, OpenCUA on Qwen2-VL)."""
    return Space((1, 1), (1, 1), _pair(image.size), image.size, digits=4)


def _pair(size: Size) -> tuple[float, float]:
    return size.width, size.height
