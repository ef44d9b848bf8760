"""Demonstrations: the practice oracles at work in a real browser, screen by screen, mistakes included.

`python -m qvl_agent.model.mini.collect OUT WORKER WORKERS SECONDS [KIND,KIND…]` writes shards of 512 steps until
the time is over. A wrong click is played now and then and kept in the past, never taught; what is taught is
the step that repairs it.
"""

from __future__ import annotations

import base64
import io
import json
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PIL import Image

from ...tasks.practice import KINDS, Site
from ...tasks.practice.oracle import page_state
from .pages import HEIGHT, WIDTH
from .render import char_grid, state_grid
from .shape import WIDE, View

READ = (Path(__file__).parent / "live.js").read_text()
SHARD = 512
MOST = 30


class Writer:
    """Collects steps and writes a shard whenever one is full."""

    def __init__(self, out: Path, worker: int, workers: int, view: View = WIDE) -> None:
        self.out, self.next, self.by, self.view = out, worker, workers, view
        while (self.out / f"{self.next:04d}").exists():
            self.next += self.by
        self.rows: list[tuple[np.ndarray, np.ndarray, np.ndarray, list[Any], dict[str, Any]]] = []

    def add(self, png: bytes, seen: dict[str, Any], step: dict[str, Any]) -> None:
        pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
        elements = seen["elements"]
        chars, state = char_grid(seen["chars"], self.view), state_grid(elements, self.view)
        self.rows.append((pixels, chars, state, elements, step))
        if len(self.rows) == SHARD:
            self.flush()

    def flush(self) -> None:
        folder = self.out / f"{self.next:04d}"
        folder.mkdir(parents=True)
        pixels, chars, state, elements, steps = zip(*self.rows, strict=True)
        np.save(folder / "pixels.npy", np.stack(pixels))
        np.save(folder / "chars.npy", np.stack(chars))
        np.save(folder / "state.npy", np.stack(state))
        np.save(folder / "usable.npy", np.arange(len(steps)))
        (folder / "elements.jsonl").write_text("\n".join(map(json.dumps, elements)))
        (folder / "steps.jsonl").write_text("\n".join(map(json.dumps, steps)))
        (folder / "done").touch()
        self.rows, self.next = [], self.next + self.by


def target_of(seen: dict[str, Any], element_id: str, label: str) -> dict[str, Any] | None:
    """The element a click is meant for, with the box of the words that name it."""
    for e in seen["elements"]:
        if e["id"] == element_id:
            runs = [r for r in e["runs"] if r["text"] == label] or [
                r for r in e["runs"] if label in r["text"]
            ]
            return e | {"run": runs[0]["box"]} if runs else None
    return None


def middle(box: list[float]) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def capture(client: Any) -> bytes:
    shot = client.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})
    return base64.b64decode(shot["data"])


def carry_out(page: Any, move: Any, target: dict[str, Any] | None) -> None:
    match move.kind:
        case "click":
            assert target is not None
            # Everything but a field posts a form, so the next screen is a new document.
            leaves = page.expect_navigation() if target["kind"] != "field" else nullcontext()
            with leaves:
                page.mouse.click(*middle(target["box"]))
        case "type":
            page.keyboard.type(move.text)
        case "press":
            page.keyboard.press("+".join("Control" if k == "ctrl" else k for k in move.keys))
        case _:
            raise ValueError(move.kind)


def mistake(rng: Random, page: Any, seen: dict[str, Any]) -> str:
    """Click something that does no lasting harm: a field, or a link that leads elsewhere."""
    harmless = [e for e in seen["elements"] if e["kind"] == "field"]
    if not harmless:
        return ""
    e = rng.choice(harmless)
    page.mouse.click(*middle(e["box"]))
    return f"Click {e['label']}."


def episode(site: Site, page: Any, client: Any, kind: str, seed: int, write: Writer) -> str:
    """Play one task; returns why it was not verified, or nothing."""
    rng = Random(f"demo-{kind}-{seed}")
    task = site.task(kind, seed)
    clumsy = rng.random() < 0.35
    try:
        page.goto(task.start_url)
        past: list[str] = []
        for _ in range(MOST):
            seen = page.evaluate(READ)
            if clumsy and rng.random() < 0.12 and (wrong := mistake(rng, page, seen)):
                past.append(wrong)
                continue
            move = task.oracle(page_state(page), past[-1] if past else "")
            step = {
                "goal": task.goal,
                "past": list(past),
                "kind": move.kind,
                "label": move.label,
                "text": move.text,
                "keys": list(move.keys),
                "thought": move.thought,
                "success": move.thought == "Done.",
                "task": kind,
                "seed": seed,
            }
            target = target_of(seen, move.target, move.label) if move.kind == "click" else None
            if move.kind == "click" and target is None:
                return f"{kind} {seed}: no text {move.label!r} in {move.target!r}"
            write.add(capture(client), seen, step | {"target": target})
            if move.kind == "finish":
                verdict = task.check("")
                return "" if verdict.done else f"{kind} {seed}: {verdict.why}"
            carry_out(page, move, target)
            past.append(move.thought)
        return f"{kind} {seed}: too long"
    finally:
        site.release(task)


def main() -> None:
    from playwright.sync_api import sync_playwright

    out, worker, workers, seconds = (
        Path(sys.argv[1]),
        int(sys.argv[2]),
        int(sys.argv[3]),
        float(sys.argv[4]),
    )
    kinds = sys.argv[5].split(",") if len(sys.argv) > 5 else list(KINDS)
    out.mkdir(parents=True, exist_ok=True)
    write, rng = Writer(out, worker, workers), Random(time.time())
    ends, played, failed = time.time() + seconds, 0, 0
    with Site() as site, sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-background-networking"],
        )
        while time.time() < ends:
            context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
            page = context.new_page()
            client = context.new_cdp_session(page)
            for _ in range(20):
                kind = rng.choice(kinds)
                why = episode(site, page, client, kind, rng.randrange(1_000_000), write)
                played, failed = played + 1, failed + bool(why)
                if why:
                    print(why, flush=True)  # noqa: T201
            print(
                f"{played} played, {failed} failed, {write.next} shards, {len(write.rows)} rows",
                flush=True,
            )  # noqa: T201
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
