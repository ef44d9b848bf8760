"""From options to a model with its dialect, and to a browser."""

from __future__ import annotations

import argparse
import importlib.util
import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ...actions.errors import ActionError, UserError
from ...actions.types import Size
from ...model.mini import MINI, TOUCH

if TYPE_CHECKING:
    from ...actions.dialects.base import Dialect, ResizeRule
    from ...envs.allowed import Sites
    from ...envs.browser import BrowserEnv
    from ...envs.desktop.env import DesktopEnv
    from ...envs.secrets import Secrets
    from ...model.base import Model
    from ...model.local import LocalModel
    from ...model.scripted import ScriptedModel

PHONES = ("android", "virtual-phone")
SCRIPT = "script:"
SERVED = ("http://", "https://")
PRACTICE_SIZE = Size(448, 336)
"""The window that the practice site is made for, and qvl-mini with it."""
WIDE_SIZE = Size(1280, 800)
DESKTOP_SIZE = Size(1288, 728)
"""Sides of whole cells: no family's rule resizes it."""


@dataclass(frozen=True)
class Brain:
    """A model, and the words it is spoken to in."""

    model: Model
    dialect: Dialect


def window(args: argparse.Namespace, usual: Size) -> Size:
    """The window of the options."""
    chosen: Size | None = args.size
    return chosen or usual


@contextmanager
def open_brain(args: argparse.Namespace, say: Callable[[str], None]) -> Generator[Brain]:
    """The model of the options, loaded; freed at the end. What was chosen, and why, is said."""
    from ...actions.dialects.registry import by_name, for_checkpoint

    dialect = by_name(args.dialect) if args.dialect else None
    if args.model and args.model.startswith(SCRIPT):
        yield Brain(script(args.model.removeprefix(SCRIPT)), dialect or by_name("qwen2.5-vl"))
        return
    if args.model and args.model.startswith(SERVED):
        need("openai", "served")
        from ...model.server import ServerModel

        served = ServerModel(args.model)
        say(f"model: {served.name} at {served.url}")
        try:
            chosen = dialect or for_checkpoint(served.name, {})
            yield checked(Brain(served, limited(chosen, served.rule)), say)
        finally:
            served.close()
        return
    model = open_local(args)
    say(f"model: {model.name} on {model.placement.reason}")
    try:
        chosen = dialect or for_checkpoint(model.name, model.config)
        yield checked(Brain(model, fitted(chosen, model)), say)
    finally:
        model.close()


def open_local(args: argparse.Namespace) -> LocalModel:
    """The checkpoint of the options in this process; UserError when it cannot be used."""
    need("torch", "model")
    need("transformers", "model")
    if args.engine == "plain":
        from ...model.local import LocalModel as Engine
    else:
        from ...model.engine.loop import EngineModel as Engine

    return Engine(args.model or bundled(args), device=args.device, dtype=args.dtype)


def bundled(args: argparse.Namespace) -> str:
    """The bundled checkpoint that has learned this kind of screen."""
    usual: str = getattr(args, "bundled", MINI)
    return TOUCH if getattr(args, "env", None) in PHONES else usual


def checked(brain: Brain, say: Callable[[str], None]) -> Brain:
    """The same; what the last calibration of this pair found wrong is said."""
    from ..calibrate import known_problem, where

    if problem := known_problem(brain.model.name, brain.dialect.name, where(brain.model)):
        say(f"warning: {problem} (qvl-agent calibrate)")
    return brain


@contextmanager
def open_browser(args: argparse.Namespace, url: str, usual: Size) -> Generator[BrowserEnv]:
    """The browser of the options, at a page; closed at the end, whatever happens."""
    need("playwright", "browser")
    from ...envs.browser import BrowserEnv

    try:
        env = BrowserEnv(
            url,
            size=window(args, usual),
            scale=args.scale,
            zoom=args.zoom,
            headed=args.headed,
            profile=Path(args.profile) if args.profile else None,
            cdp=args.cdp,
            sites=allowed(args),
            secrets=secrets(args),
        )
    except ActionError as error:
        raise UserError(f"{error}; check the address and the network") from error
    try:
        yield env
    finally:
        env.close()


def allowed(args: argparse.Namespace) -> Sites | None:
    """The sites of the options; None: any."""
    from ...envs.allowed import Sites

    named: str | None = getattr(args, "sites", None)
    return Sites([site for site in named.split(",") if site.strip()]) if named else None


def secrets(args: argparse.Namespace) -> Secrets:
    """The secrets of the options."""
    from ...envs.secrets import Secrets

    return Secrets(getattr(args, "secret", None) or ())


@contextmanager
def open_desktop(args: argparse.Namespace, say: Callable[[str], None]) -> Generator[DesktopEnv]:
    """The desktop of the options, or one of the agent's own; given back at the end."""
    need("mss", "desktop")
    from ...envs.desktop.env import DesktopEnv

    virtual = window(args, DESKTOP_SIZE) if args.virtual else None
    monitor = "all" if args.virtual else args.monitor
    env = DesktopEnv(monitor=monitor, virtual=virtual, say=say)
    where = f"a screen of its own ({env.display})" if virtual else "your desktop"
    say(f"screen: {env.size} of {where}")
    if not virtual:
        say("move the mouse or type, and it waits; ctrl+alt+escape or the top left corner ends it")
    try:
        yield env
    finally:
        env.close()


def script(file: str) -> ScriptedModel:
    """A model that says what a file holds: a JSON list of replies, for demonstrations and tests."""
    from ...model.scripted import ScriptedModel

    try:
        replies: object = json.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{file} is no script ({error}); write a JSON list of replies") from error
    if not isinstance(replies, list):
        raise UserError(f"{file} is no script; write a JSON list of replies")
    return ScriptedModel([str(reply) for reply in cast("list[object]", replies)], Path(file).name)


def fitted(dialect: Dialect, model: LocalModel) -> Dialect:
    """The dialect with the checkpoint's own picture limits, often narrower than the family's."""
    return limited(dialect, model.settings.rule)


def limited(dialect: Dialect, rule: ResizeRule | None) -> Dialect:
    """The dialect with these picture limits; as it is when they are not known."""
    if rule is not None and is_dataclass(dialect) and not isinstance(dialect, type):
        return cast("Dialect", replace(dialect, resize=rule))
    return dialect


def need(package: str, extra: str) -> None:
    """UserError when an optional package is not installed."""
    if importlib.util.find_spec(package) is None:
        raise UserError(f"{package} is not installed; pip install 'qvl-agent[{extra}]'")
