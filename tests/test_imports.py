"""Importing does nothing: no heavy library, no print, no file, no setting touched."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("torch", "transformers", "tokenizers", "playwright", "pyautogui", "adbutils")
RECIPE = "qvl_agent.model.mini"
"""The training recipe may load torch; the command line may load nothing before it is asked to."""

MODULES = sorted(
    ".".join(["qvl_agent", *path.relative_to(ROOT).with_suffix("").parts])
    for folder in ("actions", "envs", "model", "agent", "tasks")
    for path in (ROOT / folder).rglob("*.py")
    if path.stem not in ("__init__", "__main__")
)
ENGINE = "qvl_agent.model.engine"
LIGHT = [module for module in MODULES if not module.startswith((RECIPE, ENGINE))]

PROBE = """
import importlib, json, logging, os, sys
environment = dict(os.environ)
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps({
    "loaded": sorted(name for name in sys.modules if "." not in name),
    "environment": dict(os.environ) == environment,
    "handlers": len(logging.getLogger().handlers),
}))
"""


def probe(modules: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Import modules in a new process that starts in an empty folder, its home too."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", PROBE, *modules],
        cwd=folder,
        env={**os.environ, "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


@pytest.mark.parametrize(
    "modules",
    [
        ["qvl_agent"],
        ["qvl_agent.agent.cli"],
        [RECIPE, f"{RECIPE}.checkpoint", ENGINE, *LIGHT],
    ],
    ids=["the package", "the command line", "every module outside the recipe and the engine"],
)
def test_importing_loads_nothing_heavy_and_touches_nothing(
    modules: list[str], tmp_path: Path
) -> None:
    result = probe(modules, tmp_path)
    (line,) = result.stdout.splitlines()
    found = json.loads(line)
    assert not [name for name in HEAVY if name in found["loaded"]]
    assert found["environment"]
    assert found["handlers"] == 0
    assert result.stderr == ""
    assert list(tmp_path.iterdir()) == []


def cpu_seconds(command: list[str]) -> float:
    """Processor time of a command: what it costs, whatever else the machine is doing."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_help_appears_at_once() -> None:
    command = [sys.executable, "-m", "qvl_agent", "--help"]
    assert min(cpu_seconds(command) for _ in range(3)) <= 0.4
