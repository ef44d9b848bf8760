"""Settings: sections of switches, and a list of languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...base import Verdict
from ..app import Job, Plan, Seeded, banner
from ..screens import Button, Row, Screen

SECTIONS = {
    "Display": ("Dark mode", "Large text", "Night light", "Auto rotate"),
    "Sound": ("Vibration", "Key tones", "Quiet hours", "Mono audio"),
    "Network": ("Wi-Fi", "Bluetooth", "Airplane mode", "Data saver"),
    "Privacy": ("Location", "Camera access", "Usage reports", "Screen lock"),
}
LANGUAGES = [
    "English",
    "German",
    "French",
    "Spanish",
    "Italian",
    "Dutch",
    "Polish",
    "Swedish",
    "Danish",
    "Finnish",
    "Greek",
    "Turkish",
    "Czech",
    "Irish",
]


@dataclass
class Settings:
    """The state: which switches are on, and the language."""

    on: dict[str, bool]
    language: str
    languages: list[str]
    sections: list[str]
    name: str = "Settings"
    first: str = "settings"

    def screen(self, name: str) -> Screen:
        home = (Button("home", "Home"),)
        if name == "settings":
            rows = (
                *(Row(x.lower(), x) for x in self.sections),
                Row("language", "Language", side=self.language),
            )
            return Screen(name, "Settings", rows)
        if name == "language":
            return Screen(
                name,
                "Language",
                tuple(
                    Row(x.lower(), x, on=x == self.language, mark="radio") for x in self.languages
                ),
                home,
            )
        section = name.capitalize()
        rows = tuple(
            Row(f"s{i}", x, on=self.on[x], mark="switch") for i, x in enumerate(SECTIONS[section])
        )
        return Screen(name, section, rows, home)

    def submit(self, name: str, do: str, values: Mapping[str, str]) -> str:
        if name == "settings" and do in ("language", *(x.lower() for x in self.sections)):
            return do
        if name == "language":
            self.language = next(x for x in self.languages if x.lower() == do)
            return name
        switch = SECTIONS[name.capitalize()][int(do[1:])]
        self.on[switch] = not self.on[switch]
        return name


def _app(s: Seeded) -> Settings:
    on = {x: s.rng.random() < 0.5 for names in SECTIONS.values() for x in names}
    languages = s.rng.sample(LANGUAGES, 5)
    sections = s.rng.sample(list(SECTIONS), 4)
    return Settings(
        on, languages[0], languages, sections, s.rng.choice(("Settings", "Control", "Options"))
    )


def _job(
    s: Seeded,
    app: Settings,
    goal: str,
    on: dict[str, bool],
    language: str,
    plans: Mapping[str, Plan],
) -> Job:
    def check() -> Verdict:
        odd = [x for x in on if app.on[x] != on[x]]
        if odd or app.language != language:
            return Verdict(False, f"wrong: {odd or app.language}")
        return Verdict(True, "the settings are as they should be")

    return Job(s.kind, s.seed, goal, app, plans.get, check, banner(s.rng))


def toggle(s: Seeded) -> Job:
    app = _app(s)
    section = s.rng.choice(app.sections)
    index = s.rng.randrange(4)
    switch = SECTIONS[section][index]
    want = not app.on[switch]
    goal = s.say(
        "Turn {v} {x} in {s}", "Switch {v} {x} in the {s} settings", "In {s}, turn {x} {v}", "Turn {v} {x} under {s}", "Go to {s} and switch {x} {v}",
        "{x} should be {v}, it is in {s}", "Set {x} to {v} in {s}", "Open {s} and turn {x} {v}", v="on" if want else "off", x=switch, s=section,
    )  # fmt: skip
    plans = {"settings": Plan(click=section.lower()), section.lower(): Plan(click=f"s{index}")}
    return _job(s, app, goal, {**app.on, switch: want}, app.language, plans)


def language(s: Seeded) -> Job:
    app = _app(s)
    want = s.rng.choice([x for x in app.languages if x != app.language])
    goal = s.say(
        "Change the language to {x}", "Set the language to {x}", "Switch the language to {x}", "I want the language to be {x}", "Use {x} as language",
        "Choose {x} as the language", "Language: {x}", "Make {x} the language", x=want,
    )  # fmt: skip
    plans = {"settings": Plan(click="language"), "language": Plan(click=want.lower())}
    return _job(s, app, goal, dict(app.on), want, plans)
