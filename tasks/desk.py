"""Practice tasks with real programs on a desktop, checked from the files they leave.

A goal in a user's own words is recognised where it is one of these; anything else has no check.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ..actions.errors import UserError
from ..envs.leftovers import own_folder
from .base import Verdict

EDITORS = (["mousepad", "--disable-server"], ["gedit", "--standalone"], ["kate"], ["featherpad"])
TERMINALS = (["xterm", "-fa", "Monospace", "-fs", "12"], ["x-terminal-emulator"])
_NAME = r"(?P<file>[\w-]{1,40}\.txt)"
_QUOTED = "[\"“'‘](?P<{}>.{{1,2000}}?)[\"”'’]"
_WRITE = re.compile(
    rf"(?:write|type|put) {_QUOTED.format('text')} (?:in|into|to) {_NAME}", re.I | re.S
)
_REPLACE = re.compile(
    rf"replace {_QUOTED.format('old')} (?:by|with) {_QUOTED.format('new')} in {_NAME}", re.I | re.S
)
_FOLDER = re.compile(r"(?:make|create) a folder (?:called|named) (?P<folder>[\w-]{1,40})", re.I)
_FORM = re.compile(
    rf"(?:register|sign up) {_QUOTED.format('person')} from {_QUOTED.format('city')}", re.I
)
FORM = """
import json, sys, tkinter
top = tkinter.Tk()
top.title("Registration")
fields = {}
for row, name in enumerate(("Name", "City")):
    tkinter.Label(top, text=name, font=("sans", 16)).grid(row=row, column=0, padx=12, pady=12)
    fields[name] = tkinter.Entry(top, font=("sans", 16), width=24)
    fields[name].grid(row=row, column=1, padx=12)
def send(event=None):
    found = {name.lower(): field.get() for name, field in fields.items()}
    open(sys.argv[1], "w", encoding="utf-8").write(json.dumps(found))
    top.destroy()
button = tkinter.Button(top, text="Register", font=("sans", 16), command=send)
button.grid(row=2, column=1, pady=12)
button.bind("<Return>", send)
fields["Name"].focus_force()
top.mainloop()
"""
"""A small form; it writes what was entered into the file it is given."""


@dataclass(frozen=True)
class DeskTask:
    """A task with the command that opens its program."""

    id: str
    goal: str
    command: list[str]
    verdict: Callable[[], Verdict]
    start_url: str = ""

    def check(self, answer: str) -> Verdict:
        """Whether it is done, from the disk."""
        return self.verdict()


class Desk:
    """A folder for the files of tasks, gone when it is closed."""

    def __init__(self) -> None:
        self._held = ExitStack()
        self.folder = Path(self._held.enter_context(own_folder("desk")))

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def write(self, file: str, text: str) -> DeskTask:
        """Write a text into an empty file that is open in an editor."""
        place = self.folder / file
        place.touch()
        goal = f'Write "{text}" into {file} and save it'
        return DeskTask("desk-write", goal, editing(place), lambda: holds(place, text))

    def replace(self, old: str, new: str, file: str) -> DeskTask:
        """Replace what stands in a file that is open in an editor."""
        place = self.folder / file
        place.write_text(f"{old}\n", encoding="utf-8")
        goal = f'Replace "{old}" by "{new}" in {file} and save it'
        return DeskTask("desk-replace", goal, editing(place), lambda: holds(place, new))

    def make_folder(self, name: str) -> DeskTask:
        """Make a folder in an open terminal."""
        place = self.folder / name
        shell = ["-e", "sh", "-c", 'cd "$1" && exec sh', "sh", str(self.folder)]
        command = [*first(TERMINALS, "a terminal", "xterm"), *shell]

        def made() -> Verdict:
            done = place.is_dir()
            return Verdict(done, f"the folder {name} is {'there' if done else 'not there'}")

        return DeskTask("desk-folder", f"Make a folder called {name}", command, made)

    def register(self, person: str, city: str) -> DeskTask:
        """Fill in a form."""
        place = self.folder / "registration.json"
        place.unlink(missing_ok=True)
        wanted = {"name": person, "city": city}

        def sent() -> Verdict:
            if not place.exists():
                return Verdict(False, "the form was not sent")
            found = json.loads(place.read_text("utf-8"))
            return Verdict(found == wanted, f"the form was sent with {found}")

        command = [sys.executable, "-c", FORM, str(place)]
        return DeskTask("desk-form", f'Register "{person}" from "{city}"', command, sent)


def from_goal(desk: Desk, text: str) -> DeskTask | None:
    """The task that a user's own words ask for; None when they are about something else."""
    if found := _WRITE.search(text):
        return desk.write(found["file"], found["text"])
    if found := _REPLACE.search(text):
        return desk.replace(found["old"], found["new"], found["file"])
    if found := _FOLDER.search(text):
        return desk.make_folder(found["folder"])
    if found := _FORM.search(text):
        return desk.register(found["person"], found["city"])
    return None


def editing(file: Path) -> list[str]:
    """The command that opens a file in the editor of this machine."""
    return [*first(EDITORS, "a text editor", "mousepad"), str(file)]


def first(commands: tuple[list[str], ...], what: str, package: str) -> list[str]:
    """The first command that is installed; UserError when none is."""
    found = next((command for command in commands if shutil.which(command[0])), None)
    if found is None:
        raise UserError(f"this task needs {what}; install one (Debian: apt-get install {package})")
    return found


def holds(file: Path, text: str) -> Verdict:
    """Whether a file holds a text; editors may end it with a line break."""
    found = file.read_text("utf-8", "replace").removesuffix("\n")
    if found == text.removesuffix("\n"):
        return Verdict(True, f"{file.name} holds the text")
    return Verdict(False, f"{file.name} holds {found[:60]!r}" if found else f"{file.name} is empty")
