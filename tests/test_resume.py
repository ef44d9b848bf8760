"""A run that was killed at any instant is gone on with, or the reason why not is said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

from qvl_agent.actions.dialects.registry import by_name
from qvl_agent.actions.errors import UserError
from qvl_agent.agent.cli import main
from qvl_agent.agent.loop import UNKNOWN, run_episode
from qvl_agent.agent.policy import VisionPolicy
from qvl_agent.agent.record import FolderRecord, Header, load
from qvl_agent.envs.fake import FakeEnv
from qvl_agent.model.scripted import ScriptedModel


def call(**arguments: Any) -> str:
    said = json.dumps({"name": "computer_use", "arguments": arguments})
    return f"<tool_call>\n{said}\n</tool_call>"


REPLIES = [
    call(action="left_click", coordinate=[30, 30]),
    call(action="type", text="Ana"),
    call(action="left_click", coordinate=[30, 80]),
    call(action="type", text="Lima"),
    call(action="left_click", coordinate=[60, 130]),
    call(action="terminate", status="success"),
]
HEADER = Header(goal="send Ana from Lima", model="scripted", dialect="qwen2.5-vl", env="browser")


def policy(replies: list[str]) -> VisionPolicy:
    return VisionPolicy(ScriptedModel(replies), by_name("qwen2.5-vl"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "whole"
    record = FolderRecord(folder, HEADER)
    run_episode(HEADER.goal, FakeEnv(), policy(REPLIES), record=record)
    assert load(folder).episode.outcome == "claimed"
    return folder


def cut(whole: Path, to: Path, length: int) -> Path:
    """The run as a kill after this many bytes of its journal leaves it."""
    to.mkdir()
    (to / "screens").symlink_to(whole / "screens")
    (to / "run.jsonl").write_bytes((whole / "run.jsonl").read_bytes()[:length])
    return to


def test_a_record_cut_anywhere_is_gone_on_with_or_says_why(whole: Path, tmp_path: Path) -> None:
    journal = (whole / "run.jsonl").read_bytes()
    draw = Random(1)
    lengths = {0, 1, len(journal), *(draw.randrange(len(journal)) for _ in range(60))}
    first = journal.index(b"\n") + 1
    for length in sorted(lengths):
        folder = cut(whole, tmp_path / str(length), length)
        if length < first:
            with pytest.raises(UserError, match="killed before it began"):
                load(folder)
            continue
        before = load(folder).episode
        decided = sum(step.reply is not None for step in before.steps)
        rest = REPLIES[decided:] or [REPLIES[-1]]
        episode = run_episode(
            HEADER.goal, FakeEnv(), policy(rest), record=FolderRecord(folder, None),
            past=before.steps,
        )  # fmt: skip
        after = load(folder).episode
        assert episode.outcome == after.outcome == "claimed"
        told = [step.reply.text for step in after.steps if step.reply]
        assert told[: len(REPLIES)] == REPLIES, "no step that was decided is missing"
        assert [step.index for step in after.steps] == list(range(1, len(after.steps) + 1))


def test_the_model_is_told_that_nobody_knows_whether_the_last_step_was_done(
    whole: Path, tmp_path: Path
) -> None:
    journal = (whole / "run.jsonl").read_bytes()
    intent = next(
        end
        for end in (i + 1 for i, byte in enumerate(journal) if byte == 10)
        if b'"line":"intent","step":2' in journal[:end]
    )
    steps = load(cut(whole, tmp_path / "cut", intent)).episode.steps
    asked: list[str] = []

    def answer(messages: Any) -> str:
        asked.append(" ".join(p for m in messages for p in m.parts if isinstance(p, str)))
        return REPLIES[-1]

    model = VisionPolicy(ScriptedModel(answer), by_name("qwen2.5-vl"))
    run_episode(HEADER.goal, FakeEnv(), model, past=steps)
    assert UNKNOWN in asked[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"task": "flights-0", "seed": 7}, "practice site of that run ended .* --seed 7"),
        ({"options": {"virtual": True}, "env": "desktop"}, "virtual screen of that run is gone"),
    ],
)
def test_what_cannot_be_gone_on_with_says_why(
    change: dict[str, Any], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    FolderRecord(tmp_path / "run", HEADER.model_copy(update=change))
    assert main(["resume", str(tmp_path / "run")]) == 2
    assert __import__("re").search(words, capsys.readouterr().err)


def test_a_run_that_is_over_stays_over(whole: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["resume", str(whole)]) == 2
    assert "that run is over (claimed)" in capsys.readouterr().err


def test_a_killed_browser_run_is_gone_on_with_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = "about:blank"
    slow = tmp_path / "slow.json"
    slow.write_text(json.dumps([call(action="wait", time=1), call(action="wait", time=60)]))
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "qvl_agent", "run", "look", "--url", page, "--yes"]
    killed = subprocess.Popen(
        [*command, "--model", f"script:{slow}", "--out", str(folder)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    until = time.monotonic() + 60
    while not (folder / "run.jsonl").exists() or (
        b'"line":"intent","step":2' not in (folder / "run.jsonl").read_bytes()
    ):
        assert time.monotonic() < until
        time.sleep(0.05)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    quick = tmp_path / "quick.json"
    quick.write_text(json.dumps([call(action="terminate", status="success")]))
    script = ["--model", f"script:{quick}", "--url", page, "--yes", "--json"]
    assert main(["resume", str(folder), *script]) == 10
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (told["outcome"], told["steps"]) == ("claimed", 3)
    assert load(folder).header.goal == "look"
