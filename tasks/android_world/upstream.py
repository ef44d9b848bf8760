"""The upstream package: its emulator, its tasks; imported when it is needed, and named if absent.

Source: run.py, env_launcher.py, registry.py and suite_utils.py of google-research/android_world.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from ...actions.errors import EnvError, UserError
from .runner import Suite

FAMILIES = ("android_world", "android", "information_retrieval", "miniwob", "miniwob_subset")
SEED = 30
"""The seed of upstream's own runs."""


def module(name: str) -> Any:
    """A module of the package; UserError with the cure when it is not installed."""
    if importlib.util.find_spec("android_world") is None:
        raise UserError(
            "android_world is not installed; clone google-research/android_world and pip install "
            "it into an environment of its own together with qvl-agent[model]"
        )
    return import_module(f"android_world.{name}")


def connect(console: int, grpc: int, adb: str | None, setup: bool = False) -> Any:
    """The environment of a running emulator; EnvError when it does not answer."""
    load = module("env.env_launcher").load_and_setup_env
    ports: dict[str, Any] = {"console_port": console, "grpc_port": grpc}
    if adb:
        ports["adb_path"] = adb
    try:
        return load(emulator_setup=setup, **ports)
    except Exception as error:  # noqa: BLE001
        # What a missing emulator raises depends on which of its layers meets it first.
        where = f"the emulator at port {console} (gRPC {grpc})"
        raise EnvError(f"{where} does not answer: {error}") from error


def suite(family: str, instances: int, seed: int, names: Sequence[str] | None, env: Any) -> Suite:
    """Instantiated tasks, with upstream's own parameters for this seed."""
    registry = module("registry").TaskRegistry().get_registry(family=family)
    known = sorted(registry)
    for name in names or ():
        if name not in registry:
            raise UserError(f"there is no task {name!r} in {family}; it has {', '.join(known)}")
    made = module("suite_utils").create_suite(
        registry,
        n_task_combinations=instances,
        seed=seed,
        tasks=list(names) if names else None,
        env=env,
    )
    return Suite(dict(made))


def terminated(family: str) -> Callable[[Any], bool] | None:
    """What ends an episode before the agent does: a page's reward, in the MiniWoB++ families."""
    if not family.startswith("miniwob"):
        return None
    base = module("task_evals.miniwob.miniwob_base")
    return lambda env: bool(base.is_episode_terminated(env))
