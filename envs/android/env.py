"""An Android phone: the owner's, an emulator, or the virtual one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from ...actions.errors import ActionError, EnvError
from ...actions.types import Action, Capabilities, Point, Size, points
from ..base import Effect, Label, Observation
from ..settle import settle
from . import keys, labels, state
from .capture import Camera, Frame
from .hands import Hands
from .link import PATIENCE, Link
from .server import Address, start_usual, usual

CAPABILITIES = Capabilities(
    "mobile",
    frozenset({
        "click", "long_press", "drag", "scroll", "type", "press", "home", "back", "recents",
        "open_app", "goto", "wait", "answer", "ask_user", "finish",
    }),
)  # fmt: skip
_BETWEEN_LOOKS = 0.08
"""Seconds between two looks at a screen that may still move."""
_WAKES_WITHIN = 3.0
_MEDIUM_DPI = 160.0


class AndroidEnv:
    """One phone by its serial, or the only one there is.

    UserError when none or several are there and none is named, EnvError when it is lost. `cap` is
    how long a restless screen is waited for, `patience` how long a lost phone; both in seconds.
    """

    capabilities = CAPABILITIES

    def __init__(
        self, serial: str | None = None, *, where: Address | None = None,
        start: Callable[[Address], None] = start_usual, cap: float = 3.0,
        patience: float = PATIENCE,
    ) -> None:  # fmt: skip
        from .devices import choose

        self.cap = cap
        self._ended = threading.Event()
        where = where or usual()
        start(where)
        self.link = Link(serial or choose(where), where, start, patience)
        self.link.find()
        self.camera = Camera(self.link)
        self.hands = Hands(self.link, self._to_device, lambda: self.size, self._pause)
        self._events: list[str] = []
        self._dots = 0.0
        if self.hands.keyboard.mend():
            self._events.append("the keyboard that an earlier run had borrowed is back")
        self._wake(state.front(self.link))
        self.camera.prove()
        self.size = self.camera.frame().size
        self.touched = state.logical(self.link)
        """The size in which the phone counts touches, upright."""

    def observe(self) -> Observation:
        """The screen at rest, or as it is after `cap` seconds; a sleeping phone is woken."""
        with self._open_only():
            began = time.perf_counter()
            front = state.front(self.link)
            events = [*self._events, *self._wake(front)]
            self._events.clear()
            frame, _ = self._quiet()
            quiet = time.perf_counter()
            self._resized(frame.size)
            if frame.black():
                events.append(self._why_black())
            png = frame.png()
            spent = {"settle": quiet - began, "capture": time.perf_counter() - quiet}
            where = front.where if not events else state.front(self.link).where
            return Observation(png, frame.size, self._scale(), where, tuple(events), spent)

    def act(self, action: Action) -> Effect:
        """Carry out one action and wait until the screen is at rest."""
        with self._open_only():
            before = self.camera.frame()
            self._inside(action, before.size)
            self.hands.do(action)
            after, rested = self._quiet()
        if after != before:
            return Effect("changed")
        return Effect("no_effect" if rested else "unknown", "nothing changed")

    def label(self, at: Point | None) -> Label | None:
        """What the phone calls the thing at a pixel, or the one with the focus."""
        with self._open_only():
            found = state.nodes(self.link)
            if at is None:
                return labels.with_focus(found)
            return labels.at_point(found, *self._to_device(at))

    def _inside(self, action: Action, now: Size) -> None:
        for point in points(action):
            if not self.size.holds(point):
                raise ActionError(f"({point.x}, {point.y}) is outside the {self.size} screen")
        if points(action) and now != self.size:
            raise ActionError(f"the screen turned meanwhile: it is {now} now; look again")

    def _resized(self, size: Size) -> None:
        if size != self.size:
            self.size = size
            self.touched = state.logical(self.link)

    def _to_device(self, point: Point) -> tuple[int, int]:
        """A screenshot pixel in the units of touches: other than pixels where `wm size` says so."""
        upright = self.touched
        if upright is None or sorted(upright) == sorted(self.size):
            return point.x, point.y
        turned = (self.size.width > self.size.height) != (upright.width > upright.height)
        wide, high = upright[::-1] if turned else upright
        return (
            int((point.x + 0.5) * wide / self.size.width),
            int((point.y + 0.5) * high / self.size.height),
        )

    def _scale(self) -> float:
        if not self._dots:
            said = self.link.script("wm density").text.split()
            self._dots = float(said[-1]) if said and said[-1].isdecimal() else _MEDIUM_DPI
        return self._dots / _MEDIUM_DPI

    def _wake(self, front: state.Front) -> list[str]:
        """Switch the screen on and lift a lock without a secret; what was done, in words."""
        said: list[str] = []
        if not front.awake:
            self.link.must("input", "keyevent", str(keys.WAKE))
            front = self._until(lambda now: now.awake)
            said.append("the phone slept and was woken")
        if front.locked:
            self.link.shell("wm", "dismiss-keyguard")
            front = self._until(lambda now: not now.locked)
            said.append(
                "the phone is locked: only its owner can unlock it" if front.locked
                else "the lock screen was lifted"
            )  # fmt: skip
        return said

    def _until(self, well: Callable[[state.Front], bool]) -> state.Front:
        until = time.monotonic() + _WAKES_WITHIN
        while True:
            found = state.front(self.link)
            if well(found) or time.monotonic() > until:
                return found
            self._pause(_BETWEEN_LOOKS)

    def _why_black(self) -> str:
        if state.secure(self.link):
            return "the app in front forbids screenshots: the picture is black, the screen is not"
        return "the screen is black"

    def _quiet(self) -> tuple[Frame, bool]:
        last = [self.camera.frame()]

        def capture() -> bytes:
            last[0] = self.camera.frame()
            return last[0].data

        quiet = settle(lambda left: self._pause(_BETWEEN_LOOKS), capture, lambda: False, self.cap)
        return last[0], quiet.rested

    def _pause(self, seconds: float) -> None:
        """Let time pass, unless the environment is closed meanwhile."""
        self._ended.wait(seconds)

    @contextmanager
    def _open_only(self) -> Generator[None]:
        if self._ended.is_set():
            raise EnvError("the phone's connection was closed")
        yield

    def close(self) -> None:
        """Leave the phone as it is; safe to call twice."""
        self._ended.set()
        self.link.close()
