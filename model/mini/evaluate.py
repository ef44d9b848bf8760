"""How often does a checkpoint click inside the box of a text that it is asked for, on pages it never saw?

`python -m qvl_agent.model.mini.evaluate [CHECKPOINT] [PAGES]`
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PIL import Image as PILImage

from ...actions.dialects.registry import by_name
from ...actions.errors import BadReply
from ...actions.messages import Image, Sampling
from ...actions.types import Click
from ...tasks.stats import wilson
from . import tokens as t
from .questions import named
from .render import render_shard
from .shape import WIDE

FIRST_SEED = 50_000_000
"""Training pages have lower seeds."""


def asked(folder: Path, count: int, spare: int = 0) -> list[tuple[Image, dict[str, Any]]]:
    """One screenshot and one named element of each of `count` unseen pages.

    `spare` pages are rendered beside, to stand in for those with nothing to name.
    """
    from ...envs import chromium

    with chromium.borrowed() as play:
        browser = play.chromium.launch(
            executable_path=chromium.executable(play), args=chromium.arguments()
        )
        render_shard(folder, FIRST_SEED, -(-(count + spare) // 16) * 16, browser, forms=False)
        browser.close()
    pixels = np.load(folder / "pixels.npy", mmap_mode="r")
    found: list[tuple[Image, dict[str, Any]]] = []
    for i, line in enumerate((folder / "elements.jsonl").read_text().splitlines()):
        elements = named(json.loads(line))
        if elements and len(found) < count:
            png = io.BytesIO()
            PILImage.fromarray(pixels[i]).save(png, "PNG")
            found.append((Image(png.getvalue(), WIDE.size, WIDE.size), Random(i).choice(elements)))
    return found


def hit(model: Any, dialect: Any, image: Image, element: dict[str, Any]) -> bool:
    """Whether the click lands inside the element's box; no click is a miss."""
    reply = model.generate(dialect.point_prompt(element["label"], image), Sampling(max_tokens=80))
    try:
        actions = dialect.parse(reply.text, image, t.CAN["browser"]).actions
    except BadReply:
        return False
    at = actions[0].at if actions and isinstance(actions[0], Click) else None
    x0, y0, x1, y1 = element["box"]
    return at is not None and x0 <= at.x < x1 and y0 <= at.y < y1


def main() -> None:
    from ..local import LocalModel

    model = LocalModel(sys.argv[1] if len(sys.argv) > 1 else "qvl-mini")
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 400
    dialect = by_name("qvl-mini")
    with tempfile.TemporaryDirectory() as folder:
        cases = asked(Path(folder), count)
    hits = sum(hit(model, dialect, image, element) for image, element in cases)
    low, high = wilson(hits, len(cases))
    print(
        f"inside the box: {hits} of {len(cases)} = {hits / len(cases):.1%} ({low:.1%} to {high:.1%})"
    )


if __name__ == "__main__":
    main()
