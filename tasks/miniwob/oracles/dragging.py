"""Oracles of tasks that are done by dragging, or by pointing at a place on a drawing."""

from __future__ import annotations

import math
from collections.abc import Callable

from .clicking import SUBMIT
from .sight import Deeds, Sight, Thing
from .table import found, number, solves

Spot = tuple[float, float]
_WAYS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
_TAGS = {"rectangle": "rect:not(#shape-container)", "circle": "circle", "triangle": "polygon"}


@solves("drag-box")
def box_into_box(see: Sight) -> Deeds:
    """The small one onto the middle of the large one."""
    small, large = see.one("#draggableSmall"), see.one("#draggableLarge")
    yield from see.drag(small.middle, large.middle)
    yield from see.click(SUBMIT)


@solves("drag-circle", "drag-single-shape")
def shape_one_way(see: Sight) -> Deeds:
    """Some way in the direction of the goal."""
    across, down = _WAYS[found(r"(left|right|up|down) then", see.goal)]
    x, y = see.one("#area svg > *").middle
    yield from see.drag((x, y), (x + 25 * across, y + 25 * down))
    yield from see.click(SUBMIT)


@solves("drag-shapes")
def shapes_into_box(see: Sight) -> Deeds:
    """Every shape of the kind in the goal into the box."""
    box = see.one("#shape-container").middle
    css = _TAGS[found(r"all (\w+?)s into", see.goal)]
    for spot in [shape.middle for shape in see.all(f"#area_svg {css}")]:
        yield from see.drag(spot, box)
    yield from see.click(SUBMIT)


@solves("drag-shapes-2")
def shapes_into_two_boxes(see: Sight) -> Deeds:
    """What the goal names into the left box, the rest into the right one."""
    what = found(r"all (\w+?)s? ", see.goal)
    left, right = (box.middle for box in see.all("#shape-container"))
    for shape in see.all("#area_svg > *:not(#shape-container)"):
        named = what in (shape.attributes.get("fill"), _KINDS[shape.tag])
        yield from see.drag(shape.middle, left if named else right)
    yield from see.click(SUBMIT)


_KINDS = {"rect": "rectangle", "circle": "circle", "polygon": "triangle"}


def _past(thing: Thing, start: Spot) -> Spot:
    """A place on the far half of a list's item, where a dragged one takes its place."""
    (x, y), (x0, y0) = thing.middle, start
    across = 0.0 if abs(x - x0) < 2 else math.copysign(thing.width * 0.2, x - x0)
    down = 0.0 if abs(y - y0) < 2 else math.copysign(thing.height * 0.25, y - y0)
    return x + across, y + down


@solves("drag-items")
def item_in_a_list(see: Sight) -> Deeds:
    """To the place that the goal names or describes."""
    items = see.all("#sortable li")
    at = [item.text for item in items].index(found(r"Drag (.+?) (?:to|up|down)", see.goal))
    where = see.goal
    to = (
        0 if "to the top" in where
        else len(items) - 1 if "to the bottom" in where
        else at + 1 if "down by" in where
        else at - 1 if "up by" in where
        else number(where) - 1
    )  # fmt: skip
    start = items[at].middle
    yield from see.drag(start, _past(items[to], start))


@solves("drag-items-grid")
def item_in_a_grid(see: Sight) -> Deeds:
    """To the cell that the goal names or describes."""
    cells = see.all("#sortable li")
    at = [cell.text for cell in cells].index(
        found(r"Drag (.+?) (?:to|up|down|left|right)", see.goal)
    )
    steps = {"up by": -3, "down by": 3, "left by": -1, "right by": 1}
    step = next((far for words, far in steps.items() if words in see.goal), 0)
    to = at + step if step else _cell(found(r"to the (.*)\.", see.goal))
    start = cells[at].middle
    yield from see.drag(start, _past(cells[to], start))


def _cell(words: str) -> int:
    row = 0 if "top" in words else 2 if "bottom" in words else 1
    column = 0 if "left" in words else 2 if "right" in words else 1
    return row * 3 + column


@solves("drag-sort-numbers")
def sort(see: Sight) -> Deeds:
    """Each place gets the smallest number that is left, until all stand in order."""
    for place in range(4):
        items = see.all("#sortable li")
        values = [int(item.text) for item in items]
        least = values.index(min(values[place:]))
        if least != place:
            start = items[least].middle
            yield from see.drag(start, _past(items[place], start))
    yield from see.click(SUBMIT)


@solves("draw-line")
def line(see: Sight) -> Deeds:
    """Through the dot, up or along."""
    x, y = see.one("#circ").middle
    far = 20
    along = "horizontal" in see.goal
    ends = ((x - far, y), (x + far, y)) if along else ((x, y - far), (x, y + far))
    yield from see.drag(*ends)
    yield from see.click("#controls button")


def _mark(find: Callable[[Sight], Spot]) -> Callable[[Sight], Deeds]:
    """An oracle that clicks one place on a drawing, then the button."""

    def oracle(see: Sight) -> Deeds:
        yield from see.click_at(*find(see))
        yield from see.click(SUBMIT)

    return oracle


def _middles(see: Sight, css: str) -> list[Spot]:
    return [thing.middle for thing in see.all(css)]


@solves("find-midpoint")
@_mark
def midpoint(see: Sight) -> Spot:
    """Halfway between the two points."""
    (x0, y0), (x1, y1) = _middles(see, ".black-circle")
    return (x0 + x1) / 2, (y0 + y1) / 2


@solves("circle-center")
@_mark
def centre(see: Sight) -> Spot:
    """The middle of the only circle."""
    return see.one("#svg-grid circle").middle


@solves("bisect-angle")
@_mark
def bisector(see: Sight) -> Spot:
    """On the line that halves the angle, a third of the way along the shorter side."""
    (x, y), *ends = *_middles(see, ".init-blue"), *_middles(see, ".init-black")
    far = min(math.dist((x, y), end) for end in ends)
    turns = [math.atan2(end[1] - y, end[0] - x) for end in ends]
    across = sum(map(math.cos, turns)), sum(map(math.sin, turns))
    length = math.hypot(*across)
    return x + across[0] / length * far * 0.6, y + across[1] / length * far * 0.6


@solves("right-angle")
@_mark
def square(see: Sight) -> Spot:
    """At a right angle to the line, far enough on the side that has room."""
    (x, y), (x1, y1) = *_middles(see, "#init-blue"), *_middles(see, "#init-black")
    box = see.one("#svg-grid")
    dx, dy = y - y1, x1 - x
    length = math.hypot(dx, dy)
    spots = [(x + side * dx / length * 30, y + side * dy / length * 30) for side in (1, -1)]
    return next((spot for spot in spots if _within(box, spot)), spots[0])


def _within(box: Thing, spot: Spot) -> bool:
    """Whether a place is inside a box and not at its edge."""
    across = 4 < spot[0] - box.x < box.width - 4
    return across and 4 < spot[1] - box.y < box.height - 4


@solves("grid-coordinate")
def grid_point(see: Sight) -> Deeds:
    """The circle that stands at the coordinates of the goal."""
    where = found(r"coordinate (\S+)\.", see.goal)
    yield from see.click(f"[id='{where}']")
