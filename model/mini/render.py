"""Render pages to training screens: pixels, the characters in every patch, and the named elements.

Sixteen pages are captured in one picture, which makes a screen cost a few milliseconds.
A shard is a folder: `pixels.npy` uint8 [n, 336, 448, 3], `chars.npy` uint8 [n, 24, 32, 3] (codes of
the up to three characters whose centres fall in the patch, left to right, 0 for none),
`state.npy` uint8 [n, 24, 32] (bit 0 clickable, bit 1 focus, bit 2 on), `elements.jsonl`.
"""

from __future__ import annotations

import base64
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .forms import form
from .pages import HEIGHT, WIDTH, page
from .shape import MERGE, PATCH, WIDE, View

COLUMNS, ROWS = WIDTH // PATCH, HEIGHT // PATCH
TILES = 4

STYLE = f"""body{{margin:0;width:{TILES * WIDTH}px;height:{TILES * HEIGHT}px;position:relative}}
.tile{{position:absolute;width:{WIDTH}px;height:{HEIGHT}px;overflow:hidden;contain:strict}}
.tile *{{box-sizing:border-box}}"""

READ = """() => [...document.querySelectorAll('.tile')].map(tile => {
  const base = tile.getBoundingClientRect(), W = 448, H = 336;
  const rel = r => [r.left - base.left, r.top - base.top, r.right - base.left, r.bottom - base.top].map(v => Math.round(v * 10) / 10);
  const chars = [], elements = [];
  const seen = (x, y, node) => {
    if (x < 0 || y < 0 || x >= W || y >= H) return false;
    const top = document.elementFromPoint(x + base.left, y + base.top);
    return top && (top === node || node.contains(top) || top.contains(node) && top !== tile && top.closest('.tile') === tile && node.closest('[data-e]') === top.closest('[data-e]') || top === node.parentElement);
  };
  const walk = document.createTreeWalker(tile, NodeFilter.SHOW_TEXT), range = document.createRange();
  while (walk.nextNode()) {
    const node = walk.currentNode, text = node.data;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code <= 32 || code > 126) continue;
      range.setStart(node, i); range.setEnd(node, i + 1);
      const r = range.getBoundingClientRect();
      if (!r.width) continue;
      const x = (r.left + r.right) / 2 - base.left, y = (r.top + r.bottom) / 2 - base.top;
      if (seen(x, y, node.parentElement)) chars.push([code, Math.round(x * 10) / 10, Math.round(y * 10) / 10]);
    }
  }
  for (const e of tile.querySelectorAll('[data-e]')) {
    const box = rel(e.getBoundingClientRect());
    const first = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
    let run = null;
    while (first.nextNode()) if (first.currentNode.data.trim() === e.dataset.l) { range.selectNodeContents(first.currentNode); run = range.getBoundingClientRect(); break; }
    if (!run) continue;
    const r = rel(run), x = (r[0] + r[2]) / 2, y = (r[1] + r[3]) / 2;
    const whole = r[0] >= box[0] - 1 && r[2] <= box[2] + 1 && r[0] >= 0 && r[2] <= W && r[3] <= H && seen(x, y, e) && seen(r[0] + 1, y, e) && seen(r[2] - 2, y, e);
    elements.push({kind: e.dataset.e, label: e.dataset.l, state: e.dataset.s || '', box, run: r, whole});
  }
  return {chars, elements};
})"""


def char_grid(chars: list[tuple[int, float, float]], view: View = WIDE) -> np.ndarray:
    """Codes by patch, [rows, columns, 3], in reading order within the patch."""
    rows, columns = view.rows * MERGE, view.columns * MERGE
    grid = np.zeros((rows, columns, 3), np.uint8)
    fill = np.zeros((rows, columns), np.int8)
    for code, x, y in sorted(chars, key=lambda c: (c[2] // PATCH, c[1])):
        r, c = int(y // PATCH), int(x // PATCH)
        if 0 <= r < rows and 0 <= c < columns and fill[r, c] < 3:
            grid[r, c, fill[r, c]] = code
            fill[r, c] += 1
    return grid


def state_grid(elements: list[dict[str, Any]], view: View = WIDE) -> np.ndarray:
    """Bits by patch: 1 clickable, 2 focus, 4 on; [rows, columns]."""
    grid = np.zeros((view.rows * MERGE, view.columns * MERGE), np.uint8)
    for e in elements:
        x0, y0, x1, y1 = (int(v // PATCH) for v in e["box"])
        bits = 1 | (2 if e["state"] == "focus" else 0) | (4 if e["state"] == "on" else 0)
        grid[max(0, y0) : y1 + 1, max(0, x0) : x1 + 1] |= bits
    return grid


def render_shard(folder: Path, first_seed: int, count: int, browser: Any, forms: bool) -> None:
    """Render `count` pages (a multiple of 16) into a shard folder."""
    side = TILES * TILES
    view = browser.new_page(viewport={"width": TILES * WIDTH, "height": TILES * HEIGHT})
    client = view.context.new_cdp_session(view)
    pixels = np.zeros((count, HEIGHT, WIDTH, 3), np.uint8)
    chars = np.zeros((count, ROWS, COLUMNS, 3), np.uint8)
    state = np.zeros((count, ROWS, COLUMNS), np.uint8)
    lines: list[str] = []
    steps: list[dict[str, Any]] = []
    for start in range(0, count, side):
        seeds = range(first_seed + start, first_seed + start + side)
        made = [form(seed) if forms else (page(seed), dict[str, Any]()) for seed in seeds]
        steps += [step for _, step in made]
        tiles = [
            html.replace(
                'style="', f'style="left:{i % TILES * WIDTH}px;top:{i // TILES * HEIGHT}px;', 1
            )
            for i, (html, _) in enumerate(made)
        ]
        view.set_content(f"<style>{STYLE}</style>{''.join(tiles)}")
        found = view.evaluate(READ)
        shot = client.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})
        picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("RGB"))
        for i, tile in enumerate(found):
            y, x = i // TILES * HEIGHT, i % TILES * WIDTH
            pixels[start + i] = picture[y : y + HEIGHT, x : x + WIDTH]
            chars[start + i] = char_grid(tile["chars"])
            state[start + i] = state_grid(tile["elements"])
            lines.append(json.dumps(tile["elements"]))
    view.close()
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "pixels.npy", pixels)
    np.save(folder / "chars.npy", chars)
    np.save(folder / "state.npy", state)
    (folder / "elements.jsonl").write_text("\n".join(lines))
    if forms:
        write_steps(folder, steps, [json.loads(line) for line in lines])


def write_steps(
    folder: Path, steps: list[dict[str, Any]], elements: list[list[dict[str, Any]]]
) -> None:
    """Pair every step with the element it clicks; steps whose target is not in sight are left out."""
    for step, shown in zip(steps, elements, strict=True):
        found = [e for e in shown if e["label"] == step["label"] and e["whole"]]
        step["target"] = found[0] if len(found) == 1 else None
    usable = [i for i, s in enumerate(steps) if s["kind"] != "click" or s["target"]]
    (folder / "steps.jsonl").write_text("\n".join(map(json.dumps, steps)))
    np.save(folder / "usable.npy", np.array(usable))
    (folder / "done").touch()


def main() -> None:
    """`python -m qvl_agent.model.mini.render FOLDER FIRST_SHARD SHARDS [forms]`: 1,024 screens a shard."""
    from playwright.sync_api import sync_playwright

    folder, first, shards = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-background-networking", "--force-color-profile=srgb"],
        )
        for shard in range(first, first + shards):
            target = folder / f"{shard:04d}"
            if not (target / "elements.jsonl").exists():
                render_shard(target, shard * 1024, 1024, browser, "forms" in sys.argv)
        browser.close()


if __name__ == "__main__":
    main()
