"""Extraction of function calls from replies: tags, bare JSON, code fences and known damage.

Nothing here raises anything but BadReply, and nothing is evaluated. A call that is cut short is
refused; a call inside a thinking block is never returned.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from .errors import BadReply
from .literal import Json, read

MAX_REPLY = 100_000
MAX_THOUGHT = 4_000
_MAX_TRIES = 50
_MAX_REPEATS = 4

OPENER = "<tool_call>"
# Part of Qwen2.5-VL's training data had its tool tags replaced by these two characters, with or
# without the variation selector; checkpoints of that family write them in place of either tag.
DAMAGED_TAGS = "⚗📐\ufe0f"

_THINK = re.compile(r"<(think|thinking|THINK)>")
_THINK_END = re.compile(r"</(?:think|thinking|THINK)>")
_FENCE = re.compile(r"\s*(?:```\w*\s*)?")
_LAST_FENCE = re.compile(r"```\w{0,16}\Z")


class Call(NamedTuple):
    """A function call; `name` is empty when the reply held the arguments alone."""

    name: str
    arguments: dict[str, Json]


class Found(NamedTuple):
    """The words before the first call, the calls in order (at least one), and what follows."""

    thought: str
    calls: tuple[Call, ...]
    tail: str = ""


def bounded(reply: str) -> str:
    """The reply itself; raises BadReply when it is too long or is not valid Unicode."""
    if len(reply) > MAX_REPLY:
        raise BadReply(f"The reply is longer than {MAX_REPLY} characters.")
    if any("\ud800" <= char <= "\udfff" for char in reply):
        raise BadReply("The reply holds half of a character.")
    return reply


def json_calls(reply: str, first_only: bool = False) -> Found:
    """The JSON calls of a reply, inside tool_call tags or, without any, one bare call.

    `first_only` is for families that mean one call per turn: what comes behind the first, such
    as a made-up user turn and the same call again, is not read.
    """
    bounded(reply)
    found = scan(reply, OPENER, json_call_at, first_only)
    return found if found is not None else _bare(reply)


def clean_thought(text: str) -> str:
    """The words of a thought without tags, fences and outer blanks, cut to a bounded length."""
    text = _stripped(_THINK_END.sub("", _THINK.sub("", text)))
    # A fence opened for the call stands behind the words.
    return _stripped(_LAST_FENCE.sub("", text))[:MAX_THOUGHT]


def between(text: str, tag: str) -> list[str]:
    """What stands between each pair of <tag> and </tag>, without outer blanks."""
    opener, closer = f"<{tag}>", f"</{tag}>"
    found: list[str] = []
    start = text.find(opener)
    while start >= 0:
        end = text.find(closer, start)
        if end < 0:
            break
        found.append(text[start + len(opener) : end].strip())
        start = text.find(opener, end)
    return found


def _stripped(text: str) -> str:
    before = None
    while before != text:
        before, text = text, text.strip().strip(DAMAGED_TAGS)
    return text


def visible(reply: str) -> tuple[str, str]:
    """A reply without a call split into its thinking and the rest; BadReply when it never ends."""
    ends = list(_THINK_END.finditer(reply))
    if ends:
        return reply[: ends[-1].start()], reply[ends[-1].end() :]
    if _THINK.search(reply):
        raise BadReply("The thinking never ended, so there is no call.")
    return "", reply


def scan(
    reply: str, opener: str, read_call: Callable[[str, int], tuple[Call, int]], first_only: bool
) -> Found | None:
    """Calls behind an opening pattern; None when it never stands outside the thinking."""
    calls: list[Call] = []
    failure: BadReply | None = None
    first, at, end, tries = None, 0, 0, 0
    while mark := _marks(opener).search(reply, at):
        # An opener may be a look-ahead of no length; the search must still go on.
        at = max(mark.end(), mark.start() + 1)
        if mark["open"] is not None:
            first = mark.start() if first is None else first
            if first_only and calls:
                continue
            tries += 1
            if tries > _MAX_TRIES:
                raise BadReply(f"The reply opens more than {_MAX_TRIES} calls.")
            try:
                call, at = read_call(reply, mark.end())
            except BadReply as error:
                failure = failure or error
            else:
                calls.append(call)
                end = at
        elif mark[0].startswith("</"):
            # A template may open the thinking itself, so the reply holds its end alone.
            calls, failure, first = [], None, None
        else:
            at = _end_of_thinking(reply, at)
    if failure is not None:
        raise failure
    return None if first is None else Found(clean_thought(reply[:first]), tuple(calls), reply[end:])


@cache
def _marks(opener: str) -> re.Pattern[str]:
    return re.compile(f"(?P<open>{opener})|{_THINK.pattern}|{_THINK_END.pattern}")


def _end_of_thinking(reply: str, at: int) -> int:
    end = _THINK_END.search(reply, at)
    if end is None:
        raise BadReply("The thinking never ended, so there is no call.")
    return end.end()


def json_call_at(reply: str, at: int) -> tuple[Call, int]:
    """The JSON call behind an opening tag, and where it ends."""
    for _ in range(_MAX_REPEATS):
        at = _skip_fence(reply, at)
        if not reply.startswith(OPENER, at):
            break
        at += len(OPENER)
    value, end = read(reply, at)
    return as_call(value), end


def _skip_fence(reply: str, at: int) -> int:
    match = _FENCE.match(reply, at)
    return match.end() if match else at


def as_call(value: Json) -> Call:
    """A call from its JSON value: wrapped in name and arguments, or the arguments alone."""
    if not isinstance(value, dict):
        raise BadReply("The call must be a JSON object with a name and arguments.")
    if "arguments" not in value and "action" in value:
        return Call("", value)
    name, arguments = value.get("name"), value.get("arguments")
    if isinstance(arguments, str):
        arguments = read(arguments).value
    if not isinstance(name, str) or not name or not isinstance(arguments, dict):
        raise BadReply('The call must be {"name": <function-name>, "arguments": {...}}.')
    return Call(name, arguments)


def _bare(reply: str) -> Found:
    """The first JSON object outside the thinking that is a call."""
    thinking, rest = visible(reply)
    failure = BadReply("The reply holds no call.")
    brace = rest.find("{")
    for _ in range(_MAX_TRIES):
        if brace < 0:
            break
        try:
            value, end = read(rest, brace)
            call = as_call(value)
        except BadReply as error:
            failure = error
            brace = rest.find("{", brace + 1)
        else:
            return Found(clean_thought(f"{thinking}\n{rest[:brace]}"), (call,), rest[end:])
    raise failure
