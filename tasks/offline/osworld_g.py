"""OSWorld-G: boxes, polygons, and things that are not on the picture.

In the original schema the kind of a target is told. A copy in ScreenSpot-Pro's schema is in
circulation that does not tell it, has mangled its polygons (the second corner has the first one
added to it) and gives refusals the box [0, 0, 0, 0], which no answer can hit. That copy is
recognised, repaired, and said to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ...actions.errors import UserError
from ...actions.types import Size
from .samples import Target
from .schemas import Row, read_rows
from .shapes import Polygon, Shape, read_box

ORIGINAL = frozenset({"id", "image_size", "instruction", "box_type", "box_coordinates"})
COPY = frozenset({"id", "img_filename", "img_size", "bbox", "instruction"})


def read_file(file: Path) -> tuple[list[Target], list[str]]:
    """Targets of one file, and what had to be repaired; UserError when it cannot be."""
    rows = read_rows(file)
    if rows[0].keys() >= ORIGINAL:
        return list(_targets(rows, file, _original)), []
    if rows[0].keys() >= COPY:
        return _repaired(rows, file)
    raise UserError(
        f"{file} has the fields {', '.join(sorted(rows[0]))}, which is no schema of OSWorld-G; it "
        f"has {', '.join(sorted(ORIGINAL))}"
    )


def _targets(rows: Sequence[Row], file: Path, read: Any) -> Iterator[Target]:
    for number, row in enumerate(rows):
        try:
            yield read(row)
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(f"{file} row {number} is no OSWorld-G row: {error}") from error


def _original(row: Row) -> Target:
    kind, numbers = row["box_type"], row["box_coordinates"]
    shape: Shape | None
    match kind:
        case "bbox":
            shape = read_box(numbers, "xywh px")
        case "polygon":
            shape = corners(numbers)
        case "refusal":
            shape = None
        case _:
            raise ValueError(f"box_type {kind!r}")
    name = row.get("image_path") or row["image"]
    return _target(row, name, Size(*row["image_size"]), shape, row.get("GUI_types", ()))


def _target(row: Row, picture: str, size: Size, shape: Shape | None, kinds: Any) -> Target:
    named = [kinds] if isinstance(kinds, str) else list(kinds)
    group = "refusal" if shape is None else "polygon" if isinstance(shape, Polygon) else "bbox"
    return Target(
        id=str(row["id"]), picture=picture, what=row["instruction"], shape=shape, size=size,
        group=group, kind=", ".join(named), platform="linux", app="osworld-g",
    )  # fmt: skip


def corners(numbers: Sequence[float]) -> Polygon:
    """x, y, x, y, ... as a polygon; ValueError when it has fewer than three corners."""
    if len(numbers) < 6 or len(numbers) % 2:
        raise ValueError(f"{len(numbers)} numbers are no polygon")
    return Polygon(tuple(zip(numbers[::2], numbers[1::2], strict=True)))


def _repaired(rows: Sequence[Row], file: Path) -> tuple[list[Target], list[str]]:
    polygons = [row["bbox"] for row in rows if len(row["bbox"]) > 4]
    mangled = any(is_mangled(numbers) for numbers in polygons)

    def read(row: Row) -> Target:
        numbers: list[float] = row["bbox"]
        shape: Shape | None
        if len(numbers) > 4:
            shape = corners(unmangled(numbers) if mangled else numbers)
        else:
            shape = read_box(numbers, "xyxy px") if any(numbers) else None
        size = Size(*row["img_size"])
        return _target(row, row["img_filename"], size, shape, row.get("ui_type", ()))

    targets = list(_targets(rows, file, read))
    refusals = sum(target.shape is None for target in targets)
    mended = len(polygons) if mangled else 0
    return targets, [
        f"{file.name} is the copy in ScreenSpot-Pro's schema: {mended} mangled polygons were "
        f"repaired, and {refusals} boxes of zeros are read as refusals"
    ]


def unmangled(numbers: Sequence[float]) -> list[float]:
    """The polygon without its first corner added to its second."""
    x, y, *rest = numbers
    return [x, y, rest[0] - x, rest[1] - y, *rest[2:]]


def is_mangled(numbers: Sequence[float]) -> bool:
    """Whether the second corner is farther from the others than they are from each other.

    One such polygon is enough to know the copy: all of its polygons were written by the same slip.
    """
    x, y, *rest = numbers
    others = [*zip(rest[2::2], rest[3::2], strict=True), (x, y)]
    reach = max(max(axis) - min(axis) for axis in zip(*others, strict=True))
    return _away((rest[0], rest[1]), others) > reach


def _away(corner: tuple[float, float], others: Sequence[tuple[float, float]]) -> float:
    return min(max(abs(corner[0] - x), abs(corner[1] - y)) for x, y in others)
