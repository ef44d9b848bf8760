"""Run a benchmark on seeds that no training ever saw, and say how sure its score is."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from ...actions.errors import UserError
from ...model.mini import MINI
from .options import above_zero, add_browser, add_json, add_model, positive
from .share import part, share_on_ray, share_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...tasks.benchmark import Case, Journal, Row, Setting, Table
    from .live import LiveLine

    Play = Callable[[argparse.Namespace, list[Case], Path, LiveLine], tuple[Setting, Journal]]


BENCHMARKS = {
    "practice": ("practice", "the bundled practice site"),
    "miniwob": ("miniwob", "MiniWoB++: 125 small web tasks"),
    "android-world": ("android_world", "AndroidWorld: tasks on an Android emulator"),
    "phone": ("phone_bench", "tasks on the virtual phone"),
    "pages": ("offline", "grounding on pages that are generated here"),
    "screenspot": ("offline", "ScreenSpot: find things on 1,272 screens"),
    "screenspot-v2": ("offline", "ScreenSpot-v2: the same with better labels"),
    "screenspot-pro": ("offline", "ScreenSpot-Pro: 1,581 large screens"),
    "osworld-g": ("offline", "OSWorld-G: boxes, polygons and refusals on 564 screens"),
    "mmbench-gui-l2": ("offline", "MMBench-GUI L2: grounding, 3,594 items"),
    "pro-schema": ("offline", "any grounding set in ScreenSpot-Pro's schema"),
    "android-control": ("offline", "AndroidControl: 8,444 recorded steps, every rule in use"),
    "aitz": ("offline", "Android in the Zoo: 4,724 recorded steps"),
    "check": ("selfcheck", "a set's annotations: are they read rightly? No model is asked"),
    "score": ("rescore", "kept answers of a run again, its parts together, or two runs compared"),
}
"""The module of each benchmark, which has `add` and `run` as commands have, and what it is."""


def add(parser: argparse.ArgumentParser) -> None:
    """A command for each benchmark."""
    kinds = parser.add_subparsers(dest="name", metavar="NAME", required=True)
    for name, (module, what) in BENCHMARKS.items():
        # A benchmark may give a shared option a meaning of its own.
        own = kinds.add_parser(
            name, help=what, description=f"Run {what}.", conflict_handler="resolve"
        )
        import_module(f".{module}", __package__).add(own)


def run(args: argparse.Namespace) -> int:
    """Run the benchmark that was named."""
    code: int = import_module(f".{BENCHMARKS[args.name][0]}", __package__).run(args)
    return code


def add_episodes(parser: argparse.ArgumentParser, seeds: int, steps: int | None) -> None:
    """The options of benchmarks that play episodes in a browser."""
    parser.add_argument("--seeds", type=positive, default=seeds, metavar="N", help="per task kind")
    parser.add_argument("--tasks", metavar="A,B", help="task kinds or apps (default: all)")
    parser.add_argument("--jobs", type=positive, default=1, metavar="N", help="processes")
    parser.add_argument(
        "--max-steps", type=positive, default=steps, metavar="N", help="per episode"
    )
    parser.add_argument("--max-seconds", type=above_zero, default=300.0, metavar="N")
    parser.add_argument("--out", metavar="DIR", help="where results are kept, and taken up again")
    parser.add_argument("--keep", action="store_true", help="keep a record of every episode")
    parser.add_argument(
        "--repeats", type=positive, default=1, metavar="K", help="play everything K times"
    )
    parser.add_argument("--ray", type=positive, metavar="N", help="N shares on a Ray cluster")
    parser.add_argument("--ray-address", metavar="ADDRESS", help="a cluster that runs already")
    parser.add_argument("--part", metavar="I/N", help=argparse.SUPPRESS)
    add_json(parser)
    add_model(parser)
    add_browser(parser)


def play_cases(
    args: argparse.Namespace, cases: list[Case], play: Play, taught: tuple[str, ...] = ()
) -> int:
    """Play what is missing, then print the table; what qvl-mini was `taught` is told apart."""
    from .live import LiveLine

    folder = Path(args.out) if args.out else _folder(args.name)
    args.out = str(folder)
    cases = [case._replace(repeat=n) for n in range(args.repeats) for case in cases]
    if args.ray:
        share_on_ray(args, folder)
    elif args.jobs > 1:
        share_out(args, folder)
    with LiveLine(quiet=bool(args.part)) as live:
        setting, journal = play(args, part(cases, args.part or "1/1"), folder, live)
    if not args.part:
        learned = setting.dialect == MINI and setting.model != MINI
        tell(args, setting, journal, cases, taught if learned else ())
    return 0


def cases_of(known: tuple[str, ...], names: str | None, seeds: int) -> list[Case]:
    """Evaluation seeds of the named kinds, seed by seed, so that an early end still compares."""
    from ...tasks.benchmark import Case
    from ...tasks.practice import eval_seed

    kinds = [kind for name in (names or ",".join(known)).split(",") for kind in _named(name, known)]
    return [Case(kind, eval_seed(i)) for i in range(seeds) for kind in dict.fromkeys(kinds)]


def _named(name: str, kinds: tuple[str, ...]) -> list[str]:
    """The kinds that a name means: itself, or all of an app."""
    found = [kind for kind in kinds if kind == name or kind.startswith(f"{name}-")]
    if not found:
        raise UserError(f"there is no task kind {name!r}; use some of {', '.join(kinds)}")
    return found


def _folder(name: str) -> Path:
    return Path("runs") / f"{datetime.now():%Y%m%d-%H%M%S}-bench-{name}"


def tell(
    args: argparse.Namespace,
    setting: Setting,
    journal: Journal,
    cases: list[Case],
    taught: tuple[str, ...],
) -> None:
    """The table for people, or one line for programs."""
    from ...tasks.benchmark import summary, tabulate

    wanted = set(cases)
    table = tabulate([found for found in journal.results() if found.case in wanted], taught)
    if args.json:
        print(json.dumps({**summary(setting, table), "journal": str(journal.file)}))
    else:
        print_table(setting, table)
        print(f"results: {journal.file}")


def print_table(setting: Setting, table: Table) -> None:
    """Rates with intervals, kind by kind."""
    from rich import box
    from rich.console import Console
    from rich.table import Table as Grid

    title = f"{setting.benchmark} · {setting.model}"
    grid = Grid(box=box.SIMPLE_HEAD, title=title, caption=_rules(setting))
    grid.add_column("task")
    for name in ("episodes", "verified", "95 % interval", "false claims", "steps", "seconds"):
        grid.add_column(name, justify="right")
    for row in table.rows:
        grid.add_row(*_cells(row))
    grid.add_section()
    grid.add_row(*_cells(table.total), style="bold")
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 100)
    # A console ends the process by itself when nobody reads; `main` knows better.
    with console.capture() as shown:
        console.print(grid)
        console.print(f"average over kinds: {table.macro:.1%}")
        if table.taught:
            known, rate = table.average(table.taught)
            new, other = table.average(table.taught, among=False)
            console.print(
                f"{known} kinds that its recipe teaches: {rate:.1%}; {new} others: {other:.1%}"
            )
        if (often := table.often) and len(often.rates) > 1:
            console.print(
                f"{len(often.rates)} times: {often.mean:.1%} ± {often.spread:.1%} (standard "
                f"deviation); every time {often.always:.1%} (pass^{len(often.rates)})"
            )
        if table.total.lost:
            console.print(_without_lost(table.total))
    print(shown.get(), end="")


def _rules(setting: Setting) -> str | None:
    """The protocol, where the profile's name stands for one."""
    rules = ", ".join(f"{name} {value}" for name, value in setting.protocol.items())
    return f"{setting.profile}: {rules}" if rules else None


def _without_lost(row: Row) -> str:
    rest = f"{row.verified} of {row.n - row.lost} = {row.rate_without_lost:.1%}"
    return f"lost to the machine: {row.lost}, failures above; without them {rest}"


def _cells(row: Row) -> tuple[str, ...]:
    interval = f"{row.interval.low:.1%} – {row.interval.high:.1%}"
    false = f"{row.false_claims} of {row.claims}"
    means = (f"{row.steps:.1f}", f"{row.seconds:.1f}")
    return (row.name, str(row.n), f"{row.rate:.1%}", interval, false, *means)
