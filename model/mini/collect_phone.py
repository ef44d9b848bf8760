"""Demonstrations on the virtual phone: its tasks, touch by touch, on a screen of 336x448 pixels.

`python -m qvl_agent.model.mini.collect_phone OUT WORKER WORKERS SECONDS`: shards as `collect` writes them.
The screen is used without adb, which adds nothing to see.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from random import Random
from typing import Any

from ...actions.types import Action, Back, Click, Drag, OpenApp, Point, Scroll, Type
from ...envs.virtual_phone.screen import Screen
from ...tasks import phone as tasks
from ...tasks.phone_oracle import actions, middle
from . import tokens as t
from . import words
from .collect import READ, Writer
from .shape import TALL

CSS = "#app button, #over button, #app input, #app textarea, #app div.row"
MOST, STROKE_TAKES = 24, 0.5
EMPTY: dict[str, Any] = {"label": "", "text": "", "keys": [], "target": None}


def touch(screen: Screen, action: Action) -> None:
    """Do on the screen what an action means; ValueError for one that is not taught."""
    match action:
        case OpenApp(name=name):
            screen.call("open", name.lower())
        case Click(at=at) if at is not None:
            screen.touch([(at.x, at.y)])
        case Type(text=text):
            screen.insert(text)
        case Back():
            screen.call("back")
        case Scroll():
            screen.touch(t.STROKE, STROKE_TAKES)
        case Drag(start=start, end=end) if start is not None:
            screen.touch([(start.x, start.y), (end.x, end.y)], STROKE_TAKES)
        case _:
            raise ValueError(action)


def wanted(rng: Random, state: tasks.State) -> tasks.Want:
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


def found(seen: dict[str, Any]) -> list[dict[str, Any]]:
    """What the page's script has read, as the oracle looks at it: once for each of a thing's words."""
    return [
        {"text": text, "description": e["name"], "kind": "input" if e["kind"] == "field" else "row",
         "bounds": e["box"], "clickable": True, "free": e["free"], "focused": e["state"] == "focus"}
        for e in seen["elements"] for text in (run["text"] for run in e["runs"])
    ]  # fmt: skip


def tapped(seen: dict[str, Any], at: Point) -> dict[str, Any]:
    """The element that a tap is meant for."""
    return next(e for e in reversed(seen["elements"]) if e["free"] and middle(e["box"]) == at)


class Demonstration:
    """One task, as steps that are kept."""

    def __init__(self, screen: Screen, rng: Random) -> None:
        state = tasks.data(rng)
        want = wanted(rng, state)
        screen.seed(state)
        self.screen, self.goal = screen, worded(rng, want.goal)
        self.task = tasks.PhoneTask("phone", want.goal, want, screen, screen.state())
        self.seen: dict[str, Any] = {}
        self.field, self.past = "", list[str]()
        self.rows: list[tuple[bytes, dict[str, Any], dict[str, Any]]] = []

    def play(self) -> str:
        """Why it was not done, or nothing; what was done is in `rows`."""
        try:
            for step in self.task.want.steps:
                for action in actions(step, self.look, TALL.size):
                    self.keep(**self.step_of(action))
                    touch(self.screen, action)
        except LookupError as error:
            return f"{self.goal}: {error}"
        verdict = self.task.check("")
        self.keep(kind="finish", thought="Done.")
        return "" if verdict.done and len(self.rows) <= MOST else f"{self.goal}: {verdict.why}"

    def look(self) -> list[dict[str, Any]]:
        self.seen = self.screen.ask(READ, {"css": CSS})
        return found(self.seen)

    def step_of(self, action: Action) -> dict[str, Any]:
        """An action as demonstrations keep it."""
        match action:
            case OpenApp(name=name):
                return {"kind": "open", "thought": f"Open {name}.", "text": name}
            case Click(at=at) if at is not None:
                target = tapped(self.seen, at)
                self.field = label = target["label"]
                return {
                    "kind": "click",
                    "thought": f"Click {label}.",
                    "label": label,
                    "target": target,
                }
            case Type(text=text):
                thought = f"Type into {self.field}."
                return {"kind": "type", "thought": thought, "text": text, "label": self.field}
            case Back():
                return {"kind": "back", "thought": "Go back."}
            case _:
                return {"kind": "scroll", "thought": "Scroll down."}

    def keep(self, **step: Any) -> None:
        """The screen as it is now, with what should be done on it."""
        self.look()
        kept = {
            "goal": self.goal,
            "past": list(self.past),
            "success": True,
            "task": "phone",
            "seed": 0,
        }
        self.rows.append((self.screen.png(), self.seen, EMPTY | kept | step))
        self.past.append(step["thought"])


def main() -> None:
    out, worker, workers, seconds = Path(sys.argv[1]), *map(int, sys.argv[2:5])
    out.mkdir(parents=True, exist_ok=True)
    write, rng = Writer(out, worker, workers, TALL), Random(time.time() + worker)
    screen, ends, played, failed = Screen(TALL.size, {}), time.time() + seconds, 0, 0
    while time.time() < ends:
        shown = Demonstration(screen, rng)
        why = shown.play()
        played, failed = played + 1, failed + bool(why)
        for row in [] if why else shown.rows:
            write.add(*row)
        if why:
            print(why, flush=True)  # noqa: T201
        if played % 20 == 0:
            print(f"{played} played, {failed} failed, {write.next} shards, {len(write.rows)} rows", flush=True)  # noqa: T201  # fmt: skip
    screen.close()


if __name__ == "__main__":
    main()
