"""Text by the X selections: offered, taken by the program in front, and the clipboard put back.

Whoever copies owns the selection and answers for it (ICCCM, section 2). Owning it here tells when
the text was really taken, so nothing waits for a fixed time and nothing is put back too early.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from typing import Any

from ...actions.errors import ActionError

TAKEN_WITHIN = 2.0
QUIET_FOR = 0.15
"""Seconds without a further request, after which a program has all it wants."""
LIMIT = 200_000
"""Bytes; larger texts would need the protocol's transfer in parts."""
_KINDS = ("UTF8_STRING", "image/png")


def paste_on_x11(display: str, text: str, press: Callable[[], None], terminal: bool) -> None:
    """Bring a text into what has the focus; ActionError when nothing takes it.

    A `terminal` pastes what is selected (PRIMARY). Elsewhere that stays as it is: a program whose
    selection is taken away forgets what it had marked, and the text would not replace it.
    """
    if len(text.encode()) > LIMIT:
        raise ActionError(f"the text is too long to paste at once (over {LIMIT} bytes)")
    before = read_clipboard(display)
    names = ("CLIPBOARD", "PRIMARY") if terminal else ("CLIPBOARD",)
    offer = Offer(display, text.encode(), names)
    try:
        press()
        if not offer.serve():
            raise ActionError("nothing here takes pasted text; click a text field first")
    finally:
        offer.close()
        if before:
            write_clipboard(display, *before)


class Offer:
    """Owns selections and answers for them, as the program does in which something was copied."""

    def __init__(self, display: str, data: bytes, names: tuple[str, ...]) -> None:
        from Xlib import X
        from Xlib.display import Display

        self.display: Any = Display(display)
        self.data = data
        self.window: Any = self.display.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
        for name in names:
            self.window.set_selection_owner(self.display.get_atom(name), X.CurrentTime)
        self.display.sync()

    def serve(self) -> bool:
        """Answer requests until one has taken the text and no other comes; False when none does."""
        from Xlib import X

        taken, until = False, time.monotonic() + TAKEN_WITHIN
        while time.monotonic() < until:
            if not self._ready(min(until - time.monotonic(), 0.05)):
                continue
            event = self.display.next_event()
            if event.type == X.SelectionRequest and self._answer(event):
                taken, until = True, time.monotonic() + QUIET_FOR
        return taken

    def _ready(self, seconds: float) -> bool:
        import select

        if self.display.pending_events():
            return True
        select.select([self.display.fileno()], [], [], max(seconds, 0.0))
        return bool(self.display.pending_events())

    def _answer(self, event: Any) -> bool:
        """Answer one request; True when it took the text."""
        from Xlib import X, Xatom
        from Xlib.protocol.event import SelectionNotify

        atom = self.display.get_atom
        texts = (atom("UTF8_STRING"), atom("text/plain;charset=utf-8"))
        where = event.property or event.target
        took = event.target in texts
        if event.target == atom("TARGETS"):
            event.requestor.change_property(where, Xatom.ATOM, 32, [atom("TARGETS"), *texts])
        elif took:
            event.requestor.change_property(where, event.target, 8, self.data)
        else:
            where = X.NONE
        event.requestor.send_event(
            SelectionNotify(
                time=event.time, requestor=event.requestor, selection=event.selection,
                target=event.target, property=where,
            )
        )  # fmt: skip
        self.display.flush()
        return took

    def close(self) -> None:
        """Own nothing any more."""
        self.display.close()


def read_clipboard(display: str) -> tuple[str, bytes] | None:
    """Kind and bytes of what is on the clipboard: a text, else a picture; None when empty."""
    for kind in _KINDS:
        done = _xclip(display, "-o", "-t", kind)
        if done is not None and done.returncode == 0 and done.stdout:
            return kind, done.stdout
    return None


def write_clipboard(display: str, kind: str, data: bytes) -> None:
    """Put something on the clipboard; a small process answers for it until others copy."""
    _xclip(display, "-i", "-t", kind, data=data)


def _xclip(
    display: str, *how: str, data: bytes | None = None
) -> subprocess.CompletedProcess[bytes] | None:
    tool = shutil.which("xclip")
    if tool is None:
        return None
    command = [tool, "-display", display, "-selection", "clipboard", *how]
    # The process that stays behind keeps what it inherits: with a pipe, nobody would see its end.
    out = subprocess.PIPE if "-o" in how else subprocess.DEVNULL
    try:
        return subprocess.run(
            command, input=data, stdout=out, stderr=subprocess.DEVNULL, timeout=2, check=False
        )
    except subprocess.TimeoutExpired:
        return None
