"""Was the point in the shape? A pure function of annotation and line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ...actions.dialects.base import Dialect
from ...actions.errors import UserError
from .lines import Line
from .read import FINE, Meaning, of_line
from .samples import Target
from .shapes import Box, Shape, outline

Error = Literal[
    "right", "near miss", "wrong element", "refused", "not refused", "format", "truncated",
    "outside", "failed", "wrong action", "wrong text", "wrong direction",
]  # fmt: skip
"""Near miss: less than the target's own size away from it."""


class Judged(NamedTuple):
    """One sample's verdict."""

    id: str
    right: bool
    error: Error
    cluster: str
    cells: Mapping[str, str]
    """The tables it belongs to, and its row in each."""
    point: tuple[float, float] | None = None
    """In pixels of the picture."""
    why: str = ""


@dataclass(frozen=True)
class Rule:
    """What counts, and out of how many."""

    name: str
    about: str
    refusals: bool = True
    """Whether items whose right answer is a refusal are scored."""


RULES = {
    "point-in-box": Rule("point-in-box", "a point in the closed box; every item counts"),
    "osworldg-564": Rule("osworldg-564", "box or polygon; a refusal is right where nothing is"),
    "osworldg-510": Rule("osworldg-510", "box or polygon; refusal items left out", refusals=False),
}


def rules_for(benchmark: str) -> tuple[Rule, ...]:
    """The rules that one run is scored under, the usual one first."""
    names = ("osworldg-564", "osworldg-510") if benchmark == "osworld-g" else ("point-in-box",)
    return tuple(RULES[name] for name in names)


def judge(target: Target, found: Meaning) -> Judged:
    """Whether a meaning is right for a target."""
    cells = {"group": target.group, "kind": target.kind}
    if target.platform:
        cells["platform"] = target.platform
    if target.app:
        cells["application"] = target.app
    error = _error(target, found)
    return Judged(target.id, error == "right", error, target.cluster, cells, found.at, found.why)


def _error(target: Target, found: Meaning) -> Error:
    if target.shape is None:
        return _absent(found)
    if found.status != "answered":
        return found.status
    if found.at is None:
        return "format"
    if _inside(target.shape, *found.at, 1 / found.fine):
        return "right"
    near = outline(target.shape).near(*found.at)
    return "near miss" if near else "wrong element"


def _inside(shape: Shape, x: float, y: float, unit: float) -> bool:
    """Whether a point is in a shape; one that the unit of reckoning took over an edge still is."""
    if unit < 1 and isinstance(shape, Box):
        left, top, right, bottom = shape
        shape = Box(left - unit, top - unit, right + unit, bottom + unit)
    return shape.holds(x, y)


def _absent(found: Meaning) -> Error:
    """Damage is never taken for a refusal."""
    match found.status:
        case "refused":
            return "right"
        case "answered":
            return "not refused"
        case other:
            return other


def score(
    targets: Iterable[Target], lines: Sequence[Line], dialect: Dialect, prefill: str, rule: Rule
) -> list[Judged]:
    """Every answered target's verdict, by id; UserError for an answer to nothing."""
    answers = {line.id: line for line in lines}
    known = {target.id: target for target in targets}
    strange = answers.keys() - known.keys()
    if strange:
        raise UserError(
            f"the answers hold {min(strange)!r}, which the annotations do not; score them with the "
            "annotation files that they were made from"
        )
    return [
        judge(known[name], of_line(dialect, answers[name], prefill, fine=FINE))
        for name in sorted(answers)
        if rule.refusals or known[name].shape is not None
    ]
