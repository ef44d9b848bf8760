"""Play the practice benchmark: one site, one model, one browser for all episodes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .bench import add_episodes, cases_of, play_cases
from .choose import PRACTICE_SIZE, open_brain

if TYPE_CHECKING:
    from ...tasks.benchmark import Case, Journal, Setting
    from ...tasks.practice import Site
    from ..episode import Episode
    from .arena import Arena
    from .live import LiveLine


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `bench practice`."""
    add_episodes(parser, seeds=10, steps=40)


def run(args: argparse.Namespace) -> int:
    """Play what is missing, then print the table."""
    from ...tasks.practice import KINDS

    return play_cases(args, cases_of(KINDS, args.tasks, args.seeds), play)


def play(
    args: argparse.Namespace, cases: list[Case], folder: Path, live: LiveLine
) -> tuple[Setting, Journal]:
    """Play what the journal lacks of these cases, and keep each result."""
    from ...tasks.practice import Site
    from .arena import Arena, play_missing, usual_setting

    with (
        open_brain(args, live.say) as brain,
        Site() as site,
        Arena(args, brain, PRACTICE_SIZE) as arena,
    ):
        setting = usual_setting(args, brain, "practice", PRACTICE_SIZE)

        def episode(case: Case) -> Episode:
            return play_one(arena, site, case)

        return setting, play_missing(cases, episode, folder, setting, live.say)


def play_one(arena: Arena, site: Site, case: Case) -> Episode:
    """One episode from a fresh page."""
    from .run import Errand

    task = site.task(case.kind, case.seed)
    what = Errand(task.goal, task.start_url, task.id, task.check)
    try:
        return arena.attempt(what, arena.browser(task.start_url), case.seed)
    finally:
        site.release(task)
