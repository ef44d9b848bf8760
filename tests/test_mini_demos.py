"""qvl-mini's demonstrations: done for real, and worded so that the dialect reads what was done."""

from __future__ import annotations

from collections.abc import Generator
from importlib.util import find_spec
from random import Random
from typing import Any

import pytest

from qvl_agent.actions.dialects.registry import by_name
from qvl_agent.actions.messages import Image
from qvl_agent.actions.types import Back, Click, Drag, Finish, OpenApp, Type
from qvl_agent.envs.browser import BrowserEnv
from qvl_agent.model.mini import tokens
from qvl_agent.model.mini.collect_phone import Episode, Handset
from qvl_agent.model.mini.demos import answer
from qvl_agent.model.mini.shape import TALL, WIDE, View
from qvl_agent.tasks.miniwob import Pages
from qvl_agent.tasks.miniwob.profiles import MINI

Row = tuple[bytes, dict[str, Any], dict[str, Any]]


class Kept:
    """Takes steps as a writer of shards does."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def add(self, png: bytes, seen: dict[str, Any], step: dict[str, Any]) -> None:
        self.rows.append((png, seen, step))


@pytest.fixture(scope="module")
def phone() -> Generator[Handset]:
    one = Handset()
    yield one
    one.screen.close()


def meant(step: dict[str, Any], view: View) -> Any:
    """What the dialect reads in the answer that is taught."""
    text = "".join(part.text for part in answer(step, view)).removesuffix("<|im_end|>")
    size, can = (tokens.PHONE_SIZE, tokens.PHONE) if view is TALL else (tokens.SIZE, tokens.BROWSER)
    decision = by_name("qvl-mini").parse(text, Image(b"", size, size), can)
    assert decision.thought == step["thought"]
    return decision.actions[0]


def touch(phone: Handset, action: Any) -> None:
    """Do on the phone what a taught answer means."""
    match action:
        case OpenApp(name=name):
            phone.screen.call("open", name.lower())
        case Click(at=at) if at is not None:
            phone.screen.touch([(at.x, at.y)])
        case Type(text=text):
            phone.screen.insert(text)
        case Back():
            phone.screen.call("back")
        case Drag(start=start, end=end) if start is not None:
            phone.screen.touch([(start.x, start.y), (end.x, end.y)], 0.5)
            phone.screen.ask("() => new Promise(ok => setTimeout(ok, 250))")
        case _:
            raise AssertionError(action)


# Seed 0 scrolls, and how far a stroke carries a list depends on the machine's load.
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_phone_is_used_as_it_is_told(phone: Handset, seed: int) -> None:
    """The taught touches are done again on the same data: they alone must do the task."""
    kept: Any = Kept()
    episode = Episode(phone, Random(seed), kept)
    assert episode.play() == ""
    phone.seed(episode.task.before)
    assert not episode.task.check("").done
    *actions, last = [meant(step, TALL) for _, _, step in kept.rows]
    for action in actions:
        touch(phone, action)
    assert last == Finish(success=True)
    assert episode.task.check("").done


@pytest.mark.skipif(not find_spec("miniwob"), reason="the miniwob package is not installed")
@pytest.mark.parametrize("name", ["click-option", "login-user", "email-inbox-delete"])
def test_a_page_of_miniwob_is_done_by_what_is_taught(name: str) -> None:
    """The taught clicks are played again on the same seed: they alone must earn the reward."""
    from qvl_agent.model.mini.collect_miniwob import episode
    from qvl_agent.tasks.miniwob import start

    env = BrowserEnv(size=MINI.window, scale=MINI.scale)
    try:
        with Pages() as pages:
            env.reset(pages.url(name))
            rows = episode(env, name, 7)
            assert rows
            env.reset(pages.url(name))
            task = start(env, name, 7, MINI)
            for _, _, step in rows:
                env.act(meant(step, WIDE))
            assert task.check("").done
    finally:
        env.close()
