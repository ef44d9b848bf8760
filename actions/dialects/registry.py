"""Which dialect a checkpoint speaks. The grammar follows the fine-tune, never the base model.

Adding a family is one dialect file and one line here. An unknown checkpoint is refused with the
list; nothing is guessed from the architecture alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from ..errors import UserError
from .agentcpm import AgentCPM
from .aguvis import Aguvis
from .autoglm import AutoGLM
from .base import Dialect
from .fara import fara_7b, fara_15
from .gelab import GELab
from .grounding import (
    gta1,
    gui_g2,
    gui_r1,
    holo1,
    holo2,
    infigui_g1,
    jedi,
    mai_ui_grounding,
    os_atlas_base,
    showui,
    uground,
    ui_ins,
    ui_r1,
    ui_venus_grounding,
)
from .guiowl import GuiOwl, GuiOwl15
from .holo3 import Holo3
from .infigui import InfiGuiR1
from .maiui import MaiUI
from .opencua import OpenCUA, opencua_qwen2
from .osatlas import OSAtlasPro
from .qwen2vl import Qwen2VL
from .qwen3vl import Qwen3VL, evocua
from .qwen25vl import Qwen25VL, qvl_mini, qwen25vl_thinking
from .qwen35 import Qwen35, qwen37, qwen_cua
from .scalecua import ScaleCUA
from .uitars import uitars_10, uitars_15, uitars_doubao
from .venus import venus_2, venus_10, venus_15


@dataclass(frozen=True)
class Entry:
    """A dialect and the checkpoints that speak it."""

    name: str
    make: Callable[[], Dialect]
    model_types: tuple[str, ...]
    """`model_type` values of the configs it is published with."""
    checkpoints: str = ""
    """Pattern searched for in the checkpoint's lower-case name; empty: only by --dialect."""


_QWEN2, _QWEN25, _QWEN3 = ("qwen2_vl",), ("qwen2_5_vl",), ("qwen3_vl", "qwen3_vl_moe")
_QWEN35 = ("qwen3_5", "qwen3_5_moe")

# The first entry whose pattern and model type both fit is taken: fine-tunes before their bases.
ENTRIES: tuple[Entry, ...] = (
    Entry("ui-tars-1.5", uitars_15, _QWEN25, r"ui-tars-1\.5"),
    Entry("ui-tars-1.0", uitars_10, _QWEN2, r"ui-tars-(?:2b|7b|72b)"),
    Entry("ui-tars-doubao", uitars_doubao, (), r"doubao"),
    Entry("fara-1.5", fara_15, _QWEN35, r"fara-?1\.5"),
    Entry("fara-7b", fara_7b, _QWEN25, r"fara-7b"),
    Entry("gui-owl-1.5", GuiOwl15, _QWEN3, r"gui-owl-1\.5"),
    Entry("gui-owl-1.0", GuiOwl, _QWEN25, r"gui-owl-\d+b"),
    Entry("evocua", evocua, _QWEN3, r"evocua"),
    Entry("opencua-qwen2", opencua_qwen2, _QWEN2, r"opencua-qwen2"),
    Entry("opencua", OpenCUA, (*_QWEN25, "opencua"), r"opencua-\d+b"),
    Entry("scalecua", ScaleCUA, _QWEN25, r"scalecua"),
    Entry("mai-ui", MaiUI, _QWEN3, r"mai-ui"),
    Entry("ui-venus-2", venus_2, _QWEN35, r"ui-venus-2"),
    Entry("ui-venus-1.5", venus_15, _QWEN3, r"ui-venus-1\.5"),
    Entry("ui-venus-1.0", venus_10, _QWEN25, r"ui-venus"),
    Entry("gelab-zero", GELab, _QWEN3, r"gelab"),
    Entry("autoglm-phone", AutoGLM, ("glm4v",), r"autoglm"),
    Entry("os-atlas-pro", OSAtlasPro, _QWEN2, r"os-atlas-pro"),
    Entry("agentcpm-gui", AgentCPM, (), r"agentcpm"),
    Entry("aguvis", Aguvis, _QWEN2, r"aguvis"),
    Entry("infigui-r1", InfiGuiR1, _QWEN25, r"infigui-r1"),
    Entry("holo3", Holo3, _QWEN35, r"holo3"),
    Entry("jedi", jedi, _QWEN25, r"jedi-\d+b"),
    Entry("os-atlas-base", os_atlas_base, _QWEN2, r"os-atlas-base"),
    Entry("uground", uground, _QWEN2, r"uground"),
    Entry("showui", showui, _QWEN2, r"showui"),
    Entry("gui-g2", gui_g2, _QWEN25, r"gui-g2"),
    Entry("gta1", gta1, _QWEN25, r"gta1"),
    Entry("infigui-g1", infigui_g1, _QWEN25, r"infigui-g1"),
    Entry("ui-ins", ui_ins, _QWEN25, r"ui-ins"),
    Entry("ui-r1", ui_r1, _QWEN25, r"\bui-r1"),
    Entry("gui-r1", gui_r1, _QWEN25, r"gui-r1"),
    Entry("ui-venus-grounding", ui_venus_grounding, _QWEN3 + _QWEN35, r"ui-venus-ground"),
    Entry("mai-ui-grounding", mai_ui_grounding, _QWEN3),
    Entry("holo2", holo2, _QWEN3, r"holo2"),
    Entry("holo1", holo1, _QWEN25, r"holo1"),
    Entry("qwen-cua", qwen_cua, _QWEN35, r"qwen-?cua"),
    Entry("qwen3.7", qwen37, _QWEN35, r"qwen3\.[78]"),
    Entry("qwen3.5", Qwen35, _QWEN35, r"qwen3\.[56]"),
    Entry("qwen3-vl", Qwen3VL, _QWEN3, r"qwen3-?vl"),
    Entry("qvl-mini", qvl_mini, _QWEN25, r"qvl-mini"),
    Entry("qwen2.5-vl", Qwen25VL, _QWEN25, r"qwen2[._]?5-?vl-\d+b"),
    Entry("qwen2-vl", Qwen2VL, _QWEN2, r"qwen2-?vl-\d+b"),
    Entry("qwen2.5-vl-thinking", qwen25vl_thinking, _QWEN25),
)


def names() -> tuple[str, ...]:
    """The names of all dialects."""
    return tuple(entry.name for entry in ENTRIES)


def by_name(name: str) -> Dialect:
    """The dialect called `name`; UserError with the nearest names when there is none."""
    for entry in ENTRIES:
        if entry.name == name.lower():
            return entry.make()
    raise UserError(f"There is no dialect {name!r}. {_suggest(name)}")


def for_checkpoint(name: str, config: Mapping[str, object]) -> Dialect:
    """The dialect of a checkpoint, from its name (hub id or folder) and its config.json.

    UserError when the name fits no family, or fits one that is published with another
    architecture.
    """
    model_type = str(config.get("model_type", ""))
    for known_as in (name, str(config.get("_name_or_path", ""))):
        for entry in ENTRIES:
            if _fits(entry, known_as.lower(), model_type):
                return entry.make()
    raise UserError(
        f"No dialect is known for the checkpoint {name!r} (model type {model_type or 'unknown'}); "
        f"say which it speaks with --dialect. {_suggest(name)}"
    )


def _fits(entry: Entry, name: str, model_type: str) -> bool:
    if not entry.checkpoints or not re.search(entry.checkpoints, name):
        return False
    return not model_type or model_type in entry.model_types


def _suggest(name: str) -> str:
    last = name.lower().rstrip("/").rsplit("/", 1)[-1]
    near = get_close_matches(last, names(), 3, cutoff=0.5)
    nearest = f"Nearest: {', '.join(near)}. " if near else ""
    return f"{nearest}Known: {', '.join(names())}."
