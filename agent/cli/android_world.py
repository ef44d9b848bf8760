"""Play AndroidWorld on emulators that are running already."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .bench import play_cases
from .choose import Brain, open_brain
from .options import add_json, add_model, positive

if TYPE_CHECKING:
    from ...tasks.android_world import AndroidWorldAgent, Suite
    from ...tasks.benchmark import Case, Journal, Setting
    from ..episode import Episode
    from .live import LiveLine

FAMILY, SEED = "android_world", 30
COLD_AFTER = 2
"""Lost episodes in a row after which an emulator is started anew."""


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `bench android-world`."""
    parser.add_argument("--family", default=FAMILY, metavar="NAME", help=f"suite ({FAMILY})")
    parser.add_argument("--tasks", metavar="A,B", help="task names (default: all of the suite)")
    parser.add_argument("--seeds", type=positive, default=1, metavar="N", help="instances per task")
    parser.add_argument("--task-seed", type=positive, default=SEED, metavar="N")
    parser.add_argument("--jobs", type=positive, default=1, metavar="N", help="emulators")
    parser.add_argument(
        "--console-port", type=positive, default=5554, metavar="N",
        help="of the first emulator; the others follow in steps of two",
    )  # fmt: skip
    parser.add_argument(
        "--grpc-port", type=positive, default=8554, metavar="N",
        help="of the first emulator; the others follow one by one",
    )  # fmt: skip
    parser.add_argument("--adb", metavar="FILE", help="adb (default: where upstream looks)")
    parser.add_argument(
        "--avd", metavar="A,B", help="start these when they are not well, one per job"
    )
    parser.add_argument("--setup", action="store_true", help="install the apps first; once only")
    parser.add_argument("--out", metavar="DIR", help="where results are kept, and taken up again")
    parser.add_argument("--part", metavar="I/N", help=argparse.SUPPRESS)
    # Emulators belong to one machine, and instances are upstream's way to play a task again.
    parser.set_defaults(repeats=1, ray=None)
    add_json(parser)
    add_model(parser)


def run(args: argparse.Namespace) -> int:
    """Play what is missing, then print the table."""
    from ...tasks.android_world import suite

    names = args.tasks.split(",") if args.tasks else None
    tasks = suite(args.family, args.seeds, args.task_seed, names, None)
    return play_cases(args, tasks.cases(), partial(play, tasks))


def ports(args: argparse.Namespace) -> tuple[int, int]:
    """Console and gRPC port of this process's emulator."""
    place = int((args.part or "1/1").partition("/")[0]) - 1
    return args.console_port + 2 * place, args.grpc_port + place


def play(
    tasks: Suite, args: argparse.Namespace, cases: list[Case], folder: Path, live: LiveLine
) -> tuple[Setting, Journal]:
    """Play what the journal lacks of these cases, and keep each result."""
    from .arena import play_missing

    with open_brain(args, live.say) as brain:
        setting = _setting(args, brain)
        ward = Ward(args, brain)
        try:
            played = play_missing(
                cases, lambda case: ward.play(tasks, case), folder, setting, live.say
            )
        finally:
            ward.close()
        return setting, played


class Ward:
    """One emulator; connected to again after it was lost, and started cold after two in a row."""

    def __init__(self, args: argparse.Namespace, brain: Brain) -> None:
        from ...tasks.android_world import Emulator

        self.args, self.brain = args, brain
        console, grpc = ports(args)
        self.emulator = Emulator(console, grpc, avd(args), args.adb or "adb")
        self.lost = 0
        self._env: Any = None
        self._setup: bool = args.setup
        """Whether the apps are still to be installed."""

    def play(self, tasks: Suite, case: Case) -> Episode:
        """One episode; an emulator that cannot be reached loses it too."""
        from ...actions.errors import EnvError
        from ...tasks.android_world import goal, terminated
        from ...tasks.android_world import play as play_task
        from ..episode import Episode

        task = tasks.task(case)
        try:
            agent = self._agent()
        except EnvError as error:
            episode = Episode(goal(task), outcome="env_lost", why=str(error))
        else:
            episode = play_task(task, agent, terminated(self.args.family))
        self.lost = self.lost + 1 if episode.outcome == "env_lost" else 0
        if self.lost:
            self.drop()
        return episode

    def _agent(self) -> AndroidWorldAgent:
        from ...tasks.android_world import AndroidWorldAgent, connect
        from ..policy import VisionPolicy

        if self._env is None:
            self.emulator.ready(cold=self.lost >= COLD_AFTER)
            self._env = connect(*ports(self.args), self.args.adb, self._setup)
            self._setup = False
        policy = VisionPolicy(self.brain.model, self.brain.dialect)
        agent = AndroidWorldAgent(self._env, policy)
        # The pages of the small web tasks change at once, and never come to rest for a tree.
        agent.transition_pause = 0.2 if self.args.family.startswith("miniwob") else None
        return agent

    def drop(self) -> None:
        """Give the connection up."""
        if self._env is not None:
            env, self._env = self._env, None
            env.close()

    def close(self) -> None:
        """Give up the connection, and what was started here."""
        self.drop()
        self.emulator.close()


def avd(args: argparse.Namespace) -> str | None:
    """The virtual device of this process: the name at its place in the list."""
    names = str(args.avd or "").split(",")
    place = int((args.part or "1/1").partition("/")[0]) - 1
    return (names[place] or None) if place < len(names) else None


def _setting(args: argparse.Namespace, brain: Brain) -> Setting:
    from qvl_agent import __version__

    from ...tasks.benchmark import Setting

    return Setting(
        benchmark="android-world",
        profile="aw-upstream",
        model=brain.model.name,
        dialect=brain.dialect.name,
        version=__version__,
        protocol={
            "suite": args.family,
            "task seed": args.task_seed,
            "steps": "upstream's",
            "success": "the check and the agent's claim",
        },
    )
