"""Play the tasks of the virtual phone: one phone and one model for all episodes."""

from __future__ import annotations

import argparse

from .bench import add_episodes, cases_of, play_cases


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `bench phone`."""
    add_episodes(parser, seeds=10, steps=40)
    parser.set_defaults(env="virtual-phone")


def run(args: argparse.Namespace) -> int:
    """Play what is missing, then print the table."""
    from ...tasks.phone import KINDS
    from .phone_arena import play

    return play_cases(args, cases_of(tuple(KINDS), args.tasks, args.seeds), play)
