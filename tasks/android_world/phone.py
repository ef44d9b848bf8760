"""The phone of an AndroidWorld environment as one of ours."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from typing import Any, Protocol

from ...actions.errors import ActionError, EnvError
from ...actions.types import Action, Capabilities, Size
from ...envs.base import Effect, Observation
from .orders import CAPABILITIES, Adb, Json, Order, Pause, Text, orders

ADB_SECONDS = 20.0
"""Deadline of one adb command."""


class Hand(Protocol):
    """What carries out orders; upstream's functions, or a double."""

    def json(self, fields: dict[str, str | int]) -> None:
        """Carry out a JSON action."""
        ...

    def adb(self, words: Sequence[str]) -> None:
        """Carry out an adb command."""
        ...

    def text(self, text: str) -> None:
        """Write text at the caret."""
        ...


class Upstream:
    """Upstream's own functions; the package is imported when it is first needed."""

    def __init__(self, env: Any) -> None:
        self.env = env

    def json(self, fields: dict[str, str | int]) -> None:
        """As `AsyncEnv.execute_action` does it."""
        module = _upstream("env.json_action")
        self.env.execute_action(module.JSONAction(**fields))

    def adb(self, words: Sequence[str]) -> None:
        """Through the controller's adb."""
        adb = _upstream("env.adb_utils")
        adb.issue_generic_request(list(words), self.env.controller, timeout_sec=ADB_SECONDS)

    def text(self, text: str) -> None:
        """With upstream's own escaping of blanks and signs."""
        adb = _upstream("env.adb_utils")
        adb.type_text(text, self.env.controller, timeout_sec=ADB_SECONDS)


def _upstream(name: str) -> Any:
    from importlib import import_module

    return import_module(f"android_world.{name}")


class Phone:
    """An `AsyncEnv` of AndroidWorld behind our contract; points are pixels of its screen."""

    capabilities: Capabilities = CAPABILITIES

    def __init__(self, env: Any, hand: Hand | None = None, pause: float | None = None) -> None:
        self.env, self.pause = env, pause
        self.hand: Hand = hand or Upstream(env)

    def observe(self) -> Observation:
        """The screen after the pause, or once it has come to rest; EnvError when there is none."""
        began = time.perf_counter()
        time.sleep(self.pause or 0.0)
        stable = self.pause is None
        state = self._asked(lambda: self.env.get_state(wait_to_stabilize=stable))
        pixels = self._asked(lambda: self._upright(state.pixels))
        where = str(self._asked(lambda: self.env.foreground_activity_name))
        size = Size(int(pixels.shape[1]), int(pixels.shape[0]))
        spent = {"settle": time.perf_counter() - began}
        return Observation(png(pixels), size, 1.0, where, seconds=spent)

    def _upright(self, pixels: Any) -> Any:
        """The picture as an app sees it: upstream's is the glass's own, fingers go by the app's."""
        width, height = self.env.logical_screen_size
        if (pixels.shape[1] > pixels.shape[0]) == (width > height):
            return pixels
        from numpy import rot90

        return rot90(pixels, self.env.orientation)

    def act(self, action: Action) -> Effect:
        """Carry out one action; whether it changed anything is seen at the next look."""
        width, height = self._asked(lambda: self.env.logical_screen_size)
        for order in orders(action, Size(int(width), int(height))):
            self._asked(lambda order=order: self._tell(order))
        return Effect("unknown")

    def _tell(self, order: Order) -> None:
        match order:
            case Json():
                self.hand.json(order.fields)
            case Adb():
                self.hand.adb(order.words)
            case Text():
                self.hand.text(order.text)
            case Pause():
                time.sleep(order.seconds)

    def _asked(self, what: Any) -> Any:
        """What upstream answers; its errors, of any kind, mean that the phone is lost."""
        try:
            return what()
        except ActionError:
            raise
        except Exception as error:  # noqa: BLE001
            # adb, gRPC and the simulator each have errors of their own, and none is ours to know.
            raise EnvError(f"the phone does not answer: {error}") from error

    def close(self) -> None:
        """The environment belongs to whoever opened it."""


def png(pixels: Any) -> bytes:
    """A PNG from RGB values, height x width x 3 of unsigned bytes."""
    from PIL import Image

    kept = io.BytesIO()
    Image.fromarray(pixels).convert("RGB").save(kept, "PNG")
    return kept.getvalue()
