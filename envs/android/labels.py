"""What the phone calls the thing under a finger, for the gate in front of every action."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..base import Label
from .state import Node


def at_point(found: Sequence[Node], x: int, y: int) -> Label | None:
    """The smallest thing there that takes taps, with all the words in it; None when none does."""
    under = [one for one in found if one.clickable and one.box.holds(x, y)]
    if not under:
        return None
    hit = min(under, key=lambda one: one.box.area)
    middles = [(one, one.middle) for one in found]
    inside = [one for one, at in middles if hit.box.holds(at.x, at.y) and not one.editable]
    words = [hit.text, hit.description, *(part for one in inside for part in one[:2])]
    return label(hit, words)


def with_focus(found: Sequence[Node]) -> Label | None:
    """The field with the focus; its keyboard's Enter is taken for the buttons beside it."""
    hit = next((one for one in found if one.focused), None)
    if hit is None:
        return None
    told = label(hit, [hit.text, hit.description])
    return replace(told, form=beside(found, hit)) if hit.editable else told


def beside(found: Sequence[Node], field: Node) -> str:
    """The words of what takes taps in the same line as a field, as in a chat."""
    line = range(field.box.top, field.box.bottom + 1)
    near = [one for one in found if one.clickable and not one.editable and one.middle.y in line]
    return " ".join(word for one in near for word in (one.description or one.text,) if word)


def label(hit: Node, words: Sequence[str]) -> Label:
    """The words once each; what stands in a field is no name of it."""
    if hit.editable:
        kind = "password" if hit.password else "text"
        return Label(hit.description, "input", kind)
    said = " ".join(dict.fromkeys(word.strip() for word in words if word.strip()))
    return Label(said, "button", "button")
