"""Last stage, once the eyes can read: the language side alone, on what the eyes saw of each screen once.

`python -m qvl_agent.model.mini.train_kept OUT STEPS START.pt RATE FOLDER:SHARE…`; goes on from OUT/model.pt. Folders hold
shards of generated pages or of demonstrations, of browsers or of phones. A step costs a third less than with the eyes.
"""

from __future__ import annotations

import sys
import time
import zlib
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from . import keep
from . import tokens as t
from .demos import DemoShards, pack_demo
from .net import Text, Vision, text_angles, to_patches
from .optim import Optimizers, schedule
from .pack import Packed, pack_page
from .shape import CELLS, Shape, View
from .shards import Shards
from .train_text import Aids, attention_mask, places_3d, stack, text_losses

BATCH = 8
LOOK_AT_ONCE = 16


class Eyes:
    """Frozen eyes; what they see of a shard is kept beside its pixels, under the eyes' own number."""

    def __init__(self, weights: dict[str, Tensor]) -> None:
        self.vision = Vision(Shape())
        self.vision.load_state_dict(weights)
        whole = b"".join(
            w.contiguous().view(torch.uint8).numpy().tobytes() for w in weights.values()
        )
        self.name = f"cells-{zlib.crc32(whole):08x}.npy"
        self.run = torch.compile(self.look, dynamic=False)

    def look(self, patches: Tensor, view: View) -> Tensor:
        return self.vision(patches, view)[1]

    def cells(self, shard: Any) -> np.ndarray:
        """[n, 192, hidden] in bfloat16, as the 16-bit numbers that hold it."""
        path = shard.folder / self.name
        if not path.exists():
            self.see(shard, path)
        return np.load(path, mmap_mode="r")

    @torch.no_grad()
    def see(self, shard: Any, path: Path) -> None:
        count = len(shard.chars)
        seen = np.zeros((count, CELLS, Shape().hidden), np.int16)
        for first in range(0, count, LOOK_AT_ONCE):
            # The last few again with the others: every call has one shape.
            first = max(0, min(first, count - LOOK_AT_ONCE))
            pixels = torch.from_numpy(np.array(shard.pixels[first : first + LOOK_AT_ONCE]))
            with torch.autocast("cpu", torch.bfloat16):
                cells = self.run(to_patches(pixels).bfloat16(), shard.view)
            seen[first : first + LOOK_AT_ONCE] = cells.bfloat16().view(torch.int16).numpy()
        unfinished = path.with_suffix(".tmp.npy")
        np.save(unfinished, seen)
        unfinished.rename(path)


class Folder:
    """One folder of shards, and its share of what is learned."""

    def __init__(self, words: str, eyes: Eyes) -> None:
        path, share = words.rsplit(":", 1)
        self.share, self.eyes = float(share), eyes
        self.taught = any(Path(path).glob("*/steps.jsonl"))
        self.shards = DemoShards(Path(path)) if self.taught else Shards(Path(path), hold_out=1)
        self.view: View = next(iter(self.shards.shards.values())).view
        self.kept: dict[Path, np.ndarray] = {}

    def draw(self, rng: np.random.Generator, draw: Random) -> tuple[np.ndarray, Packed]:
        """One screen's cells, and what is asked of it."""
        [(shard, i)] = self.shards.draw(rng, 1)
        if shard.folder not in self.kept:
            self.kept[shard.folder] = self.eyes.cells(shard)
        row = pack_demo(draw, shard, i) if self.taught else pack_page(draw, shard.elements[i])
        return self.kept[shard.folder][i], row


class Batch(NamedTuple):
    """Rows of one kind of screen, ready for the compiled step."""

    view: View
    cells: Tensor
    rows: list[Tensor]


class Source:
    """Batches of one kind of screen each, drawn by the folders' shares."""

    def __init__(self, folders: list[Folder], seed: int) -> None:
        self.folders, self.rng, self.draw = folders, np.random.default_rng(seed), Random(seed)

    def refresh(self) -> None:
        for folder in self.folders:
            folder.shards.refresh()

    def batch(self) -> Batch:
        view = self.draw.choices(self.folders, [f.share for f in self.folders])[0].view
        same = [f for f in self.folders if f.view is view]
        picks = self.draw.choices(same, [f.share for f in same], k=BATCH)
        drawn = [folder.draw(self.rng, self.draw) for folder in picks]
        cells = torch.from_numpy(np.stack([c for c, _ in drawn])).view(torch.bfloat16)
        return Batch(view, cells, stack([row for _, row in drawn]))


class Progress:
    """What is told every fifty batches: mean losses by kind of screen, and where the time went."""

    def __init__(self) -> None:
        self.began, self.drawing = time.time(), 0.0
        self.seen: dict[View, list[tuple[float, ...]]] = {}

    def add(self, view: View, *losses: Tensor) -> None:
        self.seen.setdefault(view, []).append(tuple(loss.item() for loss in losses))

    def tell(self, step: int) -> None:
        means = [
            f"{view.surface} " + " ".join(f"{np.mean(column):.3f}" for column in zip(*rows, strict=True))
            for view, rows in self.seen.items()
        ]  # fmt: skip
        took, drawing = (time.time() - self.began) / 60, self.drawing / 60
        print(f"{step} answer/look/share {', '.join(means)}, {took:.1f} min, {drawing:.1f} drawing", flush=True)  # noqa: T201  # fmt: skip
        self.seen = {}


class Student:
    """The language side, its side losses and its optimiser, as they are trained and kept."""

    def __init__(self, out: Path, saved: dict[str, Any], eyes: Eyes, rate: float) -> None:
        self.file = out / "model.pt"
        self.text, self.aids = Text(Shape()), Aids(Shape())
        self.words = Optimizers([self.text, self.aids], muon_lr=3e-3 * rate, adam_lr=1.5e-3 * rate)
        self.parts: dict[str, nn.Module] = {
            "vision": eyes.vision, "text": self.text, "aids": self.aids,
        }  # fmt: skip
        self.step = keep.load(self.file, self.parts, [self.words])
        if self.step == 0:
            self.text.load_state_dict(saved["text"])
            # Weights that were published come without the side losses' heads.
            if "aids" in saved:
                self.aids.load_state_dict(saved["aids"])
        self.run = torch.compile(text_losses, dynamic=False)

    def learn(self, batch: Batch, scale: float) -> tuple[Tensor, Tensor, Tensor]:
        """One step at a share of the rate; answer loss, looking loss, share of the looks that hit."""
        view, cells, (ids, targets, weights, places, question, look_at, look_cell) = batch
        before = torch.tensor(t.prefix(view)[0])
        cos, sin = text_angles(places_3d(places, len(before), view), Shape())
        mask = attention_mask(question, len(before) + CELLS)
        self.words.set(scale)
        with torch.autocast("cpu", torch.bfloat16):
            answer, place, look, seen = self.run(
                self.text, self.aids, cells, before, ids, targets, weights, look_at, look_cell,
                cos, sin, mask, view.columns,
            )  # fmt: skip
        (answer + 0.1 * place + 0.3 * look).backward()
        self.words.step()
        self.step += 1
        return answer, look, seen

    def save(self) -> None:
        keep.save(self.file, self.parts, [self.words], self.step)


def main() -> None:
    out, steps = Path(sys.argv[1]), int(sys.argv[2])
    start, rate = Path(sys.argv[3]), float(sys.argv[4])
    out.mkdir(parents=True, exist_ok=True)
    saved = torch.load(start, weights_only=True)
    eyes = Eyes(saved["vision"])
    folders = [Folder(words, eyes) for words in sys.argv[5:]]
    student = Student(out, saved, eyes, rate)
    source, progress = Source(folders, student.step + 7), Progress()
    while student.step < steps:
        if student.step % 100 == 0:
            source.refresh()
        at = time.time()
        batch = source.batch()
        progress.drawing += time.time() - at
        scale = schedule(student.step, steps, warm=60, decay=0.75)
        progress.add(batch.view, *student.learn(batch, scale))
        if student.step % 50 == 0:
            progress.tell(student.step)
        if student.step % 200 == 0 or student.step == steps:
            student.save()


if __name__ == "__main__":
    main()
