"""Play the benchmarks that are in the box: one model, one screen for all episodes."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ...actions.errors import EnvError
from ...actions.types import Size
from ...tasks.benchmark import Case, Journal, Result, Setting, run_benchmark
from ...tasks.practice import Site
from ..episode import Episode
from ..loop import Limits, run_episode
from ..policy import VisionPolicy
from ..record import FolderRecord
from .choose import PRACTICE_SIZE, Brain, open_brain, open_browser, window
from .run import Errand, header

if TYPE_CHECKING:
    from ...envs.android.env import AndroidEnv
    from ...envs.base import Env
    from ...envs.browser import BrowserEnv
    from ...envs.virtual_phone.phone import VirtualPhone
    from .live import LiveLine

USUAL_SIZES = {"practice": PRACTICE_SIZE, "phone": Size(720, 1280)}


class Arena:
    """The site, the model, and a browser that is reused until it is lost."""

    def __init__(self, args: argparse.Namespace, site: Site, brain: Brain) -> None:
        self.args, self.site, self.brain = args, site, brain
        self._held = ExitStack()
        self._env: BrowserEnv | None = None

    def __enter__(self) -> Arena:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def play(self, case: Case) -> Episode:
        """One episode from a fresh page; a browser that was lost is replaced before the next."""
        task = self.site.task(case.kind, case.seed)
        what = Errand(task.goal, task.start_url, task.id, task.check)
        try:
            episode = attempt(self.args, self.brain, what, self._browser(task.start_url), case.seed)
        finally:
            self.site.release(task)
        if episode.outcome == "env_lost":
            self._drop()
        return episode

    def _browser(self, url: str) -> BrowserEnv:
        """The browser, at the page as if it had just been opened."""
        if self._env is not None:
            try:
                self._env.reset(url)
            except EnvError:
                self._drop()
            else:
                return self._env
        self._env = self._held.enter_context(open_browser(self.args, url, PRACTICE_SIZE))
        return self._env

    def _drop(self) -> None:
        self._held.close()
        self._env = None


class PhoneArena:
    """The virtual phone and the model; a phone that was lost is replaced before the next."""

    def __init__(self, args: argparse.Namespace, brain: Brain, live: LiveLine) -> None:
        self.args, self.brain, self.live = args, brain, live
        args.env = "virtual-phone"  # For the header of a kept record.
        self._held = ExitStack()
        self._phone: VirtualPhone | None = None
        self._env: AndroidEnv | None = None

    def __enter__(self) -> PhoneArena:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def play(self, case: Case) -> Episode:
        """One episode on a phone with the data of its seed."""
        from ...tasks.phone import phone_task

        phone, env = self._open()
        task = phone_task(phone, case.kind, case.seed)
        what = Errand(task.goal, "", f"{task.id}-{case.seed}", task.check)
        episode = attempt(self.args, self.brain, what, env, case.seed)
        if episode.outcome == "env_lost":
            self._held.close()
            self._env = None
        return episode

    def _open(self) -> tuple[VirtualPhone, AndroidEnv]:
        from .phone import open_phone, virtual_phone

        if self._phone is None or self._env is None:
            self._phone = self._held.enter_context(virtual_phone(self.args))
            opened = open_phone(self.args, self._phone, self.live.say)
            self._env = self._held.enter_context(opened)
        return self._phone, self._env


def attempt(args: argparse.Namespace, brain: Brain, what: Errand, env: Env, seed: int) -> Episode:
    """One episode of a benchmark; Ctrl-C ends them all."""
    episode = run_episode(
        what.goal,
        env,
        VisionPolicy(brain.model, brain.dialect),
        limits=Limits(args.max_steps, args.max_seconds),
        record=_record(args, brain, what, seed) if args.keep else None,
        check=what.check,
    )
    if episode.outcome == "stopped":
        raise KeyboardInterrupt
    return episode


def _record(args: argparse.Namespace, brain: Brain, what: Errand, seed: int) -> FolderRecord:
    """A run's record among the results; one that was lost before is kept beside it."""
    name = Path(args.out) / "runs" / what.task
    tries = (name if n == 1 else name.with_name(f"{name.name}-{n}") for n in range(1, 1000))
    folder = next(folder for folder in tries if not folder.exists())
    return FolderRecord(folder, header(args, what, brain, seed))


def play(
    args: argparse.Namespace, cases: list[Case], folder: Path, live: LiveLine
) -> tuple[Setting, Journal]:
    """Play what the journal lacks of these cases, and keep each result."""
    with open_brain(args, live.say) as brain, open_arena(args, brain, live) as arena:
        setting = _setting(args, brain)
        journal = Journal(folder, setting)
        for number, found in enumerate(run_benchmark(cases, arena.play, journal), 1):
            live.say(_line(number, found))
    return setting, journal


@contextmanager
def open_arena(
    args: argparse.Namespace, brain: Brain, live: LiveLine
) -> Generator[Arena | PhoneArena]:
    """Where the benchmark of the options is played."""
    if args.name == "phone":
        with PhoneArena(args, brain, live) as arena:
            yield arena
    else:
        with Site() as site, Arena(args, site, brain) as arena:
            yield arena


def _setting(args: argparse.Namespace, brain: Brain) -> Setting:
    from qvl_agent import __version__

    steps = f"{args.max_steps} steps"
    return Setting(
        benchmark=args.name,
        profile=f"evaluation seeds, {window(args, USUAL_SIZES[args.name])}, {steps}",
        model=brain.model.name,
        dialect=brain.dialect.name,
        version=__version__,
    )


def _line(number: int, found: Result) -> str:
    spent = f"{found.steps:3} steps {found.seconds:6.1f} s"
    return f"{number:4}  {found.outcome:<11} {spent}  {found.kind} {found.seed}  {found.why}"
