"""Does a model see, and in which coordinates does it answer? Asked, not believed.

Screens with words at known places are shown in several sizes. The numbers of the replies are taken
as they stand, and fitted: pixels of the picture that the model sees, pixels of the screenshot, 0 to
1000, 0 to 1, or pixels of a picture that something resized once more. What fits is compared with
what the dialect reads.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from statistics import median
from typing import NamedTuple, cast

from ..actions.dialects.base import Dialect
from ..actions.dialects.registry import by_name, names
from ..actions.errors import BadReply
from ..actions.messages import Image
from ..actions.types import Size, points
from ..model.base import Model
from ..model.image import seen_size
from .pointing import EVERYTHING

SIZES = (Size(448, 336), Size(896, 672), Size(1344, 756))
WORDS = ("Search", "Settings", "Send", "Cancel", "Archive", "Profile", "Orders", "Help", "Upload")
COLUMNS = ROWS = 3
NEAR = 0.06
"""How far from its target an answer may be, as a share of the screen, to count as aimed at it."""
ENOUGH = 0.4
"""The share of answers that must fit one space before it is believed."""
_NUMBER = r"(-?\d{1,5}(?:\.\d{1,6})?)"
_PAIR = re.compile(rf"{_NUMBER}[\s,]+{_NUMBER}(?:[\s,]+{_NUMBER}[\s,]+{_NUMBER})?")

Span = Callable[["Asked"], tuple[float, float]]
SPACES: dict[str, Span] = {
    "pixels of the picture as the model sees it": lambda asked: asked.seen,
    "pixels of the screenshot": lambda asked: asked.size,
    "0 to 1000": lambda asked: (1000.0, 1000.0),
    "0 to 1": lambda asked: (1.0, 1.0),
}


class Asked(NamedTuple):
    """One question: sizes, where its target is (pixels of the screenshot), what was answered."""

    size: Size
    seen: Size
    target: tuple[float, float]
    reply: str

    @property
    def answer(self) -> tuple[float, float] | None:
        """The last point of the reply, in the model's own numbers."""
        return last_point(self.reply)


@dataclass(frozen=True)
class Calibration:
    """What was found about one model under one dialect."""

    model: str
    dialect: str
    where: str
    """The server's address; empty for a model in this process."""
    asked: int
    hits: int
    """How many answers, read by the dialect, were near their target."""
    space: str = ""
    """The coordinates that the model answers in; empty when no space fits."""
    scales: dict[str, float] = field(default_factory=dict[str, float])
    """What the answers must be divided by, beyond the space, by the size of the screenshot."""
    offset: tuple[float, float] = (0.0, 0.0)
    """How far right and down of its target the middle answer lies, as shares of the screen."""
    spread: float = 0.0
    """Median distance from the target, as a share of the screen, of the answers that fit."""
    fits: tuple[str, ...] = ()
    """The dialects that read most answers right, the best first."""
    problem: str = ""
    """What is wrong, in one line with the cure; empty when all is well."""
    seen: dict[str, str] = field(default_factory=dict[str, str])
    """The size that the model sees, by the size of the screenshot."""


def calibrate(model: Model, dialect: Dialect, say: Callable[[str], None]) -> Calibration:
    """Ask, fit and judge; ModelError when the model cannot answer at all."""
    asked: list[Asked] = []
    for size in SIZES:
        found = list(questions(model, dialect, size))
        asked += found
        right = sum(near(dialect, one) for one in found)
        say(f"{size}: seen as {found[0].seen}, {right} of {len(found)} right")
    return judge(model.name, dialect, asked, where(model))


def questions(model: Model, dialect: Dialect, size: Size) -> Iterator[Asked]:
    """Every word of one screen, asked for."""
    png, targets = screen(size)
    image = Image(png, size, seen_size(size, dialect.resize))
    for word, target in targets.items():
        reply = model.generate(dialect.point_prompt(word, image), dialect.sampling)
        yield Asked(size, image.seen, target, reply.text)


@cache
def screen(size: Size) -> tuple[bytes, dict[str, tuple[float, float]]]:
    """PNG bytes of buttons on a plain page, and the middle of each by its word."""
    from PIL import Image as Picture
    from PIL import ImageDraw, ImageFont

    rng = Random(f"{size}")
    unit = size.width / 448
    page = Picture.new("RGB", (size.width, size.height), "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(round(17 * unit))
    targets: dict[str, tuple[float, float]] = {}
    for number, word in enumerate(rng.sample(WORDS, len(WORDS))):
        column, row = number % COLUMNS, number // COLUMNS
        wide, high = size.width / COLUMNS, size.height / ROWS
        x = (column + rng.uniform(0.42, 0.58)) * wide
        y = (row + rng.uniform(0.3, 0.7)) * high
        box = (x - 52 * unit, y - 17 * unit, x + 52 * unit, y + 17 * unit)
        draw.rounded_rectangle(box, 6 * unit, "#f1f3f6", "#7d8694")
        draw.text((x, y), word, "#15181d", font, anchor="mm")
        targets[word] = (x, y)
    out = io.BytesIO()
    page.save(out, "PNG")
    return out.getvalue(), targets


def last_point(reply: str) -> tuple[float, float] | None:
    """The last pair of numbers of a reply, or the middle of its last box."""
    found = _PAIR.findall(reply[-4000:])
    if not found:
        return None
    numbers = [float(part) for part in found[-1] if part]
    if len(numbers) == 4:
        return (numbers[0] + numbers[2]) / 2, (numbers[1] + numbers[3]) / 2
    return numbers[0], numbers[1]


def distance(asked: Asked, at: tuple[float, float], span: tuple[float, float]) -> float:
    """How far a point of a space lies from the target, as a share of the screen."""
    return max(
        abs(at[axis] / span[axis] - asked.target[axis] / asked.size[axis]) for axis in (0, 1)
    )


def near(dialect: Dialect, asked: Asked) -> bool:
    """Whether the dialect reads the reply as a point near its target."""
    image = Image(b"", asked.size, asked.seen)
    try:
        decision = dialect.parse(asked.reply, image, EVERYTHING)
    except BadReply:
        return False
    at = next((p for action in decision.actions for p in points(action)), None)
    return at is not None and distance(asked, (at.x, at.y), asked.size) <= NEAR


def where(model: Model) -> str:
    """The address of a served model; empty for any other."""
    return str(getattr(model, "url", ""))


def judge(model: str, dialect: Dialect, asked: Sequence[Asked], place: str = "") -> Calibration:
    """What the answers say about the model, the dialect and what lies between them."""
    hits = sum(near(dialect, one) for one in asked)
    space, factors = fit(asked)
    good = [one for one in asked if space and miss(one, space, factors) <= NEAR]
    off = [miss(one, space, factors) for one in good]
    found = Calibration(
        model, dialect.name, place, len(asked), hits, space,
        {str(size): round(factor, 2) for size, factor in factors.items()},
        lean(good, space, factors), round(median(off), 4) if off else 0.0, fitting(asked),
        seen={str(one.size): str(one.seen) for one in asked},
    )  # fmt: skip
    return replace(found, problem=problem(found))


Factors = dict[Size, float]


def fit(asked: Sequence[Asked]) -> tuple[str, Factors]:
    """The space that most answers fit, and the factors beyond it; an empty name when none does."""
    plain = dict.fromkeys((one.size for one in asked), 1.0)
    shares = {name: share(asked, name, plain) for name in SPACES}
    best = max(shares, key=lambda name: shares[name])
    if shares[best] >= ENOUGH:
        return best, plain
    # A limit on pixels shrinks each size by a factor of its own.
    name = next(iter(SPACES))
    factors = {size: shrunk([one for one in asked if one.size == size]) for size in plain}
    return (name, factors) if share(asked, name, factors) >= ENOUGH else ("", plain)


def shrunk(asked: Sequence[Asked]) -> float:
    """The factor under which most answers of one size meet their targets."""
    name = next(iter(SPACES))
    ratios = [
        one.answer[axis] / (one.target[axis] / one.size[axis] * one.seen[axis])
        for one in asked if one.answer for axis in (0, 1)
    ]  # fmt: skip
    able = [ratio for ratio in ratios if ratio > 0.01]
    return max(able, default=1.0, key=lambda r: share(asked, name, {asked[0].size: r}))


def share(asked: Sequence[Asked], space: str, factors: Factors) -> float:
    """The share of answers near their target in a space."""
    return sum(miss(one, space, factors) <= NEAR for one in asked) / len(asked)


def miss(one: Asked, space: str, factors: Factors) -> float:
    """How far an answer is from its target in a space; 1 when there is no answer."""
    at, span, factor = one.answer, SPACES[space](one), factors[one.size]
    return 1.0 if at is None else distance(one, at, (span[0] * factor, span[1] * factor))


def lean(good: Sequence[Asked], space: str, factors: Factors) -> tuple[float, float]:
    """The median of signed distances from the targets, over the answers that fit."""
    if not good:
        return 0.0, 0.0
    right, down = (
        median(
            (one.answer or (0.0, 0.0))[axis] / (SPACES[space](one)[axis] * factors[one.size])
            - one.target[axis] / one.size[axis]
            for one in good
        )
        for axis in (0, 1)
    )
    return round(right, 4), round(down, 4)


def fitting(asked: Sequence[Asked]) -> tuple[str, ...]:
    """The dialects that read at least half of the replies as points near their targets."""
    scores = {name: sum(near(by_name(name), one) for one in asked) for name in names()}
    good = [name for name in scores if scores[name] >= ENOUGH * len(asked)]
    return tuple(sorted(good, key=lambda name: -scores[name]))


def problem(found: Calibration) -> str:
    """What is wrong, in one line; empty when most answers are right."""
    if not found.space:
        return (
            f"{found.model} does not see what it is shown: no answers fit any coordinates;"
            " serve it with its vision part, or use another model"
        )
    if again := [f"{size} times {f:g}" for size, f in found.scales.items() if abs(f - 1) > 0.1]:
        return (
            f"something resizes the picture again before {found.model} sees it: of what was sent,"
            f" {', '.join(again)}; switch that off in the server, or serve with `qvl-agent serve`"
        )
    if found.hits >= ENOUGH * found.asked:
        return ""
    cure = f"use --dialect {found.fits[0]}" if found.fits else "no known dialect reads its replies"
    return (
        f"{found.model} answers in {found.space}, which the dialect {found.dialect} does not read:"
        f" {found.hits} of {found.asked} points are right; {cure}"
    )


def file_for(model: str, dialect: str, place: str) -> Path:
    """Where the calibration of a model under a dialect is kept."""
    home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    key = sha256(f"{model}\n{dialect}\n{place}".encode()).hexdigest()[:16]
    return Path(home) / "qvl-agent" / "calibration" / f"{key}.json"


def keep(found: Calibration) -> Path:
    """Write a calibration down; `known_problem` reads it."""
    path = file_for(found.model, found.dialect, found.where)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(found), indent=1))
    return path


def known_problem(model: str, dialect: str, place: str = "") -> str:
    """What the last calibration found wrong; empty when nothing, or when there was none."""
    try:
        kept: object = json.loads(file_for(model, dialect, place).read_text())
    except (OSError, ValueError):
        return ""
    return str(cast("dict[str, object]", kept).get("problem", "")) if isinstance(kept, dict) else ""
