"""Flights: search, pick a departure, pick a fare, say who travels, confirm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...base import Verdict
from ..app import Job, Plan, Seeded, banner
from ..screens import Button, Field, Item, Row, Screen, Text

FARES = ("Economy", "Flex", "Business")
_FARE_NOTES = {
    "Economy": ("Hand bag only", ""),
    "Flex": ("Free changes", "+$40"),
    "Business": ("Lounge and meals", "+$260"),
}


@dataclass
class Flights:
    """The state: what was searched and chosen in this session, and the bookings made."""

    labels: dict[str, str]
    flights: list[tuple[str, str, str]]
    traveller: tuple[str, str]
    search: dict[str, str]
    name: str = "SkyTrip"
    first: str = "search"
    chosen: dict[str, str] = field(default_factory=dict[str, str])
    bookings: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    order: tuple[str, ...] = ("from", "to", "date", "count")

    def screen(self, name: str) -> Screen:
        if name == "search":
            fields = tuple(Field(k, self.labels[k], self.search.get(k, "")) for k in self.order)
            go = Button("go", self.labels["go"])
            return Screen(name, self.labels["title"], (*fields, go), (Button("help", "Help"),))
        titles = {
            "results": f"{self.search.get('from')} to {self.search.get('to')}"[:34],
            "fare": "Choose a fare",
            "details": "Who is travelling?",
            "confirm": "Check your trip",
            "booked": "Your flight is booked",
            "help": "Help",
        }
        return Screen(name, titles[name], self._items(name), (Button("home", "Home"),))

    def _items(self, name: str) -> tuple[Item, ...]:
        match name:
            case "results":
                return tuple(
                    Row(f"f{i}", time, line, price)
                    for i, (time, line, price) in enumerate(self.flights)
                )
            case "fare":
                return tuple(Row(f.lower(), f, *_FARE_NOTES[f]) for f in FARES)
            case "details":
                name_field = Field("name", self.labels["name"], self.traveller[0])
                email = Field("email", self.labels["email"], self.traveller[1])
                return (name_field, email, Button("next", self.labels["next"]))
            case "confirm":
                c = self.chosen
                trip = f"{c['from']} to {c['to']}", f"{c['date']}, {c['time']}, {c['fare']}"
                lines = (*trip, f"{c['count']} x {c['name']}")
                book = Button("book", self.labels["book"])
                return (*(Text(line, True) for line in lines), book)
            case "booked":
                reference = self.bookings[-1]["reference"]
                return (Text(f"Reference {reference}", True), Text("We have sent you a message."))
            case _:
                return (Text("Fill in the search form and choose a flight."),)

    def submit(self, name: str, do: str, values: Mapping[str, str]) -> str:
        if name == "search" and do == "help":
            return "help"
        if name == "search" and do == "go":
            self.search = {k: values.get(k, "") for k in ("from", "to", "date", "count")}
            return "results" if all(self.search.values()) else "search"
        if name == "results":
            time, line, price = self.flights[int(do[1:])]
            self.chosen = {**self.search, "time": time, "line": line, "price": price}
            return "fare"
        if name == "fare" and do in {f.lower() for f in FARES}:
            self.chosen["fare"] = do.capitalize()
            return "details"
        if name == "details" and do == "next":
            self.chosen |= {"name": values.get("name", ""), "email": values.get("email", "")}
            return "confirm" if self.chosen["name"] else "details"
        if name == "confirm" and do == "book":
            number = len(self.bookings) + 1
            self.bookings.append(
                {**self.chosen, "reference": f"QV{self.chosen['time'].replace(':', '')}{number}"}
            )
            return "booked"
        raise KeyError(do)


def labels(s: Seeded) -> dict[str, str]:
    """The words on this seed's site."""
    pick = s.rng.choice
    return {
        "title": pick(("Book a flight", "Where to?", "Find a flight")),
        "from": pick(("From", "From", "Origin")), "to": pick(("To", "To", "Destination")),
        "date": pick(("Date", "Departure date", "Depart")), "count": pick(("Passengers", "Travellers")),
        "go": pick(("Search", "Find flights", "Show flights", "Search flights")),
        "name": pick(("Name", "Full name")), "email": pick(("Email", "E-mail")),
        "next": pick(("Continue", "Next")), "book": pick(("Book now", "Confirm", "Confirm booking", "Pay now")),
    }  # fmt: skip


def app(s: Seeded, asked: Mapping[str, str]) -> Flights:
    """A site for this seed that has a flight at every time that is asked for."""
    w = s.words
    times = sorted({w.time() for _ in range(3)} | ({asked["time"]} if "time" in asked else set()))
    flights = [(t, w.one("airlines"), f"${s.rng.randint(39, 480)}") for t in times]
    saved = w.person()
    order = ["from", "to", "date", "count"]
    if s.rng.random() < 0.3:
        order = ["from", "to", "count", "date"]
    search = {"from": w.one("cities")} if s.rng.random() < 0.25 else {}
    if s.rng.random() < 0.25:
        search["count"] = str(s.rng.randint(1, 6))
    site = Flights(labels(s), flights, (saved, w.email(saved)), search, order=tuple(order))
    site.name = s.rng.choice(("SkyTrip", "FlyEasy", "AirFinder", "Wingo"))
    return site


def job(s: Seeded, goal: str, asked: Mapping[str, str]) -> Job:
    """A booking task: `asked` holds what the goal names (from, to, date, count, and maybe time, fare, name, email)."""
    site = app(s, asked)

    def plan(screen: str) -> Plan | None:
        match screen:
            case "search":
                return Plan(tuple((k, asked[k]) for k in site.order), "go")
            case "results" if all(
                site.search[k] == asked[k] for k in ("from", "to", "date", "count")
            ):
                times = [t for t, _, _ in site.flights]
                return Plan(click=f"f{times.index(asked['time']) if 'time' in asked else 0}")
            case "fare":
                return Plan(click=asked.get("fare", "Economy").lower())
            case "details":
                return Plan(tuple((k, asked[k]) for k in ("name", "email") if k in asked), "next")
            case "confirm" if matches(site.chosen, asked):
                return Plan(click="book")
            case _:
                return None

    def check() -> Verdict:
        if len(site.bookings) != 1:
            return Verdict(False, f"{len(site.bookings)} bookings were made instead of one")
        wrong = [k for k in asked if not same(site.bookings[0].get(k, ""), asked[k])]
        if wrong:
            said = ", ".join(
                f"{k} is {site.bookings[0].get(k)!r} instead of {asked[k]!r}" for k in wrong
            )
            return Verdict(False, f"the booking is wrong: {said}")
        return Verdict(
            True,
            f"booked {asked['from']} to {asked['to']}, {asked['date']}, {site.bookings[0]['time']}",
        )

    return Job(s.kind, s.seed, goal, site, plan, check, banner(s.rng))


def same(made: str, asked: str) -> bool:
    return made.casefold() == asked.casefold()


def matches(made: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    return all(same(made.get(k, ""), v) for k, v in asked.items())


COUNTS = ("", "one", "two", "three", "four", "five", "six")


def book(s: Seeded) -> Job:
    """A whole booking with everything in the goal that the model must know."""
    w = s.words
    here, there = w.some("cities", 2)
    asked = {"from": here, "to": there, "date": w.date(), "count": str(s.rng.randint(1, 6))}
    extra = ""
    if s.rng.random() < 0.4:
        asked["time"] = w.time()
        extra += s.rng.choice((", leaving at {}", ", the {} flight", " at {}")).format(
            asked["time"]
        )
    if s.rng.random() < 0.35:
        asked["fare"] = s.rng.choice(FARES)
        extra += s.rng.choice((", {} fare", ", in {}", ", {} class")).format(asked["fare"])
    if s.rng.random() < 0.4:
        asked["name"] = w.person()
        extra += s.rng.choice((", for {}", ", the passenger is {}", ", name {}")).format(
            asked["name"]
        )
        if s.rng.random() < 0.5:
            asked["email"] = w.email(asked["name"])
            extra += f", email {asked['email']}"
    return job(s, goal(s, asked) + extra + s.rng.choice(("", ".")), asked)


def goal(s: Seeded, asked: Mapping[str, str]) -> str:
    """One wording of the search."""
    return s.say(
        "Book a flight from {here} to {there} on {date} for {count}",
        "Book a flight from {here} to {there} on {date} for {count} passengers",
        "Book a flight to {there} from {here}, {date}, {count} travellers",
        "Find and book a flight from {here} to {there} on {date}, {count} passengers",
        "Fly from {here} to {there} on {date} with {count} people",
        "Get me a flight {here} to {there} on {date} for {count} people",
        "Reserve {count} seats from {here} to {there} on {date}",
        "I need to fly from {here} to {there} on {date}, passengers: {count}",
        "Flight {here} - {there}, {date}, {count} passengers",
        here=asked["from"], there=asked["to"], date=asked["date"], count=asked["count"],
    )  # fmt: skip
