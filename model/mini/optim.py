"""Muon for the matrices, AdamW for the rest, one schedule."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class Optimizers:
    """Two optimisers that step together; gradients are clipped and cleared."""

    def __init__(self, modules: list[nn.Module], muon_lr: float, adam_lr: float) -> None:
        named = [(n, p) for m in modules for n, p in m.named_parameters()]
        plain = ("embed", "heads", "chars", "state", "place")
        matrices = [p for n, p in named if p.dim() == 2 and not any(k in n for k in plain)]
        chosen = {id(p) for p in matrices}
        rest = [p for _, p in named if id(p) not in chosen]
        self.parameters = [p for _, p in named]
        self.rates = (muon_lr, adam_lr)
        self.muon = torch.optim.Muon(
            matrices, lr=muon_lr, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"
        )
        self.adam = torch.optim.AdamW(
            rest, lr=adam_lr, betas=(0.9, 0.98), weight_decay=0.0, fused=True
        )

    def set(self, scale: float) -> None:
        for optimizer, rate in zip((self.muon, self.adam), self.rates, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * scale

    def step(self) -> None:
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.muon.step()
        self.adam.step()
        self.muon.zero_grad()
        self.adam.zero_grad()

    def save(self) -> list[Any]:
        return [self.muon.state_dict(), self.adam.state_dict()]

    def load(self, saved: list[Any]) -> None:
        self.muon.load_state_dict(saved[0])
        self.adam.load_state_dict(saved[1])


def schedule(step: int, steps: int, warm: int, decay: float = 1 / 3) -> float:
    """Warm up, hold, then fall to a twentieth over the last part, a third unless said."""
    if step < warm:
        return (step + 1) / warm
    left = (steps - step) / (steps * decay)
    return max(0.05, min(1.0, left))
