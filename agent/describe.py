"""Actions and outcomes in a few plain words, for terminals, questions and reports."""

from __future__ import annotations

from typing import assert_never

from ..actions.types import (
    Action,
    Answer,
    AskUser,
    Back,
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
from .episode import Deed, Episode

TIMES = {1: "", 2: "double-", 3: "triple-"}


def describe(action: Action) -> str:  # noqa: C901 - one case per action
    """One action in one line; text is quoted and shortened."""
    match action:
        case Click():
            return _click(action)
        case LongPress():
            return f"long press {_at(action.at)} for {action.seconds:g} s"
        case Drag():
            return f"drag from {_at(action.start)} to {_at(action.end)}"
        case Scroll():
            return f"scroll {_direction(action)} {_at(action.at)}"
        case Type():
            return f"type {quoted(action.text)}"
        case Press():
            return f"press {'+'.join(action.keys)}"
        case Hover():
            return f"point {_at(action.at)}"
        case Home() | Back() | Recents():
            return f"go {action.kind}" if action.kind != "recents" else "show recent apps"
        case OpenApp():
            return f"open app {quoted(action.name)}"
        case GoTo():
            return f"open {quoted(action.url)}"
        case Wait():
            return f"wait {action.seconds:g} s"
        case Answer():
            return f"answer {quoted(action.text)}"
        case AskUser():
            return f"ask {quoted(action.text)}"
        case Finish():
            return f"{'done' if action.success else 'give up'} {quoted(action.text)}".strip()
        case _:
            assert_never(action)


def flat(text: str, limit: int = 1000) -> str:
    """Text on one line without control characters: a page's words must not steer a terminal."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def quoted(text: str, limit: int = 60) -> str:
    """Text on one line, in quotes; empty text is nothing."""
    return f"“{flat(text, limit)}”" if text.strip() else ""


def deed_word(deed: Deed) -> str:
    """What came of an action, in one line."""
    if deed.error:
        return flat(deed.error)
    if deed.effect is None:
        return "noted"
    said = deed.effect.verdict.replace("_", " ")
    return f"{said}: {flat(deed.effect.reason)}" if deed.effect.reason else said


def ending(episode: Episode) -> str:
    """The outcome and its reason in one line."""
    outcome = (episode.outcome or "interrupted").replace("_", " ")
    return f"{outcome}: {flat(episode.why)}" if episode.why else outcome


def _at(point: Point | None) -> str:
    return f"({point.x}, {point.y})" if point else "the pointer"


def _click(action: Click) -> str:
    button = "" if action.button == "left" else f"{action.button} "
    held = f" holding {'+'.join(action.keys)}" if action.keys else ""
    return f"{button}{TIMES[action.count]}click {_at(action.at)}{held}"


def _direction(action: Scroll) -> str:
    unit = "px" if action.unit == "pixel" else "notches"
    parts = [
        f"{word} {abs(amount)} {unit}"
        for amount, word in (
            (action.dy, "down" if action.dy > 0 else "up"),
            (action.dx, "right" if action.dx > 0 else "left"),
        )
        if amount
    ]
    return " and ".join(parts) or "nowhere"
