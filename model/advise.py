"""Which checkpoints there are, what memory they need, and which fits this machine.

Parameter counts are those of the published weight files; licences and dialects are the publishers'
(model cards of the Qwen2.5-VL series). No model library is loaded to answer.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .place import fast_bfloat16

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
"""Bytes per parameter."""
WORKING_SHARE = 0.10
"""What activations, history and fragmentation take on top, as a share of the weights..."""
WORKING_LEAST = 256 * 2**20
"""...and at least this many bytes."""


@dataclass(frozen=True)
class Checkpoint:
    """A published model that this project speaks to."""

    name: str
    dialect: str
    parameters: int
    licence: str
    expect: str


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


class Memory(NamedTuple):
    """Free memory in bytes: the machine's, and that of its largest GPU (0: none)."""

    ram: int
    gpu: int = 0
    gpu_name: str = ""

    @property
    def usable(self) -> int:
        """Where a model would go: the GPU if there is one."""
        return self.gpu or self.ram

    def __str__(self) -> str:
        on_gpu = f", {in_gb(self.gpu)} on {self.gpu_name}" if self.gpu else ", no GPU"
        return f"{in_gb(self.ram)} free{on_gpu}"


def memory_needed(checkpoint: Checkpoint, dtype: str) -> int:
    """Bytes for the weights and for working on one screen at a time."""
    weights = checkpoint.parameters * BYTES[dtype]
    return weights + max(round(weights * WORKING_SHARE), WORKING_LEAST)


def in_gb(count: int) -> str:
    """Bytes for people, in GB of a thousand million bytes, as model cards count."""
    return f"{count / 1e9:.1f} GB" if count < 10e9 else f"{count / 1e9:.0f} GB"


def precision(free: Memory) -> str:
    """The precision that would be chosen here: 16 bits where the hardware multiplies them."""
    return "bfloat16" if free.gpu or fast_bfloat16() else "float32"


def fits(checkpoint: Checkpoint, free: Memory) -> bool:
    """Whether it can be loaded here, in the precision that would be chosen."""
    return memory_needed(checkpoint, precision(free)) <= free.usable


def best(free: Memory) -> Checkpoint | None:
    """The most able checkpoint, apart from the bundled one, that fits; None when none does."""
    return next((c for c in reversed(CHECKPOINTS[1:]) if fits(c, free)), None)


def best_fit(free: Memory) -> str:
    """Which checkpoint fits, in words."""
    found, dtype = best(free), precision(free)
    if found is None:
        least = in_gb(memory_needed(CHECKPOINTS[1], dtype))
        return f"only qvl-mini fits (the smallest Qwen-VL needs {least})"
    slow = "" if free.gpu else ", slow without a GPU"
    return f"{found.name} fits ({in_gb(memory_needed(found, dtype))}{slow})"


def advice() -> str:
    """How to get a model for other pages on this machine, as the cure of an error."""
    free = free_memory()
    found = best(free)
    if found is None:
        return f"on this machine {best_fit(free)}; take --model to one with more memory"
    return f"on this machine {best_fit(free)}: add --model {found.name}, downloaded once"


def free_memory() -> Memory:
    """What is free now."""
    gpu, name = _free_gpu()
    return Memory(_free_ram(), gpu, name)


def _free_ram() -> int:
    """Memory that can be had without swapping; on systems that do not say, what is installed."""
    meminfo = Path("/proc/meminfo")
    if meminfo.is_file():
        for row in meminfo.read_text().splitlines():
            if row.startswith("MemAvailable:"):
                return min(int(row.split()[1]) * 1024, _container_limit())
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _container_limit() -> int:
    """What a container allows (control groups, version 2); without a limit, more than any."""
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.is_file() else "max"
    return int(text) if text.isdecimal() else 1 << 62


def _free_gpu() -> tuple[int, str]:
    """Bytes free on the emptiest NVIDIA GPU, and its name."""
    tool = shutil.which("nvidia-smi")
    if not tool:
        return 0, ""
    query = [tool, "--query-gpu=memory.free,name", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=15, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0, ""
    rows = [row.partition(", ") for row in done.stdout.splitlines()]
    found = [(int(free) * 2**20, name) for free, _, name in rows if free.isdecimal()]
    return max(found, default=(0, ""))
