"""When an offline action counts as right: there is no one rule, so each in use has a name.

AndroidControl has no released scorer and at least five rules with their own denominators; a
constant click gets 5 to 26 % depending on which. Every run is scored under all that its data allow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import dist, hypot

from ...actions.types import Point, Size
from .shapes import Box
from .steps import OPPOSITE, Deed, RecordedStep, Way

Test = Callable[[RecordedStep, Deed, Size], bool]


@dataclass(frozen=True)
class ActionRule:
    """How each kind of action is compared, and over which steps."""

    name: str
    about: str
    touch: Test
    same_text: Callable[[str, str], bool]
    same_app: Callable[[str, str], bool]
    subset: str = ""
    """The steps it is defined for, by the name of an index; empty: all."""
    icon_opens: bool = False
    """A click in the app's icon counts as opening it."""
    flip: bool = True
    """Whether the annotation's vertical directions are turned into the finger's."""

    def right(self, step: RecordedStep, did: Deed, size: Size) -> bool:
        """Whether an action is right at a step."""
        truth = step.truth
        if truth.kind == "open" and did.kind == "click" and self.icon_opens:
            return did.at is not None and any(box.holds(*_xy(did.at)) for box in step.boxes)
        if truth.kind != did.kind:
            return False
        match truth.kind:
            case "click" | "long_press":
                return self.touch(step, did, size)
            case "swipe":
                return did.way == self.wanted(step)
            case "type":
                return self.same_text(did.text, truth.text)
            case "open":
                return self.same_app(did.text, truth.text)
            case "button" | "finish":
                return did.text == truth.text
            case _:
                return True

    def wanted(self, step: RecordedStep) -> Way:
        """The direction that counts: the label's, with its vertical axis turned where told."""
        vertical = step.label in ("up", "down")
        return OPPOSITE[step.label] if vertical and self.flip else step.label


def _xy(point: Point) -> tuple[float, float]:
    return point.x, point.y


def _share(point: Point, size: Size) -> tuple[float, float]:
    return point.x / size.width, point.y / size.height


def near(step: RecordedStep, did: Deed, size: Size, reach: float) -> bool:
    """Within `reach` in a space where both sides of the screen are 1."""
    if did.at is None or step.truth.at is None:
        return False
    return dist(_share(did.at, size), _share(step.truth.at, size)) <= reach


def grown_or_near(step: RecordedStep, did: Deed, size: Size, reach: float = 0.04) -> bool:
    """In any candidate box with its sides times 1.2, else within `reach`."""
    if did.at is None:
        return False
    inside = any(box.grown(1.2).holds(*_xy(did.at)) for box in step.boxes)
    return inside or near(step, did, size, reach)


def within_140(step: RecordedStep, did: Deed, size: Size) -> bool:
    """Within 140 in a space where both sides are 1000."""
    return near(step, did, size, 0.14)


def five_or_368(step: RecordedStep, did: Deed, size: Size) -> bool:
    """In one of the five boxes nearest to the truth, else within 368 px of a 1080x2400 screen."""
    if did.at is None or step.truth.at is None:
        return False
    at, truth = _xy(did.at), _xy(step.truth.at)
    boxes = sorted(step.boxes, key=lambda box: dist(box.centre, truth))[:5]
    scale = (1080 / size.width, 2400 / size.height)
    away = hypot((at[0] - truth[0]) * scale[0], (at[1] - truth[1]) * scale[1])
    return any(box.holds(*at) for box in boxes) or away <= 368


def in_smallest(step: RecordedStep, did: Deed, size: Size) -> bool:
    """In the smallest box that holds the recorded touch; without one, within 0.04."""
    if did.at is None or step.truth.at is None:
        return False
    truth = _xy(step.truth.at)
    around: list[Box] = [box for box in step.boxes if box.holds(*truth)]
    if not around:
        return near(step, did, size, 0.04)
    return min(around, key=lambda box: box.area).holds(*_xy(did.at))


def exact(a: str, b: str) -> bool:
    """Equal to the letter."""
    return a == b


def alike(a: str, b: str) -> bool:
    """Equal but for case and outer blanks."""
    return a.strip().lower() == b.strip().lower()


def contains(a: str, b: str) -> bool:
    """Either is part of the other, case and outer blanks aside; so an empty text always passes."""
    a, b = a.strip().lower(), b.strip().lower()
    return a in b or b in a


def word_f1(a: str, b: str) -> bool:
    """Harmonic mean of the shares of common words above one half."""
    x, y = Counter(a.lower().split()), Counter(b.lower().split())
    common = (x & y).total()
    return common > 0 and 2 * common / (x.total() + y.total()) > 0.5


def first_word(a: str, b: str) -> bool:
    """What OS-Atlas's scorer really compares: the first word after the action's name."""
    return a.lower().split()[:1] == b.lower().split()[:1]


def close(a: str, b: str) -> bool:
    """Part of each other, or edit similarity above 0.8 (the threshold of AITZ's scorer)."""
    a, b = a.strip().lower(), b.strip().lower()
    return bool(a and b) and (a in b or b in a or similarity(a, b) > 0.8)


def similarity(a: str, b: str) -> float:
    """1 - edit distance / length of the longer; the distance is Levenshtein's."""
    if not (a or b):
        return 1.0
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        below = [i]
        for (diagonal, above), y in zip(pairwise(row), b, strict=True):
            below.append(min(above + 1, below[-1] + 1, diagonal + (x != y)))
        row = below
    return 1 - row[-1] / max(len(a), len(b))


ACTION_RULES: Mapping[str, ActionRule] = {
    rule.name: rule
    for rule in (
        ActionRule(
            "ac-qwen", "Qwen's: any candidate box x 1.2 or within 0.04; text by containment; "
            "vertical directions turned into the finger's", grown_or_near, contains, contains,
            icon_opens=True,
        ),
        ActionRule(
            "ac-qwen-as-published", "the same with directions as the public copy has them",
            grown_or_near, contains, contains, icon_opens=True, flip=False,
        ),
        ActionRule(
            "ac-osatlas-7708", "OS-Atlas, UI-TARS: within 0.14; first word of the text; exact app",
            within_140, first_word, exact, "ac_idx.txt",
        ),
        ActionRule(
            "ac-clawgui", "ClawGUI-Eval: five nearest boxes or 368 px; text by word F1 over 0.5",
            five_or_368, word_f1, word_f1, "ac_idx.txt",
        ),
        ActionRule(
            "ac-agentcpm", "AgentCPM-GUI: any candidate box x 1.2 or within 0.04; edit similarity",
            grown_or_near, close, close,
        ),
        ActionRule(
            "ac-paper-500", "the paper's: in the element, icon opens app; 500 steps drawn by us",
            in_smallest, alike, alike, "paper-500", icon_opens=True,
        ),
        ActionRule(
            "ac-strict", "ours: smallest box around the touch, text and app to the letter",
            in_smallest, exact, exact,
        ),
        ActionRule(
            "aitz-boxes", "detected boxes x 1.2 around the touch, else within 0.14; text by "
            "containment or edit similarity", partial(grown_or_near, reach=0.14), close, close,
            flip=False,
        ),
    )
}  # fmt: skip
