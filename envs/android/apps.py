"""Apps by the names that people see.

A shell cannot read an app's label, so a name is looked for among the launcher's components, and
then on the launcher's own screens, which show every label in the phone's language.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches

from ...actions.errors import ActionError
from .keys import HOME
from .link import Link
from .state import Node, front, nodes

OPENS_WITHIN = 12.0
_LOOK_EVERY = 0.2
_PAGES = 8
_COMPONENT = re.compile(r"^\s+([\w.]+/[\w.$]+)\s*$", re.MULTILINE)
_KNOWN = {
    "chrome": "com.android.chrome", "youtube": "com.google.android.youtube",
    "gmail": "com.google.android.gm", "maps": "com.google.android.apps.maps",
    "play store": "com.android.vending", "whatsapp": "com.whatsapp",
    "calendar": "com.google.android.calendar", "photos": "com.google.android.apps.photos",
    "clock": "com.google.android.deskclock", "messages": "com.google.android.apps.messaging",
    "contacts": "com.google.android.contacts", "phone": "com.google.android.dialer",
    "settings": "com.android.settings", "files": "com.google.android.documentsui",
}  # fmt: skip
"""Packages of names that hardly any launcher translates differently; used where installed."""


class Apps:
    """What the launcher of one phone can open. `swipe` moves its pages on, `pause` waits."""

    def __init__(
        self, link: Link, tap: Callable[[int, int], None], swipe: Callable[[], None],
        pause: Callable[[float], None],
    ) -> None:  # fmt: skip
        self.link, self.tap, self.swipe, self.pause = link, tap, swipe, pause
        self.labels: dict[str, str] = {}
        """Components by label, as they were met."""

    def components(self) -> list[str]:
        """What the launcher lists."""
        said = self.link.must(
            "cmd", "package", "query-activities", "--brief",
            "-a", "android.intent.action.MAIN", "-c", "android.intent.category.LAUNCHER",
            again=True,
        )  # fmt: skip
        return _COMPONENT.findall(said)

    def open(self, name: str) -> None:
        """Bring an app to the front; ActionError with the nearest names when there is none."""
        wanted = name.strip().casefold()
        listed = self.components()
        component = self.labels.get(wanted) or by_package(wanted, listed)
        if component:
            self._start(component, name)
            return
        seen = self._by_label(wanted)
        if seen is not None:
            words = sorted(seen | {words_of(one) for one in listed})
            near = get_close_matches(wanted, words, 3, 0.5) or sorted(seen)[:6]
            said = f"; the nearest are {', '.join(near)}" if near else ""
            raise ActionError(f"no app is called {name[:60]!r}{said}")

    def _start(self, component: str, name: str) -> None:
        said = self.link.shell(
            "am", "start", "-a", "android.intent.action.MAIN",
            "-c", "android.intent.category.LAUNCHER", "-n", component,
        )  # fmt: skip
        if said.code or "Error" in said.text:
            raise ActionError(f"{name[:60]!r} does not start: {' '.join(said.text.split())[-120:]}")
        self._wait(lambda package: package == component.split("/")[0], name)

    def _wait(self, there: Callable[[str], bool], name: str) -> str:
        """The component in front once it is the right one."""
        for _ in range(int(OPENS_WITHIN / _LOOK_EVERY)):
            found = front(self.link)
            if there(found.package):
                return found.where
            self.pause(_LOOK_EVERY)
        raise ActionError(f"{name[:60]!r} was started, and did not come to the front in time")

    def _by_label(self, wanted: str) -> set[str] | None:
        """Look through the launcher and tap; None when it is open, else the labels there."""
        self.link.must("input", "keyevent", str(HOME))
        seen: set[str] = set()
        for _ in range(_PAGES):
            found = nodes(self.link)
            match = next((one for one in found if one.label.strip().casefold() == wanted), None)
            if match:
                self._tap(match, wanted)
                return None
            labels = {one.label.strip().casefold() for one in found if one.label.strip()}
            if labels <= seen:
                break
            seen |= labels
            self.swipe()
            self.pause(_LOOK_EVERY)
        return {label for label in seen if len(label) <= 30}

    def _tap(self, match: Node, wanted: str) -> None:
        launcher = front(self.link).package
        self.tap(match.middle.x, match.middle.y)
        where = self._wait(lambda package: package not in ("", launcher), wanted)
        self.labels[wanted] = where


def by_package(wanted: str, listed: Iterable[str]) -> str | None:
    """The component whose package says the name itself; None when none or several do."""
    listed = list(listed)
    packages = {one.split("/")[0]: one for one in listed}
    if wanted in packages:
        return packages[wanted]
    if _KNOWN.get(wanted) in packages:
        return packages[_KNOWN[wanted]]
    plain = re.sub(r"[^a-z0-9]", "", wanted)
    found = [one for one in listed if plain and plain in one.split("/")[0].split(".")[1:]]
    return found[0] if len(found) == 1 else None


def words_of(component: str) -> str:
    """The telling end of a package's name."""
    return component.split("/")[0].split(".")[-1]
