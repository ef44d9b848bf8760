"""Run tasks, keep each result as it comes, and say how sure the score is.

A run that was stopped goes on where it left off, and one that measures something else is refused
(see journal.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from statistics import stdev
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from ..agent.episode import Episode, Outcome
from .journal import Lines
from .stats import Interval, mean, wilson

JOURNAL = "results.jsonl"
LOST = ("env_lost", "model_error", "stopped")
"""Outcomes that say nothing about the agent; such episodes are run again when a run is resumed."""


class Case(NamedTuple):
    """One episode to run: a task kind and the seed of its data, look and wording."""

    kind: str
    seed: int
    repeat: int = 0
    """Which time it is played: benchmarks that act do not end the same way twice."""


class Setting(BaseModel):
    """What is measured; two results belong together only if this is equal."""

    model_config = ConfigDict(frozen=True)
    benchmark: str
    profile: str
    model: str
    dialect: str
    version: str
    protocol: dict[str, str | int | float] = {}
    """The rules that the profile's name stands for, where it has them: window, scale, steps."""


class Result(BaseModel):
    """One finished episode."""

    model_config = ConfigDict(frozen=True)
    kind: str
    seed: int
    repeat: int = 0
    goal: str
    outcome: Outcome
    claim: Literal["done", "failed"] | None
    done: bool | None
    why: str
    steps: int
    seconds: float
    overhead_per_step: float

    @property
    def case(self) -> Case:
        """Which case it is the result of."""
        return Case(self.kind, self.seed, self.repeat)


def result(case: Case, episode: Episode) -> Result:
    """An episode as a result."""
    return Result(
        kind=case.kind,
        seed=case.seed,
        repeat=case.repeat,
        goal=episode.goal,
        outcome=episode.outcome or "stopped",
        claim=episode.claim,
        done=episode.done,
        why=episode.why,
        steps=len(episode.steps),
        seconds=episode.seconds,
        overhead_per_step=episode.overhead_per_step(),
    )


def run_benchmark(
    cases: Iterable[Case], play: Callable[[Case], Episode], journal: Journal
) -> Iterable[Result]:
    """Play what the journal lacks, in order, and keep each result before it is passed on."""
    finished = {kept.case for kept in journal.results() if kept.outcome not in LOST}
    for case in cases:
        if case not in finished:
            found = result(case, play(case))
            journal.add(found)
            yield found


class Journal(Lines[Setting, Result]):
    """Results of episodes in a folder; several processes may add to it at once."""

    def __init__(self, folder: Path, setting: Setting) -> None:
        super().__init__(folder / JOURNAL, setting, Result, lambda found: found.case)


class Row(NamedTuple):
    """Results of one task kind, or of all."""

    name: str
    n: int
    verified: int
    lost: int
    """Episodes that ended for reasons outside the agent; failures in `rate`."""
    claims: int
    false_claims: int
    interval: Interval
    steps: float
    seconds: float

    @property
    def rate(self) -> float:
        """Share of verified episodes."""
        return self.verified / max(self.n, 1)

    @property
    def rate_without_lost(self) -> float:
        """The same share, of the episodes that were not lost to the machine."""
        return self.verified / max(self.n - self.lost, 1)

    @property
    def false_claim_rate(self) -> float:
        """Share of claims of success that the check contradicts."""
        return self.false_claims / max(self.claims, 1)


def row(name: str, results: Sequence[Result]) -> Row:
    """Sum up results."""
    verified = sum(found.outcome == "verified" for found in results)
    claims = [found for found in results if found.claim == "done"]
    return Row(
        name,
        len(results),
        verified,
        sum(found.outcome in LOST for found in results),
        len(claims),
        sum(found.done is False for found in claims),
        wilson(verified, len(results)),
        mean([found.steps for found in results]),
        mean([found.seconds for found in results]),
    )


class Repeats(NamedTuple):
    """How much the same cases vary from one time to the next."""

    rates: tuple[float, ...]
    """Verified rate of each time."""
    always: float
    """pass^k: the share of cases that were verified every time."""

    @property
    def mean(self) -> float:
        """Mean rate."""
        return mean(self.rates)

    @property
    def spread(self) -> float:
        """Sample standard deviation of the rates; 0 when there was only one time."""
        return stdev(self.rates) if len(self.rates) > 1 else 0.0


def repeats(results: Sequence[Result]) -> Repeats:
    """Sum up by the times that a case was played."""
    times = sorted({found.repeat for found in results})
    rates = [
        mean([float(f.outcome == "verified") for f in results if f.repeat == time])
        for time in times
    ]
    cases: dict[Case, bool] = {}
    for found in results:
        case = found.case._replace(repeat=0)
        cases[case] = cases.get(case, True) and found.outcome == "verified"
    return Repeats(tuple(rates), mean([float(all_) for all_ in cases.values()]))


class Table(NamedTuple):
    """Results by kind, and over all episodes."""

    rows: list[Row]
    total: Row
    often: Repeats
    taught: tuple[str, ...] = ()
    """Kinds that the model's recipe teaches, where that is known; others are told apart."""

    @property
    def macro(self) -> float:
        """The average of the kinds' rates, whatever their numbers of seeds."""
        return mean([found.rate for found in self.rows])

    def average(self, kinds: Collection[str], among: bool = True) -> tuple[int, float]:
        """How many of the table's kinds are among these, or are not, and their average rate."""
        rates = [found.rate for found in self.rows if (found.name in kinds) == among]
        return len(rates), mean(rates)


def tabulate(results: Sequence[Result], taught: tuple[str, ...] = ()) -> Table:
    """One row per kind, in the order in which the kinds first appear by name."""
    kinds = sorted({found.kind for found in results})
    rows = [row(kind, [found for found in results if found.kind == kind]) for kind in kinds]
    return Table(rows, row("all", results), repeats(results), taught)


def _apart(table: Table) -> dict[str, object]:
    if not table.taught:
        return {}
    parts = {name: table.average(table.taught, name == "taught") for name in ("taught", "others")}
    return {name: {"kinds": kinds, "macro_rate": rate} for name, (kinds, rate) in parts.items()}


def summary(setting: Setting, table: Table) -> dict[str, object]:
    """The result for programs; `score` is the verified rate over all episodes."""
    total = table.total
    return {
        "benchmark": setting.benchmark,
        "profile": setting.profile,
        "model": setting.model,
        "dialect": setting.dialect,
        "version": setting.version,
        "protocol": setting.protocol,
        "n": total.n,
        "score": total.rate,
        "interval": list(total.interval),
        "verified_rate": total.rate,
        "lost": total.lost,
        "score_without_lost": total.rate_without_lost,
        "macro_rate": table.macro,
        **_apart(table),
        "false_claim_rate": total.false_claim_rate,
        "false_claims": total.false_claims,
        "claims": total.claims,
        "mean_steps": total.steps,
        "mean_seconds": total.seconds,
        "repeats": {
            "k": len(table.often.rates),
            "mean": table.often.mean,
            "spread": table.often.spread,
            "always": table.often.always,
        },
        "tasks": {
            found.name: {
                "n": found.n,
                "score": found.rate,
                "interval": list(found.interval),
                "lost": found.lost,
                "false_claims": found.false_claims,
                "mean_steps": found.steps,
                "mean_seconds": found.seconds,
            }
            for found in table.rows
        },
    }
