"""From a screenshot to what the vision tower reads: resize, normalise, cut into patches.

Equal to transformers' PIL image processor of the Qwen2-VL family (a test compares them), without
torchvision, which that family's AutoProcessor needs.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image as PILImage

from ..actions.dialects.base import ResizeRule
from ..actions.errors import ModelError
from ..actions.messages import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Preprocess:
    """The settings of a checkpoint's preprocessor_config.json."""

    patch: int
    merge: int
    temporal: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    min_pixels: int
    max_pixels: int

    @property
    def rule(self) -> ResizeRule:
        """The resize rule that these settings stand for."""
        return ResizeRule(self.patch * self.merge, self.min_pixels, self.max_pixels)


def read_settings(folder: Path) -> Preprocess:
    """The settings in a checkpoint folder; the family's own where a field is missing."""
    path = folder / "preprocessor_config.json"
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    size: dict[str, int] = found.get("size") or {}
    return Preprocess(
        patch=found.get("patch_size", 14),
        merge=found.get("merge_size", 2),
        temporal=found.get("temporal_patch_size", 2),
        mean=tuple(found.get("image_mean", (0.48145466, 0.4578275, 0.40821073))),
        std=tuple(found.get("image_std", (0.26862954, 0.26130258, 0.27577711))),
        min_pixels=found.get("min_pixels") or size.get("shortest_edge", 56 * 56),
        max_pixels=found.get("max_pixels") or size.get("longest_edge", 28 * 28 * 16384),
    )


def pixels(image: Image) -> NDArray[np.uint8]:
    """uint8 [height, width, 3] at the size the model sees; ModelError for a broken picture."""
    try:
        with PILImage.open(io.BytesIO(image.png)) as opened:
            picture = opened.convert("RGB")
    except OSError as error:
        raise ModelError(f"the screenshot cannot be read: {error}") from error
    if picture.size != image.seen:
        size = (image.seen.width, image.seen.height)
        picture = picture.resize(size, PILImage.Resampling.BICUBIC)
    return np.asarray(picture)


def patches(image: Image, settings: Preprocess) -> tuple[NDArray[np.float32], tuple[int, int, int]]:
    """float32 [n, 3 * temporal * patch**2] in merge order, and the grid (time, rows, columns).

    ModelError when the size the model sees is not made of whole cells.
    """
    cut, grid = raw_patches(image, settings)
    frame = cut.astype(np.float32) * np.float32(1 / 255)
    frame = (frame - np.array(settings.mean, np.float32)) / np.array(settings.std, np.float32)
    frame = frame.transpose(0, 3, 1, 2)[:, :, None]
    frame = np.repeat(frame, settings.temporal, axis=2)
    return np.ascontiguousarray(frame).reshape(len(frame), -1), grid


def raw_patches(
    image: Image, settings: Preprocess
) -> tuple[NDArray[np.uint8], tuple[int, int, int]]:
    """uint8 [n, patch, patch, 3] in merge order, and the grid (time, rows, columns).

    What `patches` holds before it is normalised and doubled: an eighth of the bytes. ModelError
    when the size the model sees is not made of whole cells.
    """
    p, m = settings.patch, settings.merge
    if image.seen.width % (p * m) or image.seen.height % (p * m):
        raise ModelError(f"a picture of {image.seen} is not made of cells of {p * m} pixels")
    frame = pixels(image)
    rows, columns = frame.shape[0] // p, frame.shape[1] // p
    # A patch's row of pixels stays in one piece: the cut is a copy of whole rows, not of bytes.
    cut = frame.reshape(rows // m, m, p, columns // m, m, p * 3).transpose(0, 3, 1, 4, 2, 5)
    return np.ascontiguousarray(cut).reshape(rows * columns, p, p, 3), (1, rows, columns)


def fold_patches(net: Any, settings: Preprocess) -> None:
    """Let this network's patch embedding take what `raw_patches` gives, as one matrix product.

    Normalising is a factor and an offset by colour, and both temporal slices see the same pixels:
    both go into the weights, once. Pixels are centred at 128, where bfloat16 holds them exactly.
    """
    import torch

    proj = net.model.visual.patch_embed.proj
    weight: torch.Tensor = proj.weight.detach().double().sum(2)
    scale = torch.tensor(settings.std, dtype=torch.float64, device=weight.device) * 255
    mean = torch.tensor(settings.mean, dtype=torch.float64, device=weight.device) * 255
    weight = weight / scale[:, None, None]
    offset = (weight * (128 - mean)[:, None, None]).sum((1, 2, 3))
    bias = offset if proj.bias is None else offset + proj.bias.detach().double()
    folded = weight.permute(0, 2, 3, 1).flatten(1).to(proj.weight.dtype)
    shift = bias.to(proj.weight.dtype)

    def product(cells: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.linear(cells.to(folded.dtype) - 128, folded, shift)

    net.model.visual.patch_embed.forward = product
