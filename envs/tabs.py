"""What a browser does on its own: tabs, dialogs, downloads, traffic; followed and told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urljoin, urlsplit

from ..actions.errors import EnvError
from .allowed import Sites
from .hands import first_line

if TYPE_CHECKING:
    from playwright.sync_api import (
        BrowserContext,
        Dialog,
        Download,
        FileChooser,
        Frame,
        Page,
        Request,
        Route,
    )  # fmt: skip

_ERROR_PAGE = "chrome-error://"
_ANSWER_MS = 15_000
_HOP = "<script>location.replace({})</script>"
_READING = ("GET", "HEAD", "OPTIONS")
MOST_TABS = 12
"""A person hardly needs more; a page that opens them without end would take all memory."""
MOST_TOLD = 12
"""Events of one look; each costs words of the model's context."""
_STREAMS = ("eventsource", "websocket", "media", "ping")


class Tabs:
    """The tabs of one context, the newest in front, and what there is to tell about them."""

    def __init__(
        self, dialogs: Literal["accept", "dismiss"], downloads: Path | None,
        sites: Sites | None = None,
    ) -> None:  # fmt: skip
        self.dialogs, self.downloads, self.sites = dialogs, downloads, sites
        self.context: BrowserContext | None = None
        self.pages: list[Page] = []
        self.events: list[str] = []
        self.on_dialog: Callable[[str], bool] = lambda words: True
        self.on_send: Callable[[], bool] | None = None
        self._stopped: set[str] = set()
        """Sites to which something was not sent; each is told once."""
        self.busy: set[Request] = set()

    def watch(self, context: BrowserContext) -> None:
        """Begin with the tabs of this context and forget others; go on with one that is known."""
        self.busy.clear()
        self._stopped.clear()
        if context is not self.context:
            self._begin(context)
        self.events.clear()

    def _begin(self, context: BrowserContext) -> None:
        self.context = context
        self.pages.clear()
        for page in context.pages:
            self.follow(page)
        context.on("page", self._appear)
        if self.sites:
            context.route("**/*", self._guard)
        if self.on_send:
            # The one that was added last is asked first.
            context.route("**/*", self._sent)

    def ask_before_sending(self, judge: Callable[[], bool]) -> None:
        """From now on what is not only read (POST and the like) is asked for, whoever sends it."""
        known = self.on_send is not None
        self.on_send = judge
        if not known and self.pages:
            self.front.context.route("**/*", self._sent)

    @property
    def front(self) -> Page:
        """The tab in front; EnvError when none is left."""
        if not self.pages:
            raise EnvError("the last tab was closed")
        return self.pages[-1]

    def take(self) -> tuple[str, ...]:
        """What happened since it was last asked; what happened again is counted, not repeated."""
        times = Counter(self.events)
        self.events.clear()
        told = [f"{event} ({n} times)" if n > 1 else event for event, n in times.items()]
        more = len(told) - MOST_TOLD
        return tuple([*told[:MOST_TOLD], f"{more} more things happened."] if more > 0 else told)

    def follow(self, page: Page) -> None:
        """Bring a new tab to the front and listen to it."""
        if page in self.pages:
            return
        if len(self.pages) >= MOST_TABS:
            self.events.append(f"A new tab was closed: {MOST_TABS} are open already.")
            self._try(page.close)
            return
        if self.pages:
            self.events.append("A new tab was opened and is in front now.")
        self.pages.append(page)
        if self.sites:
            page.on("framenavigated", lambda frame: self._moved(page, frame))
        page.on("close", self._left)
        page.on("crash", self._crashed)
        page.on("dialog", self._dialog)
        page.on("filechooser", self._chooser)
        page.on("download", self._download)
        page.on("request", self._asked)
        page.on("requestfinished", self._answered)
        page.on("requestfailed", self._answered)

    def _appear(self, page: Page) -> None:
        """A tab that was made of nothing has moved before it was heard of."""
        self.follow(page)
        self._moved(page, page.main_frame)

    def _guard(self, route: Route) -> None:
        """Let a page be asked for only where it may be opened, hop by hop.

        Playwright asks about the first address of a request and not about those it is sent on to;
        so each answer is fetched here, and a redirection becomes a request of its own.
        """
        if not route.request.is_navigation_request():
            self._part(route)
        elif not self._shut(route, route.request.url):
            answer = route.fetch(max_redirects=0, timeout=_ANSWER_MS)
            to = urljoin(route.request.url, answer.headers.get("location", ""))
            if not 300 <= answer.status < 400 or not answer.headers.get("location"):
                route.fulfill(response=answer)
            elif not self._shut(route, to):
                route.fulfill(content_type="text/html", body=_HOP.format(json.dumps(to)))

    def _part(self, route: Route) -> None:
        """Parts of a page may come from anywhere, but what a page knows may not go anywhere."""
        asked = route.request
        if asked.method in _READING or not self.sites or not self.sites.refusal(asked.url):
            route.fallback()
            return
        told = f"A request to another site was stopped: {urlsplit(asked.url).hostname}."
        if told not in self.events:
            self.events.append(told)
        route.abort("blockedbyclient")

    def _sent(self, route: Route) -> None:
        """What a page sends by itself is sent only while sending is let pass."""
        asked = route.request
        if asked.method in _READING or not self.on_send or self.on_send():
            route.fallback()
            return
        site = urlsplit(asked.url).hostname or "nowhere"
        if site not in self._stopped:
            self._stopped.add(site)
            self.events.append(f"What the page would send to {site} was stopped (--allow send).")
        route.abort("blockedbyclient")

    def _shut(self, route: Route, url: str) -> bool:
        """Refuse an address that is not allowed, and tell it."""
        why = self.sites.refusal(url) if self.sites else ""
        if why:
            self.events.append(f"A page was not opened: {why}.")
            route.abort("blockedbyclient")
        return bool(why)

    def _moved(self, page: Page, frame: Frame) -> None:
        """A tab that stands where no request led (data:, blob:) is closed, or emptied."""
        why = self.sites.refusal(frame.url) if self.sites else ""
        if not why or frame.parent_frame or frame.url.startswith((_ERROR_PAGE, ":")):
            return
        self.events.append(f"A page was left: {why}.")
        if len(self.pages) > 1:
            page.close()
        else:
            page.goto("about:blank")

    def _asked(self, request: Request) -> None:
        # A stream that stays open is no reason to wait.
        if request.resource_type not in _STREAMS:
            self.busy.add(request)

    def _answered(self, request: Request) -> None:
        self.busy.discard(request)

    def _left(self, page: Page) -> None:
        if page in self.pages:
            self.pages.remove(page)
            self.events.append("The tab was closed.")

    def _try(self, answer: Callable[[], None]) -> None:
        """Answer a page that may be gone by now; then there is nobody to be answered."""
        from playwright.sync_api import Error

        try:
            answer()
        except Error as error:
            self.events.append(f"A page was gone before it was answered ({first_line(error)}).")

    def _crashed(self, _: Page) -> None:
        self.events.append("The page crashed.")

    def _dialog(self, dialog: Dialog) -> None:
        # Whoever asks before a page is left is asked about leaving alone.
        yes = dialog.type in ("alert", "beforeunload") or self.on_dialog(dialog.message)
        how = "accepted" if self.dialogs == "accept" and yes else "dismissed"
        self.events.append(f"A {dialog.type} dialog said {dialog.message[:200]!r} and was {how}.")
        self._try(dialog.accept if how == "accepted" else dialog.dismiss)

    def _chooser(self, _: FileChooser) -> None:
        self.events.append("A file chooser was refused: no file was given to upload.")

    def _download(self, download: Download) -> None:
        # The name is the page's word: only its last part is used, and never as a path.
        name = Path(download.suggested_filename).name or "file"
        if self.downloads is None:
            self.events.append(f"The download of {name!r} was refused.")
            self._try(download.cancel)
        else:
            self.events.append(f"{name!r} was downloaded.")
            self._try(partial(download.save_as, self.downloads / name))
