"""Fingers and keys of a phone: actions in its pixels become commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never
from urllib.parse import urlsplit

from ...actions.errors import ActionError
from ...actions.types import (
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
    Size,
    Type,
    Wait,
)
from . import keys
from .apps import Apps
from .keyboard import Keyboard
from .link import Link
from .text import clear, enter

PIXELS_PER_NOTCH = 0.1
"""Part of the screen's height that one notch of a wheel would move."""
_SCROLL_SECONDS = 0.5
"""Slow enough that lists do not fly on."""
_MARGIN = 0.06
"""Part of the screen along its edges where the system takes swipes for itself."""
_LONGEST_URL = 2000
_ON_TOP_OF_SWIPE = 10.0


class Hands:
    """Carries out actions. `to_device` turns a screenshot pixel into one of the phone."""

    def __init__(
        self, link: Link, to_device: Callable[[Point], tuple[int, int]],
        size: Callable[[], Size], pause: Callable[[float], None],
    ) -> None:  # fmt: skip
        self.link, self.to_device, self.size, self.pause = link, to_device, size, pause
        self.keyboard = Keyboard(link, pause)
        self.apps = Apps(link, self._tap, self._turn_page, pause)

    def do(self, action: Action) -> None:
        """One action; ActionError when it cannot be done."""
        match action:
            case Click() | LongPress() | Drag() | Scroll():
                self._touch(action)
            case Type(text=text):
                enter(self.link, self.keyboard, text)
            case Press(keys=names):
                self._press(names)
            case Home() | Back() | Recents():
                codes = {"home": keys.HOME, "back": keys.BACK, "recents": keys.RECENTS}
                self._key(codes[action.kind])
            case OpenApp(name=name):
                self.apps.open(name)
            case GoTo(url=url):
                self._visit(url)
            case Wait(seconds=seconds):
                self.pause(seconds)
            case Answer() | AskUser() | Finish():
                return
            case Hover():
                raise ActionError("a touch screen has no pointer to move")
            case _:
                assert_never(action)

    def _touch(self, action: Click | LongPress | Drag | Scroll) -> None:
        match action:
            case Click():
                self._click(action)
            case LongPress(at=at, seconds=seconds):
                place = self.to_device(at)
                self._swipe(place, place, seconds)
            case Drag(start=start, end=end, seconds=seconds):
                if start is None:
                    raise ActionError("say where the swipe begins; a phone has no pointer")
                self._swipe(self.to_device(start), self.to_device(end), seconds)
            case Scroll():
                self._scroll(action)

    def _click(self, action: Click) -> None:
        if action.at is None:
            raise ActionError("say where to tap; a phone has no pointer")
        if action.button != "left" or action.keys:
            raise ActionError("a finger has no other buttons or keys; use long_press")
        x, y = self.to_device(action.at)
        if action.count == 1:
            self._tap(x, y)
            return
        # In one call, or the taps come too far apart to belong together.
        done = self.link.script_of_taps(x, y, action.count)
        if done.code:
            raise ActionError(f"the phone refused the taps: {done.text.strip()[:120]}")

    def _tap(self, x: int, y: int) -> None:
        self.link.must("input", "tap", str(x), str(y))

    def _swipe(self, start: tuple[int, int], end: tuple[int, int], seconds: float) -> None:
        places = [str(number) for number in (*start, *end)]
        milliseconds = str(max(round(seconds * 1000), 1))
        within = seconds + _ON_TOP_OF_SWIPE
        self.link.must("input", "swipe", *places, milliseconds, within=within)

    def _scroll(self, action: Scroll) -> None:
        size = self.size()
        at = action.at or Point(x=size.width // 2, y=size.height // 2)
        unit = PIXELS_PER_NOTCH * size.height if action.unit == "notch" else 1
        x0, x1 = span(at.x, round(action.dx * unit), size.width)
        y0, y1 = span(at.y, round(action.dy * unit), size.height)
        if (x0, y0) != (x1, y1):
            start, end = Point(x=x0, y=y0), Point(x=x1, y=y1)
            self._swipe(self.to_device(start), self.to_device(end), _SCROLL_SECONDS)

    def _turn_page(self) -> None:
        size = self.size()
        self._scroll(Scroll(dy=size.height // 2))

    def _press(self, names: tuple[str, ...]) -> None:
        if names == ("clear",):
            clear(self.link, self.keyboard)
            return
        codes = [keys.code(name) for name in names]
        if len(codes) == 1:
            self._key(codes[0])
        else:
            self.link.must("input", "keycombination", *map(str, codes))

    def _key(self, code: int) -> None:
        self.link.must("input", "keyevent", str(code))

    def _visit(self, url: str) -> None:
        if urlsplit(url).scheme not in ("http", "https") or len(url) > _LONGEST_URL:
            raise ActionError(f"{url[:80]!r} is no http or https address")
        done = self.link.shell("am", "start", "-a", "android.intent.action.VIEW", "-d", url)
        if done.code or "Error" in done.text:
            raise ActionError(f"no app opens {url[:80]!r}: {' '.join(done.text.split())[-120:]}")


def span(at: int, amount: int, length: int) -> tuple[int, int]:
    """Where a finger begins and ends to move the content by `amount`, within what is free of edges.

    Content moves with the finger, so the finger moves the other way.
    """
    first, last = round(length * _MARGIN), round(length * (1 - _MARGIN))
    if amount == 0:
        return at, at
    amount = max(min(amount, last - first), first - last)
    start = min(max(at, first + max(amount, 0)), last + min(amount, 0))
    return start, start - amount
