"""Which checkpoints there are, what memory they need, and which fits this machine.

Parameter counts are those of the published weight files; licences and dialects are the publishers'
(model cards of the Qwen2.5-VL series). No model library is loaded to answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .memory import BYTES, Memory, bytes_needed, free_memory, in_gb
from .place import Room, precisions, processor

_GOAL = "book a flight"


@dataclass(frozen=True)
class Checkpoint:
    """A published model that this project speaks to."""

    name: str
    dialect: str
    parameters: int
    licence: str
    expect: str


class Advice(NamedTuple):
    """A checkpoint for a machine, its precision there, one sentence why, and how to run it."""

    checkpoint: Checkpoint
    precision: str
    why: str
    command: str


CHECKPOINTS: tuple[Checkpoint, ...] = (
    Checkpoint("qvl-mini", "qwen2.5-vl", 11_000_000, "Apache-2.0", "the bundled practice site"),
    Checkpoint(
        "Qwen/Qwen2.5-VL-3B-Instruct", "qwen2.5-vl", 3_754_622_976, "Qwen research",
        "named things on ordinary pages; short tasks",
    ),
    Checkpoint(
        "Qwen/Qwen2.5-VL-7B-Instruct", "qwen2.5-vl", 8_292_166_656, "Apache-2.0",
        "the sensible default for the open web",
    ),
    Checkpoint(
        "Qwen/Qwen2.5-VL-32B-Instruct", "qwen2.5-vl", 33_452_718_336, "Apache-2.0",
        "better planning; slow without a large GPU",
    ),
    Checkpoint(
        "Qwen/Qwen2.5-VL-72B-Instruct", "qwen2.5-vl", 73_410_777_344, "Qwen",
        "the most able of the family; several GPUs",
    ),
)  # fmt: skip


def memory_needed(checkpoint: Checkpoint, dtype: str) -> int:
    """Bytes for the weights and for working on one screen at a time."""
    return bytes_needed(checkpoint.parameters, dtype)


def precision(checkpoint: Checkpoint, free: Memory) -> str | None:
    """The precision that it would be loaded in here; None when it does not fit in any."""
    for room in rooms(free):
        if fit := room.first_fit(checkpoint.parameters, precisions(room, checkpoint.parameters)):
            return fit
    return None


def fits(checkpoint: Checkpoint, free: Memory) -> bool:
    """Whether it can be loaded here, in the precision that would be chosen."""
    return precision(checkpoint, free) is not None


def rooms(free: Memory) -> list[Room]:
    """The devices that this memory belongs to, as place.rooms would order them."""
    gpu = [Room("cuda", free.gpu, ("bfloat16",))] if free.gpu else []
    return [*gpu, processor(free.ram)]


def best(free: Memory) -> Checkpoint | None:
    """The most able checkpoint, apart from the bundled one, that makes sense; None when none does.

    Without a GPU that is the smallest: the next ones may fit, at minutes per step.
    """
    on_gpu = (c for c in reversed(CHECKPOINTS[1:]) if _fits_gpu(c, free))
    return next(on_gpu, CHECKPOINTS[1] if fits(CHECKPOINTS[1], free) else None)


def advise(free: Memory) -> Advice:
    """The checkpoint for this memory; qvl-mini, which fits everywhere, when no other does."""
    found = best(free)
    if found is None:
        dtype = precision(CHECKPOINTS[0], free) or "float32"
        return Advice(CHECKPOINTS[0], dtype, best_fit(free), f'qvl-agent run "{_GOAL}"')
    command = f'qvl-agent run "…" --model {found.name} --url https://example.org'
    return Advice(found, precision(found, free) or "bfloat16", best_fit(free), command)


def best_fit(free: Memory) -> str:
    """Which checkpoint fits, in words."""
    found = best(free)
    if found is None:
        least = in_gb(min(memory_needed(CHECKPOINTS[1], dtype) for dtype in BYTES))
        return f"only qvl-mini fits (the smallest Qwen-VL needs {least})"
    slow = "" if _fits_gpu(found, free) else ", slow without a GPU"
    need = in_gb(memory_needed(found, precision(found, free) or "bfloat16"))
    return f"{found.name} fits ({need}{slow})"


def advice() -> str:
    """How to get a model for other pages on this machine, as the cure of an error."""
    free = free_memory()
    found = best(free)
    if found is None:
        return f"on this machine {best_fit(free)}; take --model to one with more memory"
    return f"on this machine {best_fit(free)}: add --model {found.name}, downloaded once"


def _fits_gpu(checkpoint: Checkpoint, free: Memory) -> bool:
    return memory_needed(checkpoint, "bfloat16") <= free.gpu
