"""Score the kept answers of one run, or of its parts together, or compare two runs."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from ...actions.errors import UserError
from .offline import add_data, read_data, tell
from .options import add_json

if TYPE_CHECKING:
    from ...tasks.offline.result import Outcome


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `bench score`."""
    parser.add_argument("runs", nargs="+", metavar="RUN", help="folders of one run's answers")
    parser.add_argument("--against", metavar="RUN", help="another run on the same items")
    parser.add_argument("--out", metavar="DIR", help="where scores and report go (first RUN)")
    add_data(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Score offline: no model is asked, no picture is needed but for the report."""
    if not args.data:
        raise UserError("name the folder of the annotations as --data DIR")
    found = scored(args, [Path(one) for one in args.runs])
    folder = Path(args.out or args.runs[0])
    if args.against:
        compare(found, scored(args, [Path(args.against)]), args.json)
        return 0
    tell(found, read_data(args), folder, args.json)
    return 0


def scored(args: argparse.Namespace, folders: list[Path]) -> Outcome:
    """The answers in these folders, scored."""
    from ...tasks.offline.result import gathered, outcome

    measured, lines = gathered(folders)
    args.name = measured.benchmark
    args.partial = args.partial or measured.partial
    args.chinese = args.chinese or "chinese" in measured.variant
    args.refined = args.refined or "refined" in measured.variant
    return outcome(measured, lines, read_data(args))


def compare(a: Outcome, b: Outcome, as_json: bool) -> None:
    """Whether two runs differ, on the items that both have."""
    from ...tasks.offline.result import between

    pair = between(a, b)
    scores = [side.scored[0].tables.total.value for side in (a, b)]
    if as_json:
        print(json.dumps({"scores": scores, **pair._asdict()}))
        return
    print(f"{a.run.model}, {a.run.protocol}: {scores[0]:.2%}")
    print(f"{b.run.model}, {b.run.protocol}: {scores[1]:.2%}")
    print(
        f"of {pair.n} items, {pair.only_first} are right in the first alone and "
        f"{pair.only_second} in the second alone; McNemar's exact p = {pair.p:.4f}"
    )
