"""Attention functions that transformers calls by name: the sums are the same, the copies fewer.

Registered, not patched in: `AttentionInterface` is transformers' own way to add one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

WINDOWED = "qvl_flash_windows"
"""The name must hold "flash": only then does the vision tower hand over all windows at once
(modeling_qwen2_5_vl.py, Qwen2_5_VLVisionAttention.forward)."""
SHARED_HEADS = "qvl_shared_heads"
FEW = 32
"""Queries up to which heads are folded: a guess with its check, not a prompt."""


class Group(NamedTuple):
    """Windows of one length: how long, how many, and where their positions are."""

    length: int
    windows: int
    places: slice | Tensor


@lru_cache(maxsize=32)
def groups(ends: tuple[int, ...], device: torch.device) -> tuple[Group, ...]:
    """Windows by their length; `ends` are the cumulative lengths, starting with 0.

    A still picture has at most four lengths: inside, right edge, lower edge, corner.
    """
    starts: dict[int, list[int]] = {}
    for begin, end in zip(ends[:-1], ends[1:], strict=True):
        starts.setdefault(end - begin, []).append(begin)
    return tuple(Group(n, len(at), _places(n, at, device)) for n, at in starts.items())


def _places(length: int, starts: list[int], device: torch.device) -> slice | Tensor:
    index = (torch.tensor(starts)[:, None] + torch.arange(length)).flatten()
    first, last = int(index[0]), int(index[-1])
    return slice(first, last + 1) if last - first + 1 == len(index) else index.to(device)


def windowed(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None,
    *, scaling: float | None = None, cu_seq_lens_q: Tensor, **_: Any,
) -> tuple[Tensor, None]:  # fmt: skip
    """One call per length of window in place of one per window; [1, heads, n, width] each.

    Bit for bit what the loop over windows gives, and some fifty times fewer calls at 1080p.
    """
    rows = [t[0].transpose(0, 1) for t in (query, key, value)]
    out = torch.empty_like(rows[0])
    ends = tuple(cast("list[int]", cu_seq_lens_q.tolist()))
    for length, windows, places in groups(ends, out.device):
        shape = (windows, length, *out.shape[1:])
        q, k, v = (row[places].reshape(shape).transpose(1, 2) for row in rows)
        found = scaled_dot_product_attention(q, k, v, scale=scaling)
        out[places] = found.transpose(1, 2).reshape(windows * length, *out.shape[1:])
    return out[None], None


def shared_heads(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None,
    *, scaling: float | None = None, **rest: Any,
) -> tuple[Tensor, None]:  # fmt: skip
    """Few queries on kept keys: heads that share keys are laid beside each other, not copied.

    query [1, heads, n, width], key and value [1, key heads, m, width]; many queries, or one for
    which transformers does the same itself, go to its own function.
    """
    from transformers.integrations import sdpa_attention

    heads, count, width = query.shape[1:]
    if not 1 < count <= FEW or attention_mask is None:
        plain = cast(Any, sdpa_attention).sdpa_attention_forward
        return plain(module, query, key, value, attention_mask, scaling=scaling, **rest)
    times = heads // key.shape[1]
    folded = query.reshape(1, key.shape[1], times * count, width)
    mask = attention_mask.expand(1, 1, count, key.shape[2]).repeat(1, 1, times, 1)
    out = scaled_dot_product_attention(folded, key, value, attn_mask=mask, scale=scaling)
    return out.reshape(1, heads, count, width).transpose(1, 2), None


def register() -> None:
    """Make both known to transformers; safe to call twice."""
    from transformers import AttentionInterface, AttentionMaskInterface, masking_utils

    AttentionInterface.register(WINDOWED, windowed)
    AttentionInterface.register(SHARED_HEADS, shared_heads)
    AttentionMaskInterface.register(SHARED_HEADS, cast(Any, masking_utils).sdpa_mask)
