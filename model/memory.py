"""What memory is free here, and what a checkpoint takes; no model library is loaded to answer."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
"""Bytes per parameter, by precision."""
WORKING_SHARE = 0.10
"""What activations, history and fragmentation take on top, as a share of the weights..."""
WORKING_LEAST = 256 * 2**20
"""...and at least this many bytes."""

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Options of mallopt(3), from malloc.h."""


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


def bytes_needed(parameters: int, dtype: str) -> int:
    """Bytes for the weights and for working on one screen at a time."""
    weights = parameters * BYTES[dtype]
    return weights + max(round(weights * WORKING_SHARE), WORKING_LEAST)


def in_gb(count: int) -> str:
    """Bytes for people, in GB of a thousand million bytes, as model cards count."""
    return f"{count / 1e9:.1f} GB" if count < 10e9 else f"{count / 1e9:.0f} GB"


def fast_bfloat16() -> bool:
    """Whether the processor has AMX or AVX-512 instructions for bfloat16 (Linux tells)."""
    info = Path("/proc/cpuinfo")
    flags = info.read_text() if info.exists() else ""
    return "avx512_bf16" in flags or "amx_bf16" in flags


def free_memory() -> Memory:
    """What is free now."""
    gpu, name = _free_gpu()
    return Memory(free_ram(), gpu, name)


def free_ram() -> int:
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


def hold_memory() -> None:
    """Let this process keep freed memory instead of handing it back (GNU C library only).

    Every pass frees and asks for the same megabytes; given back, each page is cleared and mapped
    anew, which took a quarter of an encoded screenshot's time on a processor.
    """
    if not sys.platform.startswith("linux"):
        return
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option:
        for option in (_TRIM_THRESHOLD, _MMAP_THRESHOLD):
            set_option(option, 1 << 30)
