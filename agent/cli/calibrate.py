"""Show a model screens with known targets: does it see, and in which coordinates does it answer?"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from .options import add_json, add_model

if TYPE_CHECKING:
    from ..calibrate import Calibration


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `calibrate`."""
    add_json(parser)
    add_model(parser)


def run(args: argparse.Namespace) -> int:
    """Ask, print what was found, and keep it for later runs; 1 when something is wrong."""
    from ..calibrate import calibrate, keep
    from .choose import open_brain

    def say(line: str) -> None:
        print(line, file=sys.stderr)

    with open_brain(args, say) as brain:
        found = calibrate(brain.model, brain.dialect, say)
    file = keep(found)
    if args.json:
        print(json.dumps({**asdict(found), "file": str(file)}))
    else:
        print("\n".join(lines(found)))
        print(f"kept in {file}")
    return 1 if found.problem else 0


def lines(found: Calibration) -> list[str]:
    """For people: the finding, its numbers, and what to do."""
    told = [f"{found.hits} of {found.asked} points right, read as {found.dialect}"]
    if found.space:
        scales = ", ".join(f"{size}: {factor:g}" for size, factor in found.scales.items())
        told.append(f"it answers in {found.space}; scale {scales}")
        right, down = found.offset
        told.append(f"offset {right:+.1%} across, {down:+.1%} down; spread {found.spread:.1%}")
    if found.fits:
        told.append(f"dialects that read it: {', '.join(found.fits[:6])}")
    told.append(f"problem: {found.problem}" if found.problem else "all is well")
    return told
