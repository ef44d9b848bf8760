"""The contract between the loop and a place where things are done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from ..actions.types import Action, Capabilities, Point, Size


@dataclass(frozen=True)
class Observation:
    """One look at the screen."""

    png: bytes = field(repr=False)
    """The screenshot, PNG, RGB."""
    size: Size
    """Size of the screenshot in pixels: the space that actions use."""
    scale: float = 1.0
    """Screenshot pixels per unit of device space (CSS pixels, points, dp)."""
    where: str = ""
    """URL, application or activity in front."""
    events: tuple[str, ...] = ()
    """What happened since the last look that no picture tells (dialogs, downloads, new tabs)."""
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    """Time by phase: `settle`, `capture`."""


@dataclass(frozen=True)
class Effect:
    """What an action did, as far as the environment can tell."""

    verdict: Literal["changed", "no_effect", "unknown"]
    reason: str = ""


@runtime_checkable
class Previews(Protocol):
    """An environment that shows frames while it waits for the screen to come to rest."""

    on_frame: Callable[[bytes, Size], None]
    """Called with a PNG and its size; the frame may or may not be the one that is observed."""


@dataclass(frozen=True)
class Label:
    """What a screen calls one of its elements: its own word, which may be wrong."""

    text: str
    """Names, captions and alternative texts, joined."""
    tag: str = ""
    type: str = ""
    href: str = ""
    download: bool = False
    form: str = ""
    """The words of the button that sends the form it is in."""
    asks: str = ""
    """Types and names of the form's fields."""
    post: bool = False
    """Whether sending the form changes something at the other end, as POST says."""


@runtime_checkable
class Labels(Protocol):
    """An environment that knows more of its screen than the picture."""

    def label(self, at: Point | None) -> Label | None:
        """The element at a pixel, or the one with the focus; None where nothing is known."""
        ...


@runtime_checkable
class Guarded(Protocol):
    """An environment that lets a guard look again at the last moment."""

    on_press: Callable[[Label | None], str]
    """Called with what is under the pointer before a button is pressed or let go; says why not."""
    on_dialog: Callable[[str], bool]
    """Called with a question of the page; whether it may be answered with yes."""

    def ask_before_sending(self, judge: Callable[[], bool]) -> None:
        """Have `judge` asked before a page sends something, by a form or by itself."""
        ...


class Env(Protocol):
    """A browser, desktop or phone. Every call has a deadline; EnvError means it is lost."""

    capabilities: Capabilities

    def observe(self) -> Observation:
        """Wait until the screen is quiet (capped), then look."""
        ...

    def act(self, action: Action) -> Effect:
        """Carry out one action; ActionError says why it could not be done."""
        ...

    def close(self) -> None:
        """Give everything back; safe to call twice, never raises."""
        ...
