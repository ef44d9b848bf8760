"""What the phone tells of itself: awake, locked, what is in front, which fields there are."""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.etree import ElementTree

from ...actions.types import Point, Size
from .link import Link

_FOCUS = re.compile(r"mCurrentFocus=Window\{\S+ \S+ ([^}\s]+)[^}]*\}")
_APP = re.compile(r"mFocusedApp=.*? ([\w.]+/[\w.$]+)")
_LOCKED = re.compile(r"(?:mShowingLockscreen|mDreamingLockscreen|showingAndNotOccluded)=true")
_SIZE = re.compile(r"(Physical|Override) size: (\d+)x(\d+)")
_BOUNDS = re.compile(r"\[(-?\d+),(-?\d+)\]\[(-?\d+),(-?\d+)\]")
_DUMP_WITHIN = 12.0
_MOST = 4 * 2**20


class Front(NamedTuple):
    """What is in front: `where` is package/.Activity, or a system window's name."""

    where: str
    awake: bool
    locked: bool

    @property
    def package(self) -> str:
        """The app's package."""
        return self.where.split("/")[0]


class Box(NamedTuple):
    """The sides of an element in the phone's pixels; right and bottom lie outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def area(self) -> int:
        """Its pixels."""
        return (self.right - self.left) * (self.bottom - self.top)

    def holds(self, x: int, y: int) -> bool:
        """Whether a pixel is in it."""
        return self.left <= x < self.right and self.top <= y < self.bottom


class Node(NamedTuple):
    """One element of the screen, as uiautomator sees it."""

    text: str
    description: str
    package: str
    focused: bool
    editable: bool
    password: bool
    clickable: bool
    box: Box

    @property
    def label(self) -> str:
        """What a person would call it."""
        return self.text or self.description

    @property
    def middle(self) -> Point:
        """Where to tap it."""
        return Point(
            x=(self.box.left + self.box.right) // 2, y=(self.box.top + self.box.bottom) // 2
        )


def front(link: Link) -> Front:
    """One look at what is in front; what a phone does not tell is taken to be well."""
    said = link.script(
        "dumpsys power | grep -E 'mWakefulness='; dumpsys window | grep -E"
        " 'mCurrentFocus|mFocusedApp|mShowingLockscreen|mDreamingLockscreen|showingAndNotOccluded'"
    ).text
    names = [name for name in _FOCUS.findall(said) if name != "null"]
    app = _APP.search(said)
    where = names[-1] if names else (app[1] if app else "")
    awake = "mWakefulness=" not in said or "mWakefulness=Awake" in said
    return Front(short(where), awake, bool(_LOCKED.search(said)))


def short(component: str) -> str:
    """A component without its package's name repeated."""
    package, slash, activity = component.partition("/")
    return f"{package}{slash}{activity.removeprefix(package)}"


def secure(link: Link) -> bool:
    """Whether a window on the screen forbids captures."""
    said = link.script("dumpsys window windows | grep -E 'fl=.*SECURE'").text
    return "SECURE" in said


def logical(link: Link) -> Size | None:
    """The size in which touches are counted, upright; None when the phone does not say."""
    said = link.script("wm size").text
    found = {kind: Size(int(wide), int(high)) for kind, wide, high in _SIZE.findall(said)}
    return found.get("Override") or found.get("Physical")


def nodes(link: Link) -> list[Node]:
    """What is on the screen; empty when the phone cannot tell, as while something moves."""
    said = link.script("uiautomator dump /dev/tty", within=_DUMP_WITHIN).text
    if "<?xml" not in said and "idle" not in said:
        # Some phones have no terminal to write to.
        said = link.script(
            "uiautomator dump /data/local/tmp/qvl-layout.xml >/dev/null &&"
            " cat /data/local/tmp/qvl-layout.xml; rm -f /data/local/tmp/qvl-layout.xml",
            within=_DUMP_WITHIN,
        ).text
    start, end = said.find("<?xml"), said.find("</hierarchy>")
    if start < 0 or end < 0 or len(said) > _MOST or "<!DOCTYPE" in said or "<!ENTITY" in said:
        return []
    try:
        tree = ElementTree.fromstring(said[start : end + len("</hierarchy>")])
    except ElementTree.ParseError:
        return []
    return [node(one) for one in tree.iter("node")]


def node(one: ElementTree.Element) -> Node:
    """One node of the dump."""
    get = one.attrib.get
    box = _BOUNDS.fullmatch(get("bounds", ""))
    sides = Box(*map(int, box.groups())) if box else Box(0, 0, 0, 0)
    return Node(
        get("text", ""), get("content-desc", ""), get("package", ""),
        get("focused") == "true", "Edit" in get("class", ""), get("password") == "true",
        get("clickable") == "true", sides,
    )  # fmt: skip


def field_text(link: Link) -> str | None:
    """What stands in the field with the focus; None when the phone does not tell."""
    found = [one for one in nodes(link) if one.focused and one.editable and not one.password]
    return found[0].text if found else None
