"""Demonstrations on MiniWoB++: its scripted oracles at work, on a screen of 448x336 pixels.

`python -m qvl_agent.model.mini.collect_miniwob OUT WORKER WORKERS SECONDS [TASK,TASK…]`: shards as `collect` writes
them, of training seeds. Tasks whose script does more than click, type and press are left out.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from random import Random
from typing import Any

from ...actions.errors import ActionError, EnvError
from ...actions.types import Action, Click, Point, Press, Type
from ...envs.browser import BrowserEnv
from ...tasks.miniwob import TAUGHT, Pages, start
from ...tasks.miniwob.oracles import ORACLES
from ...tasks.miniwob.oracles.sight import Sight
from ...tasks.miniwob.profiles import MINI
from .collect import READ, Writer

CSS = "#wrap a, #wrap button, #wrap label, #wrap input, #wrap textarea, #wrap .alink, #wrap h3, .ui-dialog button"
MOST, LARGE, EPISODES = 16, 20_000, 8
EMPTY: dict[str, Any] = {"label": "", "text": "", "keys": [], "target": None}
Row = tuple[bytes, dict[str, Any], dict[str, Any]]


def label_of(seen: dict[str, Any], at: Point) -> dict[str, Any]:
    """What is clicked, with a box that holds the place itself."""
    there = seen["there"]
    x0, y0, x1, y1 = there["box"]
    if (x1 - x0) * (y1 - y0) < LARGE:
        return there
    return there | {"box": [at.x - 5, at.y - 5, at.x + 5, at.y + 5]}


def step_of(action: Action, seen: dict[str, Any], field: str) -> dict[str, Any] | None:
    """An action as demonstrations keep it; None for one that is not learned."""
    match action:
        case Click(at=at, keys=()) if at is not None:
            target = label_of(seen, at)
            label = target["label"]
            if not label.isascii():
                return None
            return {"kind": "click", "label": label, "target": target, "thought": f"Click {label}."}
        case Type(text=text) if text.isascii() and "\n" not in text:
            return {"kind": "type", "label": field, "text": text, "thought": f"Type into {field}."}
        case Press(keys=keys):
            return {"kind": "press", "keys": list(keys), "thought": f"Press {'+'.join(keys)}."}
        case _:
            return None


class Demonstration:
    """One episode of a task, on the page that is open, as steps that are kept."""

    def __init__(self, env: BrowserEnv, name: str, seed: int) -> None:
        self.env, self.task = env, start(env, name, seed, MINI)
        self.name = name
        self.always = {"goal": self.task.goal, "success": True, "task": name, "seed": seed}
        self.field, self.past, self.rows = "field", list[str](), list[Row]()

    def play(self) -> list[Row]:
        """The steps of an episode that was done; none of one that was not."""
        for action in ORACLES[self.name](Sight(self.env, self.task.utterance)):
            if len(self.rows) == MOST or not self.keep(action):
                return []
            self.env.act(action)
            if self.task.over():
                break
        return self.rows if self.task.check("").done else []

    def keep(self, action: Action) -> bool:
        """The screen as it is now, with what is done on it; False for an action that is not learned."""
        png = self.env.observe().png
        at: Point | None = getattr(action, "at", None)
        factor = self.env.factor
        place = None if at is None else [(at.x + 0.5) / factor, (at.y + 0.5) / factor]
        seen = self.env.ask(READ, {"css": CSS, "factor": factor, "at": place})
        step = step_of(action, seen, self.field)
        if step is None:
            return False
        self.field = step["label"] if step["kind"] == "click" else self.field
        self.rows.append((png, seen, EMPTY | self.always | {"past": list(self.past)} | step))
        self.past.append(step["thought"])
        return True


def main() -> None:
    out, worker, workers, seconds = Path(sys.argv[1]), *map(int, sys.argv[2:5])
    names = sys.argv[5].split(",") if len(sys.argv) > 5 else [n for n in TAUGHT if n in ORACLES]
    out.mkdir(parents=True, exist_ok=True)
    write, rng = Writer(out, worker, workers), Random(time.time() + worker)
    ends = time.time() + seconds
    kept = dict.fromkeys(names, 0)
    env = BrowserEnv(size=MINI.window, scale=MINI.scale)
    with Pages() as pages:
        while time.time() < ends:
            # What gave least so far comes next, so that long tasks do not crowd out short ones.
            name = min(names, key=lambda n: kept[n] + rng.random())
            kept[name] += 1
            try:
                # A page that is begun again is as good as new, and opening it costs most.
                env.reset(pages.url(name))
                for _ in range(EPISODES):
                    for row in Demonstration(env, name, rng.randrange(1_000_000)).play():
                        write.add(*row)
                        kept[name] += 1
            except (ActionError, EnvError, LookupError, ValueError) as error:
                print(f"{name}: {error}", flush=True)  # noqa: T201
            print(f"{len(write.rows)} rows, {write.next} shards, {kept}", flush=True)  # noqa: T201
    if write.rows:
        write.flush()
    env.close()


if __name__ == "__main__":
    main()
