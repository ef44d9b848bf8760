"""An emulator's process: whether it is well, and how it is started cold."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass, field

from ...actions.errors import EnvError, UserError

PROBE_SECONDS = 15.0
_POLL_SECONDS = 0.5
_KILL_SECONDS = 20.0


@dataclass
class Emulator:
    """One emulator with its own ports; without `avd` it is somebody else's and is left alone."""

    console: int
    grpc: int
    avd: str | None = None
    adb: str = "adb"
    program: str = "emulator"
    boot_seconds: float = 300.0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def serial(self) -> str:
        """Its name for adb."""
        return f"emulator-{self.console}"

    def healthy(self) -> bool:
        """Whether it has booted and answers in time."""
        words = [self.adb, "-s", self.serial, "shell", "getprop", "sys.boot_completed"]
        try:
            said = subprocess.run(words, capture_output=True, timeout=PROBE_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return False
        except OSError as error:
            raise UserError(
                f"{self.adb} cannot be run ({error.strerror}); give --adb FILE"
            ) from error
        return said.returncode == 0 and said.stdout.strip() == b"1"

    def ready(self, cold: bool = False) -> None:
        """Start it when it is ours and not well, or when a cold start is asked for; EnvError."""
        if self.avd is None or (not cold and self.healthy()):
            return
        self._end()
        self._start()
        late = time.monotonic() + self.boot_seconds
        while not self.healthy():
            if time.monotonic() > late or self._gone():
                raise EnvError(f"{self.serial} ({self.avd}) did not start")
            time.sleep(_POLL_SECONDS)

    def _start(self) -> None:
        ports = ["-port", str(self.console), "-grpc", str(self.grpc)]
        words = [self.program, "-avd", str(self.avd), *ports, "-no-snapshot", "-no-window"]
        nowhere = subprocess.DEVNULL
        try:
            self._process = subprocess.Popen(
                words, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True
            )
        except OSError as error:
            cure = "install the Android SDK and put its emulator folder on the PATH"
            raise UserError(f"{self.program} cannot be run ({error.strerror}); {cure}") from error

    def _gone(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def _end(self) -> None:
        """Ask it to end, then make it."""
        words = [self.adb, "-s", self.serial, "emu", "kill"]
        try:
            subprocess.run(words, capture_output=True, timeout=_KILL_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            self._kill()
        if self._process is not None:
            try:
                self._process.wait(_KILL_SECONDS)
            except subprocess.TimeoutExpired:
                self._kill()
        self._process = None

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """End it, if it was started here."""
        if self._process is not None:
            self._end()
