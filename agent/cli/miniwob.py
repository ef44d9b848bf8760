"""Play MiniWoB++: the model, or the scripted oracles that show what can be done."""

from __future__ import annotations

import argparse
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...actions.errors import EnvError, UserError
from ...model.mini import TOUCH
from .bench import add_episodes, play_cases
from .choose import Brain, open_brain

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from ...envs.browser import BrowserEnv
    from ...tasks.benchmark import Case, Journal, Setting
    from ...tasks.miniwob import MiniwobTask, Pages, Profile
    from ..episode import Episode
    from ..policy import Policy
    from .arena import Arena
    from .live import LiveLine

PROFILE = "mw-bgym"
ORACLE_STEPS = 60
"""Scripts take one step per key, and say nothing about what is enough for an agent."""


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `bench miniwob`."""
    # Here a profile is a protocol; a browser that keeps cookies would only do harm.
    add_episodes(parser, seeds=5, steps=None)
    parser.add_argument(
        "--profile", "--rules", dest="rules", default=PROFILE, metavar="NAME",
        help="the protocol: mw-bgym (default), mw-seeclick, mw-raw, mw-mobile-proxy or mw-mini",
    )  # fmt: skip
    parser.add_argument(
        "--query", choices=("text", "picture"), help="where the instruction is (never both)"
    )
    parser.add_argument(
        "--oracle", action="store_true", help="scripts that read the page; no score of a model"
    )
    # The protocol says how large and how sharp; options may say otherwise, and the result tells.
    parser.set_defaults(scale=None, profile=None, bundled=TOUCH)


def run(args: argparse.Namespace) -> int:
    """Play what is missing, then print the table."""
    from ...tasks.miniwob import TAUGHT

    profile = _profile(args)
    args.scale = profile.scale
    return play_cases(args, _cases(args, profile), play, TAUGHT)


def _profile(args: argparse.Namespace) -> Profile:
    """The protocol of the options, with what they change about it."""
    from ...tasks.miniwob import PROFILES

    profile = PROFILES.get(args.rules)
    if profile is None:
        raise UserError(f"there are no rules {args.rules!r}; use one of {', '.join(PROFILES)}")
    return replace(
        profile,
        window=args.size or profile.window,
        scale=args.scale or profile.scale,
        steps=args.max_steps or (ORACLE_STEPS if args.oracle else profile.steps),
        query=args.query or profile.query,
    )


def _cases(args: argparse.Namespace, profile: Profile) -> list[Case]:
    """Seeds of the named tasks, seed by seed; with `--oracle` alone, of those that have one."""
    from ...tasks.benchmark import Case
    from ...tasks.miniwob import FLIGHT, pages_of
    from ...tasks.miniwob.oracles import ORACLES
    from ...tasks.practice import eval_seed

    there = pages_of(profile)
    if args.oracle:
        there = tuple(name for name in there if name in ORACLES)
    names = args.tasks.split(",") if args.tasks else there
    for name in names:
        if name not in there and (name not in FLIGHT or args.oracle):
            raise UserError(f"there is no task {name!r} here; use some of {', '.join(there)}")
    return [Case(name, eval_seed(i)) for i in range(args.seeds) for name in dict.fromkeys(names)]


def play(
    args: argparse.Namespace, cases: list[Case], folder: Path, live: LiveLine
) -> tuple[Setting, Journal]:
    """Play what the journal lacks of these cases, and keep each result."""
    from ...tasks.miniwob import Pages
    from .arena import Arena, play_missing

    profile = _profile(args)
    with (
        _open_brain(args, live.say) as brain,
        Pages() as pages,
        Arena(args, brain, profile.window) as arena,
    ):
        setting = _setting(args, brain, profile)

        def episode(case: Case) -> Episode:
            return play_one(arena, pages, profile, case)

        return setting, play_missing(cases, episode, folder, setting, live.say)


@contextmanager
def _open_brain(args: argparse.Namespace, say: Callable[[str], None]) -> Generator[Brain]:
    """The model, or, for oracles, one that is never asked."""
    if not args.oracle:
        with open_brain(args, say) as brain:
            yield brain
        return
    from ...actions.dialects.registry import by_name
    from ...model.scripted import ScriptedModel

    yield Brain(ScriptedModel([], "oracle (reads the page)"), by_name("qwen2.5-vl"))


def play_one(arena: Arena, pages: Pages, profile: Profile, case: Case) -> Episode:
    """One episode; a page or a browser that is lost before the first step is lost all the same."""
    from ...tasks.miniwob import start
    from ..episode import Episode

    try:
        env = arena.browser(pages.url(case.kind))
        task = start(env, case.kind, case.seed, profile)
    except EnvError as error:
        return arena.ended(Episode(case.kind, outcome="env_lost", why=str(error)))
    return arena.ended(_episode(arena, env, task, case, profile))


def _episode(
    arena: Arena, env: BrowserEnv, task: MiniwobTask, case: Case, profile: Profile
) -> Episode:
    from ..loop import Limits, run_episode
    from .run import Errand

    what = Errand(task.goal, task.start_url, task.id, task.check)
    return run_episode(
        task.goal,
        env,
        _policy(arena, task, case),
        limits=Limits(profile.budget(case.kind), arena.args.max_seconds),
        record=arena.record(what, case.seed),
        check=task.check,
        over=task.over,
    )


def _policy(arena: Arena, task: MiniwobTask, case: Case) -> Policy:
    from ...tasks.miniwob.oracles import OraclePolicy
    from ..policy import VisionPolicy

    if arena.args.oracle:
        return OraclePolicy(task, case.kind)
    return VisionPolicy(arena.brain.model, arena.brain.dialect)


def _setting(args: argparse.Namespace, brain: Brain, profile: Profile) -> Setting:
    from qvl_agent import __version__

    from ...tasks.benchmark import Setting

    return Setting(
        benchmark="miniwob",
        profile=profile.name,
        model=brain.model.name,
        dialect="none" if args.oracle else brain.dialect.name,
        version=__version__,
        protocol=profile.protocol(),
    )
