"""The gate: what cannot be undone is seen before it is done, on real pages in a real browser."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from qvl_agent.actions.types import Action, Click, GoTo, Hover, Point, Press, Size, Type
from qvl_agent.agent.approve import allow_all
from qvl_agent.agent.cli import main
from qvl_agent.agent.gate import KINDS, PATTERNS, Kind, Policy, gated, kinds
from qvl_agent.envs.base import Label, Observation
from qvl_agent.envs.browser import BrowserEnv

HERE = Click(at=Point(x=150, y=80))
SEEN = Observation(b"", Size(300, 160), where="https://example.org/")
BIG = "style='position:fixed;inset:0;width:100%;height:100%;font-size:40px'"
SENDS = "fetch('/bought',{method:'POST'})"
# ruff: noqa: E501 - pages are one string per line
PAGES: dict[str, tuple[str, set[Kind]]] = {
    "/plain": (f"<button type=button {BIG}>Next page</button>", set()),
    "/buy": (f"<button {BIG}>Buy now</button>", {"pay"}),
    "/buy-de": (f"<button {BIG}>Zahlungspflichtig bestellen</button>", {"pay"}),
    "/buy-zh": (f"<button {BIG}>立即购买</button>", {"pay"}),
    "/icon": (f"<button aria-label='Delete message' {BIG}>🗑</button>", {"delete"}),
    "/title": (f"<div role=button tabindex=0 title='Send' {BIG}>➤</div>", {"send"}),
    "/image": (f"<form><input type=image alt='Place order' src='x.png' {BIG}></form>", {"pay"}),
    "/value": (f"<form><input type=submit value='Publish' {BIG}></form>", {"send"}),
    "/inner": (f"<button {BIG}><span><b>Remove</b> item</span></button>", {"delete"}),
    "/link": (f"<a href='/x' download {BIG}>Get it</a>", {"download"}),
    "/away": (f"<a href='https://evil.example/' {BIG}>More</a>", {"leave"}),
    "/install": (f"<a href='#' {BIG}>Install extension</a>", {"install"}),
    "/file": (f"<input type=file {BIG}>", {"upload"}),
    "/login": (
        f"<form><input type=password name=p><button {BIG}>Continue</button></form>",
        {"credentials"},
    ),
    "/card": (
        f"<form><input autocomplete=cc-number name=n><button {BIG}>Continue</button></form>",
        {"pay"},
    ),
    "/frame": (
        f"<iframe {BIG} srcdoc=\"<button style='position:fixed;inset:0;width:100%'>Pay 90 €</button>\"></iframe>",
        {"pay"},
    ),
    "/shadow": (
        f"<div id=h {BIG}></div><script>h.attachShadow({{mode:'open'}}).innerHTML=`<button style='position:fixed;inset:0;width:100%'>Delete account</button>`</script>",
        {"delete"},
    ),
    "/jacking": (
        f"<button {BIG}>Show a kitten</button><button style='position:fixed;inset:0;width:100%;opacity:0'>Transfer money</button>",
        {"pay"},
    ),
    "/overlay": (
        f"<button {BIG}>Pay</button><div style='position:fixed;inset:0;background:white'>Close</div>",
        set(),
    ),
    "/script-pay": (f"<button type=button onclick={SENDS} {BIG}>Pay</button>", {"pay"}),
    "/script-next": (f"<button type=button onclick={SENDS} {BIG}>Next</button>", set()),
    "/text": (f"<textarea {BIG}>delete send buy</textarea>", set()),
    "/field": (f"<input name=send {BIG}>", set()),
}


class Served(BaseHTTPRequestHandler):
    """The pages above, and what was bought."""

    bought: list[str] = []  # noqa: RUF012 - one server for the whole module

    def do_GET(self) -> None:
        if self.path.startswith("/bought"):
            self.bought.append(self.path)
        body = PAGES.get(
            self.path,
            ("<form action=/bought><input name=a autofocus><button>Buy</button></form>", set()),
        )[0]
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body.encode())

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture(scope="module")
def site() -> Generator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Served)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def env(site: str) -> Generator[BrowserEnv]:
    one = BrowserEnv(f"{site}/plain", size=(300, 160))
    yield one
    one.close()


@pytest.mark.parametrize("page", PAGES)
def test_what_a_click_would_do_is_seen_before_it_is_done(
    env: BrowserEnv, site: str, page: str
) -> None:
    env.act(GoTo(url=f"{site}{page}"))
    assert HERE.at is not None
    assert kinds(HERE, env.label(HERE.at), env.observe().where) == PAGES[page][1]


def test_enter_in_a_form_is_what_its_button_is(env: BrowserEnv, site: str) -> None:
    env.act(GoTo(url=f"{site}/anything"))
    env.act(Click(at=Point(x=40, y=15)))
    enter = Press(keys=("enter",))
    assert kinds(enter, env.label(None), env.observe().where) == {"pay"}
    assert kinds(Type(text="a\n"), env.label(None), "") == {"pay"}
    assert kinds(Type(text="a"), env.label(None), "") == set()


def test_a_password_is_a_credential_however_it_is_sent(env: BrowserEnv, site: str) -> None:
    env.act(GoTo(url=f"{site}/login"))
    password = Label("p", "input", "password", asks="password")
    assert kinds(Type(text="secret"), password, "") == {"credentials"}


@pytest.mark.parametrize("scale", [1.5, 2])
def test_the_element_is_the_one_under_the_pixel_at_any_scale(site: str, scale: float) -> None:
    env = BrowserEnv(f"{site}/jacking", size=(300, 160), scale=scale)
    try:
        found = env.label(Point(x=round(150 * scale), y=round(3 * scale)))
        assert found is not None
        assert found.text == "Transfer money"
    finally:
        env.close()


@pytest.mark.parametrize(("page", "bought"), [("/script-pay", ["/bought"]), ("/script-next", [])])
def test_a_script_sends_as_part_of_what_was_let_pass_and_not_otherwise(
    site: str, page: str, bought: list[str]
) -> None:
    env = BrowserEnv(f"{site}{page}", size=(300, 160))
    try:
        approve = gated(allow_all, Policy(allow=frozenset({"pay"})), env)
        Served.bought.clear()
        assert approve(HERE, env.observe()).verdict == "allow"
        env.act(HERE)
        told = " ".join(env.observe().events)
        assert Served.bought == bought
        assert ("was stopped" in told) == (not bought)
    finally:
        env.close()


class Named:
    """An environment in which everything is called the same."""

    def __init__(self, text: str) -> None:
        self.text = text

    def label(self, at: Point | None) -> Label:
        return Label(self.text, "button")


def verdict(
    action: Action, policy: Policy, text: str, answer: bool | None = None
) -> tuple[str, str]:
    asked: list[str] = []

    def ask(question: str) -> bool:
        asked.append(question)
        return bool(answer)

    gate = gated(allow_all, policy, Named(text), None if answer is None else ask)
    ruling = gate(action, SEEN)
    return ruling.verdict, ruling.note


def test_nobody_there_means_no() -> None:
    assert verdict(HERE, Policy(), "Buy") == ("stop", "pay needs a person's word: --allow pay")
    assert verdict(HERE, Policy(), "Next") == ("allow", "")
    assert verdict(Hover(at=Point(x=1, y=1)), Policy(), "Buy") == ("allow", "")


def test_what_is_allowed_passes_and_is_written_down() -> None:
    assert verdict(HERE, Policy(frozenset({"pay"})), "Buy") == ("allow", "gate: pay")


def test_what_is_denied_is_not_even_asked() -> None:
    policy = Policy(frozenset({"pay"}), frozenset({"pay"}))
    assert verdict(HERE, policy, "Buy", True) == ("stop", "pay is denied")


def test_a_person_decides() -> None:
    assert verdict(HERE, Policy(), "Buy", True)[0] == "allow"
    assert verdict(HERE, Policy(), "Buy", False) == ("refuse", "the user refused to pay")


def test_every_kind_that_is_named_has_words() -> None:
    assert set(PATTERNS) == set(KINDS) - {"leave", "unnamed"}
    assert PATTERNS["pay"].search("BUY")
    assert not PATTERNS["pay"].search("buyer's guide")


def call(**arguments: object) -> str:
    return (
        f"<tool_call>\n{json.dumps({'name': 'computer_use', 'arguments': arguments})}\n</tool_call>"
    )


@pytest.mark.parametrize(
    ("options", "code", "bought"),
    [([], 14, 0), (["--allow", "pay"], 10, 1), (["--deny", "pay", "--allow", "pay"], 14, 0)],
)
def test_an_unattended_run_ends_before_it_pays(
    options: list[str], code: int, bought: int, site: str, tmp_path: Path
) -> None:
    Served.bought.clear()
    script = tmp_path / "script.json"
    click = call(action="left_click", coordinate=[60, 20])
    replies = [click, call(action="type", text="x"), call(action="key", keys=["enter"])]
    script.write_text(json.dumps([*replies, call(action="terminate", status="success")]))
    run = ["run", "buy it", "--url", f"{site}/anything", "--size", "300x160", "--yes", *options]
    assert main([*run, "--model", f"script:{script}", "--out", str(tmp_path / "run")]) == code
    assert len(Served.bought) == bought
    if code == 14:
        record = (tmp_path / "run" / "run.jsonl").read_text("utf-8")
        assert "pay is denied" in record or "pay needs a person's word" in record


def test_a_kind_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "x", "--allow", "everything"]) == 2
    assert "'everything' is no kind; use pay, send, delete" in capsys.readouterr().err


def test_sites_bind_the_first_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "s.json"
    script.write_text("[]")
    run = ["run", "x", "--url", "http://127.0.0.1:9/", "--yes", "--model", f"script:{script}"]
    assert main([*run, "--sites", "example.org"]) == 2
    assert "127.0.0.1 is not among the allowed sites" in capsys.readouterr().err
