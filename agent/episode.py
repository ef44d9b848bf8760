"""What one run came to: its steps, what the agent claimed, and what is true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from ..actions.types import Action
from ..envs.base import Effect, Observation
from ..model.base import Reply

Outcome = Literal[
    "verified", "claimed", "not_done", "loop", "budget",
    "refused", "bad_replies", "model_error", "env_lost", "stopped",
]  # fmt: skip

EXIT_CODES: dict[Outcome, int] = {
    "verified": 0,
    "claimed": 10,
    "not_done": 11,
    "loop": 12,
    "budget": 13,
    "refused": 14,
    "bad_replies": 15,
    "model_error": 15,
    "env_lost": 16,
    "stopped": 17,
}

Check = Callable[[str], tuple[bool, str]]
"""Takes the agent's answer; says whether the task is done, and why (a tasks.base.Verdict)."""

OUTSIDE_LOOP = ("ask", "wait")
"""Phases that are neither the model's nor the runtime's: a person, and an asked-for pause."""


@dataclass(frozen=True)
class Ruling:
    """An approver's word on one action; `note` goes to the model (or answers its question)."""

    verdict: Literal["allow", "refuse", "stop"]
    note: str = ""


@dataclass(frozen=True)
class Deed:
    """One action, and what came of it."""

    action: Action
    ruling: Ruling | None = None
    """None when nobody was asked, because it no longer fitted the screen."""
    effect: Effect | None = None
    """None when it was not carried out in the environment."""
    error: str = ""


@dataclass
class Step:
    """One look, the reply to it, and what was done."""

    index: int
    look: Observation
    reply: Reply | None = None
    """None when the run ended before the model answered."""
    thought: str = ""
    actions: tuple[Action, ...] = ()
    """Empty when the reply was refused."""
    refusal: str = ""
    """Why the reply was refused; empty when it was not."""
    deeds: list[Deed] = field(default_factory=list[Deed])
    feedback: str = ""
    """What the model is told about this step at the next one."""
    note: str = ""
    """What a person should know about how it was decided."""
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    """Time by phase; the model's phases are those of `reply.seconds`, under the same names."""
    model_seconds: float = 0.0

    @property
    def overhead(self) -> float:
        """Seconds of this step spent outside the model, people and asked-for pauses."""
        aside = sum(self.seconds.get(phase, 0.0) for phase in OUTSIDE_LOOP)
        return sum(self.seconds.values()) - self.model_seconds - aside


@dataclass
class Episode:
    """A run: claim and truth are separate fields, and every way to end has a name."""

    goal: str
    steps: list[Step] = field(default_factory=list[Step])
    outcome: Outcome | None = None
    """None while the run goes on, or when it was killed."""
    why: str = ""
    """Why it ended as it did, in words."""
    claim: Literal["done", "failed"] | None = None
    answer: str = ""
    done: bool | None = None
    """What the task's own check says; None when there is no check."""
    check_why: str = ""
    seconds: float = 0.0
    over: bool = False
    """Whether the task ended by itself, whatever the agent would have said."""

    @property
    def false_claim(self) -> bool:
        """Whether the agent said it was done and the check says it is not."""
        return self.claim == "done" and self.done is False

    def phases(self) -> dict[str, float]:
        """Seconds by phase, over all steps."""
        total: Counter[str] = Counter()
        for step in self.steps:
            total.update(step.seconds)
        return dict(total)

    def overhead_per_step(self) -> float:
        """Mean seconds outside the model per step."""
        return sum(step.overhead for step in self.steps) / max(len(self.steps), 1)

    def tokens(self) -> int:
        """Tokens read and written by the model so far."""
        replies = (step.reply for step in self.steps)
        return sum(reply.tokens_in + reply.tokens_out for reply in replies if reply)


def judge(episode: Episode, truth: tuple[bool, str] | None) -> None:
    """Put the check's word beside the claim; only what the check confirms is verified.

    It can be confirmed once the agent claims to be done, or the task has ended by itself.
    """
    if truth is not None:
        episode.done, episode.check_why = bool(truth[0]), truth[1]
    if episode.done is None or not (episode.outcome == "claimed" or episode.over):
        return
    episode.outcome = "verified" if episode.done else "not_done"
    episode.why = episode.check_why


def exit_code(episode: Episode, accept_claimed: bool = False) -> int:
    """The process exit code of an outcome; a killed run counts as stopped."""
    if accept_claimed and episode.outcome == "claimed":
        return 0
    return EXIT_CODES[episode.outcome or "stopped"]
