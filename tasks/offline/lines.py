"""What a run on fixed pictures leaves: one line per sample, and a first line about the run."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ...actions.types import Size
from ..journal import Lines

FILE = "answers.jsonl"
Status = Literal["answered", "refused", "format", "truncated", "outside", "failed"]
"""What became of a reply: a point or an action; a refusal; not readable; cut off at the token
limit; a point outside the picture; no reply at all (the machine's fault, asked again on resume)."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Run(_Frozen):
    """What is measured and how; answers belong together only if this is equal."""

    benchmark: str
    protocol: str
    model: str
    engine: str
    """fast, plain, a server's address, or script."""
    dialect: str
    resize: tuple[int, int, int]
    """Factor, least and most pixels of the picture that the model sees."""
    prefill: str = ""
    sampling: dict[str, float | int | str | bool | None]
    data: str
    """SHA-256 of the annotation files."""
    n: int
    """Items in the whole set, whatever part of it this run asks."""
    partial: bool = False
    variant: str = ""
    """Chinese or refined instructions, high or low level."""
    zoom: float = 0.0
    """Share of the picture's sides that a second look is given; 0: one look."""
    version: str
    notes: tuple[str, ...] = ()


class Crop(_Frozen):
    """The second look: where it was cut out, and what was answered to the first."""

    left: int
    top: int
    size: tuple[int, int]
    first_reply: str
    first_finish: str
    first_seen: tuple[int, int]


class Line(_Frozen):
    """One sample's answer, word for word."""

    id: str
    image: str
    """SHA-256 of the picture file's bytes."""
    size: tuple[int, int]
    """Of the picture, in pixels: the space of the annotation."""
    seen: tuple[int, int]
    """Of what the model saw; of the cut-out, where there was a second look."""
    prompt: str
    """SHA-256 of the rendered prompt's text, first 16 digits."""
    reply: str
    finish: str = "stop"
    status: Status
    """As the parser of the day said; scoring reads the reply again."""
    why: str = ""
    crop: Crop | None = None
    attempts: int = 1
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0

    @property
    def original(self) -> Size:
        """Size of the picture."""
        return Size(*self.size)


def key(line: Line) -> Hashable:
    """One answer per sample."""
    return line.id


class Answers(Lines[Run, Line]):
    """The answers of a run in a folder; several processes may add to it at once."""

    def __init__(self, folder: Path, run: Run) -> None:
        super().__init__(folder / FILE, run, Line, key)
