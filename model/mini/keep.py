"""Training checkpoints: written whole or not at all, so that a killed run goes on from the last one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import nn

from .optim import Optimizers


def save(
    path: Path, modules: Mapping[str, nn.Module], optimizers: Sequence[Optimizers], step: int
) -> None:
    """Weights by module name, the optimisers' state, and the step."""
    states = {name: module.state_dict() for name, module in modules.items()}
    unfinished = path.with_suffix(".tmp")
    torch.save(states | {"optimizers": [o.save() for o in optimizers], "step": step}, unfinished)
    unfinished.rename(path)


def load(path: Path, modules: Mapping[str, nn.Module], optimizers: Sequence[Optimizers]) -> int:
    """Put a checkpoint back and return its step; 0 when there is none yet."""
    if not path.exists():
        return 0
    saved = torch.load(path, weights_only=True)
    for name, module in modules.items():
        module.load_state_dict(saved[name])
    for optimizer, state in zip(optimizers, saved["optimizers"] or (), strict=False):
        optimizer.load(state)
    return saved["step"]


def load_weights(path: Path, modules: Mapping[str, nn.Module]) -> None:
    """The weights alone, of those modules that the checkpoint has."""
    saved = torch.load(path, weights_only=True)
    for name in modules.keys() & saved.keys():
        modules[name].load_state_dict(saved[name])
