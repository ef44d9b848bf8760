"""Write the checkpoint folder: what training made, as plain transformers files.

`python -m qvl_agent.model.mini.export TRAINED.pt FOLDER`, and back, to train a published checkpoint further:
`python -m qvl_agent.model.mini.export --back FOLDER WEIGHTS.pt`
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch

from . import tokens as t
from .net import MEAN, STD
from .shape import MERGE, PATCH, WIDE, Shape

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ part['text'] }}{% endif %}{% endfor %}"
    "{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def config(s: Shape) -> Any:
    """The transformers configuration of this shape."""
    from transformers import Qwen2_5_VLConfig

    special = {name.strip("<|>"): 256 + i for i, name in enumerate(t.SPECIAL)}
    return Qwen2_5_VLConfig(
        text_config={
            "vocab_size": s.vocab, "hidden_size": s.hidden, "intermediate_size": s.inner,
            "num_hidden_layers": s.layers, "num_attention_heads": s.heads,
            "num_key_value_heads": s.kv_heads, "max_position_embeddings": 4096,
            "rms_norm_eps": 1e-6, "tie_word_embeddings": True,
            "rope_parameters": {"rope_type": "default", "rope_theta": s.theta, "mrope_section": list(s.sections)},
            "bos_token_id": special["endoftext"], "eos_token_id": special["im_end"], "pad_token_id": special["endoftext"],
        },
        vision_config={
            "depth": s.vision_layers, "hidden_size": s.vision, "num_heads": s.vision_heads,
            "intermediate_size": s.vision_inner, "out_hidden_size": s.hidden, "patch_size": PATCH,
            "spatial_merge_size": MERGE, "temporal_patch_size": 2, "window_size": 112,
            "fullatt_block_indexes": list(s.full_blocks), "hidden_act": "silu", "tokens_per_second": 2,
        },
        image_token_id=special["image_pad"], video_token_id=special["video_pad"],
        vision_start_token_id=special["vision_start"], vision_end_token_id=special["vision_end"],
        tie_word_embeddings=True,
    )  # fmt: skip


def hf_state(
    vision: dict[str, torch.Tensor], text: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Trained weights under transformers' names; the patch matrix is split over both time slices."""
    out: dict[str, torch.Tensor] = {}
    for name, weight in vision.items():
        if name == "patch.weight":
            half = weight.view(-1, 3, 1, PATCH, PATCH) / 2
            out["model.visual.patch_embed.proj.weight"] = half.repeat(1, 1, 2, 1, 1)
        else:
            out[f"model.visual.{name}"] = weight
    out |= {f"model.language_model.{name}": weight for name, weight in text.items()}
    out["lm_head.weight"] = text["embed_tokens.weight"]
    return out


def trained_state(folder: Path) -> dict[str, dict[str, torch.Tensor]]:
    """The inverse of `export`: a folder's weights in float32, by tower, under the recipe's names."""
    # Its path type lacks an argument, so that all of it counts as unknown.
    from safetensors.torch import load_file  # pyright: ignore[reportUnknownVariableType]

    vision: dict[str, torch.Tensor] = {}
    text: dict[str, torch.Tensor] = {}
    for name, weight in load_file(folder / "model.safetensors").items():
        if name == "visual.patch_embed.proj.weight":
            vision["patch.weight"] = weight.float().sum(2).flatten(1)
        elif name.startswith("visual."):
            vision[name.removeprefix("visual.")] = weight.float()
        elif name.startswith("model."):
            text[name.removeprefix("model.")] = weight.float()
    return {"vision": vision, "text": text}


def build(s: Shape, vision: dict[str, torch.Tensor], text: dict[str, torch.Tensor]) -> Any:
    """A transformers model that holds these weights."""
    from transformers import Qwen2_5_VLForConditionalGeneration

    model = Qwen2_5_VLForConditionalGeneration(config(s))
    model.load_state_dict(hf_state(vision, text), strict=True)
    return model.eval()


def write_tokenizer(folder: Path) -> None:
    """A byte-level tokenizer without merges, and the added tokens in id order."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    vocab = {char: byte for byte, char in bytes_to_unicode().items()}
    core = Tokenizer(models.BPE(vocab=vocab, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    core.decoder = decoders.ByteLevel()
    for text in t.added():
        special = text in t.SPECIAL
        core.add_tokens([AddedToken(text, special=special, normalized=False)])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=core, eos_token="<|im_end|>", pad_token="<|endoftext|>",
        additional_special_tokens=list(t.SPECIAL), clean_up_tokenization_spaces=False,
    )  # fmt: skip
    fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)


def write_settings(folder: Path) -> None:
    """How pictures are prepared, and how replies are drawn."""
    pixels = WIDE.width * WIDE.height
    settings = {
        "image_processor_type": "Qwen2VLImageProcessor", "min_pixels": pixels, "max_pixels": pixels,
        "patch_size": PATCH, "temporal_patch_size": 2, "merge_size": MERGE,
        "image_mean": list(MEAN), "image_std": list(STD), "do_resize": True, "do_rescale": True,
        "do_normalize": True, "do_convert_rgb": True, "resample": 3, "rescale_factor": 1 / 255,
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(settings, indent=2) + "\n")


def export(trained: dict[str, Any], folder: Path) -> None:
    """Everything a checkpoint folder needs; weights in bfloat16."""
    folder.mkdir(parents=True, exist_ok=True)
    model = build(Shape(), trained["vision"], trained["text"]).to(torch.bfloat16)
    model.generation_config.update(
        do_sample=False,
        max_new_tokens=160,
        eos_token_id=[256 + t.SPECIAL.index("<|im_end|>")],
        pad_token_id=256,
    )
    model.save_pretrained(folder)
    write_tokenizer(folder)
    write_settings(folder)


def main() -> None:
    if sys.argv[1] == "--back":
        torch.save(trained_state(Path(sys.argv[2])), sys.argv[3])
    else:
        export(torch.load(sys.argv[1], weights_only=True), Path(sys.argv[2]))


if __name__ == "__main__":
    main()
