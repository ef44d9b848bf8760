"""Android's key codes by canonical key names. Source: android.view.KeyEvent."""

from __future__ import annotations

from ...actions.errors import ActionError

HOME, BACK, RECENTS, WAKE, ENTER, TAB, DELETE = 3, 4, 187, 224, 66, 61, 67
CTRL, KEY_A, MOVE_END = 113, 29, 123
_CODES: dict[str, int] = {
    "ctrl": 113, "alt": 57, "shift": 59, "meta": 117, "enter": 66, "escape": 111, "tab": 61,
    "space": 62, "backspace": 67, "delete": 112, "insert": 124, "left": 21, "right": 22,
    "up": 19, "down": 20, "home": 122, "end": 123, "pageup": 92, "pagedown": 93,
    "capslock": 115, "numlock": 143, "scrolllock": 116, "printscreen": 120, "pause": 121,
    "contextmenu": 82, "menu": 82, "volume_up": 24, "volume_down": 25, "volume_mute": 164,
    "play_pause": 85, "next_track": 87, "previous_track": 88, "power": 26, "camera": 27,
    "search": 84, "back": 4, "forward": 125, "wakeup": 224, "sleep": 223, "app_switch": 187,
    ",": 55, ".": 56, "`": 68, "-": 69, "=": 70, "[": 71, "]": 72, "\\": 73, ";": 74, "'": 75,
    "/": 76, "@": 77, "+": 81, "*": 17, "#": 18,
    **{str(digit): digit + 7 for digit in range(10)},
    **{chr(ord("a") + n): 29 + n for n in range(26)},
    **{f"f{n}": 130 + n for n in range(1, 13)},
}  # fmt: skip


def code(name: str) -> int:
    """A key's code; ActionError when phones have no such key."""
    found = _CODES.get(name) or _CODES.get(name.lower())
    if found is None:
        raise ActionError(f"a phone has no {name!r} key")
    return found
