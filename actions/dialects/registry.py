"""Which dialect a checkpoint speaks. The grammar follows the fine-tune, never the base model.

Adding a family is one dialect file and one line here. An unknown checkpoint is refused with the
list; nothing is guessed from the architecture alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from ..errors import UserError
from .base import Dialect
from .qwen25vl import Qwen25VL


@dataclass(frozen=True)
class Entry:
    """A dialect and the checkpoints that speak it."""

    dialect: Dialect
    model_types: tuple[str, ...]
    """`model_type` values of the configs it is published with."""
    names: str = ""
    """Pattern searched for in the checkpoint's lower-case name; empty: only by --dialect."""


# The first entry whose pattern and model type both fit is taken: fine-tunes before their bases.
ENTRIES: tuple[Entry, ...] = (
    Entry(Qwen25VL(), ("qwen2_5_vl",), r"qwen2[._]?5-?vl-\d+b|qvl-mini"),
    Entry(Qwen25VL("qwen2.5-vl-thinking", thinking=True), ("qwen2_5_vl",)),
)


def names() -> tuple[str, ...]:
    """The names of all dialects."""
    return tuple(entry.dialect.name for entry in ENTRIES)


def by_name(name: str) -> Dialect:
    """The dialect called `name`; UserError with the nearest names when there is none."""
    for entry in ENTRIES:
        if entry.dialect.name == name.lower():
            return entry.dialect
    raise UserError(f"There is no dialect {name!r}. {_suggest(name)}")


def for_checkpoint(name: str, config: Mapping[str, object]) -> Dialect:
    """The dialect of a checkpoint, from its name (hub id or folder) and its config.json.

    UserError when the name fits no family, or fits one that is published with another
    architecture.
    """
    model_type = str(config.get("model_type", ""))
    known_as = (name, str(config.get("_name_or_path", "")))
    for candidate in known_as:
        for entry in ENTRIES:
            if _fits(entry, candidate.lower(), model_type):
                return entry.dialect
    raise UserError(
        f"No dialect is known for the checkpoint {name!r} (model type {model_type or 'unknown'}); "
        f"say which it speaks with --dialect. {_suggest(name)}"
    )


def _fits(entry: Entry, name: str, model_type: str) -> bool:
    if not entry.names or not re.search(entry.names, name):
        return False
    return not model_type or model_type in entry.model_types


def _suggest(name: str) -> str:
    last = name.lower().rstrip("/").rsplit("/", 1)[-1]
    near = get_close_matches(last, names(), 3, cutoff=0.5)
    nearest = f"Nearest: {', '.join(near)}. " if near else ""
    return f"{nearest}Known: {', '.join(names())}."
