"""How the faults of the table are made, and what a run comes to there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from handset import Handset
from hostile import Answer, Hostile, Oracle, served
from qvl_agent.actions.dialects.registry import by_name
from qvl_agent.actions.errors import ActionError, EnvError, QvlError
from qvl_agent.actions.types import Action, Capabilities, Click, GoTo, Point, Size, Wait
from qvl_agent.agent.episode import Step
from qvl_agent.agent.loop import Limits, run_episode
from qvl_agent.agent.policy import Choice, Policy, VisionPolicy
from qvl_agent.agent.record import FolderRecord
from qvl_agent.envs.base import Env, Observation
from qvl_agent.envs.browser import BrowserEnv
from qvl_agent.envs.desktop.env import DesktopEnv
from qvl_agent.envs.fake import FakeEnv
from qvl_agent.model.base import Model, Reply
from qvl_agent.model.scripted import ScriptedModel
from qvl_agent.model.server import ServerModel

SMALL = Size(320, 240)
STEPS = 3
ANSWERS_IN = 3.0
"""Seconds that a hung page or server is waited for here."""


class Ended(NamedTuple):
    """What a run came to: its outcome, or the error's name, and the cause that is shown."""

    outcome: str
    why: str
    steps: int = 0
    told: str = ""
    """What the model was told, all of it."""


class Doing:
    """A policy that does one thing after the other, and goes on with the last."""

    def __init__(self, *actions: Action) -> None:
        self.actions = actions
        self.asked = 0

    def decide(
        self, goal: str, past: Sequence[Step], now: Observation, can: Capabilities
    ) -> Choice:
        """The next of its actions."""
        action = self.actions[min(self.asked, len(self.actions) - 1)]
        self.asked += 1
        return Choice(Reply(action.model_dump_json()), actions=(action,))

    def foresee(self, png: bytes, size: Size) -> None:
        """It does not look."""


CLICKS = tuple(Click(at=Point(x=40 + n, y=40)) for n in range(9))


@dataclass
class Scene:
    """What the faults share: a site, a browser until it is lost, a phone, a folder."""

    folder: Path
    site: Hostile = field(default_factory=Hostile)
    held: ExitStack = field(default_factory=ExitStack)
    handset: Handset | None = None
    browser: BrowserEnv | None = None

    def at(self, path: str) -> BrowserEnv:
        """The shared browser at a page, as new; another where a fault has worn it out."""
        if self.browser is not None:
            try:
                self.browser.reset(self.site.url + path)
            except (ActionError, EnvError):
                self.drop()
            else:
                return self.browser
        url = self.site.url + path
        self.browser = BrowserEnv(url, size=SMALL, deadline=ANSWERS_IN, cap=0.4)
        return self.browser

    def phone(self) -> Handset:
        """A phone without faults."""
        if self.handset is None:
            self.handset = Handset(Size(360, 640))
        self.handset.reset()
        return self.handset

    def drop(self) -> None:
        """Give the browser up."""
        if self.browser is not None:
            self.browser.close()
            self.browser = None

    def close(self) -> None:
        """End everything."""
        self.drop()
        if self.handset is not None:
            self.handset.reset()
            self.handset.close()
        self.held.close()


Make = Callable[[Scene], Ended]


def ended(
    env: Env, policy: Policy, steps: int = STEPS, seconds: float = 20,
    record: FolderRecord | None = None,
) -> Ended:  # fmt: skip
    """Run it, and say how it ended."""
    try:
        run = run_episode(
            "try", env, policy, limits=Limits(steps=steps, seconds=seconds), record=record
        )
    except QvlError as error:
        return Ended(type(error).__name__, str(error))
    told = " ".join([step.feedback for step in run.steps] + [str(s.look.events) for s in run.steps])
    return Ended(run.outcome or "nothing", run.why, len(run.steps), told)


def in_browser(
    path: str, *actions: Action, steps: int = STEPS, seconds: float = 20,
    harm: Callable[[BrowserEnv], None] | None = None, after: float = 0.0,
) -> Make:  # fmt: skip
    """A page of the site, what is done there, and what is done to the browser meanwhile."""

    def make(scene: Scene) -> Ended:
        env = scene.at(path)
        timer = threading.Timer(after, lambda: harm(env) if harm else None)
        if after:
            timer.start()
        elif harm:
            harm(env)
        found = ended(env, Doing(*(actions or CLICKS)), steps, seconds)
        timer.cancel()
        if found.outcome == "env_lost":
            scene.drop()
        return found

    return make


def goto(path: str) -> Make:
    """A page that is gone to again and again."""

    def make(scene: Scene) -> Ended:
        go = GoTo(url=scene.site.url + path)
        return ended(scene.at("/still"), Doing(go), steps=9, seconds=60)

    return make


def kill(number: signal.Signals) -> Callable[[BrowserEnv], None]:
    """Send the browser a signal."""
    return lambda env: os.kill(env.pid, number)


def kill_renderers(env: BrowserEnv) -> None:
    """End the processes that draw pages."""
    session = env.page.context.new_cdp_session(env.page)
    session.on("Inspector.targetCrashed", lambda: None)
    for pid in descendants(env.pid):
        if b"--type=renderer" in command(pid):
            os.kill(pid, signal.SIGKILL)


def close_tab(env: BrowserEnv) -> None:
    """Close what is in front, as a person would."""
    env.page.close()


def without_driver(scene: Scene) -> Ended:
    """A browser whose driver is killed: in a thread of its own, as a thread has one driver."""
    found: list[Ended] = []

    def run() -> None:
        known = set(descendants(os.getpid()))
        env = BrowserEnv(scene.site.url + "/still", size=SMALL, deadline=ANSWERS_IN)
        new = [p for p in descendants(os.getpid()) if p not in known and p != env.pid]
        for pid in (p for p in new if b"run-driver" in command(p)):
            os.kill(pid, signal.SIGKILL)
        found.append(ended(env, Doing(*CLICKS)))
        env.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(30)
    return found[0] if found else Ended("hangs", "")


def children(pid: int) -> list[int]:
    """Processes that a process started."""
    found: list[int] = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        found += map(int, listed.read_text().split())
    return found


def descendants(pid: int) -> list[int]:
    """Those, and all that they started."""
    own = children(pid)
    return own + [below for child in own for below in descendants(child)]


def command(pid: int) -> bytes:
    """A process's command line; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def asking(answer: Answer) -> Make:
    """A server that answers chats in this way."""

    def make(scene: Scene) -> Ended:
        server = Oracle(answer)
        with served(server):
            model = ServerModel(server.url, deadline=ANSWERS_IN)
            found = thinking(model)(scene)
            model.close()
        return found

    return make


def thinking(model: Model) -> Make:
    """A model that is asked what to do with a form."""
    return lambda scene: ended(FakeEnv(), VisionPolicy(model, by_name("qwen2.5-vl")), steps=9)


def saying(text: object, reason: str = "stop") -> Make:
    """A server whose model says this."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text},
              "finish_reason": reason}  # fmt: skip
    body = json.dumps({"id": "1", "object": "chat.completion", "choices": [choice]})
    return asking(lambda one: one.send(200, body))


def said(text: str) -> Make:
    """A model that says the same each time."""
    return thinking(ScriptedModel(lambda messages: text))


def gone(scene: Scene) -> Ended:
    """A server that ended after it had been found."""
    server = Oracle(lambda one: None)
    with served(server):
        model = ServerModel(server.url, deadline=ANSWERS_IN)
    return thinking(model)(scene)


def on_phone(harm: Callable[[Handset], None], *actions: Action, steps: int = STEPS) -> Make:
    """A phone to which something happens."""

    def make(scene: Scene) -> Ended:
        handset = scene.phone()
        env = handset.usual()
        harm(handset)
        return ended(env, Doing(*(actions or CLICKS)), steps, 60)

    return make


def on_desktop(name: bytes, number: signal.Signals, after: float = 0.0) -> Make:
    """A virtual desktop of which a part gets a signal, before or while something is done."""

    def make(scene: Scene) -> Ended:
        known = set(descendants(os.getpid()))
        env = DesktopEnv(virtual=SMALL, cap=0.4, deadline=5)
        new = [p for p in descendants(os.getpid()) if p not in known and name in command(p)]

        def harm() -> None:
            for pid in new:
                os.kill(pid, number)

        timer = threading.Timer(after, harm)
        timer.start()
        if not after:
            timer.join()
        found = ended(env, Doing(*([Wait(seconds=2)] if after else []), *CLICKS))
        env.close()
        return found

    return make


def without_room(mount: str) -> Make:
    """A whole run from the command line, its record on a file system of its own."""

    def make(scene: Scene) -> Ended:
        folder = scene.folder / "room"
        folder.mkdir(exist_ok=True)
        script = scene.folder / "script.json"
        wait = '{"name": "computer_use", "arguments": {"action": "wait", "time": 0}}'
        script.write_text(json.dumps([f"{'so ' * 9000}<tool_call>\n{wait}\n</tool_call>"] * 30))
        line = f'mount -t tmpfs {mount} && exec "$@"'
        words = ["run", "try", "--url", "about:blank", "--yes", "--model", f"script:{script}"]
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", line.replace("DIR", str(folder)), "sh",
             sys.executable, "-m", "qvl_agent", *words, "--out", str(folder / "run")],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        last = done.stderr.strip().splitlines()[-1]
        assert last.startswith("qvl-agent: ")
        return Ended(f"exit {done.returncode}", last.removeprefix("qvl-agent: "))

    return make


def may_mount() -> bool:
    """Whether this user may mount something where nobody else sees it."""
    tool = shutil.which("unshare")
    return bool(tool) and subprocess.run(["unshare", "-m", "true"], check=False).returncode == 0
