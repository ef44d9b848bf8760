"""A screen of the agent's own: an X server without a monitor, and a light window manager in it.

Nothing there can touch the owner's session, and nothing listens on the network.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path

from ...actions.errors import EnvError, UserError
from ...actions.types import Size
from ..leftovers import own_folder

STARTED_WITHIN = 15.0
MANAGERS = (["openbox"], ["matchbox-window-manager"], ["metacity"], ["xfwm4"])


class VirtualScreen:
    """An X server for one run; `display` is its name, such as `:105`. Closing it ends it all.

    UserError when Xvfb is not installed; EnvError when it does not start.
    """

    def __init__(self, size: Size, manager: bool = True) -> None:
        self._held = ExitStack()
        self.home = Path(self._held.enter_context(own_folder("screen")))
        try:
            self.display = self._start(size)
            if manager:
                self._manage()
        except BaseException:
            self.close()
            raise

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to appear here."""
        (self.home / "authority").touch()
        keep = {name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"}
        return {
            **keep, "DISPLAY": self.display, "XAUTHORITY": str(self.home / "authority"),
            "GDK_BACKEND": "x11", "QT_QPA_PLATFORM": "xcb",
        }  # fmt: skip

    def _start(self, size: Size) -> str:
        tool = shutil.which("Xvfb")
        if tool is None:
            raise UserError("--virtual needs Xvfb; install it (Debian: apt-get install xvfb)")
        heard, told = os.pipe()
        try:
            # The server picks a free number and writes it to this pipe once it is ready.
            server = subprocess.Popen(
                [*bound(), tool, "-displayfd", str(told), "-screen", "0", f"{size}x24",
                 "-nolisten", "tcp", "-noreset"],
                pass_fds=[told], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
            self._server = server
            self._held.callback(end, server)
            os.close(told)
            number = read_line(heard, STARTED_WITHIN)
        finally:
            os.close(heard)
        return f":{number}"

    def _manage(self) -> None:
        found = next((command for command in MANAGERS if shutil.which(command[0])), None)
        if found is None:
            raise UserError(
                "--virtual needs a window manager; install one (Debian: apt-get install openbox)"
            )
        manager = subprocess.Popen(
            found, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self._held.callback(end, manager)

    def kill(self) -> None:
        """End a server that does not answer: whoever waits for it is told at once."""
        self._server.kill()

    def close(self) -> None:
        """End the window manager and the server; safe to call twice."""
        self._held.close()


def bound() -> list[str]:
    """A prefix under which a server ends with this process, also when that is killed.

    Its programs end with it, as they lose their display. Linux only (util-linux, setpriv).
    """
    tool = shutil.which("setpriv")
    return [tool, "--pdeathsig", "TERM"] if tool else []


def read_line(pipe: int, seconds: float) -> str:
    """What comes until the end of the line: the number comes first, its line end by itself, and a
    server that finds nobody listening by then gives up."""
    read = b""
    while not read.endswith(b"\n"):
        if not select.select([pipe], [], [], seconds)[0]:
            raise EnvError(f"Xvfb did not start within {seconds:.0f} s")
        more = os.read(pipe, 16)
        if not more:
            raise EnvError("Xvfb ended at once; run it by hand to see why")
        read += more
    return read.decode().strip()


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end, and make it."""
    process.terminate()
    try:
        process.wait(timeout=3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=3)
