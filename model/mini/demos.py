"""Demonstrations as training rows: goal, past steps and a screen, and the answer that goes on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from . import tokens as t
from . import words
from .pack import Packed, pack
from .paper import typed
from .questions import Element, Part, ask, click, done, next_step, type_in
from .shape import WIDE, View
from .shards import Shard, Shards

_TIME = re.compile(r"Click \d\d:\d\d\.")
"""A flight was chosen: what follows is far from the goal's beginning."""


class DemoShard(Shard):
    """A rendered folder with one step of a demonstration per screen."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        with (folder / "steps.jsonl").open() as lines:
            self.steps: list[dict[str, Any]] = [json.loads(line) for line in lines]
        usable: list[int] = np.load(folder / "usable.npy").tolist()
        hard = [i for i in usable if is_hard(self.steps[i])]
        self.usable = np.array([*usable, *hard * 3], np.int64)


def is_hard(step: dict[str, Any]) -> bool:
    """Only the picture tells the row that is meant, and only a long goal what the last page wants."""
    named = step["kind"] == "click" and step["label"] in step["goal"]
    return named or any(_TIME.match(line) for line in step["past"])


class DemoShards(Shards):
    """Every finished demonstration shard below a folder."""

    def refresh(self) -> None:
        for mark in sorted(self.folder.glob("*/done")):
            name = mark.parent.name
            if name not in self.shards:
                self.shards[name] = DemoShard(mark.parent)


def answer(step: dict[str, Any], view: View = WIDE) -> list[Part]:
    """What the model should say at this step."""
    match step["kind"]:
        case "click":
            return click(step["label"], step["target"], view)
        case "type":
            return type_in(step["label"], step["text"], view)
        case "open":
            app = Part(step["text"], True, copied=True)
            return [
                Part("Open ", True),
                app,
                Part(f".{t.OPEN}", True),
                app,
                Part(f"{t.END_TEXT}<|im_end|>", True),
            ]
        case "scroll":
            return [Part("Scroll down.", True), Part(f"{t.SWIPE}<|im_end|>", True)]
        case "press":
            keys = '", "'.join(step["keys"])
            return [Part(f"{step['thought']}{t.KEY}{keys}{t.END_KEYS}<|im_end|>", True)]
        case "back":
            return [Part(f"Go back.{t.BACK}<|im_end|>", True)]
        case "finish":
            gives_up = f"{step['thought']}{t.CALLS[view.surface].failed}<|im_end|>"
            return done(view) if step["success"] else [Part(gives_up, True)]
        case kind:
            raise ValueError(f"a demonstration cannot {kind}")


def pack_demo(rng: Random, shard: Any, index: int) -> Packed:
    """The step's own question first, then the same step in other words, then questions about the page."""
    step, elements, view = shard.steps[index], shard.elements[index], shard.view
    twins = [
        other for other in (twin(rng, step, elements) for _ in range(rng.randint(0, 2))) if other
    ]
    questions = [asked(rng, one, view) for one in (step, *twins)]
    questions += [typed(rng, view) for _ in range(3)]
    extra = (ask(rng, elements, view) for _ in range(2))
    return pack([*questions, *(q for q in extra if q)], view)


def asked(rng: Random, step: dict[str, Any], view: View = WIDE) -> list[Part]:
    """A step as one question, sometimes with what a real past holds: the loop's words, a slip of its own."""
    past = list(step["past"])
    if past and rng.random() < 0.15:
        past[rng.randrange(len(past))] += " (Result: nothing changed)"
    if past and rng.random() < 0.2:
        at = rng.randrange(len(past))
        past[at] = misspelled(rng, past[at])
    return next_step(step["goal"], past, answer(step, view))


def misspelled(rng: Random, line: str) -> str:
    """A past step as the model may have worded it: with one wrong letter."""
    at = rng.randrange(6, len(line)) if len(line) > 7 else 0
    return line[:at] + rng.choice("abcdefghilmnoprstu") + line[at + 1 :] if at else line


def twin(rng: Random, step: dict[str, Any], elements: list[Element]) -> dict[str, Any] | None:
    """The same screen under another goal: another value to type, or a neighbour to click."""
    if step["kind"] == "type":
        return other_value(rng, step)
    if step["kind"] == "click":
        return other_row(rng, step, elements)
    return None


def other_value(rng: Random, step: dict[str, Any]) -> dict[str, Any] | None:
    old, goal = step["text"], step["goal"]
    if goal.count(old) != 1 or len(old) < 3:
        return None
    new = rng.choice((words.label, words.label, words.number, words.email))(rng)
    return step | {"goal": goal.replace(old, new), "text": new}


def other_row(rng: Random, step: dict[str, Any], elements: list[Element]) -> dict[str, Any] | None:
    """Only where the goal itself names what is clicked, and a row like it is in the same state."""
    target, label, goal = step["target"], step["label"], step["goal"]
    family = target["id"].rstrip("0123456789") if "id" in target else ""
    if goal.count(label) != 1 or family == target.get("id", ""):
        return None
    rows = [
        e for e in elements
        if e["id"].rstrip("0123456789") == family and e["id"] != target["id"] and e["state"] == target["state"]
        and e["whole"] and e["label"] not in goal and label not in e["label"]
    ]  # fmt: skip
    if not rows:
        return None
    row = rng.choice(rows)
    return step | {"goal": goal.replace(label, row["label"]), "label": row["label"], "target": row}
