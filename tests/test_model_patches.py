"""What the vision tower reads equals what transformers' own image processor makes."""

from __future__ import annotations

import io
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image as Picture

from qvl_agent.actions.errors import ModelError
from qvl_agent.actions.messages import Image
from qvl_agent.actions.types import Size
from qvl_agent.model.image import smart_resize
from qvl_agent.model.patches import Preprocess, patches, read_settings

pytest.importorskip("transformers", reason="the model packages are not installed")

SETTINGS = Preprocess(
    patch=14, merge=2, temporal=2, mean=(0.48145466, 0.4578275, 0.40821073),
    std=(0.26862954, 0.26130258, 0.27577711), min_pixels=56 * 56, max_pixels=640 * 640,
)  # fmt: skip
SIZES = [
    Size(448, 336), Size(449, 335), Size(1280, 800), Size(300, 900), Size(30, 20), Size(56, 56),
    Size(101, 1999), Size(1023, 769),
]  # fmt: skip


def picture(size: Size, mode: str = "RGB", seed: int = 0) -> Picture.Image:
    """Edges, gradients and noise, so that every way of resizing gives another result."""
    noise = np.random.default_rng(seed).integers(0, 256, (size.height, size.width, 3), np.uint8)
    noise[: size.height // 2] //= 8
    noise[:, : size.width // 3, 1] = np.arange(size.height)[:, None] % 256
    return Picture.fromarray(noise).convert(mode)


def image(made: Picture.Image, settings: Preprocess = SETTINGS) -> Image:
    kept = io.BytesIO()
    made.save(kept, "PNG")
    size = Size(*made.size)
    return Image(kept.getvalue(), size, smart_resize(size, settings.rule))


def theirs(made: Picture.Image, settings: Preprocess = SETTINGS) -> Any:
    """`pixel_values` and `image_grid_thw` of the family's processor that needs no torchvision."""
    from transformers.models.qwen2_vl import image_processing_pil_qwen2_vl as module

    processor = cast(Any, module).Qwen2VLImageProcessorPil(
        patch_size=settings.patch, merge_size=settings.merge, image_mean=list(settings.mean),
        image_std=list(settings.std),
        size={"shortest_edge": settings.min_pixels, "longest_edge": settings.max_pixels},
    )  # fmt: skip
    return processor(images=[made], return_tensors="np")


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_patches_and_grid_equal_those_of_transformers(size: Size) -> None:
    made = picture(size)
    ours, grid = patches(image(made), SETTINGS)
    want = theirs(made)
    assert list(grid) == want["image_grid_thw"][0].tolist()
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, want["pixel_values"], rtol=0, atol=1e-6)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "1"])
def test_pictures_of_every_mode_are_read_as_rgb(mode: str) -> None:
    made = picture(Size(120, 90), mode)
    np.testing.assert_array_equal(
        patches(image(made), SETTINGS)[0], patches(image(made.convert("RGB")), SETTINGS)[0]
    )


def test_other_patch_sizes_and_colours_equal_too() -> None:
    later = Preprocess(16, 2, 2, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5), 64 * 64, 512 * 512)
    made = picture(Size(333, 250))
    ours, grid = patches(image(made, later), later)
    want = theirs(made, later)
    assert list(grid) == want["image_grid_thw"][0].tolist()
    np.testing.assert_allclose(ours, want["pixel_values"], rtol=0, atol=1e-6)


def test_a_picture_that_is_no_picture_is_the_models_error() -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        patches(Image(b"not a picture", Size(28, 28), Size(28, 28)), SETTINGS)


def test_a_picture_cut_short_is_the_models_error() -> None:
    whole = image(picture(Size(280, 280)))
    with pytest.raises(ModelError, match="cannot be read"):
        patches(Image(whole.png[: len(whole.png) // 2], whole.size, whole.seen), SETTINGS)


def test_a_size_of_broken_cells_is_the_models_error() -> None:
    made = image(picture(Size(280, 280)))
    with pytest.raises(ModelError, match="cells of 28"):
        patches(Image(made.png, made.size, Size(280, 270)), SETTINGS)


def test_limits_are_read_in_both_of_their_spellings(tmp_path: Any) -> None:
    file = tmp_path / "preprocessor_config.json"
    file.write_text('{"min_pixels": 3136, "max_pixels": 50176}')
    assert read_settings(tmp_path).rule == (28, 3136, 50176)
    file.write_text('{"patch_size": 16, "size": {"shortest_edge": 4096, "longest_edge": 65536}}')
    assert read_settings(tmp_path).rule == (32, 4096, 65536)
