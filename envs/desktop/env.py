"""A whole desktop: the owner's, or one of the agent's own."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from ...actions.errors import ActionError, EnvError
from ...actions.types import Action, Capabilities, Drag, LongPress, Size, Wait, points
from ..base import Effect, Observation
from ..settle import settle
from .apps import Opener
from .hands import Hands
from .screen import UNDER_POINTER, Frame, MssScreen, Screen, make_coordinates_physical, to_device
from .virtual import VirtualScreen

if TYPE_CHECKING:
    from .native import NativeBackend
    from .x11 import XBackend

CAPABILITIES = Capabilities(
    "desktop",
    frozenset({
        "click", "long_press", "drag", "scroll", "type", "press", "hover", "open_app", "wait",
        "answer", "ask_user", "finish",
    }),
)  # fmt: skip
_WINDOW_WITHIN = 30.0
_BETWEEN_LOOKS = 0.05
"""Seconds between two looks at a screen that may still move: three of its own frames."""


class DesktopEnv:
    """One monitor, or all of them. `virtual` opens a screen of that size for the agent alone.

    UserError when there is no screen, EnvError when it is lost. `say` hears when the owner takes
    the mouse, and when the run goes on; `guarded` False leaves the owner unwatched (a virtual
    screen has none). A virtual screen that does not answer within `deadline` seconds is ended; on
    the owner's, where nothing of this may be ended, there is no such bound.
    """

    capabilities = CAPABILITIES

    def __init__(
        self, *, monitor: str = UNDER_POINTER, virtual: Size | None = None,
        display: str | None = None, cap: float = 2.5, guarded: bool | None = None,
        say: Callable[[str], None] = lambda words: None,
        stop: Callable[[], None] | None = None, deadline: float = 60.0,
    ) -> None:  # fmt: skip
        self.cap, self.deadline = cap, deadline
        self._server: VirtualScreen | None = None
        self._held = ExitStack()
        self._ended = threading.Event()
        try:
            self._open(monitor, virtual, display)
            if guarded if guarded is not None else virtual is None:
                self._watch(say, stop)
        except BaseException:
            self.close()
            raise

    def _open(self, monitor: str, virtual: Size | None, display: str | None) -> None:
        environment = dict(os.environ)
        if virtual is not None:
            server = self._server = VirtualScreen(virtual)
            self._held.callback(server.close)
            display, environment = server.display, server.environment
        elif display:
            environment["DISPLAY"] = display
        self.display = display
        make_coordinates_physical()
        self.backend = backend(display)
        self._held.callback(self.backend.close)
        self.screen: Screen = MssScreen(monitor, display, self.backend.position())
        self._held.callback(self.screen.close)
        self.opener = Opener(environment)
        self._held.callback(self.opener.close)
        self.gate: Callable[[], int] = lambda: 0
        self._pauses = 0
        self.hands = Hands(
            self.backend,
            lambda point: to_device(point, self.screen.monitor, self.size),
            self._pause,
            self._inside,
            self.opener.open,
        )
        self.size = self.screen.grab().size

    def _watch(self, say: Callable[[str], None], stop: Callable[[], None] | None) -> None:
        from .owner import Owner, interrupt_main

        owner = Owner(self.backend, say, stop or interrupt_main)
        self._held.callback(owner.close)
        self.gate = owner.gate

    def start(self, command: list[str]) -> None:
        """Start a program there (a task's, never a model's); it ends with this environment.

        Returns once a window of another title is in front; EnvError when none comes, where the
        system tells titles at all.
        """
        before, until = self.backend.title(), time.monotonic() + _WINDOW_WITHIN
        self.opener.start(command)
        while self.display and self.backend.title() in ("", before):
            if time.monotonic() > until:
                raise EnvError(f"{command[0]} opened no window within {_WINDOW_WITHIN:.0f} s")
            self._ended.wait(_BETWEEN_LOOKS)

    def observe(self) -> Observation:
        """The monitor at rest, or as it is after `cap` seconds."""
        with self._open_only():
            self.gate()
            began = time.perf_counter()
            frame, _ = self._quiet()
            quiet = time.perf_counter()
            png = frame.png()
            spent = {"settle": quiet - began, "capture": time.perf_counter() - quiet}
            scale = frame.size.width / self.screen.monitor.width
            return Observation(png, frame.size, scale, self.backend.title(), (), spent)

    def act(self, action: Action) -> Effect:
        """Carry out one action and wait until the screen is at rest."""
        asked = action.seconds if isinstance(action, Wait | LongPress | Drag) else 0.0
        with self._open_only(asked):
            self._pauses = self.gate()
            for point in points(action):
                if not self.size.holds(point):
                    raise ActionError(f"({point.x}, {point.y}) is outside the {self.size} screen")
            before = self.screen.grab()
            if isinstance(action, Wait):
                self._ended.wait(action.seconds)
            else:
                self.hands.do(action)
            after, rested = self._quiet()
        if after.bgra != before.bgra:
            return Effect("changed")
        return Effect("no_effect" if rested else "unknown", "nothing changed")

    def _quiet(self) -> tuple[Frame, bool]:
        """The frame at rest and whether it is; pictures are compared before they are packed."""
        last = [self.screen.grab()]

        def capture() -> bytes:
            last[0] = self.screen.grab()
            return last[0].bgra

        quiet = settle(lambda left: self._pause(_BETWEEN_LOOKS), capture, lambda: False, self.cap)
        return last[0], quiet.rested

    def _inside(self) -> None:
        """Between the parts of an action: what the owner interrupted is not gone on with."""
        if self.gate() != self._pauses:
            raise ActionError("the desktop's owner took over in the middle; look again")

    def _pause(self, seconds: float) -> None:
        """Let time pass, unless the environment is closed meanwhile."""
        self._ended.wait(seconds)

    @contextmanager
    def _open_only(self, asked: float = 0.0) -> Generator[None]:
        if self._ended.is_set():
            raise EnvError("the desktop was closed")
        if self._server is None:
            yield
            return
        # An X server that hangs is waited for without end, by each of its clients.
        watch = threading.Timer(self.deadline + asked, self._server.kill)
        watch.daemon = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()

    def close(self) -> None:
        """Let go of keys and buttons, end what was started here, and leave; never raises."""
        if not self._ended.is_set():
            self._ended.set()
            self._held.close()


def backend(display: str | None) -> XBackend | NativeBackend:
    """Pointer and keys of this system."""
    if sys.platform in ("darwin", "win32"):
        from .native import NativeBackend

        return NativeBackend()
    from .x11 import XBackend

    return XBackend(display)
