"""The command line: bad input is one line, and nothing is loaded before it is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from qvl_agent.actions.dialects.registry import for_checkpoint
from qvl_agent.actions.types import Click, Point, Size, Type
from qvl_agent.agent.approve import ask_person
from qvl_agent.agent.cli import COMMANDS, main
from qvl_agent.agent.cli.bench import cases_of, part
from qvl_agent.agent.describe import describe
from qvl_agent.agent.episode import Ruling
from qvl_agent.envs.base import Observation
from qvl_agent.tasks.practice import KINDS

SEEN = Observation(b"", Size(10, 10))
CLICK = Click(at=Point(x=1, y=2))


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, which also holds a picture and a text."""
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (40, 30)).save(tmp_path / "page.png")
    (tmp_path / "text.txt").write_text("no picture")
    return tmp_path


BAD_INPUT = {
    "an unknown command": ["fly"],
    "an unknown option": ["run", "book a flight", "--fly"],
    "no goal": ["run"],
    "no size": ["run", "book a flight", "--size", "big"],
    "a size of no pixels": ["run", "book a flight", "--size", "0x0"],
    "no number": ["run", "book a flight", "--max-steps", "-1"],
    "an unknown screen": ["run", "book a flight", "--env", "toaster"],
    "a page without a model": ["run", "read the news", "--url", "https://example.org"],
    "a goal that fits nothing here": ["run", "prove the Riemann hypothesis"],
    "nobody to ask": ["run", "book a flight", "--ask"],
    "an unknown dialect": ["run", "book a flight", "--dialect", "klingon"],
    "a model that is not there": ["run", "book a flight", "--model", "./nowhere"],
    "no runs": ["show"],
    "a folder without a run": ["show", "."],
    "an unknown benchmark": ["bench", "chess"],
    "an unknown task": ["bench", "practice", "--tasks", "chess"],
    "a picture that is not there": ["ground", "nowhere.png", "x"],
    "a picture that is none": ["ground", "text.txt", "x"],
}


@pytest.mark.parametrize("words", BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_is_one_line_with_cause_and_cure(
    words: list[str], elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(elsewhere.iterdir())
    assert main(words) == 2
    out, err = capsys.readouterr()
    (line,) = [line for line in err.splitlines() if line.startswith("qvl-agent: ")]
    assert err.splitlines()[-1] == line
    assert any(mark in line for mark in (";", ":", "Known"))
    assert out == ""
    assert sorted(elsewhere.iterdir()) == before, "nothing is left behind"


def test_without_a_command_the_help_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    shown = capsys.readouterr().out
    assert all(command in shown for command in COMMANDS)


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    import qvl_agent

    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"qvl-agent {qvl_agent.__version__}\n"


@pytest.mark.parametrize("words", [["--help"], *([command, "--help"] for command in COMMANDS)])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    heavy = ("torch", "transformers", "playwright", "pyautogui", "adbutils", "numpy", "PIL", "rich")
    code = (
        "import sys\nfrom qvl_agent.agent.cli import main\n"
        f"try:\n    main({words!r})\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_models_table_is_for_people_and_for_programs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["models"]) == 0
    assert "Qwen/Qwen2.5-VL-7B-Instruct" in capsys.readouterr().out
    assert main(["models", "--json"]) == 0
    models = json.loads(capsys.readouterr().out)
    assert {row["name"] for row in models} >= {"qvl-mini", "Qwen/Qwen2.5-VL-72B-Instruct"}
    assert {row["family"] for row in models} >= {"Qwen2.5-VL", "Qwen3-VL", "UI-TARS", "Holo"}
    for row in models:
        assert row["memory"]["bfloat16"] < row["memory"]["float32"]
        assert row["max_pixels"] >= 1280 * 28 * 28
        assert row["dialect"] == for_checkpoint(row["name"], {}).name
    live = {row["dialect"]: row["history"] for row in models}
    assert (live["qwen2.5-vl"], live["qwen3-vl"], live["ui-tars-1.5"], live["gta1"]) == (1, 8, 5, 0)


@pytest.mark.parametrize("words", [["models"], ["models", "--json"], ["--version"]])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_into_a_closed_pipe_is_no_error(
    words: list[str], unbuffered: str, elsewhere: Path
) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "qvl_agent", *words],
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered}, stdout=write,
        stderr=subprocess.PIPE, text=True, timeout=60, check=False,
    )  # fmt: skip
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


def test_evaluation_seeds_of_every_kind_are_played_seed_by_seed() -> None:
    from qvl_agent.tasks.practice import KINDS, eval_seed

    cases = cases_of(KINDS, None, 2)
    assert [case.kind for case in cases] == [*KINDS, *KINDS]
    assert {case.seed for case in cases} == {eval_seed(0), eval_seed(1)}


def test_an_app_stands_for_all_its_tasks() -> None:
    assert {case.kind for case in cases_of(KINDS, "mail,flights,mail-open", 1)} == {
        "mail-open", "mail-send", "mail-delete", "flights",
    }  # fmt: skip
    assert len(cases_of(KINDS, "mail,mail-open", 1)) == 3


def test_parts_share_out_all_cases() -> None:
    cases = cases_of(KINDS, None, 3)
    parts = [part(cases, f"{i}/3") for i in (1, 2, 3)]
    assert sorted(case for share in parts for case in share) == sorted(cases)


def answers(*lines: str) -> Callable[[str], str]:
    """A person who says these things, one after the other."""
    said = iter(lines)
    return lambda question: next(said)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [("y", "allow"), ("YES ", "allow"), ("n", "refuse"), ("", "refuse"), ("q", "stop"),
     ("a", "allow"), ("maybe", "refuse")],
)  # fmt: skip
def test_only_a_clear_yes_is_a_yes(answer: str, verdict: str) -> None:
    assert ask_person(answers(answer), describe)(CLICK, SEEN).verdict == verdict


def test_all_is_asked_once_and_no_more() -> None:
    approve = ask_person(answers("n", "a"), describe)
    rulings = [approve(CLICK, SEEN), *(approve(Type(text="x"), SEEN) for _ in range(3))]
    assert [ruling.verdict for ruling in rulings] == ["refuse", "allow", "allow", "allow"]


def test_the_reason_for_a_no_is_told() -> None:
    assert ask_person(answers("not that one"), describe)(CLICK, SEEN) == Ruling(
        "refuse", "not that one"
    )


def test_what_is_asked_names_the_action() -> None:
    asked: list[str] = []

    def person(question: str) -> str:
        asked.append(question)
        return "y"

    ask_person(person, describe)(CLICK, SEEN)
    assert "click (1, 2)" in asked[0]


def test_a_page_cannot_steer_the_terminal() -> None:
    line = describe(Type(text="a\x1b[2Jb\r\nc\u202ed"))
    assert line.isprintable()
    assert "\x1b" not in line
