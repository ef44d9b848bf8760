"""qvl-mini's demonstrations: done for real, and worded so that the dialect reads what was done."""

from __future__ import annotations

from collections.abc import Generator
from importlib.util import find_spec
from random import Random
from typing import Any

import pytest

from qvl_agent.actions.dialects.registry import by_name
from qvl_agent.actions.messages import Image
from qvl_agent.actions.types import Finish
from qvl_agent.envs.browser import BrowserEnv
from qvl_agent.envs.virtual_phone.screen import Screen
from qvl_agent.model.mini import tokens
from qvl_agent.model.mini.collect_phone import Demonstration, touch
from qvl_agent.model.mini.demos import answer
from qvl_agent.model.mini.shape import TALL, WIDE, View
from qvl_agent.tasks.miniwob import Pages
from qvl_agent.tasks.miniwob.profiles import MINI


@pytest.fixture(scope="module")
def screen() -> Generator[Screen]:
    one = Screen(TALL.size, {})
    yield one
    one.close()


def meant(step: dict[str, Any], view: View) -> Any:
    """What the dialect reads in the answer that is taught."""
    text = "".join(part.text for part in answer(step, view)).removesuffix("<|im_end|>")
    picture = Image(b"", view.size, view.size)
    decision = by_name("qvl-mini").parse(text, picture, tokens.CAN[view.surface])
    assert decision.thought == step["thought"]
    return decision.actions[0]


@pytest.mark.parametrize("seed", range(4))
def test_a_phone_is_used_as_it_is_told(screen: Screen, seed: int) -> None:
    """The taught touches are done again on the same data: they alone must do the task."""
    shown = Demonstration(screen, Random(seed))
    assert shown.play() == ""
    screen.seed(shown.task.before)
    assert not shown.task.check("").done
    *actions, last = [meant(step, TALL) for _, _, step in shown.rows]
    for action in actions:
        touch(screen, action)
    assert last == Finish(success=True)
    assert shown.task.check("").done


@pytest.mark.skipif(not find_spec("miniwob"), reason="the miniwob package is not installed")
@pytest.mark.parametrize("name", ["click-option", "login-user", "email-inbox-delete"])
def test_a_page_of_miniwob_is_done_by_what_is_taught(name: str) -> None:
    """The taught clicks are played again on the same seed: they alone must earn the reward."""
    from qvl_agent.model.mini import collect_miniwob
    from qvl_agent.tasks.miniwob import start

    env = BrowserEnv(size=MINI.window, scale=MINI.scale)
    try:
        with Pages() as pages:
            env.reset(pages.url(name))
            rows = collect_miniwob.Demonstration(env, name, 7).play()
            assert rows
            env.reset(pages.url(name))
            task = start(env, name, 7, MINI)
            for _, _, step in rows:
                env.act(meant(step, WIDE))
            assert task.check("").done
    finally:
        env.close()
