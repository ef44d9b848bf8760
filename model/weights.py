"""A checkpoint folder as a network ready to answer."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..actions.errors import ModelError, UserError
from .place import Placement

if TYPE_CHECKING:
    import torch


def load_tokenizer(folder: Path) -> Any:
    """The folder's tokenizer (transformers); UserError when it is damaged."""
    # The tokenizer's own threads would warn about every process that is started after it.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from transformers import AutoTokenizer

    try:
        return cast(Any, AutoTokenizer).from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"the tokenizer in {folder} cannot be loaded: {_line(error)}") from error


def load_net(folder: Path, place: Placement) -> Any:
    """The network (transformers), on the device and in the precision that were chosen.

    UserError when the folder holds other weights than its config needs; ModelError when memory
    runs out.
    """
    import torch
    from transformers import AutoModelForImageTextToText

    try:
        with quiet():
            net, report = cast(Any, AutoModelForImageTextToText).from_pretrained(
                folder,
                dtype=getattr(torch, place.dtype),
                attn_implementation="sdpa",
                local_files_only=True,
                output_loading_info=True,
                ignore_mismatched_sizes=True,
            )
        net = net.to(place.device).eval()
    except (OSError, ValueError) as error:
        raise UserError(f"the weights in {folder} cannot be loaded: {_line(error)}") from error
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        raise ModelError(f"out of memory on {place.device} while loading; {CURE}") from error
    if wrong := sorted(map(str, [*report["missing_keys"], *report["mismatched_keys"]])):
        raise UserError(
            f"{len(wrong)} weights in {folder} are missing or of another shape than its config says"
            f" ({wrong[0]}, …); delete it and fetch it again"
        )
    flatten_patch_embedding(net)
    forget_drawing(net.generation_config)
    return net


CURE = "close other programs, or take a smaller checkpoint, window or precision"


def out_of_memory(error: BaseException) -> bool:
    """Whether this is what torch, or Python, says when memory runs out; the processor's allocator
    has no type of its own."""
    import torch

    known = isinstance(error, torch.OutOfMemoryError | MemoryError)
    return known or "can't allocate memory" in str(error)


@contextmanager
def quiet() -> Generator[None]:
    """transformers without its progress bars and hints, and as it was afterwards."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def flatten_patch_embedding(net: Any) -> None:
    """Swap the patch convolution of this network for the matrix product that it is.

    Kernel and stride are equal, so both compute the same sums; on a processor the product is some
    80 times faster. The weights stay the same tensors, and their names in a saved state too.
    """
    import torch

    proj = net.model.visual.patch_embed.proj
    if not isinstance(proj, torch.nn.Conv3d) or proj.kernel_size != proj.stride:
        return

    def product(input: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.linear(input.flatten(1), proj.weight.flatten(1), proj.bias)

    proj.forward = product


def forget_drawing(settings: Any) -> None:
    """Drop the checkpoint's own temperature and the like: dialects say how replies are drawn.

    Left in place they would join what a dialect asks for, and be warned about when it is greedy.
    """
    for name in ("temperature", "top_p", "top_k", "min_p", "typical_p"):
        setattr(settings, name, None)
    settings.do_sample = False
    if settings.pad_token_id is None:
        ends = settings.eos_token_id
        settings.pad_token_id = ends[0] if isinstance(ends, list) else ends


def _line(error: BaseException) -> str:
    """The first line of a message, for a terminal."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
