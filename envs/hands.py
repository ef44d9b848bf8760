"""Mouse and keyboard of a browser page: actions in screenshot pixels become real input events."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, assert_never
from urllib.parse import urlsplit

from ..actions.errors import ActionError
from ..actions.types import (
    Action,
    Answer,
    AskUser,
    Back,
    Click,
    Drag,
    Finish,
    GoTo,
    Home,
    Hover,
    LongPress,
    OpenApp,
    Point,
    Press,
    Recents,
    Scroll,
    Type,
    Wait,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

_KEYS = {
    "ctrl": "Control", "alt": "Alt", "shift": "Shift", "meta": "Meta", "enter": "Enter",
    "escape": "Escape", "tab": "Tab", "space": " ", "backspace": "Backspace", "delete": "Delete",
    "insert": "Insert", "left": "ArrowLeft", "right": "ArrowRight", "up": "ArrowUp",
    "down": "ArrowDown", "home": "Home", "end": "End", "pageup": "PageUp", "pagedown": "PageDown",
    "capslock": "CapsLock", "numlock": "NumLock", "contextmenu": "ContextMenu", "pause": "Pause",
    "printscreen": "PrintScreen", "scrolllock": "ScrollLock",
}  # fmt: skip
_NOTCH = 100
"""CSS pixels that Chromium scrolls per notch of a wheel."""
_DRAG_STEPS = 12
_PATIENCE = 700
"""Milliseconds per second of the deadline for an address to open; the rest is for looks."""


class Hands:
    """One pointer; `factor` is screenshot per CSS pixels, `deadline` for navigation in seconds.

    `look` is called with the pointer in place before a button is pressed or lets something go.
    """

    def __init__(
        self, factor: float, deadline: float, look: Callable[[], None] = lambda: None
    ) -> None:
        self.factor, self.deadline, self.look = factor, deadline, look
        self.pointer = (0.0, 0.0)

    def do(self, action: Action, page: Page) -> None:
        """Carry out one action on the tab in front; ActionError when it cannot be done there."""
        match action:
            case Click() | LongPress() | Drag() | Hover() | Scroll():
                self._point(action, page)
            case Type():
                _type(action.text, page)
            case Press():
                page.keyboard.press("+".join(map(key, action.keys)))
            case Back():
                if page.go_back(timeout=self.deadline * _PATIENCE) is None:
                    raise ActionError("there is no page to go back to")
            case GoTo():
                self.open(action.url, page)
            case Wait():
                page.wait_for_timeout(action.seconds * 1000)
            case Answer() | AskUser() | Finish():
                return
            case Home() | Recents() | OpenApp():
                raise ActionError(f"a browser has no {action.kind}")
            case _:
                assert_never(action)

    def _point(self, action: Click | LongPress | Drag | Hover | Scroll, page: Page) -> None:
        match action:
            case Click():
                self._click(action, page)
            case Drag():
                self._drag(action, page)
            case LongPress():
                page.mouse.move(*self._at(action.at))
                self.look()
                page.mouse.down()
                page.wait_for_timeout(action.seconds * 1000)
                page.mouse.up()
            case Hover():
                page.mouse.move(*self._at(action.at))
            case Scroll():
                page.mouse.move(*self._at(action.at))
                step = _NOTCH if action.unit == "notch" else 1 / self.factor
                page.mouse.wheel(action.dx * step, action.dy * step)

    def _at(self, point: Point | None) -> tuple[float, float]:
        """CSS pixels of the middle of a screenshot pixel; where the pointer is when None."""
        if point is not None:
            self.pointer = ((point.x + 0.5) / self.factor, (point.y + 0.5) / self.factor)
        return self.pointer

    def _click(self, action: Click, page: Page) -> None:
        held = [key(name) for name in action.keys]
        for name in held:
            page.keyboard.down(name)
        try:
            page.mouse.move(*self._at(action.at))
            for number in range(1, action.count + 1):
                self.look()
                page.mouse.down(button=action.button, click_count=number)
                page.mouse.up(button=action.button, click_count=number)
        finally:
            for name in reversed(held):
                page.keyboard.up(name)

    def _drag(self, action: Drag, page: Page) -> None:
        page.mouse.move(*self._at(action.start))
        self.look()
        page.mouse.down()
        (x0, y0), (x1, y1) = self.pointer, self._at(action.end)
        for step in range(1, _DRAG_STEPS + 1):
            part = step / _DRAG_STEPS
            page.mouse.move(x0 + (x1 - x0) * part, y0 + (y1 - y0) * part)
            page.wait_for_timeout(action.seconds * 1000 / _DRAG_STEPS)
        page.mouse.up()

    def open(self, url: str, page: Page) -> None:
        """Go to an http or https address; ActionError for any other, or when it does not open."""
        from playwright.sync_api import Error
        from playwright.sync_api import TimeoutError as Timeout

        if urlsplit(url).scheme not in ("http", "https") and url != "about:blank":
            raise ActionError(f"{url[:80]!r} is no http or https address")
        try:
            page.goto(url, wait_until="domcontentloaded", timeout=self.deadline * _PATIENCE)
        except Error as error:
            if isinstance(error, Timeout):
                stop_loading(page)
            raise ActionError(f"{url[:80]} did not open: {first_line(error)}") from error


def stop_loading(page: Page) -> None:
    """Give up an address that does not answer: a page on its way elsewhere cannot be looked at."""
    from playwright.sync_api import Error

    # Playwright leaves the protocol's answers untyped.
    session: Any = page.context.new_cdp_session(page)
    # A page that goes on by itself has no loading to stop; whoever looks at it next meets the
    # deadline, which says so.
    with suppress(Error):
        session.send("Page.stopLoading")
        session.detach()


def _type(text: str, page: Page) -> None:
    """Real keys for short ASCII, which pages listen to; else whole lines, which arrive exactly."""
    for number, line in enumerate(text.split("\n")):
        if number:
            page.keyboard.press("Enter")
        if line.isascii() and len(line) <= 200:
            page.keyboard.type(line)
        elif line:
            page.keyboard.insert_text(line)


def key(name: str) -> str:
    """Playwright's name of a canonical key; ActionError when a browser has no such key."""
    if name in _KEYS:
        return _KEYS[name]
    if len(name) == 1:
        return name
    if name[:1] == "f" and name[1:].isdecimal():
        return name.upper()
    raise ActionError(f"this keyboard has no {name!r} key")


def first_line(error: BaseException) -> str:
    """What an error says, short enough for one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
