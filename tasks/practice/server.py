"""The practice site: every task in a session of its own, served on loopback from this process."""

from __future__ import annotations

import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..base import Verdict
from .app import Job
from .oracle import Move, PageState, next_move
from .screens import page
from .theme import Theme

_MOST_BYTES = 64_000


class PracticeTask:
    """One task with its own session on the site; `check` reads the server's state alone."""

    def __init__(self, job: Job, base: str, token: str) -> None:
        self.job, self.token = job, token
        self.kind, self.app, self.seed, self.goal = job.kind, job.app.name, job.seed, job.goal
        self.id = f"{job.kind}-{job.seed}"
        self.theme = Theme.of(Random(f"{job.kind}-{job.seed}-theme"))
        self.start_url = f"{base}/{token}/{job.app.first}"

    def check(self, answer: str = "") -> Verdict:
        """Whether the server's state is what the goal asks for, and nothing else changed."""
        return self.job.check()

    def oracle(self, state: PageState, last: str = "") -> Move:
        """The right next step on this page; `last` says what was done before it."""
        return next_move(self.job, state, last)

    def html(self, screen: str) -> str:
        """A screen's page as the state has it now; KeyError if there is no such screen."""
        job = self.job
        return page(job.app.screen(screen), job.app.name, self.theme, screen, job.banner)

    def submit(self, screen: str, values: dict[str, str]) -> str:
        """Carry out a posted form and return the next screen's name."""
        do = values.pop("do", "")
        if do == "dismiss":
            self.job.banner = None
            return screen
        if self.job.banner is not None:
            return screen
        if do == "home":
            return self.job.app.first
        return self.job.app.submit(screen, do, {k: v.strip() for k, v in values.items()})


class Site:
    """The running site; use it as a context manager."""

    def __init__(self) -> None:
        self.tasks: dict[str, PracticeTask] = {}
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Site:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def task(self, kind: str, seed: int) -> PracticeTask:
        """Set up a task of a kind; the same kind and seed give the same pages."""
        from .apps import make

        return self.add(make(kind, seed))

    def add(self, job: Job) -> PracticeTask:
        """Give a job a session of its own."""
        task = PracticeTask(job, self.url, secrets.token_urlsafe(9))
        self.tasks[task.token] = task
        return task

    def release(self, task: PracticeTask) -> None:
        """Forget a task's session."""
        self.tasks.pop(task.token, None)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, site: Site) -> None:
        self.site = site
        super().__init__(("127.0.0.1", 0), _Requests)


class _Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _MOST_BYTES:
            self.close_connection = True
            self._send(413, "<h1>Too large</h1>")
            return
        body = self.rfile.read(int(length)).decode(errors="replace")
        self._answer(dict(parse_qsl(body, keep_blank_values=True, max_num_fields=50)))

    def _answer(self, values: dict[str, str]) -> None:
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0]
        if host not in ("127.0.0.1", "localhost"):
            self._send(403, "<h1>This site is for this machine only</h1>")
            return
        parts = urlsplit(self.path).path.strip("/").split("/")
        assert isinstance(self.server, _Server)
        task = self.server.site.tasks.get(parts[0]) if len(parts) == 2 else None
        if task is None:
            self._send(404, "<h1>No such page</h1>")
            return
        try:
            if self.command == "POST":
                self._send(303, "", f"/{parts[0]}/{task.submit(parts[1], values)}")
            else:
                self._send(200, task.html(parts[1]))
        except (LookupError, ValueError, StopIteration):
            self._send(404, "<h1>No such page</h1>")

    def _send(self, status: int, html: str, to: str = "") -> None:
        body = html.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if to:
            self.send_header("Location", to)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged: the run's record has what matters."""
