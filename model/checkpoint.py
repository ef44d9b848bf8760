"""Checkpoint folders: finding them, fetching them once, and seeing that nothing is missing.

What is wrong with a folder is said in one line before any library tries to load it.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, cast

from ..actions.errors import UserError
from .mini import FOLDERS, MINI, checkpoint_path

MODEL_TYPES = ("qwen2_5_vl", "qwen2_vl", "qwen3_vl")
"""Architectures that are run in process: the `model_type` of config.json."""
_FILES = ["*.json", "*.safetensors", "*.txt", "*.jinja"]
_SETTINGS = (
    "tokenizer.json", "tokenizer_config.json", "generation_config.json", "preprocessor_config.json",
)  # fmt: skip
_AGAIN = "delete it and fetch it again"


def find(name: str) -> Path:
    """The folder of a checkpoint: a bundled one, a path, or a hub name that is fetched once.

    UserError when there is none, or when it is not complete.
    """
    if name in FOLDERS:
        return complete(checkpoint_path(name), name)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return complete(folder, name)
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise UserError(
            f"no checkpoint at {name}; give a folder, {MINI},"
            " or a hub name such as Qwen/Qwen2.5-VL-3B-Instruct"
        )
    return complete(fetch(name), name)


def fetch(name: str) -> Path:
    """Download a hub checkpoint, or find it in the cache; its config first, to refuse early."""
    import huggingface_hub

    hub = cast(Any, huggingface_hub)
    try:
        check_type(read(Path(hub.hf_hub_download(name, "config.json"))), name)
        return Path(hub.snapshot_download(name, allow_patterns=_FILES))
    except (OSError, ValueError) as error:
        kind = type(error).__name__
        raise UserError(
            f"{name} cannot be fetched ({kind}); check the name, the network and the disk,"
            " or give a folder"
        ) from error


def complete(folder: Path, name: str) -> Path:
    """The folder itself; UserError when a file is missing, cut short, or of another family."""
    if not (folder / "config.json").is_file():
        raise UserError(f"{name} has no config.json in {folder}; give a checkpoint's folder")
    check_type(read(folder / "config.json"), name)
    if not any((folder / file).is_file() for file in ("tokenizer.json", "vocab.json")):
        raise UserError(f"{name} has no tokenizer.json in {folder}; {_AGAIN}")
    for file in _SETTINGS:
        if (folder / file).exists():
            read(folder / file)
    for file in shards(folder, name):
        check_whole(file, name)
    return folder


def check_type(config: dict[str, Any], name: str) -> None:
    """UserError for an architecture that this project cannot run in process."""
    kind = config.get("model_type", "nameless")
    if kind not in MODEL_TYPES:
        raise UserError(
            f"{name} is a {kind} checkpoint; in process this runs {', '.join(MODEL_TYPES)}"
        )


def shards(folder: Path, name: str) -> list[Path]:
    """The weight files, as their index names them; UserError when one is missing."""
    index = folder / "model.safetensors.index.json"
    files = set(folder.glob("*.safetensors"))
    if index.is_file():
        weights: dict[str, str] = read(index).get("weight_map", {})
        # A name from the index is only ever looked up in this folder.
        files = {folder / Path(file).name for file in weights.values()}
    missing = sorted(file.name for file in files if not file.is_file())
    if missing or not files:
        raise UserError(
            f"{name} has no {missing[0] if missing else '*.safetensors'} in {folder}; {_AGAIN}"
        )
    return sorted(files)


def check_whole(file: Path, name: str) -> None:
    """UserError when a weight file is shorter than its own header says."""
    tensors, start = header(file, name)
    end = start + max((tensor["data_offsets"][1] for tensor in tensors), default=0)
    if file.stat().st_size < end:
        raise UserError(f"{name}: {file.name} is cut short; {_AGAIN}")


def header(file: Path, name: str) -> tuple[list[dict[str, Any]], int]:
    """The tensors that a safetensors file holds, and where its data begins.

    The format: eight bytes with the header's length, the header as JSON, the data.
    """
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        text = stream.read(min(length, 100 << 20))
    try:
        found: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise UserError(f"{name}: {file.name} is no safetensors file; {_AGAIN}") from error
    return [cast("dict[str, Any]", t) for key, t in found.items() if key != "__metadata__"], (
        8 + length
    )


def parameters(folder: Path) -> int:
    """How many numbers the weight files hold."""
    found = [header(file, folder.name)[0] for file in shards(folder, folder.name)]
    return sum(math.prod(tensor["shape"]) for tensors in found for tensor in tensors)


def read(path: Path) -> dict[str, Any]:
    """A JSON object from a file; UserError for anything else."""
    try:
        found: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}); {_AGAIN}") from error
    if not isinstance(found, dict):
        raise UserError(f"{path} holds no JSON object; {_AGAIN}")
    return cast("dict[str, Any]", found)
