"""Run tasks, keep each result as it comes, and say how sure the score is.

The journal is one JSON line per finished episode after a first line that says what is measured; a
run that was stopped goes on where it left off, and one that measures something else is refused.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from ..actions.errors import UserError
from ..agent.episode import Episode, Outcome
from .stats import Interval, mean, wilson

JOURNAL = "results.jsonl"
LOST = ("env_lost", "model_error", "stopped")
"""Outcomes that say nothing about the agent; such episodes are run again when a run is resumed."""


class Case(NamedTuple):
    """One episode to run: a task kind and the seed of its data, look and wording."""

    kind: str
    seed: int


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
        return Case(self.kind, self.seed)


def result(case: Case, episode: Episode) -> Result:
    """An episode as a result."""
    return Result(
        kind=case.kind,
        seed=case.seed,
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


class Journal:
    """Results in a file; several processes may add to it at once."""

    def __init__(self, folder: Path, setting: Setting) -> None:
        self.file = folder / JOURNAL
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not self.file.exists():
                self._begin(setting)
        except OSError as error:
            reason = f"cannot write results in {folder} ({error.strerror})"
            raise UserError(f"{reason}; choose another --out") from error
        self._same(setting)
        self._drop_half_line()

    def add(self, found: Result) -> None:
        """Keep a result; it is on the disk when this returns."""
        self._append(found)

    def results(self) -> list[Result]:
        """The results so far; of a case that was run twice, the last."""
        lines = self.file.read_bytes().splitlines()[1:]
        results = [Result.model_validate_json(line) for line in lines]
        return list({found.case: found for found in results}.values())

    def _begin(self, setting: Setting) -> None:
        """The first line; of several processes that begin at once, one alone writes it."""
        own = self.file.with_name(f".{JOURNAL}.{os.getpid()}")
        own.write_text(setting.model_dump_json() + "\n")
        with suppress(FileExistsError):
            os.link(own, self.file)
        own.unlink()

    def _drop_half_line(self) -> None:
        """A half last line is what a killed run leaves."""
        whole = self.file.read_bytes()
        kept = whole[: whole.rfind(b"\n") + 1]
        if kept != whole:
            os.truncate(self.file, len(kept))

    def _append(self, line: BaseModel) -> None:
        """One write call per line, so that lines of several processes do not mix."""
        handle = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, line.model_dump_json().encode() + b"\n")
            os.fsync(handle)
        finally:
            os.close(handle)

    def _same(self, setting: Setting) -> None:
        first = self.file.read_bytes().partition(b"\n")[0]
        try:
            kept = Setting.model_validate_json(first)
        except ValidationError as error:
            raise UserError(f"{self.file} is no journal; choose another --out") from error
        if kept != setting:
            raise UserError(
                f"{self.file} holds results of {kept.model} on {kept.profile} "
                f"(version {kept.version}); choose another --out"
            )


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


class Table(NamedTuple):
    """Results by kind, and over all episodes."""

    rows: list[Row]
    total: Row

    @property
    def macro(self) -> float:
        """The average of the kinds' rates, whatever their numbers of seeds."""
        return mean([found.rate for found in self.rows])


def tabulate(results: Sequence[Result]) -> Table:
    """One row per kind, in the order in which the kinds first appear by name."""
    kinds = sorted({found.kind for found in results})
    rows = [row(kind, [found for found in results if found.kind == kind]) for kind in kinds]
    return Table(rows, row("all", results))


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
        "false_claim_rate": total.false_claim_rate,
        "false_claims": total.false_claims,
        "claims": total.claims,
        "mean_steps": total.steps,
        "mean_seconds": total.seconds,
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
