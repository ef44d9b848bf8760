"""A reader for the literals that models write: JSON, Python literals and the usual damage.

It builds values and nothing else; depth, length and number size are bounded. What it takes
beyond JSON: single-quoted strings, None/True/False, tuples, trailing commas, raw newlines in
strings, full-width commas and colons, typographic quotes. What it refuses: anything cut short,
NaN and infinities, keys given twice with different values, halves of surrogate pairs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from .errors import BadReply

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"

MAX_DEPTH = 16
_MAX_NUMBER = 24
_SPACE = re.compile(r"\s*")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_WORD = re.compile(r"[A-Za-z_]\w*")
_WORDS: Mapping[str, None | bool] = {
    "null": None, "None": None, "true": True, "True": True, "false": False, "False": False,
}  # fmt: skip
_STRINGS = {
    open_: re.compile(rf"{open_}([^{close}\\]*(?:\\.[^{close}\\]*)*){close}", re.DOTALL)
    for open_, close in (('"', '"'), ("'", "'"), ("“", "”"), ("‘", "’"))
}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\n": ""}
_CLOSERS = {"[": "]", "(": ")", "{": "}"}


class Read(NamedTuple):
    """A value and the index behind its last character."""

    value: Json
    end: int


def read(text: str, start: int = 0, depth: int = 0) -> Read:
    """Read one value of `text` from `start` on; raises BadReply when there is no whole one."""
    at = _skip(text, start)
    first = text[at : at + 1]
    if first in ("[", "(", "{"):
        if depth >= MAX_DEPTH:
            raise BadReply("The call is nested too deeply.")
        return _object(text, at, depth) if first == "{" else _array(text, at, depth)
    if first in _STRINGS:
        return _string(text, at)
    if number := _NUMBER.match(text, at):
        return _number(number)
    if (word := _WORD.match(text, at)) and word[0] in _WORDS:
        return Read(_WORDS[word[0]], word.end())
    raise BadReply(_unreadable(text, at))


def read_all(text: str) -> Json:
    """Read a text that holds one value and nothing else."""
    value, end = read(text)
    if text[end:].strip():
        raise BadReply(_unreadable(text, end))
    return value


def unescape(body: str) -> str:
    """What the inside of a quoted string stands for."""
    if "\\" in body:
        body = _ESCAPE.sub(_unescape_one, body)
        body = _join_surrogates(body)
    return body


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _unreadable(text: str, at: int) -> str:
    if at >= len(text):
        return "The call is cut short."
    return f"The call cannot be read from {text[at : at + 20]!r} on."


def _array(text: str, at: int, depth: int) -> Read:
    items: list[Json] = []
    closer = _CLOSERS[text[at]]
    at = _skip(text, at + 1)
    while text[at : at + 1] != closer:
        value, at = read(text, at, depth + 1)
        items.append(value)
        at = _separator(text, at, closer)
    return Read(items, at + 1)


def _object(text: str, at: int, depth: int) -> Read:
    fields: dict[str, Json] = {}
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}":
        if text[at : at + 1] not in _STRINGS:
            raise BadReply(_unreadable(text, at))
        key, at = _string(text, at)
        at = _skip(text, at)
        if text[at : at + 1] not in (":", "："):
            raise BadReply(_unreadable(text, at))
        value, at = read(text, at + 1, depth + 1)
        _put(fields, str(key), value)
        at = _separator(text, at, "}")
    return Read(fields, at + 1)


def _put(fields: dict[str, Json], key: str, value: Json) -> None:
    # Two different values leave open which one was meant, so neither is taken.
    if key in fields and fields[key] != value:
        raise BadReply(f"The call names {key!r} twice with different values.")
    fields[key] = value


def _separator(text: str, at: int, closer: str) -> int:
    at = _skip(text, at)
    if text[at : at + 1] in (",", "，"):
        return _skip(text, at + 1)
    if text[at : at + 1] != closer:
        raise BadReply(_unreadable(text, at))
    return at


def _string(text: str, at: int) -> Read:
    match = _STRINGS[text[at]].match(text, at)
    if match is None:
        raise BadReply("The call is cut short inside a string.")
    return Read(unescape(match[1]), match.end())


def _number(match: re.Match[str]) -> Read:
    digits = match[0]
    if len(digits) > _MAX_NUMBER:
        raise BadReply("The call holds a number with too many digits.")
    whole = digits.lstrip("+-").isdigit()
    value = int(digits) if whole else float(digits)
    if not math.isfinite(value):
        raise BadReply("The call holds a number that is not finite.")
    return Read(value, match.end())


def _unescape_one(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    if code:
        return chr(int(code, 16))
    char = match[3]
    if char in ('"', "'", "\\", "/", "“", "”", "‘", "’"):
        return char
    if char not in _ESCAPES:
        raise BadReply(f"The call holds the unknown escape \\{char}; a backslash is written \\\\.")
    return _ESCAPES[char]


def _join_surrogates(text: str) -> str:
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise BadReply("The call holds half of a character.") from None
