"""Was the action right at that step? A pure function of recording and line, under any rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from ...actions.dialects.base import Dialect
from ...actions.errors import UserError
from ...actions.types import KINDS, Capabilities, Point, Size
from .lines import Line
from .read import Meaning, of_line
from .recorded import Episodes, indexed
from .rules import ACTION_RULES, ActionRule
from .score import Error, Judged
from .selftest import GRID, Check, spot
from .steps import PHONE, Deed, RecordedStep, deed

PHONE_CAN = Capabilities("mobile", frozenset(KINDS))
PAPER_STEPS = 500
_WRONG: dict[str, Error] = {
    "click": "wrong element", "long_press": "wrong element", "swipe": "wrong direction",
    "type": "wrong text", "open": "wrong text",
}  # fmt: skip


def rules_of(benchmark: str) -> list[ActionRule]:
    """The rules of a benchmark, the usual one first."""
    prefix = "aitz" if benchmark == "aitz" else "ac"
    return [rule for rule in ACTION_RULES.values() if rule.name.startswith(prefix)]


def scored_steps(episodes: Episodes, rule: ActionRule) -> list[RecordedStep]:
    """The steps that a rule is defined for; UserError when its index is not at hand."""
    if not rule.subset:
        return list(episodes.steps)
    if rule.subset == "paper-500":
        steps = sorted(episodes.steps, key=lambda step: step.id)
        return Random(0).sample(steps, min(PAPER_STEPS, len(steps)))
    return indexed(episodes.steps, episodes.folder, rule.subset)


def judge_step(step: RecordedStep, found: Meaning, size: Size, rule: ActionRule) -> Judged:
    """Whether a meaning is right at a step, under a rule."""
    did = deed(found.actions)
    if found.status in ("answered", "refused"):
        right = rule.right(step, did, size)
        error: Error = "right" if right else _error(step, did)
    else:
        right, error = False, found.status
    cells = {"action": step.group}
    return Judged(step.id, right, error, step.cluster, cells, found.at, found.why)


def _error(step: RecordedStep, did: Deed) -> Error:
    if step.truth.kind != did.kind:
        return "refused" if did == Deed("finish", text="failed") else "wrong action"
    return _WRONG.get(did.kind, "wrong action")


def score_steps(
    steps: Sequence[RecordedStep], lines: Sequence[Line], dialect: Dialect, rule: ActionRule
) -> list[Judged]:
    """Every answered step's verdict, by id."""
    known = {step.id: step for step in steps}
    answers = {line.id: line for line in lines}
    return [
        judge_step(
            known[name],
            of_line(dialect, answers[name], "", PHONE_CAN),
            answers[name].original,
            rule,
        )
        for name in sorted(answers.keys() & known.keys())
    ]


def self_test_steps(steps: Sequence[RecordedStep], rule: ActionRule) -> tuple[Check, ...]:
    """Ground truth, an empty reply, a refusal and constant clicks under a rule.

    UserError when the replayed ground truth does not score what it must.
    """
    refusal = Deed("finish", text="failed")
    whole = 1.0 if rule.flip or rule.name.startswith("aitz") else None
    absent = sum(step.truth == refusal for step in steps) / max(len(steps), 1)
    found = (
        Check("replayed ground truth", _rate(steps, rule, lambda step: step.truth), whole),
        Check("empty reply", _rate(steps, rule, lambda step: Deed("other")), 0.0),
        Check("always refuses", _rate(steps, rule, lambda step: refusal), absent),
        Check("centre click", constant(steps, rule, 0.5, 0.5)),
        Check("best constant click", best_constant_click(steps, rule)),
    )
    for check in found:
        if check.wanted is not None and abs(check.rate - check.wanted) > 1e-9:
            raise UserError(
                f"self-test under {rule.name}: the {check.name} scores {check.rate:.2%} and must "
                f"score {check.wanted:.2%}; the recordings are read wrongly or damaged"
            )
    return found


def _rate(
    steps: Sequence[RecordedStep], rule: ActionRule, play: Callable[[RecordedStep], Deed]
) -> float:
    right = sum(rule.right(step, play(step), step.size or PHONE) for step in steps)
    return right / max(len(steps), 1)


def constant(steps: Sequence[RecordedStep], rule: ActionRule, x: float, y: float) -> float:
    """What a click on the same share of each screen scores."""

    def play(step: RecordedStep) -> Deed:
        at: Point = spot(x, y, step.size or PHONE)
        return Deed("click", at)

    return _rate(steps, rule, play)


def best_constant_click(steps: Sequence[RecordedStep], rule: ActionRule) -> float:
    """What the luckiest place of a coarse grid scores."""
    clicks = [step for step in steps if step.truth.kind in ("click", "open")]
    cells = range(GRID // 3)
    spots = [((c + 0.5) * 3 / GRID, (r + 0.5) * 3 / GRID) for c in cells for r in cells]
    best = max((constant(clicks, rule, *at) for at in spots), default=0.0)
    return best * len(clicks) / max(len(steps), 1)
