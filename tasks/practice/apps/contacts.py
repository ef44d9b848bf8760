"""Contacts: people to open and change, and a form for a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...base import Verdict
from ..app import Job, Plan, Seeded, banner
from ..screens import Button, Field, Row, Screen


@dataclass
class Contacts:
    """The state: people as name -> (phone, company)."""

    people: dict[str, tuple[str, str]]
    new: str
    save: str
    name: str = "Contacts"
    first: str = "people"
    shown: str = ""

    def screen(self, name: str) -> Screen:
        home = (Button("home", "Home"),)
        if name == "people":
            rows = tuple(
                Row(f"c{i}", who, side=company)
                for i, (who, (_, company)) in enumerate(self.people.items())
            )
            return Screen(name, "People", rows, (Button("new", self.new),))
        if name == "person" and self.shown in self.people:
            phone, company = self.people[self.shown]
            fields = (Field("phone", "Phone", phone), Field("company", "Company", company))
            return Screen(name, self.shown, (*fields, Button("save", self.save)), home)
        if name == "new":
            fields = (Field("name", "Name"), Field("phone", "Phone"), Field("company", "Company"))
            return Screen(name, "New contact", (*fields, Button("save", self.save)), home)
        raise KeyError(name)

    def submit(self, name: str, do: str, values: Mapping[str, str]) -> str:
        if name == "people" and do == "new":
            return "new"
        if do == "save":
            who = values.get("name", "") if name == "new" else self.shown
            if not who:
                return name
            self.people[who] = (values.get("phone", ""), values.get("company", ""))
            return "people"
        self.shown = list(self.people)[int(do[1:])]
        return "person"


def _app(s: Seeded) -> Contacts:
    pick, w = s.rng.choice, s.words
    people = w.people(s.rng.randint(3, 4))
    cards = {
        p: (w.phone(), c) for p, c in zip(people, w.some("companies", len(people)), strict=True)
    }
    return Contacts(
        cards,
        pick(("New contact", "Add contact", "New")),
        pick(("Save", "Done", "Save contact")),
        pick(("Contacts", "People", "ClientBook")),
    )


def _verdict(app: Contacts, want: dict[str, tuple[str, str]]) -> Verdict:
    if app.people == want:
        return Verdict(True, "the contacts are as they should be")
    odd = sorted(set(app.people.items()) ^ set(want.items()))
    return Verdict(False, f"the contacts differ from what was asked: {odd}")


def add(s: Seeded) -> Job:
    app, w = _app(s), s.words
    who, phone, company = w.person(), w.phone(), w.one("companies")
    goal = s.say(
        "Add {n} to my contacts, phone {p}, company {c}", "New contact: {n}, {p}, {c}", "Create a contact for {n} with phone {p} at {c}", "Save {n} from {c}, phone {p}",
        "Add the contact {n}, phone {p}, company {c}", "Put {n} in my contacts: phone {p}, company {c}", "Enter a new contact {n}, phone {p}, company {c}", "{n} works at {c}, phone {p}: add the contact",
        n=who, p=phone, c=company,
    )  # fmt: skip
    want = {**app.people, who: (phone, company)}
    plans = {
        "people": Plan(click="new"),
        "new": Plan((("name", who), ("phone", phone), ("company", company)), "save"),
    }
    return Job(s.kind, s.seed, goal, app, plans.get, lambda: _verdict(app, want), banner(s.rng))


def change_phone(s: Seeded) -> Job:
    app, w = _app(s), s.words
    who, phone = s.rng.choice(list(app.people)), w.phone()
    goal = s.say(
        "Change the phone of {n} to {p}", "{n} has a new phone: {p}", "Set {n}'s phone to {p}", "Update the phone number of {n} to {p}", "The phone of {n} is now {p}, change it",
        "Give {n} the phone {p}", "Correct the phone of {n}: {p}", "Open {n} and set the phone to {p}", n=who, p=phone,
    )  # fmt: skip
    want = {**app.people, who: (phone, app.people[who][1])}

    def plan(screen: str) -> Plan | None:
        if screen == "people":
            return Plan(click=f"c{list(app.people).index(who)}")
        return (
            Plan((("phone", phone),), "save") if screen == "person" and app.shown == who else None
        )

    return Job(s.kind, s.seed, goal, app, plan, lambda: _verdict(app, want), banner(s.rng))
