"""What tests of models share: pictures, a conversation, and plain transformers' answer to it."""

from __future__ import annotations

import importlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from PIL import Image as Picture

from qvl_agent.actions.messages import Image, Message
from qvl_agent.actions.types import Size
from qvl_agent.model.image import smart_resize
from qvl_agent.model.patches import read_settings


def screen(folder: Path, width: int, height: int, seed: int = 0) -> Image:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    kept = io.BytesIO()
    Picture.fromarray(noise).save(kept, "PNG")
    size = Size(width, height)
    return Image(kept.getvalue(), size, smart_resize(size, read_settings(folder).rule))


def conversation(folder: Path) -> list[Message]:
    """Two pictures of different sizes, text between and around them, an earlier reply."""
    return [
        Message("system", ("Use the tool.",)),
        Message("user", ("First ", screen(folder, 150, 100), " then?")),
        Message("assistant", ("<tool_call>left_click</tool_call>",)),
        Message("user", (screen(folder, 90, 200, 1), "\nGo on, ", "please.")),
    ]


def plain_transformers(
    folder: Path, architecture: str, messages: Sequence[Message], tokens: int
) -> list[int]:
    """The reply's ids from transformers alone: its model, template, processor and `generate`."""
    import transformers
    from transformers.models.qwen2_vl import image_processing_pil_qwen2_vl as module

    hub, torch = cast(Any, transformers), cast(Any, importlib.import_module("torch"))
    net = getattr(hub, architecture).from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = hub.AutoTokenizer.from_pretrained(folder)
    processor = cast(Any, module).Qwen2VLImageProcessorPil.from_pretrained(folder)
    pictures = [p for m in messages for p in m.parts if isinstance(p, Image)]
    made = processor(images=[Picture.open(io.BytesIO(p.png)) for p in pictures])
    grids = torch.tensor(np.array(made["image_grid_thw"]))
    text = "".join(
        f"<|im_start|>{m.role}\n{''.join(p if isinstance(p, str) else '@@' for p in m.parts)}"
        "<|im_end|>\n"
        for m in messages
    )
    for grid in grids.tolist():
        cells = grid[1] * grid[2] // 4
        text = text.replace("@@", f"<|vision_start|>{'<|image_pad|>' * cells}<|vision_end|>", 1)
    ids = tokenizer(text + "<|im_start|>assistant\n", return_tensors="pt")["input_ids"]
    out = net.generate(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        mm_token_type_ids=(ids == tokenizer.convert_tokens_to_ids("<|image_pad|>")).long(),
        pixel_values=torch.tensor(np.array(made["pixel_values"])),
        image_grid_thw=grids,
        do_sample=False,
        max_new_tokens=tokens,
    )
    return out[0, ids.shape[1] :].tolist()


ARCHITECTURES = {
    "qwen2_5_vl": "Qwen2_5_VLForConditionalGeneration",
    "qwen2_vl": "Qwen2VLForConditionalGeneration",
    "qwen3_vl": "Qwen3VLForConditionalGeneration",
}
