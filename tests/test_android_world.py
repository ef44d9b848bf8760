"""AndroidWorld: what the phone is told, how episodes end, and what counts, on a fake phone."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from android_world_double import install
from android_world_tasks import COMPLEXITY, QUESTIONS
from qvl_agent.actions.dialects.registry import by_name
from qvl_agent.actions.errors import ActionError, EnvError, UserError
from qvl_agent.actions.types import (
    KINDS,
    Action,
    Answer,
    AskUser,
    Back,
    Click,
    Drag,
    Finish,
    GoTo,
    Home,
    Hover,
    LongPress,
    OpenApp,
    Point,
    Press,
    Recents,
    Scroll,
    Size,
    Type,
    Wait,
)
from qvl_agent.agent.cli import main
from qvl_agent.agent.cli.android_world import add, avd, ports
from qvl_agent.agent.policy import VisionPolicy
from qvl_agent.model.scripted import ScriptedModel
from qvl_agent.tasks.android_world import AndroidWorldAgent, Emulator, Phone, Suite, budget, play
from qvl_agent.tasks.android_world.orders import CAPABILITIES, Adb, Json, Pause, Text, orders
from qvl_agent.tasks.android_world.phone import png
from qvl_agent.tasks.benchmark import Journal, Setting, run_benchmark, tabulate

SCREEN = Size(1080, 2400)
AT = Point(x=100, y=200)


def swipe(*numbers: int) -> Adb:
    return Adb(("shell", "input", "swipe", *map(str, numbers)))


def keyevent(name: str) -> Adb:
    return Adb(("shell", "input", "keyevent", f"KEYCODE_{name}"))


ENTER = Json({"action_type": "keyboard_enter"})
ROWS: dict[str, tuple[Action, list[object]]] = {
    "a tap": (Click(at=AT), [Json({"action_type": "click", "x": 100, "y": 200})]),
    "a double tap": (
        Click(at=AT, count=2),
        [Json({"action_type": "double_tap", "x": 100, "y": 200})],
    ),
    "a long press holds one place": (LongPress(at=AT), [swipe(100, 200, 100, 200, 1000)]),
    "a drag goes through adb": (
        Drag(start=AT, end=Point(x=300, y=900), seconds=0.5),
        [swipe(100, 200, 300, 900, 500)],
    ),
    "to see what is below, the finger goes up": (
        Scroll(at=Point(x=540, y=1200), dy=600),
        [swipe(540, 1200, 540, 600, 500)],
    ),
    "to see what is above, the finger goes down": (
        Scroll(at=Point(x=540, y=1200), dy=-600),
        [swipe(540, 1200, 540, 1800, 500)],
    ),
    "to see what is on the right, the finger goes left": (
        Scroll(at=Point(x=540, y=1200), dx=300),
        [swipe(540, 1200, 240, 1200, 500)],
    ),
    "to see what is on the left, the finger goes right": (
        Scroll(dx=-3, unit="notch"),
        [swipe(540, 1200, 900, 1200, 500)],
    ),
    "a finger stays on the screen": (
        Scroll(at=AT, dy=9999),
        [swipe(100, 200, 100, 0, 500)],
    ),
    "text is written where the caret is, without enter": (Type(text="ab c"), [Text("ab c")]),
    "lines have enter between them alone": (Type(text="a\nb"), [Text("a"), ENTER, Text("b")]),
    "enter at the end is sent if it was asked for": (Type(text="a\n"), [Text("a"), ENTER]),
    "the enter key": (Press(keys=("enter",)), [ENTER]),
    "another key": (Press(keys=("backspace",)), [keyevent("DEL")]),
    "home": (Home(), [Json({"action_type": "navigate_home"})]),
    "back": (Back(), [Json({"action_type": "navigate_back"})]),
    "recents": (Recents(), [keyevent("APP_SWITCH")]),
    "an app": (OpenApp(name="Files"), [Json({"action_type": "open_app", "app_name": "Files"})]),
    "a pause": (Wait(seconds=2), [Pause(2.0)]),
    "an answer": (Answer(text="42"), [Json({"action_type": "answer", "text": "42"})]),
    "a question goes to nobody": (AskUser(text="which?"), []),
    "the end tells the phone nothing": (Finish(success=True), []),
}
IMPOSSIBLE: dict[str, Action] = {
    "a tap nowhere": Click(),
    "a right click": Click(at=AT, button="right"),
    "a triple tap": Click(at=AT, count=3),
    "a drag from nowhere": Drag(end=AT),
    "keys together": Press(keys=("ctrl", "a")),
    "a key that no phone has": Press(keys=("f5",)),
    "pointing": Hover(at=AT),
    "an address": GoTo(url="https://example.org"),
}


@pytest.mark.parametrize("row", ROWS)
def test_the_phone_is_told(row: str) -> None:
    action, told = ROWS[row]
    assert orders(action, SCREEN) == told


@pytest.mark.parametrize("row", IMPOSSIBLE)
def test_the_model_is_told_that_a_phone_cannot_do(row: str) -> None:
    with pytest.raises(ActionError):
        orders(IMPOSSIBLE[row], SCREEN)


def test_every_kind_of_action_has_a_row() -> None:
    every = [action for action, _ in ROWS.values()] + list(IMPOSSIBLE.values())
    assert {action.kind for action in every} == set(KINDS)
    assert {action.kind for action, _ in ROWS.values()} == CAPABILITIES.kinds


@dataclass
class FakeState:
    """What `get_state` gives."""

    pixels: Any


@dataclass
class FakeEnv:
    """The interface of upstream's `AsyncEnv`, without a phone."""

    told: list[str] = field(default_factory=list[str])
    interaction_cache: str = ""
    foreground_activity_name: str = "com.android.launcher"
    logical_screen_size: tuple[int, int] = (108, 240)
    controller: object = None
    breaks: int = 0
    """The look that fails, counted from one; 0: none."""
    looks: int = 0
    waited: bool = False
    """Whether the last look waited for the screen to come to rest."""
    orientation: int = 0
    pixels: Any = None

    def get_state(self, wait_to_stabilize: bool = False) -> FakeState:
        self.looks += 1
        self.waited = wait_to_stabilize
        if self.looks == self.breaks:
            raise ConnectionError("device offline")
        blank = np.full((240, 108, 3), self.looks % 256, np.uint8)
        return FakeState(blank if self.pixels is None else self.pixels)

    def reset(self, go_home: bool = False) -> None:
        self.interaction_cache = ""
        self.told.append(f"reset {go_home}")

    def hide_automation_ui(self) -> None:
        self.told.append("hide")


@dataclass
class FakeHand:
    """Writes down what it is told."""

    env: FakeEnv

    def json(self, fields: dict[str, str | int]) -> None:
        if fields["action_type"] == "answer":
            self.env.interaction_cache = str(fields["text"])
        self.env.told.append(str(fields["action_type"]))

    def adb(self, words: Sequence[str]) -> None:
        self.env.told.append(" ".join(words))

    def text(self, text: str) -> None:
        self.env.told.append(f"text {text}")


@dataclass
class FakeTask:
    """A task whose check reads what the phone was told."""

    name: str
    goal: str
    wants: str
    complexity: float = 1.0
    start_on_home_screen: bool = True
    cleaned: int = 0
    raises: str = ""

    def initialize_task(self, env: Any) -> None:
        if self.raises == "start":
            raise RuntimeError("no such app")

    def is_successful(self, env: Any) -> float:
        if self.raises == "check":
            raise ValueError("invalid literal for int() with base 10: '0.5'")
        return float(self.wants in [*env.told, env.interaction_cache])

    def tear_down(self, env: Any) -> None:
        self.cleaned += 1
        if self.raises == "tear down":
            raise TimeoutError("adb")


def call(**words: object) -> str:
    body = json.dumps({"name": "mobile_use", "arguments": words})
    return f"Thought: go on.\n<tool_call>\n{body}\n</tool_call>"


TAP = call(action="click", coordinate=[50, 60])
DONE = call(action="terminate", status="success")
ANSWER = call(action="answer", text="42")
GIVE_UP = call(action="terminate", status="failure")


def agent_on(env: FakeEnv, *replies: str) -> AndroidWorldAgent:
    policy = VisionPolicy(ScriptedModel(replies), by_name("qwen2.5-vl"))
    return AndroidWorldAgent(env, policy, phone=Phone(env, FakeHand(env)))


def test_a_task_is_done_when_the_check_and_the_agent_say_so() -> None:
    env, task = FakeEnv(), FakeTask("Tap", "Tap it", "click")
    episode = play(task, agent_on(env, TAP, DONE))
    assert (episode.outcome, episode.done, episode.claim) == ("verified", True, "done")
    assert env.told == ["reset True", "hide", "click"]
    assert task.cleaned == 1


@pytest.mark.parametrize(
    ("replies", "wants", "outcome"),
    [((TAP, DONE), "swipe", "not_done"), ((TAP, GIVE_UP), "click", "not_done"),
     ((TAP, *(call(action="wait", time=0),) * 9), "click", "budget")],
)  # fmt: skip
def test_neither_the_check_nor_the_claim_alone_is_enough(
    replies: tuple[str, ...], wants: str, outcome: str
) -> None:
    episode = play(FakeTask("Tap", "Tap it", wants), agent_on(FakeEnv(), *replies))
    assert episode.outcome == outcome


def test_an_answer_reaches_the_place_that_checks_read() -> None:
    env = FakeEnv()
    policy = VisionPolicy(ScriptedModel([ANSWER, DONE]), by_name("qwen3-vl"))
    agent = AndroidWorldAgent(env, policy, phone=Phone(env, FakeHand(env)))
    episode = play(FakeTask("Ask", "How many?", "42"), agent)
    assert (episode.outcome, env.interaction_cache) == ("verified", "42")


@pytest.mark.parametrize(
    "replies",
    [("Answer(content='42')", "Finished(content='I have found it.')"),
     ("CallUser(content='Which week?')", "Finished(content='42')"),
     ("CallUser(content='42')", "Finished(content='')")],
)  # fmt: skip
def test_an_answer_may_be_given_in_several_ways(replies: tuple[str, ...]) -> None:
    env = FakeEnv()
    model = ScriptedModel([f"<think></think><action>{reply}</action>" for reply in replies])
    policy = VisionPolicy(model, by_name("ui-venus-1.5"))
    agent = AndroidWorldAgent(env, policy, phone=Phone(env, FakeHand(env)))
    episode = play(FakeTask("Ask", "How many?", "42"), agent)
    assert (episode.outcome, env.interaction_cache) == ("verified", "42")


@pytest.mark.parametrize("raises", ["start", "check"])
def test_an_error_of_the_machine_loses_the_episode_and_still_cleans_up(raises: str) -> None:
    task = FakeTask("Tap", "Tap it", "click", raises=raises)
    episode = play(task, agent_on(FakeEnv(), TAP, DONE))
    assert (episode.outcome, task.cleaned) == ("env_lost", 1)


def test_a_phone_that_goes_away_loses_the_episode() -> None:
    task = FakeTask("Tap", "Tap it", "click")
    episode = play(task, agent_on(FakeEnv(breaks=2), TAP, DONE))
    assert (episode.outcome, task.cleaned) == ("env_lost", 1)
    assert "device offline" in episode.why


def test_a_failed_clean_up_does_not_change_the_verdict() -> None:
    task = FakeTask("Tap", "Tap it", "click", raises="tear down")
    episode = play(task, agent_on(FakeEnv(), TAP, DONE))
    assert episode.outcome == "verified"
    assert "clean up" in episode.why


def test_a_fraction_of_a_reward_is_no_success_and_no_error() -> None:
    task = FakeTask("MiniWobClickTest", "Follow", "click", raises="check")
    episode = play(task, agent_on(FakeEnv(), TAP, DONE))
    assert (episode.outcome, episode.done) == ("not_done", False)


def test_a_page_that_ends_by_itself_needs_no_claim() -> None:
    task = FakeTask("MiniWobClickTest", "Follow", "click")
    episode = play(task, agent_on(FakeEnv(), TAP), over=lambda env: True)
    assert (episode.outcome, episode.claim) == ("verified", None)


def test_a_page_that_ends_badly_is_not_done() -> None:
    task = FakeTask("MiniWobClickTest", "Follow", "swipe")
    episode = play(task, agent_on(FakeEnv(), TAP), over=lambda env: env.told[-1] == "click")
    assert (episode.outcome, len(episode.steps)) == ("not_done", 1)


def test_a_page_ends_with_a_fraction_of_a_reward() -> None:
    def over(env: Any) -> bool:
        raise ValueError("invalid literal for int() with base 10: '0.5'")

    task = FakeTask("MiniWobClickTest", "Follow", "click", raises="check")
    episode = play(task, agent_on(FakeEnv(), TAP), over=over)
    assert (episode.outcome, len(episode.steps)) == ("not_done", 1)


def test_a_page_that_cannot_be_asked_loses_the_episode() -> None:
    def over(env: Any) -> bool:
        raise ValueError("Could not extract reward; something went wrong.")

    task = FakeTask("MiniWobClickTest", "Follow", "click")
    assert play(task, agent_on(FakeEnv(), TAP), over=over).outcome == "env_lost"


@dataclass
class LateTask(FakeTask):
    """A web task, whose goal is read off the page."""

    page: str = ""

    def __post_init__(self) -> None:
        self.page, self.goal = self.goal, ""

    def initialize_task(self, env: Any) -> None:
        super().initialize_task(env)
        self.goal = self.page

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name == "goal" and not found:
            raise ValueError("MiniWoB task must be initialized")
        return found


def test_a_goal_may_be_known_only_once_the_task_is_set_up() -> None:
    episode = play(LateTask("MiniWobClickTest", "Click", "click"), agent_on(FakeEnv(), TAP, DONE))
    assert (episode.goal, episode.outcome) == ("Click", "verified")
    lost = play(LateTask("MiniWobClickTest", "Click", "", raises="start"), agent_on(FakeEnv()))
    assert (lost.goal, lost.outcome) == ("MiniWobClickTest", "env_lost")


def test_an_episode_says_how_long_it_took() -> None:
    agent = agent_on(FakeEnv(), call(action="wait", time=0.2), DONE)
    assert play(FakeTask("Wait", "Wait", "hide"), agent).seconds > 0.2


def test_a_look_waits_as_long_as_it_is_told() -> None:
    env = FakeEnv()
    agent = agent_on(env, TAP, DONE)
    agent.transition_pause = 0.1
    assert play(FakeTask("Tap", "Tap it", "click"), agent).seconds > 0.2
    assert (agent.transition_pause, env.waited) == (0.1, False)


@pytest.mark.parametrize("turns", [1, 3])
def test_a_phone_that_lies_on_its_side_is_seen_upright(turns: int) -> None:
    upright = np.zeros((108, 240, 3), np.uint8)
    upright[:54, :, 0] = 255
    glass = np.rot90(upright, -turns)
    env = FakeEnv(logical_screen_size=(240, 108), orientation=turns, pixels=glass)
    look = Phone(env, FakeHand(env)).observe()
    assert look.size == Size(240, 108)
    assert look.png == png(upright)


def test_the_budget_is_upstreams() -> None:
    assert budget(FakeTask("Tap", "g", "w", complexity=2.6)) == 26
    steps = [budget(FakeTask(name, "g", "w", complexity=n)) for name, n in COMPLEXITY.items()]
    assert (len(steps), sum(steps), max(steps), len(QUESTIONS)) == (116, 2349, 120, 25)


def test_a_spent_budget_ends_the_episode() -> None:
    looks = [call(action="click", coordinate=[n, 60]) for n in range(30)]
    episode = play(FakeTask("Tap", "Tap it", "click"), agent_on(FakeEnv(), *looks))
    assert (episode.outcome, len(episode.steps)) == ("budget", 10)


def test_a_run_that_was_ended_goes_on_where_it_was(tmp_path: Path) -> None:
    tasks = {name: [FakeTask(name, name, "click", n)] for name, n in COMPLEXITY.items()}
    suite = Suite(tasks)
    setting = Setting(benchmark="a", profile="p", model="m", dialect="d", version="1")
    journal = Journal(tmp_path, setting)
    seen: list[str] = []

    def one(case: Any) -> Any:
        seen.append(case.kind)
        return play(suite.task(case), agent_on(FakeEnv(), TAP, DONE))

    half = suite.cases()[:50]
    assert len(list(run_benchmark(half, one, journal))) == 50
    list(run_benchmark(suite.cases(), one, Journal(tmp_path, setting)))
    table = tabulate(journal.results())
    assert (table.total.n, table.total.verified, len(seen)) == (116, 116, 116)


@pytest.mark.skipif(bool(find_spec("android_world")), reason="AndroidWorld is installed")
def test_a_missing_package_is_one_line_with_the_cure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "android-world"]) == 2
    err = capsys.readouterr().err
    assert "android_world is not installed; clone" in err
    assert err.count("\n") == 1


def test_each_process_has_an_emulator_of_its_own() -> None:
    parser = argparse.ArgumentParser()
    add(parser)
    found = [ports(parser.parse_args(["--part", f"{i}/3"])) for i in (1, 2, 3)]
    assert found == [(5554, 8554), (5556, 8555), (5558, 8556)]


ADB = """#!/bin/sh
echo "adb $*" >> {log}
case "$*" in
  *"emu kill"*) rm -f {booted}; [ -f {pid} ] && kill "$(cat {pid})"; true ;;
  *) [ -f {booted} ] && echo 1 ;;
esac
"""
EMULATOR = """#!/bin/sh
echo "emulator $*" >> {log}
echo $$ > {pid}
touch {booted}
exec sleep 60
"""


def tools(folder: Path) -> tuple[str, str, Path]:
    """An adb and an emulator that only write down what they are told."""
    places = {name: folder / name for name in ("log", "booted", "pid")}
    for name, text in (("adb", ADB), ("emulator", EMULATOR)):
        (folder / name).write_text(text.format(**places))
        (folder / name).chmod(0o755)
    places["log"].touch()
    return str(folder / "adb"), str(folder / "emulator"), places["log"]


def test_an_emulator_that_is_not_well_is_started_and_given_back(tmp_path: Path) -> None:
    adb, program, log = tools(tmp_path)
    phone = Emulator(5556, 8555, "Pixel", adb, program, boot_seconds=20)
    assert not phone.healthy()
    phone.ready()
    assert phone.healthy()
    started = [line for line in log.read_text().splitlines() if line.startswith("emulator")]
    assert started == ["emulator -avd Pixel -port 5556 -grpc 8555 -no-snapshot -no-window"]
    phone.ready()
    assert log.read_text().count("emulator -avd") == 1, "what is well is left alone"
    phone.ready(cold=True)
    assert log.read_text().count("emulator -avd") == 2
    phone.close()
    assert not phone.healthy()


def test_somebody_elses_emulator_is_left_alone(tmp_path: Path) -> None:
    adb, program, log = tools(tmp_path)
    Emulator(5554, 8554, None, adb, program).ready(cold=True)
    assert log.read_text() == ""


def test_an_emulator_that_does_not_boot_is_a_lost_phone(tmp_path: Path) -> None:
    adb, program, _ = tools(tmp_path)
    Path(program).write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(EnvError, match="did not start"):
        Emulator(5554, 8554, "Pixel", adb, program, boot_seconds=20).ready()


def test_missing_tools_are_one_line_with_the_cure() -> None:
    with pytest.raises(UserError, match="give --adb"):
        Emulator(5554, 8554, "Pixel", "./no-adb").healthy()


def test_each_process_starts_the_device_at_its_place() -> None:
    parser = argparse.ArgumentParser()
    add(parser)
    words = ["--avd", "A,B", "--part"]
    assert [avd(parser.parse_args([*words, f"{i}/3"])) for i in (1, 2, 3)] == ["A", "B", None]


def run_with_upstream(folder: Path, *words: str) -> dict[str, Any]:
    """The command with a package of upstream's interface; what it prints for programs."""
    script = folder / "script.json"
    script.write_text(json.dumps([TAP, ANSWER, DONE] * 116))
    command = ["bench", "android-world", "--model", f"script:{script}", "--json", *words]
    here = [str(install(folder / "site")), str(Path(__file__).parent)]
    paths = os.pathsep.join([*here, os.environ.get("PYTHONPATH", "")])
    result = subprocess.run(
        [sys.executable, "-m", "qvl_agent", *command, "--dialect", "qwen3-vl"],
        env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, timeout=150,
        check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return {**found, "stderr": result.stderr.splitlines()}


def test_all_116_goals_step_through_the_agent_to_a_result_file(tmp_path: Path) -> None:
    found = run_with_upstream(tmp_path, "--out", str(tmp_path / "out"))
    assert (found["n"], found["score"], found["lost"]) == (116, 1.0, 0)
    assert (found["profile"], found["protocol"]["task seed"]) == ("aw-upstream", 30)
    lines = (tmp_path / "out" / "results.jsonl").read_text().splitlines()[1:]
    kept = {line["kind"]: line for line in map(json.loads, lines)}
    assert kept.keys() == COMPLEXITY.keys()
    assert {(line["outcome"], line["steps"]) for line in kept.values()} == {("verified", 3)}
    assert kept["OsmAndTrack"]["goal"] == "OsmAndTrack with number 30"


def test_an_emulator_that_is_not_there_is_counted_apart(tmp_path: Path) -> None:
    words = ["--tasks", "CameraTakePhoto,NotesIsTodo", "--out", str(tmp_path / "out")]
    found = run_with_upstream(tmp_path, *words, "--console-port", "9999")
    assert (found["n"], found["score"], found["lost"]) == (2, 0.0, 2)
    again = run_with_upstream(tmp_path, *words)
    assert (again["n"], again["score"], again["lost"]) == (2, 1.0, 0)


def test_a_web_task_has_a_late_goal_and_ends_by_itself(tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = run_with_upstream(tmp_path, "--family", "miniwob", "--out", str(out))
    assert (found["n"], found["score"], found["lost"]) == (1, 1.0, 0)
    kept = json.loads((out / "results.jsonl").read_text().splitlines()[1])
    assert (kept["goal"], kept["steps"], kept["claim"]) == ("Follow the instructions", 1, None)


def test_the_apps_are_installed_once(tmp_path: Path) -> None:
    found = run_with_upstream(tmp_path, "--setup", "--tasks", "CameraTakePhoto,NotesIsTodo")
    assert found["stderr"].count("setup") == 1
    assert found["stderr"].count("connect") == 0
