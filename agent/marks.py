"""Where an action aims, drawn: as SVG over a screenshot, or into a picture."""

from __future__ import annotations

import io
import math

from ..actions.types import Action, Drag, Point, Scroll, Size, points


def overlay(actions: tuple[Action, ...], size: Size) -> str:
    """SVG shapes in screenshot pixels: crosshair and ring per point, arrows for drags, scrolls."""
    unit = max(size.width, size.height) / 100
    return "".join(_shapes(action, unit) for action in actions)


def _shapes(action: Action, unit: float) -> str:
    match action:
        case Drag(start=Point() as start):
            return _arrow(start.x, start.y, action.end.x, action.end.y, unit) + _target(start, unit)
        case Scroll(at=Point() as at):
            dx, dy = math.copysign(9, action.dx), math.copysign(9, action.dy)
            x, y = at.x + unit * dx * bool(action.dx), at.y + unit * dy * bool(action.dy)
            return _target(at, unit) + _arrow(at.x, at.y, x, y, unit)
        case _:
            return "".join(_target(point, unit) for point in points(action))


def _target(at: Point, unit: float) -> str:
    """A ring with a gap cross, light on dark, so that it shows on any picture."""
    x, y = at.x + 0.5, at.y + 0.5
    near, far = unit * 0.7, unit * 2.6
    lines = (
        (x - far, y, x - near, y),
        (x + near, y, x + far, y),
        (x, y - far, x, y - near),
        (x, y + near, x, y + far),
    )
    cross = " ".join(f"M{a:.1f} {b:.1f}L{c:.1f} {d:.1f}" for a, b, c, d in lines)
    ring = f'cx="{x:.1f}" cy="{y:.1f}" r="{unit * 1.7:.1f}"'
    shapes = f'<circle {ring}/><path d="{cross}"/>'
    dot = f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{unit * 0.25:.1f}"/>'
    return f'<g class="halo">{shapes}</g><g class="mark">{shapes}{dot}</g>'


def _arrow(x: float, y: float, to_x: float, to_y: float, unit: float) -> str:
    angle = math.atan2(to_y - y, to_x - x)
    wings = [
        (to_x - unit * 2 * math.cos(angle + turn), to_y - unit * 2 * math.sin(angle + turn))
        for turn in (0.5, -0.5)
    ]
    head = "".join(f"M{wx:.1f} {wy:.1f}L{to_x:.1f} {to_y:.1f}" for wx, wy in wings)
    path = f'<path d="M{x:.1f} {y:.1f}L{to_x:.1f} {to_y:.1f}{head}"/>'
    return f'<g class="halo">{path}</g><g class="mark">{path}</g>'


def draw(png: bytes, at: Point) -> bytes:
    """The picture with a target at one pixel, as PNG."""
    from PIL import Image, ImageDraw

    picture = Image.open(io.BytesIO(png)).convert("RGB")
    pen = ImageDraw.Draw(picture)
    unit = max(picture.size) / 100
    for colour, width in (("#ffffff", unit * 0.7), ("#e5006d", unit * 0.35)):
        _draw_target(pen, at, unit, colour, max(round(width), 1))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _draw_target(pen: object, at: Point, unit: float, colour: str, width: int) -> None:
    from PIL.ImageDraw import ImageDraw

    assert isinstance(pen, ImageDraw)
    ring, near, far = unit * 1.7, unit * 0.7, unit * 2.6
    box = (at.x - ring, at.y - ring, at.x + ring, at.y + ring)
    pen.ellipse(box, outline=colour, width=width)
    for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        line = (at.x + dx * near, at.y + dy * near, at.x + dx * far, at.y + dy * far)
        pen.line(line, fill=colour, width=width)
