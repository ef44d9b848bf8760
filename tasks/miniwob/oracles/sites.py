"""Oracles of tasks that look like small sites: mail, social media, search, shops, logins."""

from __future__ import annotations

import re
from itertools import combinations

from ....actions.types import Press, Type, Wait
from .clicking import SUBMIT
from .sight import Deeds, Sight
from .table import first, found, number, quoted, solves


@solves("login-user")
def login(see: Sight) -> Deeds:
    """Name and password of the goal."""
    name, password = quoted(see.goal)
    yield from see.fill("#username", name)
    yield from see.fill("#password", password)
    yield from see.click(SUBMIT)


@solves("login-user-popup")
def login_past_popup(see: Sight) -> Deeds:
    """Likewise; a box that gets in the way is sent off first."""
    for field, words in zip(("#username", "#password"), quoted(see.goal), strict=True):
        yield from see.click(field)
        if see.all("#popup-cancel"):
            yield from see.click("#popup-cancel")
            yield from see.click(field)
        yield Type(text=words)
    yield from see.click(SUBMIT)


@solves("multi-layouts", "multi-orderings")
def film(see: Sight) -> Deeds:
    """Genre, director and year into the fields of these names, wherever they stand."""
    words = re.findall(r"for (.*) movies directed by (.*) from year (\d+)", see.goal)[0]
    names: list[str] = see.js(_NAMES)
    for label, text in zip(("Genre", "Director", "Year|Date"), words, strict=True):
        place = first(i for i, name in enumerate(names) if re.search(label, name))
        yield from see.fill("#area input[type=text]", text, index=place)
    buttons = "#area button, #area .final, #area .ui-submit"
    yield from see.click(buttons)


_NAMES = """() => [...document.querySelectorAll('#area input[type=text]')].map(
  e => e.closest('p, .row, tr, .field, .ui-entry').textContent)"""


@solves("email-inbox", "email-inbox-delete", "email-inbox-forward", "email-inbox-important",
        "email-inbox-noscroll", "email-inbox-reply", "email-inbox-star-reply",
        "email-inbox-forward-nl", "email-inbox-forward-nl-turk", "email-inbox-nl-turk")  # fmt: skip
def mail(see: Sight) -> Deeds:
    """Delete, mark, answer or forward the mail of the person in the goal."""
    wish: dict[str, str] = see.js("() => core.currentFields ?? {}")
    task = wish.get("task") or _errand(see.goal)
    by = wish.get("by") or found(r"email by (\w+)", see.goal)
    senders = [each.text for each in see.all("#main .email-sender")]
    if task in ("delete", "star"):
        icon = "trash" if task == "delete" else "star"
        yield from see.click(f"#main .{icon}", index=senders.index(by))
        return
    yield from see.click("#main .email-subject", index=senders.index(by))
    if task == "reply":
        yield from see.click("#email .email-reply")
        yield from see.click("#reply-text")
        yield Type(text=wish.get("message") or quoted(see.goal)[0])
        yield from see.click("#send-reply")
    else:
        yield from see.click("#email .email-forward")
        yield from see.click("#forward .forward-sender")
        yield Type(text=wish.get("to") or found(r"forward that email to (\w+)", see.goal))
        yield from see.click("#send-forward")


def _errand(goal: str) -> str:
    """What a goal in the page's plain words asks for."""
    if "trash icon" in goal:
        return "delete"
    if "star icon" in goal:
        return "star"
    return "reply" if "reply to them" in goal else "forward"


@solves("social-media")
def one_post(see: Sight) -> Deeds:
    """A button below the first post of a person, or in the menu behind it."""
    user, wish = found(r"user (@\S+?),", see.goal), quoted(see.goal)[0]
    users = [each.text for each in see.all(".media .username")]
    place = users.index(user)
    plain = {"Reply": ".reply", "Retweet": ".retweet", "Like": ".like"}
    if wish in plain:
        yield from _press(see, f".media {plain[wish]}", index=place)
        return
    yield from _press(see, ".media .more", index=place)
    entries = [each.text for each in see.all(".media ul li")]
    at = first(i for i, entry in enumerate(entries) if entry.startswith(wish))
    yield from see.click(".media ul li", index=at)


@solves("social-media-all", "social-media-some")
def posts(see: Sight) -> Deeds:
    """A button of each post, or of some posts, of a person; then submit."""
    kind, user = quoted(see.goal)[0].lower(), found(r"by (@\S+)", see.goal)
    places = [i for i, each in enumerate(see.all(".media .username")) if each.text == user]
    many = len(places) if "all posts" in see.goal else number(see.goal)
    for place in places[:many]:
        yield from _press(see, f".media .{kind}", index=place)
    yield from see.click("#submitRow button")


def _press(see: Sight, css: str, index: int) -> Deeds:
    """Point first, then click: pointing loads another picture, and meanwhile nothing is there."""
    thing = yield from see.reach(css, index=index)
    yield from see.hover(*thing.middle)
    yield from see.click(css, index=index)


@solves("search-engine")
def search(see: Sight) -> Deeds:
    """Search, turn to the right page, and click the result with the number in the goal."""
    place = int(found(r"(\d+)(?:st|nd|rd|th)", see.goal)) - 1
    yield from see.fill("#search-text", quoted(see.goal)[0])
    yield from see.click("#search")
    if place >= 3:
        yield from see.click("#pagination a", str(place // 3 + 1))
    yield from see.click(f"#page-content a[data-result='{place}']")


@solves("phone-book")
def contact(see: Sight) -> Deeds:
    """Turn pages until the person is there, then click what the goal asks for."""
    name, what = re.findall(r"Find (.*) in the contact book and click on their (\w+)", see.goal)[0]
    for _ in range(6):
        if see.one("#contact .name").text == name:
            break
        yield from see.click("#pagination .next a")
    yield from see.click(f"#contact .{what}")


@solves("order-food")
def food(see: Sight) -> Deeds:
    """What the goal names, or as many dishes of a kind as it says."""
    if "one of each" in see.goal:
        names = [name.strip() for name in found(r"item: (.*)", see.goal).split(", ")]
        wanted = [f".food-item[data-item$='{name}'] .add" for name in names]
    else:
        kind = found(r"that are (\S+)", see.goal)
        wanted = [f".food-item:has(img[alt='{kind}']) .add"] * number(see.goal)
    for css in wanted:
        yield from see.click(css)
    yield from see.click("#submit-order button")


@solves("navigate-tree")
def tree(see: Sight) -> Deeds:
    """Open the folders on the way, then click the entry."""
    name = quoted(see.goal)[0]
    way: list[str] = see.js(_WAY, name)
    for folder in way:
        yield from see.click(f"#{folder}")
    yield from see.click("#tree span", name)


_WAY = """name => {
  const target = [...document.querySelectorAll('#tree span')].find(s => s.textContent === name);
  const way = [];
  const above = e => e.closest('li').parentElement.closest('li');
  for (let up = above(target); up; up = above(up)) way.unshift(up.querySelector(':scope > span'));
  return way.map((span, i) => span.id ||= `on-the-way-${i}`);
}"""


@solves("odd-or-even")
def odd_or_even(see: Sight) -> Deeds:
    """A button beside each number."""
    for place, each in enumerate(see.all(".display-number")):
        yield from see.click(".odd" if int(each.text) % 2 else ".even", index=place)
    yield from see.click("#submit")


@solves("number-checkboxes")
def pattern(see: Sight) -> Deeds:
    """Boxes that together look like the number, by the page's own patterns."""
    rows: list[list[int]] = see.js("n => PATTERNS[n]", int(quoted(see.goal)[0]))
    for place, on in enumerate(value for row in rows for value in row):
        if on:
            yield from see.click("#checkboxes input", index=place)
    yield from see.click(SUBMIT)


@solves("tic-tac-toe")
def noughts_and_crosses(see: Sight) -> Deeds:
    """Win if it can be won, else stop the other, else take the best place."""
    for _ in range(5):
        state: list[int] = see.js("() => gameState")
        if 0 not in state:
            return
        yield from see.click(f"#ttt-{best(state)}")


_LINES = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6))


def best(state: list[int]) -> int:
    """Where to play next as 1 against -1 on nine places, 0 where they are free."""
    for own in (1, -1):
        for places in _LINES:
            free = [place for place in places if state[place] == 0]
            if len(free) == 1 and all(state[p] == own for p in places if p not in free):
                return free[0]
    return _fork(state) or first(p for p in (4, 0, 2, 6, 8, 1, 3, 5, 7) if state[p] == 0)


def _fork(state: list[int]) -> int | None:
    """A free place that makes two lines of one's own that are still open."""
    open_lines = [line for line in _LINES if all(state[place] != -1 for place in line)]
    held = [line for line in open_lines if any(state[place] == 1 for place in line)]
    for one, two in combinations(held, 2):
        for place in set(one) & set(two):
            if state[place] == 0 and place:
                return place
    return None


@solves("use-autocomplete", "use-autocomplete-nodelay")
def autocomplete(see: Sight) -> Deeds:
    """Type the beginning, and take the suggestion with the right end."""
    begin, *end = quoted(see.goal)
    yield from see.fill("#tags", begin)
    items: list[str] = see.js("() => ui_utils.COUNTRIES")
    wanted = first(i for i in items if i.startswith(begin) and i.endswith(end[0] if end else ""))
    for _ in range(8):
        if see.all(".ui-menu-item"):
            break
        yield Wait(seconds=0.3)
    yield from see.click(".ui-menu-item", wanted)
    yield from see.click(SUBMIT)


@solves("choose-date", "choose-date-easy", "choose-date-medium", "choose-date-nodelay")
def calendar(see: Sight) -> Deeds:
    """The date of the goal."""
    yield from pick_day(see, found(r"Select (\S+) as", see.goal))
    yield from see.click(SUBMIT)


def pick_day(see: Sight, date: str) -> Deeds:
    """Open the calendar, turn the months to the right one, then click the day of `mm/dd/yyyy`."""
    month, day, _ = (int(part) for part in date.split("/"))
    yield from see.click("#datepicker")
    for _ in range(24):
        shown = int(see.one(".ui-datepicker-calendar td[data-month]").attributes["data-month"]) + 1
        if shown == month:
            break
        yield from see.click(".ui-datepicker-prev" if shown > month else ".ui-datepicker-next")
    yield from see.click(".ui-datepicker-calendar td a", str(day))


@solves("book-flight", "book-flight-nodelay")
def flight(see: Sight) -> Deeds:
    """Both airports from their suggestions, the date, then the cheapest or the shortest flight."""
    wish = re.findall(r"the (\w+) one-way flight from: (.*) to: (.*) on (\S+?)\.?$", see.goal)[0]
    best, *places, date = wish
    for field, place in zip(("#flight-from", "#flight-to"), places, strict=True):
        yield from see.fill(field, place)
        yield Wait(seconds=0.6)
        names = [each.text for each in see.all(".ui-menu-item")]
        fitting = first(i for i, name in enumerate(names) if place in name)
        yield from see.click(".ui-menu-item", index=fitting)
    yield from pick_day(see, date)
    yield from see.click("#search")
    what = "price" if best == "cheapest" else "duration"
    css = ".flight-price" if what == "price" else ".time-duration"
    values: list[float] = see.js(
        "([css, name]) => [...document.querySelectorAll(css)].map(e => +e.getAttribute(name))",
        [css, f"data-{what}"],
    )
    yield from see.click(".flight-price", index=values.index(min(values)))


@solves("use-spinner")
def spinner(see: Sight) -> Deeds:
    """Up or down with the arrow keys to the number in the goal."""
    wanted = number(see.goal)
    yield from see.click("#spinner")
    for _ in range(40):
        off = wanted - int(see.one("#spinner").value or 0)
        if off == 0:
            break
        yield Press(keys=("up" if off > 0 else "down",))
    yield from see.click(SUBMIT)
