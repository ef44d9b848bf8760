"""The record: every instant leaves something that loads."""

from __future__ import annotations

import errno
import io
import os
import resource
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image

from qvl_agent.actions.errors import UserError
from qvl_agent.actions.types import Click, Finish, Point, Size
from qvl_agent.agent.cli import main
from qvl_agent.agent.episode import Deed, Episode, Ruling, Step
from qvl_agent.agent.record import (
    JOURNAL,
    FolderRecord,
    Header,
    load,
    new_folder,
    save_screen,
    without_secrets,
)
from qvl_agent.envs.base import Effect, Observation
from qvl_agent.model.base import Reply

KILLED_IN_MID_ACT = """
import sys, threading
from pathlib import Path
from qvl_agent.actions.dialects.registry import by_name
from qvl_agent.actions.types import KINDS, Capabilities, Size
from qvl_agent.agent.loop import run_episode
from qvl_agent.agent.policy import VisionPolicy
from qvl_agent.agent.record import FolderRecord, Header
from qvl_agent.envs.base import Effect, Observation
from qvl_agent.model.scripted import ScriptedModel

class Stuck:
    capabilities = Capabilities("browser", frozenset(KINDS))
    acts = 0
    def observe(self):
        return Observation(Path(sys.argv[2]).read_bytes(), Size(64, 48), where=str(self.acts))
    def act(self, action):
        self.acts += 1
        if self.acts == 3:
            threading.Event().wait()
        return Effect("changed")
    def close(self): ...

click = '{"name": "computer_use", "arguments": {"action": "left_click", "coordinate": [9, 9]}}'
policy = VisionPolicy(ScriptedModel([f"<tool_call>{click}</tool_call>"] * 9), by_name("qwen2.5-vl"))
record = FolderRecord(Path(sys.argv[1]), Header(goal="get stuck"))
run_episode("get stuck", Stuck(), policy, record=record)
"""


def png(shade: int = 0) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (shade, 10, 10)).save(out, "PNG")
    return out.getvalue()


def episode() -> Episode:
    """Two steps: one that did two things, and one that was refused."""
    first = Step(1, Observation(png(1), Size(64, 48), 2.0, "http://x/", ("a dialog",)))
    first.reply = Reply("said\n  “so” </script>", 10, 3, 4, {"decode": 0.5})
    first.thought, first.actions = "so", (Click(at=Point(x=1, y=2)), Finish(success=True))
    first.deeds = [
        Deed(first.actions[0], Ruling("allow", "go"), Effect("no_effect", "nothing there")),
        Deed(first.actions[1], error="it changed"),
    ]
    first.feedback, first.seconds, first.model_seconds = "told", {"act": 0.25}, 0.5
    second = Step(2, Observation(png(2), Size(64, 48)), Reply("?"), refusal="no call")
    second.seconds = {"settle": 0.125}
    return Episode(
        "a goal", [first, second], "not_done", "it is not so", "done", "42", False, "no", 3.5
    )


def write(folder: Path, run: Episode, end: bool = True) -> None:
    """Keep an episode as the loop does."""
    record = FolderRecord(folder, Header(goal=run.goal, seed=7, options={"url": "http://x/"}))
    for step in run.steps:
        record.look(step)
        record.intent(step)
        for deed in step.deeds:
            record.deed(step, deed)
        record.step(step)
    if end:
        record.end(run)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    write(tmp_path / "run", episode())
    run = load(tmp_path / "run")
    assert run.episode == episode()
    assert (run.header.seed, run.interrupted) == (7, False)
    assert load(tmp_path / "run" / JOURNAL).episode == episode()


def test_a_run_cut_at_any_byte_after_its_header_loads(tmp_path: Path) -> None:
    write(tmp_path / "run", episode())
    journal = tmp_path / "run" / JOURNAL
    whole = journal.read_bytes()
    steps = 0
    for cut in range(whole.index(b"\n") + 1, len(whole)):
        journal.write_bytes(whole[:cut])
        run = load(tmp_path / "run")
        assert run.interrupted
        assert len(run.episode.steps) >= steps
        steps = len(run.episode.steps)
    assert steps == 2


def wait_for(journal: Path, text: bytes, process: subprocess.Popen[bytes]) -> None:
    """Until the journal holds the text; a deadline instead of a fixed pause."""
    deadline = time.monotonic() + 60
    while not (journal.exists() and text in journal.read_bytes()):
        assert process.poll() is None, "it ended by itself"
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_run_killed_in_mid_act_leaves_a_record_that_show_opens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, screen = tmp_path / "run", tmp_path / "screen.png"
    screen.write_bytes(png())
    process = subprocess.Popen([sys.executable, "-c", KILLED_IN_MID_ACT, str(folder), str(screen)])
    try:
        wait_for(folder / JOURNAL, b'"line":"intent","step":3', process)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert main(["show", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "get stuck" in shown
    assert "interrupted" in shown
    assert main(["show", str(folder), "--html"]) == 0
    run = load(folder)
    assert [len(step.deeds) for step in run.episode.steps] == [1, 1, 0]
    assert run.episode.steps[2].actions, "the intent is kept before the act"


def test_the_intent_is_on_the_disk_before_the_act(tmp_path: Path) -> None:
    record = FolderRecord(tmp_path / "run", Header(goal="g"))
    step = episode().steps[0]
    record.look(step)
    record.intent(step)
    assert load(tmp_path / "run").episode.steps[0].actions == step.actions


def test_a_screen_seen_twice_is_kept_once(tmp_path: Path) -> None:
    (tmp_path / "screens").mkdir()
    names = {save_screen(tmp_path / "screens", png()) for _ in range(2)}
    assert [file.stem for file in (tmp_path / "screens").iterdir()] == list(names)


def test_a_folder_that_holds_a_run_is_not_written_over(tmp_path: Path) -> None:
    write(tmp_path / "run", episode())
    with pytest.raises(UserError, match="already holds a run"):
        FolderRecord(tmp_path / "run", Header(goal="another"))
    assert load(tmp_path / "run").header.goal == "a goal"


def test_a_place_that_cannot_be_written_is_refused_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="cannot write the record"):
        FolderRecord(tmp_path / "file" / "run", Header(goal="g"))


def test_a_disk_that_fills_up_is_named(tmp_path: Path) -> None:
    record = FolderRecord(tmp_path / "run", Header(goal="g"))
    step = episode().steps[0]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))
    try:
        with pytest.raises(UserError, match=os.strerror(errno.EFBIG)):
            record.look(step)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    write(tmp_path / "run", episode())
    journal = tmp_path / "run" / JOURNAL
    journal.write_bytes(journal.read_bytes().replace(b'"line":"look"', b'"line":"lock"', 1))
    with pytest.raises(UserError, match="line 2 is damaged"):
        load(tmp_path / "run")


def test_lines_in_an_order_that_no_run_writes_are_named(tmp_path: Path) -> None:
    write(tmp_path / "run", episode())
    journal = tmp_path / "run" / JOURNAL
    header, _, *rest = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([header, *rest]))
    with pytest.raises(UserError, match="out of order"):
        load(tmp_path / "run")


@pytest.mark.parametrize("content", [b"", b"{}\n", b'{"line":"header"', b"\xff\n"])
def test_a_file_that_is_no_run_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / JOURNAL).write_bytes(content)
    with pytest.raises(UserError) as refusal:
        load(tmp_path)
    assert "\n" not in str(refusal.value)


def test_a_newer_format_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_text('{"line":"header","goal":"g","format":99}\n')
    with pytest.raises(UserError, match="format 99"):
        load(tmp_path)


def test_a_lost_screenshot_does_not_hide_the_rest(tmp_path: Path) -> None:
    write(tmp_path / "run", episode())
    for file in (tmp_path / "run" / "screens").iterdir():
        file.unlink()
    assert [step.look.png for step in load(tmp_path / "run").episode.steps] == [b"", b""]


def test_a_record_cannot_name_a_file_outside_its_folder(tmp_path: Path) -> None:
    write(tmp_path / "run", episode())
    (tmp_path / "secret.png").write_bytes(b"secret")
    journal = tmp_path / "run" / JOURNAL
    name = (tmp_path / "run" / "screens").iterdir().__next__().stem
    journal.write_text(journal.read_text().replace(name, "../../secret"))
    assert b"secret" not in [step.look.png for step in load(tmp_path / "run").episode.steps]


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://me:pw@example.org/a@b", "https://example.org/a@b"),
        ("https://example.org?q=a@b", "https://example.org?q=a@b"),
        ("https://example.org/?q=a@b", "https://example.org/?q=a@b"),
        ("about:blank", "about:blank"),
        ("com.app/.Main", "com.app/.Main"),
    ],
)
def test_addresses_are_kept_without_passwords(url: str, kept: str) -> None:
    assert without_secrets(url) == kept


def test_folders_are_named_by_time_and_goal_and_never_twice(tmp_path: Path) -> None:
    now = datetime(2026, 3, 14, 9, 26, 53)
    first = new_folder("Book a flight, à Ürümqi / now!", now, tmp_path)
    assert first.name == "20260314-092653-book-a-flight-r-mqi-now"
    first.mkdir()
    assert new_folder("Book a flight, à Ürümqi / now!", now, tmp_path).name == f"{first.name}-2"
    assert new_folder("…", now, tmp_path).name == "20260314-092653-run"
