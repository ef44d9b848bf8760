"""`qvl-agent run` with a real browser: from the goal to the report, and what is left behind."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image as Picture

from qvl_agent.actions.dialects.qwen25vl import Qwen25VL
from qvl_agent.actions.messages import Image, Message
from qvl_agent.actions.types import Action, Click, Finish, Point, Press, Size, Type
from qvl_agent.agent.cli import main
from qvl_agent.agent.loop import Limits, run_episode
from qvl_agent.agent.policy import VisionPolicy
from qvl_agent.agent.record import FolderRecord, Header, load
from qvl_agent.agent.report import write_report
from qvl_agent.envs.browser import BrowserEnv
from qvl_agent.model.scripted import ScriptedModel
from qvl_agent.tasks.practice import PracticeTask, Site, eval_seed
from qvl_agent.tasks.practice.oracle import Move, page_state

CALL = '<tool_call>\n{"name": "computer_use", "arguments": %s}\n</tool_call>'
CLICK = CALL % '{"action": "left_click", "coordinate": [200, 8]}'
DONE = CALL % '{"action": "terminate", "status": "success"}'
LONG_WAIT = CALL % '{"action": "wait", "time": 30}'
MARK = "QVL_AGENT_TEST"


def knowing(task: PracticeTask, env: BrowserEnv) -> Callable[[Sequence[Message]], str]:
    """A model that knows the task from inside, and still says everything in its dialect."""
    dialect = Qwen25VL()
    last = ""

    def reply(messages: Sequence[Message]) -> str:
        nonlocal last
        (image,) = [p for m in messages for p in m.parts if isinstance(p, Image)]
        move = task.oracle(page_state(env.page), last)
        last = move.thought
        return dialect.format_reply(move.thought, act(move), image, env.capabilities)

    def act(move: Move) -> Action:
        kind = move.kind
        if kind == "click":
            box = env.page.locator(f"#{move.target}").bounding_box()
            assert box is not None
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            return Click(at=Point(x=int(x), y=int(y)))
        if kind == "type":
            return Type(text=move.text)
        return Press(keys=move.keys) if kind == "press" else Finish(success=True)

    return reply


@pytest.mark.parametrize("kind", ["flights", "login", "mail-send"])
def test_a_task_that_is_really_done_is_verified_and_its_report_written(
    kind: str, tmp_path: Path
) -> None:
    with Site() as site:
        task = site.task(kind, eval_seed(0))
        env = BrowserEnv(task.start_url, size=Size(448, 336))
        try:
            episode = run_episode(
                task.goal,
                env,
                VisionPolicy(ScriptedModel(knowing(task, env)), Qwen25VL()),
                limits=Limits(steps=40),
                record=FolderRecord(tmp_path / "run", Header(goal=task.goal)),
                check=task.check,
            )
        finally:
            env.close()
    assert (episode.outcome, episode.claim, episode.done) == ("verified", "done", True)
    report = write_report(load(tmp_path / "run"), tmp_path / "report.html")
    assert report.read_text("utf-8").count("<section ") == len(episode.steps)


def script(folder: Path, *replies: str) -> str:
    """A --model that says these things."""
    file = folder / "script.json"
    file.write_text(json.dumps(replies))
    return f"script:{file}"


def test_a_false_claim_ends_as_not_done_and_says_so_to_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", "book a flight", "--json", "--model", script(tmp_path, CLICK, DONE)]
    assert main([*words, "--seed", "7", "--accept-claimed", "--out", str(tmp_path / "run")]) == 11
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (said["outcome"], said["claim"], said["done"]) == ("not_done", "done", False)
    assert said["false_claim"]
    assert (said["steps"], said["task"], said["seed"]) == (2, "flights-7", 7)
    assert {"settle", "capture", "render", "model", "parse", "act", "record"} <= set(said["phases"])
    assert 0 < said["overhead_per_step"] < said["seconds"]
    assert Path(said["report"]).is_file()


def test_an_address_that_does_not_open_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["run", "look", "--url", "http://127.0.0.1:9/", "--yes", "--out", str(tmp_path / "run")]
    assert main([*words, "--model", script(tmp_path, DONE)]) == 2
    assert "did not open" in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "run").exists()


def of_this_run(mark: str) -> list[int]:
    """Processes that inherited the mark: the run, and every browser process it started."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
    return found


def until(what: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something is so; a deadline in place of a fixed pause."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "a polite end"])
def test_an_interrupted_run_ends_with_17_and_leaves_no_browser(
    how: signal.Signals, tmp_path: Path
) -> None:
    mark, folder = uuid.uuid4().hex, tmp_path / "run"
    process = subprocess.Popen(
        [sys.executable, "-m", "qvl_agent", "run", "book a flight", "--out", str(folder),
         "--model", script(tmp_path, LONG_WAIT)],
        env={**os.environ, MARK: mark}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    journal = folder / "run.jsonl"
    try:
        until(lambda: journal.exists() and b'"line":"intent"' in journal.read_bytes())
        assert len(of_this_run(mark)) > 2, "the browser is there"
        os.killpg(process.pid, how)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 17
    # Playwright reports an interrupt that meets one of its listeners; ours must not end in one.
    assert not err.rstrip().endswith("KeyboardInterrupt")
    until(lambda: of_this_run(mark) == [], 10)
    assert load(folder).episode.outcome == "stopped"


def test_the_benchmark_prints_its_score_for_programs_and_goes_on_when_stopped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, out = script(tmp_path, CLICK, DONE, DONE), tmp_path / "out"
    words = ["bench", "practice", "--tasks", "login,todo-add", "--model", model, "--out", str(out)]
    assert main([*words, "--seeds", "1", "--json", "--keep"]) == 0
    first = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (first["benchmark"], first["n"], first["score"]) == ("practice", 2, 0.0)
    assert (first["verified_rate"], first["false_claim_rate"]) == (0.0, 1.0)
    assert set(first["tasks"]) == {"login", "todo-add"}
    kept = sorted(folder.name for folder in (out / "runs").iterdir())
    assert kept == [f"login-{eval_seed(0)}", f"todo-add-{eval_seed(0)}"]
    assert len(load(out / "runs" / kept[0]).episode.steps) == 2
    assert main([*words, "--seeds", "2"]) == 0
    assert len((out / "results.jsonl").read_text().splitlines()) == 5
    assert "login" in capsys.readouterr().out


def test_benchmark_processes_share_one_journal(tmp_path: Path) -> None:
    model, out = script(tmp_path, DONE), tmp_path / "out"
    words = ["bench", "practice", "--tasks", "login,todo-add", "--model", model, "--out", str(out)]
    assert main([*words, "--seeds", "1", "--jobs", "2"]) == 0
    assert len((out / "results.jsonl").read_text().splitlines()) == 3


def test_with_ask_nothing_is_done_without_a_yes(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "qvl_agent", "run", "book a flight", "--ask", "--json",
         "--out", str(tmp_path / "run"), "--model", script(tmp_path, CLICK, CLICK, DONE)],
        stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, text=True,
    )  # fmt: skip
    os.write(ours, b"no, not that\nq\n")
    out, _ = process.communicate(timeout=60)
    shown = os.read(ours, 1 << 16).decode()
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 14
    assert json.loads(out.splitlines()[-1])["outcome"] == "refused"
    assert "click (200, 8)?" in shown
    episode = load(tmp_path / "run").episode
    deeds = [deed for step in episode.steps for deed in step.deeds]
    assert [deed.ruling and deed.ruling.note for deed in deeds][0] == "no, not that"
    assert all(deed.effect is None for deed in deeds), "nothing was carried out"


def test_ground_marks_the_point_in_a_copy_of_the_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "page.jpg"
    Picture.new("RGB", (420, 280), "white").save(picture)
    before = picture.read_bytes()
    words = ["ground", str(picture), "the button", "--json", "--model", script(tmp_path, CLICK)]
    assert main(words) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["x"], said["y"]) == (200, 8)
    with Picture.open(said["marked"]) as marked:
        assert marked.size == (420, 280)
        assert marked.getpixel((200, 8 + 7)) != (255, 255, 255)
    assert picture.read_bytes() == before


def test_ground_says_when_the_answer_is_no_point(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "page.png"
    Picture.new("RGB", (420, 280), "white").save(picture)
    assert main(["ground", str(picture), "it", "--model", script(tmp_path, "over there")]) == 15
    assert "is no point" in capsys.readouterr().err
    assert sorted(file.name for file in tmp_path.iterdir()) == ["page.png", "script.json"]


@pytest.mark.parametrize(
    ("at", "hit"),
    [
        ([(105, 100), (305, 100), (105, 220), (305, 220)], True),
        ([(105, 100), (305, 100), (20, 20), (20, 20)], True),
        ([(105, 100), (20, 20), (20, 20), (20, 20)], False),
    ],
)
def test_doctor_says_whether_the_model_points_at_what_it_is_asked_for(
    at: list[tuple[int, int]], hit: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clicks = [CALL % f'{{"action": "left_click", "coordinate": [{x}, {y}]}}' for x, y in at]
    code = main(["doctor", "--json", "--model", script(tmp_path, *clicks)])
    said = json.loads(capsys.readouterr().out)
    found = {check["name"]: check for check in said["checks"]}
    assert found["sight"]["ok"] is hit
    assert found["browser"]["ok"]
    assert said["ok"] == (code == 0)
    assert code == (0 if all(c["ok"] or not c["essential"] for c in said["checks"]) else 1)
    assert all(check["cause"] for check in said["checks"])
    assert all(check["cure"] for check in said["checks"] if not check["ok"])
