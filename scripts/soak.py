"""Play practice episodes in one process, and measure what stays: memory, files, threads, processes.

    python scripts/soak.py --episodes 1000

The policy reads the right next step off the page, as the demonstrations do; everything else is what
a benchmark runs: the loop, a record of each episode, one browser that is used again. A line per
fifty episodes goes to standard error, the figures to standard output as JSON.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import shutil
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qvl_agent.actions.types import Action, Capabilities, Size
    from qvl_agent.agent.episode import Step
    from qvl_agent.agent.policy import Choice
    from qvl_agent.envs.base import Observation
    from qvl_agent.envs.browser import BrowserEnv
    from qvl_agent.tasks.practice import PracticeTask
    from qvl_agent.tasks.practice.oracle import Move

SETTLED = 50
"""Episodes after which nothing may grow any more."""
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Held:
    """What this process holds now; memory in MiB."""

    own: float
    browser: float
    files: int
    threads: int
    processes: int
    temporary: int


class Knowing:
    """A policy that knows the task from inside."""

    def __init__(self, task: PracticeTask, env: BrowserEnv) -> None:
        self.task, self.env = task, env
        self.last = ""

    def decide(
        self, goal: str, past: Sequence[Step], now: Observation, can: Capabilities
    ) -> Choice:
        """The right next step on this page."""
        from qvl_agent.agent.policy import Choice
        from qvl_agent.model.base import Reply
        from qvl_agent.tasks.practice.oracle import page_state

        move = self.task.oracle(page_state(self.env.page), self.last)
        self.last = move.thought
        return Choice(Reply(move.thought), move.thought, (self.action(move),))

    def action(self, move: Move) -> Action:
        """A step of a demonstration as an action in pixels."""
        from qvl_agent.actions.types import Click, Finish, Point, Press, Type

        if move.kind == "type":
            return Type(text=move.text)
        if move.kind == "press":
            return Press(keys=move.keys)
        if move.kind == "finish":
            return Finish(success=True)
        box = self.env.page.locator(f"#{move.target}").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        return Click(at=Point(x=int(x), y=int(y)))

    def foresee(self, png: bytes, size: Size) -> None:
        """It does not look."""


def memory(pid: int) -> float:
    """Resident memory of a process in MiB; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 2**20
    except OSError:
        return 0.0


def descendants(pid: int) -> list[int]:
    """Processes that a process started, and all that those started."""
    own: list[int] = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            own += map(int, listed.read_text().split())
        except OSError:
            continue
    return own + [below for child in own for below in descendants(child)]


def held(folder: Path) -> Held:
    """What is held now."""
    gc.collect()
    below = descendants(os.getpid())
    return Held(
        own=round(memory(os.getpid()), 1),
        browser=round(sum(map(memory, below)), 1),
        files=len(list(Path("/proc/self/fd").iterdir())) - 1,
        threads=threading.active_count(),
        processes=len(below),
        temporary=len(list(folder.iterdir())),
    )


def play(episodes: int, every: int, folder: Path, records: Path) -> dict[str, Any]:
    """All episodes; what was held before, on the way and afterwards."""
    from qvl_agent.actions.types import Size
    from qvl_agent.envs.browser import BrowserEnv
    from qvl_agent.tasks.practice import KINDS, Site

    outcomes, kinds = Counter[str](), list(KINDS)
    _warm()
    before, on_the_way = held(folder), dict[int, Held]()
    with Site() as site:
        env = BrowserEnv(site.task(kinds[0], 0).start_url, size=Size(448, 336))
        try:
            for number in range(episodes):
                task = site.task(kinds[number % len(kinds)], number)
                outcomes[_episode(task, env, records)] += 1
                site.release(task)
                if (number + 1) % every == 0:
                    on_the_way[number + 1] = now = held(folder)
                    print(f"{number + 1:5} {now} {dict(outcomes)}", file=sys.stderr, flush=True)
        finally:
            env.close()
    after = held(folder)
    return {
        "episodes": episodes, "outcomes": dict(outcomes), "before": asdict(before),
        "after": asdict(after), "on_the_way": {n: asdict(now) for n, now in on_the_way.items()},
    }  # fmt: skip


def _warm() -> None:
    """A browser that comes and goes: what it loads stays loaded, and is not counted as a leak."""
    from qvl_agent.envs.browser import BrowserEnv

    BrowserEnv("about:blank").close()


def _episode(task: PracticeTask, env: BrowserEnv, records: Path) -> str:
    from qvl_agent.agent.loop import Limits, run_episode
    from qvl_agent.agent.record import FolderRecord, Header

    env.reset(task.start_url)
    folder = records / "run"
    episode = run_episode(
        task.goal, env, Knowing(task, env), limits=Limits(steps=40),
        record=FolderRecord(folder, Header(goal=task.goal)), check=task.check,
    )  # fmt: skip
    shutil.rmtree(folder)
    return str(episode.outcome)


def growth(found: dict[str, Any]) -> dict[str, float]:
    """How much memory grew from the fiftieth episode to the last, in percent."""
    looks = {int(n): now for n, now in found["on_the_way"].items()}
    if len(looks) < 2:
        return {}
    first, last = looks[min(n for n in looks if n >= min(SETTLED, max(looks)))], looks[max(looks)]
    return {part: round(100 * (last[part] / first[part] - 1), 2) for part in ("own", "browser")}


def main(words: list[str]) -> int:
    """Read the options, play, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--episodes", type=int, default=1000)
    parser.add_argument("--every", type=int, default=50)
    args = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder, records = Path(name) / "tmp", Path(name) / "records"
        folder.mkdir()
        records.mkdir()
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
        found = play(args.episodes, args.every, folder, records)
    print(json.dumps({**found, "growth": growth(found)}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
