"""Points and boxes as texts: tokens, tags, brackets of every shape, or nothing around them."""

from __future__ import annotations

import re

from ..errors import BadReply
from ..literal import Json

_TAGS = re.compile(r"<\|box_(?:start|end)\|>|</?(?:bbox|point|box)>")
_MAX_TEXT = 400
_NUMBER = r"-?\d{1,6}(?:\.\d{1,9})?"
_NUMBERS = re.compile(rf"[\s\[(]*({_NUMBER}(?:[\s,，]+{_NUMBER})+)[\s\])]*")
_TWO_CORNERS = re.compile(
    rf"\s*\(\s*({_NUMBER})\s*,\s*({_NUMBER})\s*\)\s*,\s*\(\s*({_NUMBER})\s*,\s*({_NUMBER})\s*\)\s*"
)


def box_numbers(name: str, value: Json) -> list[float]:
    """Two or four numbers, from a list or from a text in any of the known shapes."""
    if isinstance(value, list):
        value = " ".join(str(item) for item in _flat(value[:8]))
    if not isinstance(value, str):
        raise BadReply(f"`{name}` must be a point.")
    if len(value) > _MAX_TEXT:
        raise BadReply(f"`{name}` must be a point.")
    text = _TAGS.sub(" ", value)
    if corners := _TWO_CORNERS.fullmatch(text):
        return [float(number) for number in corners.groups()]
    match = _NUMBERS.fullmatch(text)
    numbers = re.findall(_NUMBER, match[1]) if match else []
    if len(numbers) not in (2, 4):
        raise BadReply(f"`{name}` must be a point (x, y); it is {value[:40]!r}.")
    return [float(number) for number in numbers]


def box_centre(name: str, value: Json) -> tuple[float, float]:
    """A point, or the centre of a box."""
    numbers = box_numbers(name, value)
    if len(numbers) == 2:
        return numbers[0], numbers[1]
    left, top, right, bottom = numbers
    if right < left or bottom < top:
        raise BadReply(f"`{name}` must be a point or a box (x1, y1, x2, y2).")
    return (left + right) / 2, (top + bottom) / 2


def _flat(value: list[Json]) -> list[Json]:
    return [item for part in value for item in (part if isinstance(part, list) else [part])]
