"""What every app and every task of the practice site has in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from ..base import Verdict
from .screens import Button, Screen
from .words import Words

BANNERS = (
    (
        "We value your privacy",
        "We use cookies to make this site better.",
        ("Accept all", "Accept", "Reject", "OK"),
    ),
    ("Stay up to date", "Get our letter once a week.", ("Not now", "No thanks", "Close", "Later")),
)


class App(Protocol):
    """One small web app: its state, its screens, and what its buttons do."""

    name: str
    first: str

    def screen(self, name: str) -> Screen:
        """The screen of that name as the state has it now; KeyError if there is none."""
        ...

    def submit(self, name: str, do: str, values: Mapping[str, str]) -> str:
        """Carry out a button of a screen and return the next screen's name."""
        ...


@dataclass(frozen=True)
class Plan:
    """What is right on one screen: the fields' values in order, then what to click."""

    fields: tuple[tuple[str, str], ...] = ()
    click: str = ""


@dataclass
class Job:
    """One task, before it gets a place on the site."""

    kind: str
    seed: int
    goal: str
    app: App
    plan: Callable[[str], Plan | None]
    """The plan for a screen; None where the way back to the first screen is right."""
    check: Callable[[], Verdict]
    banner: tuple[str, str, Button] | None = None
    notes: list[str] = field(default_factory=list[str])


def banner(rng: Random) -> tuple[str, str, Button] | None:
    """Now and then something stands in the way."""
    if rng.random() > 0.2:
        return None
    title, text, labels = rng.choice(BANNERS)
    return title, text, Button("dismiss", rng.choice(labels))


class Seeded:
    """The random sources of one kind and seed: data, looks and wording never disturb each other."""

    def __init__(self, kind: str, seed: int) -> None:
        self.kind, self.seed = kind, seed
        self.rng = Random(f"{kind}-{seed}")
        self.words = Words(Random(f"{kind}-{seed}-data"), seed)

    def say(self, *ways: str, **names: str) -> str:
        """One wording of the goal, sometimes polite."""
        text = self.rng.choice(ways).format(**names)
        return _polite(self.rng, text)


def _polite(rng: Random, text: str) -> str:
    before = rng.choice(("", "", "", "Please ", "I want you to "))
    if not before or text.startswith(("I ", "Please ")) or text[0] == "{":
        return text
    return before + text[0].lower() + text[1:]
