"""Scripted solutions: they prove the environment and make demonstrations, and are never a score."""

from __future__ import annotations

from collections.abc import Sequence

from ....actions.types import Action, Capabilities, Finish, Size
from ....agent.episode import Step
from ....agent.policy import Choice
from ....envs.base import Observation
from ....model.base import Reply
from ..task import MiniwobTask
from . import clicking, dragging, forms, reading, sites
from .sight import Sight
from .table import ORACLES

__all__ = ["ORACLES", "OraclePolicy"]
_MODULES = (clicking, dragging, forms, reading, sites)
"""Importing them fills the table."""


class OraclePolicy:
    """Plays a task's script: each decision is the script's next action."""

    def __init__(self, task: MiniwobTask, kind: str) -> None:
        self._deeds = ORACLES[kind](Sight(task.env, task.utterance))

    def decide(
        self, goal: str, past: Sequence[Step], now: Observation, can: Capabilities
    ) -> Choice:
        """The next action; an oracle that is at its wits' end gives up and says why."""
        action: Action
        try:
            action = next(self._deeds, Finish(success=False, text="the script has ended"))
        except (LookupError, ValueError) as error:
            action = Finish(success=False, text=f"the script is lost: {error}")
        return Choice(Reply(action.model_dump_json()), "", (action,))

    def foresee(self, png: bytes, size: Size) -> None:
        """An oracle needs no screenshots."""
