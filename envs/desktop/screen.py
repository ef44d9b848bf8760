"""What is on the screen: monitors, and pictures of them, taken through mss."""

from __future__ import annotations

import io
import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from PIL import Image

from ...actions.errors import EnvError, UserError
from ...actions.types import Point, Size

ALL, UNDER_POINTER = "all", "pointer"
_REGION = re.compile(r"(\d+)x(\d+)([+-]\d+)([+-]\d+)")


@dataclass(frozen=True)
class Monitor:
    """A part of the desktop, in the units of the pointer; the origin may be negative."""

    left: int
    top: int
    width: int
    height: int

    def holds(self, x: int, y: int) -> bool:
        """Whether the pointer's position is on it."""
        return 0 <= x - self.left < self.width and 0 <= y - self.top < self.height


@dataclass(frozen=True)
class Frame:
    """A picture of a monitor: BGRA bytes, four per pixel, row by row."""

    bgra: bytes
    size: Size

    def png(self) -> bytes:
        """As PNG, RGB, packed quickly rather than small."""
        kept = io.BytesIO()
        picture = Image.frombuffer("RGB", self.size, self.bgra, "raw", "BGRX", 0, 1)
        picture.save(kept, "PNG", compress_level=1)
        return kept.getvalue()


class Screen(Protocol):
    """Takes pictures of one monitor."""

    monitor: Monitor

    def grab(self) -> Frame:
        """The monitor as it is now; EnvError when it cannot be seen."""
        ...

    def close(self) -> None:
        """Let go of the display."""
        ...


class MssScreen:
    """One mss object, kept: on X11 it then shares memory with the server.

    `which` is a number from 1, `all`, `pointer`, or a region such as `1280x800+1920+0`.
    """

    def __init__(self, which: str, display: str | None, pointer: tuple[int, int]) -> None:
        import mss
        from mss.exception import ScreenShotError

        try:
            self._mss: Any = mss.MSS(display=display) if display else mss.MSS()
            found = [
                Monitor(m["left"], m["top"], m["width"], m["height"]) for m in self._mss.monitors
            ]
        except ScreenShotError as error:
            raise UserError(
                f"no screen to look at ({error}); start one, or take --virtual"
            ) from error
        self.monitor = choose(which, found, pointer)
        m = self.monitor
        self._area = {"left": m.left, "top": m.top, "width": m.width, "height": m.height}

    def grab(self) -> Frame:
        """The monitor as it is now."""
        from mss.exception import ScreenShotError

        try:
            shot = self._mss.grab(self._area)
        except (ScreenShotError, AssertionError) as error:
            # mss asserts that the server answers; one that is gone does not.
            said = str(error) or "its server is gone"
            raise EnvError(f"the screen cannot be seen any more ({said})") from error
        return Frame(bytes(shot.raw), Size(shot.width, shot.height))

    def close(self) -> None:
        """Let go of the display; of one that is gone there is nothing to let go."""
        from mss.exception import ScreenShotError

        with suppress(ScreenShotError, AssertionError):
            self._mss.close()


def choose(which: str, found: list[Monitor], pointer: tuple[int, int]) -> Monitor:
    """The monitor that was asked for; `found` begins with all of them taken together."""
    whole, single = found[0], found[1:] or found[:1]
    if which == ALL:
        return whole
    if which == UNDER_POINTER:
        return next((one for one in single if one.holds(*pointer)), single[0])
    if region := _REGION.fullmatch(which):
        width, height, left, top = map(int, region.groups())
        area = Monitor(left, top, width, height)
        corner = left + width - 1, top + height - 1
        if width and height and whole.holds(left, top) and whole.holds(*corner):
            return area
        raise UserError(f"{which} is not on the desktop ({describe(whole)})")
    if which.isdecimal() and 1 <= int(which) <= len(single):
        return single[int(which) - 1]
    names = ", ".join(f"{n} ({describe(one)})" for n, one in enumerate(single, 1))
    raise UserError(f"there is no monitor {which}; use {ALL}, {UNDER_POINTER}, or one of {names}")


def describe(monitor: Monitor) -> str:
    """`1280x800+0+0`, as X11 writes regions."""
    return f"{monitor.width}x{monitor.height}{monitor.left:+d}{monitor.top:+d}"


def to_device(point: Point, monitor: Monitor, size: Size) -> tuple[int, int]:
    """Where the pointer must go for a pixel of the screenshot.

    Where the system counts points that hold several pixels (macOS; Windows with old programs), the
    screenshot is larger than the monitor; the point is the one that the pixel's centre lies in.
    """
    x = int((point.x + 0.5) * monitor.width / size.width)
    y = int((point.y + 0.5) * monitor.height / size.height)
    return monitor.left + x, monitor.top + y


def make_coordinates_physical() -> None:
    """On Windows: let this process count the screen's own pixels, as screenshots do."""
    if sys.platform == "win32":
        import ctypes

        # 2: per monitor (shellscalingapi.h, PROCESS_PER_MONITOR_DPI_AWARE).
        ctypes.windll.shcore.SetProcessDpiAwareness(2)
