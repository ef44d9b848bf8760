"""The adb server: the one that everybody uses, or one for a single run."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from contextlib import ExitStack
from importlib.util import find_spec
from typing import NamedTuple

from ...actions.errors import EnvError, UserError
from ..desktop.virtual import bound, end
from ..leftovers import own_folder

STARTED_WITHIN = 15.0
_LOOK_EVERY = 0.05


class Address(NamedTuple):
    """Where an adb server listens."""

    host: str = "127.0.0.1"
    port: int = 5037


def usual() -> Address:
    """The server that adb itself would use, by its environment variables."""
    host = os.environ.get("ANDROID_ADB_SERVER_ADDRESS", "127.0.0.1")
    port = os.environ.get("ANDROID_ADB_SERVER_PORT", "5037")
    return Address(host, int(port) if port.isdecimal() else 5037)


def adb() -> str:
    """Path of adb: the system's, or the one that adbutils brings; UserError when there is none."""
    found = shutil.which("adb")
    if found:
        return found
    if find_spec("adbutils") is None:
        raise UserError("adb is not installed; pip install 'qvl-agent[android]'")
    from adbutils import AdbError, adb_path  # pyright: ignore[reportMissingTypeStubs]

    try:
        return adb_path()
    except AdbError as error:
        raise UserError("adb is not installed; install Android's platform-tools") from error


def answers(where: Address) -> bool:
    """Whether somebody listens there."""
    try:
        with socket.create_connection(where, timeout=1):
            return True
    except OSError:
        return False


def start_usual(where: Address) -> None:
    """Start the everyday server where it is not running; EnvError when it does not come up."""
    if answers(where):
        return
    command = [adb(), "-P", str(where.port), "start-server"]
    try:
        subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=STARTED_WITHIN, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise EnvError(f"the adb server at port {where.port} does not start") from error


class OwnServer:
    """An adb server on a port and with keys of its own; it ends with this process."""

    def __init__(self) -> None:
        self._held = ExitStack()
        self._ended = threading.Event()
        self.home = self._held.enter_context(own_folder("adb"))
        self.address = Address(port=free_port())
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self.start(self.address)
        except BaseException:
            self.close()
            raise

    def start(self, where: Address) -> None:
        """Start it, also again; EnvError when it does not come up."""
        if answers(where):
            return
        self._stop()
        self._process = subprocess.Popen(
            [*bound(), adb(), "-P", str(where.port), "nodaemon", "server"],
            env={**os.environ, "HOME": self.home, "ANDROID_SDK_HOME": self.home,
                 "TMPDIR": self.home},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        until = time.monotonic() + STARTED_WITHIN
        while not answers(where):
            if time.monotonic() > until or self._process.poll() is not None:
                raise EnvError("adb's server does not start; run `adb nodaemon server` to see why")
            self._ended.wait(_LOOK_EVERY)

    def _stop(self) -> None:
        if self._process is not None:
            end(self._process)
            self._process = None

    def close(self) -> None:
        """End it; safe to call twice."""
        self._ended.set()
        self._stop()
        self._held.close()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
