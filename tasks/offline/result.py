"""From kept answers to a result: checks first, then every rule that applies."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...actions.dialects.base import Dialect
from ...actions.dialects.registry import by_name
from ...actions.errors import UserError
from ..journal import read_first, read_lines
from ..stats import Paired, mcnemar
from . import score_steps
from .lines import FILE, Line, Run, key
from .recorded import Episodes
from .samples import Loaded, Target
from .score import Judged, rules_for, score
from .selftest import Check, self_test
from .tables import Tables, tabulate

SCORES = "scores.json"


@dataclass(frozen=True)
class Scored:
    """One run under one rule."""

    rule: str
    about: str
    tables: Tables
    judged: tuple[Judged, ...]
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Outcome:
    """A run, whole or in parts, scored under every rule that its data allow."""

    run: Run
    lines: tuple[Line, ...]
    scored: tuple[Scored, ...]
    coarse: Tables | None = None
    """What the first looks alone score, where there were second ones."""
    left_out: tuple[str, ...] = ()
    """Rules that could not be applied, and why."""

    @property
    def complete(self) -> bool:
        """Whether every item of the set was answered."""
        return len(self.lines) >= self.run.n


def gathered(folders: Sequence[Path]) -> tuple[Run, list[Line]]:
    """The answers of one run, in one folder or several; UserError when they differ in kind."""
    runs = [read_first(_file(folder), Run) for folder in folders]
    for folder, run in zip(folders, runs, strict=True):
        if run != runs[0]:
            raise UserError(f"{folder} measures something else than {folders[0]}; score it alone")
    found = {line.id: line for f in folders for line in read_lines(_file(f), Line, key)}
    return runs[0], [found[name] for name in sorted(found)]


def _file(folder: Path) -> Path:
    return folder if folder.is_file() else folder / FILE


def outcome(run: Run, lines: Sequence[Line], data: Loaded | Episodes) -> Outcome:
    """Score; UserError when the annotations are not those that were asked about."""
    if data.data != run.data:
        raise UserError(
            f"the annotations in {data.folder} are not those of this run (SHA-256 {data.data[:12]} "
            f"and {run.data[:12]}); name the ones it was made from"
        )
    dialect = by_name(run.dialect)
    if isinstance(data, Episodes):
        return _steps(run, lines, data, dialect)
    sizes = {target.picture: line.original for target, line in _paired(data, lines)}
    scored = tuple(
        _scored(rule.name, rule.about, score(data.targets, lines, dialect, run.prefill, rule),
                self_test(data.targets, sizes, rule))
        for rule in rules_for(run.benchmark)
    )  # fmt: skip
    return Outcome(run, tuple(lines), scored, _coarse(run, lines, data, dialect))


def _paired(data: Loaded, lines: Sequence[Line]) -> list[tuple[Target, Line]]:
    known = {target.id: target for target in data.targets}
    return [(known[line.id], line) for line in lines if line.id in known]


def _scored(name: str, about: str, judged: list[Judged], checks: tuple[Check, ...]) -> Scored:
    return Scored(name, about, tabulate(judged, name), tuple(judged), checks)


def _coarse(run: Run, lines: Sequence[Line], data: Loaded, dialect: Dialect) -> Tables | None:
    if not run.zoom:
        return None
    rule = rules_for(run.benchmark)[0]
    first = [first_look(line) for line in lines]
    return tabulate(score(data.targets, first, dialect, run.prefill, rule), rule.name)


def first_look(line: Line) -> Line:
    """The line as if there had been no second look; what the model saw follows from the rule."""
    if line.crop is None:
        return line
    return line.model_copy(
        update={"reply": line.crop.first_reply, "finish": line.crop.first_finish,
                "seen": line.crop.first_seen, "crop": None}
    )  # fmt: skip


def _steps(run: Run, lines: Sequence[Line], data: Episodes, dialect: Dialect) -> Outcome:
    scored: list[Scored] = []
    left_out: list[str] = []
    for rule in score_steps.rules_of(run.benchmark):
        try:
            steps = score_steps.scored_steps(data, rule)
        except UserError as error:
            left_out.append(f"{rule.name}: {error}")
            continue
        judged = score_steps.score_steps(steps, lines, dialect, rule)
        checks = score_steps.self_test_steps(steps, rule)
        scored.append(_scored(rule.name, rule.about, judged, checks))
    return Outcome(run, tuple(lines), tuple(scored), None, tuple(left_out))


def told(found: Outcome) -> dict[str, object]:
    """The result for programs, the same for the same answers: no times, sorted by name."""
    first = found.scored[0]
    return {
        "benchmark": found.run.benchmark,
        "profile": profile(found.run),
        "model": found.run.model,
        "dialect": found.run.dialect,
        "data": found.run.data,
        "n": first.tables.total.n,
        "of": found.run.n,
        "complete": found.complete,
        "score": first.tables.total.value,
        "interval": list(first.tables.total.interval),
        "rules": {
            one.rule: one.tables.told()
            | {"checks": {check.name: check.rate for check in one.checks}}
            for one in found.scored
        },
        "first_look": found.coarse.told() if found.coarse else None,
        "left_out": list(found.left_out),
        "notes": list(found.run.notes),
        "items": {
            one.id: {"right": one.right, "error": one.error, "point": one.point}
            for one in first.judged
        },
    }


def profile(run: Run) -> str:
    """The protocol with everything that changes a score."""
    parts = [run.protocol, run.variant, "partial" if run.partial else ""]
    zoom = f"second look at {run.zoom:g} of the sides" if run.zoom else ""
    return ", ".join(filter(None, [*parts, zoom]))


def write_scores(found: Outcome, folder: Path) -> Path:
    """`scores.json`; equal answers give equal bytes."""
    file = folder / SCORES
    text = json.dumps(told(found), indent=1, sort_keys=True, ensure_ascii=False)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot write {file} ({error.strerror}); choose another --out") from error
    return file


def between(a: Outcome, b: Outcome) -> Paired:
    """Two runs on the same items, by their first rule."""
    sides: list[dict[str, bool]] = [
        {one.id: one.right for one in side.scored[0].judged} for side in (a, b)
    ]
    return mcnemar(*sides)
