"""A Qwen2.5-VL checkpoint in this process, through transformers' own generation: the plain path."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..actions.errors import ModelError, UserError
from ..actions.messages import Image, Message, Sampling
from .base import Reply
from .patches import Preprocess, patches, read_settings
from .place import Placement, choose

if TYPE_CHECKING:
    import torch

MINI = "qvl-mini"
_ARCHITECTURES = {"qwen2_5_vl": "Qwen2_5_VLForConditionalGeneration"}
_NEEDED = ("config.json", "tokenizer_config.json")


class LocalModel:
    """Loads a folder or hub name once; every `generate` is one greedy or sampled reply."""

    def __init__(
        self, name: str = MINI, *, device: str | None = None, dtype: str | None = None
    ) -> None:
        self.folder = find(name)
        self.name = name
        self.config: dict[str, Any] = json.loads((self.folder / "config.json").read_text())
        architecture = _ARCHITECTURES.get(self.config.get("model_type", ""))
        if architecture is None:
            raise UserError(
                f"{name} is a {self.config.get('model_type', 'nameless')} checkpoint;"
                f" in process this runs {', '.join(_ARCHITECTURES)}"
            )
        self.settings: Preprocess = read_settings(self.folder)
        self.placement: Placement = choose(device, dtype, weight_bytes(self.folder))
        self.tokenizer, self.net = load(self.folder, architecture, self.placement)
        self.special: dict[str, int] = {
            str(token): self.tokenizer.convert_tokens_to_ids(str(token))
            for token in self.tokenizer.all_special_tokens
        }

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        """The next assistant turn; ModelError when memory runs out."""
        import torch

        began = time.perf_counter()
        inputs = self.inputs(messages)
        ready = time.perf_counter()
        watch = _Watch(self.tokenizer, inputs["input_ids"].shape[1], sampling.stop)
        try:
            with torch.inference_mode():
                out = self.net.generate(**inputs, **_settings(sampling), stopping_criteria=[watch])
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise ModelError("out of memory; use a smaller window or checkpoint") from error
        ended = time.perf_counter()
        ids = out[0, inputs["input_ids"].shape[1] :].tolist()
        stopped = watch.stopped or (bool(ids) and ids[-1] in self.ends)
        first = watch.first or ended
        return Reply(
            text=cut(self.tokenizer.decode(ids, skip_special_tokens=True), sampling.stop),
            tokens_in=inputs["input_ids"].shape[1],
            tokens_out=len(ids),
            seconds={
                "preprocess": ready - began,
                "prefill": first - ready,
                "decode": ended - first,
            },
            finish_reason="stop" if stopped else "length",
        )

    @property
    def ends(self) -> set[int]:
        """Tokens that end a reply."""
        ends = self.net.generation_config.eos_token_id
        return set(ends) if isinstance(ends, list) else {ends}

    def inputs(self, messages: Sequence[Message]) -> dict[str, Any]:
        """Token ids [1, n], which of them are picture cells, and the patches of every picture."""
        import torch

        cuts = [
            patches(p, self.settings) for m in messages for p in m.parts if isinstance(p, Image)
        ]
        grids = iter([grid for _, grid in cuts])
        ids = self.prompt(messages, grids)
        row = torch.tensor([ids])
        picture = self.special["<|image_pad|>"]
        made: dict[str, Any] = {
            "input_ids": row,
            "attention_mask": torch.ones_like(row),
            "mm_token_type_ids": (row == picture).long(),
        }
        if cuts:
            pixels = torch.from_numpy(np.concatenate([cut for cut, _ in cuts]))
            made["pixel_values"] = pixels.to(self.net.dtype)
            made["image_grid_thw"] = torch.tensor([grid for _, grid in cuts])
        return {name: value.to(self.net.device) for name, value in made.items()}

    def prompt(self, messages: Sequence[Message], grids: Any) -> list[int]:
        """The family's chat template as ids; special tokens inside a text stay plain text."""
        ids: list[int] = []
        for message in messages:
            ids += [self.special["<|im_start|>"], *self.plain(f"{message.role}\n")]
            for part in message.parts:
                ids += self.plain(part) if isinstance(part, str) else self.cells(next(grids))
            ids += [self.special["<|im_end|>"], *self.plain("\n")]
        return [*ids, self.special["<|im_start|>"], *self.plain("assistant\n")]

    def plain(self, text: str) -> list[int]:
        """Ids of a text in which `<|im_end|>` and its like are nothing but characters."""
        return self.tokenizer.encode(
            text, add_special_tokens=False, split_special_tokens=self._controls(text)
        )

    def _controls(self, text: str) -> bool:
        # Splitting switches off every added token, also qvl-mini's scaffolding, so only where needed.
        return any(token in text for token in self.special)

    def cells(self, grid: tuple[int, int, int]) -> list[int]:
        """One picture: start, a pad per merged cell, end."""
        count = grid[0] * grid[1] * grid[2] // self.settings.merge**2
        return [
            self.special["<|vision_start|>"],
            *[self.special["<|image_pad|>"]] * count,
            self.special["<|vision_end|>"],
        ]

    def close(self) -> None:
        """Let the weights go."""
        self.__dict__.pop("net", None)


class _Watch:
    """Stops at a stop string, and notes when the first token came."""

    def __init__(self, tokenizer: Any, start: int, stop: tuple[str, ...]) -> None:
        self.tokenizer, self.start, self.stop = tokenizer, start, stop
        self.first = 0.0
        self.stopped = False

    def __call__(self, ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        import torch

        if not self.first:
            self.first = time.perf_counter()
        if self.stop:
            text = self.tokenizer.decode(ids[0, self.start :], skip_special_tokens=True)
            self.stopped = any(word in text for word in self.stop)
        return torch.tensor([self.stopped], device=ids.device)


def cut(text: str, stop: tuple[str, ...]) -> str:
    """The text up to and including its first stop string."""
    ends = [text.index(word) + len(word) for word in stop if word in text]
    return text[: min(ends)] if ends else text


def _settings(sampling: Sampling) -> dict[str, Any]:
    if sampling.temperature == 0:
        greedy = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        return {"max_new_tokens": sampling.max_tokens, **greedy}
    return {
        "max_new_tokens": sampling.max_tokens,
        "do_sample": True,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
    }


def find(name: str) -> Path:
    """The folder of a checkpoint: the bundled one, a path, or a hub name that is fetched once."""
    if name == MINI:
        from .mini import checkpoint_path

        return _complete(checkpoint_path(), name)
    if Path(name).is_dir():
        return _complete(Path(name), name)
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise UserError(
            f"no checkpoint at {name}; give a folder, a hub name such as Qwen/Qwen2.5-VL-3B-Instruct, or {MINI}"
        )
    from huggingface_hub import snapshot_download

    try:
        return Path(
            snapshot_download(name, allow_patterns=["*.json", "*.safetensors", "*.txt", "*.jinja"])
        )
    except (OSError, ValueError) as error:
        raise UserError(
            f"{name} cannot be fetched ({type(error).__name__}); check the name and the network, or give a folder"
        ) from error


def _complete(folder: Path, name: str) -> Path:
    missing = [file for file in _NEEDED if not (folder / file).exists()]
    if missing or not any(folder.glob("*.safetensors")):
        raise UserError(
            f"{name} is incomplete: {', '.join(missing) or 'no *.safetensors'} missing in {folder}; fetch it again"
        )
    return folder


def weight_bytes(folder: Path) -> int:
    """Size of the weights on disk."""
    return sum(file.stat().st_size for file in folder.glob("*.safetensors"))


def load(folder: Path, architecture: str, place: Placement) -> tuple[Any, Any]:
    """Tokenizer and network, on the device and in the precision that were chosen."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    net = getattr(transformers, architecture).from_pretrained(
        folder, dtype=getattr(torch, place.dtype), attn_implementation="sdpa", local_files_only=True
    )
    flatten_patch_embedding(net)
    return tokenizer, net.to(place.device).eval()


def flatten_patch_embedding(net: Any) -> None:
    """Swap the patch convolution of this instance for the matrix product it is.

    Kernel and stride are equal, so both compute the same sums; on a CPU the product is 80 times faster.
    """
    import torch

    embed = net.model.visual.patch_embed
    weight = embed.proj.weight

    class Product(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(weight.detach().flatten(1), requires_grad=False)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.nn.functional.linear(x.flatten(1), self.weight)

    embed.proj = Product()
