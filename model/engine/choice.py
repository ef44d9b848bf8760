"""Which token comes next: greedy or drawn, as transformers' `generate` would choose it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ...actions.messages import Sampling


class Chooser:
    """Chooses one token after the other for one reply.

    `settings` is the checkpoint's generation config: its repetition penalty counts (published
    Qwen2.5-VL checkpoints ask for 1.05), as it does in transformers, over prompt and reply.
    """

    def __init__(self, settings: Any, sampling: Sampling, prompt: Sequence[int]) -> None:
        self.sampling = sampling
        self.penalty: float = settings.repetition_penalty or 1.0
        self.used = torch.tensor(sorted(set(prompt)))

    def choose(self, scores: Tensor) -> int:
        """The next token from its scores [vocabulary]; it counts as used from now on."""
        if self.penalty != 1.0:
            scores = self.penalised(scores)
        if self.sampling.temperature == 0:
            token = int(scores.argmax())
        else:
            token = int(torch.multinomial(self.shares(scores), 1))
        if self.penalty != 1.0 and token not in self.used:
            self.used = torch.cat([self.used, torch.tensor([token])])
        return token

    def penalised(self, scores: Tensor) -> Tensor:
        """Scores of used tokens made less likely (arXiv 1909.05858)."""
        used = self.used.to(scores.device)
        found = scores[used]
        found = torch.where(found < 0, found * self.penalty, found / self.penalty)
        return scores.index_copy(0, used, found)

    def shares(self, scores: Tensor) -> Tensor:
        """Probabilities after temperature and nucleus: the least set of likely tokens whose
        shares reach `top_p`."""
        shares = (scores / self.sampling.temperature).softmax(0)
        if self.sampling.top_p >= 1.0:
            return shares
        ranked, order = shares.sort(descending=True)
        beyond = ranked.cumsum(0) - ranked >= self.sampling.top_p
        return shares.index_fill(0, order[beyond], 0.0)
