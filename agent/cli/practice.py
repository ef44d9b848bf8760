"""Play the practice benchmark: one site, one model, one browser for all episodes."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from ...actions.errors import EnvError
from ...tasks.benchmark import Case, Journal, Result, Setting, run_benchmark
from ...tasks.practice import Site
from ..episode import Episode
from ..loop import Limits, run_episode
from ..policy import VisionPolicy
from ..record import FolderRecord
from .choose import PRACTICE_SIZE, Brain, open_brain, open_browser, window
from .run import Errand, header

if TYPE_CHECKING:
    from ...envs.browser import BrowserEnv
    from .live import LiveLine


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
            episode = run_episode(
                task.goal,
                self._browser(task.start_url),
                VisionPolicy(self.brain.model, self.brain.dialect),
                limits=Limits(self.args.max_steps, self.args.max_seconds),
                record=self._record(what, case.seed) if self.args.keep else None,
                check=task.check,
            )
        finally:
            self.site.release(task)
        if episode.outcome == "stopped":
            raise KeyboardInterrupt
        if episode.outcome == "env_lost":
            self._drop()
        return episode

    def _record(self, what: Errand, seed: int) -> FolderRecord:
        """A run's record among the results; one that was lost before is kept beside it."""
        name = Path(self.args.out) / "runs" / what.task
        tries = (name if n == 1 else name.with_name(f"{name.name}-{n}") for n in range(1, 1000))
        folder = next(folder for folder in tries if not folder.exists())
        return FolderRecord(folder, header(self.args, what, self.brain, seed))

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


def play(
    args: argparse.Namespace, cases: list[Case], folder: Path, live: LiveLine
) -> tuple[Setting, Journal]:
    """Play what the journal lacks of these cases, and keep each result."""
    with open_brain(args, live.say) as brain, Site() as site, Arena(args, site, brain) as arena:
        setting = _setting(args, brain)
        journal = Journal(folder, setting)
        for number, found in enumerate(run_benchmark(cases, arena.play, journal), 1):
            live.say(_line(number, found))
    return setting, journal


def _setting(args: argparse.Namespace, brain: Brain) -> Setting:
    from qvl_agent import __version__

    steps = f"{args.max_steps} steps"
    return Setting(
        benchmark="practice",
        profile=f"evaluation seeds, {window(args, PRACTICE_SIZE)}, {steps}",
        model=brain.model.name,
        dialect=brain.dialect.name,
        version=__version__,
    )


def _line(number: int, found: Result) -> str:
    spent = f"{found.steps:3} steps {found.seconds:6.1f} s"
    return f"{number:4}  {found.outcome:<11} {spent}  {found.kind} {found.seed}  {found.why}"
