"""A conversation as one row of symbols: token ids, and for every picture its own negative number.

Two conversations share a cache exactly as far as their rows agree, pictures included; where the
rows agree, positions agree too, so both are computed anew at every step instead of being kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Grid(NamedTuple):
    """Cells of a picture as the language side sees them."""

    rows: int
    columns: int

    @property
    def cells(self) -> int:
        return self.rows * self.columns


def to_stream(
    ids: Sequence[int], picture: int, numbers: Sequence[int], cells: Sequence[int]
) -> list[int]:
    """The row of a conversation; `numbers` are negative and name its pictures in their order.

    `picture` is the placeholder's token id, `cells` how many positions each picture takes.
    """
    row: list[int] = []
    shown = iter(zip(numbers, cells, strict=True))
    at = 0
    while at < len(ids):
        if ids[at] != picture:
            row.append(ids[at])
            at += 1
            continue
        number, count = next(shown)
        row += [number] * count
        at += count
    return row


def runs(stream: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(symbol, length) for every picture, and (0, length) for every stretch of text."""
    for symbol, run in groupby(stream, lambda one: min(one, 0)):
        yield symbol, sum(1 for _ in run)


def positions(stream: Sequence[int], grids: Mapping[int, Grid]) -> NDArray[np.int64]:
    """int64 [3, n]: time, row and column of every position, as multimodal rotary embedding counts.

    Text counts on in all three; a picture's cells start where the text stood and the text goes on
    after its longer side (Qwen2-VL, arXiv 2409.12191, section 2.1; the same in all three families).
    """
    parts: list[NDArray[np.int64]] = []
    start = 0
    for symbol, length in runs(stream):
        if symbol == 0:
            parts.append(np.broadcast_to(np.arange(start, start + length), (3, length)))
            start += length
            continue
        for _ in range(length // grids[symbol].cells):
            parts.append(_cells(grids[symbol], start))
            start += max(grids[symbol])
    return np.concatenate(parts, axis=1) if parts else np.zeros((3, 0), np.int64)


def _cells(grid: Grid, start: int) -> NDArray[np.int64]:
    rows, columns = np.indices(grid).reshape(2, -1)
    return np.stack([np.zeros_like(rows), rows, columns]) + start


def shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many symbols two rows have in common from the start."""
    count = min(len(one), len(other))
    unlike = np.flatnonzero(np.asarray(one[:count]) != np.asarray(other[:count]))
    return int(unlike[0]) if len(unlike) else count
