"""What is right to do next, read off a live page: for demonstrations only, never for a score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .app import Job
from .screens import Button, Field, Row, Screen


@dataclass(frozen=True)
class PageState:
    """What a live page says of itself: screen name, focused field, selection, values of fields by id."""

    screen: str
    focus: str
    selected: bool
    values: dict[str, str]


@dataclass(frozen=True)
class Move:
    """One step of a demonstration: a thought in fixed words, and what is done to which element."""

    thought: str
    kind: Literal["click", "type", "press", "finish"]
    target: str = ""
    label: str = ""
    text: str = ""
    keys: tuple[str, ...] = ()


_READ = """() => {
  const f = document.activeElement, values = {};
  for (const e of document.querySelectorAll('input')) values[e.id] = e.value;
  const selected = f && f.value && f.selectionStart === 0 && f.selectionEnd === f.value.length;
  return [location.pathname.split('/').pop(), f && f.tagName === 'INPUT' ? f.id : '', !!selected, values];
}"""


MARK = "Press ctrl+a."


def page_state(page: Any) -> PageState:
    """Read the state of a Playwright page that shows a practice screen."""
    return PageState(*page.evaluate(_READ))


def next_move(job: Job, state: PageState, last: str = "") -> Move:
    """The right next step on this page, whatever happened before; LookupError where there is none.

    `last` is what the step before did: a field is marked once, then written over, whether something
    stood in it or not. So whoever learns from it need not see whether a field is empty.
    """
    if job.banner is not None:
        return _click(job.banner[2].id, job.banner[2].label)
    if job.check().done:
        return Move("Done.", "finish")
    screen = job.app.screen(state.screen)
    plan = job.plan(state.screen)
    if plan is None:
        return _by_id(screen, "home")
    for name, value in plan.fields:
        if state.values.get(name) == value:
            continue
        return _fill(screen, name, value, state, last)
    return _by_id(screen, plan.click)


def _fill(screen: Screen, name: str, value: str, state: PageState, last: str) -> Move:
    label = next(i.label for i in screen.items if isinstance(i, Field) and i.id == name)
    if state.focus != name:
        return _click(name, label)
    if not state.selected and (state.values[name] or last != MARK):
        return Move(MARK, "press", name, label, keys=("ctrl", "a"))
    return Move(f"Type into {label}.", "type", name, label, text=value)


def _by_id(screen: Screen, wanted: str) -> Move:
    things = [*screen.items, *screen.links]
    for thing in things:
        if isinstance(thing, Button | Row) and thing.id == wanted:
            return _click(wanted, thing.label)
    raise LookupError(f"there is no {wanted!r} on the screen {screen.name!r}")


def _click(target: str, label: str) -> Move:
    return Move(f"Click {label}.", "click", target, label)
