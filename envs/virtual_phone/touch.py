"""`input`: fingers, text and keys."""

from __future__ import annotations

from collections.abc import Sequence

from .device import Device
from .shell import Output, complain

BAD_ARGUMENTS = 255
_KEYS = {
    61: "Tab", 62: "Space", 66: "Enter", 67: "Backspace", 92: "PageUp", 93: "PageDown",
    111: "Escape", 112: "Delete", 122: "Home", 123: "End", 19: "ArrowUp", 20: "ArrowDown",
    21: "ArrowLeft", 22: "ArrowRight", 57: "Alt", 59: "Shift", 113: "Control", 117: "Meta",
    69: "-", 70: "=", 71: "[", 72: "]", 73: "\\", 74: ";", 75: "'", 76: "/", 77: "@", 55: ",",
    56: ".", 68: "`", 81: "+", 17: "*", 18: "#",
    **{code: str(code - 7) for code in range(7, 17)},
    **{code: chr(code - 29 + ord("a")) for code in range(29, 55)},
    **{code: f"F{code - 130}" for code in range(131, 143)},
}  # fmt: skip
"""Key codes of Android and what Chromium calls them. Source: android.view.KeyEvent."""
_NAMES = {
    "HOME": 3, "BACK": 4, "ENTER": 66, "DEL": 67, "POWER": 26, "APP_SWITCH": 187, "WAKEUP": 224,
    "SLEEP": 223, "TAB": 61, "SPACE": 62, "VOLUME_UP": 24, "VOLUME_DOWN": 25, "MENU": 82,
}  # fmt: skip
_IGNORED = {27, 28, 80, 82, 84, 85, 86, 87, 88, 126, 127, 164, 91, 79, 5, 6, 124}
"""Real keys with which this phone does nothing."""


def touch_input(device: Device, words: list[str]) -> Output:
    """The command, as Android's own: usage errors say so and return 255."""
    if words and words[0] in ("touchscreen", "keyboard", "dpad", "touchpad"):
        words = words[1:]
    kind, rest = (words[0], words[1:]) if words else ("", [])
    try:
        return _one(device, kind, rest)
    except (ValueError, IndexError):
        return complain(f"Error: Invalid arguments for command: {kind[:40]}", BAD_ARGUMENTS)


def _one(device: Device, kind: str, rest: list[str]) -> Output:
    if kind == "tap":
        _touch(device, [_place(rest)], 0)
    elif kind in ("swipe", "draganddrop"):
        path = [_place(rest), _place(rest[2:])]
        held = path[0] == path[1]
        _touch(device, path[:1] if held else path, float(rest[4]) / 1000 if rest[4:] else 0.3)
    elif kind == "text":
        return _text(device, rest)
    elif kind in ("keyevent", "keycombination"):
        return _keys(device, rest, together=kind == "keycombination")
    else:
        return complain(f"Error: Unknown command: {kind[:40]}", BAD_ARGUMENTS)
    return Output()


def _place(words: list[str]) -> tuple[float, float]:
    return float(words[0]), float(words[1])


def _touch(device: Device, path: Sequence[tuple[float, float]], seconds: float) -> None:
    if device.awake:
        device.screen.touch(path, seconds)


def _text(device: Device, words: list[str]) -> Output:
    """Only what the built-in key map has, and `%s` for a space, as Android does it."""
    text = words[0] if words else ""
    if not text.isascii():
        return complain(
            "Exception occurred while executing 'text':\njava.lang.NullPointerException: Attempt"
            " to get length of null array", BAD_ARGUMENTS,
        )  # fmt: skip
    if device.awake:
        device.screen.insert(text.replace("%s", " "))
    return Output()


def _keys(device: Device, words: list[str], together: bool) -> Output:
    codes = [_code(word) for word in words if not word.startswith("--")]
    if not codes:
        raise ValueError("no key is named")
    if together:
        device.screen.key("+".join(_KEYS[code] for code in codes))
        return Output()
    for code in codes:
        _key(device, code)
    return Output()


def _code(word: str) -> int:
    return int(word) if word.isdecimal() else _NAMES.get(word.removeprefix("KEYCODE_"), -1)


def _key(device: Device, code: int) -> None:
    if code in (26, 223, 224):
        device.power({26: not device.awake, 223: False, 224: True}[code])
    elif not device.awake or code in _IGNORED:
        return
    elif code in (3, 4, 187):
        device.screen.call({3: "home", 4: "back", 187: "recents"}[code])
    elif code in (24, 25):
        device.screen.call("louder", 1 if code == 24 else -1)
    elif code in _KEYS:
        device.screen.key(_KEYS[code])
