"""A grounding set that anyone may have: generated pages, in the published schemas.

Rendered from seeds that no training ever sees, one named element asked for on each page.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from ...actions.errors import UserError
from ...actions.messages import Image

SchemaName = Literal["screenspot", "pro"]


def write_pages(folder: Path, count: int, schema: SchemaName = "screenspot") -> None:
    """Pictures and annotations of `count` pages; the same count gives the same set."""
    from ...model.mini.evaluate import asked

    try:
        (folder / "images").mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as rendered:
            # Some pages have nothing that could be named; more are made than asked for.
            cases = asked(Path(rendered), count, spare=count // 8 + 16)
        rows = [_row(folder, n, *case, schema) for n, case in enumerate(cases)]
        name = "pages_web.json" if schema == "pro" else "screenspot_web.json"
        unfinished = folder / f".{name}"
        unfinished.write_text(json.dumps(rows, indent=1), encoding="utf-8")
        unfinished.rename(folder / name)
    except OSError as error:
        raise UserError(
            f"cannot write {folder} ({error.strerror}); choose another --data"
        ) from error


def _row(
    folder: Path, number: int, image: Image, element: Mapping[str, Any], schema: SchemaName
) -> Mapping[str, object]:
    name = f"page_{number:05d}.png"
    (folder / "images" / name).write_bytes(image.png)
    x0, y0, x1, y1 = element["box"]
    if schema == "pro":
        return {
            "img_filename": name, "bbox": [x0, y0, x1, y1], "instruction": element["label"],
            "instruction_cn": "", "id": f"page_{number:05d}", "application": "pages",
            "platform": "linux", "img_size": list(image.size), "ui_type": "text", "group": "web",
        }  # fmt: skip
    return {
        "img_filename": name, "bbox": [x0, y0, round(x1 - x0, 1), round(y1 - y0, 1)],
        "instruction": element["label"], "data_type": "text", "data_source": "pages",
    }  # fmt: skip
