"""The size of qvl-mini, and its tie to transformers' configuration."""

from __future__ import annotations

from dataclasses import dataclass

PATCH, MERGE = 14, 2
GRID_W, GRID_H = 32, 24
CELLS_W, CELLS_H = GRID_W // MERGE, GRID_H // MERGE
CELL = PATCH * MERGE


@dataclass(frozen=True)
class Shape:
    """Layer counts and widths; the vocabulary is set by the tokenizer."""

    vocab: int = 512
    vision: int = 256
    vision_layers: int = 6
    vision_heads: int = 4
    vision_inner: int = 704
    full_blocks: tuple[int, ...] = (3,)
    hidden: int = 256
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    inner: int = 896
    theta: float = 500.0
    sections: tuple[int, ...] = (4, 4, 4, 3, 3, 3, 2, 2, 2, 2, 2, 1)
    """Interleaved, so that rows and columns of a small grid get fast and slow frequencies both."""
