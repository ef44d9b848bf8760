"""Who is asked before anything is done.

Covered: every action of every step, before it is carried out, with the screenshot it was chosen on.
Not covered: what a page does by itself, and what an allowed click means to the page. An approver
sees pixels and typed actions; it cannot know that a button says "Pay".
"""

from __future__ import annotations

from collections.abc import Callable

from ..actions.types import Action, Answer, AskUser, Finish, Wait
from ..envs.base import Observation
from .episode import Ruling

Approver = Callable[[Action, Observation], Ruling]
Prompt = Callable[[str], str]
"""Shows a question to a person and returns the answer, like `input`."""

ALLOW = Ruling("allow")
HARMLESS = (Answer, Finish, Wait)


def allow_all(action: Action, seen: Observation) -> Ruling:
    """Let everything pass; for places where nothing can go wrong, such as the practice site."""
    return ALLOW


def refuse_all(action: Action, seen: Observation) -> Ruling:
    """Let nothing pass but words and pauses; shows what a model would do."""
    return ALLOW if isinstance(action, HARMLESS) else Ruling("refuse", "only looking is allowed")


def ask_person(prompt: Prompt, describe: Callable[[Action], str]) -> Approver:
    """Ask for each action: y, n, a (yes to all from now on) or q (stop the run)."""
    trusted = False

    def approve(action: Action, seen: Observation) -> Ruling:
        nonlocal trusted
        if isinstance(action, AskUser):
            return Ruling("allow", prompt(f"The agent asks: {action.text}\n> ").strip())
        if trusted or isinstance(action, HARMLESS):
            return ALLOW
        answer = prompt(f"{describe(action)}? [y]es / [n]o / [a]ll / [q]uit: ").strip().lower()
        trusted = answer in ("a", "all")
        return _ruling(answer)

    return approve


def say_only(describe: Callable[[Action], str]) -> Approver:
    """Stop at the first action that would do something, and say what it was."""

    def approve(action: Action, seen: Observation) -> Ruling:
        if isinstance(action, HARMLESS):
            return ALLOW
        return Ruling("stop", f"dry run: it would {describe(action)}")

    return approve


def _ruling(answer: str) -> Ruling:
    """Anything but a clear yes is a no."""
    if answer in ("y", "yes", "a", "all"):
        return ALLOW
    if answer in ("q", "quit"):
        return Ruling("stop", "the user stopped the run")
    return Ruling("refuse", "" if answer in ("", "n", "no") else answer)
