"""The browser environment, against a real Chromium."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

import pytest

from qvl_agent.actions.errors import ActionError, EnvError
from qvl_agent.actions.types import (
    Back,
    Click,
    Drag,
    GoTo,
    Hover,
    Point,
    Press,
    Scroll,
    Size,
    Type,
)
from qvl_agent.envs import chromium
from qvl_agent.envs.browser import BrowserEnv
from qvl_agent.envs.contract import check_env
from qvl_agent.envs.fake import FakeEnv

# ruff: noqa: E501 - pages are one string per line
PAGES = {
    "/probe": """<style>body{margin:0;height:3000px}</style><script>
      window.log = [];
      for (const kind of ['click', 'dblclick', 'contextmenu', 'mousemove', 'mouseup'])
        addEventListener(kind, e => { e.preventDefault(); log.push([kind, e.clientX, e.clientY, e.ctrlKey]); });
      </script>""",
    "/text": "<textarea id=t autofocus style='width:300px;height:200px'></textarea>",
    "/dialogs": """<button onclick="document.title = alert('Hello') + '|' + confirm('Sure?') + '|' + prompt('Who?')"
      style='position:fixed;left:0;top:0;width:99px;height:99px'>go</button>""",
    "/popup": "<a href=/text target=_blank style='position:fixed;left:0;top:0;width:99px;height:99px'>open</a>",
    "/select": """<select id=s style='position:fixed;left:10px;top:10px;width:120px;height:30px'
      onchange="document.title = this.value"><option>one<option>two<option>three</select>""",
    "/file": "<input type=file style='position:fixed;left:0;top:0;width:200px;height:50px'>",
    "/hang": "<button onclick='while(true){}' style='position:fixed;left:0;top:0;width:99px;height:99px'>x</button>",
}


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/down":
            self.send_response(200)
            self.send_header("Content-Disposition", "attachment; filename=data.bin")
            self.end_headers()
            self.wfile.write(b"1234")
            return
        body = (
            "<!doctype html><meta charset=utf-8><link rel=icon href='data:,'>"
            + PAGES.get(self.path, "")
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def env() -> Iterator[BrowserEnv]:
    opened = BrowserEnv(size=(400, 300))
    yield opened
    opened.close()


def logged(env: BrowserEnv, kind: str) -> list[list[float]]:
    return [e[1:] for e in json.loads(env.page.evaluate("JSON.stringify(log)")) if e[0] == kind]


def test_the_contract_holds_for_the_browser_and_for_the_fake(site: str) -> None:
    check_env(lambda: BrowserEnv(f"{site}/text", size=(300, 200)))
    check_env(FakeEnv)


@pytest.mark.parametrize("scale", [1, 1.25, 1.5, 2, 3])
@pytest.mark.parametrize("size", [(400, 300), (1280, 800), (390, 844)])
def test_a_click_lands_on_the_pixel_it_was_aimed_at(
    site: str, scale: float, size: tuple[int, int]
) -> None:
    zoom = Random(f"{scale}{size}").choice([0.8, 1.0, 1.25, 1.5])
    env = BrowserEnv(f"{site}/probe", size=size, scale=scale, zoom=zoom)
    try:
        seen, rng = env.observe().size, Random(7)
        wide, high = round(size[0] / zoom), round(size[1] / zoom)
        assert abs(seen.width - wide * scale * zoom) <= 1, "as sharp as the screen"
        assert abs(seen.height - high * scale * zoom) <= 1
        corners = [(0, 0), (seen.width - 1, seen.height - 1)]
        aims = corners + [(rng.randrange(seen.width), rng.randrange(seen.height)) for _ in range(4)]
        for x, y in aims:
            env.act(Click(at=Point(x=x, y=y)))
        factor = env.page.evaluate("devicePixelRatio")
        assert factor == pytest.approx(scale * zoom)
        for (x, y), (got_x, got_y, _) in zip(aims, logged(env, "click"), strict=True):
            assert abs(got_x * factor - x) <= factor + 1e-6 or abs(got_x * factor - x) <= 1
            assert abs(got_y * factor - y) <= factor + 1e-6 or abs(got_y * factor - y) <= 1
    finally:
        env.close()


@pytest.mark.parametrize(
    "text",
    [
        "plain text",
        "\"quotes\" & 'more' <b> %s \\n $(reboot)",
        "two\nlines",
        "Привет, мир",
        "你好，世界",
        "مرحبا بالعالم",
        "🙂👩‍👩‍👧 e\u0301",
        "x" * 300,
    ],
)
def test_text_arrives_exactly(site: str, env: BrowserEnv, text: str) -> None:
    env.reset(f"{site}/text")
    env.act(Click(at=Point(x=50, y=50)))
    env.act(Type(text=text))
    assert env.page.evaluate("t.value") == text


def test_buttons_counts_held_keys_and_hover_reach_the_page(site: str, env: BrowserEnv) -> None:
    env.reset(f"{site}/probe")
    at = Point(x=100, y=100)
    env.act(Click(at=at, count=2))
    env.act(Click(at=at, button="right"))
    env.act(Click(at=at, keys=("ctrl",)))
    env.act(Hover(at=Point(x=30, y=40)))
    assert len(logged(env, "dblclick")) == 1
    assert len(logged(env, "contextmenu")) == 1
    assert logged(env, "click")[-1][2] is True
    assert logged(env, "mousemove")[-1][:2] == [30, 40]


def test_a_drag_moves_with_the_button_down_and_ends_where_it_should(
    site: str, env: BrowserEnv
) -> None:
    env.reset(f"{site}/probe")
    env.act(Drag(start=Point(x=10, y=20), end=Point(x=200, y=150), seconds=0.1))
    assert logged(env, "mouseup") == [[200, 150, False]]
    assert len(logged(env, "mousemove")) >= 10


def test_scrolling_down_shows_what_is_further_down(site: str, env: BrowserEnv) -> None:
    env.reset(f"{site}/probe")
    env.act(Scroll(at=Point(x=50, y=50), dy=200))
    env.page.wait_for_function("scrollY > 150")
    env.act(Scroll(at=Point(x=50, y=50), dy=-2, unit="notch"))
    env.page.wait_for_function("scrollY < 50")


def test_keys_together_select_everything(site: str, env: BrowserEnv) -> None:
    env.reset(f"{site}/text")
    env.act(Click(at=Point(x=50, y=50)))
    env.act(Type(text="old"))
    env.act(Press(keys=("ctrl", "a")))
    env.act(Type(text="new"))
    assert env.page.evaluate("t.value") == "new"


def test_dialogs_are_answered_and_told(site: str, env: BrowserEnv) -> None:
    env.reset(f"{site}/dialogs")
    env.act(Click(at=Point(x=50, y=50)))
    told = " ".join(env.observe().events)
    assert "alert dialog said 'Hello' and was accepted" in told
    assert "confirm dialog said 'Sure?'" in told
    assert "prompt dialog said 'Who?'" in told


def test_a_profile_is_kept_and_heard_once(site: str, tmp_path: Path) -> None:
    env = BrowserEnv(f"{site}/dialogs", size=(300, 200), profile=tmp_path / "own")
    try:
        env.page.evaluate("document.cookie = 'known=1; max-age=99'")
        for _ in range(2):
            env.reset(f"{site}/dialogs")
        env.act(Click(at=Point(x=50, y=50)))
        assert sum("'Hello'" in event for event in env.observe().events) == 1
        assert "times)" not in " ".join(env.observe().events)
        assert env.page.evaluate("document.cookie") == "known=1"
    finally:
        env.close()


def test_a_browser_that_runs_is_used_and_left_running(site: str, tmp_path: Path) -> None:
    with chromium.borrowed() as play:
        switches = [*chromium.arguments(), "--headless", "--remote-debugging-port=0"]
        words = [chromium.executable(play), *switches, f"--user-data-dir={tmp_path}", "about:blank"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as browser:
        try:
            assert browser.stderr is not None
            lines = (line for line in browser.stderr if "listening on" in line)
            address = next(lines).rsplit(" ", 1)[1].strip()
            env = BrowserEnv(f"{site}/select", cdp=address)
            env.act(Click(at=Point(x=60, y=25)))
            assert env.observe().where.endswith("/select")
            env.close()
            assert browser.poll() is None
            again = BrowserEnv(f"{site}/text", cdp=address)
            assert again.observe().where.endswith("/text")
            again.close()
        finally:
            browser.terminate()


def test_a_popup_is_followed_and_its_end_returns(site: str, env: BrowserEnv) -> None:
    env.reset(f"{site}/popup")
    env.act(Click(at=Point(x=50, y=50)))
    look = env.observe()
    assert look.where.endswith("/text")
    assert any("new tab" in event for event in look.events)
    env.page.close()
    assert env.observe().where.endswith("/popup")


def test_a_native_list_opens_inside_the_page(site: str, env: BrowserEnv) -> None:
    env.reset(f"{site}/select")
    assert env.act(Click(at=Point(x=60, y=25))).verdict == "changed"
    env.act(Click(at=Point(x=60, y=90)))
    assert env.page.title() == "two"


def test_files_are_refused_by_name(site: str, env: BrowserEnv) -> None:
    env.reset(f"{site}/file")
    env.act(Click(at=Point(x=30, y=15)))
    assert any("file chooser was refused" in event for event in env.observe().events)
    with pytest.raises(ActionError):
        env.act(GoTo(url=f"{site}/down"))
    told: list[str] = []
    while not told:
        told += env.observe().events
    assert "'data.bin' was refused" in told[0]


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "x"]
)
def test_other_addresses_than_http_are_refused(env: BrowserEnv, url: str) -> None:
    with pytest.raises(ActionError, match="no http or https"):
        env.act(GoTo(url=url))


def test_there_is_nothing_before_the_first_page(site: str, env: BrowserEnv) -> None:
    env.reset(f"{site}/text")
    env.act(GoTo(url=f"{site}/probe"))
    env.act(Back())
    assert env.observe().where.endswith("/text")


def test_a_page_that_hangs_is_lost_inside_the_deadline(site: str) -> None:
    env = BrowserEnv(f"{site}/hang", size=Size(200, 200), deadline=4)
    try:
        with pytest.raises(EnvError, match="did not answer within 4 s"):
            env.act(Click(at=Point(x=50, y=50)))
    finally:
        env.close()


def test_closing_leaves_no_browser(site: str) -> None:
    env = BrowserEnv(f"{site}/text", size=(200, 200))
    pid = env.pid
    assert Path(f"/proc/{pid}").exists()
    env.close()
    env.close()
    state = Path(f"/proc/{pid}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"
