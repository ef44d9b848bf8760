"""Our agent inside other people's harnesses: they look and act, we decide.

Such a harness hands over a goal and a screenshot and wants actions in words of its own; it carries
them out itself, so what came of them is seen at its next call.
"""

from __future__ import annotations

from collections.abc import Callable

from ..actions.types import Action, Capabilities
from ..agent.episode import Episode, Step
from ..agent.loop import Limits, stepper
from ..agent.policy import Policy
from ..envs.base import Effect, Observation

Words = Callable[[Action], list[str]]
"""An action in a harness's words; ActionError when it has none for it."""


class OutsideEnv:
    """An environment somewhere else: it shows what it was handed, and only checks actions."""

    def __init__(self, capabilities: Capabilities, words: Words) -> None:
        self.capabilities = capabilities
        self._words = words
        self.now: Observation | None = None

    def observe(self) -> Observation:
        """The screenshot that was handed over last."""
        if self.now is None:
            raise RuntimeError("nothing was handed over yet")
        return self.now

    def act(self, action: Action) -> Effect:
        """Only whether the harness has words for it; ActionError tells the model when not."""
        self._words(action)
        return Effect("unknown")

    def close(self) -> None:
        """Nothing is held."""


class Decider:
    """One episode after the other, one decision per call."""

    def __init__(self, policy: Policy, capabilities: Capabilities, words: Words) -> None:
        self._policy, self._words = policy, words
        self._env = OutsideEnv(capabilities, words)
        self.reset()

    def reset(self) -> None:
        """Begin a new episode at the next call."""
        self.episode: Episode | None = None
        self._take: Callable[[], None] = lambda: None

    def decide(self, goal: str, now: Observation) -> tuple[Step, list[str]]:
        """The step that was taken, and its actions in the harness's words, in order.

        The harness counts the steps and the time; loops and bad replies still end an episode.
        """
        self._env.now = now
        if self.episode is None or self.episode.goal != goal:
            limits = Limits(steps=1_000_000, seconds=1e9)
            self.episode, self._take = stepper(goal, self._env, self._policy, limits=limits)
        if self.episode.outcome is None:
            self._take()
        step = self.episode.steps[-1]
        deeds = [deed for deed in step.deeds if not deed.error]
        return step, [word for deed in deeds for word in self._words(deed.action)]
