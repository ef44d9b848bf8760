"""What a backend for pointer and keys provides, and every action in its terms."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Literal, Protocol

from ...actions.errors import ActionError
from ...actions.types import Action, Click, Drag, Hover, LongPress, OpenApp, Point, Press, Scroll
from ...actions.types import Type as TypeText

Button = Literal["left", "middle", "right"]
PIXELS_PER_NOTCH = 100
"""What browsers move per notch of a wheel; programs differ, and none tells."""
MOST_NOTCHES = 50
DRAG_STEPS = 20


class Backend(Protocol):
    """Pointer and keys of one desktop. Keys are in canonical spelling (actions/keys.py)."""

    paste_keys: tuple[str, ...]
    """The combination that inserts the clipboard."""

    def position(self) -> tuple[int, int]: ...
    def move(self, x: int, y: int) -> None: ...
    def button(self, name: Button, down: bool) -> None: ...
    def wheel(self, dx: int, dy: int) -> None: ...
    def key(self, name: str, down: bool) -> None: ...

    def can_type(self, text: str) -> bool:
        """Whether every character has a key here."""
        ...

    def type(self, text: str) -> None: ...

    def paste(self, text: str) -> None:
        """Bring text by the clipboard, which is put back; ActionError when nothing takes it."""
        ...

    def release(self) -> None:
        """Let go of every button and key that is held down."""
        ...

    def title(self) -> str:
        """The title of the window in front; empty where the system does not tell."""
        ...

    def close(self) -> None: ...


class Hands:
    """Carries out actions. `pause` waits some seconds; `gate` waits while the owner is at work."""

    def __init__(
        self, backend: Backend, to_device: Callable[[Point], tuple[int, int]],
        pause: Callable[[float], None], gate: Callable[[], None],
        open_app: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.backend, self.to_device = backend, to_device
        self.pause, self.gate, self.open_app = pause, gate, open_app

    def do(self, action: Action) -> None:
        """One action; ActionError for what a desktop cannot do. Nothing is left held down."""
        try:
            self._do(action)
        finally:
            self.backend.release()

    def _do(self, action: Action) -> None:
        match action:
            case Click():
                self._click(action)
            case LongPress(at=at, seconds=seconds):
                self._move(at)
                with self._held("left"):
                    self.pause(seconds)
            case Drag():
                self._drag(action)
            case Scroll():
                self._scroll(action)
            case Hover(at=at):
                self._move(at)
            case Press(keys=keys):
                self._press(keys)
            case TypeText(text=text):
                self._type(text)
            case OpenApp(name=name):
                self.open_app(name)
            case _:
                raise ActionError(f"a desktop has no {action.kind}")

    def _move(self, at: Point | None) -> None:
        self.gate()
        if at is not None:
            self.backend.move(*self.to_device(at))

    @contextmanager
    def _held(self, button: Button) -> Generator[None]:
        self.gate()
        self.backend.button(button, True)
        try:
            yield
        finally:
            self.backend.button(button, False)

    def _click(self, action: Click) -> None:
        self._move(action.at)
        for key in action.keys:
            self.backend.key(key, True)
        for _ in range(action.count):
            with self._held(action.button):
                pass

    def _drag(self, action: Drag) -> None:
        self._move(action.start)
        x, y = self.backend.position()
        to_x, to_y = self.to_device(action.end)
        with self._held("left"):
            for step in range(1, DRAG_STEPS + 1):
                part = step / DRAG_STEPS
                self.gate()
                self.backend.move(round(x + (to_x - x) * part), round(y + (to_y - y) * part))
                self.pause(action.seconds / DRAG_STEPS)

    def _scroll(self, action: Scroll) -> None:
        self._move(action.at)
        unit = PIXELS_PER_NOTCH if action.unit == "pixel" else 1
        self.backend.wheel(notches(action.dx, unit), notches(action.dy, unit))

    def _press(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.gate()
            self.backend.key(key, True)
        for key in reversed(keys):
            self.backend.key(key, False)

    def _type(self, text: str) -> None:
        """By keys where each character has one; several lines, or other letters, by the clipboard.

        Editors indent after a typed line break, and what they add is not what was asked for.
        """
        self.gate()
        if not text:
            return
        if "\n" in text or not self.backend.can_type(text):
            self.backend.paste(text)
        else:
            for part in (text[i : i + 20] for i in range(0, len(text), 20)):
                self.gate()
                self.backend.type(part)


def notches(amount: int, unit: int) -> int:
    """Turns of the wheel: at least one for any amount, and not more than a hand would make."""
    if amount == 0:
        return 0
    count = min(max(round(abs(amount) / unit), 1), MOST_NOTCHES)
    return count if amount > 0 else -count
