"""Print a run, finished or killed, or make its report."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ...actions.errors import UserError

if TYPE_CHECKING:
    from ..record import Run

REPORT = "report.html"


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `show`."""
    parser.add_argument("run", nargs="?", metavar="RUN", help="its folder (default: the last run)")
    parser.add_argument("--html", action="store_true", help="write the report and print its path")
    parser.add_argument("--open", action="store_true", help="open the report in a browser")


def run(args: argparse.Namespace) -> int:
    """Print the run, and write or open its report if that is asked for."""
    from ..record import load

    found = load(Path(args.run) if args.run else last_run(Path("runs")))
    if not args.html:
        print_run(found)
    if args.html or args.open:
        report = _report(found)
        print(report)
        if args.open:
            import webbrowser

            webbrowser.open(report.resolve().as_uri())
    return 0


def _report(run: Run) -> Path:
    from ..report import write_report

    return write_report(run, run.folder / REPORT)


def last_run(root: Path) -> Path:
    """The run that began last; folders are named by time."""
    runs = sorted(journal.parent for journal in root.glob("*/run.jsonl"))
    if not runs:
        raise UserError(f"there are no runs in {root.absolute()}; name a run's folder")
    return runs[-1]


def print_run(run: Run) -> None:
    """The run as text."""
    from ..describe import ending, flat
    from .live import step_line

    header, episode = run.header, run.episode
    print(flat(header.goal))
    facts = (header.model, header.dialect, header.env, f"{len(episode.steps)} steps")
    print(" · ".join(flat(fact) for fact in facts if fact))
    for step in episode.steps:
        print(step_line(step) if step.deeds or step.refusal else unfinished(step.index))
    print("interrupted: killed before it could say how it ended" if run.interrupted else "", end="")
    print("" if run.interrupted else ending(episode))
    if episode.answer:
        print(f"the agent's words: {flat(episode.answer)}")


def unfinished(index: int) -> str:
    """A step that was begun and not finished."""
    return f"{index:3}     …    nothing is known to have been done"
