"""Published numbers, each with its source and its protocol: what a score may be compared with.

A value is compared only with a run of the same benchmark under a rule of the same denominator. No
model was run here for them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .tables import Tables


class Published(NamedTuple):
    """One number that somebody stands for."""

    benchmark: str
    model: str
    """Pattern searched for in the checkpoint's lower-case name."""
    score: float
    n: int
    source: str
    protocol: str = "computer_use prompt of the cookbook"
    rule: str = ""
    variant: str = ""


_QWEN = "Qwen2.5-VL README and model cards"
_SITE = "OSWorld-G site (Jedi)"
_CLAW = "ClawGUI-Eval"


def _family(
    benchmark: str, source: str, scores: dict[str, float], n: int, rule: str = "",
    variant: str = "", protocol: str = "computer_use prompt of the cookbook",
) -> tuple[Published, ...]:  # fmt: skip
    return tuple(
        Published(
            benchmark, rf"qwen2\.5-vl-{size}\b", score / 100, n, source, protocol, rule, variant
        )
        for size, score in scores.items()
    )


PUBLISHED = (
    *_family("screenspot", _QWEN, {"3b": 55.5, "7b": 84.7, "32b": 88.5, "72b": 87.1}, 1272),
    *_family("screenspot-pro", _QWEN, {"3b": 23.9, "7b": 29.0, "32b": 39.4, "72b": 43.6}, 1581),
    *_family("screenspot-v2", _SITE, {"3b": 80.9, "7b": 88.8}, 1272, protocol="not stated"),
    *_family("screenspot-v2", _CLAW, {"3b": 64.86, "7b": 87.66}, 1272, protocol="its own"),
    *_family("screenspot-pro", _SITE, {"3b": 25.9, "7b": 27.6}, 1581, protocol="not stated"),
    *_family("screenspot-pro", _CLAW, {"3b": 15.62, "7b": 27.45}, 1581, protocol="its own"),
    *_family("osworld-g", _SITE, {"3b": 27.3, "7b": 31.4}, 564, "osworldg-564", protocol="its own"),
    *_family("osworld-g", _CLAW, {"7b": 35.49}, 510, "osworldg-510", protocol="its own"),
    *_family(
        "android-control", _QWEN, {"3b": 63.7, "7b": 60.1, "32b": 69.6, "72b": 67.36}, 8444,
        "ac-qwen", "high", "mobile_use, ground-truth history",
    ),
    *_family(
        "android-control", _QWEN, {"3b": 90.8, "7b": 91.4, "32b": 93.3, "72b": 93.7}, 8444,
        "ac-qwen", "low", "mobile_use, ground-truth history",
    ),
    *_family(
        "aitz", _QWEN, {"3b": 76.9, "7b": 81.9, "32b": 83.1, "72b": 83.2}, 4724,
        protocol="not stated",
    ),
)  # fmt: skip


class Compared(NamedTuple):
    """A published number beside ours."""

    published: Published
    inside: bool
    """Whether it lies inside our 95 % interval."""
    difference: float


def compare(benchmark: str, model: str, tables: Tables, variant: str = "") -> list[Compared]:
    """Every published number of this model on this benchmark, under this denominator."""
    name = model.lower().rstrip("/").rsplit("/", 1)[-1]
    return [
        Compared(one, tables.total.interval.holds(one.score), tables.total.value - one.score)
        for one in PUBLISHED
        if one.benchmark == benchmark
        and re.search(one.model, name)
        and one.rule in ("", tables.rule)
        and one.variant == variant
    ]
