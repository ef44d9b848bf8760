"""Key names of every family (pyautogui, W3C/Playwright, adb, xdotool, UI-TARS) in one spelling.

Canonical: `ctrl alt shift meta`, `enter escape tab space backspace delete insert`, arrows
`left right up down`, `home end pageup pagedown`, `f1`-`f24`, media and phone keys with an
underscore (`volume_up`, `power`), and every single printable character as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from .errors import BadReply

_NAMES: dict[str, str] = {
    "ctrl": "control ctrlleft ctrlright controlleft controlright control_l control_r lctrl rctrl",
    "alt": "altleft altright alt_l alt_r option optionleft optionright opt altgr lalt ralt",
    "shift": "shiftleft shiftright shift_l shift_r lshift rshift",
    "meta": "win windows super super_l super_r winleft winright metaleft metaright cmd command"
    " commandleft commandright os lwin rwin",
    "enter": "return kp_enter numpadenter ret keycode_enter newline",
    "escape": "esc keycode_escape",
    "tab": "keycode_tab",
    "space": "spacebar keycode_space space_bar",
    "backspace": "back_space bksp keycode_del",
    "delete": "del kp_delete forwarddelete forward_del keycode_forward_del",
    "insert": "ins kp_insert",
    "left": "arrowleft left_arrow leftarrow arrow_left kp_left dpad_left keycode_dpad_left",
    "right": "arrowright right_arrow rightarrow arrow_right kp_right dpad_right keycode_dpad_right",
    "up": "arrowup up_arrow uparrow arrow_up kp_up dpad_up keycode_dpad_up",
    "down": "arrowdown down_arrow downarrow arrow_down kp_down dpad_down keycode_dpad_down",
    "home": "kp_home move_home keycode_move_home",
    "end": "kp_end move_end keycode_move_end",
    "pageup": "page_up pgup prior kp_prior kp_page_up keycode_page_up",
    "pagedown": "page_down pgdn pgdown next kp_next kp_page_down keycode_page_down",
    "capslock": "caps_lock caps keycode_caps_lock",
    "numlock": "num_lock",
    "scrolllock": "scroll_lock",
    "printscreen": "print_screen prtsc prtscr prntscrn sysrq print",
    "pause": "break",
    "contextmenu": "context_menu apps menukey",
    "menu": "keycode_menu",
    "volume_up": "volumeup audiovolumeup keycode_volume_up xf86audioraisevolume",
    "volume_down": "volumedown audiovolumedown keycode_volume_down xf86audiolowervolume",
    "volume_mute": "volumemute mute audiovolumemute keycode_volume_mute xf86audiomute",
    "play_pause": "playpause mediaplaypause media_play_pause keycode_media_play_pause",
    "next_track": "nexttrack mediatracknext media_next keycode_media_next",
    "previous_track": "prevtrack mediatrackprevious media_previous keycode_media_previous",
    "power": "keycode_power",
    "camera": "keycode_camera",
    "clear": "keycode_clear kp_begin",
    "search": "keycode_search browsersearch",
    "back": "keycode_back browserback",
    "forward": "keycode_forward browserforward",
    "wakeup": "keycode_wakeup",
    "sleep": "keycode_sleep",
    "app_switch": "keycode_app_switch appswitch recents",
}
_CHARACTERS: dict[str, str] = {
    "plus": "+ kp_add numpadadd add",
    "minus": "- kp_subtract numpadsubtract subtract hyphen dash",
    "equal": "= equals",
    "comma": ",",
    "period": ". dot kp_decimal numpaddecimal decimal",
    "slash": "/ forwardslash kp_divide numpaddivide divide",
    "backslash": "\\",
    "semicolon": ";",
    "apostrophe": "' quote quoteright",
    "grave": "` backquote backtick quoteleft",
    "bracketleft": "[ leftbracket",
    "bracketright": "] rightbracket",
    "asterisk": "* multiply kp_multiply numpadmultiply",
    "at": "@",
    "underscore": "_",
    "colon": ":",
    "question": "?",
    "exclam": "!",
    "numbersign": "# hash",
    "dollar": "$",
    "percent": "%",
    "ampersand": "&",
    "tilde": "~",
    "less": "<",
    "greater": ">",
    "bar": "| pipe",
    "quotedbl": '" doublequote',
    "parenleft": "(",
    "parenright": ")",
    "braceleft": "{",
    "braceright": "}",
}
_MAX_NAMES = 200
MODIFIERS = frozenset({"ctrl", "alt", "shift", "meta"})

_PREFIX = re.compile(
    r"^(?:key(?=[a-z]$)|digit(?=\d$)|numpad(?=\d$)|num(?=\d$)|kp_(?=\d$)|keycode_(?=.$))"
)
_FUNCTION = re.compile(r"^(?:keycode_)?f([1-9]|1\d|2[0-4])$")
_FRAGMENT = re.compile(r"^(?:keys\s*=)?\s*[\[(]*\s*(['\"]?)(.+?)\1\s*[\])]*$", re.DOTALL)


def _table() -> dict[str, str]:
    table = {name: name for name in _NAMES}
    for name, others in _NAMES.items():
        table.update(dict.fromkeys(others.split(), name))
    for name, spelled in _CHARACTERS.items():
        char, *others = spelled.split()
        table.update(dict.fromkeys([name, *others], char))
    return table


_TABLE = _table()
CANONICAL: frozenset[str] = frozenset(_NAMES) | {f"f{n}" for n in range(1, 25)}


def canonical(name: str) -> str:
    """One key's canonical spelling; BadReply with the nearest names when there is none."""
    if len(name) == 1 and name.isprintable() and name != " ":
        return name
    if name in (" ", "\n", "\t"):
        return {" ": "space", "\n": "enter", "\t": "tab"}[name]
    plain = name.strip().lower().replace(" ", "_").replace("-", "_")
    plain = _PREFIX.sub("", plain)
    if len(plain) == 1 and plain.isprintable():
        return plain
    if match := _FUNCTION.match(plain):
        return f"f{match[1]}"
    for spelling in (plain, plain.replace("_", "")):
        if spelling in _TABLE:
            return _TABLE[spelling]
    raise BadReply(_unknown(name, plain))


def _unknown(name: str, plain: str) -> str:
    near = list(dict.fromkeys(_TABLE[key] for key in get_close_matches(plain[:40], _TABLE, 3)))
    hint = f"; did you mean {' or '.join(near)}?" if near else "."
    return f"There is no key {name[:40]!r}{hint}"


def combo(keys: str | Iterable[str]) -> tuple[str, ...]:
    """Keys pressed together, canonical: from a list of names, or `ctrl+a`, or `ctrl a`.

    Letters of a combination are lower case, as on the key; `shift` is named where it is meant.
    """
    names = [keys] if isinstance(keys, str) else list(keys)
    if sum(map(len, names)) > _MAX_NAMES:
        raise BadReply("The names of the keys are too long.")
    split = [part for name in names for part in _parts(name)]
    result = tuple(canonical(part) for part in split)
    if not result:
        raise BadReply("No key is named.")
    if len(result) > 1:
        result = tuple(key.lower() if len(key) == 1 else key for key in result)
    for key in result:
        if result.count(key) > 1:
            raise BadReply(f"The key {key!r} is named twice; press a key once per call.")
    return result


def _parts(name: str) -> Sequence[str]:
    if len(name) <= 1:
        return [name] if name else []
    if name.strip() == "":
        return [name[0]]
    name = _undamaged(name.strip())
    if "+" in name and name != "+":
        # `ctrl++` is ctrl and the plus key.
        plus = ["+"] if name.endswith("+") else []
        return [part.strip() for part in name.split("+") if part.strip()] + plus
    words = name.split()
    if len(words) > 1 and "_".join(words).lower() not in _TABLE:
        return words
    return [name]


def _undamaged(name: str) -> str:
    """A name without the list syntax that models leave in it, such as `keys=['ctrl`."""
    if len(name) <= 1:
        return name
    match = _FRAGMENT.match(name)
    inner = match[2] if match else name
    inner = inner.strip().strip("'\"[]") if len(inner.strip()) > 1 else inner.strip()
    return inner or name
