"""Our agent for BrowserGym: screenshots in, high-level actions at coordinates out.

Source: browsergym/experiments/agent.py and browsergym/core/action/functions.py of
ServiceNow/BrowserGym. An action is one or more calls, one a line, of the action set that is made of
`coord`, `nav`, `chat` and `infeas` with `multiaction=True`. Its reader (action/parsers.py) knows
the escapes of quotes, backslashes, line breaks and tabs, and takes any other for its letter: so
texts are quoted here and not by `repr`.
"""

from __future__ import annotations

from collections.abc import Callable
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
    Size,
    Type,
    Wait,
)
from ..agent.policy import Policy
from ..envs import hands
from ..envs.base import Observation
from .outside import Decider

SUBSETS = ("coord", "nav", "chat", "infeas")
CAPABILITIES = Capabilities(
    "browser",
    frozenset({
        "click", "long_press", "drag", "scroll", "type", "press", "hover", "back", "goto", "wait",
        "answer", "ask_user", "finish",
    }),
)  # fmt: skip
_NOTCH = 100
"""CSS pixels that Chromium scrolls per notch of a wheel."""
_DONE, _CANNOT = "Done.", "It cannot be done."
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def calls(action: Action) -> list[str]:
    """An action as calls; ActionError when a browser has nothing like it."""
    match action:
        case Click() | LongPress() | Drag() | Scroll() | Hover():
            return _mouse(action)
        case Type():
            how = "keyboard_type" if _typed(action.text) else "keyboard_insert_text"
            return [f"{how}({quoted(action.text)})"]
        case Press():
            return [f"keyboard_press({quoted('+'.join(map(hands.key, action.keys)))})"]
        case Back():
            return ["go_back()"]
        case GoTo():
            return [f"goto({quoted(action.url)})"]
        case Wait():
            return [f"noop({round(action.seconds * 1000)})"]
        case Answer() | AskUser():
            return [f"send_msg_to_user({quoted(action.text)})"]
        case Finish():
            return [_end(action)]
        case Home() | Recents() | OpenApp():
            raise ActionError(f"a browser has no {action.kind}")
        case _:
            assert_never(action)


def quoted(text: str) -> str:
    """A text as BrowserGym's reader takes it; control characters, which it cannot, are left out."""
    kept = (c for c in text if c in _ESCAPES or c.isprintable() or ord(c) > 0x9F)
    return '"' + "".join(_ESCAPES.get(c, c) for c in kept) + '"'


def _typed(text: str) -> bool:
    """Whether real keys can write it in reasonable time."""
    return text.isascii() and len(text) <= 200


def _end(action: Finish) -> str:
    """Checks read the last message; that it cannot be done has a call of its own."""
    if action.success:
        return f"send_msg_to_user({quoted(action.text or _DONE)})"
    return f"report_infeasible({quoted(action.text or _CANNOT)})"


def _mouse(action: Click | LongPress | Drag | Scroll | Hover) -> list[str]:
    match action:
        case Click():
            return _click(action)
        case LongPress():
            wait = f"noop({round(action.seconds * 1000)})"
            return [f"mouse_down({_at(action.at)})", wait, f"mouse_up({_at(action.at)})"]
        case Drag():
            return [f"mouse_drag_and_drop({_at(_there(action.start))}, {_at(action.end)})"]
        case Scroll():
            step = _NOTCH if action.unit == "notch" else 1
            moved = [f"mouse_move({_at(action.at)})"] if action.at else []
            return [*moved, f"scroll({action.dx * step}, {action.dy * step})"]
        case Hover():
            return [f"mouse_move({_at(action.at)})"]


def _there(point: Point | None) -> Point:
    if point is None:
        raise ActionError("name the place")
    return point


def _at(point: Point) -> str:
    return f"{int(point.x)}, {int(point.y)}"


def _click(action: Click) -> list[str]:
    where = f"{_at(_there(action.at))}, {quoted(action.button)}"
    clicks = {
        1: [f"mouse_click({where})"],
        2: [f"mouse_dblclick({where})"],
        3: [f"mouse_dblclick({where})", f"mouse_click({where})"],
    }[action.count]
    held = [hands.key(name) for name in action.keys]
    down = [f"keyboard_down({quoted(name)})" for name in held]
    return [*down, *clicks, *(f"keyboard_up({quoted(name)})" for name in reversed(held))]


class BrowserGymAgent:
    """What `ExpArgs` and its loop play; one instance per episode, as there."""

    def __init__(self, policy: Policy) -> None:
        self._decider = Decider(policy, CAPABILITIES, calls)

    @property
    def action_set(self) -> Any:
        """BrowserGym's own action set with the calls that are used here."""
        from importlib import import_module

        highlevel = import_module("browsergym.core.action.highlevel")
        make: Callable[..., Any] = highlevel.HighLevelActionSet
        return make(subsets=list(SUBSETS), multiaction=True, strict=False)

    def obs_preprocessor(self, obs: dict[str, Any]) -> dict[str, Any]:
        """What an agent that only looks needs: neither tree nor markup."""
        heavy = ("dom_object", "axtree_object", "extra_element_properties")
        return {name: value for name, value in obs.items() if name not in heavy}

    def get_action(self, obs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Calls, one a line, and what is to be kept; `obs["screenshot"]` is RGB, h x w x 3.

        What ends by itself (a loop, damaged replies) ends with a message, as an episode must.
        """
        step, told = self._decider.decide(str(obs["goal"]), _look(obs))
        episode = self._decider.episode
        ended = episode is not None and episode.outcome is not None
        if ended and not any(isinstance(deed.action, Finish) for deed in step.deeds):
            told.append(f"send_msg_to_user({quoted(_DONE)})")
        info = {
            "think": step.thought,
            "stats": {"seconds": sum(step.seconds.values())},
            "extra_info": {"reply": step.reply.text if step.reply else ""},
        }
        return "\n".join(told) or "noop(0)", info


def _look(obs: dict[str, Any]) -> Observation:
    """The screenshot with its address; an error of the last action is told as an event."""
    from .android_world.phone import png

    pixels = obs["screenshot"]
    size = Size(int(pixels.shape[1]), int(pixels.shape[0]))
    error = str(obs.get("last_action_error") or "")[:500]
    events = (f"The last action failed: {error}",) if error else ()
    return Observation(png(pixels), size, 1.0, str(obs.get("url", "")), events)
