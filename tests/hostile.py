"""Pages and servers that misbehave, for tests of what becomes of a run there."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# ruff: noqa: E501 - pages are one string per line
BUTTON = "style='position:fixed;left:0;top:0;width:99px;height:99px'"
PAGES = {
    "/still": "<h1>Nothing happens here</h1>",
    "/seen": f"<button onclick=\"fetch('/hit?'+(window.n=(window.n||0)+1),{{method:'POST',keepalive:true}});document.title=n;this.textContent=n\" {BUTTON}>0</button>",
    "/hang": f"<button onclick='while(true){{}}' {BUTTON}>x</button>",
    "/hang-later": "<script>setTimeout(() => { while (true) {} }, 300)</script>later",
    "/alerts-forever": f"<button onclick='while(true)alert(1)' {BUTTON}>x</button>",
    "/alerts": "<script>setInterval(() => alert('again'), 1)</script>alerts",
    "/popups": "<script>setInterval(() => open('/still'), 20)</script>popups",
    "/popups-of-popups": "<script>setTimeout(() => open('/popups-of-popups'), 50)</script>popups",
    "/reloads": "<script>location.reload()</script>again",
    "/goes-round": "<script>location.href = '/goes-round?' + Math.random()</script>round",
    "/frames": "<script>setInterval(() => { const f = document.createElement('iframe'); f.src = '/still'; document.body.append(f) }, 20)</script><body>frames",
    "/huge": "<script>for (let i = 0; i < 15000; i++) { const p = document.createElement('p'); p.textContent = i; document.documentElement.append(p) }</script>",
    "/downloads": "<script>setInterval(() => { const a = document.createElement('a'); a.href = '/file.bin'; a.download = 'f'; a.click() }, 30)</script>downloads",
    "/closes": f"<button onclick='window.close()' {BUTTON}>x</button>",
    "/restless": "<script>let n = 0; setInterval(() => { document.body.style.background = `hsl(${n += 7},50%,50%)` }, 5)</script><body>restless",
    "/stays": "<script>onbeforeunload = e => { e.preventDefault(); return 'stay' }</script>stay",
    "/asks": "<script>setInterval(() => fetch('/still?' + Math.random()), 5)</script>asks",
    "/waits": f"<button onclick=\"const r = new XMLHttpRequest(); r.open('GET', '/never', false); r.send()\" {BUTTON}>x</button>",
    "/history": "<script>setInterval(() => history.pushState(0, '', '?' + Math.random()), 20)</script>history",
    "/storage": "<script>setInterval(() => { try { localStorage[Math.random()] = 'x'.repeat(1e5) } catch (e) { document.title = e.name } }, 5)</script>storage",
    "/prints": "<script>setInterval(() => print(), 50)</script>prints",
    "/full-screen": f"<button onclick='document.documentElement.requestFullscreen()' {BUTTON}>x</button>",
}


class Hostile(ThreadingHTTPServer):
    """Serves the pages; `hits` holds what the page `/seen` was made to do."""

    daemon_threads = True

    def __init__(self) -> None:
        self.hits: list[str] = []
        self.ended = threading.Event()
        super().__init__(("127.0.0.1", 0), _Answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that is killed in the middle of an answer is what these tests are for."""


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Hostile)
        path = self.path.partition("?")[0]
        if path == "/never":
            self.server.ended.wait(60)
        elif path == "/endless":
            self._drip()
        elif path == "/redirects":
            self._head(302, Location="/redirects")
        elif path == "/file.bin":
            self._head(200, **{"Content-Disposition": "attachment; filename=f.bin"})
            self.wfile.write(b"1234")
        elif path == "/half":
            self._head(200, **{"Content-Type": "text/html", "Content-Length": "100000"})
            self.wfile.write(b"<h1>half a")
        else:
            self._head(200, **{"Content-Type": "text/html; charset=utf-8"})
            page = "<!doctype html><link rel=icon href='data:,'>" + PAGES.get(path, "")
            self.wfile.write(page.encode())

    def do_POST(self) -> None:
        assert isinstance(self.server, Hostile)
        self.server.hits.append(self.path.partition("?")[2])
        self._head(204)

    def _head(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _drip(self) -> None:
        assert isinstance(self.server, Hostile)
        self._head(200, **{"Content-Type": "text/html"})
        with suppress(OSError):
            while not self.server.ended.wait(0.1):
                self.wfile.write(b"<p>more</p>")
                self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """The tests read `hits`."""


@contextmanager
def served(server: ThreadingHTTPServer) -> Generator[None]:
    """The server, listening in a thread until the end."""
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield
    finally:
        if isinstance(server, Hostile | Oracle):
            server.ended.set()
        server.shutdown()
        server.server_close()


Answer = Callable[["OracleAnswers"], None]


class Oracle(ThreadingHTTPServer):
    """A model's server that lists its model rightly, and answers chats as it is told to."""

    daemon_threads = True

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.ended = threading.Event()
        super().__init__(("127.0.0.1", 0), OracleAnswers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has hung up is what these tests are for."""


class OracleAnswers(BaseHTTPRequestHandler):
    """One request to an `Oracle`."""

    def do_GET(self) -> None:
        self.send(200, json.dumps({"object": "list", "data": [{"id": "odd", "object": "model"}]}))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.oracle.answer(self)

    @property
    def oracle(self) -> Oracle:
        assert isinstance(self.server, Oracle)
        return self.server

    def send(self, status: int, body: str | bytes, **headers: str) -> None:
        """A whole answer; headers are given with underscores."""
        raw = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        named = {"Content_Type": "application/json", "Content_Length": str(len(raw)), **headers}
        for name, value in named.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(raw)
            self.wfile.flush()

    def drip(self, piece: bytes, pause: float, most: int = 1 << 40) -> None:
        """A body that goes on and on."""
        self.send(200, b"", Content_Length=str(most))
        with suppress(OSError):
            while not self.oracle.ended.wait(pause):
                self.wfile.write(piece)
                self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""
