"""The annotation files of grounding benchmarks, each in its own words.

A file's schema is known by its fields, and a schema's box convention is declared here: two
conventions go by the same name in circulating copies, so nothing is read off the numbers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from ...actions.errors import UserError
from ...actions.types import Size
from .samples import Target
from .shapes import Convention, read_box

Row = Mapping[str, Any]
PLATFORMS = {
    "ios": "mobile", "android": "mobile", "macos": "desktop", "windows": "desktop",
    "tool": "web", "shop": "web", "gitlab": "web", "forum": "web",
}  # fmt: skip
"""ScreenSpot's data sources, by the third of the set they are in."""


@dataclass(frozen=True)
class Schema:
    """One way of writing annotations: its fields, its convention, and how a row is read."""

    name: str
    fields: frozenset[str]
    convention: Convention
    read: Callable[[Row, str, Convention], Target]
    """A row, the name it has by its place (file and number), and the convention."""


def _screenspot(row: Row, place: str, convention: Convention) -> Target:
    stem = place.rpartition("_")[0]
    group = next((g for g in ("mobile", "desktop", "web") if g in stem), "")
    return Target(
        id=place,
        picture=row.get("img_filename") or row["image"],
        what=row["instruction"],
        shape=read_box(row["bbox"], convention),
        group=row.get("platform") or group or PLATFORMS.get(row["data_source"], ""),
        kind=row["data_type"],
        platform=row["data_source"],
    )


def _table(row: Row, place: str, convention: Convention) -> Target:
    size = Size(*row["img_size"])
    return Target(
        id=place,
        picture=row["file_name"],
        what=row["instruction"],
        shape=read_box(row["bbox"], convention, size),
        size=size,
        group=PLATFORMS.get(row["data_source"], ""),
        kind=row["data_type"],
        platform=row["data_source"],
    )


def _pro(row: Row, place: str, convention: Convention) -> Target:
    app = row.get("application", "")
    # In this copy of ScreenSpot-v2 every platform is `v2` and every group `Dev`.
    third = next((g for g in ("mobile", "desktop", "web") if app == f"screenspot_{g}_v2"), "")
    kind = row["ui_type"]
    return Target(
        id=str(row.get("id") or place),
        picture=row["img_filename"],
        what=row["instruction"],
        shape=read_box(row["bbox"], convention),
        size=Size(*row["img_size"]),
        group=third or row["group"],
        kind=kind if isinstance(kind, str) else ", ".join(kind),
        platform="" if third else row["platform"],
        app="" if third else app,
    )


_SPOT = frozenset({"bbox", "instruction", "data_type", "data_source"})
_ACTOR = frozenset(
    {"img_filename", "bbox", "instruction", "img_size", "platform", "ui_type", "group"}
)
SCHEMAS = (
    Schema("ScreenSpot-Pro", _ACTOR | {"id", "application"}, "xyxy px", _pro),
    Schema("GUI-Actor's ScreenSpot-v2", _ACTOR, "xyxy px", _pro),
    Schema("hub table of ScreenSpot", _SPOT | {"file_name", "img_size"}, "xyxy fraction", _table),
    Schema("ScreenSpot", _SPOT | {"img_filename"}, "xywh px", _screenspot),
    Schema("UGround's ScreenSpot", _SPOT | {"image", "platform"}, "xywh px", _screenspot),
)
"""The most particular first: a row is of the first schema whose fields it has."""


def schema_of(row: Row, file: Path) -> Schema:
    """The schema of a file by its first row; UserError when it is of none."""
    for schema in SCHEMAS:
        if schema.fields <= row.keys():
            return schema
    known = "; ".join(f"{s.name}: {', '.join(sorted(s.fields))}" for s in SCHEMAS)
    raise UserError(
        f"{file} has the fields {', '.join(sorted(row))}, which is no schema known here ({known})"
    )


def read_targets(file: Path, chinese: bool = False) -> Iterator[Target]:
    """Every row of a file; UserError names the row that cannot be read."""
    rows = read_rows(file)
    schema = schema_of(rows[0], file)
    for number, row in enumerate(rows):
        with_words = row | {"instruction": row.get("instruction_cn")} if chinese else row
        if not with_words.get("instruction"):
            raise UserError(f"{file} row {number} has no {'Chinese ' * chinese}instruction")
        try:
            yield schema.read(with_words, f"{file.stem}_{number}", schema.convention)
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(f"{file} row {number} is no {schema.name} row: {error}") from error


def read_rows(file: Path) -> Sequence[dict[str, Any]]:
    """The objects of a JSON list or of JSON lines; UserError when the file is damaged or empty."""
    try:
        text = file.read_text(encoding="utf-8")
        rows = _lines(text, file) if file.suffix == ".jsonl" else json.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file} cannot be read ({error}); name an annotation file") from error
    except json.JSONDecodeError as error:
        raise UserError(f"{file} is damaged at line {error.lineno}; fetch it again") from error
    if not isinstance(rows, list) or not rows:
        raise UserError(f"{file} holds no list of annotations; fetch it again")
    for number, row in enumerate(cast("list[object]", rows)):
        if not isinstance(row, dict):
            raise UserError(f"{file} row {number} is no object; fetch it again")
    return cast("list[dict[str, Any]]", rows)


def _lines(text: str, file: Path) -> list[object]:
    found: list[object] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise UserError(f"{file} line {number} is half a line; fetch it again") from error
    return found
