"""macOS and Windows: what pyautogui and pyperclip are told, recorded by stand-ins for both."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any

import pytest

from qvl_agent.actions.errors import ActionError
from qvl_agent.actions.types import Click, Drag, Point, Press, Scroll, Type
from qvl_agent.envs.desktop.hands import Hands
from qvl_agent.envs.desktop.native import NativeBackend


class Recorder(types.ModuleType):
    """Stands in for pyautogui 0.9.54: the functions that are used, and what they were told."""

    KEYBOARD_KEYS = ("ctrl", "shift", "command", "option", "win", "enter", "s", "v", "pgup")

    def __init__(self) -> None:
        super().__init__("pyautogui")
        self.told: list[tuple[Any, ...]] = []
        self.at = types.SimpleNamespace(x=0, y=0)

    def position(self) -> Any:
        return self.at

    def moveTo(self, x: int, y: int) -> None:  # noqa: N802 - its name there
        self.at = types.SimpleNamespace(x=x, y=y)
        self.told.append(("moveTo", x, y))

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *args, **named: self.told.append((name, *args, *named.values()))


class Clipboard(types.ModuleType):
    """Stands in for pyperclip."""

    def __init__(self) -> None:
        super().__init__("pyperclip")
        self.held = "what the owner copied"
        self.seen: list[str] = []

    def paste(self) -> str:
        return self.held

    def copy(self, text: str) -> None:
        self.held = text
        self.seen.append(text)


@pytest.fixture
def gui(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setitem(sys.modules, "pyautogui", recorder)
    monkeypatch.setitem(sys.modules, "pyperclip", Clipboard())
    return recorder


def hands(backend: NativeBackend) -> Hands:
    def there(point: Point) -> tuple[int, int]:
        return point.x // 2, point.y // 2

    return Hands(backend, there, lambda seconds: None, lambda: None, lambda name: None)


@pytest.mark.parametrize(("platform", "notch"), [("darwin", 1), ("win32", 120)])
def test_actions_become_calls_in_points(
    gui: Recorder, monkeypatch: pytest.MonkeyPatch, platform: str, notch: int
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    backend = NativeBackend()
    assert (gui.PAUSE, gui.FAILSAFE) == (0, True)
    do = hands(backend).do
    do(Click(at=Point(x=400, y=300), button="right", keys=("ctrl",)))
    assert gui.told == [
        ("moveTo", 200, 150), ("keyDown", "ctrl"), ("mouseDown", "right"), ("mouseUp", "right"),
        ("keyUp", "ctrl"),
    ]  # fmt: skip
    gui.told.clear()
    do(Scroll(at=Point(x=2, y=2), dy=2, dx=-1, unit="notch"))
    assert gui.told[1:] == [("scroll", -2 * notch), ("hscroll", -notch)]
    gui.told.clear()
    do(Drag(start=Point(x=0, y=0), end=Point(x=80, y=40), seconds=0.1))
    assert gui.told[1] == ("mouseDown", "left")
    assert gui.told[-2:] == [("moveTo", 40, 20), ("mouseUp", "left")]


def test_keys_are_spelled_as_each_system_has_them(
    gui: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for platform, name in (("darwin", "command"), ("win32", "win")):
        monkeypatch.setattr(sys, "platform", platform)
        gui.told.clear()
        hands(NativeBackend()).do(Press(keys=("meta", "s")))
        assert gui.told == [("keyDown", name), ("keyDown", "s"), ("keyUp", "s"), ("keyUp", name)]
    with pytest.raises(ActionError, match="no key flux"):
        hands(NativeBackend()).do(Press(keys=("flux",)))


def test_text_is_typed_or_pasted_and_the_clipboard_put_back(
    gui: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    do = hands(NativeBackend()).do
    do(Type(text="plain"))
    assert gui.told == [("write", "plain")]
    gui.told.clear()
    do(Type(text="Привет\n你好"))
    clip: Any = sys.modules["pyperclip"]
    assert gui.told == [("hotkey", "command", "v")]
    assert clip.seen == ["Привет\n你好", "what the owner copied"]
