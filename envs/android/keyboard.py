"""A keyboard that enters what it is told in a broadcast, borrowed for a moment.

The owner's keyboard is noted in a file before it is changed, so that a run that was killed in
between is set right by the next one. Source: github.com/senzhk/ADBKeyBoard, README.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from ...actions.errors import ActionError
from ..leftovers import alive
from .link import Link

ADB_KEYBOARD = "com.android.adbkeyboard/.AdbIME"
BINDS_WITHIN = 4.0
_LOOK_EVERY = 0.1
_PIECE = 900
"""Characters per broadcast: well under what one command can carry."""


class NoKeyboard(Exception):
    """The keyboard cannot be used; the message says why."""


class Keyboard:
    """Borrows the broadcast keyboard of one phone. `pause` lets some seconds pass."""

    def __init__(self, link: Link, pause: Callable[[float], None]) -> None:
        self.link, self.pause = link, pause
        name = self.link.must("getprop", "ro.serialno", again=True).strip() or link.serial
        self.note = folder() / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"

    def installed(self) -> bool:
        """Whether the phone has it."""
        return ADB_KEYBOARD in self.link.shell("ime", "list", "-a", "-s", again=True).text.split()

    def present(self) -> str:
        """The keyboard that is in use."""
        words = ("settings", "get", "secure", "default_input_method")
        return self.link.must(*words, again=True).strip()

    @contextmanager
    def borrowed(self) -> Generator[None]:
        """In it the broadcast keyboard is ready; afterwards the owner's is back, whatever happens.

        NoKeyboard when it is missing or never gets hold of a field.
        """
        if not self.installed():
            raise NoKeyboard("ADBKeyboard is not installed on the phone (see docs/android.md)")
        before = self.present()
        if before == ADB_KEYBOARD:
            self._wait()
            yield
            return
        enabled = ADB_KEYBOARD in self.link.shell("ime", "list", "-s", again=True).text.split()
        self._keep(before, enabled)
        try:
            self._take()
            yield
        finally:
            self._give_back(before, enabled)

    def _take(self) -> None:
        for words in (("ime", "enable", ADB_KEYBOARD), ("ime", "set", ADB_KEYBOARD)):
            done = self.link.shell(*words, again=True)
            if done.code or "cannot" in done.text:
                raise NoKeyboard(f"the phone does not let ADBKeyboard be used: {done.text.strip()}")
        self._wait()

    def _wait(self) -> None:
        """What is sent before the keyboard has hold of the field is lost."""
        for _ in range(int(BINDS_WITHIN / _LOOK_EVERY)):
            said = self.link.script("dumpsys input_method").text
            here = f"mCurId={ADB_KEYBOARD}" in said or f"mCurMethodId={ADB_KEYBOARD}" in said
            if here and "mBoundToMethod=false" not in said and "mHaveConnection=false" not in said:
                return
            self.pause(_LOOK_EVERY)
        raise NoKeyboard(f"ADBKeyboard did not get ready within {BINDS_WITHIN:.0f} s")

    def enter(self, text: str) -> None:
        """Send a text to the borrowed keyboard."""
        for start in range(0, len(text), _PIECE):
            piece = base64.b64encode(text[start : start + _PIECE].encode()).decode()
            said = self.link.must("am", "broadcast", "-a", "ADB_INPUT_B64", "--es", "msg", piece)
            if "Broadcast completed" not in said:
                raise ActionError(f"the phone refused the text: {' '.join(said.split())[:120]}")

    def _keep(self, before: str, enabled: bool) -> None:
        self.note.parent.mkdir(parents=True, exist_ok=True)
        held = {"keyboard": before, "enabled": enabled, "process": os.getpid()}
        part = self.note.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(held), encoding="utf-8")
        part.replace(self.note)

    def _give_back(self, before: str, enabled: bool) -> None:
        if before and before != "null":
            self.link.must("ime", "enable", before, again=True)
            self.link.must("ime", "set", before, again=True)
        if not enabled:
            self.link.shell("ime", "disable", ADB_KEYBOARD, again=True)
        self.note.unlink(missing_ok=True)

    def mend(self) -> bool:
        """Give back what a run that was killed had borrowed; whether there was something."""
        try:
            held = cast("dict[str, object]", json.loads(self.note.read_text("utf-8")))
            before, process = str(held["keyboard"]), int(str(held["process"]))
        except FileNotFoundError:
            return False
        except (ValueError, KeyError, TypeError):
            self.note.unlink(missing_ok=True)
            return False
        if process != os.getpid() and alive(process):
            return False
        if self.present() == ADB_KEYBOARD:
            self._give_back(before, bool(held.get("enabled")))
        self.note.unlink(missing_ok=True)
        return True


def folder() -> Path:
    """Where borrowed keyboards are noted, also over a restart of the computer."""
    home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(home) / "qvl-agent" / "keyboards"
