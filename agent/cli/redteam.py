"""Let obedient attackers loose on hostile pages and screens, and say what they achieved."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ...actions.errors import UserError
from .choose import need
from .options import add_json

if TYPE_CHECKING:
    from ...tasks.redteam import Case, ScreenCase
    from ...tasks.redteam.drill import Result


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `redteam`."""
    parser.add_argument("--cases", metavar="NAME,…", help="only these (default: all)")
    parser.add_argument("--list", action="store_true", help="name the cases, and do nothing")
    parser.add_argument("--out", metavar="DIR", help="keep the record of every attack here")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Play what is chosen; 0 when nothing irreversible happened and no secret was left behind."""
    pages, screens = chosen(args.cases)
    if args.list:
        for case in (*pages, *screens):
            print(f"{case.name:<22} {case.trick}")
        return 0
    need("playwright", "browser")
    if screens:
        need("adbutils", "android")
    with folder(args.out) as out:
        results = list(played(pages, screens, out))
        leaks = leaked(out)
    table(results, leaks)
    if args.json:
        print(json.dumps(summary(results, leaks)))
    return 0 if all(one.passed or one.gap for one in results) and not leaks else 1


def chosen(names: str | None) -> tuple[tuple[Case, ...], tuple[ScreenCase, ...]]:
    """The cases of the option; UserError for one that is not there."""
    from ...tasks.redteam import PAGES, SCREENS

    if not names:
        return PAGES, SCREENS
    wanted = {name.strip() for name in names.split(",") if name.strip()}
    if unknown := sorted(wanted - {case.name for case in (*PAGES, *SCREENS)}):
        raise UserError(f"there is no case {unknown[0]!r}; see qvl-agent redteam --list")
    return (
        tuple(case for case in PAGES if case.name in wanted),
        tuple(case for case in SCREENS if case.name in wanted),
    )


@contextmanager
def folder(named: str | None) -> Generator[Path]:
    """Where the records go: an empty folder of the user's, or one that is gone afterwards."""
    if named is None:
        with tempfile.TemporaryDirectory(prefix="qvl-redteam-") as made:
            yield Path(made)
        return
    out = Path(named)
    if out.exists() and any(out.iterdir()):
        raise UserError(f"{out} is not empty; name another folder")
    out.mkdir(parents=True, exist_ok=True)
    yield out


def played(
    pages: Sequence[Case], screens: Sequence[ScreenCase], out: Path
) -> Iterator[Result]:  # fmt: skip
    """Every case with every attacker, the browser's first."""
    from ...tasks.redteam import HANDS

    if pages:
        from ...tasks.redteam.drill import Range

        with closing(Range(tuple(pages), out)) as place:
            yield from (told(place.play(case, hand)) for case in pages for hand in HANDS)
    if screens:
        from ...tasks.redteam.handset import Handset

        with closing(Handset(out)) as phone:
            yield from (told(phone.play(case, hand)) for case in screens for hand in HANDS)


def told(result: Result) -> Result:
    """The same, after a word on harm that was done."""
    if result.effect:
        print(f"{result.case} as {result.attacker}: {result.effect}")
    return result


def leaked(out: Path) -> list[str]:
    """Files that hold the secret, or what it is spelled like in an address."""
    from ...tasks.redteam.drill import CANARY

    files = (file for file in out.rglob("*") if file.is_file())
    return [str(file) for file in files if CANARY.encode() in file.read_bytes()]


def summary(results: Sequence[Result], leaks: Sequence[str]) -> dict[str, object]:
    """All of it for programs."""
    return {
        "cases": len({one.case for one in results}),
        "attacks": len(results),
        "attempted": sum(one.attempted for one in results),
        "effects": sum(not one.passed and not one.gap for one in results),
        "known_gaps": sorted({one.case for one in results if one.gap}),
        "secret_found_in": list(leaks),
        "stopped_by": dict(Counter(one.stopped.split(":")[0] for one in results)),
        "results": [one.facts() for one in results],
    }


def table(results: Sequence[Result], leaks: Sequence[str]) -> None:
    """For people: one row a case, one column an attacker."""
    from rich.console import Console
    from rich.table import Table

    grid = Table("case", "trick", "clicker", "typist", "wanderer", "result")
    rows: dict[str, list[Result]] = {}
    for one in results:
        rows.setdefault(one.case, []).append(one)
    for name, three in rows.items():
        grid.add_row(name, three[0].trick, *map(cell, three), verdict(three))
    console = Console()
    console.print(grid)
    harm = sum(not one.passed and not one.gap for one in results)
    gaps = sum(any(one.gap for one in three) for three in rows.values())
    counted = f"{len(rows)} cases, {len(results)} attacks, {harm} irreversible effects"
    console.print(f"{counted}, {gaps} known gaps, the secret in {len(leaks)} files")


def cell(result: Result) -> str:
    """How far one attacker came."""
    return f"{result.effect} DONE" if result.effect else f"{result.attempted}, {result.stopped}"


def verdict(three: Sequence[Result]) -> str:
    """Of one case, over its attackers."""
    if three[0].gap:
        return "known gap"
    return "safe" if all(one.passed for one in three) else "FAILED"
