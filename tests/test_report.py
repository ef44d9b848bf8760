"""The report: one file, offline, and hostile text stays text."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

from qvl_agent.actions.errors import UserError
from qvl_agent.actions.types import Action, Answer, Click, Drag, Finish, Point, Scroll, Size, Type
from qvl_agent.agent.episode import Deed, Episode, Ruling, Step
from qvl_agent.agent.marks import draw, overlay
from qvl_agent.agent.record import Header, Run
from qvl_agent.agent.report import render, write_report
from qvl_agent.envs import chromium
from qvl_agent.envs.base import Effect, Observation
from qvl_agent.model.base import Reply

HOSTILE = """</script><img src=x onerror="document.title='owned'"><b id=owned>' onx="1" &amp;"""
"""What a page or a model may say."""
SIZE = Size(320, 200)


class Elements(HTMLParser):
    """Every tag with its attributes, and the text outside scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def screen(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", SIZE, (shade, 120, 160)).save(out, "PNG")
    return out.getvalue()


def step(index: int, action: Action, shade: int = 0, text: str = "") -> Step:
    """A step in which everything that can be said is `text`."""
    found = Step(
        index, Observation(screen(shade), SIZE, where=text, events=(text,) if text else ())
    )
    found.reply = Reply(f"reply {index} {text}", 10, 5, 2)
    found.thought, found.actions = text, (action,)
    found.deeds = [Deed(action, Ruling("allow"), Effect("no_effect", text))]
    found.feedback, found.seconds = text, {"settle": 0.25, "decode": 0.5, text or "act": 0.125}
    return found


def run_of(*steps: Step, text: str = "a goal") -> Run:
    episode = Episode(text, list(steps), "not_done", text, "done", text, False, text, 3.0)
    header = Header(goal=text, model=text, dialect=text, env=text, started=text,
                    versions={text: text})  # fmt: skip
    return Run(Path("nowhere"), header, episode, interrupted=False)


def hostile_run() -> Run:
    return run_of(
        step(1, Type(text=HOSTILE), text=HOSTILE),
        step(2, Answer(text=HOSTILE), text=HOSTILE),
        step(3, Finish(success=True, text=HOSTILE), text=HOSTILE),
        text=HOSTILE,
    )


def test_hostile_text_adds_no_element_and_no_attribute() -> None:
    html, plain = (
        render(hostile_run()),
        render(run_of(*[step(i, Type(text="x"), text="calm") for i in (1, 2, 3)])),
    )
    assert HOSTILE not in html
    assert sorted(tag for tag, _ in Elements(html).tags) == sorted(
        tag for tag, _ in Elements(plain).tags
    )
    names = {name for _, attributes in Elements(html).tags for name in attributes}
    assert not [name for name in names if name.startswith("on")]


def test_replies_are_shown_word_for_word() -> None:
    assert f"reply 2 {HOSTILE}" in Elements(render(hostile_run())).text


def test_nothing_is_fetched_from_anywhere() -> None:
    html = render(run_of(step(1, Click(at=Point(x=5, y=6)))))
    for tag, attributes in Elements(html).tags:
        for name in ("src", "href", "action", "data", "poster"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#", "data:image/png;base64,")), (tag, value)
    assert not re.search(r"url\((?!#)|@import|https?://", html)


def test_a_screen_seen_in_several_steps_is_embedded_once() -> None:
    html = render(run_of(*[step(i, Type(text="x"), shade=7) for i in range(1, 6)]))
    assert html.count("data:image/png") == 1


def test_the_marker_is_at_the_predicted_point() -> None:
    html = render(run_of(step(1, Click(at=Point(x=57, y=91)))))
    assert 'cx="57.5" cy="91.5"' in html


@pytest.mark.parametrize(
    "action",
    [
        Drag(start=Point(x=10, y=20), end=Point(x=200, y=150)),
        Scroll(at=Point(x=10, y=20), dy=30),
    ],
    ids=["drag", "scroll"],
)
def test_movements_are_arrows(action: Action) -> None:
    assert overlay((action,), SIZE).count("<path") > overlay(
        (Click(at=Point(x=1, y=1)),), SIZE
    ).count("<path")


def test_a_killed_run_says_so() -> None:
    run = run_of(step(1, Click(at=Point(x=5, y=6))))
    run.episode.outcome = None
    html = render(run._replace(interrupted=True))
    assert ">interrupted<" in html
    assert "killed" in html


def test_a_step_without_a_reply_and_a_run_without_steps_are_shown() -> None:
    assert "Step 1 of 1" in render(run_of(Step(1, Observation(b"", SIZE))))
    assert "</html>" in render(run_of())


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot write"):
        write_report(run_of(), tmp_path / "missing" / "report.html")


def test_a_point_is_drawn_into_a_picture() -> None:
    marked = Image.open(io.BytesIO(draw(screen(0), Point(x=100, y=50))))
    changed = [
        (x, y)
        for x in range(SIZE.width)
        for y in range(SIZE.height)
        if marked.getpixel((x, y)) != (0, 120, 160)
    ]
    across, down = [x for x, _ in changed], [y for _, y in changed]
    assert (min(across) + max(across)) / 2 == pytest.approx(100, abs=1)
    assert (min(down) + max(down)) / 2 == pytest.approx(50, abs=1)


@pytest.fixture(scope="module")
def chromium_page() -> Iterator[Page]:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    with chromium.borrowed() as play:
        browser = play.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def test_in_a_browser_hostile_text_does_nothing(chromium_page: Page, tmp_path: Path) -> None:
    requests: list[str] = []
    chromium_page.on("request", lambda request: requests.append(request.url))
    report = write_report(hostile_run(), tmp_path / "report.html")
    chromium_page.goto(report.as_uri())
    assert chromium_page.title().startswith("</script>")
    assert chromium_page.locator("#owned").count() == 0
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []


def test_in_a_browser_the_arrow_keys_move_between_steps(
    chromium_page: Page, tmp_path: Path
) -> None:
    steps = [step(i, Click(at=Point(x=i, y=i)), shade=i) for i in (1, 2, 3)]
    chromium_page.goto(write_report(run_of(*steps), tmp_path / "report.html").as_uri())
    seen: list[str | None] = []
    for key in ("", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "Home", "End"):
        if key:
            chromium_page.keyboard.press(key)
        seen.append(chromium_page.locator("section:visible").get_attribute("id"))
    assert seen == [f"step-{n}" for n in (1, 2, 3, 3, 2, 1, 3)]
    assert chromium_page.evaluate("location.hash") == "#step-3"
