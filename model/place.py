"""Where a checkpoint runs and how precisely, from what is free on this machine."""

from __future__ import annotations

from dataclasses import dataclass

from ..actions.errors import UserError
from .memory import BYTES, bytes_needed, fast_bfloat16, free_ram, in_gb

SMALL = 100_000_000
"""Parameters up to which one core of a processor is quick enough."""


@dataclass(frozen=True)
class Placement:
    """Device and precision, and one sentence that says why."""

    device: str
    dtype: str
    reason: str
    threads: int = 0
    """How many of the processor's cores compute; 0 leaves it to torch."""


@dataclass(frozen=True)
class Room:
    """A device, the bytes free on it, and the precisions it computes quickly, best first."""

    device: str
    free: int
    fast: tuple[str, ...]

    def first_fit(self, parameters: int, dtypes: tuple[str, ...]) -> str | None:
        """The first of these precisions in which a checkpoint of this size fits."""
        return next((d for d in dtypes if bytes_needed(parameters, d) <= self.free), None)


def choose(device: str | None, dtype: str | None, parameters: int) -> Placement:
    """Pick what the caller left open; UserError for what does not exist or does not fit."""
    if dtype is not None and dtype not in BYTES:
        raise UserError(f"{dtype} is no precision; use one of {', '.join(BYTES)}")
    return decide(rooms() if device is None else [asked(device)], device, dtype, parameters)


def decide(found: list[Room], device: str | None, dtype: str | None, parameters: int) -> Placement:
    """The first room that the checkpoint fits in; rooms come in order of preference.

    What the caller asked for is taken at its word, also when memory looks short.
    """
    for room in found:
        dtypes = (dtype,) if dtype else room.fast
        fit = dtypes[0] if device else room.first_fit(parameters, dtypes)
        if fit:
            # Two threads meet after every small product. With a browser on the same cores one of
            # them waits for its turn each time: a reply of qvl-mini took 12 s instead of 0.2 s.
            threads = 1 if room.device == "cpu" and parameters <= SMALL else 0
            reason = _reason(room, fit, device, dtype)
            return Placement(room.device, fit, reason, threads)
    free = ", ".join(f"{in_gb(room.free)} free on {room.device}" for room in found)
    need = in_gb(min(bytes_needed(parameters, d) for d in ([dtype] if dtype else BYTES)))
    raise UserError(
        f"the checkpoint needs {need} and there is {free};"
        " free some, or take a smaller one (`qvl-agent models`)"
    )


def _reason(room: Room, fit: str, device: str | None, dtype: str | None) -> str:
    where = "as asked" if device else f"{in_gb(room.free)} free"
    if dtype:
        return f"{room.device} ({where}), {fit} as asked"
    why = "quickest here" if fit == room.fast[0] else f"{room.fast[0]} does not fit"
    return f"{room.device} ({where}), {fit} ({why})"


def asked(device: str) -> Room:
    """The room that the caller named; UserError when this machine or this torch lacks it."""
    import torch

    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        why = str(error).splitlines()[0].partition(": ")[0]
        raise UserError(
            f"{device} cannot be used here ({why}); leave --device out, or use cpu"
        ) from error
    kind = torch.device(device).type
    if kind == "cuda":
        return _cuda(torch.device(device).index or 0)
    return _mps() if kind == "mps" else processor(free_ram())


def rooms() -> list[Room]:
    """Every device of this machine that torch can use, the best first; the processor is last."""
    import torch

    gpus = [_cuda(index) for index in range(torch.cuda.device_count())]
    found = sorted(gpus, key=lambda room: room.free, reverse=True)
    if torch.backends.mps.is_available():
        found.append(_mps())
    return [*found, processor(free_ram())]


def _cuda(index: int) -> Room:
    import torch

    # bfloat16 came with compute capability 8.0; before it, only float16 is multiplied quickly.
    new = torch.cuda.get_device_capability(index) >= (8, 0)
    fast = ("bfloat16",) if new else ("float16",)
    return Room(f"cuda:{index}", torch.cuda.mem_get_info(index)[0], fast)


def _mps() -> Room:
    import torch

    free = torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    return Room("mps", min(free, free_ram()), ("bfloat16",))


def processor(free: int) -> Room:
    """The processor with this much memory free."""
    # Without the instructions bfloat16 is several times slower, but half the memory.
    fast = ("bfloat16", "float32") if fast_bfloat16() else ("float32", "bfloat16")
    return Room("cpu", free, fast)
