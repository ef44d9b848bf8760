"""Where a benchmark's episodes are played: one browser for all, replaced when it is lost."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ...actions.errors import ActionError, EnvError
from ...actions.types import Size
from ...tasks.benchmark import Case, Journal, Result, Setting, run_benchmark
from ..episode import Episode
from ..loop import Limits, run_episode
from ..policy import VisionPolicy
from ..record import FolderRecord
from .choose import Brain, open_browser, window
from .run import Errand, header

if TYPE_CHECKING:
    from ...envs.base import Env
    from ...envs.browser import BrowserEnv


class Arena:
    """A browser that is reused until it is lost, and the records of what is done in it."""

    def __init__(self, args: argparse.Namespace, brain: Brain, usual: Size) -> None:
        self.args, self.brain, self.usual = args, brain, usual
        self._held = ExitStack()
        self._env: BrowserEnv | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def record(self, what: Errand, seed: int) -> FolderRecord | None:
        """A record among the results, if they are kept; one that was lost stays beside it."""
        if not self.args.keep:
            return None
        name = Path(self.args.out) / "runs" / what.task
        tries = (name if n == 1 else name.with_name(f"{name.name}-{n}") for n in range(1, 1000))
        folder = next(folder for folder in tries if not folder.exists())
        return FolderRecord(folder, header(self.args, what, self.brain, seed))

    def browser(self, url: str) -> BrowserEnv:
        """The browser, at the page as if it had just been opened."""
        if self._env is not None:
            try:
                self._env.reset(url)
            except (ActionError, EnvError):
                # A page that does not open is worth a new browser, which says so if it is the page.
                self.drop()
            else:
                return self._env
        self._env = self._held.enter_context(open_browser(self.args, url, self.usual))
        return self._env

    def drop(self) -> None:
        """Give the browser up; the next episode gets a new one."""
        self._held.close()
        self._env = None

    def attempt(self, what: Errand, env: Env, seed: int) -> Episode:
        """One episode by the model, under the limits of the options; a lost screen is given up."""
        return self.ended(
            run_episode(
                what.goal,
                env,
                VisionPolicy(self.brain.model, self.brain.dialect),
                limits=Limits(self.args.max_steps, self.args.max_seconds),
                record=self.record(what, seed),
                check=what.check,
            )
        )

    def ended(self, episode: Episode) -> Episode:
        """The same; Ctrl-C ends the benchmark too, and a lost browser is replaced."""
        if episode.outcome == "stopped":
            raise KeyboardInterrupt
        if episode.outcome == "env_lost":
            self.drop()
        return episode


def usual_setting(args: argparse.Namespace, brain: Brain, benchmark: str, usual: Size) -> Setting:
    """What is measured when a benchmark has no protocol but its seeds, screen and steps."""
    from qvl_agent import __version__

    return Setting(
        benchmark=benchmark,
        profile=f"evaluation seeds, {window(args, usual)}, {args.max_steps} steps",
        model=brain.model.name,
        dialect=brain.dialect.name,
        version=__version__,
    )


def play_missing(
    cases: Iterable[Case],
    play: Callable[[Case], Episode],
    folder: Path,
    setting: Setting,
    say: Callable[[str], None],
) -> Journal:
    """Play what the journal lacks of these cases; each result is kept and said."""
    journal = Journal(folder, setting)
    for number, found in enumerate(run_benchmark(cases, play, journal), 1):
        say(_line(number, found))
    return journal


def _line(number: int, found: Result) -> str:
    spent = f"{found.steps:3} steps {found.seconds:6.1f} s"
    return f"{number:4}  {found.outcome:<11} {spent}  {found.kind} {found.seed}  {found.why}"
