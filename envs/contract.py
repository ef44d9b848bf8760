"""The conformance test that every environment passes; a new adapter's test is one call of it."""

from __future__ import annotations

import struct
from collections.abc import Callable

from ..actions.errors import ActionError, EnvError
from ..actions.types import Click, Home, OpenApp, Point, Recents, Wait
from .base import Env

_RARE = (Home(), Recents(), OpenApp(name="x"))


def check_env(make_env: Callable[[], Env]) -> None:
    """AssertionError, with what is wrong, unless the environment keeps the contract.

    `make_env` opens a quiet screen; it is called once, and what it opens is closed.
    """
    env = make_env()
    try:
        _check_looks(env)
        _check_refusals(env)
    finally:
        env.close()
    env.close()
    for call in (env.observe, lambda: env.act(Wait(seconds=0))):
        assert _raises(call, EnvError), "a closed environment still answers"


def _check_looks(env: Env) -> None:
    first, second = env.observe(), env.observe()
    assert first.png[:8] == b"\x89PNG\r\n\x1a\n", "the screenshot is no PNG"
    assert struct.unpack(">II", first.png[16:24]) == tuple(first.size), "the size is not the PNG's"
    assert first.png == second.png, "two looks at a quiet screen differ"


def _check_refusals(env: Env) -> None:
    size = env.observe().size
    for x, y in ((-1, 0), (0, -1), (size.width, 0), (0, size.height)):
        click = Click(at=Point(x=x, y=y))
        assert _raises(lambda click=click: env.act(click), ActionError), f"({x}, {y}) was clicked"
    for action in _RARE:
        if action.kind not in env.capabilities.kinds:
            refused = _raises(lambda action=action: env.act(action), ActionError)
            assert refused, f"{action.kind} is not advertised, and was not refused"
    assert env.act(Wait(seconds=0)).verdict in ("changed", "no_effect", "unknown")


def _raises(call: Callable[[], object], error: type[Exception]) -> bool:
    try:
        call()
    except error:
        return True
    return False
