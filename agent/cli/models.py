"""List checkpoints, the words they are spoken to in, and which fit this machine."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from .options import add_json

if TYPE_CHECKING:
    from ...model.advise import Checkpoint, Memory

DTYPES = ("bfloat16", "float32")


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `models`."""
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print the table."""
    from ...model.advise import CHECKPOINTS, OTHERS, best_fit, free_memory

    free = free_memory()
    if args.json:
        print(json.dumps([facts(checkpoint, free) for checkpoint in (*CHECKPOINTS, *OTHERS)]))
        return 0
    print_table((*CHECKPOINTS, *OTHERS), free)
    print(f"here: {free}; {best_fit(free)}")
    print("get one: name it with --model, and it is downloaded once; a folder works too")
    return 0


def facts(checkpoint: Checkpoint, free: Memory) -> dict[str, object]:
    """One checkpoint for programs; memory in bytes."""
    from ...model.advise import fits, memory_needed, suggest

    needs = {dtype: memory_needed(checkpoint, dtype) for dtype in DTYPES}
    return {
        **suggest(checkpoint, free)._asdict(),
        "family": checkpoint.family,
        "name": checkpoint.name,
        "dialect": checkpoint.dialect,
        "parameters": checkpoint.parameters,
        "licence": checkpoint.licence,
        "expect": checkpoint.expect,
        "memory": needs,
        "fits": fits(checkpoint, free),
    }


def print_table(checkpoints: tuple[Checkpoint, ...], free: Memory) -> None:
    """One row per checkpoint."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from ...model.advise import fits, in_gb, memory_needed

    grid = Table(box=box.SIMPLE_HEAD)
    for name in ("checkpoint", "dialect", "16-bit", "32-bit", "licence", "fits here", "expect"):
        grid.add_column(
            name, justify="right" if "bit" in name else "left", no_wrap=name != "expect"
        )
    for checkpoint in checkpoints:
        needs = [memory_needed(checkpoint, dtype) for dtype in DTYPES]
        sizes = [in_gb(need) for need in needs]
        here = "yes" if fits(checkpoint, free) else "no"
        words = (checkpoint.licence, here, checkpoint.expect)
        grid.add_row(checkpoint.name, checkpoint.dialect, *sizes, *words)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)
    # A console ends the process by itself when nobody reads; `main` knows better.
    with console.capture() as shown:
        console.print(grid)
    print(shown.get(), end="")
