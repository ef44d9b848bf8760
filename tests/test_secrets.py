"""Secrets: typed where they belong, and nowhere to be found afterwards."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from qvl_agent.actions.errors import ActionError, UserError
from qvl_agent.actions.types import Click, GoTo, Point, Press, Size, Type, Wait
from qvl_agent.agent.cli import main
from qvl_agent.envs.browser import BrowserEnv
from qvl_agent.envs.secrets import Secrets

CANARY, OTHER = "Kx7 canary+77&", "Zq9-fallow.28!"
FORM = (
    "<form action=/in style='font:24px monospace'><input name=pin autofocus size=30><br>"
    "<textarea name=note></textarea><button>Continue</button></form>"
)
ECHO = "<p style='font:24px monospace'>Your PIN is <b>{pin}</b>, kept.</p><input value='{pin}'>"


SPY = """<p>hello</p><script>
  const heard = [], real = String.prototype.includes;
  String.prototype.includes = function (...words) { heard.push(...words); return real.apply(this, words); };
  Array.prototype.some = function (f) { heard.push(...this); for (const one of this) if (f(one)) return true; return false; };
  setInterval(() => { document.title = heard.join("|") || "nothing"; }, 20);
</script>"""  # noqa: E501


class Bank(BaseHTTPRequestHandler):
    """A form, and a page that says again what was sent."""

    got: list[str] = []  # noqa: RUF012 - one server for the whole module

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        body = FORM
        if asked.path == "/in":
            pin = parse_qs(asked.query).get("pin", [""])[0]
            self.got.append(pin)
            body = ECHO.format(pin=pin.replace("&", "&amp;"))
        if asked.path == "/spy":
            body = SPY
        if asked.path == "/framed":
            # The same server by another name is another site.
            there = str(self.headers["Host"]).replace("127.0.0.1", "localhost")
            body = f"<iframe src='http://{there}/' width=400 height=200></iframe>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture(scope="module")
def bank() -> Generator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bank)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def known(value: str = CANARY, site: str = "127.0.0.1") -> Secrets:
    return Secrets([f"pin={site}"], {"pin": value}.get)


def call(**arguments: object) -> str:
    whole = {"name": "computer_use", "arguments": arguments}
    return f"<tool_call>\n{json.dumps(whole)}\n</tool_call>"


def seen(bank: str, value: str) -> list[bytes]:
    """Screenshots of typing a secret, sending it, and being told it again."""
    pictures: list[bytes] = []
    env = BrowserEnv(bank, size=Size(600, 300), secrets=known(value))
    env.on_frame = lambda png, size: pictures.append(png)
    try:
        env.act(Type(text="{{secret:pin}}"))
        shown = [env.observe().png]
        env.act(Press(keys=("enter",)))
        look = env.observe()
        assert "/in?pin=•••" in look.where
        label = env.label(Point(x=100, y=100))
        assert label is None or value not in repr(label)
        return [*shown, look.png]
    finally:
        env.close()


def test_two_secrets_of_one_length_leave_the_same_pictures(bank: str) -> None:
    """If any pixel told a letter of it, these would differ."""
    Bank.got.clear()
    assert seen(bank, CANARY) == seen(bank, OTHER)
    assert [pin for pin in Bank.got if pin] == [CANARY, OTHER], "and yet they were typed"


def test_a_run_leaves_no_trace_of_the_secret(
    bank: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QVL_SECRET_PIN", CANARY)
    Bank.got.clear()
    script = tmp_path / "script.json"
    script.write_text(json.dumps([
        call(action="type", text="{{secret:pin}}"), call(action="key", keys=["enter"]),
        call(action="left_click", coordinate=[100, 60]),
        call(action="terminate", status="success"),
    ]))  # fmt: skip
    words = ["--url", bank, "--model", f"script:{script}", "--yes", "--secret", "pin=127.0.0.1"]
    folder = tmp_path / "run"
    code = main(["run", "log in with {{secret:pin}}", *words, "--out", str(folder)])
    assert (code, Bank.got) == (10, [CANARY])
    left = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    told = capfd.readouterr()
    for trace in (CANARY, CANARY.replace(" ", "+"), "Kx7%20", "Kx7+", "canary"):
        assert trace.encode() not in left
        assert trace not in told.out + told.err
    assert b"{{secret:pin}}" in left


@pytest.mark.parametrize(
    ("site", "path", "said"),
    [
        ("bank.example", "/", "the secret pin does not belong on this page"),
        ("127.0.0.1", "/framed", "nothing has the focus; click the field first"),
    ],
)
def test_a_secret_is_not_typed_where_it_does_not_belong(
    bank: str, site: str, path: str, said: str
) -> None:
    env = BrowserEnv(f"{bank}{path}", size=Size(600, 300), secrets=known(site=site))
    try:
        with pytest.raises(ActionError, match=said):
            env.act(Type(text="{{secret:pin}}"))
    finally:
        env.close()


def test_a_field_in_a_frame_of_another_site_is_refused(bank: str) -> None:
    env = BrowserEnv(f"{bank}/framed", size=Size(600, 300), secrets=known())
    try:
        env.act(Click(at=Point(x=100, y=40)))
        with pytest.raises(ActionError, match="in a frame of another site"):
            env.act(Type(text="{{secret:pin}}"))
        with pytest.raises(ActionError, match="there is no secret pen; known: pin"):
            env.act(Type(text="{{secret:pen}}"))
    finally:
        env.close()


def test_every_spelling_of_a_value_is_hidden() -> None:
    hide = known().hide
    for text in (CANARY, "Kx7%20canary%2B77%26", "Kx7+canary%2B77%26"):
        assert hide(f"a {text} b") == "a ••• b"
    assert hide("nothing here") == "nothing here"


BAD: dict[str, tuple[list[str], str]] = {
    "no site": (["--secret", "pin"], "write --secret bank_pin=bank.example"),
    "no value": (["--secret", "nowhere=a.org"], "set QVL_SECRET_NOWHERE"),
    "a short value": (["--secret", "short=a.org"], "no value of 4 characters"),
    "a bad site": (["--secret", "pin=http://a.org/x"], "is no site"),
    "not given": ([], "the goal names the secret pin; add --secret pin=SITE"),
    "a desktop": (["--secret", "pin=a.org", "--env", "desktop"], "typed in browsers only"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_missing_is_said_before_anything_is_opened(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QVL_SECRET_PIN", CANARY)
    monkeypatch.setenv("QVL_SECRET_SHORT", "123")
    words, said = BAD[name]
    assert main(["run", "type {{secret:pin}}", *words]) == 2
    assert said in capsys.readouterr().err


def test_values_come_from_the_environment() -> None:
    with pytest.raises(UserError, match="keyring"):
        Secrets(["absent=a.org"])


def test_another_page_cannot_overhear_the_secret(bank: str) -> None:
    """After a secret was typed every page is searched for it, with functions of our own."""
    env = BrowserEnv(bank, size=Size(600, 300), secrets=known())
    try:
        env.act(Type(text="{{secret:pin}}"))
        env.act(GoTo(url=f"{bank}/spy"))
        env.observe()
        env.act(Wait(seconds=0.2))
        env.observe()
        assert env.page.title() == "nothing"
    finally:
        env.close()
