"""Play AndroidWorld's tasks with our bookkeeping: errors of the machine are counted apart.

Upstream's runner turns an exception into NaN, which leaves the average, and does not clean up
after it. Here such an episode is lost, is counted, and is played again when the run is resumed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ...actions.errors import EnvError, ModelError
from ...agent.episode import Episode, judge
from ..benchmark import Case
from .agent import AndroidWorldAgent

MINIWOB_STEPS = 30


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
    """Upstream's number of steps; 30 for the tasks of MobileMiniWob++."""
    if task.name.lower().startswith("miniwob"):
        return MINIWOB_STEPS
    return int(10 * task.complexity)


def play(
    task: Task, agent: AndroidWorldAgent, over: Callable[[Any], bool] | None = None
) -> Episode:
    """One episode, from a clean phone to a clean phone; success is the check and the claim."""
    episode = Episode(task.goal)
    try:
        _guarded(lambda: task.initialize_task(agent.env))
        episode = _steps(task, agent, over)
        done = _checked(task, agent.env)
        episode.over = episode.claim is None and over is not None and done
        judge(episode, (done, "the phone is as the goal asks" if done else "the check says no"))
    except EnvError as error:
        episode.outcome, episode.why = "env_lost", str(error)
    except ModelError as error:
        episode.outcome, episode.why = "model_error", str(error)
    finally:
        _tidy(task, agent.env, episode)
    return episode


def _steps(task: Task, agent: AndroidWorldAgent, over: Callable[[Any], bool] | None) -> Episode:
    """Steps until the agent, the page or the budget ends it."""
    most = budget(task)
    _guarded(lambda: agent.reset(task.start_on_home_screen))
    agent.set_max_steps(most)
    for _ in range(most):
        result = agent.step(task.goal)
        ended = agent.episode is not None and agent.episode.outcome is not None
        if result.done or ended or (over and over(agent.env.controller)):
            break
    episode = agent.episode or Episode(task.goal)
    if episode.outcome is None:
        episode.outcome, episode.why = "budget", f"{most} steps are spent"
    return episode


def _checked(task: Task, env: Any) -> bool:
    """What the task's own check says; a fraction of a reward, which upstream trips over, is no."""
    try:
        return _guarded(lambda: task.is_successful(env)) > 0.5
    except EnvError as error:
        if isinstance(error.__cause__, ValueError) and task.name.lower().startswith("miniwob"):
            return False
        raise


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
