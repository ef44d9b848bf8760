"""Which checkpoints there are, what memory they need, and which fits this machine.

Parameter counts are those of the published weight files; licences and dialects are the publishers'
(model cards of the Qwen2.5-VL series). No model library is loaded to answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ..actions.dialects.base import Dialect, Turn
from ..actions.dialects.registry import by_name
from ..actions.errors import UserError
from ..actions.messages import Image
from ..actions.types import KINDS, Capabilities, Size, Wait
from .memory import BYTES, Memory, bytes_needed, free_memory, in_gb
from .place import Room, processor

_GOAL = "book a flight"


@dataclass(frozen=True)
class Checkpoint:
    """A published model that this project speaks to."""

    name: str
    dialect: str
    parameters: int
    licence: str
    expect: str
    family: str = "Qwen2.5-VL"


class Advice(NamedTuple):
    """A checkpoint for a machine, its precision there, one sentence why, and how to run it."""

    checkpoint: Checkpoint
    precision: str
    why: str
    command: str


CHECKPOINTS: tuple[Checkpoint, ...] = (
    Checkpoint(
        "qvl-mini", "qvl-mini", 11_000_000, "Apache-2.0",
        "the bundled practice site; named texts on unseen pages 88.6 % (86.9 to 90.0)",
    ),
    Checkpoint(
        "qvl-mini-touch", "qvl-mini", 11_000_000, "Apache-2.0",
        "the virtual phone's tasks 87.3 % (79.8 to 92.3); MiniWoB++ 66.7 % of the tasks it learned",
    ),
    Checkpoint(
        "Qwen/Qwen2.5-VL-3B-Instruct", "qwen2.5-vl", 3_754_622_976, "Qwen research",
        "named things on ordinary pages; short tasks",
    ),
    Checkpoint(
        "Qwen/Qwen2.5-VL-7B-Instruct", "qwen2.5-vl", 8_292_166_656, "Apache-2.0",
        "the sensible default for the open web",
    ),
    Checkpoint(
        "Qwen/Qwen2.5-VL-32B-Instruct", "qwen2.5-vl", 33_452_718_336, "Apache-2.0",
        "better planning; slow without a large GPU",
    ),
    Checkpoint(
        "Qwen/Qwen2.5-VL-72B-Instruct", "qwen2.5-vl", 73_410_777_344, "Qwen",
        "the most able of the family; several GPUs",
    ),
)  # fmt: skip

_FOR_THE_WEB = tuple(found for found in CHECKPOINTS if found.dialect != "qvl-mini")
_3B, _7B = 3_754_622_976, 8_292_166_656
"""Parameters of Qwen2.5-VL, which its fine-tunes share; Qwen2-VL-7B differs by a thousandth."""
_Q3_2B, _Q3_4B, _Q3_8B, _Q3_32B = 2_100_000_000, 4_400_000_000, 8_800_000_000, 33_400_000_000
"""Qwen3-VL, rounded."""
_OTHERS: tuple[tuple[str, str, int, str, str, str], ...] = (
    ("Qwen/Qwen3-VL-2B-Instruct", "qwen3-vl", _Q3_2B, "Apache-2.0", "agent", "Qwen3-VL"),
    ("Qwen/Qwen3-VL-4B-Instruct", "qwen3-vl", _Q3_4B, "Apache-2.0", "agent", "Qwen3-VL"),
    ("Qwen/Qwen3-VL-8B-Instruct", "qwen3-vl", _Q3_8B, "Apache-2.0", "agent", "Qwen3-VL"),
    ("Qwen/Qwen3-VL-32B-Instruct", "qwen3-vl", _Q3_32B, "Apache-2.0", "agent", "Qwen3-VL"),
    ("Qwen/Qwen2-VL-7B-Instruct", "qwen2-vl", _7B, "Apache-2.0", "grounding", "Qwen2-VL"),
    ("ByteDance-Seed/UI-TARS-1.5-7B", "ui-tars-1.5", _7B, "Apache-2.0", "agent", "UI-TARS"),
    ("bytedance-research/UI-TARS-7B-DPO", "ui-tars-1.0", _7B, "Apache-2.0", "agent", "UI-TARS"),
    ("mPLUG/GUI-Owl-7B", "gui-owl-1.0", _7B, "MIT", "agent", "GUI-Owl"),
    ("microsoft/Fara-7B", "fara-7b", _7B, "MIT", "browser agent", "Fara"),
    ("meituan/EvoCUA-8B-20260105", "evocua", _Q3_8B, "Apache-2.0", "agent", "EvoCUA"),
    ("Tongyi-MAI/MAI-UI-8B", "mai-ui", _Q3_8B, "Apache-2.0", "phone agent", "MAI-UI"),
    ("inclusionAI/UI-Venus-1.5-8B", "ui-venus-1.5", _Q3_8B, "see its card", "agent", "UI-Venus"),
    ("OpenGVLab/ScaleCUA-7B", "scalecua", _7B, "Apache-2.0", "agent", "ScaleCUA"),
    ("stepfun-ai/GELab-Zero-4B-preview", "gelab-zero", _Q3_4B, "MIT", "phone agent", "GELab"),
    ("OS-Copilot/OS-Atlas-Pro-7B", "os-atlas-pro", _7B, "Apache-2.0", "agent", "OS-Atlas"),
    ("xlangai/Aguvis-7B-720P", "aguvis", _7B, "see its card", "agent", "Aguvis"),
    ("Reallm-Labs/InfiGUI-R1-3B", "infigui-r1", _3B, "Apache-2.0", "phone agent", "InfiGUI"),
    ("Hcompany/Holo1.5-7B", "holo1", _7B, "Apache-2.0", "grounding", "Holo"),
    ("Hcompany/Holo2-8B", "holo2", _Q3_8B, "Apache-2.0", "grounding", "Holo"),
    ("Salesforce/GTA1-7B", "gta1", _7B, "see its card", "grounding", "GTA1"),
    ("osunlp/UGround-V1-7B", "uground", _7B, "see its card", "grounding", "UGround"),
)  # fmt: skip
OTHERS = tuple(Checkpoint(*row) for row in _OTHERS)
"""Other families and fine-tunes, with the licence of their code where the weights' is not known."""
MODEST_CELLS, AMPLE_CELLS = 1280, 4096
"""Picture tokens: what the Qwen2-VL card suggests to save time and memory, and a sharp full HD."""


class Suggestion(NamedTuple):
    """How large a picture should be let be here, and how many the dialect keeps in sight."""

    max_pixels: int
    history: int


def suggest(checkpoint: Checkpoint, free: Memory) -> Suggestion:
    """Ample pictures on a GPU with half the weights to spare, modest ones elsewhere."""
    dialect = by_name(checkpoint.dialect)
    need = memory_needed(checkpoint, "bfloat16")
    cells = AMPLE_CELLS if free.gpu > 1.5 * need else MODEST_CELLS
    return Suggestion(
        min(cells * dialect.resize.factor**2, dialect.resize.max_pixels), live_pictures(dialect)
    )


def live_pictures(dialect: Dialect) -> int:
    """The most screenshots in a long conversation of this dialect; 0 where there are none."""
    image = Image(b"", Size(1280, 800), Size(1280, 800))
    turn = Turn("…", "…", (Wait(seconds=1),), image=image)
    can = Capabilities("desktop", frozenset(KINDS))
    try:
        long = [dialect.render("…", [turn] * count, image, can) for count in range(40, 61)]
    except UserError:
        return 0
    return max(sum(isinstance(part, Image) for m in said for part in m.parts) for said in long)


def memory_needed(checkpoint: Checkpoint, dtype: str) -> int:
    """Bytes for the weights and for working on one screen at a time."""
    return bytes_needed(checkpoint.parameters, dtype)


def precision(checkpoint: Checkpoint, free: Memory) -> str | None:
    """The precision that it would be loaded in here; None when it does not fit in any."""
    for room in rooms(free):
        if fit := room.first_fit(checkpoint.parameters, room.fast):
            return fit
    return None


def fits(checkpoint: Checkpoint, free: Memory) -> bool:
    """Whether it can be loaded here, in the precision that would be chosen."""
    return precision(checkpoint, free) is not None


def rooms(free: Memory) -> list[Room]:
    """The devices that this memory belongs to, as place.rooms would order them."""
    gpu = [Room("cuda", free.gpu, ("bfloat16",))] if free.gpu else []
    return [*gpu, processor(free.ram)]


def best(free: Memory) -> Checkpoint | None:
    """The most able checkpoint, apart from the bundled ones, that makes sense; None when none does.

    Without a GPU that is the smallest: the next ones may fit, at minutes per step.
    """
    on_gpu = (c for c in reversed(_FOR_THE_WEB) if _fits_gpu(c, free))
    return next(on_gpu, _FOR_THE_WEB[0] if fits(_FOR_THE_WEB[0], free) else None)


def advise(free: Memory) -> Advice:
    """The checkpoint for this memory; qvl-mini, which fits everywhere, when no other does."""
    found = best(free)
    if found is None:
        dtype = precision(CHECKPOINTS[0], free) or "float32"
        return Advice(CHECKPOINTS[0], dtype, best_fit(free), f'qvl-agent run "{_GOAL}"')
    command = f'qvl-agent run "…" --model {found.name} --url https://example.org'
    return Advice(found, precision(found, free) or "bfloat16", best_fit(free), command)


def best_fit(free: Memory) -> str:
    """Which checkpoint fits, in words."""
    found = best(free)
    if found is None:
        least = in_gb(min(memory_needed(_FOR_THE_WEB[0], dtype) for dtype in BYTES))
        return f"only qvl-mini fits (the smallest Qwen-VL needs {least})"
    slow = "" if _fits_gpu(found, free) else ", slow without a GPU"
    need = in_gb(memory_needed(found, precision(found, free) or "bfloat16"))
    return f"{found.name} fits ({need}{slow})"


def advice() -> str:
    """How to get a model for other pages on this machine, as the cure of an error."""
    free = free_memory()
    found = best(free)
    if found is None:
        return f"on this machine {best_fit(free)}; take --model to one with more memory"
    return f"on this machine {best_fit(free)}: add --model {found.name}, downloaded once"


def _fits_gpu(checkpoint: Checkpoint, free: Memory) -> bool:
    return memory_needed(checkpoint, "bfloat16") <= free.gpu
