"""Practice tasks on the virtual phone, checked from the phone's own data.

A seed sets the phone's data, its theme and the wording of the goal. A goal in a user's own words is
recognised where it is one of these; anything else has no check. A check wants exactly what was
asked for: whatever else changed is a failure.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from .base import Verdict

State = dict[str, Any]
Step = tuple[str, ...]
"""What a demonstration does: open, tap, fill, type, with the names that the screen shows."""
NAMES = (
    "Ana Ruiz", "Ben Okafor", "Chen Wei", "Dora Klein", "Emil Sato", "Farah Aziz",
    "Goran Ilic", "Hana Mori", "Ivo Petrov", "Julia Costa",
)  # fmt: skip
WORDS = ("On my way", "See you at 8", "Happy birthday", "The key is under the mat", "Call me later")
TITLES = ("Shopping", "Ideas", "Books", "Garden", "Trip")
BODIES = ("Milk and bread", "Call the bank", "Two tickets", "Water the roses", "Buy a lamp")
DEVICES = ("Comet", "Juniper", "Pebble", "Otter")
CITIES = ("Lima", "Oslo", "Porto", "Quito", "Riga")
DAYS = ("Monday", "Wednesday", "Friday")
HOURS = ("07:05", "12:40", "19:15")
SWITCHES = {
    "wifi": "Wi-Fi", "bluetooth": "Bluetooth", "airplane": "Airplane mode", "dark": "Dark theme",
    "saver": "Battery saver", "quiet": "Do not disturb", "location": "Location",
}  # fmt: skip
KEPT = ("contacts", "threads", "alarms", "notes", "trips", "switches", "timer", "name", "volume")
"""What a task may change; of these, only the part it asks for."""


class Phone(Protocol):
    """A phone whose data can be set and read."""

    def state(self) -> Any: ...
    def seed(self, data: dict[str, object]) -> None: ...


@dataclass(frozen=True)
class Want:
    """What is asked for: the part of the data, what it must become, and a way there."""

    goal: str
    part: str
    done: Callable[[Any, Any], bool]
    """Whether the part, as it was and as it is now, is as it should be."""
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class PhoneTask:
    """One task on one phone, whose data it has set."""

    id: str
    goal: str
    want: Want
    phone: Phone
    before: State = field(repr=False)
    start_url: str = ""

    def check(self, answer: str) -> Verdict:
        """Whether exactly that was done, from the phone's data."""
        now = self.phone.state()
        part = self.want.part
        others = [key for key in KEPT if key != part and now[key] != self.before[key]]
        if not self.want.done(self.before[part], now[part]):
            same = now[part] == self.before[part]
            return Verdict(False, f"{part}: {'as before' if same else 'not as asked'}")
        if others:
            return Verdict(False, f"{part} as asked, but {others[0]} changed too")
        return Verdict(True, f"{part}: as asked, and nothing else changed")


def data(random: Random) -> State:
    """What is on a phone before a task."""
    people = random.sample(NAMES, 5)
    hours = random.sample(range(5, 12), 2)
    return {
        "time": f"{random.randint(8, 19)}:{random.randint(10, 59)}",
        "name": "Virtual phone", "volume": random.randint(1, 6), "timer": 0, "url": "", "trips": [],
        "contacts": [{"name": name, "phone": f"555 0{n}{random.randint(10, 99)}"}
                     for n, name in enumerate(people)],
        "threads": [{"to": name, "items": [{"text": random.choice(WORDS), "mine": False}]}
                    for name in people[:2]],
        "alarms": [{"hour": hour, "minute": random.choice((0, 15, 45)), "label": "", "on": True}
                   for hour in sorted(hours)],
        "notes": [{"title": "Packing", "body": "Passport\nCharger"}],
        "switches": {**{key: random.random() < 0.5 for key in SWITCHES}, "rotate": False,
                     "dark": random.random() < 0.3},
    }  # fmt: skip


def added(**wanted: object) -> Callable[[Any, Any], bool]:
    """Exactly one more in a list, with these values; the others as they were."""

    def done(before: list[State], now: list[State]) -> bool:
        new = [one for one in now if one not in before]
        kept = all(one in now for one in before)
        return kept and len(new) == 1 and all(new[0].get(k) == v for k, v in wanted.items())

    return done


def becomes(value: object) -> Callable[[Any, Any], bool]:
    """Exactly this."""
    return lambda before, now: now == value


def changed(before: Any, change: Callable[[Any], None]) -> Callable[[Any, Any], bool]:
    """As it was, but for one change."""
    wanted = copy.deepcopy(before)
    change(wanted)
    return becomes(wanted)


def alarm(state: State, hour: int, minute: int) -> Want:
    """A new alarm that is on."""
    steps = (("open", "Clock"), ("tap", "Add alarm"), ("fill", "Hour", f"{hour}"),
             ("fill", "Minute", f"{minute:02}"), ("tap", "Save"))  # fmt: skip
    goal = f"Set an alarm for {hour}:{minute:02}"
    return Want(goal, "alarms", added(hour=hour, minute=minute, on=True), steps)


def alarm_off(state: State, hour: int, minute: int) -> Want:
    """An alarm that is there, switched off."""

    def off(alarms: list[State]) -> None:
        for one in alarms:
            if (one["hour"], one["minute"]) == (hour, minute):
                one["on"] = False

    time = f"{hour:02}:{minute:02}"
    steps = (("open", "Clock"), ("tap", f"Alarm {time} on"))
    return Want(f"Turn off the alarm at {time}", "alarms", changed(state["alarms"], off), steps)


def contact(state: State, name: str, number: str) -> Want:
    """A new contact."""
    steps = (("open", "Contacts"), ("tap", "New contact"), ("fill", "Name", name),
             ("fill", "Phone", number), ("tap", "Save"))  # fmt: skip
    goal = f"Add {name} with the number {number} to the contacts"
    return Want(goal, "contacts", added(name=name, phone=number), steps)


def forget(state: State, name: str) -> Want:
    """A contact less."""
    left = [one for one in state["contacts"] if one["name"] != name]
    steps = (("open", "Contacts"), ("tap", name), ("tap", "Delete"), ("tap", "Delete"))
    return Want(f"Delete the contact {name}", "contacts", becomes(left), steps)


def message(state: State, text: str, name: str) -> Want:
    """A message more, to one person."""

    def done(before: list[State], now: list[State]) -> bool:
        mine = {"text": text, "mine": True}
        old = {one["to"]: one["items"] for one in before}
        new = {one["to"]: one["items"] for one in now}
        return new == {**old, name: [*old.get(name, []), mine]}

    steps = (("open", "Messages"), ("tap", "Start chat"), ("tap", name),
             ("fill", "Text message", text), ("tap", "Send"))  # fmt: skip
    return Want(f'Send "{text}" to {name}', "threads", done, steps)


def switch(state: State, key: str, on: bool) -> Want:
    """One switch turned."""
    goal = f"Turn {'on' if on else 'off'} {SWITCHES[key]}"
    wanted = becomes({**state["switches"], key: on})
    return Want(goal, "switches", wanted, (("open", "Settings"), ("tap", SWITCHES[key])))


def note(state: State, title: str, body: str) -> Want:
    """A new note."""
    steps = (("open", "Notes"), ("tap", "New note"), ("fill", "Title", title),
             ("fill", "Text", body), ("tap", "Save"))  # fmt: skip
    goal = f'Write a note called "{title}" that says "{body}"'
    return Want(goal, "notes", added(title=title, body=body), steps)


def timer(state: State, minutes: int) -> Want:
    """A running timer."""
    steps = (("open", "Clock"), ("tap", "Timer"), ("fill", "Minutes", str(minutes)),
             ("tap", "Start"))  # fmt: skip
    return Want(f"Start a timer for {minutes} minutes", "timer", becomes(minutes), steps)


def rename(state: State, name: str) -> Want:
    """Another name of the phone."""
    steps = (("open", "Settings"), ("tap", "Device name"), ("fill", "Device name", name),
             ("tap", "Save"))  # fmt: skip
    return Want(f"Rename the phone to {name}", "name", becomes(name), steps)


def volume(state: State, level: int) -> Want:
    """Another volume."""
    turn = ("tap", "Louder" if level > state["volume"] else "Quieter")
    turns = (turn,) * abs(level - state["volume"])
    steps: tuple[Step, ...] = (("open", "Settings"), ("tap", "Volume"), *turns)
    return Want(f"Set the volume to {level}", "volume", becomes(level), steps)


def flight(state: State, city: str, day: str, at: str) -> Want:
    """A booked flight."""
    steps = (("open", "Flights"), ("tap", city), ("tap", day), ("tap", "Search"),
             ("tap", f"Book {at}"), ("tap", "Book"))  # fmt: skip
    goal = f"Book the {at} flight to {city} on {day}"
    return Want(goal, "trips", added(to=city, day=day, at=at), steps)


Draw = Callable[[State, Random], Want]


def _strangers(state: State) -> list[str]:
    known = {one["name"] for one in state["contacts"]}
    return [name for name in NAMES if name not in known]


def _draw_switch(state: State, random: Random) -> Want:
    key = random.choice(list(SWITCHES))
    return switch(state, key, not state["switches"][key])


def _draw_alarm_off(state: State, random: Random) -> Want:
    one = random.choice(state["alarms"])
    return alarm_off(state, one["hour"], one["minute"])


def _draw_volume(state: State, random: Random) -> Want:
    return volume(state, random.choice([n for n in range(8) if n != state["volume"]]))


def _draw_contact(state: State, random: Random) -> Want:
    return contact(state, random.choice(_strangers(state)), f"555 {random.randint(1000, 9999)}")


def _known(state: State, random: Random) -> str:
    return random.choice(state["contacts"])["name"]


KINDS: Mapping[str, Draw] = {
    "alarm": lambda s, r: alarm(s, r.randint(12, 23), r.choice((5, 20, 30, 50))),
    "alarm-off": _draw_alarm_off,
    "contact": _draw_contact,
    "forget": lambda s, r: forget(s, _known(s, r)),
    "message": lambda s, r: message(s, r.choice(WORDS), _known(s, r)),
    "switch": _draw_switch,
    "note": lambda s, r: note(s, r.choice(TITLES), r.choice(BODIES)),
    "timer": lambda s, r: timer(s, r.choice((3, 12, 25, 40))),
    "rename": lambda s, r: rename(s, r.choice(DEVICES)),
    "volume": _draw_volume,
    "flight": lambda s, r: flight(s, r.choice(CITIES), r.choice(DAYS), r.choice(HOURS)),
}
"""Kinds of task, each drawn from a seed on the data of that seed."""


def phone_task(phone: Phone, kind: str, seed: int) -> PhoneTask:
    """Set the phone's data from the seed, and draw a task of the kind; KeyError for no kind."""
    return _set(phone, kind, seed, KINDS[kind])


def _set(phone: Phone, kind: str, seed: int, draw: Draw) -> PhoneTask:
    random = Random(f"phone {kind} {seed}")
    state = data(random)
    want = draw(state, random)
    phone.seed(state)
    return PhoneTask(f"phone-{kind}", want.goal, want, phone, phone.state())


_QUOTED = "[\"“'‘](?P<{}>.{{1,500}}?)[\"”'’]"
_TIME = r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:\s*(?P<half>[ap]\.?m\.?))?"
_SAID: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("alarm-off", re.compile(rf"turn off the alarm (?:at|for) {_TIME}", re.I)),
    ("alarm", re.compile(rf"alarm (?:at|for) {_TIME}", re.I)),
    ("timer", re.compile(r"timer for (?P<minutes>\d{1,3}) min", re.I)),
    ("message", re.compile(rf"(?:send|text|write) {_QUOTED.format('text')} to (?P<name>[\w .-]{{2,40}})", re.I | re.S)),  # noqa: E501
    ("note", re.compile(rf"note (?:called|named) {_QUOTED.format('title')} (?:that says|saying|with the text) {_QUOTED.format('body')}", re.I | re.S)),  # noqa: E501
    ("contact", re.compile(r"add (?P<name>[\w .-]{2,40}) with (?:the )?number (?P<number>[\d +-]{3,20})", re.I)),  # noqa: E501
    ("forget", re.compile(r"(?:delete|remove) the contact (?P<name>[\w .-]{2,40})", re.I)),
    ("rename", re.compile(r"rename the phone to (?P<name>[\w -]{1,30})", re.I)),
    ("volume", re.compile(r"set the volume to (?P<level>[0-7])\b", re.I)),
    ("switch", re.compile(rf"turn (?P<way>on|off) (?:the )?(?P<name>{'|'.join(map(re.escape, SWITCHES.values()))})", re.I)),  # noqa: E501
    ("flight", re.compile(rf"book the (?P<at>{'|'.join(HOURS)}) flight to (?P<city>{'|'.join(CITIES)}) on (?P<day>{'|'.join(DAYS)})", re.I)),  # noqa: E501
)  # fmt: skip


def from_goal(phone: Phone, text: str, seed: int = 0) -> PhoneTask | None:
    """The task that a user's own words ask for; None when they are about something else."""
    for kind, pattern in _SAID:
        if found := pattern.search(text):
            return _set(phone, kind, seed, _spoken(kind, found))
    return None


def _spoken(kind: str, found: re.Match[str]) -> Draw:
    said = {key: value.strip() for key, value in found.groupdict().items() if value}
    match kind:
        case "alarm" | "alarm-off":
            make = alarm if kind == "alarm" else alarm_off
            return lambda state, _: make(state, *clock(said))
        case "timer":
            return lambda state, _: timer(state, int(said["minutes"]))
        case "volume":
            return lambda state, _: volume(state, int(said["level"]))
        case "switch":
            key = next(k for k, v in SWITCHES.items() if v.casefold() == said["name"].casefold())
            return lambda state, _: switch(state, key, said["way"].lower() == "on")
        case _:
            makers: dict[str, Callable[..., Want]] = {
                "message": message, "note": note, "contact": contact, "forget": forget,
                "rename": rename, "flight": flight,
            }  # fmt: skip
            return lambda state, _: makers[kind](state, **said)


def clock(said: Mapping[str, str]) -> tuple[int, int]:
    """Hour and minute of a time of the day in words."""
    hour, half = int(said["hour"]), said.get("half", "").lower()
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return min(hour, 23), min(int(said["minute"]), 59)
