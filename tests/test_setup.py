"""What `make setup` looks at before it installs anything."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

PROJECT = """
[project]
name = "made-up"
dependencies = ["pytest>=8"]
[project.optional-dependencies]
elsewhere = ["no-such-thing; sys_platform == 'nowhere'", "hypothesis"]
old = ["pytest>=9999"]
absent = ["no-such-thing"]
both = ["made-up[old,absent]"]
"""


def missing(root: Path, *extras: str) -> list[str]:
    command = [sys.executable, str(root / "scripts" / "missing.py"), *extras]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return result.stdout.split()


def test_a_ready_machine_lacks_nothing() -> None:
    assert missing(ROOT, "all", "dev") == []


def test_what_is_absent_or_too_old_is_named_once(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "missing.py", tmp_path / "scripts")
    (tmp_path / "pyproject.toml").write_text(PROJECT, "utf-8")
    # The project itself is missing too: what is installed belongs to another folder.
    assert missing(tmp_path, "elsewhere") == ["qvl-agent"]
    assert missing(tmp_path, "both", "absent") == ["pytest", "no-such-thing", "qvl-agent"]
