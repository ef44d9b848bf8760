"""The pages of the `miniwob` package, served to this machine alone."""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from ...actions.errors import UserError
from .profiles import Profile

FLIGHT: tuple[str, ...] = ("flight.AA", "flight.Alaska", "flight.Alaska-auto")
"""The flight pages: 667 and 800 pixels high, counted with none of the published lists."""


def page_folder() -> Path:
    """The folder of HTML files in the installed package; UserError when it is not there.

    The package is looked up and never imported: its own code wants a driver that is not needed.
    """
    try:
        found = Path(str(distribution("miniwob").locate_file("miniwob/html")))
    except PackageNotFoundError as error:
        raise UserError(
            "the pages of MiniWoB++ are not installed; pip install 'qvl-agent[miniwob]'"
        ) from error
    if not (found / "core" / "core.js").is_file():
        raise UserError(f"{found} holds no pages; pip install --force-reinstall miniwob")
    return found


def page_of(name: str) -> str:
    """A task's page, relative to the folder."""
    if name in FLIGHT:
        return f"flight/{name.removeprefix('flight.')}/wrapper.html"
    return f"miniwob/{name}.html"


def pages_of(profile: Profile) -> tuple[str, ...]:
    """The profile's tasks that the package has a page for."""
    folder = page_folder()
    return tuple(name for name in profile.tasks if (folder / page_of(name)).is_file())


class _Files(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    # Without a charset a browser takes the accents of some pages for two letters each.
    extensions_map = {
        **SimpleHTTPRequestHandler.extensions_map,
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
    }

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed about pages."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "max-age=3600")
        super().end_headers()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that leaves in the middle of an answer is no news."""


class Pages:
    """A file server on a port of 127.0.0.1 that nobody else uses; ended by `close`."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or page_folder()
        self._server = _Server(("127.0.0.1", 0), partial(_Files, directory=str(self.folder)))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def __enter__(self) -> Pages:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def has(self, name: str) -> bool:
        """Whether the package has this task's page."""
        return (self.folder / page_of(name)).is_file()

    def url(self, name: str) -> str:
        """Where a task's page is served; UserError when the package lacks it."""
        if not self.has(name):
            raise UserError(f"the miniwob package has no page for {name!r}")
        return f"http://127.0.0.1:{self._server.server_address[1]}/{page_of(name)}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
