"""Typed reading of a call's arguments; every complaint is a sentence that the model can use."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from ..errors import BadReply
from ..keys import combo
from ..literal import Json
from ..types import Point
from .space import Space

MAX_TEXT = 20_000
_NUMBERS = re.compile(r"^[\s\[(]*(-?\d+(?:\.\d+)?)[\s,，]+(-?\d+(?:\.\d+)?)[\s\])]*$")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Args(NamedTuple):
    """The arguments of one call, and the space its coordinates live in."""

    values: Mapping[str, Json]
    space: Space

    def has(self, key: str) -> bool:
        """Whether the argument is given; null counts as not given."""
        return self.values.get(key) is not None

    def point(self, key: str) -> Point:
        """A required coordinate in screenshot pixels; of a box its centre."""
        return self.space.point(*_pair(key, self._required(key)))

    def maybe_point(self, key: str) -> Point | None:
        """A coordinate in screenshot pixels, or None when it is not given."""
        return self.point(key) if self.has(key) else None

    def text(self, key: str, empty: bool = False) -> str:
        """A required text without control characters."""
        value = self._required(key)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise BadReply(f"`{key}` must be a text.")
        text = str(value)
        if not text and not empty:
            raise BadReply(f"`{key}` must not be empty.")
        if len(text) > MAX_TEXT:
            raise BadReply(f"`{key}` is longer than {MAX_TEXT} characters.")
        if _CONTROL.search(text):
            raise BadReply(f"`{key}` holds a control character.")
        return text

    def number(self, key: str, default: float | None = None) -> float:
        """A number, also when it is written as a text."""
        if default is not None and not self.has(key):
            return default
        value = self._required(key)
        if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,12}(\.\d{1,12})?\s*", value):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadReply(f"`{key}` must be a number.")
        if not math.isfinite(value):
            raise BadReply(f"`{key}` must be finite.")
        return value

    def choice(self, key: str, choices: Mapping[str, str]) -> str:
        """What one of the given words stands for; case does not matter."""
        word = self.text(key).strip().lower()
        if word not in choices:
            listed = ", ".join(dict.fromkeys(choices))
            raise BadReply(f"`{key}` must be one of {listed}; it is {word[:40]!r}.")
        return choices[word]

    def keys(self, key: str) -> tuple[str, ...]:
        """Keys pressed together, in canonical spelling."""
        return combo(_names(key, self._required(key)))

    def _required(self, key: str) -> Json:
        value = self.values.get(key)
        if value is None:
            raise BadReply(f"`{key}` is missing.")
        return value


def _pair(key: str, value: Json) -> tuple[float, float]:
    if isinstance(value, str) and len(value) < 100 and (match := _NUMBERS.match(value)):
        value = [float(match[1]), float(match[2])]
    if isinstance(value, dict):
        value = [value.get("x"), value.get("y")]
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    if not isinstance(value, list) or len(value) not in (2, 4):
        raise BadReply(f"`{key}` must be [x, y].")
    numbers = [_coordinate(key, item) for item in value]
    if len(numbers) == 2:
        return numbers[0], numbers[1]
    left, top, right, bottom = numbers
    if right < left or bottom < top:
        raise BadReply(f"`{key}` must be [x, y] or a box [x1, y1, x2, y2].")
    return (left + right) / 2, (top + bottom) / 2


def _coordinate(key: str, value: Json) -> float:
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d{1,9}(\.\d{1,9})?\s*", value):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadReply(f"`{key}` must be two numbers.")
    return value


def _names(key: str, value: Json) -> list[str]:
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    items = value if isinstance(value, list) else [value]
    names = [str(item) for item in items if isinstance(item, str | int)]
    if len(names) != len(items) or len(names) > 8:
        raise BadReply(f"`{key}` must be a short list of key names.")
    return names
