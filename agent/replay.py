"""Read a recorded run again: the same replies must still mean the same actions.

What a run recorded is words and what they meant at the time. Reading the words anew with today's
dialect shows, without a model or a screen, what a change of the dialect would have done to the run.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..actions.dialects.base import Dialect
from ..actions.messages import Message
from ..actions.types import Action, Capabilities
from ..model.base import Model
from ..model.scripted import ScriptedModel
from .episode import Episode, Step
from .policy import VisionPolicy


@dataclass(frozen=True)
class Difference:
    """A step whose reply is read differently now."""

    step: int
    then: tuple[Action, ...]
    now: tuple[Action, ...]
    refusal: str = ""
    """Why the reply is refused now; empty when it is not."""


def recorded_model(episode: Episode) -> Model:
    """A model that answers as the recorded one did, step by step."""
    return ScriptedModel([step.reply.text for step in episode.steps if step.reply], "recorded")


def differences(episode: Episode, dialect: Dialect, can: Capabilities) -> list[Difference]:
    """Every step whose reply does not mean what it meant when it was recorded."""
    policy = VisionPolicy(ScriptedModel([]), dialect)
    found = (_reread(step, policy, can) for step in episode.steps)
    return [difference for difference in found if difference]


def _reread(step: Step, policy: VisionPolicy, can: Capabilities) -> Difference | None:
    if step.reply is None:
        return None
    _, actions, refusal = policy.read(step.reply, policy.picture(step.look), can)
    if actions == step.actions:
        return None
    return Difference(step.index, step.actions, actions, refusal)


def prompts(episode: Episode, dialect: Dialect, can: Capabilities) -> list[list[Message]]:
    """What the model was asked at each step: the prompt is a pure function of the record."""
    policy = VisionPolicy(ScriptedModel([]), dialect)
    steps = episode.steps
    return [
        dialect.render(
            episode.goal, policy.turns(steps[:i], step.look), policy.picture(step.look), can
        )
        for i, step in enumerate(steps)
    ]
