"""Published prompt texts, kept byte for byte in prompts/, cut to what an environment can do."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from ..types import Size

_ONLY_BY = re.compile(r"Required only by (`action=\w+`(?:, and |, | and )?)+")
_BULLET = re.compile(r"\n\* `(\w+)`:.*(?:\n    .*)*")


@cache
def text(name: str) -> str:
    """A frozen prompt as published; prompts/SOURCES.md names where."""
    return files(f"{__package__}.prompts").joinpath(f"{name}.txt").read_text("utf-8")


@cache
def actions(name: str) -> tuple[str, ...]:
    """The actions that the one tool of a frozen prompt advertises, in its order."""
    return tuple(_tool(text(name))["function"]["parameters"]["properties"]["action"]["enum"])


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
    parameters = tool["function"]["parameters"]
    _keep_actions(parameters, keep)
    for key, allowed in values:
        if key in parameters["properties"]:
            enum: list[str] = parameters["properties"][key]["enum"]
            parameters["properties"][key]["enum"] = [v for v in enum if v in allowed]
    start, end = _tool_span(prompt)
    return prompt[:start] + json.dumps(tool, ensure_ascii=False) + prompt[end:]


def _tool_span(prompt: str) -> tuple[int, int]:
    start = prompt.index("<tools>\n") + len("<tools>\n")
    return start, prompt.index("\n</tools>", start)


def _tool(prompt: str) -> dict[str, Any]:
    start, end = _tool_span(prompt)
    return json.loads(prompt[start:end])


def _keep_actions(parameters: dict[str, Any], keep: tuple[str, ...]) -> None:
    properties: dict[str, Any] = parameters["properties"]
    action = properties["action"]
    gone = set(action["enum"]) - set(keep)
    if not gone:
        return
    action["enum"] = [name for name in action["enum"] if name not in gone]
    action["description"] = _BULLET.sub(
        lambda bullet: "" if bullet[1] in gone else bullet[0], action["description"]
    )
    for key in [key for key in properties if key != "action"]:
        left = _requirement(properties[key]["description"], gone)
        if left is None:
            del properties[key]
        else:
            properties[key]["description"] = left


def _requirement(description: str, gone: set[str]) -> str | None:
    """A property's description without the actions that are gone; None when none is left."""
    match = _ONLY_BY.search(description)
    if match is None:
        return description
    names = [name for name in re.findall(r"action=(\w+)", match[0]) if name not in gone]
    if not names:
        return None
    marked = [f"`action={name}`" for name in names]
    listed = " and ".join(marked) if len(marked) < 3 else _series(marked)
    return description[: match.start()] + f"Required only by {listed}" + description[match.end() :]


def _series(items: list[str]) -> str:
    return ", ".join(items[:-1]) + f", and {items[-1]}"
