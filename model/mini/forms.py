"""Generated forms in mid-episode: a goal, what was done so far, the screen as it then looks, the next step.

No site stands behind them; the screen is drawn in the state that the past would have left it in. They teach
what every form needs: which field is next, what belongs there, what to do about a wrong value or a banner.
"""

from __future__ import annotations

from html import escape
from random import Random
from typing import Any

from . import words
from .pages import PageWriter

BANNERS = (
    "Accept all",
    "Accept",
    "Reject",
    "Not now",
    "No thanks",
    "Close",
    "Got it",
    "OK",
    "Later",
)
SUBMITS = (
    "Search", "Find flights", "Show flights", "Search flights", "Save", "Submit", "Send", "Continue", "Next",
    "Book", "Book now", "Confirm", "Confirm booking", "Add", "Add task", "Add event", "Add contact", "Create",
    "Log in", "Sign in", "Pay now", "Done", "Apply", "Update", "Place order", "Checkout", "Find", "Go",
)  # fmt: skip
FIELDS = (
    ("From", "city"), ("To", "city"), ("Date", "date"), ("Passengers", "count"), ("Travellers", "count"),
    ("Name", "person"), ("Full name", "person"), ("Email", "email"), ("Phone", "phone"), ("Subject", "text"),
    ("Message", "text"), ("To", "email"), ("Title", "text"), ("Day", "date"), ("Time", "time"), ("City", "city"),
    ("Company", "text"), ("Quantity", "count"), ("Search", "text"), ("User name", "code"), ("Password", "code"),
    ("Task", "text"), ("New task", "text"), ("Note", "text"), ("Address", "text"), ("Product", "text"),
    ("Origin", "city"), ("Destination", "city"), ("Departure date", "date"), ("Event", "text"), ("Place", "city"),
)  # fmt: skip


def _value(rng: Random, kind: str) -> str:
    match kind:
        case "city":
            return " ".join(
                words.made_up(rng).capitalize() for _ in range(rng.choice((1, 1, 1, 2)))
            )
        case "date":
            return f"{rng.randint(1, 28)} {rng.choice(words.MONTHS[:12])}"
        case "count":
            return str(rng.randint(1, 9))
        case "person":
            return f"{words.made_up(rng).capitalize()} {words.made_up(rng).capitalize()}"
        case "email":
            return words.email(rng)
        case "phone":
            return f"+{rng.randint(1, 99)} {rng.randint(100, 999)} {rng.randint(1000, 9999)}"
        case "time":
            return f"{rng.randrange(24):02d}:{rng.randrange(60):02d}"
        case "code":
            return words.made_up(rng) + str(rng.randint(1, 999))
        case _:
            return (
                words.sentence(rng, rng.randint(1, 4)).rstrip(".,!?")
                if rng.random() < 0.5
                else words.label(rng)
            )


class _Form(PageWriter):
    """A form whose fields hold what the past left there."""

    def __init__(self, rng: Random) -> None:
        super().__init__(rng)
        count = rng.randint(1, 5)
        pool = rng.sample(FIELDS, 9)
        names: dict[str, str] = {}
        for label, kind in pool:
            if rng.random() < 0.15:
                label, kind = words.label(rng), rng.choice(("text", "city", "count"))
            if label not in names and all(
                label.lower() not in n.lower() and n.lower() not in label.lower() for n in names
            ):
                names[label] = kind
        self.fields = list(names)[:count]
        self.want = {
            label: _value(rng, names[label]) for label in self.fields if rng.random() < 0.85
        }
        self.submit = rng.choice(SUBMITS)
        while any(self.submit in f or f in self.submit for f in self.fields):
            self.submit = rng.choice(SUBMITS)
        self.values = {
            f: (_value(rng, names[f]) if rng.random() < 0.2 else "") for f in self.fields
        }
        self.focused, self.selected, self.banner = "", False, ""
        self.past: list[str] = []

    def goal(self) -> str:
        rng = self.rng
        shape = rng.choice(
            (
                "{l}: {v}",
                "{l} {v}",
                "{v} as {l}",
                "{l} = {v}",
                "set {l} to {v}",
                "enter {v} in {l}",
                "{v} for {l}",
                "with {l} {v}",
            )
        )
        says = [shape.format(l=rng.choice((f, f, f.lower())), v=v) for f, v in self.want.items()]
        verb = rng.choice(
            (
                "Fill in the form",
                "Please complete the form",
                self.submit,
                "Do this",
                "Enter the details",
                "I need this done",
                "Use these",
            )
        )
        end = rng.choice(
            ("", "", f", then {self.submit.lower()}", f" and press {self.submit}", ".")
        )
        return f"{verb}{rng.choice((': ', ' with ', ', '))}{rng.choice((', ', '; ', ' and ')).join(says)}{end}"

    def step(self) -> dict[str, Any]:
        """What is right to do now: kind, label, thought, and what is typed or pressed."""
        if self.banner:
            return _click(self.banner)
        for label, value in self.want.items():
            if self.values[label] == value:
                continue
            if self.focused != label:
                return _click(label)
            if self.values[label] and not self.selected:
                return {
                    "kind": "press",
                    "label": label,
                    "keys": ["ctrl", "a"],
                    "thought": "Press ctrl+a.",
                }
            return {"kind": "type", "label": label, "text": value, "thought": f"Type into {label}."}
        return _click(self.submit)

    def play(self, step: dict[str, Any]) -> None:
        self.past.append(step["thought"])
        if step["kind"] == "type":
            self.values[step["label"]] = step["text"]
            self.selected = False
        elif step["kind"] == "press":
            self.selected = True
        elif step["label"] == self.banner:
            self.banner = ""
        else:
            self.focused, self.selected = step["label"], False

    def advance(self) -> dict[str, Any]:
        """Play a random number of right steps, now and then a wrong one, and return what comes next."""
        rng = self.rng
        if rng.random() < 0.12:
            self.banner = rng.choice(BANNERS)
        if rng.random() < 0.2:
            self.focused = rng.choice(self.fields)
        for _ in range(rng.randint(0, 2 * len(self.want) + 1)):
            step = self.step()
            if step["kind"] == "click" and step["label"] == self.submit:
                break
            if rng.random() < 0.08:
                step = _click(rng.choice(self.fields))
                if self.banner:
                    continue
            self.play(step)
        return self.step()

    def shown_field(self, label: str) -> str:
        on = label == self.focused
        ring = (
            f"border:2px solid {self.main};box-shadow:0 0 0 {self.rng.choice((1, 2, 3))}px {self.main}55;"
            if on
            else f"border:{self.rng.choice((1, 1, 2))}px solid {self.line};"
        )
        text = escape(self.values[label]) or "&#8203;"
        if on and self.selected:
            text = f'<span style="background:#3367d1;color:#fff">{text}</span>'
        elif on and self.rng.random() < 0.5:
            text += f'<span style="border-left:1px solid {self.ink}">&#8203;</span>'
        small = max(12, self.size - 2)
        inner = (
            f'<div style="font-size:{small}px;color:{self.main if on and not self.dark else self.faint};white-space:nowrap">{escape(label)}</div>'
            f'<div data-v="1" style="white-space:nowrap;overflow:hidden">{text}</div>'
        )
        style = f"{ring}background:{self.card};border-radius:{min(self.radius, 12)}px;padding:3px 9px;line-height:1.25;min-width:0;flex:1"
        return self.tag("field", label, style, inner, "focus" if on else "")

    def html(self) -> str:
        rng = self.rng
        self.size = min(max(self.size, 13), 17)
        columns = 2 if len(self.fields) > 3 or rng.random() < 0.4 else 1
        order = list(self.fields)
        rows = [order[i : i + columns] for i in range(0, len(order), columns)]
        body = "".join(
            f'<div style="display:flex;gap:8px;margin:{rng.randint(3, 6)}px 0">{"".join(map(self.shown_field, row))}</div>'
            for row in rows
        )
        look = f"background:{self.main};color:#fff;font-weight:600;padding:8px {rng.randint(12, 40)}px;border-radius:{self.radius}px;text-align:center"
        submit = self.tag("button", self.submit, look, escape(self.submit))
        cancel = self.link() if rng.random() < 0.6 else ""
        foot = f'<div style="display:flex;gap:12px;align-items:center;margin-top:8px;justify-content:{rng.choice(("flex-start", "flex-end", "space-between"))}">{submit}{cancel}</div>'
        title = self.heading() if len(self.fields) < 4 and rng.random() < 0.7 else ""
        card = f'<div style="margin:{rng.randint(4, 12)}px {rng.randint(6, 40)}px;padding:8px 12px;background:{self.card};border-radius:{self.radius}px">{title}{body}{foot}</div>'
        return f'<div class="tile" style="background:{self.back};color:{self.ink};font:{self.size}px {self.font}">{self.header()}{card}{self.banner_html()}</div>'

    def banner_html(self) -> str:
        if not self.banner:
            return ""
        rng = self.rng
        where = rng.choice(("left:0;right:0;bottom:0", "left:60px;right:60px;top:90px"))
        look = f"background:{self.main};color:#fff;padding:8px 14px;border-radius:{self.radius}px"
        button = self.tag("button", self.banner, look, escape(self.banner))
        return f'<div style="position:absolute;inset:0;background:#0006"></div><div style="position:absolute;{where};background:{self.card};padding:12px;border-radius:{self.radius}px">{self.heading()}{self.text()}<div style="display:flex;gap:8px">{button}</div></div>'


def _click(label: str) -> dict[str, Any]:
    return {"kind": "click", "label": label, "thought": f"Click {label}."}


def form(seed: int) -> tuple[str, dict[str, Any]]:
    """A screen and its step (`goal`, `past`, `kind`, `label`, …); the same seed gives the same."""
    made = _Form(Random(f"form-{seed}"))
    step = made.advance()
    step |= {"goal": made.goal(), "past": made.past}
    return made.html(), step
