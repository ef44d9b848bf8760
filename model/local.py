"""A Qwen-VL checkpoint in this process, through transformers' own generation: the plain path."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ..actions.errors import ModelError, OutOfMemory
from ..actions.messages import Image, Message, Sampling
from .base import Reply
from .checkpoint import MINI, find, parameters, read
from .memory import hold_memory
from .patches import Preprocess, patches, read_settings
from .place import Placement, choose
from .prompt import Prompt
from .weights import CURE, load_net, load_tokenizer, out_of_memory

if TYPE_CHECKING:
    import torch


REMEMBERED = 256
"""Replies whose tokens are kept; the longest history that a dialect replays is shorter."""


class LocalModel:
    """Loads a checkpoint once; every `generate` is one greedy or sampled reply.

    `name` is a folder, a hub name, or `qvl-mini`. UserError for a checkpoint that cannot be used,
    ModelError when memory runs out.
    """

    def __init__(
        self, name: str = MINI, *, device: str | None = None, dtype: str | None = None
    ) -> None:
        self.name = name
        self.folder: Path = find(name)
        self.config: dict[str, Any] = read(self.folder / "config.json")
        self.settings: Preprocess = read_settings(self.folder)
        self.placement: Placement = choose(device, dtype, parameters(self.folder))
        if self.placement.device == "cpu":
            hold_memory()
        self.tokenizer: Any = load_tokenizer(self.folder)
        self.prompt = Prompt(self.tokenizer)
        self.net: Any = load_net(self.folder, self.placement)
        self.said: dict[str, list[int]] = {}
        """Tokens of the latest replies by their text: replayed, a reply is these and no others."""

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        """The next assistant turn; ModelError when memory runs out or the prompt is too long."""
        began = time.perf_counter()
        inputs = self.inputs(messages, sampling.thinking)
        ready = time.perf_counter()
        start = inputs["input_ids"].shape[1]
        watch = Watch(self.tokenizer, start, sampling.stop)
        ids = self.answer(inputs, sampling, watch)[start:]
        ended = time.perf_counter()
        first = watch.first or ended
        text = cut(self.tokenizer.decode(ids, skip_special_tokens=True), sampling.stop)
        self.remember(text, ids)
        return Reply(
            text=text,
            tokens_in=start,
            tokens_out=len(ids),
            seconds={
                "preprocess": ready - began,
                "prefill": first - ready,
                "decode": ended - first,
            },
            finish_reason="stop" if watch.stopped or ids[-1] in self.ends else "length",
            passes=len(ids),
            encoded=sum(isinstance(part, Image) for m in messages for part in m.parts),
        )

    def remember(self, text: str, ids: list[int]) -> None:
        """Keep a reply's tokens, when they say its text and nothing else."""
        if ids and ids[-1] in self.ends:
            ids = ids[:-1]
        if self.tokenizer.decode(ids) == text:
            self.said[text] = ids
        while len(self.said) > REMEMBERED:
            del self.said[next(iter(self.said))]

    def answer(self, inputs: dict[str, Any], sampling: Sampling, watch: Watch) -> list[int]:
        """Ids of the prompt and of the reply after it."""
        import torch

        try:
            with torch.inference_mode(), threads(self.placement.threads):
                out = self.net.generate(**inputs, **drawing(sampling), stopping_criteria=[watch])
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            raise OutOfMemory(f"out of memory on {self.placement.device}; {CURE}") from error
        return out[0].tolist()

    @property
    def ends(self) -> set[int]:
        """Tokens that end a reply."""
        ends: int | list[int] | None = self.net.generation_config.eos_token_id
        if ends is None:
            return {self.tokenizer.eos_token_id}
        return set(ends) if isinstance(ends, list) else {ends}

    def inputs(self, messages: Sequence[Message], thinking: bool | None = None) -> dict[str, Any]:
        """Token ids [1, n], which of them are picture cells, and the patches of every picture."""
        import torch

        pictures = [p for m in messages for p in m.parts if isinstance(p, Image)]
        made = [patches(picture, self.settings) for picture in pictures]
        cells = [h * w // self.settings.merge**2 for _, (_, h, w) in made]
        ids = self.prompt.encode(messages, cells, thinking, self.said)
        self.check_length(len(ids))
        row = torch.tensor([ids])
        found: dict[str, torch.Tensor] = {
            "input_ids": row,
            "attention_mask": torch.ones_like(row),
            "mm_token_type_ids": (row == self.prompt.picture).long(),
        }
        if made:
            pixels = torch.from_numpy(np.concatenate([cells for cells, _ in made]))
            found["pixel_values"] = pixels.to(self.net.dtype)
            found["image_grid_thw"] = torch.tensor([grid for _, grid in made])
        return {name: value.to(self.net.device) for name, value in found.items()}

    def check_length(self, count: int) -> None:
        """ModelError when the prompt is longer than the checkpoint was made for."""
        text: dict[str, Any] = self.config.get("text_config") or self.config
        limit: int = text.get("max_position_embeddings", 32768)
        if count >= limit:
            raise ModelError(
                f"the conversation takes {count} tokens and {self.name} can read {limit};"
                " use a smaller window"
            )

    def close(self) -> None:
        """Let the weights go."""
        self.__dict__.pop("net", None)


class Watch:
    """Ends generation at a stop string, and notes when the first token came."""

    def __init__(self, tokenizer: Any, start: int, stop: tuple[str, ...]) -> None:
        self.tokenizer, self.start, self.stop = tokenizer, start, stop
        # A token is a byte at least, so no stop string takes more tokens than its bytes.
        self.longest = max((len(word.encode()) for word in stop), default=0)
        self.first = 0.0
        self.stopped = False

    def __call__(self, ids: torch.Tensor, _scores: Any, **_: Any) -> torch.Tensor:
        import torch

        self.first = self.first or time.perf_counter()
        if self.stop:
            tail = cast(
                "list[int]", ids[0, max(self.start, ids.shape[1] - self.longest) :].tolist()
            )
            text = self.tokenizer.decode(tail, skip_special_tokens=True)
            self.stopped = any(word in text for word in self.stop)
        return torch.tensor([self.stopped], device=ids.device)


@contextmanager
def threads(count: int) -> Generator[None]:
    """torch on this many threads (0: as many as it likes), and as it was afterwards."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def cut(text: str, stop: tuple[str, ...]) -> str:
    """The text up to and including its first stop string."""
    ends = [text.index(word) + len(word) for word in stop if word in text]
    return text[: min(ends)] if ends else text


def drawing(sampling: Sampling) -> dict[str, Any]:
    """What `generate` is told: greedy at temperature 0, whatever the checkpoint's own settings."""
    if sampling.temperature == 0:
        chosen: dict[str, Any] = {"do_sample": False}
    else:
        chosen = {
            "do_sample": True,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": 0,
        }
    return {"max_new_tokens": sampling.max_tokens, **chosen}
