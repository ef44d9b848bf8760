"""Demonstrations as training rows: goal, past steps and a screen, and the answer that goes on."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from . import tokens as t
from .pack import Packed, pack
from .questions import DONE, Part, ask, click, next_step, type_in
from .shards import Shard, Shards


class DemoShard(Shard):
    """A rendered folder with one step of a demonstration per screen."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.usable = np.load(folder / "usable.npy")
        with (folder / "steps.jsonl").open() as lines:
            self.steps: list[dict[str, Any]] = [json.loads(line) for line in lines]


class DemoShards(Shards):
    """Every finished demonstration shard below a folder."""

    def refresh(self) -> None:
        for done in sorted(self.folder.glob("*/done")):
            name = done.parent.name
            if name not in self.shards:
                self.shards[name] = DemoShard(done.parent)


def answer(step: dict[str, Any]) -> list[Part]:
    """What the model should say at this step."""
    match step["kind"]:
        case "click":
            return click(step["label"], step["target"])
        case "type":
            return type_in(step["label"], step["text"])
        case "press":
            keys = '", "'.join(step["keys"])
            return [Part(f"{step['thought']}{t.KEY}{keys}{t.END_KEYS}<|im_end|>", True)]
        case "finish":
            return (
                DONE if step["success"] else [Part(f"{step['thought']}{t.FAILED}<|im_end|>", True)]
            )
        case kind:
            raise ValueError(f"a demonstration cannot {kind}")


def pack_demo(rng: Random, shard: Any, index: int) -> Packed:
    """The step's own question first, then questions about the page while there is room."""
    step = shard.steps[index]
    past = list(step["past"])
    if past and rng.random() < 0.15:
        # The loop says so of a step that left the screen as it was; it must not confuse.
        past[rng.randrange(len(past))] += " (Result: nothing changed)"
    questions = [next_step(step["goal"], past, answer(step))]
    extra = (ask(rng, shard.elements[index]) for _ in range(6))
    return pack([*questions, *(q for q in extra if q)])
