"""The style gate finds what it is for, and this repository passes it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

BREACHES = {
    "a long function": (
        "agent/x.py",
        "def f() -> None:\n" + "    g()\n" * 60,
        "agent/x.py:1 f has 61 lines",
    ),
    "a long file": ("agent/x.py", "x = 1\n" * 300, "agent/x.py has 300 lines of code"),
    "an error swallowed": (
        "envs/x.py",
        "try:\n    x = 1\nexcept Exception:\n    pass\n",
        "envs/x.py:3 swallows every error",
    ),
    "an error suppressed": (
        "envs/x.py",
        "with contextlib.suppress(ValueError, Exception):\n    x = 1\n",
        "envs/x.py:1 swallows every error",
    ),
    "a bare handler in a tuple": (
        "envs/x.py",
        "try:\n    x = 1\nexcept (OSError, BaseException):\n    x = 2\n",
        "broad handlers per 1,000 lines",
    ),
    "a parameter without a type": (
        "model/x.py",
        "def f(self, a: int, *b, c=1) -> None: ...\n",
        "model/x.py:1 parameter `b` has no type",
    ),
    "an empty name": ("tasks/x.py", "class RunManager: ...\n", "`RunManager` says nothing"),
    "an empty file name": ("tasks/utils.py", "x = 1\n", "tasks/utils.py says nothing"),
    "unfinished business": ("tasks/x.py", "# TO" + "DO later\n", "unfinished business"),
    "a path of one machine": ("docs/x.md", "see /ho" + "me/anna/x\n", "a path of one machine"),
    "a registry host": ("docs/x.md", "from pypi" + ".org\n", "a registry host"),
    "a numbered ticket": ("docs/x.md", "see issue" + " #3\n", "only its author"),
    "an import upwards": (
        "model/x.py",
        "from ..agent.loop import run\n",
        "model/x.py:1 model must not import agent",
    ),
    "an import upwards from a sub-package": (
        "actions/dialects/x.py",
        "def f() -> None:\n    from ...envs import base\n",
        "actions must not import envs",
    ),
    "an import of the command line": (
        "tasks/x.py",
        "from ..agent.cli import main\n",
        "nobody imports the command line",
    ),
    "an import by absolute name": (
        "envs/x.py",
        "import qvl_agent.tasks.base\n",
        "envs must not import tasks",
    ),
    "a heavy import": ("model/x.py", "import torch.nn\n", "loads torch when imported"),
    "a heavy import in a class": (
        "envs/x.py",
        "class A:\n    from playwright.sync_api import Page\n",
        "loads playwright when imported",
    ),
    "a heavy import in a try": (
        "envs/x.py",
        "try:\n    x = 1\nexcept OSError:\n    import adbutils\n",
        "loads adbutils when imported",
    ),
    "a fixed sleep": ("envs/x.py", "time.sleep(1)\n", "sleeps instead of waiting"),
    "a fixed wait": ("envs/x.py", "page.wait_for_timeout(100)\n", "sleeps instead of waiting"),
}

ALLOWED = {
    "tasks/x.py": "from ..envs.base import Env\nfrom ..agent.loop import run\nimport time\n",
    "agent/cli/x.py": "from ...tasks.base import Task\nfrom .y import z\n",
    "model/x.py": "if TYPE_CHECKING:\n    import torch\ndef f() -> None:\n    import torch\n",
    "envs/x.py": "page.wait_for_timeout(seconds * 1000)\n",
    "tests/test_x.py": "def test_f() -> None:\n" + "    g()\n" * 60,
    "docs/x.md": "the to-do app; a service; https://example.org/work/list\n",
}


def gate(root: Path, files: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the gate over a tree of these files, beside one clean function that has a length."""
    for name, text in {"actions/clean.py": "def f() -> None: ...\n" * 20, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return run_gate(root)


def run_gate(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "style.py"), str(root)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", BREACHES)
def test_the_gate_reports(name: str, tmp_path: Path) -> None:
    path, text, finding = BREACHES[name]
    result = gate(tmp_path, {path: text})
    assert finding in result.stdout
    assert result.returncode == 1


def test_the_gate_lets_the_rest_pass(tmp_path: Path) -> None:
    result = gate(tmp_path, ALLOWED)
    assert "nothing to report" in result.stdout
    assert result.returncode == 0


def test_this_repository_passes_the_gate() -> None:
    result = run_gate(ROOT)
    assert result.returncode == 0, result.stdout
