"""Protocols: under which rules a result was made, so that it is compared with its like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...actions.types import Size
from .names import MOBILE, TASKS

Query = Literal["text", "picture"]
Rule = Literal["raw > 0", "raw = 1", "scaled > 0.8"]


@dataclass(frozen=True)
class Profile:
    """One protocol; `window` is in CSS pixels, of which each is `scale` screenshot pixels wide."""

    name: str
    about: str
    window: Size
    scale: float
    steps: int
    rule: Rule
    """What counts: the page's reward as it gives it, or shrunk by the time that was used."""
    timed: bool
    """Whether the page's own time limit runs."""
    panel: bool
    """Whether the page's own panel of rewards is in the picture."""
    query: Query
    """Where the agent gets the instruction from: never both."""
    tasks: tuple[str, ...] = TASKS
    long: tuple[str, ...] = ()
    """Tasks with three times the steps."""

    def budget(self, task: str) -> int:
        """The most steps of one episode."""
        return self.steps * 3 if task in self.long else self.steps

    def protocol(self) -> dict[str, str | int | float]:
        """The rules as a result states them."""
        return {
            "window": str(self.window),
            "scale": self.scale,
            "steps": self.steps,
            "success": self.rule,
            "time limit": "the page's" if self.timed else "none",
            "instruction": self.query,
        }

    def counts(self, raw: float, scaled: float) -> bool:
        """Whether these rewards are a success."""
        if self.rule == "scaled > 0.8":
            return scaled > 0.8
        return raw > 0 if self.rule == "raw > 0" else raw == 1


BGYM = Profile(
    "mw-bgym", "BrowserGym's: no time limit, the instruction as text",
    Size(332, 214), 3.0, 10, "raw > 0", timed=False, panel=False, query="text",
)  # fmt: skip
SEECLICK = Profile(
    # agent_tasks/miniwob_test.py of njucckevin/SeeClick, which also left the text in the picture.
    "mw-seeclick", "SeeClick's: the task area alone, the time used shrinks the reward",
    Size(160, 210), 4.0, 10, "scaled > 0.8", timed=True, panel=False, query="text",
    long=("guess-number", "use-slider", "choose-date"),
)  # fmt: skip
RAW = Profile(
    "mw-raw", "the page as it is shipped, with its time limit and panel",
    Size(332, 214), 3.0, 30, "raw > 0", timed=True, panel=True, query="picture",
)  # fmt: skip
MOBILE_PROXY = Profile(
    "mw-mobile-proxy", "a stand-in for MobileMiniWob++ without a phone: a tall window, a mouse",
    Size(216, 400), 3.0, 30, "raw = 1", timed=False, panel=False, query="picture", tasks=MOBILE,
)  # fmt: skip
MINI = Profile(
    "mw-mini", "BrowserGym's rules in the 448x336 pixels of qvl-mini's lessons",
    Size(332, 249), 1.35, 10, "raw > 0", timed=False, panel=False, query="text",
)  # fmt: skip
PROFILES = {profile.name: profile for profile in (BGYM, SEECLICK, RAW, MOBILE_PROXY, MINI)}
