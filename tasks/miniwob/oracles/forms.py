"""Oracles of tasks that are done by filling in fields, with keys, lists and sliders."""

from __future__ import annotations

import re

from ....actions.types import Click, Press, Type
from .clicking import SUBMIT
from .sight import Deeds, Sight
from .table import found, number, quoted, solves


@solves("enter-text", "enter-text-dynamic")
def text(see: Sight) -> Deeds:
    """The words of the goal into the only field."""
    yield from see.fill("#tt", quoted(see.goal)[0])
    yield from see.click(SUBMIT)


@solves("enter-text-2")
def text_in_case(see: Sight) -> Deeds:
    """Likewise, in upper or lower case."""
    words = quoted(see.goal)[0]
    yield from see.fill("#tt", words.upper() if "upper case" in see.goal else words.lower())
    yield from see.click(SUBMIT)


@solves("enter-password")
def password(see: Sight) -> Deeds:
    """Twice the same."""
    for field in ("#password", "#verify"):
        yield from see.fill(field, quoted(see.goal)[0])
    yield from see.click(SUBMIT)


@solves("enter-date")
def date(see: Sight) -> Deeds:
    """Month, day and year typed into the parts of a date field."""
    yield Click(at=see.on(see.one("#tt"), across=0.06))
    yield Type(text=found(r"Enter (\S+) as", see.goal).replace("/", ""))
    yield from see.click(SUBMIT)


@solves("enter-time")
def time(see: Sight) -> Deeds:
    """Hours, minutes and half of the day typed into the parts of a time field."""
    hours, minutes, half = re.findall(r"(\d+):(\d+)\s*([AP])M", see.goal)[0]
    yield Click(at=see.on(see.one("#tt"), across=0.06))
    yield Type(text=f"{int(hours):02}{minutes}{half}")
    yield from see.click(SUBMIT)


@solves("focus-text")
def focus(see: Sight) -> Deeds:
    """The only field."""
    yield from see.click("#tt")


@solves("focus-text-2")
def focus_one(see: Sight) -> Deeds:
    """The field with the number in the goal."""
    yield from see.click(f"#tt{number(see.goal)}")


@solves("find-word")
def word(see: Sight) -> Deeds:
    """The word with the number in the goal."""
    words = see.one("#area p").text.split()
    yield from see.fill("#answer-input", re.sub("[^a-zA-Z]", "", words[number(see.goal) - 1]))
    yield from see.click(SUBMIT)


@solves("choose-list")
def list_entry(see: Sight) -> Deeds:
    """The row with the name in the goal."""
    name = found(r"Select (.*) from the list", see.goal)
    if see.js("() => document.querySelector('#options').selectedOptions[0].text") != name:
        yield from see.choose("#options", name)
    yield from see.click("#area button")


@solves("click-scroll-list")
def scroll_list(see: Sight) -> Deeds:
    """One or two rows of a list that scrolls; the second with a key held."""
    names = found(r"Select (.*) from the scroll list", see.goal).split(", ")
    for place, name in enumerate(names):
        yield from see.click("#options option", name, keys=("ctrl",) if place else ())
    yield from see.click("#area button")


@solves("form-sequence-2")
def radio_and_field(see: Sight) -> Deeds:
    """A radio button, then a number into a field, by their numbers."""
    which, field = re.findall(r"(\d)(?:st|nd|rd)", see.goal)
    yield from see.click("#area input[type=radio]", index=int(which) - 1)
    yield from see.fill(f"#input-{field}", quoted(see.goal)[0])
    yield from see.click(SUBMIT)


def slide(see: Sight, wanted: int, low: int, high: int, index: int = 0) -> Deeds:
    """A slider's handle near a value by dragging it, then exactly there by keys."""
    track, handle = see.one(".ui-slider", index=index), see.one(".ui-slider-handle", index=index)
    upright = track.height > track.width
    share = (wanted - low) / (high - low)
    end = (
        (track.middle[0], track.y + track.height * (1 - share)) if upright
        else (track.x + track.width * share, track.middle[1])
    )  # fmt: skip
    if value(see, index) != wanted:
        yield from see.drag(handle.middle, end)
    for _ in range(12):
        off = wanted - value(see, index)
        if off == 0:
            return
        yield Press(keys=("right" if off > 0 else "left",))


def value(see: Sight, index: int = 0) -> int:
    """A slider's value."""
    return int(see.js("i => $($('.ui-slider')[i]).slider('value')", index))


def bounds(see: Sight, index: int = 0) -> tuple[int, int]:
    """A slider's least and greatest value."""
    low, high = see.js(
        """i => ['min', 'max'].map(name => $($('.ui-slider')[i]).slider('option', name))""", index
    )
    return int(low), int(high)


@solves("use-slider")
def slider(see: Sight) -> Deeds:
    """To the number in the goal."""
    yield from slide(see, number(see.goal), *bounds(see))
    yield from see.click(SUBMIT)


@solves("use-slider-2")
def sliders(see: Sight) -> Deeds:
    """Each to its number in the goal."""
    for index, wanted in enumerate(found(r"\[(.*)\]", see.goal).split(",")):
        yield from slide(see, int(wanted), *bounds(see, index), index)
    yield from see.click(SUBMIT)


@solves("form-sequence")
def slider_and_box(see: Sight) -> Deeds:
    """A slider, then a check box, by its number."""
    yield from slide(see, number(see.goal), *bounds(see))
    which = found(r"the (\d)\w\w checkbox", see.goal)
    yield from see.click(f"#checkbox-{which}")
    yield from see.click(SUBMIT)


@solves("generate-number")
def lucky_number(see: Sight) -> Deeds:
    """Again and again until the number is as the goal wants it."""
    for _ in range(40):
        yield from see.click("#generate")
        if _fits(see.goal, int(see.one("#display-number").text)):
            break
    yield from see.click("#submit")


def _fits(goal: str, drawn: int) -> bool:
    if "less than" in goal:
        return drawn < number(goal)
    if "greater than" in goal:
        return drawn > number(goal)
    return drawn % 2 == (1 if "odd" in goal else 0)


@solves("find-greatest")
def greatest_card(see: Sight) -> Deeds:
    """Cards are turned one by one; the one with the greatest number is turned last."""
    values: list[int] = []
    for index in range(len(see.all(".card"))):
        yield from see.click(".card", index=index)
        values.append(int(see.one(".card:not(.hidden)").text))
    yield from see.click(".card", index=values.index(max(values)))
    yield from see.click("#submit")


@solves("form-sequence-3")
def drawn_list_and_button(see: Sight) -> Deeds:
    """A row of a list that the page draws itself, then a button."""
    yield from see.click(".selectric")
    yield from see.click(".selectric-items li", found(r"Choose (.*) from the dropdown", see.goal))
    yield from see.click("#buttons button", quoted(see.goal)[0])
