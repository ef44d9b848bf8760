"""Runs that are killed, interrupted, or repeated leave what they should, and nothing else.

Small versions of `scripts/kills.py` and `scripts/soak.py`, which take any number.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).parent.parent / "scripts"
pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")


def figures(script: str, *words: str) -> dict[str, Any]:
    """What a script counts; it must be content."""
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / script), *words], capture_output=True, text=True, timeout=170
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("env", ["browser", "virtual-phone"])
def test_runs_that_are_killed_lose_nothing_and_are_gone_on_with(env: str) -> None:
    if env == "virtual-phone" and not (find_spec("adbutils") or shutil.which("adb")):
        pytest.skip("the android packages are not installed")
    found = figures("kills.py", "--kills", "4", "--env", env, "--within", "2", "--seed", "3")
    assert found["wrong"] == []
    assert set(found["fates"]) <= {"resumed", "not begun", "said why not"}
    assert found["fates"]["resumed"] >= 1


@pytest.mark.parametrize("env", ["browser", "desktop"])
def test_ctrl_c_at_any_instant_ends_with_17_and_lets_go_of_everything(env: str) -> None:
    if env == "desktop" and not (shutil.which("Xvfb") and shutil.which("openbox")):
        pytest.skip("no Xvfb or no openbox here (apt-get install xvfb openbox)")
    found = figures("kills.py", "--kills", "4", "--env", env, "--how", "interrupt", "--within", "2")
    assert found["fates"] == {"stopped": 4}
    assert found["left"] == []


def test_episodes_in_one_process_leave_nothing_behind() -> None:
    found = figures("soak.py", "--episodes", "24", "--every", "8")
    assert found["outcomes"] == {"verified": 24}
    for part in ("files", "threads", "processes", "temporary"):
        assert found["before"][part] == found["after"][part]
        now = [look[part] for look in found["on_the_way"].values()]
        assert now[-1] <= now[0], f"{part} grow"
