"""Taking a picture of an X screen: this project's way beside PIL and pyautogui, in one run.

    python benchmarks/capture.py [--json]

Opens a virtual screen of 1920x1080 with an editor on it, if there is one. Each way ends with the
same pixels in memory; they are compared.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import os
import shutil
import statistics
import time
from collections.abc import Callable
from typing import Any

from PIL import Image, ImageGrab

from qvl_agent.actions.types import Size
from qvl_agent.envs.desktop.screen import Frame, MssScreen
from qvl_agent.envs.desktop.virtual import VirtualScreen

SIZE = Size(1920, 1080)
TIMES = 25


def clocked(way: Callable[[], object]) -> float:
    """Median milliseconds."""
    found: list[float] = []
    for _ in range(TIMES):
        began = time.perf_counter()
        way()
        found.append(1000 * (time.perf_counter() - began))
    return round(statistics.median(found), 2)


def rgb(frame: Frame) -> bytes:
    """Its pixels as RGB bytes."""
    return Image.frombuffer("RGB", frame.size, frame.bgra, "raw", "BGRX", 0, 1).tobytes()


def ways(screen: MssScreen, display: str) -> dict[str, Callable[[], object]]:
    """What is compared, by name."""
    found: dict[str, Callable[[], object]] = {
        "qvl-agent": screen.grab,
        "PIL ImageGrab": lambda: ImageGrab.grab(xdisplay=display),
    }
    if importlib.util.find_spec("pyautogui") and shutil.which("gnome-screenshot"):
        gui: Any = importlib.import_module("pyautogui")
        found["pyautogui"] = gui.screenshot
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    args = parser.parse_args()
    server = VirtualScreen(SIZE)
    os.environ.update(DISPLAY=server.display, XAUTHORITY=str(server.home / "authority"))
    screen = MssScreen("all", server.display, (0, 0))
    try:
        equal = rgb(screen.grab()) == ImageGrab.grab(xdisplay=server.display).tobytes()
        times = {name: clocked(way) for name, way in ways(screen, server.display).items()}
        times["packed as PNG"] = clocked(lambda: screen.grab().png())
    finally:
        screen.close()
        server.close()
    for name, spent in times.items():
        print(f"{name:15} {spent:8.2f} ms")
    if "pyautogui" not in times:
        print("pyautogui       left out: it needs gnome-screenshot, or uses PIL's way")
    ratio = round(times["PIL ImageGrab"] / times["qvl-agent"], 1)
    print(f"{ratio} times quicker than PIL; same pixels: {equal}")
    if args.json:
        print(json.dumps({"pixels_equal": equal, "ratio": ratio, "milliseconds": times}))


if __name__ == "__main__":
    main()
