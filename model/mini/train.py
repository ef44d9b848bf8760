"""Last stage: both towers together, on pixels, with demonstrations once there are any.

`python -m qvl_agent.model.mini.train PAGES DEMOS OUT STEPS VISION.pt TEXT.pt`; goes on from OUT/model.pt.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from . import keep
from . import tokens as t
from .demos import DemoShards, pack_demo
from .net import Text, Vision, text_angles, to_patches, to_windows
from .optim import Optimizers, schedule
from .pack import Packed, pack_page
from .shape import CELLS, Shape
from .shards import Shards
from .train_text import Aids, Symbols, attention_mask, cell_symbols, places_3d, stack, text_losses
from .train_vision import Heads, char_loss

BATCH = 8
EYES_EVERY = 2
"""Eyes that read already learn from every n-th batch only: a frozen tower costs a third."""


def losses(
    vision: Vision, heads: Heads, text: Text, aids: Aids, symbols: Symbols, patches: Tensor, chars: Tensor,
    codes: Tensor, state: Tensor, before: Tensor, ids: Tensor, targets: Tensor, weights: Tensor, look_at: Tensor,
    look_cell: Tensor, cos: Tensor, sin: Tensor, mask: Tensor, eyes_learn: bool,
) -> tuple[Tensor, ...]:  # fmt: skip
    with torch.set_grad_enabled(eyes_learn):
        features, cells = vision(patches)
    read, hit = char_loss(heads.chars(features), to_windows(chars))
    with torch.no_grad():
        wanted = symbols(codes, state, text.embed_tokens).float()
    apart = (cells.float() - wanted).pow(2).mean() / wanted.pow(2).mean()
    return (
        *text_losses(
            text, aids, cells, before, ids, targets, weights, look_at, look_cell, cos, sin, mask
        ),
        read,
        hit,
        apart,
    )


class Source:
    """Screens for a batch: some generated pages, some steps of demonstrations."""

    def __init__(self, pages: Path, demos: Path, seed: int) -> None:
        self.pages, self.demos = Shards(pages, hold_out=1), DemoShards(demos)
        self.rng, self.draw = np.random.default_rng(seed), Random(seed)

    def refresh(self) -> None:
        self.pages.refresh()
        self.demos.refresh()

    def batch(
        self, size: int, share: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[Packed]]:
        count = round(size * share) if self.demos.shards else 0
        picks: list[tuple[Any, int]] = self.demos.draw(self.rng, count) if count else []
        rows = [pack_demo(self.draw, shard, i) for shard, i in picks]
        pages = self.pages.draw(self.rng, size - count)
        rows += [pack_page(self.draw, shard.elements[i]) for shard, i in pages]
        picks += pages
        pixels = np.stack([s.pixels[i] for s, i in picks])
        return (
            pixels,
            np.stack([s.chars[i] for s, i in picks]),
            np.stack([s.state[i] for s, i in picks]),
            rows,
        )


def main() -> None:
    pages, demos, out, *first = map(Path, (*sys.argv[1:4], *sys.argv[5:7]))
    steps = int(sys.argv[4])
    share = float(sys.argv[7]) if len(sys.argv) > 7 else 0.6
    rate = float(sys.argv[8]) if len(sys.argv) > 8 else 1.0
    joined = first[0] == first[1]
    """Towers that come from one training know each other; apart, they are drawn together first."""
    out.mkdir(parents=True, exist_ok=True)
    s = Shape()
    vision, heads, text, aids, symbols = Vision(s), Heads(s), Text(s), Aids(s), Symbols(s)
    parts: dict[str, nn.Module] = {
        "vision": vision, "heads": heads, "text": text, "aids": aids, "symbols": symbols,
    }  # fmt: skip
    # A tower that reads already is moved gently; the language side still has most to learn.
    eyes = Optimizers([vision, heads], muon_lr=1e-3 * rate, adam_lr=5e-4 * rate)
    words = Optimizers([text, aids], muon_lr=3e-3 * rate, adam_lr=1.5e-3 * rate)
    step = keep.load(out / "model.pt", parts, (eyes, words))
    if step == 0:
        for path in first:
            keep.load_weights(path, parts)
    run = torch.compile(losses, dynamic=False)
    source, before = Source(pages, demos, step + 7), torch.tensor(t.prefix()[0])
    began = time.time()
    while step < steps:
        if step % 100 == 0:
            source.refresh()
        pixels, chars, state, rows = source.batch(BATCH, share)
        codes, marks = cell_symbols(chars, state, None)
        ids, targets, weights, places, question, look_at, look_cell = stack(rows)
        cos, sin = text_angles(places_3d(places, len(before)), s)
        mask = attention_mask(question, len(before) + CELLS)
        slots = torch.from_numpy(np.where(chars > 0, chars.astype(np.int64) - 31, 0))
        for optimizers in (eyes, words):
            optimizers.set(schedule(step, steps, warm=60, decay=0.75))
        eyes_learn = step % EYES_EVERY == 0
        with torch.autocast("cpu", torch.bfloat16):
            answer, place, look, seen, read, hit, apart = run(
                vision, heads, text, aids, symbols,
                to_patches(torch.from_numpy(pixels)).bfloat16(), slots, torch.from_numpy(codes), torch.from_numpy(marks),
                before, ids, targets, weights, look_at, look_cell, cos, sin, mask, eyes_learn,
            )  # fmt: skip
        near = 0.0 if joined else max(0.0, 1.0 - step / 600)
        (answer + 0.1 * place + 0.3 * look + 0.3 * read + near * apart).backward()
        if eyes_learn:
            eyes.step()
        words.step()
        step += 1
        if step % 25 == 0:
            took = (time.time() - began) / 60
            print(f"{step} answer {answer.item():.3f} look {look.item():.3f} share {seen.item():.3f} chars {hit.item():.3f} apart {apart.item():.3f} {took:.1f} min", flush=True)  # fmt: skip
        if step % 100 == 0 or step == steps:
            keep.save(out / "model.pt", parts, (eyes, words), step)


if __name__ == "__main__":
    main()
