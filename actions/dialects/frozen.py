"""Published prompt texts, kept byte for byte in prompts/, cut to what an environment can do."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from ..types import Size

_ONE = r"`action=\w+`"
_USED_BY = re.compile(
    rf"(?P<lead>Required only by|Required by|, optional for) (?P<names>{_ONE}"
    rf"(?:(?P<joint>,? ?and |,? ?or |, ){_ONE})*)"
)
_BULLET = re.compile(r"\n?\* `(\w+)`:.*(?:\n    .*)*")
_CLAUSE = re.compile(r"(?P<names>\w+(?:/\w+)*) (?P<rest>(?:may )?uses? \w+[;.] ?)")


@cache
def text(name: str) -> str:
    """A frozen prompt as published; prompts/SOURCES.md names where."""
    return files(f"{__package__}.prompts").joinpath(f"{name}.txt").read_text("utf-8")


@cache
def actions(name: str) -> tuple[str, ...]:
    """The actions that the one tool of a frozen prompt advertises, in its order."""
    return tuple(_tool(text(name))["function"]["parameters"]["properties"]["action"]["enum"])


@cache
def parameters(name: str) -> frozenset[str]:
    """The parameter names that the one tool of a frozen prompt declares."""
    return frozenset(_tool(text(name))["function"]["parameters"]["properties"])


def tool_prompt(
    name: str,
    keep: Collection[str],
    screen: Size | None = None,
    values: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """A frozen prompt with the screen's size filled in and nothing advertised but `keep`.

    `values` narrows other enumerations (such as the buttons of a phone). With everything kept
    the text is the published one.
    """
    prompt = _narrowed(name, tuple(sorted(keep)), tuple(sorted((values or {}).items())))
    return prompt if screen is None else _fill(prompt, screen)


def _fill(prompt: str, screen: Size) -> str:
    for mark, value in (("{W}", screen.width), ("{H}", screen.height)):
        if prompt.count(mark) != 1:
            raise ValueError(f"the frozen prompt holds {mark} {prompt.count(mark)} times")
        prompt = prompt.replace(mark, str(value))
    return prompt


@cache
def _narrowed(
    name: str, keep: tuple[str, ...], values: tuple[tuple[str, Sequence[str]], ...]
) -> str:
    prompt = text(name)
    tool = _tool(prompt)
    properties: dict[str, Any] = tool["function"]["parameters"]["properties"]
    _keep_actions(properties, keep)
    for key, allowed in values:
        if key in properties:
            properties[key]["enum"] = [v for v in properties[key]["enum"] if v in allowed]
    if tool == _tool(prompt):
        return prompt
    start, end = _tool_span(prompt)
    return prompt[:start] + json.dumps(tool, ensure_ascii=False) + prompt[end:]


def _tool_span(prompt: str) -> tuple[int, int]:
    start = prompt.index("<tools>\n") + len("<tools>\n")
    return start, prompt.index("\n</tools>", start)


def _tool(prompt: str) -> dict[str, Any]:
    start, end = _tool_span(prompt)
    # One publisher's prompt holds raw line breaks inside its JSON strings.
    return json.loads(prompt[start:end], strict=False)


def _keep_actions(properties: dict[str, Any], keep: tuple[str, ...]) -> None:
    action = properties["action"]
    gone = set(action["enum"]) - set(keep)
    if not gone:
        return
    action["enum"] = [name for name in action["enum"] if name not in gone]
    action["description"] = _without(action["description"], gone)
    for key in [key for key in properties if key != "action"]:
        left = _requirement(properties[key].get("description", ""), gone)
        if left is None:
            del properties[key]
        elif left:
            properties[key]["description"] = left


def _without(description: str, gone: set[str]) -> str:
    """An action list without some of its bullets, or of its clauses `a/b use x;`."""

    def bullet(match: re.Match[str]) -> str:
        return "" if match[1] in gone else match[0]

    def clause(match: re.Match[str]) -> str:
        left = "/".join(name for name in match["names"].split("/") if name not in gone)
        return f"{left} {match['rest']}" if left else ""

    left = _CLAUSE.sub(clause, _BULLET.sub(bullet, description))
    return left if description.startswith("\n") else left.removeprefix("\n")


def _requirement(description: str, gone: set[str]) -> str | None:
    """A property's description without the actions that are gone; None when none is left."""
    uses = list(_USED_BY.finditer(description))
    users = {name for use in uses for name in _users(use)}
    if users and not users - gone:
        return None
    for use in reversed(uses):
        kept = [f"`action={name}`" for name in _users(use) if name not in gone]
        if len(kept) == len(_users(use)):
            continue
        text = f"{use['lead']} {_listed(kept, use['joint'] or '')}" if kept else ""
        description = description[: use.start()] + text + description[use.end() :]
    return description


def _users(use: re.Match[str]) -> list[str]:
    return re.findall(r"action=(\w+)", use["names"])


def _listed(items: list[str], joint: str) -> str:
    word = "or" if "or" in joint else "and"
    if len(items) < 3:
        return f" {word} ".join(items)
    return ", ".join(items[:-1]) + f", {word} {items[-1]}"
