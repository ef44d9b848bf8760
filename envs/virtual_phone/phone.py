"""The whole virtual phone: open it, connect adb to its port, read its state, close it."""

from __future__ import annotations

from typing import Any

from ...actions.types import Size
from .commands import COMMANDS
from .daemon import Daemon
from .device import Device
from .faults import Faults
from .shell import Shell
from .streams import Streams

USUAL = Size(720, 1280)


class VirtualPhone:
    """A phone on a loopback port; `serial` is what adb calls it once it is connected.

    `seed` overlays the data of its apps (see ui/phone.js). EnvError when the port is taken or the
    browser does not start; UserError when there is no browser.
    """

    def __init__(
        self, size: Size = USUAL, seed: dict[str, object] | None = None, port: int = 0
    ) -> None:
        self.faults = Faults()
        self.device = Device(size, seed or {}, self.faults)
        self.streams = Streams(self.device, Shell(self.device, COMMANDS))
        self.daemon = Daemon(self.faults, self.streams.banner, self.streams.serve)
        try:
            self.port = self.daemon.start(port)
        except BaseException:
            self.close()
            raise

    @property
    def serial(self) -> str:
        """The address that `adb connect` takes."""
        return f"127.0.0.1:{self.port}"

    def state(self) -> Any:
        """The apps' data, for checks."""
        return self.device.screen.state()

    def seed(self, data: dict[str, object]) -> None:
        """Overlay the apps' data, and go to the home screen."""
        self.device.screen.seed(data)

    def __enter__(self) -> VirtualPhone:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End everything; safe to call twice."""
        self.daemon.close()
        self.device.forget_launch()
        self.device.screen.close()
