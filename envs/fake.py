"""A form in memory, drawn with Pillow: an environment for fast tests, without a browser."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from ..actions.errors import ActionError, EnvError
from ..actions.types import Action, Capabilities, Click, Press, Size, Type, points
from .base import Effect, Observation

_FIELDS = {"name": (20, 20, 220, 50), "city": (20, 70, 220, 100)}
_BUTTON = (20, 120, 120, 150)


class FakeEnv:
    """Two fields and a button; `sent` holds what the button was pressed with. Deterministic."""

    capabilities = Capabilities("browser", frozenset({"click", "type", "press", "wait", "finish"}))

    def __init__(self) -> None:
        self.size = Size(240, 180)
        self.values = dict.fromkeys(_FIELDS, "")
        self.focus = ""
        self.sent: list[dict[str, str]] = []
        self.acted: list[Action] = []
        self._closed = False

    def observe(self) -> Observation:
        """The form as it stands."""
        self._open()
        return Observation(self._draw(), self.size, where="fake form")

    def act(self, action: Action) -> Effect:
        """Click a widget, type into the field in focus, or clear it with ctrl+a and a key."""
        self._open()
        if action.kind not in self.capabilities.kinds:
            raise ActionError(f"a form has no {action.kind}")
        for point in points(action):
            if not self.size.holds(point):
                raise ActionError(f"({point.x}, {point.y}) is outside the {self.size} screen")
        before = self._draw()
        self.acted.append(action)
        self._do(action)
        return Effect("changed" if self._draw() != before else "no_effect")

    def close(self) -> None:
        """Nothing is held; later calls raise EnvError."""
        self._closed = True

    def _open(self) -> None:
        if self._closed:
            raise EnvError("the form was closed")

    def _do(self, action: Action) -> None:
        match action:
            case Click(at=at) if at is not None:
                self._click(at.x, at.y)
            case Type(text=text) if self.focus:
                self.values[self.focus] += text
            case Press(keys=("backspace",)) if self.focus:
                self.values[self.focus] = self.values[self.focus][:-1]
            case _:
                return

    def _click(self, x: int, y: int) -> None:
        for name, box in _FIELDS.items():
            if _inside(x, y, box):
                self.focus = name
        if _inside(x, y, _BUTTON):
            self.sent.append(dict(self.values))

    def _draw(self) -> bytes:
        picture = Image.new("RGB", self.size, "white")
        pen = ImageDraw.Draw(picture)
        for name, box in _FIELDS.items():
            pen.rectangle(box, outline="blue" if name == self.focus else "gray", width=2)
            pen.text((box[0] + 6, box[1] + 8), self.values[name] or name, fill="black")
        pen.rectangle(_BUTTON, fill="green" if self.sent else "navy")
        pen.text((_BUTTON[0] + 30, _BUTTON[1] + 8), "Send", fill="white")
        out = io.BytesIO()
        picture.save(out, "PNG")
        return out.getvalue()


def _inside(x: int, y: int, box: tuple[int, int, int, int]) -> bool:
    return box[0] <= x < box[2] and box[1] <= y < box[3]
