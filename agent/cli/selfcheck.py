"""Prove that a benchmark's annotations are read rightly: the self-tests alone, no model."""

from __future__ import annotations

import argparse
import json
import sys

from ...actions.errors import UserError
from .offline import add_data, read_data
from .options import add_json

NAMES = (
    "screenspot", "screenspot-v2", "screenspot-pro", "osworld-g", "mmbench-gui-l2", "pro-schema",
    "pages", "android-control", "aitz",
)  # fmt: skip


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `bench check`."""
    parser.add_argument("set", choices=NAMES, metavar="SET", help=", ".join(NAMES))
    add_data(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print what players that cannot see score under every rule; exit 2 when one is wrong."""
    if not args.data:
        raise UserError(f"name the folder of {args.set} as --data DIR")
    args.name = args.set
    found = checks(args)
    if args.json:
        print(json.dumps({"benchmark": args.set, "rules": found}))
        return 0
    for rule, rates in found.items():
        print(f"{rule}: " + ", ".join(f"{name} {rate:.2%}" for name, rate in rates.items()))
    return 0


def checks(args: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Rates by rule and player; UserError when one that must hold does not."""
    from ...tasks.offline import score_steps
    from ...tasks.offline.recorded import Episodes
    from ...tasks.offline.score import rules_for
    from ...tasks.offline.selftest import self_test

    data = read_data(args)
    for note in data.notes:
        print(f"note: {note}", file=sys.stderr)
    if not isinstance(data, Episodes):
        return {
            rule.name: {c.name: c.rate for c in self_test(data.targets, {}, rule)}
            for rule in rules_for(args.set)
        }
    found: dict[str, dict[str, float]] = {}
    for rule in score_steps.rules_of(args.set):
        try:
            steps = score_steps.scored_steps(data, rule)
        except UserError as error:
            print(f"note: {rule.name} left out: {error}", file=sys.stderr)
            continue
        tests = score_steps.self_test_steps(steps, rule)
        found[f"{rule.name}, {len(steps)} steps"] = {c.name: c.rate for c in tests}
    return found
