"""The human comes first: whoever moves the mouse or types has the desktop, and may end the run."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Protocol

from ...actions.errors import EnvError

LOOK_EVERY = 0.03
STOP_KEYS = ("ctrl", "alt", "escape")
RESUME_KEYS = ("ctrl", "alt", "space")
PATIENCE = 600.0
"""Seconds for which a paused run waits for its owner."""


class Watched(Protocol):
    """A backend that tells what a human does beside it."""

    lock: threading.RLock
    expected: tuple[int, int]
    disturbed: bool
    """Whether the pointer was found elsewhere than it was left, at a move of the agent."""
    keys: set[int]

    def position(self) -> tuple[int, int]: ...
    def down(self) -> set[int]: ...
    def codes(self, names: tuple[str, ...]) -> set[int]: ...
    def release(self) -> None: ...


def interrupt_main() -> None:
    """End what the main thread does, as Ctrl-C would, also in the middle of a model's reply."""
    ident = threading.main_thread().ident
    if sys.platform == "win32" or ident is None:
        _thread.interrupt_main()
    else:
        # A signal also ends a call that waits, which the interpreter's own flag does not.
        signal.pthread_kill(ident, signal.SIGINT)


class Owner:
    """Watches from a thread of its own; the agent asks `gate` before everything it does.

    A moved pointer or a pressed key pauses; the resume keys go on; the stop keys, or the pointer
    in the top left corner, end the run. `say` is told in words.
    """

    def __init__(
        self, backend: Watched, say: Callable[[str], None] = lambda words: None,
        stop: Callable[[], None] = interrupt_main,
    ) -> None:  # fmt: skip
        self.backend, self.say, self.stop = backend, say, stop
        self.stop_codes = backend.codes(STOP_KEYS)
        self.resume_codes = backend.codes(RESUME_KEYS)
        self.free, self.ended = threading.Event(), threading.Event()
        self.free.set()
        self.stopped, self.pauses = False, 0
        self.letting_go = False
        """The resume keys were pressed and are not all up again: that is no typing."""
        self.thread = threading.Thread(target=self._watch, name="qvl-owner", daemon=True)
        self.thread.start()

    def gate(self) -> int:
        """Return when the desktop is the agent's, with how often it was its owner's so far.

        EnvError when its owner does not come back.
        """
        until = time.monotonic() + PATIENCE
        while not self.free.wait(0.05):
            if time.monotonic() > until:
                raise EnvError(f"paused by its owner, who did not resume within {PATIENCE:.0f} s")
        if self.stopped:
            raise KeyboardInterrupt
        return self.pauses

    def close(self) -> None:
        """Stop watching."""
        self.ended.set()
        self.thread.join(timeout=1)

    def _watch(self) -> None:
        while not self.ended.wait(LOOK_EVERY):
            self._look()

    def _look(self) -> None:
        if self.stopped:
            return
        with self.backend.lock:
            at, wanted = self.backend.position(), self.backend.expected
            down = self.backend.down()
            others = down - self.backend.keys
            moved = at != wanted or self.backend.disturbed
            self.backend.expected, self.backend.disturbed = at, False
        # The agent may hold a key of the combination itself at that moment.
        stops = self.stop_codes <= down and self.stop_codes & others
        if stops or (at == (0, 0) and at != wanted):
            self._end()
        elif self.resume_codes <= down and self.resume_codes & others:
            self._go_on()
        elif self.letting_go:
            self.letting_go = bool(others)
        elif (moved or others) and self.free.is_set():
            self.pauses += 1
            self.free.clear()
            self.backend.release()
            self.say("paused: the desktop is yours; ctrl+alt+space goes on, ctrl+alt+escape ends")

    def _go_on(self) -> None:
        self.letting_go = True
        if not self.free.is_set():
            self.say("going on")
            self.free.set()

    def _end(self) -> None:
        if not self.stopped:
            self.stopped = True
            self.backend.release()
            self.free.set()
            self.say("stopped by the desktop's owner")
            self.stop()
