"""From a user's own words to a practice task: what is named is asked for, what is missing comes from the seed."""

from __future__ import annotations

import re

from .app import Job, Seeded
from .apps import KINDS, flights, make, todo

_NUMBERS = {word: str(i) for i, word in enumerate(flights.COUNTS) if word} | {
    "myself": "1",
    "me": "1",
    "a couple": "2",
}
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_PLACE = r"([A-Z][\w'.-]*(?: [A-Z][\w'.-]*)*)"
_HINTS = {
    "flights": r"\b(flight|fly|plane)\b",
    "mail-delete": r"\b(delete|remove)\b.*\b(mail|e-?mail|message)\b",
    "mail-send": r"\b(send|write|compose)\b.*\b(mail|e-?mail|message)\b|\be-?mail\b.*\bto\b",
    "mail-open": r"\b(open|read|show)\b.*\b(mail|e-?mail|message)\b",
    "shop-buy": r"\b(buy|order)\b",
    "shop-cart": r"\bcart\b",
    "calendar-delete": r"\b(delete|cancel|remove)\b.*\b(event|calendar|appointment)\b",
    "calendar-add": r"\b(calendar|event|appointment|schedule)\b",
    "contacts-phone": r"\b(change|update|set)\b.*\bphone\b",
    "contacts-add": r"\bcontact\b",
    "settings-language": r"\blanguage\b",
    "settings-toggle": r"\b(turn|switch) (on|off)\b|\bsetting",
    "todo-delete": r"\b(delete|remove)\b.*\b(task|to-?do|list)\b",
    "todo-done": r"\b(mark|tick|check|cross)\b.*\b(done|off)\b",
    "todo-add": r"\b(task|to-?do|list|remind)\b",
    "login": r"\b(log|sign) ?in\b",
}


def job_from(text: str, seed: int) -> Job | None:
    """The job that a wording asks for, or None when it fits no practice app."""
    kind = next((k for k in KINDS_BY_HINT if re.search(_HINTS[k], text, re.IGNORECASE)), None)
    if kind is None:
        return None
    if kind == "flights":
        return _flight(text, seed)
    if kind == "todo-add" and (item := _item(text)):
        s = Seeded(kind, seed)
        return todo.add_item(s, todo.app(s), item, f"Add {item} to my to-do list")
    return make(kind, seed)


KINDS_BY_HINT = tuple(k for k in _HINTS if k in KINDS)


def _flight(text: str, seed: int) -> Job:
    """A booking with the places, date, count, time and fare that the text names."""
    asked = named(text)
    if not asked:
        return make("flights", seed)
    s = Seeded("flights", seed)
    here, there = s.words.some("cities", 2)
    full = {"from": here, "to": there, "date": s.words.date(), "count": "1", **asked}
    goal = (
        f"Book a flight from {full['from']} to {full['to']} on {full['date']} for {full['count']}"
    )
    goal += f", leaving at {full['time']}" if "time" in full else ""
    goal += f", {full['fare']} fare" if "fare" in full else ""
    goal += f", for {full['name']}" if "name" in full else ""
    return flights.job(s, goal, full)


def named(text: str) -> dict[str, str]:
    """The details of a flight that a text names, in the site's own spelling."""
    found: dict[str, str] = {}
    for key, pattern in (("from", rf"\bfrom {_PLACE}"), ("to", rf"\bto {_PLACE}")):
        if match := re.search(pattern, text):
            found[key] = match[1]
    if match := re.search(
        rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTHS})\b", text, re.IGNORECASE
    ):
        found["date"] = f"{int(match[1])} {match[2].capitalize()}"
    elif match := re.search(rf"\b({_MONTHS}) (\d{{1,2}})(?:st|nd|rd|th)?\b", text, re.IGNORECASE):
        found["date"] = f"{int(match[2])} {match[1].capitalize()}"
    counts = "|".join([*_NUMBERS, "[1-6]"])
    if match := re.search(
        rf"\bfor ({counts})\b|\b({counts}) (?:passenger|people|person|traveller|adult|seat)",
        text,
        re.IGNORECASE,
    ):
        word = (match[1] or match[2]).lower()
        found["count"] = _NUMBERS.get(word, word)
    if match := re.search(r"\b(\d{1,2}:\d{2})\b", text):
        found["time"] = match[1].zfill(5)
    if match := re.search(r"\b(economy|flex|business)\b", text, re.IGNORECASE):
        found["fare"] = match[1].capitalize()
    if match := re.search(rf"\b(?:passenger is|name is|named|for) {_PLACE}", text):
        found["name"] = match[1]
    return found


def _item(text: str) -> str:
    """What is to be put on the list, if the text says so."""
    match = re.search(
        r"\b(?:add|put|write) [\"']?(.+?)[\"']? (?:to|on) (?:my|the)\b", text, re.IGNORECASE
    )
    return match[1][:40] if match else ""
