"""Calls written as XML parameters, as the Qwen generations from 3.5 on write them.

    <tool_call>
    <function=computer_use>
    <parameter=action>
    left_click
    </parameter>
    </function>
    </tool_call>

A call counts as whole only when its function block is closed: what is cut short behind a
parameter may lack the next one, and a click without its coordinate is another click.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from functools import partial

from .errors import BadReply
from .literal import Json, read_all
from .toolcall import OPENER, Call, Found, bounded, json_call_at, scan

_OPEN = rf"{OPENER}|(?=<function=)"
_FUNCTION = re.compile(rf"\s*(?:{OPENER}\s*){{0,4}}<function=([^>\n]{{1,64}})>")
_PARAMETER = re.compile(r"\s*<parameter=([^>\n]{1,64})>")
_CLOSE = re.compile(r"\s*(?:</function>(?:\s*</(?:tool_call|function_call)>)?"
                    r"|</(?:tool_call|function_call)>)")  # fmt: skip
_VALUE_END = re.compile(
    r"</parameter>(?=\s*(?:<parameter=|</function>|</tool_call>|</function_call>))"
)
_JSON = re.compile(rf"\s*(?:{OPENER}\s*){{0,4}}(?:```\w*\s*)?\{{")


def xml_calls(reply: str, declared: Collection[str], first_only: bool = False) -> Found | None:
    """The XML calls of a reply, or JSON ones between the same tags; None when there is no tag.

    `declared` are the parameter names of the tool that the model was shown: an opener of another
    name that stands unclosed before a parameter is taken for a slip and dropped.
    """
    read_call = partial(_call_at, declared=declared)
    return scan(bounded(reply), _OPEN, read_call, first_only)


def xml_call(name: str, arguments: Mapping[str, object]) -> str:
    """A call as the model writes it."""
    lines = [OPENER, f"<function={name}>"]
    for key, value in arguments.items():
        lines += [f"<parameter={key}>", _written(value), "</parameter>"]
    return "\n".join([*lines, "</function>", "</tool_call>"])


def _written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)


def _call_at(reply: str, at: int, declared: Collection[str]) -> tuple[Call, int]:
    function = _FUNCTION.match(reply, at)
    if function is None:
        if _JSON.match(reply, at):
            return json_call_at(reply, at)
        raise BadReply("The call holds no <function=...> block.")
    arguments: dict[str, Json] = {}
    at = function.end()
    while not (close := _CLOSE.match(reply, at)):
        at = _parameter(reply, at, declared, arguments)
    return Call(function[1].strip(), arguments), close.end()


def _parameter(reply: str, at: int, declared: Collection[str], arguments: dict[str, Json]) -> int:
    """Read one parameter into `arguments`; the index behind it."""
    opener = _PARAMETER.match(reply, at)
    if opener is None:
        raise BadReply("The call is cut short or holds something else than parameters.")
    name = opener[1].strip()
    if name not in declared and _PARAMETER.match(reply, opener.end()):
        return opener.end()
    end = _VALUE_END.search(reply, opener.end())
    if end is None:
        raise BadReply(f"The parameter {name[:40]!r} is not closed.")
    value = _value(name, reply[opener.end() : end.start()])
    if name in arguments and arguments[name] != value:
        raise BadReply(f"The call names {name[:40]!r} twice with different values.")
    arguments[name] = value
    return end.end()


def _value(name: str, raw: str) -> Json:
    if name == "text":
        # What is typed keeps its blanks; only the line breaks of the layout go.
        return raw.removeprefix("\n").removesuffix("\n")
    value = raw.strip()
    if value.startswith(("[", "{", "(")):
        try:
            return read_all(value)
        except BadReply:
            return value
    return value
