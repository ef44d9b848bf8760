"""Keys and values that stay from one step to the next, in buffers that are written in place.

transformers' DynamicCache copies everything it holds for every token; here a token is written
behind the last one, and taking tokens back only moves the end.
"""

from __future__ import annotations

from typing import Any, cast

from torch import Tensor
from transformers.cache_utils import Cache, CacheLayerMixin

SPARE = 1024
"""Positions by which a full buffer grows, beyond what is asked for."""


class KeptLayer(CacheLayerMixin):
    """One layer's keys and values, [1, heads, positions, width]; the first `length` count."""

    is_croppable = True
    is_sliding = False

    def __init__(self) -> None:
        super().__init__()
        self.length = 0

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Buffers of the kind that the first keys and values are."""
        self.dtype, self.device = key_states.dtype, key_states.device
        self.keys, self.values = key_states[:, :, :0], value_states[:, :, :0]
        self.is_initialized = True

    def update(
        self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any
    ) -> tuple[Tensor, Tensor]:
        """Write behind the last position; returns everything so far, without a copy."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        end = self.length + key_states.shape[2]
        keys, values = self.roomy(self.keys, end), self.roomy(self.values, end)
        keys[:, :, self.length : end] = key_states
        values[:, :, self.length : end] = value_states
        self.keys, self.values, self.length = keys, values, end
        return keys[:, :, :end], values[:, :, :end]

    def roomy(self, held: Tensor | None, end: int) -> Tensor:
        """The buffer, or a larger one with the same contents."""
        assert held is not None, "buffers are made before they are written"
        if held.shape[2] >= end:
            return held
        larger = held.new_empty((*held.shape[:2], end + SPARE, held.shape[3]))
        larger[:, :, : self.length] = held[:, :, : self.length]
        return larger

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Length and offset of what a query of this length sees."""
        return self.length + query_length, 0

    def get_seq_length(self) -> int:
        """Positions held."""
        return self.length

    def get_max_length(self) -> int:
        """No maximum."""
        return -1

    def reset(self) -> None:
        """Hold nothing; the buffers stay."""
        self.length = 0

    def crop(self, tokens_to_remove: int) -> None:
        """Take the last positions back; the number is negative, as transformers passes it."""
        self.length -= min(abs(tokens_to_remove), self.length)


def kept_cache() -> Cache:
    """An empty cache that grows by layers as they are first used."""
    return Cache(layer_class_to_replicate=KeptLayer)


def cut_back(cache: Cache, length: int) -> None:
    """Forget everything behind the first `length` positions."""
    for layer in cast("list[KeptLayer]", cache.layers):
        layer.crop(min(length - layer.length, 0))
