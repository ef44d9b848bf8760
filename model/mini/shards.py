"""Reading rendered shards: random screens from memory-mapped files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from .shape import TALL, WIDE


class Shard:
    """One rendered folder, opened without reading the pixels."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pixels = (
            np.load(folder / "pixels.npy", mmap_mode="r")
            if (folder / "pixels.npy").exists()
            else None
        )
        self.chars = np.load(folder / "chars.npy")
        self.view = TALL if self.chars.shape[1] > self.chars.shape[2] else WIDE
        self.state = np.load(folder / "state.npy")
        self.usable = np.arange(len(self.chars))
        with (folder / "elements.jsonl").open() as lines:
            self.elements: list[list[dict[str, Any]]] = [json.loads(line) for line in lines]


class Shards:
    """Every finished shard below a folder; new ones are picked up by `refresh`."""

    def __init__(self, folder: Path, hold_out: int = 0) -> None:
        self.folder, self.hold_out = folder, hold_out
        self.shards: dict[str, Shard] = {}
        self.refresh()

    def refresh(self) -> None:
        for done in sorted(self.folder.glob("*/elements.jsonl")):
            name = done.parent.name
            if name not in self.shards and int(name) >= self.hold_out:
                self.shards[name] = Shard(done.parent)

    def draw(self, rng: np.random.Generator, count: int) -> list[tuple[Shard, int]]:
        names = list(self.shards)
        picks = rng.integers(0, len(names), count)
        out: list[tuple[Shard, int]] = []
        for i in picks:
            shard = self.shards[names[i]]
            out.append((shard, int(rng.choice(shard.usable))))
        return out
