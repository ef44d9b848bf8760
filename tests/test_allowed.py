"""Where a browser may go: every trick with an address that we know of, and the real browser."""

from __future__ import annotations

import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from qvl_agent.actions.errors import ActionError, UserError
from qvl_agent.actions.types import Click, GoTo, Point
from qvl_agent.envs.allowed import Sites
from qvl_agent.envs.browser import BrowserEnv

SITES = Sites(["example.org", "*.shop.example", "localhost:8000", "bücher.example", "10.0.0.7"])
OPEN = [
    "https://example.org", "http://example.org/", "https://EXAMPLE.org/a?b#c", "https://example.org.",
    "https://example.org:443/x", "https://a.shop.example", "https://a.b.shop.example/x",
    "http://localhost:8000/", "https://xn--bcher-kva.example/", "https://bücher.example/",
    "https://BÜCHER.example", "http://10.0.0.7/", "http://10.0.0.7:81/x", "about:blank",
    "http://0x0a.0.0.7/", "http://[::ffff:10.0.0.7]/", " https://example.org ",
]  # fmt: skip
SHUT = [
    "https://evil.example", "https://example.org.evil.example", "https://evilexample.org",
    "https://www.example.org", "https://shop.example", "https://xshop.example",
    "https://example.org@evil.example", "https://example.org:pw@evil.example/",
    "https://user@example.org", "https://user:pw@example.org", "https://evil.example/example.org",
    "https://evil.example?example.org", "https://evil.example#example.org",
    "https://evil.example/https://example.org", "https://evil.example\\@example.org",
    "http://localhost", "http://localhost:8001", "http://127.0.0.1:8000", "http://127.0.0.1",
    "http://127.1", "http://2130706433", "http://0x7f000001", "http://0x7f.1", "http://017700000001",
    "http://0", "http://0.0.0.0", "http://[::1]", "http://[::ffff:127.0.0.1]", "http://[::]",
    "http://169.254.169.254/latest/meta-data", "http://192.168.1.1", "http://10.0.0.8",
    "http://172.16.0.1", "http://[fe80::1]", "http://[fd00::1]", "http://router.local",
    "http://intranet", "http://nas.lan", "http://printer.home.arpa",
    "data:text/html,<h1>hi</h1>", "data:text/html;base64,PGgxPg==", "blob:https://example.org/1",
    "javascript:alert(1)", "JavaScript:alert(1)", "file:///etc/passwd", "file://example.org/x",
    "ftp://example.org", "ws://example.org", "chrome://settings", "about:config",
    "view-source:https://example.org", "filesystem:https://example.org/temporary/x",
    "intent://example.org#Intent;end", "mailto:a@example.org", "chrome-extension://x/y.html",
    "", "example.org", "//example.org", "https://", "https:///example.org", "http://exa mple.org",
    "https://example.org:99999", "http://[::1", "https://exаmple.org", "https://xn--e1afmkfd.org",
    "https://example。org.evil.example", "devtools://devtools/x",
]  # fmt: skip


@pytest.mark.parametrize("url", OPEN)
def test_named_sites_may_be_opened(url: str) -> None:
    assert SITES.refusal(url) == ""


@pytest.mark.parametrize("url", SHUT)
def test_nothing_else_may(url: str) -> None:
    assert SITES.refusal(url) != ""


def test_enough_tricks_are_tried() -> None:
    assert len(OPEN) + len(SHUT) >= 60


def test_below_a_site_is_not_into_a_private_network() -> None:
    assert Sites(["*.local"]).refusal("http://nas.local") == "nas.local is in a private network"
    assert Sites(["nas.local"]).refusal("http://nas.local") == ""


@pytest.mark.parametrize("pattern", ["", "*", "*.*.org", "https://example.org", "a/b", "u@b.org"])
def test_what_is_no_site_is_refused(pattern: str) -> None:
    with pytest.raises(UserError, match="is no site"):
        Sites([pattern])
    with pytest.raises(UserError, match="no site is named"):
        Sites([])


class Pages(BaseHTTPRequestHandler):
    """One page with every way out; `asked` holds what was requested, by host."""

    asked: list[tuple[str, str]] = []  # noqa: RUF012 - one server for the whole module

    def do_GET(self) -> None:
        host = self.headers.get("Host", "")
        self.asked.append((host, self.path))
        other = f"http://localhost:{host.rpartition(':')[2]}"
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", f"{other}/stolen")
            self.end_headers()
            return
        ways = {
            "/link": f"<a href='{other}/stolen'>A</a>",
            "/popup": f"<a target=_blank href='{other}/stolen'>A</a>",
            "/script": f"<a href='#' onclick=\"location='{other}/stolen'\">A</a>",
            "/form": f"<form action='{other}/stolen'><button>A</button></form>",
            "/frame": f"<a href='#' onclick=\"f.src='{other}/stolen'\">A</a><iframe id=f></iframe>",
            # In an attribute, `open` and `URL` alone are the document's.
            "/data": "<a href='#' onclick=\"window.open('data:text/html,<title>stolen</title>')\">"
            "A</a>",
            "/blob": "<a href='#' onclick=\"window.open(window.URL.createObjectURL("
            "new Blob(['<p>stolen'],{type:'text/html'})))\">A</a>",
            "/meta": "<a href='/hop'>A</a>",
            "/hop": f"<meta http-equiv=refresh content='0;url={other}/stolen'>",
            "/hopper": "<a href='/redirect'>A</a>",
        }
        body = ways.get(self.path, "fine")
        style = "<style>a,button{position:fixed;inset:0;font-size:60px;width:100%}</style>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write((style + body).encode())

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture(scope="module")
def port() -> Generator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def env(port: int) -> Generator[BrowserEnv]:
    home = f"http://127.0.0.1:{port}/fine"
    one = BrowserEnv(home, size=(300, 200), sites=Sites([f"127.0.0.1:{port}"]))
    yield one
    one.close()


WAYS = ["link", "popup", "script", "form", "frame", "data", "blob", "meta", "hopper"]


@pytest.mark.parametrize("way", WAYS)
def test_no_way_leads_out_of_the_allowed_sites(env: BrowserEnv, port: int, way: str) -> None:
    Pages.asked.clear()
    env.act(GoTo(url=f"http://127.0.0.1:{port}/{way}"))
    env.act(Click(at=Point(x=20, y=30)))
    seen = env.observe()
    assert Pages.asked[0] == (f"127.0.0.1:{port}", f"/{way}")
    assert not [path for _, path in Pages.asked if path.startswith("/stolen")], "the site was asked"
    for url in (seen.where, *(page.url for page in env.tabs.pages)):
        assert url.startswith((f"http://127.0.0.1:{port}/", "chrome-error://", "about:blank"))


@pytest.fixture(scope="module")
def free(port: int) -> Generator[BrowserEnv]:
    one = BrowserEnv(f"http://127.0.0.1:{port}/fine", size=(300, 200))
    yield one
    one.close()


@pytest.mark.parametrize("way", [way for way in WAYS if way not in ("data", "blob")])
def test_without_a_list_every_way_leads_out(free: BrowserEnv, port: int, way: str) -> None:
    Pages.asked.clear()
    free.act(GoTo(url=f"http://127.0.0.1:{port}/{way}"))
    free.act(Click(at=Point(x=20, y=30)))
    free.observe()
    assert [path for _, path in Pages.asked if path.startswith("/stolen")]


def test_a_refused_page_is_told_to_the_model(env: BrowserEnv, port: int) -> None:
    with pytest.raises(ActionError, match="evil.example is not among the allowed sites"):
        env.act(GoTo(url="https://evil.example/"))
    with pytest.raises(ActionError, match="no kind of page"):
        env.act(GoTo(url="file:///etc/passwd"))
    env.act(GoTo(url=f"http://127.0.0.1:{port}/link"))
    env.observe()
    env.act(Click(at=Point(x=20, y=30)))
    assert any(
        "localhost is not among the allowed sites" in event for event in env.observe().events
    )


def test_the_first_page_must_be_allowed_too(port: int) -> None:
    with pytest.raises(ActionError, match="not among the allowed sites"):
        BrowserEnv("https://evil.example", sites=Sites([f"127.0.0.1:{port}"]))
