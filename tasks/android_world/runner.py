"""Play AndroidWorld's tasks with our bookkeeping: errors of the machine are counted apart.

Upstream's runner turns an exception into NaN, which leaves the average, and does not clean up
after it. Here such an episode is lost, is counted, and is played again when the run is resumed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ...actions.errors import EnvError, ModelError
from ...agent.episode import Episode, judge
from ..benchmark import Case
from .agent import AndroidWorldAgent

Over = Callable[[Any], bool]
"""Whether what is on the screen of an environment has ended by itself."""


class Task(Protocol):
    """The part of upstream's `TaskEval` that a runner needs."""

    name: str
    goal: str
    complexity: float
    start_on_home_screen: bool

    def initialize_task(self, env: Any) -> None:
        """Put the phone into the state that the task begins with."""
        ...

    def is_successful(self, env: Any) -> float:
        """1 when the phone's state is what the goal asks for."""
        ...

    def tear_down(self, env: Any) -> None:
        """Undo it all."""
        ...


@dataclass(frozen=True)
class Suite:
    """Instances of tasks by template; a case's seed is the number of the instance."""

    tasks: Mapping[str, Sequence[Task]]

    def cases(self) -> list[Case]:
        """Instance by instance, so that an early end still compares."""
        most = max((len(found) for found in self.tasks.values()), default=0)
        return [
            Case(name, number)
            for number in range(most)
            for name, found in self.tasks.items()
            if number < len(found)
        ]

    def task(self, case: Case) -> Task:
        """The instance of a case."""
        return self.tasks[case.kind][case.seed]


def budget(task: Task) -> int:
    """Upstream's number of steps."""
    return int(10 * task.complexity)


def goal(task: Task) -> str:
    """Its goal; the name of a web task until it is set up, which has no goal before."""
    try:
        return task.goal
    except ValueError:
        return task.name


def play(task: Task, agent: AndroidWorldAgent, over: Over | None = None) -> Episode:
    """One episode, from a clean phone to a clean phone; success is the check and the claim."""
    began = time.perf_counter()
    episode = Episode(goal(task))
    try:
        _guarded(lambda: task.initialize_task(agent.env))
        episode = _steps(task, agent, over)
        done = _checked(task, agent.env)
        judge(episode, (done, "the phone is as the goal asks" if done else "the check says no"))
    except EnvError as error:
        episode.outcome, episode.why = "env_lost", str(error)
    except ModelError as error:
        episode.outcome, episode.why = "model_error", str(error)
    finally:
        _tidy(task, agent.env, episode)
        episode.seconds = time.perf_counter() - began
    return episode


def _steps(task: Task, agent: AndroidWorldAgent, over: Over | None) -> Episode:
    """Steps until the page, the agent or the budget ends it, in upstream's order."""
    most, words = budget(task), str(_guarded(lambda: task.goal))
    _guarded(lambda: agent.reset(task.start_on_home_screen))
    agent.set_max_steps(most)
    episode = Episode(words)
    for _ in range(most):
        result = agent.step(words)
        episode = agent.episode or episode
        episode.over = over is not None and _over(over, task, agent.env)
        if episode.over or result.done or episode.outcome is not None:
            break
    if episode.outcome is None and not episode.over:
        episode.outcome, episode.why = "budget", f"{most} steps are spent"
    return episode


def _over(over: Over, task: Task, env: Any) -> bool:
    """Whether the page has ended; one that gave a fraction of a reward has."""
    try:
        return _guarded(lambda: over(env))
    except EnvError as error:
        if _fraction(error, task):
            return True
        raise


def _checked(task: Task, env: Any) -> bool:
    """What the task's own check says; a fraction of a reward is no."""
    try:
        return _guarded(lambda: task.is_successful(env)) > 0.5
    except EnvError as error:
        if _fraction(error, task):
            return False
        raise


def _fraction(error: EnvError, task: Task) -> bool:
    """Whether upstream tripped over a reward between none and all, which it reads as an integer."""
    cause, web = error.__cause__, task.name.lower().startswith("miniwob")
    return web and isinstance(cause, ValueError) and "invalid literal for int()" in str(cause)


def _tidy(task: Task, env: Any, episode: Episode) -> None:
    """Clean up whatever happened; when that fails too, the episode's reason says so."""
    try:
        _guarded(lambda: task.tear_down(env))
    except EnvError as error:
        episode.why = f"{episode.why}; could not clean up: {error}".lstrip("; ")


def _guarded(what: Callable[[], Any]) -> Any:
    """What upstream answers; an error of any kind there means that the phone is lost."""
    try:
        return what()
    except (EnvError, ModelError):
        raise
    except Exception as error:  # noqa: BLE001
        # Checks and set-ups of 116 tasks raise whatever their apps made them raise.
        raise EnvError(f"{type(error).__name__}: {error}") from error
