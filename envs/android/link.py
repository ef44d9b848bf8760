"""Commands to one phone through the adb server, and the way back when the phone was lost.

Words are quoted here and nowhere else; every call has a deadline; every exit code is read.
Source of the messages: OVERVIEW.TXT and shell_protocol.h of the Android Open Source Project.
"""

from __future__ import annotations

import secrets
import shlex
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, LiteralString, NamedTuple

from ...actions.errors import ActionError, EnvError
from .server import Address, start_usual

PATIENCE = 20.0
"""Seconds for which a lost phone is looked for."""
_PROBE = 3.0
TRIES = 2
BROKE_OFF = (
    "the connection to the phone broke in the middle, and is back; look before you try again"
)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_STDOUT, _STDERR, _EXIT = 1, 2, 3
_MOST = 256 * 2**20
CAUSES = {
    "absent": "the phone {} is gone: unplugged, switched off, or no longer in the network",
    "offline": "the phone {} is offline: unplugged, switched off, or it does not answer adb",
    "unauthorized": "the phone {} does not trust this computer; allow USB debugging on its screen",
    "authorizing": "the phone {} does not trust this computer; allow USB debugging on its screen",
    "no permissions": "adb may not open the phone {}; see docs/android.md about permissions",
    "server": "the adb server does not answer, so the phone {} cannot be reached",
}


class Output(NamedTuple):
    """What a command printed, and its exit code."""

    out: bytes
    code: int = 0
    err: bytes = b""

    @property
    def text(self) -> str:
        """Everything it printed."""
        return (self.out + self.err).decode("utf-8", "replace").replace("\r\n", "\n")


class Lost(Exception):
    """The answer did not come whole; the message says how."""


class Late(Lost):
    """The answer did not come in time."""


class Link:
    """The way to one phone. `start` brings the adb server up; `patience` in seconds."""

    def __init__(
        self, serial: str, where: Address,
        start: Callable[[Address], None] = start_usual, patience: float = PATIENCE,
    ) -> None:  # fmt: skip
        self.serial, self.where, self.start, self.patience = serial, where, start, patience
        self.ended = threading.Event()
        self._second: bool | None = None
        """Whether the phone speaks the shell protocol with exit codes; None: not known yet."""

    def shell(self, *words: str, within: float = 10.0, again: bool = False) -> Output:
        """Run one command. `again` says that it may be run twice, so a lost answer is asked anew.

        ActionError when the phone was lost in the middle and is back, or when the command does not
        end; EnvError when the phone stays lost.
        """
        if any("\0" in word for word in words):
            raise ActionError("there is a NUL character in it, which no command can carry")
        return self._run(shlex.join(words), words[0], within, again)

    def script(self, line: LiteralString, within: float = 10.0) -> Output:
        """Run a line of our own with pipes in it, never a model's; it only reads."""
        return self._run(line, line.split()[0], within, True)

    def script_of_taps(self, x: int, y: int, count: int) -> Output:
        """Several taps at one place in a single call."""
        tap = f"input tap {x:d} {y:d}"
        return self._run(" && ".join([tap] * count), "input tap", 10.0, False)

    def must(self, *words: str, within: float = 10.0, again: bool = False) -> str:
        """What a command printed; ActionError when it says that it failed."""
        done = self.shell(*words, within=within, again=again)
        if done.code:
            said = " ".join(done.text.split())[:160] or "it says nothing"
            raise ActionError(f"the phone refused `{words[0]}` (code {done.code}): {said}")
        return done.text

    def _run(self, line: str, name: str, within: float, again: bool) -> Output:
        for _ in range(TRIES - 1 if again else 0):
            try:
                return self._once(line, within)
            except Lost as lost:
                self._recover(lost)
        try:
            return self._once(line, within)
        except Lost as lost:
            if self._recover(lost):
                raise ActionError(f"`{name}` did not end within {within:.0f} s") from lost
            if again:
                raise EnvError(f"the phone breaks off at `{name}` every time: {lost}") from lost
            raise ActionError(BROKE_OFF) from lost

    def _recover(self, lost: Lost) -> bool:
        """Find the phone again; True when it was there, and only slow."""
        if isinstance(lost, Late) and self._alive():
            return True
        self.find(str(lost))
        return False

    def _once(self, line: str, within: float) -> Output:
        until = time.monotonic() + within
        if self._second is None:
            features = self.ask(f"host-serial:{self.serial}:features", within)
            self._second = "shell_v2" in features.split(",")
        if not self._second:
            return self._first_protocol(line, until)
        with Talk(self.where, until) as talk:
            talk.say(f"host:transport:{self.serial}")
            talk.say(f"shell,v2,raw:{line}")
            return talk.packets()

    def _first_protocol(self, line: str, until: float) -> Output:
        """Without exit codes, the shell itself is asked for them; the mark cannot be guessed."""
        mark = f"qvl{secrets.token_hex(8)}:".encode()
        with Talk(self.where, until) as talk:
            talk.say(f"host:transport:{self.serial}")
            talk.say(f"exec:{line}; echo {mark.decode()}$?")
            out, found, code = talk.rest().rpartition(mark)
        if not found or not code.strip().isdigit():
            raise Lost("the answer broke off")
        return Output(out, int(code))

    def ask(self, question: str, within: float = _PROBE) -> str:
        """Ask the adb server something; Lost when it does not answer or says no."""
        with Talk(self.where, time.monotonic() + within) as talk:
            talk.say(question)
            return talk.block()

    def state(self) -> str:
        """`device`, `offline`, `unauthorized`, `absent`, or `server` when adb does not answer."""
        try:
            rows = self.ask("host:devices").splitlines()
        except Lost:
            return "server"
        found = [row.split("\t", 1) for row in rows if row.startswith(f"{self.serial}\t")]
        return found[0][1].strip() if found else "absent"

    def _alive(self) -> bool:
        try:
            return self._once("echo qvl", _PROBE).out.strip() == b"qvl"
        except Lost:
            return False

    def find(self, cause: str = "it was never there") -> None:
        """Return when the phone answers; EnvError with the cause when it does not in time."""
        until, pause, state = time.monotonic() + self.patience, _FIRST_PAUSE, "server"
        mended = ""
        self._second = None
        while not self.ended.is_set():
            state = self.state()
            if state == "device" and self._alive():
                return
            if time.monotonic() > until:
                break
            if state != "unauthorized" or mended != state:
                # Each new connection asks the phone's owner anew; once is enough.
                self._mend(state)
            mended = state
            self.ended.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        words = CAUSES.get("offline" if state == "device" else state.split(";")[0].split(" (")[0])
        named = (words or f"adb says of the phone {{}}: {state[:60]}").format(self.serial)
        raise EnvError(f"{named} (tried for {self.patience:.0f} s; {cause})")

    def _mend(self, state: str) -> None:
        """What can be done from here: start the server, or connect again over the network."""
        if state == "server":
            self.start(self.where)
        elif ":" in self.serial:
            try:
                if state != "absent":
                    self.ask(f"host:disconnect:{self.serial}")
                self.ask(f"host:connect:{self.serial}", within=_PROBE)
            except Lost:
                return

    def close(self) -> None:
        """Wait for nothing any more."""
        self.ended.set()


class Talk:
    """One conversation with the adb server that ends at a time; Lost for all that goes wrong."""

    def __init__(self, where: Address, until: float) -> None:
        self.where, self.until = where, until
        self._connection: Any = None
        self._conn: socket.socket

    def __enter__(self) -> Talk:
        try:
            self._conn = socket.create_connection(self.where, timeout=self._left())
        except OSError as error:
            raise Lost(f"the adb server refuses ({error.strerror or 'no answer'})") from error
        return self

    def __exit__(self, *_: object) -> None:
        self._conn.close()

    def _left(self) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise Late("no answer in time")
        return left

    def say(self, words: str) -> None:
        """Send a request, and hear that it is taken."""
        raw = words.encode()
        if len(raw) > 0xFFFF:
            raise ActionError("the command is too long for adb")
        self._send(f"{len(raw):04x}".encode() + raw)
        if self.take(4) != b"OKAY":
            raise Lost(self.block()[:200])

    def _send(self, data: bytes) -> None:
        try:
            self._conn.settimeout(self._left())
            self._conn.sendall(data)
        except OSError as error:
            raise Lost("the adb server hung up") from error

    def some(self, most: int) -> bytes:
        """What comes next, at most so much; empty at the end."""
        self._conn.settimeout(self._left())
        try:
            return self._conn.recv(most)
        except TimeoutError as error:
            raise Late("no answer in time") from error
        except OSError as error:
            raise Lost("the adb server hung up") from error

    def take(self, count: int) -> bytes:
        """Exactly so many bytes."""
        if count > _MOST:
            raise Lost("the answer makes no sense")
        taken = bytearray()
        while len(taken) < count:
            more = self.some(min(count - len(taken), 1 << 18))
            if not more:
                raise Lost("the answer broke off")
            taken += more
        return bytes(taken)

    def block(self) -> str:
        """A text with its length in front."""
        length = self.take(4)
        try:
            return self.take(int(length, 16)).decode("utf-8", "replace")
        except ValueError as error:
            raise Lost("the answer makes no sense") from error

    def packets(self) -> Output:
        """Everything until the exit code."""
        parts = {_STDOUT: bytearray(), _STDERR: bytearray()}
        while True:
            head = self.take(5)
            data = self.take(int.from_bytes(head[1:], "little"))
            if head[0] == _EXIT:
                code = data[0] if data else 255
                return Output(bytes(parts[_STDOUT]), code, bytes(parts[_STDERR]))
            if head[0] in parts:
                parts[head[0]] += data

    def rest(self) -> bytes:
        """Everything until the end."""
        taken = bytearray()
        while more := self.some(1 << 18):
            taken += more
            if len(taken) > _MOST:
                raise Lost("the answer makes no sense")
        return bytes(taken)
