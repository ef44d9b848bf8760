"""One question about one picture, and what is checked before any is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath

from ...actions.errors import UserError
from ...actions.types import Size
from .shapes import Shape, outline

PICTURE_FOLDERS = (".", "images", "screenspotv2_image", "screenspot_imgs", "screenshots")
"""Where the published archives unpack their pictures, beside the annotations."""


@dataclass(frozen=True)
class Target:
    """One thing to find on a picture."""

    id: str
    picture: str
    """File name as the annotation gives it."""
    what: str
    """The instruction, in the language asked for."""
    shape: Shape | None
    """None: the thing is not there, and the right answer is to say so."""
    size: Size | None = None
    """Of the original picture, where the annotation tells it."""
    group: str = ""
    """The set's first division: platform, field of work, kind of element."""
    kind: str = ""
    """text or icon."""
    platform: str = ""
    app: str = ""

    @property
    def cluster(self) -> str:
        """Targets of one picture are not independent."""
        return self.picture


@dataclass(frozen=True)
class Loaded:
    """A benchmark's targets, and what was noticed while reading them."""

    targets: tuple[Target, ...]
    data: str
    """SHA-256 of the annotation files, in the order of their names."""
    folder: Path
    notes: tuple[str, ...] = ()
    """Oddities that do not stop a run; printed, and kept with the result."""
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    """What the published set has, by group; empty where nothing is published."""


def fingerprint(files: Sequence[Path]) -> str:
    """SHA-256 over the files' bytes."""
    found = sha256()
    for file in files:
        found.update(file.read_bytes())
    return found.hexdigest()


def checked(loaded: Loaded, partial: bool) -> Loaded:
    """The same, or a UserError with the first thing that is wrong with it.

    `partial` says that a part of the published set is meant.
    """
    _no_twins(loaded)
    if not partial:
        _whole(loaded)
    outside = [note for target in loaded.targets if (note := _sticks_out(target))]
    return Loaded(
        loaded.targets, loaded.data, loaded.folder, (*loaded.notes, *outside), loaded.counts
    )


def _no_twins(loaded: Loaded) -> None:
    names = Counter(target.id for target in loaded.targets)
    twins = [name for name, n in names.items() if n > 1]
    if twins:
        raise UserError(f"the id {twins[0]!r} occurs {names[twins[0]]} times; check the files")


def _whole(loaded: Loaded) -> None:
    counts = Counter(target.group for target in loaded.targets)
    for group, wanted in loaded.counts.items():
        if counts[group] != wanted:
            raise UserError(
                f"{loaded.folder} holds {counts[group]} {group} items and the published set has "
                f"{wanted}; complete it, or say --partial for a score of its own"
            )


def _sticks_out(target: Target) -> str:
    """Why a box is odd; UserError when no part of it is on the picture."""
    if target.size is None or target.shape is None:
        return ""
    box, (width, height) = outline(target.shape), target.size
    if box.left >= width or box.top >= height or box.right <= 0 or box.bottom <= 0:
        raise UserError(
            f"the box of {target.id} lies outside its picture of {target.size}; it is read in the "
            "wrong convention, or the file is damaged"
        )
    if box.left < 0 or box.top < 0 or box.right > width or box.bottom > height:
        return f"the box of {target.id} sticks out of its picture of {target.size}: kept as it is"
    return ""


def find_picture(folder: Path, name: str) -> Path:
    """A picture's file below the set's folder; UserError when it is not there."""
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts:
        raise UserError(f"the picture name {name!r} leaves its folder; check the annotations")
    for place in PICTURE_FOLDERS:
        if (found := folder / place / parts).is_file():
            return found
    raise UserError(
        f"the picture {name} is not in {folder} (looked in {', '.join(PICTURE_FOLDERS)}); "
        "download the images beside the annotations"
    )


def all_pictures(names: Iterable[str], folder: Path) -> dict[str, Path]:
    """Every picture's file by its name; UserError when one is missing, before any is shown."""
    missing: list[str] = []
    found: dict[str, Path] = {}
    for name in (different := dict.fromkeys(names)):
        try:
            found[name] = find_picture(folder, name)
        except UserError:
            missing.append(name)
    if missing:
        raise UserError(
            f"{len(missing)} of {len(different)} pictures are missing, the first: {missing[0]}; "
            f"put the images into {folder / 'images'}"
        )
    return found
