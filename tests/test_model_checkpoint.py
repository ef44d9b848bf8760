"""What is wrong with a checkpoint is said in one line, before it is loaded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from qvl_agent.actions.errors import UserError
from qvl_agent.model import checkpoint
from qvl_agent.model.toy import write_toy

pytest.importorskip("torch", reason="the model packages are not installed")

from qvl_agent.model.local import LocalModel


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_toy(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy to break."""
    return shutil.copytree(whole, tmp_path / "toy")


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def with_text(name: str, text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).write_text(text)

    return write


def with_type(model_type: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | {"model_type": model_type}))

    return write


def cut_short(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def empty_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"")


def shard_missing(folder: Path) -> None:
    index = {"weight_map": {"a": "model.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def other_weights(folder: Path) -> None:
    from safetensors import torch as weights

    hub = cast(Any, weights)
    file = folder / "model.safetensors"
    kept = {k: v for k, v in hub.load_file(file).items() if "layers.1" not in k}
    hub.save_file(kept, file, metadata={"format": "pt"})


def other_shapes(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["text_config"]["intermediate_size"] = 48
    (folder / "config.json").write_text(json.dumps(config))


BROKEN = {
    "no config": (without("config.json"), "no config.json"),
    "a config that is no JSON": (with_text("config.json", "{"), "cannot be read"),
    "a config that is a list": (with_text("config.json", "[]"), "no JSON object"),
    "another family": (with_type("llama"), "a llama checkpoint; in process this runs qwen2_5_vl"),
    "no tokenizer": (without("tokenizer.json"), "no tokenizer.json"),
    "a broken tokenizer": (with_text("tokenizer.json", "{}"), "the tokenizer in"),
    "no weights": (without("model.safetensors"), r"no \*.safetensors"),
    "weights cut short": (cut_short, "cut short"),
    "weights that are empty": (empty_weights, "no safetensors file"),
    "a shard missing": (shard_missing, "no model-00002-of-00002.safetensors"),
    "weights of another network": (other_weights, "missing or of another shape"),
    "weights of other shapes": (other_shapes, "missing or of another shape"),
    "a tokenizer cut short": (with_text("tokenizer.json", '{"version'), "cannot be read"),
    "broken settings": (with_text("preprocessor_config.json", "{"), "cannot be read"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_folder_is_one_line_of_cause_and_cure(name: str, folder: Path) -> None:
    damage, words = BROKEN[name]
    damage(folder)
    with pytest.raises(UserError, match=words) as told:
        LocalModel(str(folder), device="cpu")
    assert "\n" not in str(told.value)


def test_a_whole_folder_is_found_and_counted(whole: Path) -> None:
    import torch

    model = LocalModel(str(whole), dtype="float32")
    assert model.folder == checkpoint.find(str(whole)) == whole
    counted = sum(weight.numel() for weight in model.net.parameters())
    assert checkpoint.parameters(whole) == counted
    assert model.net.dtype == torch.float32


@pytest.mark.parametrize("name", ["nowhere", "./no/where", "/no/where", "~/no/where", "a/b/c"])
def test_a_path_that_leads_nowhere_is_never_asked_of_the_network(name: str) -> None:
    with pytest.raises(UserError, match="give a folder, qvl-mini"):
        checkpoint.find(name)


def test_a_hub_name_that_cannot_be_had_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = pytest.importorskip("huggingface_hub")
    monkeypatch.setattr(hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(UserError, match="cannot be fetched") as told:
        checkpoint.find("nobody/such-a-checkpoint-was-never-made")
    assert "network" in str(told.value)
    assert "\n" not in str(told.value)


def test_a_toy_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    weights = [
        (write_toy(tmp_path / name, seed) / "model.safetensors").read_bytes()
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    ]
    assert weights[0] == weights[1] != weights[2]
