"""A scored run on the terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...tasks.offline.result import Outcome
    from ...tasks.offline.tables import Rate


def print_outcome(found: Outcome) -> None:
    """Every rule's score, the first rule's divisions, the self-tests, and what to know."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from ...tasks.offline.page import facts, warnings
    from ...tasks.offline.published import compare

    first = found.scored[0]
    grid = Table(box=box.SIMPLE_HEAD, title=f"{found.run.benchmark} · {found.run.model}")
    grid.add_column("")
    for name in ("right", "items", "score", "95 % interval"):
        grid.add_column(name, justify="right")
    for one in found.scored:
        grid.add_row(f"rule {one.rule}", *_cells(one.tables.total), style="bold")
    if found.coarse:
        grid.add_row("first look alone", *_cells(found.coarse.total))
    for name, rows in first.tables.divisions.items():
        if len(rows) > 1:
            grid.add_section()
            for row, rate in rows.items():
                grid.add_row(f"{name} {row}", *_cells(rate))
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 110)
    with console.capture() as shown:
        console.print(grid)
        for line in facts(found):
            console.print(f"  {line}")
        checks = ", ".join(f"{check.name} {check.rate:.1%}" for check in first.checks)
        console.print(f"  self-tests: {checks}")
        errors = ", ".join(f"{name} {n}" for name, n in first.tables.errors.items())
        console.print(f"  answers: {errors}")
        for one in compare(found.run.benchmark, found.run.model, first.tables, found.run.variant):
            where = "inside" if one.inside else "outside"
            console.print(
                f"  published: {one.published.score:.1%} ({one.published.source}), {where} ours"
            )
        for line in warnings(found):
            console.print(f"  note: {line}")
    print(shown.get(), end="")


def _cells(rate: Rate) -> tuple[str, ...]:
    low, high = rate.interval
    return str(rate.hits), str(rate.n), f"{rate.value:.2%}", f"{low:.1%} – {high:.1%}"
