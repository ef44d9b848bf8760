"""The practice site: every kind can be done by real clicks, and nothing else counts as done."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from qvl_agent.envs.browser import BrowserEnv
from qvl_agent.tasks.practice import KINDS, PracticeTask, Site, eval_seed, from_goal, split
from qvl_agent.tasks.practice.oracle import Move, page_state
from qvl_agent.tasks.practice.wording import named
from qvl_agent.tasks.practice.words import Words

SIZE = (448, 336)
# The page itself does not scroll, and everything clickable is whole, on it and large enough.
_FITS = """() => document.documentElement.scrollHeight <= innerHeight
  && [...document.querySelectorAll('button, label')].every(e => {
    const r = e.getBoundingClientRect();
    return r.left >= 0 && r.top >= 0 && r.right <= innerWidth
      && r.bottom <= innerHeight && r.height >= 30;
  })"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


@pytest.fixture(scope="module")
def env() -> Iterator[BrowserEnv]:
    opened = BrowserEnv(size=SIZE, deadline=60)
    yield opened
    opened.close()


def carry_out(page: Any, move: Move) -> None:
    """One oracle move by the browser's own mouse and keyboard."""
    if move.kind == "type":
        page.keyboard.type(move.text)
    elif move.kind == "press":
        page.keyboard.press("Control+a")
    else:
        box = page.locator(f"#{move.target}").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        if page.locator(f"#{move.target}").evaluate("e => e.tagName") == "INPUT":
            page.mouse.click(x, y)
        else:
            with page.expect_navigation():
                page.mouse.click(x, y)


def solve(env: BrowserEnv, task: PracticeTask) -> list[Move]:
    """Let the oracle play a task through; every page on the way has to fit the window."""
    env.reset(task.start_url)
    moves: list[Move] = []
    while len(moves) < 30:
        env.observe()
        assert env.page.evaluate(_FITS), f"{task.id} does not fit at {env.page.url}"
        last = moves[-1].thought if moves else ""
        moves.append(task.oracle(page_state(env.page), last))
        if moves[-1].kind == "finish":
            return moves
        carry_out(env.page, moves[-1])
        env.act_happened()
    raise AssertionError(f"{task.id} took too long: {moves[-3:]}")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [3, eval_seed(5)])
def test_the_oracle_does_every_kind_by_real_clicks(
    site: Site, env: BrowserEnv, kind: str, seed: int
) -> None:
    task = site.task(kind, seed)
    assert not task.check().done
    solve(env, task)
    assert task.check().done, task.check().why


def test_the_oracle_repairs_a_wrong_search(site: Site, env: BrowserEnv) -> None:
    task = site.task("flights", 11)
    task.submit("search", {"do": "dismiss"})
    task.submit("search", {"do": "go", "from": "A", "to": "B", "date": "1 May", "count": "9"})
    env.reset(task.start_url.replace("search", "results"))
    move = task.oracle(page_state(env.page))
    assert move.label == "Home"


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_gives_the_same_pages_and_the_same_goal(site: Site, kind: str) -> None:
    one, other = site.task(kind, 42), site.task(kind, 42)
    first = one.job.app.first
    assert one.goal == other.goal
    assert one.html(first) == other.html(first)
    assert one.html(first) != site.task(kind, 43).html(first)


def test_a_booking_with_one_wrong_detail_is_not_verified(site: Site) -> None:
    task = site.task("flights", 8)
    task.submit("search", {"do": "dismiss"})
    asked = {"from": "Nowhere", "to": "Elsewhere", "date": "1 May", "count": "1"}
    for screen, do in (("search", "go"), ("results", "f0"), ("fare", "economy")):
        task.submit(screen, {"do": do, **asked})
    task.submit("details", {"do": "next", "name": "Ana", "email": "a@b.example"})
    task.submit("confirm", {"do": "book"})
    verdict = task.check()
    assert not verdict.done
    assert "from is 'Nowhere'" in verdict.why


def test_two_bookings_are_not_verified(site: Site) -> None:
    task = from_goal(site, "book a flight from Oslo to Lisbon on 14 March for two", 1)
    assert task is not None
    task.submit("search", {"do": "dismiss"})
    asked = {"from": "Oslo", "to": "Lisbon", "date": "14 March", "count": "2"}
    for done in (True, False):
        for screen, do in (("search", "go"), ("results", "f0"), ("fare", "economy")):
            task.submit(screen, {"do": do, **asked})
        task.submit("details", {"do": "next", "name": "Ana", "email": "a@b.example"})
        task.submit("confirm", {"do": "book"})
        assert task.check().done is done


def test_deleting_too_much_is_not_verified(site: Site) -> None:
    task = site.task("mail-delete", 4)
    task.submit("inbox", {"do": "dismiss"})
    for _ in range(2):
        task.submit("inbox", {"do": "m0"})
        task.submit("message", {"do": "delete"})
    assert not task.check().done


def test_held_out_words_never_reach_a_training_seed() -> None:
    names = ("first", "last", "cities", "products", "todos")
    training, evaluation = Words(Random(1), 5), Words(Random(1), eval_seed(5))
    for name in names:
        assert set(training.list(name)) < set(evaluation.list(name))
    assert (split(999_999), split(eval_seed(0))) == ("train", "eval")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("book a flight", {}),
        (
            "book a flight from Oslo to Lisbon on 14 March for two",
            {"from": "Oslo", "to": "Lisbon", "date": "14 March", "count": "2"},
        ),
        (
            "fly to New York from Paris on May 3rd for 3 people in business",
            {"from": "Paris", "to": "New York", "date": "3 May", "count": "3", "fare": "Business"},
        ),
        ("the 9:40 flight from Rome to Bonn", {"from": "Rome", "to": "Bonn", "time": "09:40"}),
    ],
)
def test_details_are_taken_out_of_a_wording(text: str, found: dict[str, str]) -> None:
    assert named(text) == found


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("book a flight", "flights"),
        ("add milk to my to-do list", "todo-add"),
        ("delete the message from Ana", "mail-delete"),
        ("send an email to Bob", "mail-send"),
        ("turn on dark mode", "settings-toggle"),
        ("log in", "login"),
        ("change the language", "settings-language"),
        ("put a mug in my cart", "shop-cart"),
    ],
)
def test_a_wording_finds_its_app(site: Site, text: str, kind: str) -> None:
    task = from_goal(site, text, 3)
    assert task is not None
    assert task.kind == kind


def test_a_wording_that_fits_no_app_gives_nothing(site: Site) -> None:
    assert from_goal(site, "write a poem about the sea", 0) is None


def test_odd_requests_get_a_clean_page(site: Site) -> None:
    import http.client

    task = site.task("todo-add", 1)
    token = task.start_url.rsplit("/", 2)[1]
    address = site.url.removeprefix("http://")
    cases: list[tuple[str, str, dict[str, str], bytes, int]] = [
        ("GET", "/", {}, b"", 404),
        ("GET", f"/{token}/nowhere", {}, b"", 404),
        ("POST", f"/{token}/list", {}, b"do=t99999", 404),
        ("POST", f"/{token}/list", {}, b"do=zzz", 404),
        ("POST", f"/{token}/list", {"Content-Length": "99999999"}, b"", 413),
        ("GET", f"/{token}/list", {"Host": "evil.example"}, b"", 403),
    ]
    for method, path, headers, body, status in cases:
        connection = http.client.HTTPConnection(address, timeout=10)
        connection.request(method, path, body or None, headers)
        assert connection.getresponse().status == status, path
        connection.close()
