"""Demonstrations from the model's own mistakes: it plays, and the oracle says what would have been right.

`python -m qvl_agent.model.mini.rehearse CHECKPOINT OUT WORKER WORKERS SECONDS [SHARE]`: the real loop on the
practice site; at each step the oracle's answer is kept, and the model's own is carried out in `SHARE` of them.
What a demonstration never shows, a field typed into twice say, is in the screens that the model gets itself into.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from ...actions.dialects.registry import by_name
from ...actions.errors import BadReply
from ...actions.messages import Image, Message, Sampling
from ...actions.types import Finish
from ...agent.loop import Limits, run_episode
from ...agent.policy import VisionPolicy
from ...envs.browser import BrowserEnv
from ...tasks.practice import KINDS, Site
from ...tasks.practice.oracle import Move, page_state
from ...tasks.practice.server import PracticeTask
from ..base import Reply
from ..local import LocalModel
from . import tokens as t
from .collect import READ, Writer, target_of
from .demos import answer
from .shape import WIDE

PAST = "\n\nPrevious actions:\n"
GOAL = "Instruction: "


class Rehearsal:
    """A model whose every reply is compared with what the oracle would do; one task at a time."""

    name = "qvl-mini in rehearsal"

    def __init__(self, model: LocalModel, env: BrowserEnv, write: Writer, share: float) -> None:
        self.model, self.env, self.write, self.share = model, env, write, share
        self.dialect = by_name("qvl-mini")
        self.rng = Random(time.time())
        self.task: PracticeTask | None = None
        self.kept: list[tuple[bytes, dict[str, Any], dict[str, Any]]] = []
        self.spoiled = 0
        """How many steps were kept when the model last did what may not be mended."""
        self.agreed = self.asked = 0

    def begin(self, task: PracticeTask) -> None:
        """A new task; what is kept of it waits for its verdict."""
        self.task, self.kept, self.spoiled = task, [], 0

    def end(self) -> None:
        """Keep every step of a task that was done; of a spoiled one those before it was spoiled."""
        assert self.task is not None
        sound = self.task.check("").done
        for png, seen, step in self.kept if sound else self.kept[: self.spoiled]:
            self.write.add(png, seen, step)

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        """The model's own reply or the oracle's."""
        assert self.task is not None
        page = self.env.tabs.front
        seen = page.evaluate(READ)
        shown = next(m for m in reversed(messages) if any(isinstance(p, Image) for p in m.parts))
        past = told(shown)[1]
        try:
            move = self.task.oracle(page_state(page), past[-1] if past else "")
        except LookupError:
            return Reply(t.CALLS["browser"].failed)
        target = target_of(seen, move.target, move.label) if move.kind == "click" else None
        if move.kind == "click" and target is None:
            return Reply(t.CALLS["browser"].failed)
        image = next(p for p in shown.parts if isinstance(p, Image))
        step = record(self.task, shown, move) | {"target": target}
        self.kept.append((image.png, seen, step))
        right = "".join(part.text for part in answer(step)).removesuffix("<|im_end|>")
        if self.rng.random() > self.share:
            return Reply(right)
        reply = self.model.generate(messages, sampling)
        return reply if self.allowed(reply.text, right, image) else Reply(right)

    def allowed(self, text: str, right: str, image: Image) -> bool:
        """Whether the model's reply may be played: it can be read, and does not end the task too soon."""
        self.asked += 1
        try:
            _, actions = self.dialect.parse(text, image, t.CAN["browser"])
        except BadReply:
            return False
        if text.strip() == right.strip():
            self.agreed += 1
        elif not self.spoiled:
            self.spoiled = len(self.kept)
        return not any(isinstance(action, Finish) for action in actions)

    def close(self) -> None:
        self.model.close()


def told(shown: Message) -> tuple[str, list[str]]:
    """Goal and past steps as the model was told them."""
    goal, _, past = "".join(p for p in shown.parts if isinstance(p, str)).partition(PAST)
    lines = [line.split(": ", 1)[1] for line in past.splitlines() if line.startswith("Step ")]
    return goal.split(GOAL, 1)[1], lines


def record(task: PracticeTask, shown: Message, move: Move) -> dict[str, Any]:
    """The step as demonstrations keep it: goal and past as the model was told them."""
    goal, past = told(shown)
    return {
        "goal": goal, "past": past,
        "kind": move.kind, "label": move.label, "text": move.text, "keys": list(move.keys),
        "thought": move.thought, "success": move.thought == "Done.", "task": task.kind, "seed": task.seed,
    }  # fmt: skip


def main() -> None:
    checkpoint, out, worker, workers, seconds = sys.argv[1], Path(sys.argv[2]), *sys.argv[3:6]
    share = float(sys.argv[6]) if len(sys.argv) > 6 else 0.8
    kinds = sys.argv[7].split(",") if len(sys.argv) > 7 else list(KINDS)
    out.mkdir(parents=True, exist_ok=True)
    ends, played, rng = time.time() + float(seconds), 0, Random(time.time())
    env = BrowserEnv(size=WIDE.size)
    model = Rehearsal(LocalModel(checkpoint), env, Writer(out, int(worker), int(workers)), share)
    with Site() as site:
        while time.time() < ends:
            task = site.task(rng.choice(kinds), rng.randrange(1_000_000))
            env.reset(task.start_url)
            model.begin(task)
            run_episode(
                task.goal,
                env,
                VisionPolicy(model, model.dialect),
                limits=Limits(28, 60.0),
                check=task.check,
            )
            model.end()
            site.release(task)
            played += 1
            if played % 10 == 0:
                print(f"{played} played, {model.agreed} of {model.asked} agreed, {len(model.write.rows)} rows", flush=True)  # noqa: T201  # fmt: skip
    if model.write.rows:
        model.write.flush()
    env.close()
    model.close()


if __name__ == "__main__":
    main()
