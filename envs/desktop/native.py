"""Pointer and keys on macOS and Windows, by pyautogui.

Typed and checked, not run on those systems by this project: see docs/desktop.md.
"""

from __future__ import annotations

import importlib
import sys
import threading
from typing import Any

from ...actions.errors import ActionError
from .hands import Button

_NAMES = {"meta": "win", "escape": "esc", "pageup": "pgup", "pagedown": "pgdn"}
_PASTED_WITHIN = 0.3
_MAC_NAMES = {"meta": "command", "ctrl": "ctrl", "alt": "option"}


class NativeBackend:
    """pyautogui without its pauses; its corner fail-safe stays on."""

    def __init__(self) -> None:
        self.gui: Any = importlib.import_module("pyautogui")
        self.gui.PAUSE = 0
        self.gui.FAILSAFE = True
        self.mac = sys.platform == "darwin"
        self.paste_keys: tuple[str, ...] = ("meta", "v") if self.mac else ("ctrl", "v")
        self.lock = threading.RLock()
        self.expected, self.disturbed = self.position(), False
        self.keys: set[int] = set()
        self.held: set[str] = set()
        self.buttons: set[Button] = set()

    def position(self) -> tuple[int, int]:
        """Where the pointer is."""
        found = self.gui.position()
        return int(found.x), int(found.y)

    def move(self, x: int, y: int) -> None:
        """Move the pointer."""
        with self.lock:
            self.disturbed = self.disturbed or self.position() != self.expected
            self.gui.moveTo(x, y)
            self.expected = self.position()

    def button(self, name: Button, down: bool) -> None:
        """Press or release a button."""
        (self.buttons.add if down else self.buttons.discard)(name)
        (self.gui.mouseDown if down else self.gui.mouseUp)(button=name)

    def wheel(self, dx: int, dy: int) -> None:
        """Turn the wheel by notches; pyautogui counts up as positive, in platform units."""
        unit = 1 if self.mac else 120
        if dy:
            self.gui.scroll(-dy * unit)
        if dx:
            self.gui.hscroll(dx * unit)

    def key(self, name: str, down: bool) -> None:
        """Press or release a key; ActionError for one that pyautogui does not know."""
        spelled = self.spelled(name)
        if spelled not in self.gui.KEYBOARD_KEYS:
            raise ActionError(f"this keyboard has no key {name}")
        (self.held.add if down else self.held.discard)(spelled)
        (self.gui.keyDown if down else self.gui.keyUp)(spelled)

    def spelled(self, name: str) -> str:
        """pyautogui's spelling of a canonical name."""
        names = {**_NAMES, **(_MAC_NAMES if self.mac else {})}
        return names.get(name, name.replace("_", ""))

    def can_type(self, text: str) -> bool:
        """ASCII alone: other layouts than US turn the rest into other characters."""
        return text.isascii() and text.isprintable()

    def type(self, text: str) -> None:
        """Type characters that `can_type` found."""
        self.gui.write(text)

    def paste(self, text: str) -> None:
        """By pyperclip; the clipboard's text is put back."""
        clip: Any = importlib.import_module("pyperclip")
        before: str = clip.paste()
        clip.copy(text)
        try:
            self.gui.hotkey(*map(self.spelled, self.paste_keys))
            # No system tells that a paste was taken; the screen at rest is the nearest sign.
            threading.Event().wait(_PASTED_WITHIN)
        finally:
            clip.copy(before)

    def release(self) -> None:
        """Let go of all that is held, also with the pointer in the corner that ends a run."""
        self.gui.FAILSAFE = False
        try:
            for name in tuple(self.buttons):
                self.button(name, False)
            for spelled in tuple(self.held):
                self.held.discard(spelled)
                self.gui.keyUp(spelled)
        finally:
            self.gui.FAILSAFE = True

    def down(self) -> set[int]:
        """Keys of a human are not seen here; the pointer is."""
        return set()

    def codes(self, names: tuple[str, ...]) -> set[int]:
        """No codes: an impossible one, so that no combination is ever seen as pressed."""
        return {-1}

    def title(self) -> str:
        """The title of the window in front; pyautogui knows it on Windows only."""
        return "" if self.mac else str(self.gui.getActiveWindowTitle() or "")

    def close(self) -> None:
        """Let go."""
        self.release()
