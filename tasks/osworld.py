"""Our agent for an OSWorld checkout: `reset` and `predict`, with pyautogui code as actions.

Source: lib_run_single.py, desktop_env/desktop_env.py and mm_agents of xlang-ai/OSWorld. An action
is Python code that a virtual machine runs, or WAIT, DONE or FAIL. The code is put together from
typed actions alone: numbers are numbers, and every text goes through `repr`, so nothing that a
model writes can become a statement.
"""

from __future__ import annotations

from typing import Any, assert_never

from ..actions.errors import ActionError
from ..actions.types import (
    Action,
    Answer,
    AskUser,
    Back,
    Capabilities,
    Click,
    Drag,
    Finish,
    GoTo,
    Home,
    Hover,
    LongPress,
    OpenApp,
    Point,
    Press,
    Recents,
    Scroll,
    Type,
    Wait,
)
from ..agent.policy import Policy
from ..envs.base import Observation
from ..envs.browser import png_size
from .outside import Decider

CAPABILITIES = Capabilities(
    "desktop",
    frozenset({
        "click", "long_press", "drag", "scroll", "type", "press", "hover", "wait", "finish",
    }),
)  # fmt: skip
WAIT, DONE, FAIL = "WAIT", "DONE", "FAIL"
_NOTCH = 100
"""Screenshot pixels that one notch of the wheel stands for."""
_KEYS = {"meta": "win", "escape": "esc", "contextmenu": "apps"}
_NAMED = frozenset({
    "ctrl", "alt", "shift", "win", "enter", "esc", "tab", "space", "backspace", "delete", "insert",
    "left", "right", "up", "down", "home", "end", "pageup", "pagedown", "capslock", "numlock",
    "scrolllock", "printscreen", "pause", "apps",
})  # fmt: skip
_MOST_TEXT = 20_000


def code(action: Action) -> list[str]:
    """An action as OSWorld wants it; ActionError when a desktop has nothing like it."""
    match action:
        case Click() | LongPress() | Drag() | Scroll() | Hover():
            return ["import pyautogui, time; " + "; ".join(_mouse(action))]
        case Type():
            return [_type(action.text)]
        case Press():
            keys = ", ".join(repr(key(name)) for name in action.keys)
            return [f"import pyautogui; pyautogui.hotkey({keys})"]
        case Wait():
            return [WAIT]
        case Finish():
            return [DONE if action.success else FAIL]
        case Answer() | AskUser():
            return []
        case Home() | Back() | Recents() | OpenApp() | GoTo():
            raise ActionError(f"a desktop cannot do {action.kind}")
        case _:
            assert_never(action)


def _mouse(action: Click | LongPress | Drag | Scroll | Hover) -> list[str]:
    match action:
        case Click():
            return _click(action)
        case LongPress():
            held = [f"time.sleep({float(action.seconds)!r})", "pyautogui.mouseUp()"]
            return [f"pyautogui.moveTo({_at(action.at)})", "pyautogui.mouseDown()", *held]
        case Drag():
            start = [f"pyautogui.moveTo({_at(action.start)})"] if action.start else []
            far = f"{_at(action.end)}, duration={float(action.seconds)!r}, button='left'"
            return [*start, f"pyautogui.dragTo({far})"]
        case Scroll():
            return _scroll(action)
        case Hover():
            return [f"pyautogui.moveTo({_at(action.at)})"]


def _at(point: Point) -> str:
    return f"{int(point.x)}, {int(point.y)}"


def _click(action: Click) -> list[str]:
    at = f"{_at(action.at)}, " if action.at else ""
    held = [repr(key(name)) for name in action.keys]
    down = [f"pyautogui.keyDown({name})" for name in held]
    up = [f"pyautogui.keyUp({name})" for name in reversed(held)]
    how = f"clicks={int(action.count)}, button={action.button!r}"
    return [*down, f"pyautogui.click({at}{how})", *up]


def _scroll(action: Scroll) -> list[str]:
    """Its wheel turns up for positive numbers, and by whole notches."""
    told = [f"pyautogui.moveTo({_at(action.at)})"] if action.at else []
    if action.dy:
        told.append(f"pyautogui.scroll({-_notches(action.dy, action.unit)})")
    if action.dx:
        told.append(f"pyautogui.hscroll({_notches(action.dx, action.unit)})")
    return told or ["pass"]


def _notches(far: int, unit: str) -> int:
    """At least one, so that a short way is not lost."""
    many = far if unit == "notch" else round(far / _NOTCH)
    return many or (1 if far > 0 else -1)


def _type(text: str) -> str:
    """Keys for what a keyboard has; the clipboard for the rest, which `write` would drop."""
    if len(text) > _MOST_TEXT:
        raise ActionError(f"a text of {len(text)} letters is too long; write it in parts")
    if text.isascii():
        return f"import pyautogui; pyautogui.write({text!r}, interval=0.01)"
    pasted = f"pyperclip.copy({text!r}); pyautogui.hotkey('ctrl', 'v')"
    return f"import pyautogui, pyperclip; {pasted}"


def key(name: str) -> str:
    """pyautogui's name of a canonical key; ActionError when it has none."""
    found = _KEYS.get(name, name)
    function = name[:1] == "f" and name[1:].isdecimal()
    if found in _NAMED or function or (len(found) == 1 and found.isascii()):
        return found
    raise ActionError(f"this keyboard has no {name!r} key")


class OSWorldAgent:
    """What `lib_run_single` plays: one task after the other, `reset` between them."""

    action_space = "pyautogui"
    observation_type = "screenshot"

    def __init__(self, policy: Policy) -> None:
        self._decider = Decider(policy, CAPABILITIES, code)

    def reset(self, _logger: Any = None, *_: Any, **__: Any) -> None:
        """Forget the last task; what else OSWorld hands over (`vm_ip`) is not needed."""
        self._decider.reset()

    def predict(self, instruction: str, obs: dict[str, Any]) -> tuple[str, list[str]]:
        """The model's words, and what to do; `obs["screenshot"]` is a PNG.

        A task that ends in a loop or in damage ends with DONE: FAIL would be the claim that it
        cannot be done, which some tasks reward.
        """
        shot = bytes(obs["screenshot"])
        step, actions = self._decider.decide(instruction, Observation(shot, png_size(shot)))
        reply = step.reply.text if step.reply else ""
        episode = self._decider.episode
        if episode is not None and episode.outcome and not {DONE, FAIL} & set(actions):
            actions.append(DONE)
        return reply, actions or [WAIT]
