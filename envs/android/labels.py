"""What the phone calls the thing under a finger, for the gate in front of every action."""

from __future__ import annotations

from collections.abc import Sequence

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
    """The field with the focus. Its keyboard's Enter may send, and nothing tells what."""
    hit = next((one for one in found if one.focused), None)
    return label(hit, [hit.text, hit.description]) if hit else None


def label(hit: Node, words: Sequence[str]) -> Label:
    """The words once each; what stands in a field is no name of it."""
    if hit.editable:
        kind = "password" if hit.password else "text"
        return Label(hit.description, "input", kind)
    said = " ".join(dict.fromkeys(word.strip() for word in words if word.strip()))
    return Label(said, "button", "button")
