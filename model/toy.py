"""Toy checkpoints for tests: real architectures of the family, two layers, random weights.

A toy loads in plain transformers like any published folder; what it says means nothing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>",
    "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>", "<|box_start|>", "<|box_end|>",
)  # fmt: skip
PLAIN = ("<tool_call>", "</tool_call>", "left_click")
"""Added tokens that are no control tokens, as published tokenizers and qvl-mini have them."""
VOCAB = 256 + len(SPECIAL) + len(PLAIN)
END, IMAGE, VIDEO = 256 + 2, 256 + 6, 256 + 7


def write_toy(folder: Path, seed: int = 0, model_type: str = "qwen2_5_vl") -> Path:
    """Write a checkpoint folder of a few hundred kilobytes, and return it.

    `model_type` is one of checkpoint.MODEL_TYPES; a seed always gives the same weights.
    """
    import torch
    from transformers import AutoModelForImageTextToText

    folder.mkdir(parents=True, exist_ok=True)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = cast(Any, AutoModelForImageTextToText).from_config(toy_config(model_type))
        spread_out(net)
    net.generation_config.update(
        do_sample=True, temperature=1e-6, repetition_penalty=1.05,
        eos_token_id=[END, 256], pad_token_id=256,
    )  # fmt: skip
    net.save_pretrained(folder)
    _write_tokenizer(folder)
    _write_settings(folder, model_type)
    return folder


def spread_out(net: Any) -> None:
    """Draw weights under which a network says different things, all of them readable text.

    The usual small weights repeat one token for ever; larger ones make every position matter.
    Bytes that are no text, and control tokens but the end, are never said: a reply can be read
    back into the tokens that it was said in.
    """
    import torch

    for weight in net.parameters():
        if weight.dim() > 1:
            torch.nn.init.normal_(weight, std=1.5 / weight[0].numel() ** 0.5)
    never = [*range(32), *range(127, END), *range(END + 1, 256 + len(SPECIAL))]
    net.lm_head.weight.data[never] = 0


def toy_config(model_type: str) -> Any:
    """The configuration (transformers) of a toy of this architecture."""
    from transformers import AutoConfig

    vision: dict[str, Any] = {"depth": 2, "num_heads": 2, "spatial_merge_size": 2}
    match model_type:
        case "qwen2_vl":
            vision |= {"embed_dim": 32, "hidden_size": 32, "mlp_ratio": 2, "patch_size": 14}
        case "qwen2_5_vl":
            vision |= {"hidden_size": 32, "intermediate_size": 64, "out_hidden_size": 32}
            vision |= {"window_size": 56, "fullatt_block_indexes": [1], "patch_size": 14}
        case _:
            vision |= {"hidden_size": 32, "intermediate_size": 64, "out_hidden_size": 32}
            vision |= {"patch_size": 16, "deepstack_visual_indexes": [0]}
            vision |= {"num_position_embeddings": 64}
    return AutoConfig.for_model(
        model_type, text_config=_text(), vision_config=vision, tie_word_embeddings=False,
        image_token_id=IMAGE, video_token_id=VIDEO, vision_start_token_id=256 + 3,
        vision_end_token_id=256 + 4,
    )  # fmt: skip


def _text() -> dict[str, Any]:
    return {
        "vocab_size": VOCAB, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16,
        "max_position_embeddings": 4096, "bos_token_id": 256, "eos_token_id": END,
        "tie_word_embeddings": False,
        "rope_parameters": {
            "rope_type": "default", "rope_theta": 1000.0, "mrope_section": [2, 3, 3],
        },
    }  # fmt: skip


def _write_tokenizer(folder: Path) -> None:
    """Every byte is a token and nothing is merged; then the added ones."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    vocab = {char: byte for byte, char in bytes_to_unicode().items()}
    core = Tokenizer(models.BPE(vocab=vocab, merges=[]))
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    core.decoder = decoders.ByteLevel()
    core.add_tokens([AddedToken(text, special=True, normalized=False) for text in SPECIAL])
    core.add_tokens([AddedToken(text, special=False, normalized=False) for text in PLAIN])
    PreTrainedTokenizerFast(
        tokenizer_object=core, eos_token="<|im_end|>", pad_token="<|endoftext|>",
        additional_special_tokens=list(SPECIAL), clean_up_tokenization_spaces=False,
    ).save_pretrained(folder)  # fmt: skip


def _write_settings(folder: Path, model_type: str) -> None:
    new = model_type.startswith("qwen3")
    settings = {
        "image_processor_type": "Qwen2VLImageProcessor",
        "patch_size": 16 if new else 14, "temporal_patch_size": 2, "merge_size": 2,
        "min_pixels": 56 * 56, "max_pixels": 448 * 448,
        "image_mean": [0.5] * 3 if new else [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.5] * 3 if new else [0.26862954, 0.26130258, 0.27577711],
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(settings, indent=2) + "\n")
