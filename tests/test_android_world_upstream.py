"""AndroidWorld's own code against ours, where it is installed; the phone alone is a double."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from android_world_double import MODULES
from android_world_tasks import COMPLEXITY, QUESTIONS
from qvl_agent.actions.dialects.registry import by_name
from qvl_agent.agent.policy import VisionPolicy
from qvl_agent.model.scripted import ScriptedModel
from qvl_agent.tasks.android_world import (
    AndroidWorldAgent,
    Phone,
    Suite,
    budget,
    connect,
    play,
    suite,
    terminated,
)
from qvl_agent.tasks.android_world.orders import Adb, Json, Text
from qvl_agent.tasks.benchmark import Journal, Setting, run_benchmark, tabulate
from test_android_world import ANSWER, DONE, ROWS, TAP

pytest.importorskip("android_world.registry", reason="AndroidWorld is not installed")


def upstream(name: str) -> Any:
    return import_module(f"android_world.{name}")


FRAME = "logicalFrame=[0, 0, 1080, 2400]"


@dataclass
class Controller:
    """A phone at the level of adb calls, with what upstream's `AsyncAndroidEnv` asks for."""

    told: list[str] = field(default_factory=list[str])
    output: str = FRAME
    looks: int = 0

    @property
    def env(self) -> Controller:
        return self

    def reset(self) -> Any:
        return self.step(None)

    def step(self, action: Any) -> Any:
        self.looks += 1
        pixels = np.full((240, 108, 3), self.looks % 256, np.uint8)
        seen: dict[str, Any] = {"pixels": pixels, "forest": None, "ui_elements": []}
        time_step = import_module("dm_env").TimeStep
        return time_step(None, 0.0, 1.0, seen)

    def execute_adb_call(self, request: Any) -> Any:
        kind = request.WhichOneof("command")
        words = getattr(request, kind)
        told = " ".join(words.args) if kind == "generic" else " ".join(str(words).split())
        self.told.append(f"{kind} {told}".strip())
        adb = import_module("android_env.proto.adb_pb2")
        answer = adb.AdbResponse(status=adb.AdbResponse.Status.OK)
        answer.generic.output = self.output.encode()
        return answer

    def close(self) -> None:
        self.told.append("closed")


def phone(controller: Controller | None = None) -> Any:
    return upstream("env.interface").AsyncAndroidEnv(controller or Controller())


def agent_on(env: Any, *replies: str) -> AndroidWorldAgent:
    agent = AndroidWorldAgent(env, VisionPolicy(ScriptedModel(replies), by_name("qwen3-vl")))
    agent.transition_pause = 0.0
    return agent


@dataclass
class Bare:
    """A real task without its set-up and check, which need the apps."""

    task: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.task, name)

    def initialize_task(self, env: Any) -> None:
        env.interaction_cache = ""

    def is_successful(self, env: Any) -> float:
        if self.task.name in QUESTIONS:
            return float(env.interaction_cache == "42")
        return float(any(told.startswith("tap ") for told in env.controller.told))

    def tear_down(self, env: Any) -> None:
        env.controller.told.clear()


def test_the_table_of_tasks_is_upstreams() -> None:
    tasks = suite("android_world", 1, 30, None, None).tasks
    retrieval = upstream("task_evals.information_retrieval.information_retrieval")
    asks = retrieval.InformationRetrieval
    assert {name: found[0].complexity for name, found in tasks.items()} == COMPLEXITY
    assert {name for name, found in tasks.items() if isinstance(found[0], asks)} == QUESTIONS
    assert all(found[0].start_on_home_screen for found in tasks.values())
    allowed = upstream("suite_utils")._allocate_step_budget
    assert all(budget(found[0]) == allowed(found[0].complexity) for found in tasks.values())


def test_upstreams_116_goals_step_through_the_agent_to_a_result_file(tmp_path: Path) -> None:
    real = suite("android_world", 1, 30, None, None)
    tasks: Any = {name: [Bare(found[0])] for name, found in real.tasks.items()}
    bare = Suite(tasks)
    journal = Journal(
        tmp_path, Setting(benchmark="a", profile="p", model="m", dialect="d", version="1")
    )
    env = phone()

    def one(case: Any) -> Any:
        return play(bare.task(case), agent_on(env, TAP, ANSWER, DONE))

    goals = {found.kind: found.goal for found in run_benchmark(bare.cases(), one, journal)}
    assert goals == {name: found[0].goal for name, found in real.tasks.items()}
    assert len(set(goals.values())) > 100
    total = tabulate(journal.results()).total
    assert (total.n, total.verified, total.lost) == (116, 116, 0)


def test_upstreams_own_runner_plays_our_agent() -> None:
    agent = agent_on(phone(), TAP, ANSWER, DONE)
    found = upstream("episode_runner").run_episode("How many?", agent, 10, True)
    assert (found.done, found.step_data["step_number"]) == (True, [0, 1, 2])
    assert agent.env.interaction_cache == "42"


FILES = "com.google.android.documentsui/com.android.documentsui.files.FilesActivity"
OVERLAY = "shell am broadcast -a com.example.ACTION_UPDATE_OVERLAY"
CALLS: dict[object, list[str]] = {
    "click": ["tap x: 100 y: 200"],
    "double_tap": ["tap x: 100 y: 200"] * 2,
    "keyboard_enter": ["press_button button: ENTER"],
    "navigate_home": ["press_button"],
    "navigate_back": ["press_button button: BACK"],
    "open_app": [f'start_activity full_activity: "{FILES}"'],
    "answer": [f'generic {OVERLAY} --es task_type_string "Agent answered:" --es goal_string "42"'],
    "ab c": ['input_text text: "ab"', 'input_text text: "%s"', 'input_text text: "c"'],
    "a": ['input_text text: "a"'],
    "b": ['input_text text: "b"'],
}


def calls(order: object) -> list[str]:
    """What upstream makes of an order, in calls to adb."""
    match order:
        case Adb():
            return ["generic " + " ".join(order.words)]
        case Text():
            return CALLS[order.text]
        case Json():
            return CALLS[order.fields["action_type"]]
        case _:
            return []


@pytest.mark.parametrize("row", [row for row, (action, _) in ROWS.items() if action.kind != "wait"])
def test_upstream_carries_out(row: str) -> None:
    controller = Controller()
    action, orders = ROWS[row]
    Phone(phone(controller)).act(action)
    told = [line for line in controller.told if "dumpsys" not in line]
    assert told == [call for order in orders for call in calls(order)]


def test_the_connection_is_made_as_upstream_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def controller(*where: object) -> Controller:
        asked.extend(where)
        return Controller()

    monkeypatch.setattr(upstream("env.android_world_controller"), "get_controller", controller)
    env = connect(5556, 8555, "adb")
    assert asked == [5556, "adb", 8555]
    assert env.get_state().pixels.shape == (240, 108, 3)


@pytest.mark.parametrize(("reward", "over"), [("", False), ("0", False), ("1", True), ("-1", True)])
def test_a_page_ends_when_upstream_says_so(reward: str, over: bool) -> None:
    ended = terminated("miniwob")
    output = f'Broadcast completed: result=-1, data="{reward}"'
    assert ended is not None
    assert ended(phone(Controller(output=output))) is over


class Page(Controller):
    """A phone with a web task on it, which a tap solves."""

    def execute_adb_call(self, request: Any) -> Any:
        tapped = any(told.startswith("tap ") for told in self.told)
        words = " ".join(request.generic.args)
        says = "Click it" if "UTTERANCE" in words else "1" if tapped and "REWARD" in words else ""
        told = f'Broadcast completed: result=-1, data="{says}"'
        self.output = told if "broadcast" in words else FRAME
        return super().execute_adb_call(request)


def test_a_web_task_is_set_up_played_and_checked_as_upstream_does() -> None:
    tasks = suite("miniwob", 1, 30, ["click-test"], None)
    episode = play(
        tasks.task(tasks.cases()[0]), agent_on(phone(Page()), TAP), terminated("miniwob")
    )
    assert episode.goal.endswith("Click it")
    assert (episode.outcome, len(episode.steps), episode.claim) == ("verified", 1, None)


def signature(found: Any) -> list[str]:
    return list(inspect.signature(found).parameters)


SAME = {
    "env.json_action": ["JSONAction"],
    "env.adb_utils": ["issue_generic_request", "type_text"],
    "env.env_launcher": ["load_and_setup_env"],
    "suite_utils": ["create_suite"],
    "task_evals.miniwob.miniwob_base": ["is_episode_terminated"],
}


@pytest.mark.parametrize("module", SAME)
def test_the_double_has_upstreams_signatures(module: str) -> None:
    double = loaded(module)
    for name in SAME[module]:
        real = signature(getattr(upstream(module), name))
        assert sorted(signature(double[name])) == sorted(real), name


def test_the_doubles_phone_has_upstreams_interface() -> None:
    double: type = loaded("env.env_launcher")["AsyncEnv"]
    real = upstream("env.interface").AsyncEnv
    for name, found in vars(double).items():
        if name.startswith("_"):
            continue
        assert hasattr(real, name), name
        if callable(found):
            assert signature(found) == signature(getattr(real, name)), name


def loaded(module: str) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": module}
    exec(MODULES[module.replace(".", "/") + ".py"], names)
    return names
