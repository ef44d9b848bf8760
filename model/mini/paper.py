"""Demonstrations without a screen: the practice oracles on paper, for what can be learned from words alone.

Which words of a goal belong into a field, and where they end, needs no picture. A job is played against its own
screens in memory, thousands of steps a second, so no wording is ever seen twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any

from ...tasks.practice.app import Job
from ...tasks.practice.apps import make
from ...tasks.practice.oracle import Move, PageState, next_move
from ...tasks.practice.screens import Field
from . import tokens as t
from . import words
from .questions import Part, value
from .shape import WIDE, View

KINDS = (
    "flights", "flights", "flights", "mail-send", "calendar-add", "contacts-add", "contacts-phone", "shop-buy",
    "todo-add", "login",
)  # fmt: skip
MOST = 30
JOBS = 3000


def steps(job: Job) -> Iterator[dict[str, Any]]:
    """Every step of a job's demonstration, in order, as text."""
    screen, focus, selected = job.app.first, "", False
    values = fields(job, screen)
    past: list[str] = []
    for _ in range(MOST):
        move = next_move(job, PageState(screen, focus, selected, values))
        yield {
            "goal": job.goal,
            "past": list(past),
            "label": move.label,
            "kind": move.kind,
            "text": move.text,
        }
        if move.kind == "finish":
            return
        if move.kind == "press":
            selected = True
        elif move.kind == "type":
            values[focus], selected = move.text, False
        elif move.target in values:
            focus, selected = move.target, False
        else:
            screen = leave(job, screen, move, values)
            values, focus, selected = fields(job, screen), "", False
        past.append(move.thought)


def fields(job: Job, screen: str) -> dict[str, str]:
    """What stands in the fields of a screen that was just opened."""
    return {item.id: item.value for item in job.app.screen(screen).items if isinstance(item, Field)}


def leave(job: Job, screen: str, move: Move, values: dict[str, str]) -> str:
    """The screen after a button."""
    if move.target == "dismiss":
        job.banner = None
        return screen
    return job.app.first if move.target == "home" else job.app.submit(screen, move.target, values)


@cache
def typing_steps(kind: str, seed: int) -> list[dict[str, Any]]:
    """The steps of a job that type something; there is one in every job of these kinds."""
    return [step for step in steps(make(kind, seed)) if step["kind"] == "type"]


def typed(rng: Random, view: View = WIDE) -> list[Part]:
    """A question whose answer has begun: only the text to type is still to come."""
    step = rng.choice(typing_steps(rng.choice(KINDS), rng.randrange(JOBS)))
    goal, text = step["goal"], step["text"]
    if rng.random() < 0.4 and goal.count(text) == 1 and len(text) > 2:
        new = rng.choice((words.label, words.label, words.number, words.email))(rng)
        goal, text = goal.replace(text, new), new
    lines = [f"Step {i + 1}: {line}" for i, line in enumerate(step["past"])]
    # What is typed depends on the goal and the last click; short questions leave room for more.
    past = "\n".join(lines if rng.random() < 0.25 else lines[-rng.randint(1, 3) :])
    asked = t.messages_text("{goal}")[1].replace("{goal}", goal)[: -len("None")] + past
    begun = (
        f"<|im_end|>\n<|im_start|>assistant\nType into {step['label']}.{t.CALLS[view.surface].type}"
    )
    return [Part(asked), Part(begun), *value(text)]
