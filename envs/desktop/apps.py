"""Programs by the names that people see: desktop entries, macOS bundles, the start menu.

Source: the Desktop Entry Specification of freedesktop.org. What a model says only chooses an entry;
it is never part of a command.
"""

from __future__ import annotations

import configparser
import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from ...actions.errors import ActionError

_LEFT_OUT = ("%f", "%F", "%u", "%U", "%i", "%c", "%k", "%d", "%D", "%n", "%N", "%v", "%m")
_ENTRY = "Desktop Entry"


def installed(folders: Iterable[Path] | None = None) -> dict[str, list[str]]:
    """Commands of the programs with a desktop entry, by their names in every language."""
    found: dict[str, list[str]] = {}
    for folder in folders or entry_folders():
        for file in sorted(folder.glob("**/*.desktop")):
            for name, command in read_entry(file).items():
                found.setdefault(name, command)
    return found


def entry_folders() -> list[Path]:
    """Where desktop entries lie, the user's own first."""
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return [Path(folder) / "applications" for folder in (home, *shared.split(":")) if folder]


def read_entry(file: Path) -> dict[str, list[str]]:
    """An entry's command by each of its names; nothing for entries that no menu shows."""
    parser = configparser.RawConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # pyright: ignore[reportAttributeAccessIssue]  # as its manual says
    try:
        parser.read(file, encoding="utf-8")
        entry: Mapping[str, str] = parser[_ENTRY]
        command = [word for word in shlex.split(entry.get("Exec", "")) if word not in _LEFT_OUT]
    except (configparser.Error, KeyError, ValueError, OSError):
        return {}
    hidden = "true" in (entry.get("NoDisplay"), entry.get("Hidden"))
    if hidden or not command or entry.get("Type", "Application") != "Application":
        return {}
    if entry.get("Terminal") == "true":
        command = ["x-terminal-emulator", "-e", *command]
    return {value: command for key, value in entry.items() if key.partition("[")[0] == "Name"}


def find(name: str, found: Mapping[str, list[str]]) -> list[str]:
    """The command of the program with this name; ActionError with the nearest ones."""
    folded = {known.casefold(): command for known, command in found.items()}
    wanted = name.strip().casefold()
    if wanted in folded:
        return folded[wanted]
    starting = [known for known in folded if wanted and wanted in known.split()]
    if len({tuple(folded[known]) for known in starting}) == 1:
        return folded[starting[0]]
    near = get_close_matches(wanted, folded, 3, 0.5) or sorted(starting)[:3]
    said = f"; the nearest are {', '.join(near)}" if near else ""
    raise ActionError(f"no program is called {name[:60]!r}{said}")


class Opener:
    """Starts programs on one display, and ends those it started."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self.started: list[subprocess.Popen[bytes]] = []

    def open(self, name: str) -> None:
        """Start a program by its name; ActionError when there is none, or it does not start."""
        if sys.platform == "darwin":
            self.macos(name)
        elif sys.platform == "win32":
            self.start(find(name, start_menu()))
        else:
            self.start(find(name, installed()))

    def macos(self, name: str) -> None:
        """`open -a` resolves the bundle itself."""
        done = subprocess.run(["open", "-a", name], capture_output=True, timeout=20, check=False)
        if done.returncode:
            raise ActionError(f"no program is called {name[:60]!r}")

    def start(self, command: list[str]) -> None:
        """Start a command of ours, never a model's."""
        try:
            self.started.append(
                subprocess.Popen(
                    command, env=self.environment, stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
                )
            )  # fmt: skip
        except OSError as error:
            raise ActionError(f"{command[0]} cannot be started ({error.strerror})") from error

    def close(self) -> None:
        """End what was started here and still runs."""
        for program in self.started:
            if program.poll() is None:
                program.terminate()
        for program in self.started:
            try:
                program.wait(timeout=2)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait(timeout=2)
        self.started.clear()


def start_menu() -> dict[str, list[str]]:
    """Shortcuts of the Windows start menu, opened through Explorer."""
    roots = [os.environ.get("APPDATA"), os.environ.get("PROGRAMDATA")]
    menus = [Path(root) / "Microsoft/Windows/Start Menu/Programs" for root in roots if root]
    links = [link for menu in menus for link in menu.glob("**/*.lnk")]
    return {link.stem: ["explorer.exe", str(link)] for link in links}
