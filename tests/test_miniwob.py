"""MiniWoB++: its pages load, episodes can be repeated, and the page alone says the result."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from qvl_agent.actions.dialects.registry import by_name
from qvl_agent.actions.errors import EnvError, UserError
from qvl_agent.actions.types import Click, Point, Size
from qvl_agent.agent.cli import main, miniwob
from qvl_agent.agent.cli.arena import Arena
from qvl_agent.agent.cli.choose import Brain
from qvl_agent.agent.episode import Episode, judge
from qvl_agent.agent.loop import Limits, run_episode
from qvl_agent.envs.browser import BrowserEnv
from qvl_agent.model.scripted import ScriptedModel
from qvl_agent.tasks.benchmark import Case
from qvl_agent.tasks.miniwob import (
    FLIGHT,
    MOBILE,
    PROFILES,
    TASKS,
    TEST,
    TRAIN,
    MiniwobTask,
    Pages,
    page_folder,
    pages_of,
    start,
)
from qvl_agent.tasks.miniwob import pages as pages_module
from qvl_agent.tasks.miniwob.oracles import ORACLES, OraclePolicy
from qvl_agent.tasks.miniwob.oracles.sight import Sight
from qvl_agent.tasks.miniwob.oracles.sites import best
from qvl_agent.tasks.miniwob.task import LOOK

pytest.importorskip("playwright")
try:
    page_folder()
except UserError as missing:
    pytest.skip(str(missing), allow_module_level=True)

BGYM = PROFILES["mw-bgym"]
SEED = 1_000_000
HANDFUL = (
    "click-test", "enter-text", "drag-box", "scroll-text-2", "choose-list", "click-menu",
    "copy-paste", "highlight-text", "use-slider", "click-checkboxes", "drag-sort-numbers",
    "click-scroll-list",
)  # fmt: skip
"""One of each kind: click, type, drag, scroll, select, hover, keys, text selection, sliders."""


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    with Pages() as served:
        yield served


@pytest.fixture(scope="module")
def env() -> Iterator[BrowserEnv]:
    browser = BrowserEnv(size=BGYM.window, scale=BGYM.scale)
    yield browser
    browser.close()


def begun(
    env: BrowserEnv, pages: Pages, name: str, seed: int, profile: str = "mw-bgym"
) -> MiniwobTask:
    env.reset(pages.url(name))
    return start(env, name, seed, PROFILES[profile])


def test_the_lists_are_the_published_ones() -> None:
    assert (len(TASKS), len(TRAIN), len(TEST), len(MOBILE)) == (125, 62, 63, 92)
    assert len(set(TASKS)) == 125


def test_every_task_has_a_page_but_one_of_the_phones() -> None:
    assert pages_of(BGYM) == TASKS
    assert set(MOBILE) - set(pages_of(PROFILES["mw-mobile-proxy"])) == {"drag-item"}


def test_the_package_is_found_without_being_imported() -> None:
    page_folder()
    assert "miniwob" not in sys.modules


def test_a_missing_package_is_one_line_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(UserError, match=r"pip install 'qvl-agent\[miniwob\]'"):
        pages_module.page_folder()


def test_pages_outside_the_folder_are_not_served(pages: Pages) -> None:
    from urllib.error import HTTPError
    from urllib.request import urlopen

    root = pages.url("click-test").removesuffix("/miniwob/click-test.html")
    with pytest.raises(HTTPError, match="404"):
        urlopen(f"{root}/../__init__.py", timeout=10)


def test_the_same_seed_gives_the_same_task(env: BrowserEnv, pages: Pages) -> None:
    first, other, again = (begun(env, pages, "enter-text", seed).goal for seed in (1, 2, 1))
    assert first == again != other


def test_pictures_are_as_sharp_as_the_profile_says(env: BrowserEnv, pages: Pages) -> None:
    begun(env, pages, "click-test", SEED)
    assert env.observe().size == Size(332 * 3, 214 * 3)


def visible(env: BrowserEnv, css: str) -> bool:
    style = "css => { const s = getComputedStyle(document.querySelector(css));"
    return bool(env.ask(style + "return s.display !== 'none' && s.visibility !== 'hidden' }", css))


def test_the_instruction_is_text_or_in_the_picture_and_never_both(
    env: BrowserEnv, pages: Pages
) -> None:
    told = begun(env, pages, "enter-text", SEED)
    assert told.goal == told.utterance != LOOK
    assert not visible(env, "#query")
    assert not visible(env, "#reward-display")
    shown = begun(env, pages, "enter-text", SEED, "mw-mobile-proxy")
    assert (shown.goal, shown.utterance) == (LOOK, told.utterance)
    assert visible(env, "#query")


def test_an_accent_arrives_as_it_was_written(env: BrowserEnv, pages: Pages) -> None:
    goals = [begun(env, pages, "unicode-test", seed).goal for seed in range(3)]
    assert not any("Ã" in goal for goal in goals)


@pytest.mark.parametrize("name", FLIGHT)
def test_the_flight_pages_begin_too(name: str, pages: Pages) -> None:
    browser = BrowserEnv(size=(600, 800))
    try:
        assert "Departure City" in begun(browser, pages, name, SEED).goal
    finally:
        browser.close()


def test_only_the_first_end_counts(env: BrowserEnv, pages: Pages) -> None:
    task = begun(env, pages, "click-test-2", SEED)
    see = Sight(env, task.goal)
    assert task.over() == ""
    env.act(Click(at=see.on(see.one("#subbtn2"))))
    assert task.over()
    # The page now offers a new start; whoever takes it gets no second try.
    middle = Point(x=int(80 * env.factor), y=int(105 * env.factor))
    env.act(Click(at=middle))
    assert env.ask("() => WOB_DONE_GLOBAL")
    assert not task.check("I did it").done


def test_no_timer_ends_an_episode_where_there_is_none(env: BrowserEnv, pages: Pages) -> None:
    begun(env, pages, "click-test", SEED)
    assert env.ask("() => core.EPISODE_MAX_TIME") > 1e9
    begun(env, pages, "click-test", SEED, "mw-raw")
    assert env.ask("() => core.EPISODE_MAX_TIME") == 10_000


@pytest.mark.parametrize(
    ("profile", "raw", "scaled", "counts"),
    [("mw-bgym", 0.1, 0.1, True), ("mw-bgym", 0.0, 0.0, False), ("mw-bgym", -1.0, -1.0, False),
     ("mw-seeclick", 1.0, 0.79, False), ("mw-seeclick", 1.0, 0.81, True),
     ("mw-mobile-proxy", 0.5, 0.5, False), ("mw-mobile-proxy", 1.0, 0.2, True)],
)  # fmt: skip
def test_each_profile_has_its_own_rule(
    profile: str, raw: float, scaled: float, counts: bool
) -> None:
    assert PROFILES[profile].counts(raw, scaled) is counts


def test_long_tasks_get_more_steps_in_seeclicks_rules() -> None:
    assert PROFILES["mw-seeclick"].budget("choose-date") == 30
    assert PROFILES["mw-seeclick"].budget("click-test") == 10


def test_there_are_oracles_for_more_than_sixty_tasks() -> None:
    assert len(ORACLES) >= 60
    assert set(ORACLES) <= set(TASKS)


@pytest.mark.parametrize("name", HANDFUL)
def test_an_oracle_solves(name: str, env: BrowserEnv, pages: Pages) -> None:
    task = begun(env, pages, name, SEED + 7)
    episode = run_episode(
        task.goal, env, OraclePolicy(task, name), limits=Limits(60, 60.0), check=task.check,
        over=task.over,
    )  # fmt: skip
    assert (episode.outcome, episode.claim) == ("verified", None), episode.why


def test_noughts_and_crosses_are_won_or_stopped() -> None:
    assert best([1, 1, 0, -1, -1, 0, 0, 0, 0]) == 2
    assert best([1, 0, 0, -1, -1, 0, 0, 0, 1]) == 5
    assert best([0] * 9) == 4


def test_a_lost_browser_is_an_error_of_the_machine(pages: Pages) -> None:
    browser = BrowserEnv(size=BGYM.window, scale=BGYM.scale)
    try:
        task = begun(browser, pages, "click-test", SEED)
        os.kill(browser.pid, signal.SIGKILL)
        with pytest.raises(EnvError):
            task.over()
        episode = run_episode(
            task.goal, browser, OraclePolicy(task, "click-button"), check=task.check, over=task.over
        )
        assert (episode.outcome, episode.done) == ("env_lost", False)
    finally:
        browser.close()


def test_a_browser_that_crashes_is_replaced_for_the_next_episode(pages: Pages) -> None:
    parser = argparse.ArgumentParser(conflict_handler="resolve")
    miniwob.add(parser)
    args = parser.parse_args(["--oracle"])
    args.scale = BGYM.scale
    brain = Brain(ScriptedModel([], "oracle"), by_name("qwen2.5-vl"))
    with Arena(args, brain, BGYM.window) as arena:
        outcomes = [miniwob.play_one(arena, pages, BGYM, Case("click-test", SEED)).outcome]
        os.kill(arena.browser(pages.url("click-test")).pid, signal.SIGKILL)
        outcomes += [
            miniwob.play_one(arena, pages, BGYM, Case("click-test", SEED + n)).outcome
            for n in range(3)
        ]
    assert outcomes[0] == "verified"
    assert outcomes[-2:] == ["verified"] * 2


def test_a_task_that_ends_by_itself_is_judged_without_a_claim() -> None:
    ended = Episode("g", outcome="not_done", over=True)
    judge(ended, (True, "the page gave 1"))
    assert (ended.outcome, ended.claim, ended.why) == ("verified", None, "the page gave 1")
    given_up = Episode("g", outcome="not_done", claim="failed")
    judge(given_up, (True, "the page gave 1"))
    assert given_up.outcome == "not_done"


WORDS = ["bench", "miniwob", "--oracle", "--tasks", "click-test,focus-text", "--seeds", "2"]


def scored(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main([*WORDS, "--json", *words]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


def test_the_benchmark_names_its_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = scored(capsys, "--out", str(tmp_path), "--scale", "2")
    assert (found["benchmark"], found["profile"], found["n"]) == ("miniwob", "mw-bgym", 4)
    assert (found["score"], found["lost"], found["score_without_lost"]) == (1.0, 0, 1.0)
    assert str(found["model"]).startswith("oracle")
    assert found["protocol"] == {
        "window": "332x214", "scale": 2.0, "steps": 60, "success": "raw > 0",
        "time limit": "none", "instruction": "text",
    }  # fmt: skip


def test_a_benchmark_that_was_killed_gives_the_same_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = scored(capsys, "--out", str(tmp_path / "whole"))
    command = [sys.executable, "-m", "qvl_agent", *WORDS, "--out", str(tmp_path / "killed")]
    run = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    journal, late = tmp_path / "killed" / "results.jsonl", time.monotonic() + 60
    while time.monotonic() < late and not (
        journal.exists() and journal.read_bytes().count(b"\n") > 1
    ):
        time.sleep(0.05)
    run.send_signal(signal.SIGKILL)
    run.wait(10)
    again = scored(capsys, "--out", str(tmp_path / "killed"))
    untimed = ("tasks", "mean_seconds", "journal")
    assert {k: v for k, v in again.items() if k not in untimed} == {
        k: v for k, v in whole.items() if k not in untimed
    }


@pytest.mark.parametrize("words", [["--tasks", "chess"], ["--profile", "mw-chess"]])
def test_an_unknown_name_is_one_line_with_the_choices(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "miniwob", *words]) == 2
    assert "use " in capsys.readouterr().err


@pytest.mark.timeout(400)
def test_two_nodes_of_a_cluster_give_the_results_of_one_process(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster_utils = pytest.importorskip("ray.cluster_utils")
    assert main([*WORDS, "--out", str(tmp_path / "one"), "--json"]) == 0
    cluster = cluster_utils.Cluster()
    try:
        for _ in range(2):
            cluster.add_node(num_cpus=1, include_dashboard=False)
        where = ["--ray", "2", "--ray-address", cluster.address]
        assert main([*WORDS, "--out", str(tmp_path / "two"), "--json", *where]) == 0
    finally:
        cluster.shutdown()
    one, two = (
        json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")
    )
    shown = ("n", "score", "lost", "protocol")
    assert [one[name] for name in shown] == [two[name] for name in shown]
    lines = [sorted(played(tmp_path / name)) for name in ("one", "two")]
    assert lines[0] == lines[1]


def played(folder: Path) -> list[tuple[str, int, str]]:
    rows = [json.loads(row) for row in (folder / "results.jsonl").open()][1:]
    return [(row["kind"], row["seed"], row["outcome"]) for row in rows]
