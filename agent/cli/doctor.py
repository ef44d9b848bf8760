"""Say what is missing here and how to get it, and try whether the model can see."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

from .checks import CHECKS, Finding
from .options import add_json, add_model


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `doctor`."""
    parser.add_argument(
        "--loopback",
        action="store_true",
        help="prove on your screen that clicks land where they should (shows small squares)",
    )
    add_json(parser)
    add_model(parser)


def run(args: argparse.Namespace) -> int:
    """Check one thing after the other; exit 1 if something essential is missing."""
    findings: list[Finding] = []
    for finding in examine(args):
        findings.append(finding)
        if not args.json:
            print(line(finding), flush=True)
    healthy = all(finding.ok or not finding.essential for finding in findings)
    if args.json:
        print(json.dumps({"ok": healthy, "checks": [finding._asdict() for finding in findings]}))
    else:
        print("all is well" if healthy else "something essential is missing: see above")
    return 0 if healthy else 1


def examine(args: argparse.Namespace) -> Iterator[Finding]:
    """Everything that a run needs, cheapest first, and last the model's eyes."""
    from .sight import browser, can_see

    if args.loopback:
        yield geometry()
        return
    for check in CHECKS:
        yield check()
    found, seen = browser(args)
    yield found
    if seen is None:
        yield Finding("sight", False, "not tried without a browser", "mend the browser first")
    else:
        yield can_see(args, seen)


def line(finding: Finding) -> str:
    """One finding: what is so, and the cure if it is a problem."""
    mark = "ok     " if finding.ok else ("problem" if finding.essential else "note   ")
    cure = "" if finding.ok or not finding.cure else f"; {finding.cure}"
    return f"{mark}  {finding.name:<9} {finding.cause}{cure}"


def geometry() -> Finding:
    """Squares on the owner's screen, found in pictures and clicked."""
    import sys

    from .choose import need

    need("mss", "desktop")
    from ...envs.desktop.env import DesktopEnv
    from ...envs.desktop.loopback import loopback

    if sys.platform in ("darwin", "win32"):
        return Finding("loopback", False, "only X11 can be tried so far", "see docs/desktop.md")
    env = DesktopEnv(guarded=False)
    try:
        missed, where = loopback(env), f"{env.size} at {env.screen.monitor}"
    finally:
        env.close()
    if not missed:
        return Finding("loopback", True, f"9 of 9 squares were seen and hit, {env.size}")
    first = missed[0]
    cause = f"{len(missed)} of 9 squares were missed on {where}: {first}"
    return Finding("loopback", False, cause, "report this line with your system's scaling")
