"""What the documents say is so: links, commands, options, paths, tables."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image as Picture

import qvl_agent
from qvl_agent.actions.types import Click, Finish, Point, Size
from qvl_agent.agent import record
from qvl_agent.agent.cli import main
from qvl_agent.agent.cli.bench import BENCHMARKS
from qvl_agent.agent.episode import EXIT_CODES, Deed, Episode, Ruling, Step
from qvl_agent.envs.base import Effect, Observation
from qvl_agent.model.advise import CHECKPOINTS, in_gb, memory_needed
from qvl_agent.model.base import Reply

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
COMMANDS = (
    "run", "resume", "show", "ground", "bench", "parse", "calibrate", "serve", "models", "doctor",
    "phone", "devices", "redteam",
)  # fmt: skip

RUN_HERE = {
    "qvl-agent show": "book a flight",
    "qvl-agent models": "Qwen2.5-VL-7B-Instruct",
}
"""Commands of the README that are run below, and what they must print; the others are for CI."""

FOREIGN = ("--max-model-len", "--mmproj", "--model-path", "--no-build-isolation", "--only")
"""Options of pip, of model servers that docs/serving.md tells how to start, and of benchmarks."""


def fenced(text: str, *languages: str) -> list[str]:
    """Lines of the fenced blocks in these languages, without prompts and comments."""
    blocks: list[str] = []
    for language in languages:
        blocks += re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = (line.removeprefix("$ ") for block in blocks for line in block.splitlines())
    return [re.sub(r"\s+#.*", "", line).strip() for line in lines]


def ours(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith(("qvl-agent", "make"))]


def ci_commands() -> set[str]:
    """What .ci/run calls through `step`."""
    text = (ROOT / ".ci" / "run").read_text("utf-8")
    steps = [line.removeprefix("step ") for line in text.splitlines() if line.startswith("step ")]
    return {re.sub("^(reported|answered) ", "", line).strip() for line in steps}


def qvl_agent_prints(arguments: list[str], folder: Path) -> str:
    """Standard output of a command that must succeed."""
    command = [sys.executable, "-m", "qvl_agent", *arguments]
    result = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture
def folder_with_a_run(tmp_path: Path) -> Path:
    """A working folder in which `qvl-agent run` has run once."""
    screen = BytesIO()
    Picture.new("RGB", (64, 48), "white").save(screen, "png")
    step = Step(1, Observation(screen.getvalue(), Size(64, 48)), Reply("I click, then finish."))
    step.actions = (Click(at=Point(x=5, y=6)), Finish(success=True))
    step.deeds = [Deed(step.actions[0], Ruling("allow"), Effect("changed"))]
    episode = Episode("book a flight", [step], "claimed", "the agent says it is done", "done")
    where = record.new_folder(episode.goal, datetime.now(UTC), tmp_path / "runs")
    kept = record.FolderRecord(where, record.Header(goal=episode.goal))
    kept.look(step)
    kept.intent(step)
    kept.deed(step, step.deeds[0])
    kept.step(step)
    kept.end(episode)
    return tmp_path


@pytest.mark.parametrize("command", sorted(set(ours(fenced(README, "sh", "console")))))
def test_every_command_of_the_readme_is_run(command: str) -> None:
    assert command in RUN_HERE or command in ci_commands(), "add it to .ci/run or to RUN_HERE"


@pytest.mark.parametrize("command", RUN_HERE)
def test_the_readme_command_works(command: str, folder_with_a_run: Path) -> None:
    assert command in ours(fenced(README, "sh", "console"))
    assert RUN_HERE[command] in qvl_agent_prints(command.split()[1:], folder_with_a_run)


def test_every_option_that_a_document_names_exists(capsys: pytest.CaptureFixture[str]) -> None:
    named = {
        option
        for document in DOCUMENTS
        if document.name != "CHANGELOG.md"
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", document.read_text("utf-8"))
    }
    known = {"--help", *FOREIGN}
    for command in [
        *([command] for command in COMMANDS),
        *(["bench", name] for name in BENCHMARKS),
    ]:
        with pytest.raises(SystemExit, match="0"):
            main([*command, "--help"])
        known |= set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out))
    assert named <= known


def test_help_lists_every_command_of_the_readme(tmp_path: Path) -> None:
    listed = qvl_agent_prints(["--help"], tmp_path)
    used = set(re.findall(r"(?:`|^)qvl-agent ([a-z]+)", README, re.MULTILINE))
    assert used == set(COMMANDS)
    assert all(re.search(rf"\b{command}\b", listed) for command in used)


def test_make_without_a_target_lists_the_targets_of_the_readme() -> None:
    result = subprocess.run(
        ["make", "-C", str(ROOT)], capture_output=True, text=True, timeout=30, check=True
    )
    targets = {line.split()[1] for line in fenced(README, "sh") if line.startswith("make ")}
    assert {"demo", "test", "check"} <= targets
    assert all(f"make {target} " in result.stdout for target in targets)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text("utf-8"))
    inside = [target for target in targets if "://" not in target]
    assert [target for target in inside if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    folders = "actions|agent|docs|envs|model|scripts|src|tasks|tests"
    named = re.findall(rf"`((?:{folders})/[\w/.-]*)`", document.read_text("utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", ["README.md", "docs/outcomes.md"])
def test_the_table_of_outcomes_is_the_one_in_the_code(document: str) -> None:
    rows = re.findall(r"^\| (`[a-z_`, ]+) \| (\d+) \|", (ROOT / document).read_text("utf-8"), re.M)
    table = {name: int(code) for names, code in rows for name in re.findall(r"`(\w+)`", names)}
    assert table == EXIT_CODES


def test_the_table_of_models_is_the_one_of_the_command() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([\d.]+ GB) \| `([^|]+)` \| ([^|]+) \|", README, re.M)
    assert rows == [
        (
            each.name.split("/")[-1],
            in_gb(memory_needed(each, "bfloat16")),
            each.dialect,
            each.expect,
        )
        for each in CHECKPOINTS
    ]


@pytest.mark.parametrize(
    "line",
    [
        record.Header,
        record.LookLine,
        record.IntentLine,
        record.DeedLine,
        record.StepLine,
        record.EndLine,
    ],
)
def test_the_record_is_documented_field_by_field(line: type[record.Header]) -> None:
    name = line.model_fields["line"].default
    text = (ROOT / "docs" / "record.md").read_text("utf-8")
    row = next(row for row in text.splitlines() if row.startswith(f"| `{name}` |"))
    fields = set(re.findall(r"`(\w+)`", row.split("|")[3]))
    assert fields == line.model_fields.keys() - {"line"}


def test_the_changelog_has_the_current_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"^## {re.escape(qvl_agent.__version__)}\b", changelog, re.MULTILINE)
