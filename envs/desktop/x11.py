"""Pointer and keys on an X server, by its XTEST extension, which is what pyautogui uses there too.

Used directly because pyautogui reads the display once, when it is imported, and knows the keys of
a US keyboard only. Sources: the XTEST protocol, keysymdef.h.
"""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from ...actions.errors import ActionError, EnvError, UserError
from .hands import Button
from .paste import paste_on_x11

if TYPE_CHECKING:
    from types import FrameType

_BUTTONS: dict[Button, int] = {"left": 1, "middle": 2, "right": 3}
_NAMES = {
    "ctrl": "Control_L", "alt": "Alt_L", "shift": "Shift_L", "meta": "Super_L", "enter": "Return",
    "escape": "Escape", "tab": "Tab", "space": "space", "backspace": "BackSpace",
    "delete": "Delete", "insert": "Insert", "left": "Left", "right": "Right", "up": "Up",
    "down": "Down", "home": "Home", "end": "End", "pageup": "Page_Up", "pagedown": "Page_Down",
    "capslock": "Caps_Lock", "numlock": "Num_Lock", "scrolllock": "Scroll_Lock",
    "printscreen": "Print", "pause": "Pause", "contextmenu": "Menu", "menu": "Menu",
    "plus": "plus", "minus": "minus",
}  # fmt: skip
_TERMINAL = re.compile("term|konsole|kitty|alacritty|tilix|terminator", re.IGNORECASE)
_TYPED = {"\t": "Tab"}


class XBackend:
    """One connection to one display; every call is on the screen when it returns.

    One thread at a time talks to the server: where two do, Xlib lets one read the other's reply,
    and that one then waits for ever.
    """

    paste_keys: tuple[str, ...] = ("shift", "insert")

    def __init__(self, display: str | None) -> None:
        from Xlib import error
        from Xlib.display import Display

        try:
            self.display: Any = Display(display)
        except (error.DisplayError, error.ConnectionClosedError, OSError, ValueError) as problem:
            raise UserError(
                f"the display {display or 'of DISPLAY'} cannot be used; set DISPLAY, or take"
                " --virtual"
            ) from problem
        self.root: Any = self.display.screen().root
        self.lock = threading.RLock()
        """Held around every request, and longer by whoever needs several as one."""
        self.expected, self.disturbed = self.position(), False
        self.buttons: set[int] = set()
        self.keys: set[int] = set()

    def position(self) -> tuple[int, int]:
        """Where the pointer is."""
        with self.lock, there():
            found = self.root.query_pointer()
        return found.root_x, found.root_y

    def title(self) -> str:
        """The title of the window in front (EWMH, else ICCCM); empty without one."""
        return self._front("_NET_WM_NAME") or self._front("WM_NAME")

    def in_terminal(self) -> bool:
        """Whether the window in front is a terminal, by its class."""
        return bool(_TERMINAL.search(self._front("WM_CLASS")))

    def _front(self, name: str) -> str:
        """A text property of the window in front; empty without one."""
        from Xlib import X, error

        atom = self.display.get_atom
        with self.lock, there():
            active = self.root.get_full_property(atom("_NET_ACTIVE_WINDOW"), X.AnyPropertyType)
            if not active or not active.value[0]:
                return ""
            window = self.display.create_resource_object("window", active.value[0])
            try:
                found = window.get_full_property(atom(name), X.AnyPropertyType)
            except error.BadWindow:
                return ""
        return bytes(found.value).decode("utf-8", "replace") if found else ""

    def move(self, x: int, y: int) -> None:
        """Move the pointer."""
        from Xlib import X

        with self.lock:
            self.disturbed = self.disturbed or self.position() != self.expected
            self._send(X.MotionNotify, 0, x, y)
            # The server keeps the pointer on the screen; what it made of it is what we did.
            self.expected = self.position()

    def button(self, name: Button, down: bool) -> None:
        """Press or release a button."""
        from Xlib import X

        number = _BUTTONS[name]
        with self.lock:
            (self.buttons.add if down else self.buttons.discard)(number)
            self._send(X.ButtonPress if down else X.ButtonRelease, number)

    def wheel(self, dx: int, dy: int) -> None:
        """Turn the wheel by notches; positive shows what is further down or right."""
        from Xlib import X

        turns = [5 if dy > 0 else 4] * abs(dy) + [7 if dx > 0 else 6] * abs(dx)
        for number in turns:
            with self.lock:
                self._send(X.ButtonPress, number)
                self._send(X.ButtonRelease, number)

    def key(self, name: str, down: bool) -> None:
        """Press or release a key; ActionError when this keyboard has none of that name."""
        code, shifted = self._code(name)
        if shifted and down:
            self._key(self._code("shift")[0], True)
        self._key(code, down)
        if shifted and not down:
            self._key(self._code("shift")[0], False)

    def can_type(self, text: str) -> bool:
        """Whether every character is on this keyboard, with shift or without."""
        return all(self._find(_keysym(char)) is not None for char in text)

    def type(self, text: str) -> None:
        """Type characters that `can_type` found."""
        for char in text:
            found = self._find(_keysym(char))
            if found is None:
                raise ActionError(f"this keyboard has no {char!r}")
            code, shifted = found
            if shifted:
                self._key(self._code("shift")[0], True)
            self._key(code, True)
            self._key(code, False)
            if shifted:
                self._key(self._code("shift")[0], False)

    def paste(self, text: str) -> None:
        """Offer the text, press shift+insert, wait until it was taken, and clean up."""

        def press() -> None:
            for name in self.paste_keys:
                self.key(name, True)
            for name in reversed(self.paste_keys):
                self.key(name, False)

        paste_on_x11(self.display.get_display_name(), text, press, self.in_terminal())

    def release(self) -> None:
        """Let go of all that is held."""
        from Xlib import X

        with self.lock:
            for number in tuple(self.buttons):
                self.buttons.discard(number)
                self._send(X.ButtonRelease, number)
            for code in tuple(self.keys):
                self._key(code, False)

    def down(self) -> set[int]:
        """Codes of all keys that are down now, whoever presses them."""
        with self.lock, there():
            bits = self.display.query_keymap()
        return {8 * byte + bit for byte in range(32) for bit in range(8) if bits[byte] >> bit & 1}

    def codes(self, names: tuple[str, ...]) -> set[int]:
        """The codes of named keys."""
        return {self._code(name)[0] for name in names}

    def close(self) -> None:
        """Let go, and leave."""
        from Xlib import error

        with suppress(EnvError):
            self.release()
        with suppress(error.ConnectionClosedError, OSError):
            self.display.close()

    def _send(self, kind: int, detail: int, x: int = 0, y: int = 0) -> None:
        from Xlib.ext import xtest

        with self.lock, there():
            xtest.fake_input(self.display, kind, detail, x=x, y=y)
            self.display.sync()

    def _key(self, code: int, down: bool) -> None:
        from Xlib import X

        with self.lock:
            (self.keys.add if down else self.keys.discard)(code)
            self._send(X.KeyPress if down else X.KeyRelease, code)

    def _code(self, name: str) -> tuple[int, bool]:
        from Xlib import XK

        found = self._find(_keysym(name) if len(name) == 1 else _named(XK, name))
        if found is None:
            raise ActionError(f"this keyboard has no key {name}")
        return found

    def _find(self, keysym: int) -> tuple[int, bool] | None:
        """Key code, and whether shift is needed."""
        for code, index in sorted(self.display.keysym_to_keycodes(keysym), key=lambda at: at[1]):
            if index in (0, 1):
                return code, index == 1
        return None


@contextmanager
def undisturbed() -> Generator[None]:
    """Signals that would break off what is inside come after it; only the main thread has them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[tuple[int, FrameType | None]] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    ours = {number: how for number, how in before.items() if callable(how)}
    for number in ours:
        signal.signal(number, lambda number, frame: came.append((number, frame)))
    try:
        yield
    finally:
        for number, how in ours.items():
            signal.signal(number, how)
        for number, frame in came[:1]:
            ours[signal.Signals(number)](number, frame)


@contextmanager
def there() -> Generator[None]:
    """EnvError when the display does not answer any more.

    Ctrl-C waits for the end: a reply that was half read is missed by every thread from then on.
    """
    from Xlib import error

    try:
        with undisturbed():
            yield
    except (error.ConnectionClosedError, OSError) as problem:
        raise EnvError("the display is gone") from problem


def _named(table: Any, name: str) -> int:
    spelled = _NAMES.get(name, name.upper() if name[0] == "f" and name[1:].isdecimal() else name)
    return table.string_to_keysym(spelled)


def _keysym(char: str) -> int:
    """Latin 1 characters are their own keysyms; the others have a bit before their number."""
    from Xlib import XK

    if char in _TYPED:
        return XK.string_to_keysym(_TYPED[char])
    number = ord(char)
    return number if 0x20 <= number <= 0x7E or 0xA0 <= number <= 0xFF else 0x01000000 | number
