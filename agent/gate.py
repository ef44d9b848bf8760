"""The gate in front of every action: what it would do that cannot be undone, and who must agree.

Independent of the model: judged from the typed action, from what the page calls the thing under
it, and from addresses; a click is judged a second time with the pointer already there. Not
covered: a page that names its buttons wrongly and does its deed by GET or over an open socket.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from ..actions.types import (
    Action,
    Click,
    Drag,
    GoTo,
    Hover,
    LongPress,
    Point,
    Press,
    Scroll,
    Type,
)
from ..envs.base import Guarded, Label, Labels, Observation
from .approve import Approver
from .episode import Ruling
from .kinds import KINDS, PATTERNS, Kind, named

__all__ = ["KINDS", "PATTERNS", "Kind", "Policy", "gated", "kinds", "label_of", "named"]


@dataclass(frozen=True)
class Policy:
    """What may happen without being asked, and what may not happen at all; the rest is asked."""

    allow: frozenset[Kind] = frozenset()
    deny: frozenset[Kind] = frozenset()


def kinds(action: Action, label: Label | None, where: str) -> frozenset[Kind]:
    """What an action would do that cannot be taken back, as far as can be told beforehand."""
    match action:
        case GoTo(url=url):
            left: frozenset[Kind] = frozenset({"leave"} if leaves(where, url) else ())
            return left | of_address(url)
        case Press(keys=keys) if label and "alt" in keys and any(len(key) == 1 for key in keys):
            return _NAMELESS if label.tag else frozenset()
        case Click() | LongPress() | Drag() if label:
            return of_click(label, where)
        case Press(keys=keys) if label and {"enter", "space"} & set(keys):
            return of_enter(label, where) if "enter" in keys else of_click(label, where)
        case Type(text=text) if label:
            return of_typing(text, label, where)
        case _:
            return frozenset()


def of_click(label: Label, where: str) -> frozenset[Kind]:
    """What the words and the kind of a clicked thing say."""
    if is_entry(label):
        return frozenset()
    found = set(named(label.text))
    if label.download:
        found.add("download")
    if label.type == "file":
        found.add("upload")
    if label.type in ("submit", "image") or (label.tag == "button" and label.type == ""):
        found |= of_form(label)
    found |= of_address(label.href)
    if label.href and leaves(where, label.href):
        found.add("leave")
    if label.tag in _BLANK and not label.text.strip() and not label.href.startswith("http"):
        found |= _NAMELESS
    return frozenset(found)


_ENTRIES = ("", "text", "search", "email", "tel", "url", "number", "date", "password", "time")
_BLANK = ("button", "canvas", "img", "svg", "object", "embed", "iframe", "closed")
"""What acts when it is clicked, or may; in a closed shadow tree nothing can be read."""
_NAMELESS: frozenset[Kind] = frozenset({"unnamed"})


def is_entry(label: Label) -> bool:
    """Whether a click there only puts the caret into a field."""
    if label.tag in ("textarea", "select", "editor"):
        return True
    return label.tag == "input" and label.type in _ENTRIES


def of_enter(label: Label, where: str = "") -> frozenset[Kind]:
    """Enter sends the form that the caret is in, or presses what has the focus."""
    if label.tag in ("textarea", "editor") and label.type != "line":
        return frozenset()
    pressed = frozenset[Kind]() if is_entry(label) else of_click(label, where)
    sent = of_form(label) if label.tag == "input" or is_entry(label) else set[Kind]()
    return pressed | named(label.form) | sent


def of_typing(text: str, label: Label, where: str) -> frozenset[Kind]:
    """Text goes into fields; on a button a space presses it, and a line break is Enter."""
    typed: set[Kind] = {"credentials"} if label.type == "password" else set()
    if "\n" in text:
        typed |= of_enter(label, where)
    if " " in text and not is_entry(label) and label.tag in _PRESSED:
        typed |= of_click(label, where)
    return frozenset(typed)


_PRESSED = ("button", "summary", "input", "closed")


def of_form(label: Label) -> set[Kind]:
    """What a form asks for tells what sending it gives away; POST changes something there."""
    found: set[Kind] = {"send"} if label.post else set()
    if "password" in label.asks:
        found.add("credentials")
    if "cc-number" in label.asks or re.search("card.?number|iban", label.asks, re.IGNORECASE):
        found.add("pay")
    if "file " in label.asks:
        found.add("upload")
    return found


def of_address(url: str) -> frozenset[Kind]:
    """An address with values that is called after a deed does it: /transfer?to=…&amount=…"""
    parts = urlsplit(url)
    if not parts.query:
        return frozenset()
    return named(re.sub(r"[/_.-]+", " ", unquote(parts.path))) & _BY_ADDRESS


_BY_ADDRESS: frozenset[Kind] = frozenset({"pay", "delete"})


def leaves(where: str, url: str) -> bool:
    """Whether an address is of another site than the page in front."""
    here, there = urlsplit(where), urlsplit(url)
    if there.scheme not in ("http", "https") or here.scheme not in ("http", "https"):
        return there.scheme in ("http", "https") and here.scheme in ("http", "https")
    return there.hostname != here.hostname


def gated(
    inner: Approver, policy: Policy, env: object, ask: Callable[[str], bool] | None = None
) -> Approver:
    """The same approver behind the gate. `ask` shows a question to a person; None: nobody is there.

    What must be asked for and cannot be is refused, and the run ends: a second try would meet the
    same gate.
    """

    gate = _Gate(policy, env, ask)

    def approve(action: Action, seen: Observation) -> Ruling:
        found = gate.kinds(action, seen.where)
        if stop := gate.objection(found):
            return stop
        ruling = inner(action, seen)
        return (
            ruling if not found or ruling.note else Ruling(ruling.verdict, f"gate: {said(found)}")
        )

    return approve


class _Gate:
    """Holds where the pointer is, and what the last action was let pass as."""

    def __init__(self, policy: Policy, env: object, ask: Callable[[str], bool] | None) -> None:
        self.policy, self.env, self.ask = policy, env, ask
        self.pointer = Point(x=0, y=0)
        self.passed: frozenset[Kind] = frozenset()
        self.action: Action | None = None
        self.where = ""
        if isinstance(env, Guarded):
            env.on_press, env.on_dialog = self.last_look, self.dialog
            if ask is None and "send" not in policy.allow:
                env.ask_before_sending(self.sending)

    def kinds(self, action: Action, where: str) -> frozenset[Kind]:
        """Of an action, wherever it touches the screen."""
        if isinstance(action, Click | Drag) and self.at(action) is None:
            action = _placed(action, self.pointer)
        found: frozenset[Kind] = frozenset()
        for label in labels_of(self.env, action):
            found |= kinds(action, label, where)
        self.action, self.where, self.passed = action, where, found
        self.pointer = self.after(action)
        return found

    @staticmethod
    def at(action: Click | Drag) -> Point | None:
        """Where it begins; None: where the pointer is."""
        return action.at if isinstance(action, Click) else action.start

    def after(self, action: Action) -> Point:
        """Where the pointer is then."""
        match action:
            case Click(at=at) | LongPress(at=at) | Hover(at=at) | Scroll(at=at):
                return at or self.pointer
            case Drag(end=end):
                return end
            case _:
                return self.pointer

    def objection(self, found: frozenset[Kind]) -> Ruling | None:
        """Why these kinds may not happen; None when they may."""
        if denied := found & self.policy.deny:
            return Ruling("stop", f"{said(denied)} is denied")
        open_ = found - self.policy.allow
        if open_ and self.ask is None:
            return Ruling(
                "stop", f"{said(open_)} needs a person's word: --allow {','.join(sorted(open_))}"
            )
        if open_ and self.ask is not None and not self.ask(said(open_)):
            return Ruling("refuse", f"the user refused to {said(open_)}")
        return None

    def last_look(self, label: Label | None) -> str:
        """With the pointer there and before the button is pressed: what is there by now.

        A page may have changed it as the pointer came. What would be more than was let pass is
        not pressed.
        """
        if self.action is None:
            return ""
        more = kinds(self.action, label, self.where) - self.passed - self.policy.allow
        return f"what is there is something else now ({said(more)}); look again" if more else ""

    def sending(self) -> bool:
        """Whether a page may send something with nobody there: as part of what was let pass."""
        return bool(self.passed & self.policy.allow - {"leave"})

    def dialog(self, words: str) -> bool:
        """Whether a question of the page may be answered with yes."""
        return self.objection(named(words)) is None


def _placed(action: Click | Drag, pointer: Point) -> Click | Drag:
    at = "at" if isinstance(action, Click) else "start"
    return action.model_copy(update={at: pointer})


def labels_of(env: object, action: Action) -> list[Label | None]:
    """What the environment calls the things that an action touches.

    A finger that moves on presses nothing; a mouse drops what it holds.
    """
    if isinstance(action, Drag):
        surface = getattr(getattr(env, "capabilities", None), "surface", "")
        if not isinstance(env, Labels) or (surface == "mobile" and action.start != action.end):
            return []
        return [env.label(action.start), env.label(action.end)]
    return [label_of(env, action)]


def label_of(env: object, action: Action) -> Label | None:
    """What the environment calls the thing that the action is for."""
    if not isinstance(env, Labels) or not isinstance(action, Click | LongPress | Press | Type):
        return None
    return env.label(action.at if isinstance(action, Click | LongPress) else None)


def said(found: frozenset[Kind]) -> str:
    """Kinds in words."""
    return " and ".join(sorted(found))
