"""Reason: from the goal, the past and a look at the screen to a decision."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from ..actions.dialects.base import Dialect, Turn
from ..actions.errors import BadReply, OutOfMemory
from ..actions.messages import Image
from ..actions.types import Action, Capabilities, Size
from ..envs.base import Observation
from ..model.base import Foresees, Model, Reply
from ..model.image import seen_size
from .episode import Step


@dataclass(frozen=True)
class Choice:
    """A reply and what it means: actions, or the reason why it was refused."""

    reply: Reply
    thought: str = ""
    actions: tuple[Action, ...] = ()
    refusal: str = ""
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    """Time by phase, the model's phases included."""
    model_seconds: float = 0.0
    note: str = ""
    """What a person should know about how it came to be; not for the model."""


class Policy(Protocol):
    """Whoever decides; ModelError when it cannot."""

    def decide(
        self, goal: str, past: Sequence[Step], now: Observation, can: Capabilities
    ) -> Choice:
        """What to do next."""
        ...

    def foresee(self, png: bytes, size: Size) -> None:
        """A screenshot that the next look may show."""
        ...


@dataclass(frozen=True)
class VisionPolicy:
    """A model that sees screenshots, spoken to in its dialect. Holds no history of its own."""

    model: Model
    dialect: Dialect

    def decide(
        self, goal: str, past: Sequence[Step], now: Observation, can: Capabilities
    ) -> Choice:
        """Render the whole conversation, ask the model, read its reply."""
        began = time.perf_counter()
        image = self.picture(now)
        turns, note = self.turns(past, now), ""
        messages = self.dialect.render(goal, turns, image, can)
        asked = time.perf_counter()
        try:
            reply = self.model.generate(messages, self.dialect.sampling)
        except OutOfMemory as error:
            if not any(turn.image for turn in turns):
                raise
            messages = self.dialect.render(goal, without_images(turns), image, can)
            reply = self.model.generate(messages, self.dialect.sampling)
            note = f"{error}; went on without earlier screenshots"
        answered = time.perf_counter()
        thought, actions, refusal = self.read(reply, image, can)
        seconds = {"render": asked - began, **model_phases(reply, answered - asked)}
        seconds["parse"] = time.perf_counter() - answered
        return Choice(reply, thought, actions, refusal, seconds, answered - asked, note)

    def picture(self, look: Observation) -> Image:
        """The screenshot with the size that the model will see it at."""
        return self.image(look.png, look.size)

    def image(self, png: bytes, size: Size) -> Image:
        """A PNG of this size with the size that the model will see it at."""
        return Image(png, size, seen_size(size, self.dialect.resize))

    def foresee(self, png: bytes, size: Size) -> None:
        """Let the model begin with a screenshot that may be the next one, if it can."""
        if isinstance(self.model, Foresees):
            self.model.foresee(self.image(png, size))

    def turns(self, past: Sequence[Step], now: Observation) -> list[Turn]:
        """The past as dialects want it; events of a look are told with the step before it."""
        looks = [*(step.look for step in past), now][1:]
        return [
            Turn(
                reply=step.reply.text if step.reply else "",
                thought=step.thought,
                actions=step.actions,
                feedback=" ".join(filter(None, (step.feedback, *after.events))),
                image=self.picture(step.look),
            )
            for step, after in zip(past, looks, strict=True)
        ]

    def read(
        self, reply: Reply, image: Image, can: Capabilities
    ) -> tuple[str, tuple[Action, ...], str]:
        """Thought, actions, and why the reply was refused (empty when it was not)."""
        # What is left of a reply may parse and still not be what the model was about to say.
        cut = "The reply was cut off: be shorter." if reply.finish_reason == "length" else ""
        try:
            thought, actions = self.dialect.parse(reply.text, image, can)
        except BadReply as bad:
            return "", (), f"{bad} {cut}".rstrip()
        if cut:
            return thought, (), cut
        return thought, actions, "" if actions else "The reply holds no action."


def without_images(turns: Sequence[Turn]) -> list[Turn]:
    """The same past in words alone: screenshots are what takes the memory."""
    return [replace(turn, image=None) for turn in turns]


def model_phases(reply: Reply, wall: float) -> dict[str, float]:
    """The reply's own phases, and under `model` the time that they do not account for."""
    rest = wall - sum(reply.seconds.values())
    return {**reply.seconds, "model": max(rest, 0.0)}
