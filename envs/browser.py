"""A Chromium page as an environment, through Playwright's synchronous API."""

from __future__ import annotations

import base64
import struct
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, assert_never
from urllib.parse import urlsplit

from ..actions.errors import ActionError, EnvError, UserError
from ..actions.types import (
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
    points,
)  # fmt: skip
from . import chromium
from .base import Effect, Observation
from .settle import Quiet, settle

_KEYS = {
    "ctrl": "Control", "alt": "Alt", "shift": "Shift", "meta": "Meta", "enter": "Enter", "escape": "Escape",
    "tab": "Tab", "space": " ", "backspace": "Backspace", "delete": "Delete", "insert": "Insert",
    "left": "ArrowLeft", "right": "ArrowRight", "up": "ArrowUp", "down": "ArrowDown", "home": "Home",
    "end": "End", "pageup": "PageUp", "pagedown": "PageDown", "capslock": "CapsLock",
}  # fmt: skip
_NOTCH = 100
_DRAG_STEPS = 12
_FRESH = 0.25
"""Seconds for which the frame that an action ended with still counts as the screen."""
_PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
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
        self, url: str = "about:blank", *, size: Size | tuple[int, int] = (1280, 800), scale: float = 1.0,
        zoom: float = 1.0, headed: bool = False, profile: Path | None = None, cdp: str | None = None,
        deadline: float = 20.0, cap: float = 2.5, dialogs: Literal["accept", "dismiss"] = "accept",
        downloads: Path | None = None,
    ) -> None:  # fmt: skip
        if not 0.25 <= scale * zoom <= 6:
            raise UserError(
                f"scale {scale} with zoom {zoom} is out of range; use 1 to 3 and 0.5 to 2"
            )
        self.size, self.zoom, self.factor = Size(*size), zoom, scale * zoom
        self.deadline, self.cap, self.dialogs, self.downloads = deadline, cap, dialogs, downloads
        self._headed, self._profile, self._cdp_url = headed, profile, cdp
        self._events: list[str] = []
        self._pages: list[Any] = []
        self._busy: set[Any] = set()
        self._frame: Quiet | None = None
        self._framed = 0.0
        self._pointer = (0.0, 0.0)
        self._pid = 0
        self._closed = self._late = False
        self._play: Any = None
        self._browser: Any = None
        self._context: Any = None
        try:
            self._start()
            self.reset(url)
        except BaseException:
            self.close()
            raise

    # -- life ---------------------------------------------------------------------------------

    def _start(self) -> None:
        from playwright.sync_api import Error, sync_playwright

        self._play = sync_playwright().start()
        kind = self._play.chromium
        try:
            if self._cdp_url:
                self._browser = kind.connect_over_cdp(self._cdp_url, timeout=self.deadline * 1000)
                return
            options: dict[str, Any] = {
                "executable_path": chromium.executable(self._play), "headless": not self._headed,
                "args": chromium.arguments(), "timeout": self.deadline * 1000,
                "handle_sigint": False, "handle_sigterm": False, "handle_sighup": False,
            }  # fmt: skip
            if self._profile:
                self._context = kind.launch_persistent_context(
                    str(self._profile), **options, **self._window()
                )
                self._browser = self._context.browser
            else:
                self._browser = kind.launch(**options)
            self._pid = chromium.process_id(self._browser) if self._browser else 0
        except Error as error:
            where = f" at {self._cdp_url}" if self._cdp_url else ""
            raise UserError(f"the browser{where} did not start: {_first_line(error)}") from error

    def _window(self) -> dict[str, Any]:
        # What a browser's zoom does to a page: fewer CSS pixels, each drawn larger.
        zoomed = {
            "width": round(self.size.width / self.zoom),
            "height": round(self.size.height / self.zoom),
        }
        return {"viewport": zoomed, "device_scale_factor": self.factor, "accept_downloads": True}

    def reset(self, url: str) -> None:
        """A fresh context (cookies, storage) at a URL; an own profile or a foreign browser keeps its own."""
        with self._guard("open the page"):
            if self._cdp_url or self._profile:
                self._context = self._context or self._browser.contexts[0]
                page = self._context.pages[-1] if self._context.pages else self._context.new_page()
            else:
                if self._context:
                    self._context.close()
                self._context = self._browser.new_context(**self._window())
                page = None
            self._pages, self._events = [], []
            self._busy.clear()
            self._context.on("page", self._follow)
            self._context.add_init_script(path=str(Path(__file__).parent / "select.js"))
            if page is None:
                page = self._context.new_page()
            elif page not in self._pages:
                self._follow(page)
            self._events.clear()
            self._open(url)

    def close(self) -> None:
        """Give the browser back; never raises."""
        if self._closed:
            return
        self._closed = True
        from playwright.sync_api import Error

        watch = threading.Timer(5.0, self._kill)
        watch.daemon = True
        watch.start()
        for part, how in ((self._context, "close"), (self._browser, "close"), (self._play, "stop")):
            foreign = self._cdp_url and part is not self._play
            if part is None or foreign:
                continue
            try:
                getattr(part, how)()
            except (Error, OSError, RuntimeError) as error:
                self._events.append(f"closing: {_first_line(error)}")
        watch.cancel()
        self._kill()

    def _kill(self) -> None:
        if self._pid:
            chromium.end(self._pid)

    @contextmanager
    def _guard(self, doing: str, extra: float = 0.0) -> Generator[None]:
        """A deadline on everything inside; a lost or hung browser becomes EnvError with its cause."""
        from playwright.sync_api import Error

        if self._closed:
            raise EnvError("the browser was closed")

        def late() -> None:
            self._late = True
            self._kill()

        watch = threading.Timer(self.deadline + extra, late)
        watch.daemon = True
        watch.start()
        try:
            yield
        except Error as error:
            cause = (
                f"the page did not answer within {self.deadline:.0f} s"
                if self._late
                else _first_line(error)
            )
            raise EnvError(f"could not {doing}: {cause}") from error
        finally:
            watch.cancel()

    # -- following what the browser does -------------------------------------------------------

    @property
    def page(self) -> Any:
        """The tab in front."""
        if not self._pages:
            raise EnvError("the last tab was closed")
        return self._pages[-1]

    def _follow(self, page: Any) -> None:
        if page in self._pages:
            return
        if self._pages:
            self._tell("A new tab was opened and is in front now.")
        self._pages.append(page)
        page.on("close", self._left)
        page.on("crash", lambda _: self._tell("The page crashed."))
        page.on("dialog", self._dialog)
        page.on(
            "filechooser",
            lambda _: self._tell("A file chooser was refused: no file was given to upload."),
        )
        page.on("download", self._download)
        page.on("request", self._asked)
        page.on("requestfinished", self._answered)
        page.on("requestfailed", self._answered)

    def _asked(self, request: Any) -> None:
        # A stream that stays open is no reason to wait.
        if request.resource_type not in ("eventsource", "websocket", "media", "ping"):
            self._busy.add(request)

    def _answered(self, request: Any) -> None:
        self._busy.discard(request)

    def _left(self, page: Any) -> None:
        if page in self._pages:
            self._pages.remove(page)
            self._tell("The tab was closed.")

    def _dialog(self, dialog: Any) -> None:
        how = "accepted" if self.dialogs == "accept" else "dismissed"
        self._tell(f"A {dialog.type} dialog said {dialog.message[:200]!r} and was {how}.")
        dialog.accept() if self.dialogs == "accept" else dialog.dismiss()

    def _download(self, download: Any) -> None:
        name = Path(download.suggested_filename).name or "file"
        if self.downloads is None:
            download.cancel()
            self._tell(f"The download of {name!r} was refused.")
        else:
            download.save_as(self.downloads / name)
            self._tell(f"{name!r} was downloaded.")

    def _tell(self, event: str) -> None:
        self._events.append(event)
        self._frame = None

    # -- looking -------------------------------------------------------------------------------

    def observe(self) -> Observation:
        """The screen at rest; the frame that `act` ended with is used again if nothing happened since."""
        with self._guard("look at the page"):
            if time.monotonic() - self._framed > _FRESH:
                self._frame = None
            fresh = self._frame is None
            quiet = self._quiet()
            where = self.page.url
        size = Size(*struct.unpack(">II", quiet.frame[16:24]))
        events, self._events = tuple(self._events), []
        seconds = quiet.seconds if fresh else {}
        return Observation(quiet.frame, size, self.factor, where, events, dict(seconds))

    def act_happened(self) -> None:
        """Forget the last frame: something other than `act` has changed the page."""
        self._frame = None

    def _quiet(self) -> Quiet:
        if self._frame is None:
            self._frame = settle(self._painted, self._capture, lambda: bool(self._busy), self.cap)
            self._framed = time.monotonic()
        return self._frame

    def _painted(self, left: float) -> None:
        """Until the document is loaded and two frames were painted; a navigation under way starts it over."""
        from playwright.sync_api import Error
        from playwright.sync_api import TimeoutError as Timeout

        limit = max(left, 0.05) * 1000
        try:
            self.page.wait_for_load_state("load", timeout=limit)
            self.page.wait_for_function(_PAINTED, timeout=self.deadline * 1000)
        except Timeout:
            return
        except Error as error:
            if "navigat" not in str(error) and "destroyed" not in str(error):
                raise

    def _capture(self) -> bytes:
        session = self._context.new_cdp_session(self.page)
        shot = session.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})
        session.detach()
        return base64.b64decode(shot["data"])

    # -- acting --------------------------------------------------------------------------------

    def act(self, action: Action) -> Effect:
        """Carry out one action and wait until the screen is at rest."""
        asked = action.seconds if isinstance(action, Wait | LongPress | Drag) else 0.0
        with self._guard(f"do the {action.kind}", asked):
            before = self._quiet()
            size = Size(*struct.unpack(">II", before.frame[16:24]))
            for point in points(action):
                if not size.holds(point):
                    raise ActionError(f"({point.x}, {point.y}) is outside the {size} screen")
            told = len(self._events)
            self._do(action)
            self._frame = None
            after = self._quiet()
        if after.frame != before.frame or len(self._events) > told:
            return Effect("changed")
        return Effect("no_effect" if after.rested else "unknown", "nothing changed")

    def _do(self, action: Action) -> None:
        page = self.page
        match action:
            case Click():
                self._click(action)
            case LongPress():
                page.mouse.move(*self._at(action.at))
                page.mouse.down()
                page.wait_for_timeout(action.seconds * 1000)
                page.mouse.up()
            case Drag():
                self._drag(action)
            case Hover():
                page.mouse.move(*self._at(action.at))
            case Scroll():
                page.mouse.move(*self._at(action.at))
                step = _NOTCH if action.unit == "notch" else 1 / self.factor
                page.mouse.wheel(action.dx * step, action.dy * step)
            case Type():
                self._type(action.text)
            case Press():
                page.keyboard.press("+".join(map(_key, action.keys)))
            case Back():
                if page.go_back(timeout=self.deadline * 900) is None:
                    raise ActionError("there is no page to go back to")
            case GoTo():
                self._open(action.url)
            case Wait():
                page.wait_for_timeout(action.seconds * 1000)
            case Answer() | AskUser() | Finish():
                return
            case Home() | Recents() | OpenApp():
                raise ActionError(f"a browser has no {action.kind}")
            case _:
                assert_never(action)

    def _at(self, point: Point | None) -> tuple[float, float]:
        """CSS pixels of the middle of a screenshot pixel; where the pointer is when None."""
        if point is not None:
            self._pointer = ((point.x + 0.5) / self.factor, (point.y + 0.5) / self.factor)
        return self._pointer

    def _click(self, action: Click) -> None:
        held = [_key(key) for key in action.keys]
        for key in held:
            self.page.keyboard.down(key)
        try:
            self.page.mouse.click(
                *self._at(action.at), button=action.button, click_count=action.count
            )
        finally:
            for key in reversed(held):
                self.page.keyboard.up(key)

    def _drag(self, action: Drag) -> None:
        mouse = self.page.mouse
        mouse.move(*self._at(action.start))
        mouse.down()
        (x0, y0), (x1, y1) = self._pointer, self._at(action.end)
        for step in range(1, _DRAG_STEPS + 1):
            part = step / _DRAG_STEPS
            mouse.move(x0 + (x1 - x0) * part, y0 + (y1 - y0) * part)
            self.page.wait_for_timeout(action.seconds * 1000 / _DRAG_STEPS)
        mouse.up()

    def _type(self, text: str) -> None:
        """Real keys for short ASCII, which pages may listen to; whole lines otherwise, which arrive exactly."""
        for number, line in enumerate(text.split("\n")):
            if number:
                self.page.keyboard.press("Enter")
            if line.isascii() and len(line) <= 200:
                self.page.keyboard.type(line)
            elif line:
                self.page.keyboard.insert_text(line)

    def _open(self, url: str) -> None:
        from playwright.sync_api import Error

        if urlsplit(url).scheme not in ("http", "https") and url != "about:blank":
            raise ActionError(f"{url[:80]!r} is no http or https address")
        try:
            self.page.goto(url, wait_until="domcontentloaded", timeout=self.deadline * 900)
        except Error as error:
            raise ActionError(f"{url[:80]} did not open: {_first_line(error)}") from error
        self._frame = None


def _key(name: str) -> str:
    """Playwright's name of a canonical key."""
    if name in _KEYS:
        return _KEYS[name]
    if len(name) == 1 or (name[:1] == "f" and name[1:].isdecimal()):
        return name if len(name) == 1 else name.upper()
    raise ActionError(f"this keyboard has no {name!r} key")


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
