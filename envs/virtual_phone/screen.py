"""The phone's screen: one Chromium page, with a thread of its own that alone may touch it."""

from __future__ import annotations

import base64
import io
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import ExitStack
from importlib.resources import files
from typing import Any, NamedTuple

from ...actions.errors import EnvError
from ...actions.types import Size

ANSWERS_WITHIN = 30.0
_NARROW = 360
"""Width in dp that phones of today have, about; what is drawn is laid out for it."""
_SCALES = (4.0, 3.5, 3.0, 2.5, 2.0, 1.5, 1.0)
_STEPS_PER_SECOND = 60
_MOST_STEPS = 60
_RESTS = 0.12
_EXACT = ("--disable-touch-adjustment",)
"""A finger hits what is under its middle, not a button nearby."""
_PARTS = ("icons.js", "parts.js", "apps_people.js", "apps_daily.js", "apps_world.js", "phone.js")


class Pixels(NamedTuple):
    """A picture: size, and four bytes a pixel, RGBA."""

    size: Size
    rgba: bytes


def scale_of(size: Size) -> float:
    """Pixels per dp: the usual one whose dp are whole, and nearest to a usual width."""
    usual = min(size) / _NARROW
    fits = [s for s in _SCALES if not (size.width / s) % 1 and not (size.height / s) % 1]
    return min(fits, key=lambda scale: abs(scale - usual))


class Screen:
    """A touch screen of `size` pixels. EnvError when the browser is gone or does not answer."""

    def __init__(self, size: Size, seed: dict[str, object]) -> None:
        self.size, self._first = size, seed
        self.ended = False
        self._jobs: queue.Queue[tuple[Callable[[], Any], Future[Any]] | None] = queue.Queue()
        self._held = ExitStack()
        self._page: Any = None
        self._cdp: Any = None
        self.thread = threading.Thread(target=self._work, name="qvl-phone-screen", daemon=True)
        self.thread.start()
        try:
            self._do(self._open)
        except BaseException:
            self.close()
            raise

    def call(self, name: str, *arguments: object) -> Any:
        """What a function of the page's `phone` returns."""
        return self.ask("([f, a]) => phone[f](...a)", [name, list(arguments)])

    def ask(self, script: str, argument: object = None) -> Any:
        """What an expression or function says of the page."""
        return self._do(lambda: self._page.evaluate(script, argument))

    def state(self) -> Any:
        """The apps' data: contacts, threads, alarms, notes, switches and so on."""
        return self.call("read")

    def seed(self, data: dict[str, object]) -> None:
        """Overlay the apps' data, and go to the home screen."""
        self.call("start", data)

    def png(self) -> bytes:
        """The screen as it is."""
        return self._do(self._png)

    def pixels(self) -> Pixels:
        """The screen as it is, unpacked."""
        from PIL import Image

        picture = Image.open(io.BytesIO(self.png())).convert("RGBA")
        return Pixels(Size(*picture.size), picture.tobytes())

    def touch(self, path: Sequence[tuple[float, float]], seconds: float = 0.0) -> None:
        """Put a finger down at the first place, move along the others within `seconds`, lift it."""
        self._do(lambda: self._touch(path, seconds))

    def insert(self, text: str) -> None:
        """Text into the field with the focus, as a keyboard app commits it."""
        self._do(lambda: self._cdp.send("Input.insertText", {"text": text}))

    def key(self, name: str) -> None:
        """A key of a hardware keyboard, in Playwright's spelling; `Control+a` for combinations."""
        self._do(lambda: self._page.keyboard.press(name))

    def resize(self, size: Size) -> None:
        """Another size, also after a rotation."""
        self.size = size
        self._do(self._measure)

    def close(self) -> None:
        """End the browser and the thread; safe to call twice."""
        if not self.ended:
            self.ended = True
            self._jobs.put(None)
            self.thread.join(timeout=10)

    def _do(self, job: Callable[[], Any]) -> Any:
        if self.ended:
            raise EnvError("the virtual phone was closed")
        done: Future[Any] = Future()
        self._jobs.put((job, done))
        try:
            return done.result(timeout=ANSWERS_WITHIN)
        except TookTooLong as error:
            raise EnvError("the virtual phone's screen does not answer") from error

    def _work(self) -> None:
        with self._held:
            while (item := self._jobs.get()) is not None:
                job, done = item
                try:
                    done.set_result(job())
                except BaseException as error:  # noqa: BLE001  # goes to whoever waits for it
                    done.set_exception(error)

    def _open(self) -> None:
        from ..chromium import arguments, driver, executable, give_back

        play = driver()
        self._held.callback(give_back)
        switches = [*arguments(), *_EXACT]
        browser = play.chromium.launch(executable_path=executable(play), args=switches)
        self._held.callback(browser.close)
        context = browser.new_context(has_touch=True, locale="en-US", timezone_id="UTC")
        context.set_offline(True)
        self._page = context.new_page()
        self._cdp = context.new_cdp_session(self._page)
        self._measure()
        self._page.set_content(document())
        self._page.evaluate("seed => phone.start(seed)", self._first)

    def _measure(self) -> None:
        scale = scale_of(self.size)
        self._cdp.send(
            "Emulation.setDeviceMetricsOverride",
            {
                "width": round(self.size.width / scale), "height": round(self.size.height / scale),
                "deviceScaleFactor": scale, "mobile": False,
            },
        )  # fmt: skip

    def _png(self) -> bytes:
        self._painted()
        wanted = {"format": "png", "optimizeForSpeed": True}
        return base64.b64decode(self._cdp.send("Page.captureScreenshot", wanted)["data"])

    def _painted(self) -> None:
        """Wait two frames: what a touch has just changed is drawn then."""
        self._page.evaluate(
            "() => new Promise(ok => requestAnimationFrame(() => requestAnimationFrame(ok)))"
        )

    def _touch(self, path: Sequence[tuple[float, float]], seconds: float) -> None:
        self._finger("touchStart", path[0])
        moves = min(int(seconds * _STEPS_PER_SECOND), _MOST_STEPS) if len(path) > 1 else 0
        began = time.monotonic()
        for step in range(1, moves + 1):
            self._finger("touchMove", along(path, step / moves))
            self._pause(began + seconds * step / moves)
        if len(path) > 1 and not moves:
            self._finger("touchMove", path[-1])
        self._pause(began + seconds)
        if len(path) > 1:
            # A finger that rests before it is lifted flings nothing: the stroke alone moves a list.
            self._pause(time.monotonic() + _RESTS)
        self._cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        if len(path) > 1:
            self._painted()

    def _pause(self, until: float) -> None:
        left = until - time.monotonic()
        if left > 0:
            self._page.wait_for_timeout(left * 1000)

    def _finger(self, kind: str, at: tuple[float, float]) -> None:
        scale = scale_of(self.size)
        # The middle of the pixel, in dp.
        point = {"x": (at[0] + 0.5) / scale, "y": (at[1] + 0.5) / scale, "radiusX": 0, "radiusY": 0}
        self._cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})


def along(path: Sequence[tuple[float, float]], part: float) -> tuple[float, float]:
    """A place between the first and the last of a path."""
    (x0, y0), (x1, y1) = path[0], path[-1]
    return x0 + (x1 - x0) * part, y0 + (y1 - y0) * part


def document() -> str:
    """The page, with its style and its programs in it."""
    folder = files(f"{__package__}.ui")
    style = folder.joinpath("phone.css").read_text("utf-8")
    programs = "\n".join(folder.joinpath(name).read_text("utf-8") for name in _PARTS)
    page = folder.joinpath("phone.html").read_text("utf-8")
    return page.replace("/*style*/", style).replace("/*programs*/", programs)
