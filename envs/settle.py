"""Wait until a page is quiet: nothing under way on the network, and two equal frames in a row."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple


class Quiet(NamedTuple):
    """The last frame, whether the screen came to rest, and the time by phase (seconds)."""

    frame: bytes
    rested: bool
    seconds: dict[str, float]


def settle(
    wait: Callable[[float], None],
    capture: Callable[[], bytes],
    busy: Callable[[], bool],
    cap: float,
) -> Quiet:
    """Wait (`wait` gets the seconds left, and returns after a painted frame), look, and compare.

    A screen that never rests, such as an animation, costs `cap` seconds and no more.
    """
    began = time.perf_counter()
    looking = 0.0
    last = b""
    while True:
        left = cap - (time.perf_counter() - began)
        if left > 0:
            wait(left)
        start = time.perf_counter()
        frame = capture()
        looking += time.perf_counter() - start
        rested = frame == last and not busy()
        if rested or left <= 0:
            spent = time.perf_counter() - began
            return Quiet(frame, rested, {"settle": spent - looking, "capture": looking})
        last = frame
