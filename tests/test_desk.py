"""Tasks on a desktop of the agent's own: real programs, checked from the disk."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from qvl_agent.agent.cli import main
from qvl_agent.tasks.desk import Desk, from_goal, holds

NEEDED = ("Xvfb", "openbox", "mousepad", "xclip")
on_screen = pytest.mark.skipif(
    not all(map(shutil.which, NEEDED)), reason=f"one of {', '.join(NEEDED)} is not installed"
)
pytest.importorskip("Xlib", reason="the desktop packages are not installed")


def call(**arguments: Any) -> str:
    said = json.dumps({"name": "computer_use", "arguments": arguments}, ensure_ascii=False)
    return f"<tool_call>\n{said}\n</tool_call>"


DONE = call(action="terminate", status="success")
SAVE = call(action="key", keys=["ctrl", "s"])


def play(goal: str, replies: list[str], folder: Path, *more: str) -> int:
    script = folder / "script.json"
    script.write_text(json.dumps(replies), encoding="utf-8")
    where = ["--env", "desktop", "--virtual", "--out", str(folder / "run")]
    return main(["run", goal, *where, "--model", f"script:{script}", "--json", *more])


@on_screen
@pytest.mark.parametrize("text", ["Milk and bread", "Grüße, 你好 🙂"])
def test_a_real_editor_saves_a_real_file(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replies = [call(action="type", text=text), SAVE, DONE]
    code = play(f'write "{text}" into note.txt', replies, tmp_path)
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (code, told["outcome"], told["check"]) == (0, "verified", "note.txt holds the text")
    assert (tmp_path / "run" / "report.html").exists()


@on_screen
def test_what_was_not_saved_is_not_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replies = [call(action="type", text="Milk"), DONE]
    code = play('write "Milk" into note.txt', replies, tmp_path)
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (code, told["outcome"], told["check"]) == (11, "not_done", "note.txt is empty")
    assert told["false_claim"]


@on_screen
def test_a_text_is_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replies = [
        call(action="key", keys=["ctrl", "a"]),
        call(action="type", text="new words"), SAVE, DONE,
    ]  # fmt: skip
    assert play('replace "old" by "new words" in list.txt', replies, tmp_path) == 0


@on_screen
@pytest.mark.skipif(not shutil.which("xterm"), reason="xterm is not installed")
def test_a_terminal_makes_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replies = [
        call(action="type", text="mkdir holidays"),
        call(action="key", keys=["enter"]), DONE,
    ]  # fmt: skip
    assert play("make a folder called holidays", replies, tmp_path) == 0


@on_screen
def test_a_form_is_sent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tkinter", reason="python3-tk is not installed")
    replies = [
        call(action="type", text="Ana Ruiz"),
        call(action="key", keys=["tab"]), call(action="type", text="Lima"),
        call(action="key", keys=["tab"]), call(action="key", keys=["enter"]), DONE,
    ]  # fmt: skip
    assert play('register "Ana Ruiz" from "Lima"', replies, tmp_path) == 0


@on_screen
def test_a_dry_run_says_what_it_would_do_and_does_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replies = [call(action="type", text="Milk"), DONE]
    code = play('write "Milk" into note.txt', replies, tmp_path, "--dry-run")
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (code, told["outcome"], told["steps"]) == (14, "refused", 1)
    assert told["why"].startswith("dry run: it would type")


def test_goals_are_recognised_in_a_users_words() -> None:
    with Desk() as desk:
        for goal, kind in (
            ('Please write "a b" into x.txt', "desk-write"),
            ("type “a” in x.txt", "desk-write"),
            ('replace "a" with "b" in x.txt', "desk-replace"),
            ("Create a folder named new-one", "desk-folder"),
            ('register "Ana" from "Lima"', "desk-form"),
        ):
            if "txt" in goal and not shutil.which("mousepad"):
                continue
            if "folder" in goal and not shutil.which("xterm"):
                continue
            task = from_goal(desk, goal)
            assert task is not None
            assert task.id == kind
            assert not task.check("").done
        for other in ('write "a" into ../x.txt', "write a letter", "make a folder called a/b"):
            found = from_goal(desk, other)
            assert found is None or ".." not in " ".join(found.command)
        folder = desk.folder
    assert not folder.exists()


def test_a_file_is_compared_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("one\n")
    assert holds(file, "one").done
    assert not holds(file, "on").done
    assert not holds(file, "one two").done
