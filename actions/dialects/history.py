"""Past steps as lines of text, evicted in blocks so that the lines before the cut stay put."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from ..errors import BadReply
from ..toolcall import Call, json_calls
from .base import Turn

MAX_LINES = 40
BLOCK = 20
_MAX_WORDS = 300


def one_line(text: str) -> str:
    """A text on one line, cut to a bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= _MAX_WORDS else line[: _MAX_WORDS - 1] + "…"


def step_lines(past: Sequence[Turn], say: Callable[[Turn], str]) -> list[str]:
    """`Step n: what (Result: feedback)` for each turn; `say` words what was done.

    A refused reply reads `Step n: (not understood: why)`. Beyond 40 steps the oldest 20 at a
    time give way to one line, so the text changes at its start only once in 20 steps.
    """
    over = len(past) - MAX_LINES
    dropped = 0 if over <= 0 else -(-over // BLOCK) * BLOCK
    lines = [f"Steps 1 to {dropped} are left out."] if dropped else []
    for number, turn in enumerate(past[dropped:], dropped + 1):
        lines.append(f"Step {number}: {_step(turn, say)}")
    return lines


def _step(turn: Turn, say: Callable[[Turn], str]) -> str:
    if not turn.actions:
        return f"(not understood: {one_line(turn.feedback)})"
    said = one_line(say(turn))
    return f"{said} (Result: {one_line(turn.feedback)})" if turn.feedback else said


def next_move(goal: str, lines: Sequence[str]) -> str:
    """The user text of OSWorld's agents for the Qwen families."""
    steps = "\n".join(lines) or "None"
    return (
        "\nPlease generate the next move according to the UI screenshot, instruction and previous "
        f"actions.\n\nInstruction: {goal}\n\nPrevious actions:\n{steps}"
    )


def arguments_said(turn: Turn) -> str:
    """A turn's thought, or without one the arguments of its JSON call."""
    call = past_call(turn)
    if turn.thought or call is None:
        return turn.thought or turn.reply
    return json.dumps(call.arguments, ensure_ascii=False)


def past_call(turn: Turn) -> Call | None:
    """The JSON call of a past reply; None when there is none, or somebody else acted."""
    try:
        return json_calls(turn.reply, first_only=True).calls[0]
    except BadReply:
        return None
