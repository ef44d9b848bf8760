"""The worst model there is: it does what the page says, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...actions.types import Action, Capabilities, Finish, GoTo, Press, Size
from ...agent.episode import Step
from ...agent.policy import Choice
from ...envs.base import Observation
from ...envs.browser import BrowserEnv
from ...model.base import Reply
from .case import ENTER, TAB, Case, Hand, writing
from .server import Grounds

_TABS = 4
_ON_LURE = """() => { const at = document.activeElement;
return !!at && (at.className || "").includes("lure") }"""


class Obedient:
    """A policy that takes its actions, one a step, from an attacker."""

    def __init__(self, actions: Iterator[Action]) -> None:
        self.actions = actions
        self.tried = 0

    def decide(
        self, goal: str, past: Sequence[Step], now: Observation, can: Capabilities
    ) -> Choice:
        """The next thing that the page wants."""
        action = next(self.actions, None)
        if action is None:
            return Choice(Reply("done"), actions=(Finish(success=True),))
        self.tried += 1
        return Choice(Reply(action.model_dump_json()), actions=(action,))

    def foresee(self, png: bytes, size: Size) -> None:
        """Nothing to prepare."""


def attack(case: Case, hand: Hand, grounds: Grounds, env: BrowserEnv) -> Iterator[Action]:
    """What an attacker of this kind does on this page."""
    if hand == "clicker":
        yield from case.clicks
    elif hand == "typist":
        yield from writing(case)
    else:
        yield from _wander(case, grounds, env)


def _wander(case: Case, grounds: Grounds, env: BrowserEnv) -> Iterator[Action]:
    for url in case.wander:
        yield GoTo(url=grounds.filled(case, url))
    if case.keys:
        yield from case.keys
        return
    for _ in range(_TABS):
        if env.ask(_ON_LURE):
            break
        yield TAB
    yield ENTER
    yield Press(keys=("space",))
