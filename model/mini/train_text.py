"""Second stage, beside the first: the language side learns on what the vision tower will tell it.

In place of pixels it gets, for every cell, a learned sum over the characters and marks that are there, so it
learns to find, read, copy and go on with a form before the vision tower can see, and at a fraction of the cost.
`python -m qvl_agent.model.mini.train_text PAGES OUT STEPS DEMOS`; goes on from its last checkpoint.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import keep
from . import tokens as t
from .demos import DemoShards, pack_demo
from .net import Text, init_weights, text_angles
from .optim import Optimizers, schedule
from .pack import Packed, pack_page
from .shape import CELLS, MERGE, WIDE, Shape, View
from .shards import Shards

BATCH = 8
MOST = max(WIDE.columns, WIDE.rows)
PLACE_LAYER, LOOK_LAYER, LOOK_HEAD, COPY_HEAD = 1, 3, 0, 2
BEHIND = ((0, 2, 1), (1, 2, 2), (1, 3, 3))
"""Layer, head, distance: heads that look back so many tokens, so that a letter is known by those
before it and a word that is copied is not lost among its like."""


class Symbols(nn.Module):
    """What a perfect eye would say of each cell: twelve character slots and twelve marks."""

    def __init__(self, s: Shape) -> None:
        super().__init__()
        self.embed_slots = nn.Embedding(12 * 128, s.hidden)
        self.state = nn.Linear(12, s.hidden)
        nn.init.normal_(self.embed_slots.weight, std=0.06)

    def forward(self, codes: Tensor, state: Tensor, tokens: nn.Embedding) -> Tensor:
        """Codes [B, 192, 12] (0: none) and marks [B, 192, 12] -> cells [B, 192, hidden]."""
        slots = torch.arange(12) * 128
        real = (codes > 0).unsqueeze(-1)
        each = self.embed_slots(codes + slots) + tokens(codes)
        return (each * real).sum(2) * 0.4 + self.state(state)


class Aids(nn.Module):
    """Side losses' heads; dropped at export."""

    def __init__(self, s: Shape) -> None:
        super().__init__()
        self.place = nn.Linear(s.hidden, 2 * MOST)


def cell_symbols(
    chars: np.ndarray, state: np.ndarray, rng: np.random.Generator | None
) -> tuple[np.ndarray, np.ndarray]:
    """[B, 24, 32, 3] codes and [B, 24, 32] bits -> [B, 192, 12] each; with `rng`, some misread."""
    b = len(chars)
    rows, columns = (side // MERGE for side in chars.shape[1:3])
    codes = chars.astype(np.int64).reshape(b, rows, MERGE, columns, MERGE, 3)
    if rng is not None:
        wrong = rng.random(codes.shape) < 0.02
        codes = np.where(wrong & (codes > 0), rng.integers(33, 127, codes.shape), codes)
    codes = codes.transpose(0, 1, 3, 2, 4, 5).reshape(b, CELLS, 12)
    bits = np.stack([(state >> k) & 1 for k in range(3)], -1).astype(np.float32)
    bits = bits.reshape(b, rows, MERGE, columns, MERGE, 3).transpose(0, 1, 3, 2, 4, 5)
    return codes, bits.reshape(b, CELLS, 12)


def stack(rows: list[Packed]) -> list[Tensor]:
    return [torch.from_numpy(np.stack(field)) for field in zip(*rows, strict=True)]


def attention_mask(question: Tensor, before: int) -> Tensor:
    """Additive [B, 1, L, L]: causal; each question sees the prefix and itself."""
    b, n = question.shape
    whole = torch.cat((torch.full((b, before), -2), question), 1)
    same = (whole[:, None] == whole[:, :, None]) | (whole[:, None] == -2)
    causal = torch.ones(before + n, before + n, dtype=torch.bool).tril()
    return torch.zeros(b, 1, before + n, before + n).masked_fill(~(same & causal)[:, None], -1e4)


def places_3d(places: Tensor, before: int, view: View = WIDE) -> Tensor:
    """Positions [3, B, L] of prefix, picture and text."""
    b = places.shape[0]
    lead = torch.arange(before).expand(3, b, before)
    rows, cols = torch.meshgrid(torch.arange(view.rows), torch.arange(view.columns), indexing="ij")
    grid = (
        torch.stack((torch.zeros(CELLS, dtype=torch.long), rows.flatten(), cols.flatten())) + before
    )
    return torch.cat((lead, grid[:, None].expand(3, b, CELLS), places.expand(3, b, -1)), 2)


def text_losses(
    text: Text, aids: Aids, cells: Tensor, before: Tensor, ids: Tensor, targets: Tensor,
    weights: Tensor, look_at: Tensor, look_cell: Tensor, cos: Tensor, sin: Tensor, mask: Tensor,
    columns: int = WIDE.columns,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
    """Answer loss, place loss, looking loss, and the share of attention on the right cell."""
    b, lead = cells.shape[0], before.shape[0]
    x = torch.cat((text.embed_tokens(before).expand(b, -1, -1), cells, text.embed_tokens(ids)), 1)
    x, states, queries, keys = text(x, cos, sin, mask)
    placed, q, k = states[PLACE_LAYER], queries[LOOK_LAYER], keys[LOOK_LAYER]
    logits = x[:, lead + CELLS :] @ text.embed_tokens.weight.T
    each = F.cross_entropy(
        logits.float().flatten(0, 1), targets.flatten(), ignore_index=-1, reduction="none"
    )
    weight = weights * (targets >= 0) + torch.zeros_like(weights).scatter_add(
        1, look_at, (look_cell >= 0).float()
    )
    answer = (each * weight.flatten()).sum() / weight.sum()
    where = aids.place(placed[:, lead : lead + CELLS]).float()
    cell = torch.arange(CELLS).expand(b, -1)
    place = F.cross_entropy(where[..., :MOST].flatten(0, 1), (cell % columns).flatten())
    place = place + F.cross_entropy(where[..., MOST:].flatten(0, 1), (cell // columns).flatten())
    at = look_at + lead + CELLS
    scores = torch.where(
        (look_cell >= CELLS)[..., None],
        looking(q[:, COPY_HEAD], k[:, COPY_HEAD], at),
        looking(q[:, LOOK_HEAD], k[:, LOOK_HEAD], at),
    )
    scores = scores + mask[:, 0].gather(1, at[..., None].expand(-1, -1, mask.shape[-1]))
    flat = scores.flatten(0, 1)
    goal = torch.where(look_cell >= 0, look_cell + lead, -1).flatten()
    look = F.cross_entropy(flat, goal, ignore_index=-1)
    mass = torch.softmax(flat, -1).gather(1, goal.clamp(min=0)[:, None])[:, 0]
    share = (mass * (goal >= 0)).sum() / (goal >= 0).sum().clamp(min=1)
    behind = sum(
        (back(queries[layer][:, head], keys[layer][:, head], mask, lead + CELLS, far)
         for layer, head, far in BEHIND), torch.zeros(()),
    )  # fmt: skip
    return answer, place, look + 0.3 * behind, share


def back(q: Tensor, k: Tensor, mask: Tensor, first: int, far: int) -> Tensor:
    """How little one head looks exactly `far` tokens back, over the text behind `first`."""
    scores = (q[:, first + far :] @ k.transpose(1, 2)).float() * q.shape[-1] ** -0.5
    scores = (scores + mask[:, 0, first + far :]).flatten(0, 1)
    goal = torch.arange(first, q.shape[1] - far).expand(q.shape[0], -1).flatten()
    # Where the token that far back belongs to another question, it must not be looked at.
    seen = mask[:, 0, first + far :].flatten(0, 1).gather(1, goal[:, None])[:, 0] > -1
    return F.cross_entropy(scores, torch.where(seen, goal, -1), ignore_index=-1)


def looking(q: Tensor, k: Tensor, at: Tensor) -> Tensor:
    """Attention scores [B, LOOKS, L] of one head at chosen positions."""
    queries = q.gather(1, at[..., None].expand(-1, -1, q.shape[-1]))
    return (queries @ k.transpose(1, 2)).float() * q.shape[-1] ** -0.5


def losses(
    text: Text,
    aids: Aids,
    symbols: Symbols,
    codes: Tensor,
    state: Tensor,
    before: Tensor,
    ids: Tensor,
    targets: Tensor,
    weights: Tensor,
    look_at: Tensor,
    look_cell: Tensor,
    cos: Tensor,
    sin: Tensor,
    mask: Tensor,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    cells = symbols(codes, state, text.embed_tokens)
    return text_losses(
        text, aids, cells, before, ids, targets, weights, look_at, look_cell, cos, sin, mask
    )


def batch(
    shards: Shards, demos: DemoShards, rng: np.random.Generator, draw: Random, size: int
) -> tuple[Tensor, Tensor, list[Tensor]]:
    shown: list[tuple[Any, int]] = demos.draw(rng, size // 2) if demos.shards else []
    rows = [pack_demo(draw, shard, i) for shard, i in shown]
    pages = shards.draw(rng, size - len(shown))
    rows += [pack_page(draw, s.elements[i]) for s, i in pages]
    picks = [*shown, *pages]
    codes, state = cell_symbols(
        np.stack([s.chars[i] for s, i in picks]), np.stack([s.state[i] for s, i in picks]), rng
    )
    return torch.from_numpy(codes), torch.from_numpy(state), stack(rows)


def main() -> None:
    pages, out, steps = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    demos = DemoShards(Path(sys.argv[4]))
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    shape = Shape()
    text, symbols, aids = Text(shape), Symbols(shape), Aids(shape)
    init_weights(text, shape.layers)
    parts: dict[str, nn.Module] = {"text": text, "symbols": symbols, "aids": aids}
    optimizers = Optimizers(list(parts.values()), muon_lr=4e-3, adam_lr=2e-3)
    step = keep.load(out / "text.pt", parts, [optimizers])
    run = torch.compile(losses, dynamic=False)
    shards, rng, draw = Shards(pages, hold_out=1), np.random.default_rng(step), Random(step)
    before = torch.tensor(t.prefix()[0])
    began = time.time()
    while step < steps:
        if step % 200 == 0:
            shards.refresh()
            demos.refresh()
        codes, state, (ids, targets, weights, places, question, look_at, look_cell) = batch(
            shards, demos, rng, draw, BATCH
        )
        optimizers.set(schedule(step, steps, warm=100))
        cos, sin = text_angles(places_3d(places, len(before)), shape)
        mask = attention_mask(question, len(before) + CELLS)
        with torch.autocast("cpu", torch.bfloat16):
            answer, place, look, share = run(
                text, aids, symbols, codes, state, before, ids, targets, weights, look_at, look_cell,
                cos, sin, mask,
            )  # fmt: skip
        (answer + 0.3 * place + 0.5 * look).backward()
        optimizers.step()
        step += 1
        if step % 25 == 0:
            took = (time.time() - began) / 60
            print(f"{step} answer {answer.item():.3f} place {place.item():.3f} look {look.item():.3f} share {share.item():.3f} {took:.1f} min", flush=True)  # fmt: skip
        if step % 200 == 0 or step == steps:
            keep.save(out / "text.pt", parts, [optimizers], step)


if __name__ == "__main__":
    main()
