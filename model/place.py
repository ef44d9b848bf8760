"""Where a checkpoint runs and how precisely, from what is free on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..actions.errors import UserError

_SMALL = 200 << 20
_DTYPES = ("float32", "bfloat16", "float16")


@dataclass(frozen=True)
class Placement:
    """Device and precision, and one sentence that says why."""

    device: str
    dtype: str
    reason: str


def choose(device: str | None, dtype: str | None, weight_bytes: int) -> Placement:
    """Pick what the caller left open; UserError for a precision that does not exist."""
    if dtype is not None and dtype not in _DTYPES:
        raise UserError(f"{dtype} is no precision; use one of {', '.join(_DTYPES)}")
    where, why = (device, "as asked") if device else _device(weight_bytes)
    if dtype:
        return Placement(where, dtype, f"{where} ({why}), {dtype} as asked")
    precise, reason = _dtype(where, weight_bytes)
    return Placement(where, precise, f"{where} ({why}), {precise} ({reason})")


def _device(weight_bytes: int) -> tuple[str, str]:
    import torch

    if torch.cuda.is_available():
        free = torch.cuda.mem_get_info()[0]
        if free > weight_bytes * 1.2:
            return "cuda", f"{free >> 30} GiB free"
        return "cpu", f"the GPU has only {free >> 30} GiB free"
    if torch.backends.mps.is_available() and weight_bytes > _SMALL:
        return "mps", "Apple GPU"
    return (
        "cpu",
        "no GPU is needed for a model this small" if weight_bytes < _SMALL else "no GPU found",
    )


def _dtype(device: str, weight_bytes: int) -> tuple[str, str]:
    if device.startswith(("cuda", "mps")):
        return "bfloat16", "what the weights were trained in"
    if weight_bytes < _SMALL:
        return "float32", "small enough to be exact"
    if fast_bfloat16():
        return "bfloat16", "this processor multiplies it in hardware"
    return "float32", "this processor has no fast bfloat16"


def fast_bfloat16() -> bool:
    """Whether the processor has AMX or AVX-512 instructions for bfloat16 (Linux tells)."""
    info = Path("/proc/cpuinfo")
    flags = info.read_text() if info.exists() else ""
    return "avx512_bf16" in flags or "amx_bf16" in flags
