"""Does the browser start, and does the model see what it shows?"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, NamedTuple

from ...actions.errors import EnvError, ModelError, UserError
from ...actions.types import Point
from . import one_line
from .checks import Finding

if TYPE_CHECKING:
    from ...envs.base import Observation

CURE = "this model cannot be relied on here; try another --model"
LABELS = ("Search", "Settings", "Send", "Cancel")


class Box(NamedTuple):
    """A labelled button, in pixels of the page."""

    label: str
    left: int
    top: int
    width: int = 110
    height: int = 40

    def holds(self, at: Point) -> bool:
        """Whether the point is on the button."""
        across = self.left <= at.x < self.left + self.width
        return across and self.top <= at.y < self.top + self.height


BOXES = tuple(Box(label, 50 + 200 * (i % 2), 80 + 120 * (i // 2)) for i, label in enumerate(LABELS))


def buttons_page() -> str:
    """A page with the buttons at known places."""
    buttons = "".join(
        f"<button style='left:{b.left}px;top:{b.top}px;width:{b.width}px;height:{b.height}px'>"
        f"{b.label}</button>"
        for b in BOXES
    )
    style = (
        "body{margin:0;background:#fff;font:16px sans-serif}"
        "button{position:absolute;font:inherit;border:1px solid #888;border-radius:6px}"
    )
    return f"<!doctype html><title>test</title><style>{style}</style>{buttons}"


def browser(args: argparse.Namespace) -> tuple[Finding, Observation | None]:
    """Start the browser on the test page and look; the look is for the model."""
    from .choose import PRACTICE_SIZE, open_browser

    plain = {"headed": False, "profile": None, "cdp": None, "size": None,
             "scale": 1.0, "zoom": 1.0}  # fmt: skip
    began = time.perf_counter()
    try:
        options = argparse.Namespace(**{**vars(args), **plain})
        with open_browser(options, "about:blank", PRACTICE_SIZE) as env:
            env.page.set_content(buttons_page(), timeout=20_000)
            seen = env.observe()
    except (UserError, EnvError) as error:
        cure = "install Chromium, or `playwright install chromium`"
        return Finding("browser", False, one_line(error), cure), None
    took = time.perf_counter() - began
    return Finding("browser", True, f"starts, shows a page and closes in {took:.1f} s"), seen


def can_see(args: argparse.Namespace, seen: Observation) -> Finding:
    """Ask the model for every button; by chance it would hit one in thirty."""
    from ..pointing import point_at
    from .choose import open_brain

    began = time.perf_counter()
    hits = 0
    try:
        with open_brain(args, lambda line: None) as brain:
            for box in BOXES:
                found = point_at(box.label, seen.png, seen.size, brain.model, brain.dialect)
                hits += found.at is not None and box.holds(found.at)
    except (UserError, ModelError) as error:
        return Finding("sight", False, one_line(error), "see `qvl-agent models`")
    took = time.perf_counter() - began
    said = f"points into {hits} of {len(BOXES)} named buttons in {took:.1f} s"
    return Finding("sight", hits * 2 >= len(BOXES), said, CURE)
