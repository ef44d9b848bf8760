"""Oracles of tasks that are done by clicking things on the page."""

from __future__ import annotations

import re
from pathlib import Path

from ....actions.types import Wait
from .sight import Deeds, Sight
from .table import found, number, quoted, solves

SUBMIT = "#subbtn"
_MENU = 0.5
"""Seconds that a menu takes to open what is below the entry that is pointed at."""


@solves("click-test", "click-test-2", "click-test-transfer")
def first_button(see: Sight) -> Deeds:
    """Button ONE, which is the only one or the first."""
    yield from see.click(SUBMIT)


@solves("click-button", "unicode-test")
def named_button(see: Sight) -> Deeds:
    """The button with the name in the goal."""
    yield from see.click("#area button", quoted(see.goal)[0])


@solves("click-button-sequence")
def two_buttons(see: Sight) -> Deeds:
    """One after the other."""
    yield from see.click(SUBMIT)
    yield from see.click("#subbtn2")


@solves("click-checkboxes", "click-checkboxes-large", "click-checkboxes-transfer")
def named_boxes(see: Sight) -> Deeds:
    """Every box whose label the goal names."""
    names = found(r"Select (.*) and click Submit", see.goal).split(", ")
    for label in see.all("#area label"):
        if label.text in names:
            yield from see.click("#area label", label.text)
    yield from see.click(SUBMIT)


@solves("click-checkboxes-soft")
def similar_boxes(see: Sight) -> Deeds:
    """Every box whose label has the meaning of a word in the goal, by the page's own list."""
    words = found(r"similar to (.*) and click", see.goal).split(", ")
    same: list[list[str]] = see.js("() => SYNONYMS")
    for label in see.all("#area label"):
        if any(label.text in group and word in group for group in same for word in words):
            yield from see.click("#area label", label.text)
    yield from see.click(SUBMIT)


@solves("click-option")
def radio_button(see: Sight) -> Deeds:
    """The one with the label in the goal."""
    yield from see.click("#area label", found(r"Select (.*) and click", see.goal))
    yield from see.click(SUBMIT)


@solves("click-collapsible", "click-collapsible-nodelay")
def expand_and_submit(see: Sight) -> Deeds:
    """Open the only section."""
    yield from see.click("#area h3")
    yield from see.click(SUBMIT)


@solves("click-collapsible-2", "click-collapsible-2-nodelay")
def link_in_a_section(see: Sight) -> Deeds:
    """Open the section that holds the link, then click it."""
    link = quoted(see.goal)[0]
    holds = """w => [...document.querySelectorAll('#area > div')].findIndex(
      d => [...d.querySelectorAll('.alink')].some(a => a.textContent === w))"""
    yield from see.click("#area h3", index=int(see.js(holds, link)))
    yield from see.click(".alink", link)


@solves("click-tab-2", "click-tab-2-easy", "click-tab-2-medium", "click-tab-2-hard")
def link_behind_a_tab(see: Sight) -> Deeds:
    """Go to the tab that holds the link, then click it."""
    link = quoted(see.goal)[0]
    holds = """w => [...document.querySelectorAll('#area > div')].findIndex(
      d => [...d.querySelectorAll('.alink')].some(a => a.textContent === w))"""
    yield from see.click("#area ul a", index=int(see.js(holds, link)))
    yield from see.click(".alink", link)


@solves("click-tab")
def tab(see: Sight) -> Deeds:
    """The tab with the number in the goal."""
    yield from see.click("#area ul a", f"Tab #{number(see.goal)}")


@solves("click-link")
def link(see: Sight) -> Deeds:
    """The link with the words in the goal."""
    yield from see.click(".alink", quoted(see.goal)[0])


@solves("click-color")
def colour(see: Sight) -> Deeds:
    """The box of the colour in the goal."""
    wanted = found(r"the (\w+) colored", see.goal)
    yield from see.click(f"#area [data-color={wanted!r}]")


@solves("click-shades")
def shades(see: Sight) -> Deeds:
    """Every shade of the colour in the goal."""
    wanted = found(r"shades of (\w+)", see.goal)
    css = f"#area [data-color={wanted!r}]"
    for index in range(len(see.all(css))):
        yield from see.click(css, index=index)
    yield from see.click("#submit")


@solves("click-dialog")
def close_dialog(see: Sight) -> Deeds:
    """The cross in the title of the box."""
    yield from see.click(".ui-dialog-titlebar button")


@solves("click-dialog-2")
def dialog_button(see: Sight) -> Deeds:
    """The button with the name in the goal, which may be the cross."""
    name = quoted(see.goal)[0]
    if name == "x":
        yield from see.click(".ui-dialog-titlebar button")
    else:
        yield from see.click(".ui-dialog-buttonset button", name)


@solves("click-widget")
def widget(see: Sight) -> Deeds:
    """The first element of the kind in the goal."""
    yield from see.click(f"#area [data-type={quoted(see.goal)[0]!r}]")


@solves("click-menu")
def menu(see: Sight) -> Deeds:
    """Down the path of the goal: pointing at an entry opens what is below it."""
    *way, last = found(r"Select (.*)", see.goal).split(">")
    for entry in way:
        yield from see.hover(*see.one(".ui-menu-item-wrapper", entry).middle)
        yield Wait(seconds=_MENU)
    yield from see.click(".ui-menu-item-wrapper", last)


@solves("click-menu-2")
def icon_menu(see: Sight) -> Deeds:
    """Open the menu, and find the entry by its name or its picture."""
    icon = see.js("() => document.querySelector('#query .ui-icon')?.classList[1] ?? ''")
    name = "" if icon else quoted(see.goal)[1]
    entry = see.js(
        """([icon, name]) => [...document.querySelectorAll('#menu li > div')].find(
          d => icon ? d.querySelector('.' + icon) : d.textContent === name).textContent""",
        [icon, name],
    )
    yield from see.click("#open-menu")
    if entry in ("Prev", "Stop", "Play", "Next"):
        yield from see.hover(*see.one("#menu li > div", "Playback").middle)
        yield Wait(seconds=_MENU)
    yield from see.click("#menu li > div", entry)


@solves("count-sides")
def sides(see: Sight) -> Deeds:
    """Sides are counted in the drawing: where its outline is farthest from the middle."""
    count = see.js(_CORNERS)
    yield from see.click(f"#form [data-sides='{count}']")


_CORNERS = (Path(__file__).parent / "corners.js").read_text("utf-8")


@solves("ascending-numbers")
def numbers_in_order(see: Sight) -> Deeds:
    """From one to five; the numbers are covered after the first click, so their places are kept."""
    places = [see.one("#area_svg text", str(n)).middle for n in range(1, 6)]
    for place in places:
        yield from see.click_at(*place)


@solves("buy-ticket")
def ticket(see: Sight) -> Deeds:
    """The cheapest, dearest, shortest or longest."""
    what = "price" if "cost" in see.goal else "duration"
    css = ".buy-ticket" if what == "price" else ".time-duration"
    values = [float(each.attributes[f"data-{what}"]) for each in see.all(css)]
    best = min if re.search("cheapest|shortest", see.goal) else max
    yield from see.click(".buy-ticket", index=values.index(best(values)))


@solves("click-pie", "click-pie-nodelay")
def pie(see: Sight) -> Deeds:
    """Open the round menu, wait until it has grown, and click the slice with the letter."""
    titles = "[id^='wheelnav-divWheel-title-']"
    yield from see.click("#wheelnav-divWheel-spreader")
    yield Wait(seconds=1.5)
    letter = see.one(titles, quoted(see.goal)[0])
    yield from see.click(f"#{letter.attributes['id'].replace('title', 'slice')}")
