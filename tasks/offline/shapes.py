"""Where a target is, and whether a point is in it; edges count as inside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from ...actions.types import Point, Size

Convention = Literal["xywh px", "xyxy px", "xyxy fraction"]
"""What the four numbers of a box mean. It is declared per schema and never guessed."""


class Box(NamedTuple):
    """Left, top, right and bottom edge in pixels of the original picture."""

    left: float
    top: float
    right: float
    bottom: float

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is inside; the edges are (a closed box)."""
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def near(self, x: float, y: float) -> bool:
        """Whether a point is less than the box's own size away from it."""
        wide, high = self.right - self.left, self.bottom - self.top
        return Box(
            self.left - wide, self.top - high, self.right + wide, self.bottom + high
        ).holds(x, y)  # fmt: skip

    @property
    def centre(self) -> tuple[float, float]:
        """The middle."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    @property
    def area(self) -> float:
        """In square pixels."""
        return (self.right - self.left) * (self.bottom - self.top)

    def grown(self, factor: float) -> Box:
        """The same box with its sides times `factor`, about its centre."""
        x, y = self.centre
        wide, high = (self.right - self.left) * factor / 2, (self.bottom - self.top) * factor / 2
        return Box(x - wide, y - high, x + wide, y + high)


class Polygon(NamedTuple):
    """Corners in order, in pixels of the original picture."""

    corners: tuple[tuple[float, float], ...]

    def holds(self, x: float, y: float) -> bool:
        """Even-odd rule; the outline counts as inside."""
        inside = False
        for a, b in zip(self.corners, (*self.corners[1:], self.corners[0]), strict=True):
            if _on_edge(a, b, x, y):
                return True
            if (a[1] > y) != (b[1] > y):
                inside ^= x < a[0] + (y - a[1]) * (b[0] - a[0]) / (b[1] - a[1])
        return inside

    @property
    def box(self) -> Box:
        """The smallest box around it."""
        xs, ys = zip(*self.corners, strict=True)
        return Box(min(xs), min(ys), max(xs), max(ys))


Shape = Box | Polygon


def _on_edge(a: tuple[float, float], b: tuple[float, float], x: float, y: float) -> bool:
    across = (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])
    between = min(a[0], b[0]) <= x <= max(a[0], b[0]) and min(a[1], b[1]) <= y <= max(a[1], b[1])
    return across == 0 and between


def outline(shape: Shape) -> Box:
    """The shape's box."""
    return shape if isinstance(shape, Box) else shape.box


def read_box(numbers: Sequence[float], convention: Convention, size: Size | None = None) -> Box:
    """Four numbers as a box; ValueError says why they are none. Fractions need the size."""
    if len(numbers) != 4:
        raise ValueError(f"a box has four numbers, not {len(numbers)}")
    a, b, c, d = numbers
    match convention:
        case "xywh px":
            found = Box(a, b, a + c, b + d)
        case "xyxy px":
            found = Box(a, b, c, d)
        case "xyxy fraction":
            found = _scaled(Box(a, b, c, d), size)
    if found.right <= found.left or found.bottom <= found.top:
        raise ValueError(f"the box {list(numbers)} is empty when read as {convention}")
    return found


def _scaled(box: Box, size: Size | None) -> Box:
    if size is None:
        raise ValueError("a box in fractions needs the picture's size")
    if max(box) > 1.5:
        raise ValueError(f"the box {list(box)} is not in fractions of the picture")
    return Box(
        box.left * size.width, box.top * size.height, box.right * size.width,
        box.bottom * size.height,
    )  # fmt: skip


def middle_point(shape: Shape) -> Point:
    """A whole pixel inside a shape, where it has one: near the middle first."""
    box = outline(shape)
    x, y = box.centre
    for spot in [(x, y), *_corners_inward(shape)]:
        pixel = Point(x=round(spot[0]), y=round(spot[1]))
        if shape.holds(pixel.x, pixel.y):
            return pixel
    return Point(x=round(x), y=round(y))


def _corners_inward(shape: Shape) -> list[tuple[float, float]]:
    """Spots between the middle and each corner, for shapes that are hollow in the middle."""
    box = outline(shape)
    x, y = box.centre
    ends = shape.corners if isinstance(shape, Polygon) else ((box.left, box.top),)
    return [(x + (ex - x) * t, y + (ey - y) * t) for t in (0.5, 0.8, 1.0) for ex, ey in ends]
