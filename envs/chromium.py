"""Find, start and end a Chromium: the system's, Chrome, or Playwright's own."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..actions.errors import UserError

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-features=Translate,MediaRouter",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
)


_drivers: dict[int, list[Any]] = {}
"""By thread: Playwright's driver, and how many use it; one thread can have only one."""


def driver() -> Any:
    """Playwright's driver of this thread, started when nobody has it yet."""
    from playwright.sync_api import sync_playwright

    held = _drivers.setdefault(threading.get_ident(), [None, 0])
    if held[0] is None:
        held[0] = sync_playwright().start()
    held[1] += 1
    return held[0]


def give_back() -> None:
    """Stop this thread's driver when the last one gives it back."""
    held = _drivers.get(threading.get_ident())
    if held is None:
        return
    held[1] -= 1
    if held[1] == 0:
        del _drivers[threading.get_ident()]
        held[0].stop()


@contextmanager
def borrowed() -> Generator[Any]:
    """The same, given back at the end: one thread cannot have two drivers."""
    play = driver()
    try:
        yield play
    finally:
        give_back()


def executable(play: Any) -> str:
    """Path of the browser to start; UserError with the cure when there is none."""
    own = play.chromium.executable_path
    if Path(own).exists():
        return own
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    found = found or next((path for path in _MAC if Path(path).exists()), None)
    if found is None:
        cure = "playwright install chromium" if sys.platform != "linux" else "apt install chromium"
        raise UserError(f"no Chromium or Chrome was found; {cure}")
    return found


def arguments() -> list[str]:
    """Command-line switches: no traffic of the browser's own; no sandbox for root, who has none."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*_QUIET, *(["--no-sandbox"] if root else [])]


def process_id(browser: Any) -> int:
    """The browser's own process id, as the browser tells it."""
    session = browser.new_browser_cdp_session()
    info = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return next(p["id"] for p in info if p["type"] == "browser")


def end(pid: int) -> None:
    """End a browser that does not answer; nothing happens when it is gone already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
