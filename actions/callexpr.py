"""Calls written as expressions: `click(start_box='(1,2)')`, `Hotkey(keys=['ctrl', 'c'])`.

Read by hand, never evaluated; values are the literals of literal.py. A call counts only when its
closing parenthesis is there.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .errors import BadReply
from .literal import Json, read

_NAME = re.compile(r"\s*([A-Za-z_][\w.]{0,63})\s*\(\s*")
_KEY = re.compile(r"([A-Za-z_]\w{0,63})\s*=\s*(?!=)")
_GAP = re.compile(r"\s*(?:([,，])\s*|(?=\)))")
MAX_CALLS = 32


class Expression(NamedTuple):
    """A call: its name, what it was given in order, and what it was given by name."""

    name: str
    values: tuple[Json, ...]
    named: dict[str, Json]


def read_expression(text: str, at: int = 0) -> tuple[Expression, int]:
    """The call at `at`, and the index behind it; BadReply when there is no whole one."""
    name = _NAME.match(text, at)
    if name is None:
        raise BadReply(f"There is no call at {text[at : at + 20]!r}.")
    values: list[Json] = []
    named: dict[str, Json] = {}
    at = name.end()
    while text[at : at + 1] != ")":
        at = _argument(text, at, values, named)
        gap = _GAP.match(text, at)
        if gap is None:
            raise BadReply(f"The call {name[1]} cannot be read from {text[at : at + 20]!r} on.")
        at = gap.end()
    return Expression(name[1], tuple(values), named), at + 1


def read_expressions(text: str, at: int = 0) -> tuple[list[Expression], int]:
    """The call at `at` and those that follow it without other words between."""
    call, at = read_expression(text, at)
    calls = [call]
    while _NAME.match(text, at):
        if len(calls) == MAX_CALLS:
            raise BadReply(f"The reply holds more than {MAX_CALLS} calls.")
        call, at = read_expression(text, at)
        calls.append(call)
    return calls, at


def _argument(text: str, at: int, values: list[Json], named: dict[str, Json]) -> int:
    key = _KEY.match(text, at)
    value, end = read(text, key.end() if key else at)
    if key is None:
        values.append(value)
    elif key[1] in named and named[key[1]] != value:
        raise BadReply(f"The call names {key[1]!r} twice with different values.")
    else:
        named[key[1]] = value
    return end
