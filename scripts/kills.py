"""Kill or interrupt real runs at random instants, and say what became of each.

    python scripts/kills.py --kills 300 --env browser          kill -9, look at the record, go on
    python scripts/kills.py --kills 300 --env virtual-phone    the same on a phone
    python scripts/kills.py --kills 100 --how interrupt        Ctrl-C: exit 17, nothing left

A quarter of the instants is drawn from the start of the process, the others from the birth of the
record. Each run is a process of its own, forked from one that has loaded everything.
What was done is counted where it was done: by the page's own server, by the phone, by the X server.
A line per run goes to standard error, the counts to standard output; exit 1 when one is not right.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import multiprocessing
import os
import signal
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from places import PLACES, Place

PRELOAD = [
    "qvl_agent.agent.cli.run", "qvl_agent.agent.cli.resume", "qvl_agent.agent.cli.live",
    "qvl_agent.agent.loop", "qvl_agent.agent.report", "qvl_agent.agent.record", "rich.status",
    "qvl_agent.envs.browser", "qvl_agent.envs.android.env", "qvl_agent.envs.desktop.env",
    "qvl_agent.model.scripted", "qvl_agent.actions.dialects.registry", "playwright.sync_api",
]  # fmt: skip
MARK = "QVL_AGENT_TEST"
UNASKED = ("--yes", "--allow", "send")
GONE_WITHIN = 15.0
ENDED_WITHIN = 40.0


class Fate(NamedTuple):
    """What became of one run."""

    what: str
    """`resumed`, `not begun`, `over`, `stopped`; anything else is a fault."""
    wrong: str = ""
    acts: int = 0
    """What was seen to be done before its end."""


def call(mark: str, words: list[str], environment: dict[str, str], told: str, ready: Any) -> None:
    """One command of the command line, in a process of its own."""
    from qvl_agent.agent.cli import main

    os.setsid()
    os.environ.update(environment, **{MARK: mark})
    with Path(told).open("w") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    faulthandler.register(signal.SIGUSR1)
    ready.set()
    sys.exit(main(words))


class Range:
    """Where runs are started and ended: a folder, a place, and the process they are forked from."""

    def __init__(self, folder: Path, place: Place) -> None:
        self.folder, self.place = folder, place
        self.start = multiprocessing.get_context("forkserver")
        self.start.set_forkserver_preload(PRELOAD)
        self.long = self.script("long", [*place.replies * 40])
        self.short = self.script("short", [place.done])

    def script(self, name: str, replies: list[str]) -> str:
        """A --model that says this."""
        file = self.folder / f"{name}.json"
        file.write_text(json.dumps(replies))
        return f"script:{file}"

    def begin(self, words: list[str], log: Path) -> tuple[Any, str]:
        """Start a command; returns its process, once it has begun, and its mark."""
        mark, ready = uuid.uuid4().hex, self.start.Event()
        process = self.start.Process(
            target=call, args=(mark, words, self.place.environment, str(log), ready)
        )
        process.start()
        ready.wait(ENDED_WITHIN)
        return process, mark

    def run(self, number: int, after: float, how: signal.Signals) -> Fate:
        """One run and its end after some seconds."""
        folder, log = self.folder / f"run-{number}", self.folder / f"log-{number}"
        self.place.reset()
        # The page counts what is done to it by sending it home.
        words = ["run", "try", *self.place.words, *UNASKED, "--model", self.long]
        process, mark = self.begin([*words, "--max-steps", "500", "--out", str(folder)], log)
        if number % 4:
            wait_for(folder / "run.jsonl", process)
        time.sleep(after)
        over = not process.is_alive()
        os.kill(process.pid, how) if not over else None
        process.join(ENDED_WITHIN)
        code = process.exitcode
        if code is None:
            os.kill(process.pid, signal.SIGUSR1)
            process.join(1)
            process.kill()
            return Fate("hangs", log.read_text()[-3000:])
        if left := until_gone(mark):
            return Fate("orphans", f"{left} processes stayed")
        if over:
            return Fate("ended by itself", log.read_text()[-300:])
        if how == signal.SIGINT:
            return self.interrupted(folder, log, code)
        return self.killed(folder, number)

    def interrupted(self, folder: Path, log: Path, code: int) -> Fate:
        """Exit 17, a record that says so, and nothing held down."""
        from qvl_agent.agent.record import load

        acts = self.place.acts()
        if code != 17:
            return Fate(f"exit {code}", log.read_text()[-600:], acts)
        if held := self.place.held():
            return Fate("held down", held, acts)
        if (folder / "run.jsonl").is_file():
            run = load(folder)
            if run.episode.outcome not in ("stopped", None):
                return Fate(str(run.episode.outcome), run.episode.why, acts)
        return Fate("stopped", "", acts)

    def killed(self, folder: Path, number: int) -> Fate:
        """A record that loads, holds all that was done, and is gone on with."""
        from qvl_agent.actions.errors import UserError
        from qvl_agent.agent.record import load

        acts = self.place.acts()
        try:
            run = load(folder)
        except UserError as error:
            begun = acts or not str(error).endswith(("run.jsonl", "before it began"))
            return Fate(
                "does not load" if begun else "not begun", str(error) if begun else "", acts
            )
        steps = run.episode.steps
        meant = sum(self.place.counts(action) for step in steps for action in step.actions)
        kept = sum(self.place.counts(deed.action) for step in steps for deed in step.deeds)
        if not kept <= acts <= meant and not self.place.lossy or acts > meant:
            return Fate("acts are missing", f"{meant} meant, {acts} done, {kept} kept", acts)
        return self.resumed(folder, number, len(steps), acts)

    def resumed(self, folder: Path, number: int, steps: int, acts: int) -> Fate:
        """Go on with it, and see that nothing of it was lost."""
        from qvl_agent.agent.record import load

        log = self.folder / f"resume-{number}"
        words = ["resume", str(folder), *self.place.going_on, *UNASKED, "--model", self.short]
        process, mark = self.begin(words, log)
        process.join(ENDED_WITHIN)
        said = log.read_text()
        until_gone(mark)
        if process.exitcode == 2 and said.strip().splitlines()[-1].startswith("qvl-agent: "):
            return Fate("said why not", "", acts)
        after = load(folder).episode
        if process.exitcode != 10 or after.outcome != "claimed" or len(after.steps) < steps:
            return Fate("not resumed", f"exit {process.exitcode}: {said[-600:]}", acts)
        return Fate("resumed", "", acts)


def wait_for(journal: Path, process: Any) -> None:
    """Until a run has begun its record: else most instants would fall into its start."""
    until = time.monotonic() + ENDED_WITHIN
    while not journal.exists() and process.is_alive() and time.monotonic() < until:
        time.sleep(0.01)


def until_gone(mark: str) -> int:
    """Wait for the processes that a run has started; how many are left."""
    until = time.monotonic() + GONE_WITHIN
    while left := marked(mark):
        if time.monotonic() > until:
            return len(left)
        time.sleep(0.05)
    return 0


def marked(mark: str) -> list[int]:
    """Processes that inherited a mark."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found


def left_over(folder: Path) -> list[str]:
    """What runs left where temporary files go; the pipes of this process's own helpers aside."""
    return sorted(p.name for p in folder.iterdir() if not p.name.startswith("pymp-"))


def play(args: argparse.Namespace, folder: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """All runs; the counts."""
    from qvl_agent.envs.leftovers import sweep

    draw, fates, acts, wrong = Random(args.seed), Counter[str](), 0, list[str]()
    how = signal.SIGKILL if args.how == "kill" else signal.SIGINT
    temporary = folder / "tmp"
    temporary.mkdir()
    place = PLACES[args.env]()
    before = set(left_over(temporary))
    place.environment["TMPDIR"] = str(temporary)
    ground = Range(folder, place)
    try:
        for number in range(args.kills):
            after = draw.uniform(0, args.within)
            fate = ground.run(number, after, how)
            fates[fate.what] += 1
            acts += fate.acts
            wrong += [fate.wrong] if fate.wrong else []
            say(f"{number:4} after {after:4.1f} s: {fate.what}, {fate.acts} acts {fate.wrong}")
    finally:
        place.close()
    tempfile.tempdir = str(temporary)
    sweep()  # What the last run left is removed by the next one to start, which is this.
    tempfile.tempdir = None
    left = sorted(set(left_over(temporary)) - before)
    return {"runs": args.kills, "fates": dict(fates), "acts": acts, "wrong": wrong, "left": left}


def main(words: list[str]) -> int:
    """Read the options, play, print the counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--env", choices=sorted(PLACES), default="browser")
    parser.add_argument("--how", choices=["kill", "interrupt"], default="kill")
    parser.add_argument("--within", type=float, default=5.0, help="seconds, drawn evenly from 0")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        found = play(args, Path(folder), lambda line: print(line, file=sys.stderr, flush=True))
    print(json.dumps(found))
    return 1 if found["wrong"] or found["left"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
