"""Tasks on the virtual phone: each can be solved by taps, and each check sees what is wrong."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from handset import Handset
from qvl_agent.actions.types import Size
from qvl_agent.agent.cli import main
from qvl_agent.envs.android.env import AndroidEnv
from qvl_agent.tasks.phone import KINDS, from_goal, phone_task
from qvl_agent.tasks.phone_oracle import actions

pytest.importorskip("adbutils", reason="the android packages are not installed")


class Paper:
    """A phone without a screen: it keeps what it is given."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}

    def state(self) -> Any:
        return json.loads(json.dumps(self.data))

    def seed(self, data: dict[str, object]) -> None:
        self.data = json.loads(json.dumps(data))


@pytest.fixture(scope="module")
def handset() -> Generator[Handset]:
    one = Handset(Size(360, 640))
    yield one
    one.close()


@pytest.fixture(scope="module")
def env(handset: Handset) -> AndroidEnv:
    return handset.env()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_solved_by_taps(kind: str, handset: Handset, env: AndroidEnv) -> None:
    task = phone_task(handset.phone, kind, 3)
    assert not task.check("").done
    for step in task.want.steps:
        for action in actions(step, lambda: handset.phone.device.screen.call("dump"), env.size):
            env.act(action)
    assert task.check("").done, task.check("").why
    handset.phone.device.screen.call("flip", "rotate", True)
    assert not task.check("").done


@pytest.mark.parametrize("kind", KINDS)
def test_goals_are_recognised_in_their_own_words(kind: str) -> None:
    for seed in range(30):
        drawn = phone_task(Paper(), kind, seed)
        again = phone_task(Paper(), kind, seed)
        assert (drawn.goal, drawn.before) == (again.goal, again.before)
        said = from_goal(Paper(), drawn.goal, seed)
        assert said is not None
        assert (said.id, said.goal) == (drawn.id, drawn.goal)
        assert not said.check("").done


def test_seeds_differ() -> None:
    goals = {phone_task(Paper(), kind, seed).goal for kind in KINDS for seed in range(20)}
    assert len(goals) > 100


@pytest.mark.parametrize(
    ("goal", "wanted"),
    [
        ("please set an alarm for 7:30", "Set an alarm for 7:30"),
        ("set an alarm for 7:30 pm", "Set an alarm for 19:30"),
        ("Set an alarm at 12.05 a.m.", "Set an alarm for 0:05"),
        ("text “Hi” to Ana Ruiz", 'Send "Hi" to Ana Ruiz'),
        ("turn off the wi-fi", "Turn off Wi-Fi"),
    ],
)
def test_users_may_say_it_in_their_words(goal: str, wanted: str) -> None:
    task = from_goal(Paper(), goal)
    assert task is not None
    assert task.goal == wanted


def test_what_is_no_task_is_none() -> None:
    for goal in ("make tea", "open the clock", 'send "x"', "set the volume to 11"):
        assert from_goal(Paper(), goal) is None


def call(**arguments: Any) -> str:
    said = json.dumps({"name": "mobile_use", "arguments": arguments}, ensure_ascii=False)
    return f"<tool_call>\n{said}\n</tool_call>"


def test_an_alarm_is_set_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    replies = [
        call(action="open", text="Clock"),
        call(action="click", coordinate=[640, 1100]),
        call(action="click", coordinate=[240, 260]),
        call(action="type", text="07"),
        call(action="click", coordinate=[480, 260]),
        call(action="type", text="30"),
        call(action="click", coordinate=[360, 590]),
        call(action="terminate", status="success"),
    ]
    script = tmp_path / "script.json"
    script.write_text(json.dumps(replies), encoding="utf-8")
    where = ["--env", "virtual-phone", "--out", str(tmp_path / "run")]
    code = main(["run", "set an alarm for 7:30", *where, "--model", f"script:{script}", "--json"])
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (code, told["outcome"]) == (0, "verified")
    assert told["check"] == "alarms: as asked, and nothing else changed"


def test_a_virtual_phone_is_offered_and_devices_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["phone", "--port", "0", "--for-seconds", "0.1"]) == 0
    assert "adb connect 127.0.0.1:" in capsys.readouterr().out


def test_devices_connects_lists_and_says_what_is_wrong(
    handset: Handset, env: AndroidEnv, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(handset.server.address.port))
    assert main(["devices", "--connect", handset.phone.serial, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found == {"serial": handset.phone.serial, "state": "device", "model": "Virtual phone"}
    assert main(["devices", "--connect", "127.0.0.1:1"]) == 2
    assert main(["devices", "--pair", "127.0.0.1:1", "no-code"]) == 2


def test_what_a_phone_cannot_promise_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps([call(action="terminate", status="success")]))
    where = ["--env", "virtual-phone", "--size", "360x640"]
    told = ["--sites", "a.org", "--model", f"script:{script}"]
    assert main(["run", "set an alarm for 7:30", *where, *told]) == 2
    assert "--sites binds browsers" in capsys.readouterr().err
    assert main(["run", "make tea", *where]) == 2
    assert "no task of the virtual phone fits" in capsys.readouterr().err
    assert main(["run", "make tea", "--env", "android"]) == 2


def test_the_benchmark_plays_phone_tasks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    script = tmp_path / "script.json"
    script.write_text(json.dumps([call(action="terminate", status="success")] * 2))
    words = ["--tasks", "switch,timer", "--seeds", "1", "--out", str(tmp_path / "bench"), "--keep"]
    assert main(["bench", "phone", *words, "--model", f"script:{script}", "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["benchmark"] == "phone"
    rows = [json.loads(row) for row in (tmp_path / "bench" / "results.jsonl").open()][1:]
    assert [(row["kind"], row["outcome"]) for row in rows] == [
        ("switch", "not_done"), ("timer", "not_done"),
    ]  # fmt: skip
    assert len(list((tmp_path / "bench" / "runs").iterdir())) == 2
