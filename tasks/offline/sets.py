"""The grounding benchmarks by name: which files, and how many items the published set has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...actions.errors import UserError
from . import osworld_g
from .samples import Loaded, Target, checked, fingerprint
from .schemas import read_targets


@dataclass(frozen=True)
class GroundingSet:
    """One benchmark: its published counts by group, its groups' order, and where it comes from."""

    name: str
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    hub: str = ""
    """The dataset on the Hugging Face hub."""
    about: str = ""


SETS = {
    one.name: one
    for one in (
        # Counts: measured on the published annotation files.
        GroundingSet(
            "screenspot", {"mobile": 502, "desktop": 334, "web": 436},
            "rootsautomation/ScreenSpot", "SeeClick's, 1,272 items",
        ),
        GroundingSet(
            "screenspot-v2", {"mobile": 501, "desktop": 334, "web": 437},
            "OS-Copilot/ScreenSpot-v2", "OS-Atlas's corrected labels, 1,272 items",
        ),
        GroundingSet(
            "screenspot-pro",
            {"Dev": 299, "Creative": 341, "CAD": 261, "Scientific": 254, "Office": 230, "OS": 196},
            "likaixin/ScreenSpot-Pro", "26 professional applications, 1,581 items",
        ),
        GroundingSet(
            "osworld-g", {"bbox": 470, "polygon": 40, "refusal": 54},
            "MMInstruction/OSWorld-G", "boxes, polygons and refusals, 564 items",
        ),
        GroundingSet("mmbench-gui-l2", about="3,594 items, in ScreenSpot-Pro's schema"),
        GroundingSet("pro-schema", about="any set in ScreenSpot-Pro's schema"),
        GroundingSet("pages", about="pages that this project generates, in ScreenSpot's schema"),
    )
}  # fmt: skip


def load(
    name: str, folder: Path, *, chinese: bool = False, partial: bool = False, refined: bool = False
) -> Loaded:
    """A benchmark's targets from a local folder; UserError when the folder does not hold it.

    `chinese` asks with ScreenSpot-Pro's Chinese instructions, `refined` with OSWorld-G's second
    file of instructions.
    """
    known, files = SETS[name], annotation_files(folder)
    if name == "osworld-g":
        return checked(_osworld_g(files, folder, refined, known), partial)
    targets = [target for file in files for target in read_targets(file, chinese)]
    found = Loaded(tuple(targets), fingerprint(files), folder, (), known.counts)
    if name == "mmbench-gui-l2" and not partial and len(targets) != 3594:
        raise UserError(f"{folder} holds {len(targets)} items of 3594; say --partial for a part")
    return checked(found, partial)


def _osworld_g(files: list[Path], folder: Path, refined: bool, known: GroundingSet) -> Loaded:
    files = [file for file in files if ("refine" in file.stem.lower()) == refined]
    if not files:
        raise UserError(f"{folder} holds no {'refined ' * refined}annotations of OSWorld-G")
    targets: list[Target] = []
    notes: list[str] = []
    for file in files:
        found, repaired = osworld_g.read_file(file)
        targets += found
        notes += repaired
    return Loaded(tuple(targets), fingerprint(files), folder, tuple(notes), known.counts)


def annotation_files(folder: Path) -> list[Path]:
    """The JSON files of a set, in `annotations/` or in the folder itself; UserError without any."""
    if folder.is_file():
        return [folder]
    for place in (folder / "annotations", folder):
        files = sorted([*place.glob("*.json"), *place.glob("*.jsonl")])
        if files:
            return files
    raise UserError(f"{folder} holds no annotation files (*.json); name the set's folder as --data")
