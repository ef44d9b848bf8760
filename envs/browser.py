"""A Chromium page as an environment, through Playwright's synchronous API."""

from __future__ import annotations

import base64
import os
import struct
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..actions.errors import ActionError, EnvError, UserError
from ..actions.types import (
    Action,
    Capabilities,
    Drag,
    GoTo,
    LongPress,
    Point,
    Size,
    Type,
    Wait,
    points,
)
from . import chromium, labels
from .allowed import Sites
from .base import Effect, Label, Observation
from .hands import Hands, first_line
from .leftovers import own_folder
from .secrets import Secrets, names
from .settle import Quiet, settle
from .tabs import Tabs

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

_CAPTURE_MS = 1500
_PASSING = ("Protocol error (Page.captureScreenshot)", "No target with given id found")
_FRESH = 0.25
"""Seconds for which the frame that an action ended with still counts as the screen."""
_PAINTED = """() => new Promise(done =>
  requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"""
CAPABILITIES = Capabilities(
    "browser",
    frozenset({
        "click", "long_press", "drag", "scroll", "type", "press", "hover", "back", "goto", "wait",
        "answer", "ask_user", "finish",
    }),
)  # fmt: skip


class BrowserEnv:
    """One window; actions are in screenshot pixels, which are CSS pixels times scale and zoom."""

    capabilities = CAPABILITIES

    def __init__(
        self, url: str = "about:blank", *, size: Size | tuple[int, int] = (1280, 800),
        scale: float = 1.0, zoom: float = 1.0, headed: bool = False, profile: Path | None = None,
        cdp: str | None = None, deadline: float = 20.0, cap: float = 2.5,
        dialogs: Literal["accept", "dismiss"] = "accept", downloads: Path | None = None,
        sites: Sites | None = None, secrets: Secrets | None = None,
    ) -> None:  # fmt: skip
        if not 0.25 <= scale * zoom <= 6:
            raise UserError(f"scale {scale} x zoom {zoom} is too far; use 1 to 3 and 0.5 to 2")
        self.size, self.zoom, self.factor = Size(*size), zoom, scale * zoom
        self.deadline, self.cap = deadline, cap
        self.tabs, self.sites = Tabs(dialogs, downloads, sites), sites
        self.secrets = secrets or Secrets(())
        self.on_press: Callable[[Label | None], str] = nothing
        self.hands = Hands(self.factor, deadline, self._last_look)
        self._headed, self._profile, self._cdp_url = headed, profile, cdp
        self._frame: Quiet | None = None
        self._framed = 0.0
        self.pid = 0
        # What a browser that is killed leaves is found by its name and removed at the next start.
        self._own = own_folder("browser")
        self.on_frame: Callable[[bytes, Size], None] = lambda png, size: None
        self._closed = self._late = False
        self._play: Playwright | None = None
        self._browser: Browser | None = None
        self._context: BrowserContext | None = None
        try:
            self._start()
            self.reset(url)
        except BaseException:
            self.close()
            raise

    # -- life ---------------------------------------------------------------------------------

    def _start(self) -> None:
        from playwright.sync_api import Error

        play: Playwright = chromium.driver()
        self._play = play
        try:
            if self._cdp_url:
                kind = play.chromium
                self._browser = kind.connect_over_cdp(self._cdp_url, timeout=self.deadline * 1000)
            else:
                self._launch(play)
        except Error as error:
            where = f" at {self._cdp_url}" if self._cdp_url else ""
            raise UserError(f"the browser{where} did not start: {first_line(error)}") from error

    def _launch(self, play: Playwright) -> None:
        options: dict[str, Any] = {
            "executable_path": chromium.executable(play), "headless": not self._headed,
            "args": chromium.arguments(), "timeout": self.deadline * 1000,
            "handle_sigint": False, "handle_sigterm": False, "handle_sighup": False,
            # Playwright lets every page open tabs; a person's browser asks for a click first.
            "ignore_default_args": ["--disable-popup-blocking"],
            "env": {**os.environ, "TMPDIR": self._own.name},
        }  # fmt: skip
        if self._profile:
            folder = str(self._profile)
            self._context = play.chromium.launch_persistent_context(
                folder, **options, **self._window()
            )
            self._browser = self._context.browser
        else:
            self._browser = play.chromium.launch(**options)
        self.pid = chromium.process_id(self._browser) if self._browser else 0

    def _window(self) -> dict[str, Any]:
        # What a browser's zoom does to a page: fewer CSS pixels, each drawn larger.
        width, height = round(self.size.width / self.zoom), round(self.size.height / self.zoom)
        view = {"width": width, "height": height}
        return {"viewport": view, "device_scale_factor": self.factor, "accept_downloads": True}

    def reset(self, url: str) -> None:
        """A fresh context (cookies, storage) at a URL; a profile or foreign browser keeps it."""
        with self._guard("open the page"):
            context = self._fresh_context()
            if context is not self.tabs.context:
                context.add_init_script(path=str(Path(__file__).parent / "select.js"))
            page = context.pages[-1] if context.pages else context.new_page()
            self.tabs.watch(context)
            self._check(url)
            self.hands.open(url, page)
            self._frame = None

    def _fresh_context(self) -> BrowserContext:
        if self._cdp_url or self._profile:
            if self._context is None and self._browser is not None:
                self._context = self._browser.contexts[0]
        elif self._browser is not None:
            if self._context is not None:
                self._context.close()
            self._context = self._browser.new_context(**self._window())
        if self._context is None:
            raise EnvError("the browser has no window")
        return self._context

    def close(self) -> None:
        """Give the browser back; never raises."""
        if self._closed:
            return
        self._closed = True
        watch = threading.Timer(5.0, self._kill)
        watch.daemon = True
        watch.start()
        if not self._cdp_url:
            self._end(self._context and self._context.close)
            self._end(self._browser and self._browser.close)
        self._end(self._play and chromium.give_back)
        watch.cancel()
        self._kill()
        self._own.cleanup()

    def _end(self, how: Any) -> None:
        """Close one part; what is broken or gone already is noted, and the rest still goes on."""
        from playwright.sync_api import Error

        if how is None:
            return
        try:
            how()
        except (Error, OSError, RuntimeError) as error:
            self.tabs.events.append(f"closing: {first_line(error)}")

    def _kill(self) -> None:
        if self.pid:
            chromium.end(self.pid)

    @contextmanager
    def _guard(self, doing: str, extra: float = 0.0) -> Generator[None]:
        """A deadline on all inside; a lost or hung browser becomes EnvError with its cause."""
        from playwright.sync_api import Error

        if self._closed:
            raise EnvError("the browser was closed")
        watch = threading.Timer(self.deadline + extra, self._too_late)
        watch.daemon = True
        watch.start()
        try:
            yield
        except (Error, EnvError) as error:
            # A browser that was ended for being late also has no tab left.
            if isinstance(error, EnvError) and not self._late:
                raise
            late = f"the page did not answer within {self.deadline:.0f} s"
            cause = late if self._late else first_line(error)
            raise EnvError(f"could not {doing}: {cause}") from error
        finally:
            watch.cancel()

    def _too_late(self) -> None:
        self._late = True
        self._kill()

    # -- looking ------------------------------------------------------------------------------

    @property
    def on_dialog(self) -> Callable[[str], bool]:
        """Whether a question of the page may be answered with yes."""
        return self.tabs.on_dialog

    @on_dialog.setter
    def on_dialog(self, judge: Callable[[str], bool]) -> None:
        self.tabs.on_dialog = judge

    def ask_before_sending(self, judge: Callable[[], bool]) -> None:
        """Have `judge` asked before a page sends something, by a form or by itself."""
        self.tabs.ask_before_sending(judge)

    @property
    def page(self) -> Page:
        """The tab in front."""
        return self.tabs.front

    def observe(self) -> Observation:
        """The screen at rest; the frame that `act` ended with is used while it is fresh."""
        with self._guard("look at the page"):
            if time.monotonic() - self._framed > _FRESH or self.tabs.events:
                self._frame = None
            known = self._frame is not None
            quiet = self._quiet()
            where = self.secrets.hide(self.page.url)
            events = tuple(map(self.secrets.hide, self.tabs.take()))
        # The time of a frame that an action ended with is part of that action.
        spent = dict[str, float]() if known else quiet.seconds
        return Observation(quiet.frame, png_size(quiet.frame), self.factor, where, events, spent)

    def act_happened(self) -> None:
        """Forget the last frame: something other than `act` has changed the page."""
        self._frame = None

    def _check(self, url: str) -> None:
        if self.sites and (why := self.sites.refusal(url)):
            raise ActionError(f"this page may not be opened: {why}")

    def _quiet(self) -> Quiet:
        if self._frame is None:
            busy = self.tabs.busy
            self._frame = settle(self._painted, self._preview, lambda: bool(busy), self.cap)
            self._framed = time.monotonic()
        return self._frame

    def _painted(self, left: float) -> None:
        """Until the document is loaded and painted twice; a navigation under way starts it over."""
        from playwright.sync_api import Error
        from playwright.sync_api import TimeoutError as Timeout

        try:
            self.page.wait_for_load_state("load", timeout=max(left, 0.05) * 1000)
            if self.secrets.used:
                labels.mask(self.page, self.secrets.used)
            self.page.wait_for_function(_PAINTED, timeout=self.deadline * 1000)
        except Timeout:
            return
        except Error as error:
            if "navigat" not in str(error) and "destroyed" not in str(error):
                raise

    def _preview(self) -> bytes:
        """A frame that is shown at once, before it is known to stay."""
        frame = self._capture()
        self.on_frame(frame, png_size(frame))
        return frame

    def _capture(self) -> bytes:
        from playwright.sync_api import Error
        from playwright.sync_api import TimeoutError as Timeout

        while True:
            try:
                return self._shot()
            except Error as error:
                # A capture that meets a change of document fails or is never answered, and one of a
                # tab that is just being closed meets none; ask again, then of the tab in front.
                # The guard around every call ends this when it is the page that hangs.
                if isinstance(error, Timeout) or any(why in str(error) for why in _PASSING):
                    continue
                raise

    def _shot(self) -> bytes:
        """One capture: the quick way, or Playwright's own where pixels are not CSS pixels.

        A debugging session of one's own does not know of the scale that Playwright has set.
        """
        if self.factor != 1:
            return self.page.screenshot(
                scale="device", caret="initial", animations="allow", timeout=_CAPTURE_MS
            )
        # Playwright leaves the protocol's answers untyped.
        session: Any = self.page.context.new_cdp_session(self.page)
        how = {"format": "png", "optimizeForSpeed": True}
        shot = session.send("Page.captureScreenshot", how, timeout=_CAPTURE_MS)
        session.detach()
        return base64.b64decode(shot["data"])

    def label(self, at: Point | None) -> Label | None:
        """What the page calls the element at a pixel, or, without one, the element in focus."""
        with self._guard("read the page"):
            return self._label(None if at is None else (at.x / self.factor, at.y / self.factor))

    def _label(self, place: tuple[float, float] | None) -> Label | None:
        found = labels.element(self.page, place)
        if found is None:
            return None
        hide = self.secrets.hide
        told: dict[str, Any] = {k: hide(v) if isinstance(v, str) else v for k, v in found.items()}
        return Label(**told)

    def _last_look(self) -> None:
        """Ask the guard once more, with the pointer there; ActionError when it says why not."""
        if self.on_press is not nothing and (why := self.on_press(self._label(self.hands.pointer))):
            raise ActionError(why)

    def ask(self, script: str, argument: object = None) -> Any:
        """What a function of JavaScript says of the page in front: for harnesses, not agents."""
        with self._guard("read the page"):
            return self.page.evaluate(script, argument)

    # -- acting -------------------------------------------------------------------------------

    def act(self, action: Action) -> Effect:
        """Carry out one action and wait until the screen is at rest."""
        asked = action.seconds if isinstance(action, Wait | LongPress | Drag) else 0.0
        with self._guard(f"do the {action.kind}", asked):
            before = self._quiet()
            size = png_size(before.frame)
            for point in points(action):
                if not size.holds(point):
                    raise ActionError(f"({point.x}, {point.y}) is outside the {size} screen")
            told = len(self.tabs.events)
            if isinstance(action, GoTo):
                self._check(action.url)
            self.hands.do(self._filled(action), self.page)
            self._frame = None
            after = self._quiet()
        if after.frame != before.frame or len(self.tabs.events) > told:
            return Effect("changed")
        return Effect("no_effect" if after.rested else "unknown", "nothing changed")

    def _filled(self, action: Action) -> Action:
        """The action with its secrets in it; ActionError where they may not be typed."""
        if not isinstance(action, Type) or not names(action.text):
            return action
        text = self.secrets.fill(action.text, self.page.url)
        match labels.mask(self.page, None):
            case "field":
                return Type(text=text)
            case "foreign":
                raise ActionError("the caret is in a frame of another site; a secret is not typed")
            case _:
                raise ActionError("nothing has the focus; click the field first")


def nothing(label: Label | None) -> str:
    """No guard is there."""
    return ""


def png_size(png: bytes) -> Size:
    """Width and height from a PNG's header."""
    return Size(*struct.unpack(">II", png[16:24]))
