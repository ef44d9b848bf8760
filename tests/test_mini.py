"""qvl-mini: the recipe's arithmetic is transformers', and the bundled folder is what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from qvl_agent.actions.messages import Image
from qvl_agent.actions.types import Size
from qvl_agent.model.mini import FOLDERS, checkpoint_path, net, tokens
from qvl_agent.model.mini.export import build, export, hf_state, trained_state
from qvl_agent.model.mini.shape import CELLS, TALL, WIDE, Shape, View
from qvl_agent.model.mini.train_text import places_3d
from qvl_agent.model.patches import Preprocess, patches

SMALL = Shape(vision_layers=2, full_blocks=(1,), layers=2)


@pytest.fixture
def towers() -> tuple[net.Vision, net.Text]:
    torch.manual_seed(0)  # pyright: ignore[reportUnknownMemberType]  # untyped in torch
    vision, text = net.Vision(SMALL), net.Text(SMALL)
    for tower in (vision, text):
        net.init_weights(tower, 2)
        for weight in tower.parameters():
            if weight.dim() < 2:
                weight.data += torch.randn_like(weight) * 0.05
    return vision, text


@pytest.mark.parametrize("view", [WIDE, TALL], ids=lambda view: view.surface)
def test_the_recipe_computes_what_transformers_computes(
    towers: tuple[net.Vision, net.Text], view: View
) -> None:
    import io

    from PIL import Image as Picture

    vision, text = towers
    pixels = torch.randint(0, 256, (1, view.height, view.width, 3), dtype=torch.uint8)
    size = Size(view.width, view.height)
    png = io.BytesIO()
    Picture.fromarray(pixels[0].numpy()).save(png, "PNG")
    rule = Preprocess(14, 2, 2, net.MEAN, net.STD, 336 * 448, 336 * 448)
    cut, grid = patches(Image(png.getvalue(), size, size), rule)
    model = build(SMALL, vision.state_dict(), text.state_dict()).float()
    before = list(tokens.prefix(view)[0])
    after = tokens.encode("<|vision_end|>hello<|im_end|>\n<|im_start|>assistant\nClick")
    pad = 256 + tokens.SPECIAL.index("<|image_pad|>")
    ids = torch.tensor([[*before, *[pad] * CELLS, *after]])
    with torch.no_grad():
        theirs = model(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            mm_token_type_ids=(ids == pad).long(),
            pixel_values=torch.tensor(cut),
            image_grid_thw=torch.tensor([grid]),
        ).logits
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        _, cells = vision(net.to_patches(pixels), view)
        embed = text.embed_tokens
        x = torch.cat((embed(torch.tensor([before])), cells, embed(torch.tensor([after]))), 1)
        places = torch.arange(len(after))[None] + len(before) + 16
        cos, sin = net.text_angles(places_3d(places, len(before), view), SMALL)
        count = ids.shape[1]
        mask = torch.full((count, count), -1e4).triu(1)[None, None]
        ours = text(x, cos, sin, mask)[0] @ embed.weight.T
    # The recipe computes in bfloat16, hence the tolerance.
    assert (ours - theirs).abs().max() < 0.05 * theirs.abs().max()
    assert (ours.argmax(-1) == theirs.argmax(-1)).float().mean() > 0.9


def test_an_exported_folder_comes_back_as_it_was(
    towers: tuple[net.Vision, net.Text], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vision, text = towers
    monkeypatch.setattr("qvl_agent.model.mini.export.Shape", lambda: SMALL)
    export({"vision": vision.state_dict(), "text": text.state_dict()}, tmp_path)
    back = trained_state(tmp_path)
    for tower, name in ((vision, "vision"), (text, "text")):
        assert back[name].keys() == tower.state_dict().keys()
        for key, weight in tower.state_dict().items():
            assert torch.allclose(back[name][key], weight, rtol=0.01, atol=0.01), key


@pytest.mark.parametrize("name", FOLDERS)
def test_a_bundled_checkpoint_is_small_and_complete(name: str) -> None:
    folder = checkpoint_path(name)
    assert (folder / "model.safetensors").stat().st_size <= 24 * 2**20
    state = trained_state(folder)
    vision, text = net.Vision(Shape()), net.Text(Shape())
    vision.load_state_dict(state["vision"])
    text.load_state_dict(state["text"])
    names = hf_state(state["vision"], state["text"]).keys()
    assert names == build(Shape(), state["vision"], state["text"]).state_dict().keys()


@pytest.mark.parametrize("name", FOLDERS)
def test_letters_and_scaffolding_are_single_tokens_in_a_bundled_tokenizer(name: str) -> None:
    import transformers

    loader: Any = transformers.AutoTokenizer
    tokenizer = loader.from_pretrained(checkpoint_path(name))
    clicks = [calls.click for calls in tokens.CALLS.values()]
    replies = [f"Click From.{click}12, 34{tokens.END_XY}" for click in clicks]
    asked = [tokens.messages_text("x", view)[0] for view in (WIDE, TALL)]
    for text in ("Oslo", f"Scroll down.{tokens.SWIPE}", *replies, *asked):
        ids = tokenizer.encode(text, add_special_tokens=False)
        assert ids == tokens.encode(text)
        assert tokenizer.decode(ids) == text
    assert [len(tokens.encode(click)) for click in clicks] == [1, 1]
