"""Proof of the geometry on the screen at hand: squares are shown, found in a picture, and clicked.

Draws small windows of its own for a moment and clicks nothing else. X11 only.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...actions.types import Click, Point
from .env import DesktopEnv
from .screen import Frame, to_device

SIDE = 25
COLOUR = 0xE0218A
_ODD_PART = 10


class Miss(NamedTuple):
    """Where a square was put, and where it was seen and hit; None where it was not."""

    put: tuple[int, int]
    seen: tuple[int, int] | None
    hit: tuple[int, int] | None


class Square:
    """A window of another client at a place on the desktop that notes the clicks it gets."""

    def __init__(self, display: str | None, x: int, y: int) -> None:
        from Xlib import X
        from Xlib.display import Display

        self.display: Any = Display(display)
        root = self.display.screen().root
        self.window: Any = root.create_window(
            x - SIDE // 2, y - SIDE // 2, SIDE, SIDE, 0, X.CopyFromParent,
            override_redirect=True, background_pixel=COLOUR,
            event_mask=X.ButtonPressMask | X.ExposureMask,
        )  # fmt: skip
        self.window.map()
        self.window.raise_window()
        self.display.sync()

    def hit(self) -> tuple[int, int] | None:
        """Where it was clicked last, on the desktop."""
        from Xlib import X

        self.display.sync()
        found: tuple[int, int] | None = None
        while self.display.pending_events():
            event = self.display.next_event()
            if event.type == X.ButtonPress:
                found = event.root_x, event.root_y
        return found

    def close(self) -> None:
        """Take it away."""
        self.window.destroy()
        self.display.sync()
        self.display.close()


def loopback(env: DesktopEnv) -> list[Miss]:
    """Nine squares across the monitor; those that were not seen and hit within a pixel."""
    monitor = env.screen.monitor
    places = [
        (monitor.left + monitor.width * across // 10, monitor.top + monitor.height * down // 10)
        for across in (1, 5, 9)
        for down in (1, 5, 9)
    ]
    return [miss for place in places if (miss := try_square(env, place))]


def try_square(env: DesktopEnv, place: tuple[int, int]) -> Miss | None:
    """Show a square, find it in a picture, click where it was found."""
    square = Square(env.display, *place)
    try:
        seen = centre(env.screen.grab())
        if seen is None:
            return Miss(place, None, None)
        env.hands.do(Click(at=seen))
        hit = square.hit()
    finally:
        square.close()
    at = to_device(seen, env.screen.monitor, env.size)
    near = hit is not None and max(abs(hit[0] - place[0]), abs(hit[1] - place[1])) <= 1
    return None if near else Miss(place, at, hit)


def centre(frame: Frame) -> Point | None:
    """The middle of what has the squares' colour in a picture; None when nothing has."""
    pixels = np.frombuffer(frame.bgra, np.uint8).reshape(frame.size.height, frame.size.width, 4)
    wanted = np.array([COLOUR & 255, COLOUR >> 8 & 255, COLOUR >> 16], np.int16)
    alike = np.abs(pixels[:, :, :3].astype(np.int16) - wanted).max(2) < _ODD_PART
    rows, columns = np.nonzero(alike)
    if len(rows) < SIDE:
        return None
    return Point(x=int(np.median(columns)), y=int(np.median(rows)))
