"""What an oracle sees of a live page, and the small deeds that all oracles are made of.

Oracles read the document to decide; what they do are actions of the environment, with real mouse
and keyboard, as an agent would do them.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ....actions.types import Action, Click, Drag, Hover, Point, Press, Scroll, Type
from ....envs.browser import BrowserEnv

Deeds = Generator[Action]
"""Actions one by one; what comes next is decided after the last was carried out."""

_THINGS = (Path(__file__).parent / "things.js").read_text("utf-8")
_TRIES = 12


@dataclass(frozen=True)
class Thing:
    """One element: its text, value, attributes, and its box in CSS pixels."""

    text: str
    value: str
    tag: str
    checked: bool
    attributes: Mapping[str, str]
    x: float
    y: float
    width: float
    height: float
    spot: tuple[float, float]
    """A place on it that nothing covers, in CSS pixels; its middle, if that is free."""
    hidden: tuple[float, float, float] | None
    """Where to scroll (x, y) and how far down (CSS pixels) until its middle is in view."""

    @property
    def middle(self) -> tuple[float, float]:
        """The middle of the box."""
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def area(self) -> float:
        """Pixels of the box."""
        return self.width * self.height

    def has(self, name: str) -> bool:
        """Whether it is of a class."""
        return name in self.attributes.get("class", "").split()


class Sight:
    """The page in front of an environment, as its document tells it."""

    def __init__(self, env: BrowserEnv, goal: str) -> None:
        self.env, self.goal = env, goal

    def js(self, script: str, argument: object = None) -> Any:
        """What an expression or function says of the page."""
        return self.env.ask(script, argument)

    def all(self, css: str, text: str | None = None) -> list[Thing]:
        """Every element that a selector finds and that has a size, with this very text if given."""
        found = [_thing(each) for each in self.js(_THINGS, css)]
        return [each for each in found if text is None or text in (each.text, each.value)]

    def one(self, css: str, text: str | None = None, index: int = 0) -> Thing:
        """One of them; LookupError where there is none."""
        found = self.all(css, text)
        if index >= len(found):
            raise LookupError(f"there is no {css!r} with the text {text!r}")
        return found[index]

    def at(self, x: float, y: float) -> Point:
        """The screenshot pixel at a place in CSS pixels."""
        return Point(x=int(x * self.env.factor), y=int(y * self.env.factor))

    def on(self, thing: Thing, across: float = 0.5, down: float = 0.5) -> Point:
        """A point within a box, as shares of its sides."""
        return self.at(thing.x + thing.width * across, thing.y + thing.height * down)

    # -- deeds --------------------------------------------------------------------------------

    def reach(
        self, css: str, text: str | None = None, index: int = 0
    ) -> Generator[Action, Any, Thing]:
        """Scroll until an element's middle is in view, and return it."""
        for _ in range(_TRIES):
            thing = self.one(css, text, index)
            if thing.hidden is None:
                return thing
            x, y, far = thing.hidden
            yield Scroll(at=self.at(x, y), dy=round(far * self.env.factor))
        raise LookupError(f"{css!r} with the text {text!r} does not come into view")

    def click(
        self, css: str, text: str | None = None, index: int = 0, keys: Sequence[str] = ()
    ) -> Deeds:
        """Click an element, scrolling to it if need be."""
        thing = yield from self.reach(css, text, index)
        yield Click(at=self.at(*thing.spot), keys=tuple(keys))

    def click_at(self, x: float, y: float) -> Deeds:
        """Click a place in CSS pixels."""
        yield Click(at=self.at(x, y))

    def hover(self, x: float, y: float) -> Deeds:
        """Move the pointer to a place in CSS pixels."""
        yield Hover(at=self.at(x, y))

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> Deeds:
        """Drag from one place to another, both in CSS pixels."""
        yield Drag(start=self.at(*start), end=self.at(*end), seconds=0.2)

    def fill(self, css: str, words: str, index: int = 0) -> Deeds:
        """Put words into a field, in place of what is there."""
        yield from self.click(css, index=index)
        if self.one(css, index=index).value:
            yield Press(keys=("ctrl", "a"))
        yield Type(text=words)

    def choose(self, css: str, option: str, index: int = 0) -> Deeds:
        """Open a list box and click one of its rows."""
        yield from self.click(css, index=index)
        for _ in range(_TRIES):
            x, y, low, high = self._row(option)
            if low < y < high:
                yield Click(at=self.at(x, y))
                return
            yield Scroll(
                at=self.at(x, (low + high) / 2), dy=round((y - (low + high) / 2) * self.env.factor)
            )
        raise LookupError(f"the list has no {option!r} in view")

    def _row(self, option: str) -> tuple[float, float, float, float]:
        """Middle of an opened list's row, and top and bottom of the list, in CSS pixels.

        The list stands in a closed shadow root, which only the debugging protocol looks into.
        """
        page = self.env.page
        session: Any = page.context.new_cdp_session(page)
        try:
            root = session.send("DOM.getDocument", {"depth": -1, "pierce": True})["root"]
            panel, row = _find_row(root, option)
            around = session.send("DOM.getBoxModel", {"nodeId": panel})["model"]["border"]
            box = session.send("DOM.getBoxModel", {"nodeId": row})["model"]["border"]
        finally:
            session.detach()
        return (box[0] + box[2]) / 2, (box[1] + box[5]) / 2, around[1], min(around[5], 1e6)


def _find_row(node: Any, option: str) -> tuple[int, int]:
    """Node numbers of an open list and of its row with this text; LookupError without one."""
    for root in node.get("shadowRoots", []):
        for panel in root.get("children", []):
            for row in panel.get("children", []):
                if (
                    "".join(part.get("nodeValue", "") for part in row.get("children", [])).strip()
                    == option
                ):
                    return panel["nodeId"], row["nodeId"]
    for child in node.get("children", []):
        try:
            return _find_row(child, option)
        except LookupError:
            continue
    raise LookupError(f"no open list has the row {option!r}")


def _thing(found: dict[str, Any]) -> Thing:
    hidden, spot = found.pop("hidden"), found.pop("spot")
    return Thing(**found, spot=tuple(spot), hidden=tuple(hidden) if hidden else None)
