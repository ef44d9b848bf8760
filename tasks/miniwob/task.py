"""One MiniWoB++ episode in our own browser: its start, its goal, and what the page says of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ...actions.errors import EnvError
from ...envs.browser import BrowserEnv
from ..base import Verdict
from .profiles import Profile

LOOK = "Follow the instructions shown on the top of the screen."
"""The goal where the instruction stays in the picture; MobileMiniWob++'s words."""
_START = Path(__file__).parent / "start.js"


class Ended(NamedTuple):
    """How an episode ended: the reward as given, and after the time used was counted."""

    raw: float
    scaled: float
    reason: str


@dataclass
class MiniwobTask:
    """An episode that has begun; what it came to is the page's word, never the agent's."""

    id: str
    goal: str
    utterance: str
    """The page's own instruction, which is the goal unless it stays in the picture."""
    start_url: str
    env: BrowserEnv
    profile: Profile
    ended: Ended | None = None

    def over(self) -> str:
        """Why the page has ended the episode; empty while it goes on. EnvError when it is lost."""
        if self.ended is None and (found := self.env.ask("() => window.qvlEnd ?? null")):
            self.ended = Ended(float(found["raw"]), float(found["scaled"]), found["reason"])
        return self._words() if self.ended else ""

    def _words(self) -> str:
        if self.ended is None:
            return "the page gave no reward"
        said = f" ({self.ended.reason})" if self.ended.reason else ""
        return f"the page gave {self.ended.raw:g}, with time {self.ended.scaled:.2f}{said}"

    def check(self, answer: str) -> Verdict:
        """Whether the page gave the reward that counts; of a lost page, what is known."""
        try:
            self.over()
        except EnvError as error:
            return Verdict(False, f"{self._words()}; {error}")
        counts = self.ended and self.profile.counts(self.ended.raw, self.ended.scaled)
        return Verdict(bool(counts), self._words())


def start(env: BrowserEnv, name: str, seed: int, profile: Profile) -> MiniwobTask:
    """Begin an episode on the task's page, which `env` shows; EnvError when it does not begin."""
    shown = profile.query == "picture"
    how = {"seed": seed, "timed": profile.timed, "panel": profile.panel, "query": shown}
    utterance = " ".join(str(env.ask(_START.read_text("utf-8"), how)).split())
    env.act_happened()
    goal = LOOK if shown else utterance
    return MiniwobTask(f"{name}-{seed}", goal, utterance, env.page.url, env, profile)
