"""Calendar: events to open and delete, and a form for a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...base import Verdict
from ..app import Job, Plan, Seeded, banner
from ..screens import Button, Field, Row, Screen, Text


@dataclass
class Calendar:
    """The state: events as title -> (day, time)."""

    events: dict[str, tuple[str, str]]
    new: str
    save: str
    labels: tuple[str, str, str]
    name: str = "Calendar"
    first: str = "month"
    shown: str = ""

    def screen(self, name: str) -> Screen:
        home = (Button("home", "Home"),)
        if name == "month":
            rows = tuple(
                Row(f"e{i}", title, day, time)
                for i, (title, (day, time)) in enumerate(self.events.items())
            )
            return Screen(name, "Coming up", rows, (Button("new", self.new),))
        if name == "event" and self.shown in self.events:
            day, time = self.events[self.shown]
            return Screen(
                name, self.shown, (Text(f"{day}, {time}", True), Button("delete", "Delete")), home
            )
        if name == "new":
            fields = tuple(
                Field(i, label)
                for i, label in zip(("title", "day", "time"), self.labels, strict=True)
            )
            return Screen(name, "New event", (*fields, Button("save", self.save)), home)
        raise KeyError(name)

    def submit(self, name: str, do: str, values: Mapping[str, str]) -> str:
        if name == "month" and do == "new":
            return "new"
        if name == "new" and do == "save":
            title, day, time = (values.get(k, "") for k in ("title", "day", "time"))
            if not (title and day and time):
                return "new"
            self.events[title] = (day, time)
            return "month"
        if name == "event" and do == "delete":
            self.events.pop(self.shown, None)
            return "month"
        self.shown = list(self.events)[int(do[1:])]
        return "event"


def _app(s: Seeded) -> Calendar:
    pick, w = s.rng.choice, s.words
    events = {e: (w.date(), w.time()) for e in w.some("events", s.rng.randint(3, 4))}
    labels = (pick(("Title", "Event", "What")), pick(("Day", "Date")), pick(("Time", "Start")))
    return Calendar(
        events,
        pick(("New event", "Add event")),
        pick(("Save", "Add", "Create")),
        labels,
        pick(("Calendar", "Planner", "Agenda")),
    )


def _verdict(app: Calendar, want: dict[str, tuple[str, str]]) -> Verdict:
    if app.events == want:
        return Verdict(True, "the calendar is as it should be")
    odd = sorted(set(app.events.items()) ^ set(want.items()))
    return Verdict(False, f"the calendar differs from what was asked: {odd}")


def add(s: Seeded) -> Job:
    app, w = _app(s), s.words
    title = s.rng.choice([e for e in w.list("events") if e not in app.events])
    day, time = w.date(), w.time()
    goal = s.say(
        "Add {t} to my calendar on {d} at {h}", "Create an event {t} on {d} at {h}", "Put {t} in the calendar for {d}, {h}", "New event: {t}, {d}, {h}",
        "Plan {t} for {d} at {h}", "Schedule {t} on {d} at {h}", "Enter {t} in my calendar, day {d}, time {h}", "I have {t} on {d} at {h}, add it", t=title, d=day, h=time,
    )  # fmt: skip
    want = {**app.events, title: (day, time)}
    plans = {
        "month": Plan(click="new"),
        "new": Plan((("title", title), ("day", day), ("time", time)), "save"),
    }
    return Job(s.kind, s.seed, goal, app, plans.get, lambda: _verdict(app, want), banner(s.rng))


def delete(s: Seeded) -> Job:
    app = _app(s)
    title = s.rng.choice(list(app.events))
    goal = s.say(
        "Delete {t} from my calendar", "Cancel {t} in the calendar", "Remove the event {t}", "Delete the event {t}", "Take {t} out of my calendar",
        "{t} is off, delete it", "I will not go to {t}, remove it from the calendar", "Erase {t} from the calendar", t=title,
    )  # fmt: skip
    want = {t: at for t, at in app.events.items() if t != title}

    def plan(screen: str) -> Plan | None:
        if screen == "month" and title in app.events:
            return Plan(click=f"e{list(app.events).index(title)}")
        return Plan(click="delete") if screen == "event" and app.shown == title else None

    return Job(s.kind, s.seed, goal, app, plan, lambda: _verdict(app, want), banner(s.rng))
