"""Demonstrations on the virtual phone: its tasks, touch by touch, on a screen of 336x448 pixels.

`python -m qvl_agent.model.mini.collect_phone OUT WORKER WORKERS SECONDS`: shards as `collect` writes them. A wrong tap
is played now and then; what is taught is the way back. The screen is used without adb, which adds nothing to see.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from random import Random
from typing import Any

from ...actions.types import Size
from ...envs.virtual_phone.screen import Screen
from ...tasks import phone as tasks
from . import words
from .collect import READ, Writer
from .shape import TALL

CSS = "#app button, #over button, #app input, #app textarea, #app div.row"
MOST = 24


class Handset:
    """A phone whose data can be set and read, without adb."""

    def __init__(self) -> None:
        self.screen = Screen(Size(TALL.width, TALL.height), {})

    def state(self) -> Any:
        return self.screen.call("read")

    def seed(self, data: dict[str, object]) -> None:
        self.screen.call("start", data)


def want(rng: Random, state: tasks.State) -> tasks.Want:
    """A task: most as they are drawn for a score, some with words, times and numbers of all kinds."""
    name, text = words.label(rng), words.label(rng)
    known = rng.choice(state["contacts"])["name"]
    wide = (
        lambda: tasks.alarm(state, rng.randrange(24), rng.randrange(60)),
        lambda: tasks.contact(state, name, words.number(rng)),
        lambda: tasks.message(state, text, known),
        lambda: tasks.note(state, name, text),
        lambda: tasks.timer(state, rng.randint(1, 60)),
        lambda: tasks.rename(state, name),
    )
    if rng.random() < 0.35:
        return rng.choice(wide)()
    return tasks.KINDS[rng.choice(list(tasks.KINDS))](state, rng)


def worded(rng: Random, goal: str) -> str:
    """The goal as people type it."""
    goal = goal[0].lower() + goal[1:] if rng.random() < 0.4 else goal
    return rng.choice(("", "", "", "Please ")) + goal + rng.choice(("", "", "."))


def fitting(seen: dict[str, Any], name: str, typed: bool) -> dict[str, Any] | None:
    """The element that a step means, if it is in view."""
    for e in reversed(seen["elements"]):
        fits = name == e["name"] or name in [run["text"] for run in e["runs"]]
        if fits and e["free"] and (e["kind"] == "field") == typed:
            return e
    return None


class Episode:
    """One task, as steps that are kept."""

    def __init__(self, phone: Handset, rng: Random, write: Writer) -> None:
        self.phone, self.rng, self.write = phone, rng, write
        state = tasks.data(rng)
        self.want = want(rng, state)
        phone.seed(state)
        self.task = tasks.PhoneTask("phone", self.want.goal, self.want, phone, phone.state())
        self.goal, self.past = worded(rng, self.want.goal), list[str]()
        self.rows: list[tuple[bytes, dict[str, Any], dict[str, Any]]] = []

    def look(self) -> dict[str, Any]:
        return self.phone.screen.ask(READ, {"css": CSS})

    def keep(self, kind: str, thought: str, **more: Any) -> None:
        """The screen as it is now, with what should be done on it."""
        step = {"goal": self.goal, "past": list(self.past), "kind": kind, "thought": thought, "label": "",
                "text": "", "keys": [], "success": True, "task": "phone", "seed": 0, "target": None}  # fmt: skip
        self.rows.append((self.phone.screen.png(), self.look(), step | more))
        self.past.append(thought)

    def play(self) -> str:
        """Why it was not done, or nothing; what was done is written."""
        for step in self.want.steps:
            if wrong := self.step(step):
                return wrong
            if len(self.rows) > MOST:
                return "too long"
        if not (verdict := self.task.check("")).done:
            return f"{self.goal}: {verdict.why}"
        self.keep("finish", "Done.")
        for png, seen, step in self.rows:
            self.write.add(png, seen, step)
        return ""

    def step(self, step: tasks.Step) -> str:
        match step:
            case ("open", name):
                self.keep("open", f"Open {name}.", text=name)
                self.phone.screen.call("open", name.lower())
            case ("tap", name):
                return self.tap(name)
            case ("fill", name, text):
                if wrong := self.tap(name, typed=True):
                    return wrong
                self.keep("type", f"Type into {self.label}.", text=text, label=self.label)
                self.phone.screen.insert(text)
            case _:
                raise ValueError(step)
        return ""

    def tap(self, name: str, typed: bool = False) -> str:
        for _ in range(6):
            found = fitting(self.look(), name, typed)
            if found:
                self.label = found["label"]
                self.keep("click", f"Click {self.label}.", label=self.label, target=found)
                x0, y0, x1, y1 = found["box"]
                self.phone.screen.touch([((x0 + x1) / 2, (y0 + y1) / 2)])
                return ""
            if self.phone.screen.call("front")["keyboard"]:
                self.keep("back", "Go back.")
                self.phone.screen.call("back")
                continue
            self.keep("scroll", "Scroll down.")
            x, high, low = TALL.width / 2, TALL.height * 3 / 4, TALL.height / 4
            self.phone.screen.touch([(x, high), (x, low)], 0.5)
            self.phone.screen.ask("() => new Promise(ok => setTimeout(ok, 250))")
        return f"{self.goal}: no {name}"


def main() -> None:
    out, worker, workers, seconds = Path(sys.argv[1]), *map(int, sys.argv[2:5])
    out.mkdir(parents=True, exist_ok=True)
    write, rng = Writer(out, worker, workers, TALL), Random(time.time() + worker)
    phone, ends, played, failed = Handset(), time.time() + seconds, 0, 0
    while time.time() < ends:
        why = Episode(phone, rng, write).play()
        played, failed = played + 1, failed + bool(why)
        if why:
            print(why, flush=True)  # noqa: T201
        if played % 20 == 0:
            print(f"{played} played, {failed} failed, {write.next} shards, {len(write.rows)} rows", flush=True)  # noqa: T201  # fmt: skip
    phone.screen.close()


if __name__ == "__main__":
    main()
