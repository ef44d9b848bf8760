"""Between the stages: the vision tower learns to say what the language side was taught to hear.

`python -m qvl_agent.model.mini.align PAGES DEMOS VISION.pt TEXT.pt OUT.pt STEPS`
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from .net import Vision, to_patches, to_windows
from .optim import Optimizers, schedule
from .shape import Shape
from .train import Source
from .train_text import Symbols, cell_symbols
from .train_vision import Heads, char_loss

BATCH = 8


def losses(
    vision: Vision, heads: Heads, patches: Tensor, wanted: Tensor, chars: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Relative distance of the cells from what is wanted, reading loss, and reading accuracy."""
    features, cells = vision(patches)
    apart = (cells.float() - wanted).pow(2).mean() / wanted.pow(2).mean()
    read, hit = char_loss(heads.chars(features), to_windows(chars))
    return apart, read, hit


def main() -> None:
    pages, demos, vision_from, text_from, out = map(Path, sys.argv[1:6])
    steps, shape = int(sys.argv[6]), Shape()
    vision, heads, symbols = Vision(shape), Heads(shape), Symbols(shape)
    seen, said = (torch.load(p, weights_only=True) for p in (vision_from, text_from))
    vision.load_state_dict(seen["vision"])
    heads.load_state_dict(seen["heads"])
    symbols.load_state_dict(said["symbols"])
    tokens = nn.Embedding.from_pretrained(said["text"]["embed_tokens.weight"])
    optimizers = Optimizers([vision, heads], muon_lr=3e-3, adam_lr=1.5e-3)
    run, source, began = torch.compile(losses, dynamic=False), Source(pages, demos, 3), time.time()
    for step in range(steps):
        pixels, chars, state, _ = source.batch(BATCH, 0.5)
        codes, marks = cell_symbols(chars, state, None)
        with torch.no_grad():
            wanted = symbols(torch.from_numpy(codes), torch.from_numpy(marks), tokens).float()
        slots = torch.from_numpy(np.where(chars > 0, chars.astype(np.int64) - 31, 0))
        optimizers.set(schedule(step, steps, warm=20))
        with torch.autocast("cpu", torch.bfloat16):
            patches = to_patches(torch.from_numpy(pixels)).bfloat16()
            apart, read, hit = run(vision, heads, patches, wanted, slots)
        (apart + 0.3 * read).backward()
        optimizers.step()
        if step % 25 == 24:
            print(f"{step + 1} apart {apart.item():.3f} read {read.item():.3f} chars {hit.item():.3f} {(time.time() - began) / 60:.1f} min", flush=True)  # fmt: skip
    torch.save({"vision": vision.state_dict(), "heads": heads.state_dict()}, out)


if __name__ == "__main__":
    main()
