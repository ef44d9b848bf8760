"""Whoever must be asked is asked before the environment acts, for every action, everywhere."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator
from importlib.util import find_spec
from pathlib import Path

import pytest

from faulty import SMALL, Doing
from handset import Handset
from qvl_agent.actions.types import (
    KINDS,
    Action,
    Answer,
    AskUser,
    Back,
    Capabilities,
    Click,
    Drag,
    Finish,
    GoTo,
    Home,
    Hover,
    LongPress,
    OpenApp,
    Point,
    Press,
    Recents,
    Scroll,
    Size,
    Type,
    Wait,
)
from qvl_agent.agent.episode import Ruling
from qvl_agent.agent.gate import Policy as Rules
from qvl_agent.agent.gate import gated
from qvl_agent.agent.loop import Limits, run_episode
from qvl_agent.agent.record import FolderRecord, Header, load
from qvl_agent.envs.base import Effect, Env, Observation
from qvl_agent.envs.browser import BrowserEnv
from qvl_agent.envs.desktop.env import DesktopEnv
from qvl_agent.envs.fake import FakeEnv

HERE = Point(x=20, y=30)
EVERY: tuple[Action, ...] = (
    Click(at=HERE), LongPress(at=HERE, seconds=0.1), Drag(start=HERE, end=Point(x=60, y=60)),
    Scroll(at=HERE, dy=3), Type(text="x"), Press(keys=("a",)), Hover(at=HERE), Home(), Back(),
    Recents(), OpenApp(name="Clock"), GoTo(url="about:blank"), Wait(seconds=0.0),
    Answer(text="42"), AskUser(text="which?"), Finish(success=False),
)  # fmt: skip
WORDS = ("answer", "ask_user", "finish")
"""Kinds that no environment carries out."""


class Witness:
    """An environment that notes when it acts, in a diary that others write into too."""

    def __init__(self, env: Env, diary: list[str]) -> None:
        self.env, self.diary = env, diary
        self.capabilities: Capabilities = env.capabilities

    def observe(self) -> Observation:
        """Look."""
        return self.env.observe()

    def act(self, action: Action) -> Effect:
        """Note it, and act."""
        self.diary.append(f"act {action.kind}")
        return self.env.act(action)

    def close(self) -> None:
        """The environment belongs to somebody else."""


def browser() -> Generator[Env]:
    env = BrowserEnv("about:blank", size=SMALL, cap=0.4)
    yield env
    env.close()


def phone() -> Generator[Env]:
    if not (find_spec("adbutils") or shutil.which("adb")):
        pytest.skip("the android packages are not installed")
    handset = Handset(Size(360, 640))
    yield handset.env()
    handset.close()


def desktop() -> Generator[Env]:
    if not (shutil.which("Xvfb") and shutil.which("openbox")):
        pytest.skip("no Xvfb or no openbox here (apt-get install xvfb openbox)")
    env = DesktopEnv(virtual=SMALL, cap=0.4)
    yield env
    env.close()


def form() -> Generator[Env]:
    yield FakeEnv()


@pytest.mark.parametrize("opened", [form, browser, phone, desktop])
def test_nothing_is_done_before_it_is_kept_and_asked_for(
    opened: Callable[[], Generator[Env]], tmp_path: Path
) -> None:
    assert {action.kind for action in EVERY} == set(KINDS), "every kind is tried"
    diary: list[str] = []

    def approve(action: Action, seen: Observation) -> Ruling:
        meant = load(tmp_path / "run").episode.steps[-1].actions
        assert action in meant, "the intent is on the disk before anybody is asked"
        diary.append(f"ask {action.kind}")
        return Ruling("allow")

    places = opened()
    env = Witness(next(places), diary)
    record = FolderRecord(tmp_path / "run", Header(goal="everything"))
    episode = run_episode(
        "everything", env, Doing(*EVERY), approve=approve, record=record, limits=Limits(steps=99)
    )
    places.close()
    assert episode.outcome == "not_done", episode.why
    due = [[f"ask {a.kind}", *([] if a.kind in WORDS else [f"act {a.kind}"])] for a in EVERY]
    assert diary == [line for lines in due for line in lines]


@pytest.mark.parametrize("verdict", ["refuse", "stop"])
def test_what_was_not_allowed_is_not_done(verdict: str) -> None:
    for action in EVERY:
        diary: list[str] = []
        run_episode(
            "nothing", Witness(FakeEnv(), diary), Doing(action), limits=Limits(steps=1),
            approve=lambda action, seen: Ruling("refuse" if verdict == "refuse" else "stop"),
        )  # fmt: skip
        assert diary == []


def test_the_gate_comes_before_whoever_approves() -> None:
    diary: list[str] = []

    def approve(action: Action, seen: Observation) -> Ruling:
        diary.append("ask")
        return Ruling("allow")

    env = Witness(FakeEnv(), diary)
    rules = Rules(deny=frozenset({"leave"}))
    seen = Observation(b"", SMALL, where="https://here.example/")
    gate = gated(approve, rules, env)
    assert gate(GoTo(url="https://elsewhere.example/"), seen).verdict == "stop"
    assert diary == []
    assert gate(Wait(), seen).verdict == "allow"
    assert diary == ["ask"]
