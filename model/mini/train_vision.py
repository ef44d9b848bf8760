"""First stage: the vision tower learns to name the characters in every patch, and what is marked.

`python -m qvl_agent.model.mini.train_vision PAGES OUT [STEPS]`; goes on from its last checkpoint.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import keep
from .net import Vision, init_weights, to_patches, to_windows
from .optim import Optimizers, schedule
from .shape import MERGE, Shape
from .shards import Shards

BATCH = 8
CODES = 96
"""Printable ASCII minus 31, so 0 is none."""


class Heads(nn.Module):
    """Read the characters (three slots) and state bits from patch features and from merged cells."""

    def __init__(self, s: Shape) -> None:
        super().__init__()
        self.chars = nn.Linear(s.vision, 3 * CODES)
        self.state = nn.Linear(s.vision, 3)
        self.cell_chars = nn.Linear(s.hidden, 4 * 3 * CODES)
        self.cell_state = nn.Linear(s.hidden, 4 * 3)


def batch(shards: Shards, rng: np.random.Generator, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """Pixels uint8 [B, 336, 448, 3], codes [B, 24, 32, 3] and state bits [B, 24, 32, 3]."""
    picks = shards.draw(rng, size)
    pixels = np.stack([s.pixels[i] for s, i in picks if s.pixels is not None])
    chars = np.stack([s.chars[i] for s, i in picks]).astype(np.int64)
    state = np.stack([s.state[i] for s, i in picks])
    codes = np.where(chars > 0, chars - 31, 0)
    bits = np.stack([(state >> k) & 1 for k in range(3)], -1).astype(np.float32)
    return torch.from_numpy(pixels), torch.from_numpy(codes), torch.from_numpy(bits)


def char_loss(logits: Tensor, codes: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy over slots with "none" weighted down; and accuracy on real characters."""
    logits, flat = logits.reshape(-1, CODES).float(), codes.reshape(-1)
    weight = torch.ones(CODES)
    weight[0] = 0.08
    loss = F.cross_entropy(logits, flat, weight)
    hit = ((logits.argmax(-1) == flat) & (flat > 0)).sum() / (flat > 0).sum().clamp(min=1)
    return loss, hit


def losses(
    vision: Vision, heads: Heads, patches: Tensor, codes: Tensor, bits: Tensor
) -> tuple[Tensor, ...]:
    features, cells = vision(patches)
    codes_w, bits_w = to_windows(codes), to_windows(bits)
    loss, hit = char_loss(heads.chars(features), codes_w)
    state = F.binary_cross_entropy_with_logits(heads.state(features).float(), bits_w)
    b, h, w = codes.shape[:3]
    by_cell = codes.view(b, h // MERGE, MERGE, w // MERGE, MERGE, 3).permute(0, 1, 3, 2, 4, 5)
    cell_loss, cell_hit = char_loss(heads.cell_chars(cells), by_cell)
    cell_bits = (
        bits.view(b, h // MERGE, MERGE, w // MERGE, MERGE, 3)
        .permute(0, 1, 3, 2, 4, 5)
        .reshape(b, -1, 12)
    )
    cell_state = F.binary_cross_entropy_with_logits(heads.cell_state(cells).float(), cell_bits)
    return loss + state + cell_loss + cell_state, hit, cell_hit, state


def main() -> None:
    pages, out, steps = (
        Path(sys.argv[1]),
        Path(sys.argv[2]),
        int(sys.argv[3]) if len(sys.argv) > 3 else 6000,
    )
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    shape = Shape()
    vision, heads = Vision(shape), Heads(shape)
    init_weights(vision, shape.vision_layers)
    parts: dict[str, nn.Module] = {"vision": vision, "heads": heads}
    optimizers = Optimizers(list(parts.values()), muon_lr=4e-3, adam_lr=2e-3)
    step = keep.load(out / "vision.pt", parts, [optimizers])
    run = torch.compile(losses, dynamic=False)
    shards, rng = Shards(pages, hold_out=1), np.random.default_rng(step)
    began, ema = time.time(), 0.0
    while step < steps:
        if step % 200 == 0:
            shards.refresh()
        pixels, codes, bits = batch(shards, rng, BATCH)
        optimizers.set(schedule(step, steps, warm=100))
        with torch.autocast("cpu", torch.bfloat16):
            loss, hit, cell_hit, state = run(
                vision, heads, to_patches(pixels).bfloat16(), codes, bits
            )
        loss.backward()
        optimizers.step()
        step += 1
        ema = 0.95 * ema + 0.05 * hit.item() if ema else hit.item()
        if step % 25 == 0:
            print(
                f"{step} loss {loss.item():.3f} chars {ema:.3f} now {hit.item():.3f} cells {cell_hit.item():.3f} state {state.item():.3f} {(time.time() - began) / 60:.1f} min",
                flush=True,
            )  # noqa: T201
        if step % 200 == 0 or step == steps:
            keep.save(out / "vision.pt", parts, [optimizers], step)


if __name__ == "__main__":
    main()
