"""The engine beside plain transformers: one run, the same weights, the same tokens.

    python benchmarks/engine.py [--quick] [--json] [--only toy,mini,3b,7b,pre] [--device cpu]

Prints, for each checkpoint, milliseconds per step of both paths as the conversation grows, and
the ratio. `toy` is a few layers of random weights, `mini` the bundled checkpoint, `3b` and `7b`
random weights at the widths of Qwen2.5-VL with few layers (on a GPU: all of them). `pre` is the
way from a 1080p screenshot to patches beside the PIL image processor of transformers.
"""

from __future__ import annotations

import argparse
import io
import json
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image as Picture

from qvl_agent.actions.messages import Image, Message, Sampling
from qvl_agent.actions.types import Size
from qvl_agent.model.base import Reply
from qvl_agent.model.engine.loop import EngineModel
from qvl_agent.model.image import smart_resize
from qvl_agent.model.local import LocalModel
from qvl_agent.model.mini import checkpoint_path
from qvl_agent.model.patches import pixels, raw_patches, read_settings
from qvl_agent.model.toy import write_toy

PLAIN_AT = (1, 3, 5, 15, 30)
"""Steps at which the plain path runs beside the engine."""
PAST = 5
"""Screenshots that stay when history is folded, and twice as many that make it fold."""
WIDTHS = {"3b": (2048, 11008, 16, 2, 36), "7b": (3584, 18944, 28, 4, 28)}
"""Language widths of Qwen2.5-VL (config.json): hidden, inner, heads, key heads, layers."""
VISION = {"hidden_size": 1280, "intermediate_size": 3420, "num_heads": 16, "depth": 32}


@dataclass
class Case:
    """A checkpoint folder, its screenshots' size, and how long a run is."""

    name: str
    folder: Path
    screen: Size
    steps: int
    tokens: int
    dtype: str


def screenshot(size: Size, seed: int) -> bytes:
    """A busy but compressible picture: panels and lines of text-like marks."""
    draw = np.random.default_rng(seed)
    canvas = np.full((size.height, size.width, 3), 245, np.uint8)
    for _ in range(60):
        top, left = draw.integers(0, size.height - 8), draw.integers(0, size.width - 30)
        high, wide = draw.integers(4, 60), draw.integers(20, 300)
        canvas[top : top + high, left : left + wide] = draw.integers(0, 255, 3)
    kept = io.BytesIO()
    Picture.fromarray(canvas).save(kept, "PNG", compress_level=1)
    return kept.getvalue()


def conversation(case: Case, said: list[str]) -> list[Message]:
    """The messages before a step: old screenshots are folded in blocks, texts stay."""
    rule = read_settings(case.folder).rule
    step = len(said)
    oldest = max(0, (step - PAST) // PAST * PAST)
    messages = [Message("system", ("You control a screen. " * 40,))]
    for past in range(step + 1):
        seen = smart_resize(case.screen, rule)
        picture = Image(screenshot(case.screen, past), case.screen, seen)
        shown = (picture,) if past >= oldest else ("(folded)",)
        messages.append(Message("user", (f"Step {past}. ", *shown, "What now?")))
        if past < step:
            messages.append(Message("assistant", (said[past],)))
    return messages


def compare(case: Case, device: str | None) -> dict[str, Any]:
    """Both paths through the same run, one after the other at every step."""
    plain = LocalModel(str(case.folder), dtype=case.dtype, device=device)
    fast = EngineModel(str(case.folder), dtype=case.dtype, device=device)
    sampling = Sampling(max_tokens=case.tokens)
    said: list[str] = []
    rows: dict[int, tuple[Reply | None, Reply]] = {}
    for step in range(1, case.steps + 1):
        messages = conversation(case, said)
        reply = fast.generate(messages, sampling)
        # The plain path keeps nothing, so it need not walk through every step.
        slow = plain.generate(messages, sampling) if step in PLAIN_AT else None
        rows[step] = slow, reply
        said.append(reply.text)
        show(case, step, slow, reply)
    return summary(case, rows)


def show(case: Case, step: int, plain: Reply | None, fast: Reply) -> None:
    phases = " ".join(f"{name} {1000 * spent:.0f}" for name, spent in fast.seconds.items())
    beside = (
        f"plain {1000 * total(plain):6.0f} ms, {total(plain) / total(fast):4.1f}x, "
        f"equal {plain.text == fast.text}; "
        if plain
        else ""
    )
    print(
        f"{case.name:5} step {step:2}: engine {1000 * total(fast):6.0f} ms, {beside}{phases}; "
        f"tokens {fast.tokens_in} ({fast.cached_tokens} kept), passes {fast.passes} for "
        f"{fast.tokens_out}",
        file=sys.stderr,
    )


def total(reply: Reply) -> float:
    return sum(reply.seconds.values())


def summary(case: Case, rows: dict[int, tuple[Reply | None, Reply]]) -> dict[str, Any]:
    """Ratios by step, and how the engine's time grows from the third step to the last."""
    both = {step: (slow, fast) for step, (slow, fast) in rows.items() if slow}
    return {
        "checkpoint": case.name,
        "dtype": case.dtype,
        "tokens_equal": all(slow.text == fast.text for slow, fast in both.values()),
        "ratio": {n: round(total(slow) / total(fast), 2) for n, (slow, fast) in both.items()},
        "growth": round(total(rows[len(rows)][1]) / total(rows[3][1]), 2),
        "steps": len(rows),
    }


def wide(folder: Path, name: str, layers: int) -> Path:
    """Random weights at a published checkpoint's widths, with this many layers in each tower."""
    from transformers import AutoConfig, AutoModelForImageTextToText

    from qvl_agent.model import toy

    hidden, inner, heads, keys, most = WIDTHS[name]
    config: Any = toy.toy_config("qwen2_5_vl")
    text: dict[str, Any] = {
        **config.text_config.to_dict(),
        "hidden_size": hidden,
        "intermediate_size": inner,
    }
    text |= {"num_attention_heads": heads, "num_key_value_heads": keys, "head_dim": 128}
    text |= {"num_hidden_layers": min(layers, most), "max_position_embeddings": 128000}
    text |= {"layer_types": ["full_attention"] * min(layers, most)}
    text["rope_parameters"] = {**text["rope_parameters"], "mrope_section": [16, 24, 24]}
    vision: dict[str, Any] = {**config.vision_config.to_dict(), **VISION, "out_hidden_size": hidden}
    vision |= {"depth": min(layers, VISION["depth"]), "window_size": 112}
    vision |= {"fullatt_block_indexes": [min(layers, VISION["depth"]) - 1]}
    made: Any = AutoConfig
    config = made.for_model(
        "qwen2_5_vl", text_config=text, vision_config=vision, tie_word_embeddings=False,
        image_token_id=toy.IMAGE, video_token_id=toy.VIDEO, vision_start_token_id=256 + 3,
        vision_end_token_id=256 + 4,
    )  # fmt: skip
    torch.manual_seed(0)  # pyright: ignore[reportUnknownMemberType]  # untyped in torch
    loader: Any = AutoModelForImageTextToText
    net = loader.from_config(config, dtype=torch.bfloat16)
    toy.spread_out(net)
    net.generation_config.update(eos_token_id=[toy.END], pad_token_id=256)
    write_toy(folder)
    net.save_pretrained(folder)
    settings = json.loads((folder / "preprocessor_config.json").read_text())
    settings["max_pixels"] = 28 * 28 * 16384
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    return folder


def preprocessing(quick: bool) -> dict[str, Any]:
    """From a decoded 1080p screenshot to what the network is given, beside transformers'."""
    from transformers.models.qwen2_vl import image_processing_pil_qwen2_vl as module

    folder = write_toy(Path(tempfile.mkdtemp()))
    settings = json.loads((folder / "preprocessor_config.json").read_text())
    settings["max_pixels"] = 28 * 28 * 16384
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    theirs = getattr(module, "Qwen2VLImageProcessorPil").from_pretrained(folder)  # noqa: B009
    ours, size = read_settings(folder), Size(1920, 1080)
    picture = Picture.open(io.BytesIO(screenshot(size, 1))).convert("RGB")
    png = screenshot(size, 1)
    image = Image(png, size, smart_resize(size, ours.rule))
    want = theirs(images=[picture], return_tensors="np")["pixel_values"]
    times = {
        "processor": clocked(lambda: theirs(images=[Picture.open(io.BytesIO(png))]), quick),
        "engine": clocked(lambda: raw_patches(image, ours), quick),
        "decode_and_resize": clocked(lambda: pixels(image), quick),
    }
    raw, _ = raw_patches(image, ours)
    mean, std = np.array(ours.mean, np.float32), np.array(ours.std, np.float32)
    mine = ((raw.astype(np.float32) * np.float32(1 / 255)) - mean) / std
    first = want.reshape(len(want), 3, 2, ours.patch, ours.patch)[:, :, 0].transpose(0, 2, 3, 1)
    drift = float(np.abs(first - mine).max())
    print(f"pre   {times}, largest difference {drift:.1e}", file=sys.stderr)
    return {"checkpoint": "pre", **times, "ratio": round(times["processor"] / times["engine"], 1)}


def clocked(work: Callable[[], object], quick: bool) -> float:
    """Median milliseconds."""
    found: list[float] = []
    for _ in range(4 if quick else 15):
        began = time.perf_counter()
        work()
        found.append(1000 * (time.perf_counter() - began))
    return round(statistics.median(found), 1)


def cases(names: list[str], quick: bool, gpu: bool, root: Path) -> list[Case]:
    small, full = Size(448, 336), Size(1920, 1080) if gpu else Size(644, 448)
    found: list[Case] = []
    for name in names:
        if name == "toy":
            toy = write_toy(root / name, 5)
            found.append(Case(name, toy, Size(300, 200), 6 if quick else 30, 12, "float32"))
        elif name == "mini":
            found.append(Case(name, checkpoint_path(), small, 6 if quick else 15, 16, "float32"))
        elif name in WIDTHS:
            folder = wide(root / name, name, 99 if gpu else 1 if quick else 2)
            steps = 6 if quick else 30
            dtype = "bfloat16" if gpu else "float32"
            found.append(Case(name, folder, full, steps, 60 if gpu else 12, dtype))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="under 50 s on two cores")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--only", default="", help="some of toy,mini,3b,7b,pre")
    parser.add_argument("--device", help="cpu, cuda (default: what is free)")
    args = parser.parse_args()
    gpu = torch.cuda.is_available() and args.device != "cpu"
    usual = "toy,mini,3b,pre" if args.quick else "toy,mini,3b,7b,pre"
    names = str(args.only or usual).split(",")
    found: list[dict[str, Any]] = [preprocessing(args.quick)] if "pre" in names else []
    with tempfile.TemporaryDirectory() as root:
        for case in cases(names, args.quick, gpu, Path(root)):
            found.append(compare(case, args.device))
    for row in found:
        print(json.dumps(row))
    if args.json:
        runs = [row for row in found if "growth" in row]
        last = next((row for row in runs if row["checkpoint"] in WIDTHS), runs[-1])
        line = {"tokens_equal": all(row["tokens_equal"] for row in runs)}
        line |= {"ratio_step5": last["ratio"].get(5), "growth": last["growth"]}
        print(json.dumps({**line, "machine": platform.processor() or platform.machine()}))


if __name__ == "__main__":
    main()
