"""The size of qvl-mini, and its tie to transformers' configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from ...actions.types import Size

PATCH, MERGE = 14, 2
CELL = PATCH * MERGE


class View(NamedTuple):
    """What is looked at: the kind of screen, and its picture in merged cells of 28 pixels."""

    surface: Literal["browser", "mobile"]
    columns: int
    rows: int

    @property
    def width(self) -> int:
        """Pixels."""
        return self.columns * CELL

    @property
    def height(self) -> int:
        """Pixels."""
        return self.rows * CELL

    @property
    def size(self) -> Size:
        """Of the picture, in pixels."""
        return Size(self.width, self.height)


WIDE, TALL = View("browser", 16, 12), View("mobile", 12, 16)
"""A browser's window lies, a phone stands; both have as many cells, so that one training fits both."""
CELLS = WIDE.columns * WIDE.rows


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
