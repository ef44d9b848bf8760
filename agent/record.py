"""A run on disk: `run.jsonl`, append-only, and `screens/<sha256>.png`.

One JSON object per line, told apart by `line`: `header` first, then per step `look`, `intent`
(before acting), one `deed` per action (after it), `step` (feedback and times), and `end`. Every
line is flushed to the disk before the run goes on, so a run that is killed at any instant still
loads: what is missing is what had not happened yet. Replies are kept word for word. Environment
variables, keys and the user part of addresses are never written.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated, Literal, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ..actions.errors import UserError
from ..actions.types import Action, Size
from ..envs.base import Observation
from ..model.base import Reply
from .episode import Deed, Episode, Outcome, Step

FORMAT = 1
JOURNAL = "run.jsonl"


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)


class Header(_Line):
    """What was run, with what; written once, first."""

    line: Literal["header"] = "header"
    format: int = FORMAT
    goal: str
    model: str = ""
    dialect: str = ""
    env: str = ""
    task: str = ""
    seed: int | None = None
    started: str = ""
    """ISO 8601, local time with offset."""
    versions: dict[str, str] = {}
    options: dict[str, str | int | float | bool | None] = {}


class LookLine(_Line):
    """What was seen; the picture is `screens/<screen>.png`."""

    line: Literal["look"] = "look"
    step: int
    screen: str
    size: Size
    scale: float = 1.0
    where: str = ""
    events: tuple[str, ...] = ()


class IntentLine(_Line):
    """What the model said and what is about to be done."""

    line: Literal["intent"] = "intent"
    step: int
    reply: Reply
    thought: str = ""
    actions: tuple[Action, ...] = ()
    refusal: str = ""


class DeedLine(_Line):
    """What came of one action."""

    line: Literal["deed"] = "deed"
    step: int
    deed: Deed


class StepLine(_Line):
    """The step is over."""

    line: Literal["step"] = "step"
    step: int
    feedback: str = ""
    note: str = ""
    seconds: dict[str, float] = {}
    model_seconds: float = 0.0


class EndLine(_Line):
    """How the run ended; absent when it was killed."""

    line: Literal["end"] = "end"
    outcome: Outcome
    why: str = ""
    claim: Literal["done", "failed"] | None = None
    answer: str = ""
    done: bool | None = None
    check_why: str = ""
    seconds: float = 0.0


Line = Annotated[
    Header | LookLine | IntentLine | DeedLine | StepLine | EndLine, Field(discriminator="line")
]
LINE: TypeAdapter[Line] = TypeAdapter(Line)


class Record(Protocol):
    """Where the loop keeps what happens, as it happens."""

    def look(self, step: Step) -> None:
        """Keep what was seen."""
        ...

    def intent(self, step: Step) -> None:
        """Keep what is about to be done, before it is."""
        ...

    def deed(self, step: Step, deed: Deed) -> None:
        """Keep what came of one action."""
        ...

    def step(self, step: Step) -> None:
        """Keep the rest of a finished step."""
        ...

    def end(self, episode: Episode) -> None:
        """Keep how the run ended."""
        ...


class NoRecord:
    """Keeps nothing."""

    def look(self, step: Step) -> None: ...
    def intent(self, step: Step) -> None: ...
    def deed(self, step: Step, deed: Deed) -> None: ...
    def step(self, step: Step) -> None: ...
    def end(self, episode: Episode) -> None: ...


class FolderRecord:
    """Writes a run into a folder; UserError when the folder cannot take it.

    Without a header it goes on with the run that is there.
    """

    def __init__(self, folder: Path, header: Header | None) -> None:
        self.folder = folder
        if header is None:
            self._file = _go_on(folder / JOURNAL)
        else:
            self._file = _claim(folder)
            self._write(header)

    def look(self, step: Step) -> None:
        """Keep the screenshot once under its hash, and what else was seen."""
        look = step.look
        screen = save_screen(self.folder / "screens", look.png)
        self._write(
            LookLine(
                step=step.index,
                screen=screen,
                size=look.size,
                scale=look.scale,
                where=without_secrets(look.where),
                events=look.events,
            )
        )

    def intent(self, step: Step) -> None:
        """Keep the reply word for word."""
        if step.reply is None:
            return
        self._write(
            IntentLine(
                step=step.index,
                reply=step.reply,
                thought=step.thought,
                actions=step.actions,
                refusal=step.refusal,
            )
        )

    def deed(self, step: Step, deed: Deed) -> None:
        """Keep one outcome."""
        self._write(DeedLine(step=step.index, deed=deed))

    def step(self, step: Step) -> None:
        """Keep feedback and times."""
        self._write(
            StepLine(
                step=step.index,
                feedback=step.feedback,
                note=step.note,
                seconds=step.seconds,
                model_seconds=step.model_seconds,
            )
        )

    def end(self, episode: Episode) -> None:
        """Keep the outcome and close the file."""
        self._write(
            EndLine(
                outcome=episode.outcome or "stopped",
                why=episode.why,
                claim=episode.claim,
                answer=episode.answer,
                done=episode.done,
                check_why=episode.check_why,
                seconds=episode.seconds,
            )
        )
        self._file.close()

    def _write(self, line: BaseModel) -> None:
        try:
            self._file.write(line.model_dump_json().encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise UserError(_unwritable(self.folder, error)) from error


def _go_on(journal: Path) -> IO[bytes]:
    """A journal to write at the end of, without the half line that a kill may have left."""
    try:
        whole = journal.read_bytes()
        with journal.open("r+b") as file:
            file.truncate(whole.rfind(b"\n") + 1)
        return journal.open("ab")
    except OSError as error:
        raise UserError(_unwritable(journal.parent, error)) from error


class Run(NamedTuple):
    """A run read back from its folder."""

    folder: Path
    header: Header
    episode: Episode
    interrupted: bool
    """Whether it was killed before it could say how it ended."""


def load(folder: Path) -> Run:
    """Read a run, finished or killed; UserError when the folder holds none."""
    folder = folder.parent if folder.name == JOURNAL else folder
    journal = folder / JOURNAL
    if not journal.is_file():
        raise UserError(f"no run in {folder}; give a folder that holds {JOURNAL}")
    lines = iter(_lines(journal))
    header = next(lines, None)
    if not isinstance(header, Header):
        raise UserError(f"{journal} has no header; the run was killed before it began")
    if header.format > FORMAT:
        raise UserError(f"{journal} has format {header.format}; install a newer qvl-agent")
    episode = Episode(header.goal)
    for line in lines:
        _replay(episode, line, folder / "screens")
    return Run(folder, header, episode, interrupted=episode.outcome is None)


def _lines(journal: Path) -> Iterator[Line]:
    """The whole lines of a journal; a half last line is what a killed run leaves."""
    with journal.open("rb") as file:
        for number, raw in enumerate(file, 1):
            if not raw.endswith(b"\n"):
                return
            try:
                yield LINE.validate_json(raw)
            except ValidationError as error:
                first = error.errors()[0]["msg"]
                raise UserError(f"{journal}, line {number} is damaged ({first})") from error


def _replay(episode: Episode, line: Line, screens: Path) -> None:
    match line:
        case LookLine():
            # A run that was gone on with: it was not over, and a look without a reply is made anew.
            episode.outcome, episode.why = None, ""
            if episode.steps and episode.steps[-1].index == line.step:
                episode.steps.pop()
            episode.steps.append(Step(line.step, _observation(line, screens)))
        case IntentLine():
            step = _last(episode, line.step)
            step.reply, step.thought = line.reply, line.thought
            step.actions, step.refusal = line.actions, line.refusal
        case DeedLine():
            _last(episode, line.step).deeds.append(line.deed)
        case StepLine():
            step = _last(episode, line.step)
            step.feedback, step.seconds = line.feedback, line.seconds
            step.model_seconds, step.note = line.model_seconds, line.note
        case EndLine():
            for name in type(line).model_fields.keys() - {"line"}:
                setattr(episode, name, getattr(line, name))
        case Header():
            raise UserError("a second header in the middle of a run: two runs share one folder")


def _last(episode: Episode, index: int) -> Step:
    """The step that a line belongs to, which is always the last one."""
    if not episode.steps or episode.steps[-1].index != index:
        raise UserError(f"the record has step {index} out of order; it was edited")
    return episode.steps[-1]


def _observation(line: LookLine, screens: Path) -> Observation:
    """The look again; an absent picture is empty, so that the rest can still be read."""
    file = screens / f"{line.screen}.png"
    png = file.read_bytes() if _is_hash(line.screen) and file.is_file() else b""
    return Observation(png, line.size, line.scale, line.where, line.events)


def _is_hash(name: str) -> bool:
    """Guards the file name: a record may come from someone else."""
    return len(name) == 64 and all(c in "0123456789abcdef" for c in name)


def save_screen(screens: Path, png: bytes) -> str:
    """Write a picture under the hash of its bytes, whole or not at all; returns the hash."""
    name = hashlib.sha256(png).hexdigest()
    file = screens / f"{name}.png"
    try:
        if not file.exists():
            partial = file.with_suffix(".partial")
            partial.write_bytes(png)
            partial.replace(file)
    except OSError as error:
        raise UserError(_unwritable(screens, error)) from error
    return name


def new_folder(goal: str, now: datetime, root: Path = Path("runs")) -> Path:
    """`runs/<time>-<slug>`, numbered if it is already taken."""
    kept = "".join(c if c.isalnum() and c.isascii() else "-" for c in goal.lower())
    slug = "-".join(filter(None, kept.split("-")))[:40].strip("-") or "run"
    folder = root / f"{now:%Y%m%d-%H%M%S}-{slug}"
    tries = (folder if n == 1 else folder.with_name(f"{folder.name}-{n}") for n in range(1, 1000))
    return next(path for path in tries if not path.exists())


def without_secrets(url: str) -> str:
    """An address without the `user:password@` that some carry."""
    return re.sub(r"^([a-z][a-z0-9+.-]*://)[^/?#]*@", r"\1", url, flags=re.IGNORECASE)


def _claim(folder: Path) -> IO[bytes]:
    """Make the folder and open its journal; one run per folder."""
    try:
        (folder / "screens").mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(1 << 16))
        return (folder / JOURNAL).open("xb")
    except FileExistsError as error:
        raise UserError(f"{folder} already holds a run; choose another --out") from error
    except OSError as error:
        raise UserError(_unwritable(folder, error)) from error


def _unwritable(folder: Path, error: OSError) -> str:
    return f"cannot write the record in {folder} ({error.strerror}); choose another --out"
