"""A virtual phone on a real adb server of its own, for tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qvl_agent.actions.types import Click, OpenApp, Point, Size
from qvl_agent.envs.android.env import AndroidEnv
from qvl_agent.envs.android.server import OwnServer
from qvl_agent.envs.virtual_phone.faults import Faults
from qvl_agent.envs.virtual_phone.phone import USUAL, VirtualPhone

PATIENCE = 4.0


class Handset:
    """A phone and its adb server; every environment that was opened ends with it."""

    def __init__(self, size: Size = USUAL) -> None:
        self.server = OwnServer()
        self.phone = VirtualPhone(size)
        self.opened: list[AndroidEnv] = []
        self._usual: AndroidEnv | None = None

    def env(self, patience: float = PATIENCE) -> AndroidEnv:
        """A new environment on the phone."""
        env = AndroidEnv(
            self.phone.serial, where=self.server.address, start=self.server.start, patience=patience
        )
        self.opened.append(env)
        return env

    def usual(self) -> AndroidEnv:
        """An environment that several tests share; it stands as if it had just looked."""
        if self._usual is None:
            self._usual = self.env()
        self._usual.size = self._usual.touched = self.phone.device.shown
        return self._usual

    @property
    def keyboard(self) -> str:
        """The phone's present keyboard."""
        return self.phone.device.get("secure", "default_input_method")

    def field(self) -> str | None:
        """What stands in the field with the focus."""
        return self.phone.device.screen.call("field")

    def taps(self) -> list[list[float]]:
        """Where fingers came down since the last call, in pixels."""
        return self.phone.device.screen.call("tapped")

    def place(self, name: str) -> Point:
        """The middle of the element with this name."""
        dump: list[dict[str, Any]] = self.phone.device.screen.call("dump")
        left, top, right, bottom = next(
            one["bounds"] for one in reversed(dump) if name in (one["description"], one["text"])
        )
        return Point(x=(left + right) // 2, y=(top + bottom) // 2)

    def tap(self, env: AndroidEnv, name: str) -> None:
        """Tap the element with this name, without waiting for what comes of it."""
        env.hands.do(Click(at=self.place(name)))

    def note(self, env: AndroidEnv) -> None:
        """Open a new note with the focus in its text."""
        self.phone.seed({"notes": []})
        env.hands.do(OpenApp(name="Notes"))
        self.tap(env, "New note")
        self.tap(env, "Text")

    def reset(self) -> None:
        """As it was when it was new, without its faults."""
        device = self.phone.device
        device.faults.__dict__.update(Faults().__dict__)
        device.keyboard_installed, device.lock_on_sleep = True, False
        device.escapes.clear()
        device.forget_launch()
        if device.rotation or device.override:
            device.override = None
            device.rotate(0)
        device.put("secure", "default_input_method", "com.android.inputmethod.latin/.LatinIME")
        device.screen.call("unlock")
        device.power(True)
        self.phone.seed({"battery": 87})

    def close(self) -> None:
        """End everything."""
        for env in self.opened:
            env.close()
        self.phone.close()
        self.server.close()


def within(seconds: float, well: Callable[[], bool]) -> bool:
    """Whether something becomes true in time."""
    import time

    until = time.monotonic() + seconds
    while not well():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
