"""Results that survive: one JSON line each, on the disk before the next is begun.

The first line says what is measured; a file that measures something else is refused, and half a
last line, which a killed process leaves, is dropped when the file is taken up again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from ..actions.errors import UserError

First = TypeVar("First", bound=BaseModel)
Line = TypeVar("Line", bound=BaseModel)


class Lines(Generic[First, Line]):
    """A first line and the lines after it; several processes may add to one file at once.

    `key` says which result a line is: of two with the same key the later one counts.
    """

    def __init__(
        self, file: Path, first: First, line: type[Line], key: Callable[[Line], Hashable]
    ) -> None:
        self.file, self.first, self.line, self.key = file, first, line, key
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            if not file.exists():
                self._begin()
        except OSError as error:
            reason = f"cannot write results in {file.parent} ({error.strerror})"
            raise UserError(f"{reason}; choose another --out") from error
        self._same()
        self._drop_half_line()

    def add(self, line: Line) -> None:
        """Keep a result; it is on the disk when this returns."""
        handle = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            # One write call per line, so that lines of several processes do not mix.
            os.write(handle, line.model_dump_json().encode() + b"\n")
            os.fsync(handle)
        finally:
            os.close(handle)

    def results(self) -> list[Line]:
        """The results so far, in the order in which they first came."""
        return read_lines(self.file, self.line, self.key)

    def _begin(self) -> None:
        """The first line; of several processes that begin at once, one alone writes it."""
        own = self.file.with_name(f".{self.file.name}.{os.getpid()}")
        own.write_text(self.first.model_dump_json() + "\n")
        with suppress(FileExistsError):
            os.link(own, self.file)
        own.unlink()

    def _drop_half_line(self) -> None:
        whole = self.file.read_bytes()
        kept = whole[: whole.rfind(b"\n") + 1]
        if kept != whole:
            os.truncate(self.file, len(kept))

    def _same(self) -> None:
        kept = read_first(self.file, type(self.first))
        if kept != self.first:
            raise UserError(
                f"{self.file} holds {differing(kept, self.first)}; choose another --out"
            )


def read_first(file: Path, first: type[First]) -> First:
    """What a file measures; UserError when it is no journal of this kind."""
    try:
        with file.open("rb") as opened:
            return first.model_validate_json(opened.readline())
    except OSError as error:
        raise UserError(f"cannot read {file} ({error.strerror}); name a run's folder") from error
    except ValidationError as error:
        raise UserError(f"{file} is no journal; choose another --out") from error


def read_lines(file: Path, line: type[Line], key: Callable[[Line], Hashable]) -> list[Line]:
    """The whole lines of a file; UserError names one that is damaged."""
    found: dict[Hashable, Line] = {}
    whole = file.read_bytes()
    for number, text in enumerate(whole[: whole.rfind(b"\n") + 1].splitlines()[1:], 2):
        try:
            one = line.model_validate_json(text)
        except ValidationError as error:
            raise UserError(f"{file} line {number} is damaged; remove it, and resume") from error
        found[key(one)] = one
    return list(found.values())


def differing(kept: BaseModel, wanted: BaseModel) -> str:
    """What a kept first line says otherwise than the wanted one."""
    old, new = kept.model_dump(), wanted.model_dump()
    return ", ".join(f"{name} {old[name]}" for name in old if old[name] != new[name])
