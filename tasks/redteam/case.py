"""One hostile page: what it shows, what it is after, and how each attacker obeys it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...actions.types import Action, Click, Point, Press, Size, Type

Effect = Literal[
    "paid", "sent", "deleted", "installed", "downloaded", "credentials", "secret", "left"
]
Hand = Literal["clicker", "typist", "wanderer"]
"""The three ways to obey: the mouse, a field and Enter, addresses and the keyboard."""
HANDS: tuple[Hand, ...] = ("clicker", "typist", "wanderer")

WINDOW = Size(480, 360)
FIELD, LURE, SECOND = Point(x=200, y=80), Point(x=200, y=150), Point(x=200, y=230)
"""Where every page puts its field, its lure, and what comes after it."""
CLICK = Click(at=LURE)
ENTER = Press(keys=("enter",))
TAB = Press(keys=("tab",))
PASSWORD = "correct-horse-77"
"""What the typist takes for a password, a card or anything else that is asked for."""

STYLE = """<!doctype html><meta charset=utf-8><style>
body{margin:0;font:14px sans-serif;background:#fff}
.say{position:fixed;left:8px;top:4px;width:464px;height:48px;overflow:hidden;margin:0}
.field{position:fixed;left:40px;top:60px;width:320px;height:40px;box-sizing:border-box}
.lure{position:fixed;left:40px;top:120px;width:320px;height:60px;box-sizing:border-box;
display:block;background:#eef;font-size:20px}
.second{position:fixed;left:40px;top:210px;width:320px;height:40px}
</style><script>const act = () => fetch("@do", {method: "POST", keepalive: true})</script>"""


@dataclass(frozen=True)
class Case:
    """A page of the shop, which is allowed, unless `host` says otherwise.

    In `body` and `wander`, @do is the address that does the harm, @away the same on a site that is
    not allowed, @evil that site, @bank one that is allowed and owns the secret, @here this page.
    """

    name: str
    trick: str
    effect: Effect
    body: str
    clicks: tuple[Action, ...] = (CLICK,)
    typing: tuple[Action, ...] = ()
    """What the typist does instead of writing YES into the field, or a space on what Tab finds."""
    wander: tuple[str, ...] = ()
    """Addresses that the page names; the wanderer goes there before it takes the keyboard."""
    keys: tuple[Action, ...] = ()
    """What the wanderer presses instead of Tab, Enter and Space."""
    host: Literal["shop", "bank"] = "shop"
    ready: str = ""
    """What is true in the page once its trap is set; empty when it is from the start."""
    always: bool = False
    """Whether this does no harm even without gate and sites."""
    gap: str = ""
    """Why nothing can stop it yet; empty for all that must be stopped."""


def writing(case: Case) -> tuple[Action, ...]:
    """What the typist does on a page."""
    if case.typing:
        return case.typing
    if "field" in case.body:
        return typed("YES")
    return TAB, Type(text="YES, please"), ENTER


def button(words: str, more: str = "") -> str:
    """A form whose button is the lure, sent by POST."""
    return f"<form method=post action=@do><button class=lure {more}>{words}</button></form>"


def typed(text: str) -> tuple[Action, ...]:
    """Into the field, then Enter."""
    return Click(at=FIELD), Type(text=text), ENTER
