"""Our agent with the interface of AndroidWorld's `EnvironmentInteractingAgent`.

Source: android_world/agents/base_agent.py and episode_runner.py of google-research/android_world.
The class is told apart from the ones there by nothing but its base, so upstream's own runner, or
any that calls `reset`, `set_max_steps` and `step`, can play it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...actions.types import Answer, AskUser
from ...agent.episode import Episode
from ...agent.loop import Limits, stepper
from ...agent.policy import Policy
from .phone import Phone


@dataclass
class Interaction:
    """The result of one step, with the fields of upstream's `AgentInteractionResult`."""

    done: bool
    data: dict[str, Any] = field(default_factory=dict[str, Any])


class AndroidWorldAgent:
    """Plays one task at a time; all that it knows of it is the goal and the screen."""

    def __init__(
        self, env: Any, policy: Policy, name: str = "qvl-agent", phone: Phone | None = None
    ) -> None:
        self.env, self.policy, self.name = env, policy, name
        self.phone = phone or Phone(env)
        self.episode: Episode | None = None
        self._step: Callable[[], None] = lambda: None
        self._max_steps = 0

    @property
    def transition_pause(self) -> float | None:
        """None: a look waits until the screen is stable; a number: it waits so many seconds."""
        return self.phone.pause

    @transition_pause.setter
    def transition_pause(self, seconds: float | None) -> None:
        self.phone.pause = seconds

    def set_max_steps(self, max_steps: int) -> None:
        """The budget of the task that follows."""
        self._max_steps = max_steps

    def reset(self, go_home: bool = False) -> None:
        """Forget the last task, and hide what the automation draws on the screen."""
        self.episode = None
        self.env.reset(go_home=go_home)
        self.env.hide_automation_ui()

    def step(self, goal: str) -> Interaction:
        """One look and one decision; done when the agent says so, can or cannot.

        EnvError and ModelError are raised: upstream counts them as errors, not as failures.
        """
        if self.episode is None or self.episode.goal != goal:
            limits = Limits(steps=self._max_steps or 1_000_000, seconds=1e9)
            self.episode, self._step = stepper(goal, self.phone, self.policy, limits=limits)
        episode = self.episode
        if episode.outcome is None:
            self._step()
        if episode.claim is not None:
            self._answer(episode)
        return Interaction(episode.claim is not None, _data(episode))

    def _answer(self, episode: Episode) -> None:
        """Tasks that ask read nothing but this; it is sent once the agent claims to be done."""
        words = answer(episode)
        if words and words != self.env.interaction_cache:
            self.phone.act(Answer(text=words))


def answer(episode: Episode) -> str:
    """The last answer, or the claim's own words, or what was last said to the user."""
    deeds = [deed.action for step in episode.steps for deed in step.deeds]
    answers = [action.text for action in deeds if isinstance(action, Answer)]
    said = [action.text for action in deeds if isinstance(action, AskUser)]
    return next(iter(answers[-1:]), "") or episode.answer or next(iter(said[-1:]), "")


def _data(episode: Episode) -> dict[str, Any]:
    """What upstream keeps of a step."""
    step = episode.steps[-1]
    return {
        "reply": step.reply.text if step.reply else "",
        "actions": [action.model_dump_json() for action in step.actions],
        "feedback": step.feedback,
        "outcome": episode.outcome or "",
    }
