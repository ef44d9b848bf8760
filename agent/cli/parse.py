"""Say what a reply means in one dialect: actions in screenshot pixels, or why it is refused."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from ...actions.errors import UserError
from .options import add_json, size

MOST_BYTES = 4_000_000
REFUSED = 15


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `parse`."""
    parser.add_argument("file", metavar="FILE|-", help="a file with one reply, or - for the input")
    parser.add_argument("--dialect", required=True, metavar="NAME", help="whose words it is in")
    parser.add_argument(
        "--size", type=size, required=True, metavar="WxH", help="the screenshot that it is about"
    )
    parser.add_argument(
        "--surface", choices=["desktop", "browser", "mobile"], help="kind of screen (default: any)"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print the meaning; 15 when the reply is refused, as a run that hears nothing else ends."""
    from ...actions.dialects.explain import explain

    told = explain(args.dialect, args.size, read(args.file), args.surface)
    if args.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        print("\n".join(lines(told)))
    return REFUSED if told["refused"] is not None else 0


def read(file: str) -> str:
    """The reply; UserError when there is none to be read."""
    try:
        raw = sys.stdin.buffer.read(MOST_BYTES) if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UserError(
            f"{file} cannot be read ({error.strerror}); name a file, or - for the input"
        ) from error
    return raw[:MOST_BYTES].decode("utf-8", errors="replace")


def lines(told: dict[str, Any]) -> list[str]:
    """For people: the thought, then one line per action."""
    if told["refused"] is not None:
        return [f"refused: {told['refused']}"]
    thought = [f"thought: {told['thought']}"] if told["thought"] else []
    return thought + [action_line(action) for action in told["actions"]]


def action_line(action: dict[str, Any]) -> str:
    details = (
        f"{name}={json.dumps(value, ensure_ascii=False)}"
        for name, value in action.items()
        if name != "kind"
    )
    return " ".join((action["kind"], *details))
