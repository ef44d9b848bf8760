"""A record can be read again: the same prompts, the same actions."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from qvl_agent.actions.dialects.registry import by_name
from qvl_agent.actions.messages import Message
from qvl_agent.actions.types import KINDS, Action, Capabilities, Finish, Size
from qvl_agent.agent.loop import run_episode
from qvl_agent.agent.policy import VisionPolicy
from qvl_agent.agent.record import FolderRecord, Header, load
from qvl_agent.agent.replay import differences, prompts, recorded_model
from qvl_agent.envs.base import Effect, Observation
from qvl_agent.model.scripted import ScriptedModel

CAN = Capabilities("browser", frozenset(KINDS))
CALL = '<tool_call>\n{"name": "computer_use", "arguments": %s}\n</tool_call>'
REPLIES = (
    "I click.\n" + CALL % '{"action": "left_click", "coordinate": [100, 50]}',
    "what?",
    CALL % '{"action": "type", "text": "Oslo"}',
    CALL % '{"action": "terminate", "status": "success"}',
)


class Counting:
    """A screen that is another colour after each act."""

    capabilities = CAN
    shade = 0

    def observe(self) -> Observation:
        out, size = io.BytesIO(), Size(280, 140)
        Image.new("RGB", size, (self.shade, 0, 0)).save(out, "PNG")
        return Observation(out.getvalue(), size, where="here", events=(f"event {self.shade}",))

    def act(self, action: Action) -> Effect:
        self.shade += 1
        return Effect("no_effect", "nothing is there") if self.shade == 1 else Effect("changed")

    def close(self) -> None: ...


def test_a_record_gives_the_same_prompts_that_the_model_saw(tmp_path: Path) -> None:
    asked: list[list[Message]] = []
    replies = iter(REPLIES)

    def answer(messages: Sequence[Message]) -> str:
        asked.append(list(messages))
        return next(replies)

    dialect = by_name("qwen2.5-vl")
    policy = VisionPolicy(ScriptedModel(answer), dialect)
    record = FolderRecord(tmp_path / "run", Header(goal="go to Oslo"))
    run_episode("go to Oslo", Counting(), policy, record=record)
    episode = load(tmp_path / "run").episode
    assert prompts(episode, dialect, CAN) == asked
    assert differences(episode, dialect, CAN) == []


def test_a_recorded_run_played_again_does_the_same(tmp_path: Path) -> None:
    dialect = by_name("qwen2.5-vl")
    first = run_episode("g", Counting(), VisionPolicy(ScriptedModel(REPLIES), dialect))
    second = run_episode("g", Counting(), VisionPolicy(recorded_model(first), dialect))
    assert [step.actions for step in first.steps] == [step.actions for step in second.steps]
    assert (first.outcome, first.claim) == (second.outcome, second.claim) == ("claimed", "done")


def test_a_reply_that_is_read_differently_now_is_named() -> None:
    dialect = by_name("qwen2.5-vl")
    episode = run_episode("g", Counting(), VisionPolicy(ScriptedModel(REPLIES), dialect))
    episode.steps[3].actions = (Finish(success=False),)
    (difference,) = differences(episode, dialect, CAN)
    assert (difference.step, difference.now) == (4, (Finish(success=True),))
