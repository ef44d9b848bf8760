"""Go on with a run that was killed, stopped, or lost its screen."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ...actions.errors import UserError
from . import run as fresh

if TYPE_CHECKING:
    from ..record import Run

OVER = ("verified", "claimed", "not_done", "loop", "bad_replies")
"""Ends that the agent or its limits chose: the same past would lead there again."""


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `resume`: those of `run`, but for the goal."""
    parser.add_argument("goal", metavar="RUN", help="the run's folder")
    fresh.add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Look again, and go on from there; the record goes on in its folder."""
    from ..record import load

    found = load(Path(args.goal))
    check(found)
    args.goal, args.out = found.header.goal, str(found.folder)
    args.env, args.url = found.header.env, args.url or last_page(found)
    args.serial = args.serial or found.header.options.get("serial")
    args.model = args.model or found.header.model
    args.dialect = args.dialect or found.header.dialect
    return fresh.carry_on(args, found)


def check(found: Run) -> None:
    """UserError for a run that cannot be gone on with, and why."""
    outcome = found.episode.outcome
    if outcome in OVER:
        raise UserError(f"that run is over ({outcome}); start another")
    if found.header.task:
        seed = f" --seed {found.header.seed}" if found.header.seed else ""
        raise UserError(
            "the practice site of that run ended with its process;"
            f' start it again: qvl-agent run "{found.header.goal}"{seed}'
        )
    if found.header.env == "virtual-phone":
        raise UserError("the virtual phone of that run is gone; start another")
    if found.header.options.get("virtual"):
        raise UserError("the virtual screen of that run is gone; start another")


def last_page(found: Run) -> str | None:
    """Where the run was last seen, else where it began."""
    seen = [step.look.where for step in found.episode.steps]
    pages = [where for where in reversed(seen) if where.startswith(("http://", "https://"))]
    began = found.header.options.get("url")
    return pages[0] if pages else str(began) if began else None
