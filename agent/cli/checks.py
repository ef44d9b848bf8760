"""What a machine has and lacks; each check says cause and cure, and none takes long."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ...actions.errors import UserError
from .versions import version


class Finding(NamedTuple):
    """One thing that was looked at."""

    name: str
    ok: bool
    cause: str
    """What is so."""
    cure: str = ""
    """What to do about it; empty when all is well."""
    essential: bool = True
    """Whether the bundled run needs it."""


NEEDED = {"torch": "model", "transformers": "model", "tokenizers": "model", "safetensors": "model",
          "playwright": "browser", "pydantic": "all", "pillow": "all", "numpy": "all"}  # fmt: skip
"""Packages, and the extra that brings each."""


def python() -> Finding:
    """The interpreter."""
    here = ".".join(str(n) for n in sys.version_info[:3])
    return Finding("python", sys.version_info >= (3, 11), here, "use Python 3.11 or newer")


def packages() -> Finding:
    """Everything that a bundled run imports."""
    found = {name: version(name) for name in NEEDED}
    missing = [name for name, number in found.items() if not number]
    if missing:
        extras = ",".join(sorted({NEEDED[name] for name in missing}))
        cause = f"{', '.join(missing)} not installed"
        return Finding("packages", False, cause, f"pip install 'qvl-agent[{extras}]'")
    return Finding("packages", True, ", ".join(f"{name} {n}" for name, n in found.items()))


def model_folder() -> Finding:
    """The bundled checkpoints."""
    from ...model.mini import FOLDERS, checkpoint_path

    wanted = ("config.json", "model.safetensors", "tokenizer.json")
    files = [checkpoint_path(name) / file for name in FOLDERS for file in wanted]
    missing = [f"{file.parent.name}/{file.name}" for file in files if not file.is_file()]
    if missing:
        cause = f"of the bundled checkpoints, {', '.join(missing)} is missing"
        return Finding("model", False, cause, "install qvl-agent again, or name a --model")
    return Finding("model", True, f"{' and '.join(FOLDERS)} in {files[0].parent.parent}")


def memory() -> Finding:
    """What is free, and what fits into it."""
    from ...model.advise import best_fit, free_memory

    free = free_memory()
    cure = "close something; qvl-mini needs half a gigabyte"
    return Finding("memory", free.usable >= 2**29, f"{free}; {best_fit(free)}", cure)


def folder() -> Finding:
    """Whether runs can be kept here."""
    here = Path.cwd()
    room = shutil.disk_usage(here).free
    can = os.access(here, os.W_OK) and room > 100 * 2**20
    cause = f"{here} {'can' if can else 'cannot'} keep runs, {room / 2**30:.1f} GB free"
    return Finding("folder", can, cause, "change to a folder of yours with 100 MB free")


def display() -> Finding:
    """Only for --headed."""
    shown = sys.platform in ("darwin", "win32") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    cause = "there is one" if shown else "there is none: browsers run unseen"
    return Finding("display", shown, cause, "for --headed, log in to a desktop", essential=False)


def adb() -> Finding:
    """Only for phones."""
    from ...envs.android.server import adb as find

    try:
        tool = find()
    except UserError:
        cure = "for Android phones, pip install 'qvl-agent[android]'"
        return Finding("adb", False, "not installed", cure, essential=False)
    try:
        done = subprocess.run(
            [tool, "devices"], capture_output=True, text=True, timeout=15, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        cause = f"{tool} does not answer ({type(error).__name__})"
        return Finding("adb", False, cause, "run `adb kill-server`", essential=False)
    phones = [row.split()[0] for row in done.stdout.splitlines()[1:] if row.endswith("device")]
    if not phones:
        cure = "for Android phones, plug one in and allow debugging on it"
        return Finding("adb", False, "no phone is connected", cure, essential=False)
    plain = [phone for phone in phones if not has_keyboard(tool, phone)]
    if plain:
        cause = f"{', '.join(phones)}; only ASCII can be typed on {', '.join(plain)}"
        cure = "adb install ADBKeyboard.apk (github.com/senzhk/ADBKeyBoard)"
        return Finding("adb", False, cause, cure, essential=False)
    return Finding("adb", True, ", ".join(phones), essential=False)


def has_keyboard(tool: str, phone: str) -> bool:
    """Whether a phone has the keyboard that types any script."""
    from ...envs.android.keyboard import ADB_KEYBOARD

    try:
        done = subprocess.run(
            [tool, "-s", phone, "shell", "ime", "list", "-a", "-s"],
            capture_output=True, text=True, timeout=15, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ADB_KEYBOARD in done.stdout.split()


CHECKS: tuple[Callable[[], Finding], ...] = (
    python,
    packages,
    model_folder,
    memory,
    folder,
    display,
    adb,
)
