"""Questions about generated pages: click what is named, read what stands there, go on with a form."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

from . import tokens as t
from . import words
from .shape import CELL, WIDE, View

Element = dict[str, Any]


class Part(NamedTuple):
    """Text, whether it is answered by the model, the cell to look at while it is (or -1), and its weight.

    With `copied`, the words stand in the question too, and each letter looks at itself there.
    """

    text: str
    answered: bool = False
    look: int = -1
    weight: float = 1.0
    copied: bool = False
    letter_of: tuple[str, int] = ("", 0)
    """A word that may stand in the question too, and which letter of it this is."""


def cell_of(x: float, y: float, view: View = WIDE) -> int:
    """Index of the merged cell that holds a pixel."""
    across, down = min(int(x // CELL), view.columns - 1), min(int(y // CELL), view.rows - 1)
    return max(down, 0) * view.columns + max(across, 0)


def inside(low: float, high: float, value: float, margin: float) -> int:
    """The value moved into the range, away from its ends."""
    if high - low < 2 * margin:
        return round((low + high) / 2)
    return round(min(max(value, low + margin), high - margin))


def aim(element: Element, view: View = WIDE) -> tuple[int, int, int]:
    """Where to click, and the cell to look at: the one with the end of the label.

    The language side reads left to right, so only the last cell of a label knows all of it.
    """
    _, y0, x1, y1 = element["run"]
    look = cell_of(x1 - 2, (y0 + y1) / 2, view)
    bx0, by0, bx1, by1 = element["box"]
    cx, cy = (look % view.columns + 0.5) * CELL, (look // view.columns + 0.5) * CELL
    x = inside(max(bx0, 0), min(bx1, view.width), cx, 4)
    y = inside(max(by0, 0), min(by1, view.height), cy, 4)
    return min(max(x, 0), view.width - 1), min(max(y, 0), view.height - 1), look


def spelled(label: str, run: list[float], view: View = WIDE) -> list[Part]:
    """The label letter by letter, each looking at its own cell: reading and finding are one skill."""
    x0, y0, x1, y1 = run
    wide = (x1 - x0) / max(len(label), 1)
    return [
        Part(
            char,
            True,
            cell_of(x0 + (i + 0.5) * wide, (y0 + y1) / 2, view),
            letter_of=(label, i),
        )
        for i, char in enumerate(label)
    ]


def click(label: str, element: Element, view: View = WIDE) -> list[Part]:
    """The answer that clicks an element by its label."""
    x, y, look = aim(element, view)
    return [
        Part("Click ", True),
        *spelled(label, element["run"], view),
        Part(".", True, look),
        Part(t.CALLS[view.surface].click, True, look),
        Part(f"{x}, {y}", True, look, weight=2.0),
        Part(t.END_XY + "<|im_end|>", True),
    ]


def type_in(label: str, text: str, view: View = WIDE) -> list[Part]:
    """The answer that types text into a named field."""
    return [
        Part("Type into ", True),
        Part(label, True, copied=True),
        Part("." + t.CALLS[view.surface].type, True),
        *value(text),
    ]


def value(text: str) -> list[Part]:
    """Text to type, and the end of it; where it begins and ends in the goal is the hard part."""
    return [
        Part(escape(text), True, weight=2.0, copied=True),
        Part(t.END_TEXT, True, weight=DECISION),
        Part("<|im_end|>", True),
    ]


def escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


DECISION = 4.0


def done(view: View = WIDE) -> list[Part]:
    """The answer that claims success."""
    return [Part(f"Done.{t.CALLS[view.surface].done}<|im_end|>", True)]


ASK = Part("<|im_end|>\n<|im_start|>assistant\n")


def named(elements: list[Element]) -> list[Element]:
    """Elements whose label names exactly one of them."""
    labels = [e["label"].lower() for e in elements]
    return [
        e
        for e in elements
        if e["whole"] and e["label"].isascii() and sum(e["label"].lower() in o for o in labels) == 1
    ]


def point(rng: Random, element: Element, view: View) -> list[Part]:
    label = element["label"]
    ask = rng.choice(
        (
            "{}",
            "{}",
            "Click {}.",
            "click on {}",
            "Tap {}",
            "Press the {} button",
            "Open {}.",
            'Click "{}".',
            "Select {}",
        )
    )
    return [Part(ask.format(label)), ASK, *click(label, element, view)]


def read(element: Element, view: View) -> list[Part]:
    x, y, _ = aim(element, view)
    return [
        Part(f"What is at [{x}, {y}]?"),
        ASK,
        *spelled(element["label"], element["run"], view),
        Part("<|im_end|>", True),
    ]


def next_step(goal: str, past: list[str], answer: list[Part]) -> list[Part]:
    """One turn of an episode, as the dialect renders it."""
    lines = "\n".join(f"Step {i + 1}: {line}" for i, line in enumerate(past)) or "None"
    text = t.messages_text("{goal}")[1].replace("{goal}", goal)[: -len("None")] + lines
    # What to do, and the first letter of what to do it to, are where a step goes right or wrong.
    decided = [part._replace(weight=DECISION * part.weight) for part in answer[:2]]
    return [Part(text), ASK, *decided, *answer[2:]]


def form(rng: Random, elements: list[Element], view: View) -> list[Part] | None:
    """A goal over this page's fields and one button, with some of the steps already done."""
    fields = [e for e in elements if e["kind"] == "field"]
    others = [e for e in elements if e["kind"] != "field"]
    rng.shuffle(fields)
    rng.shuffle(others)
    fields, others = fields[: rng.randint(0, 3)], others[: rng.randint(0, 2)]
    if not fields and not others:
        return None
    shape = rng.choice(
        (
            "Set {} to {}",
            "Enter {} as {}",
            "{}: {}",
            "Fill in {} with {}",
            "Put {} = {}",
            "{} is {}",
        )
    )
    says: list[str] = []
    steps: list[tuple[str, list[Part]]] = []
    for e in fields:
        value = rng.choice((words.label, words.number, words.email, words.label))(rng)
        says.append(shape.format(e["label"], value))
        steps.append((f"Click {e['label']}.", click(e["label"], e, view)))
        steps.append((f"Type into {e['label']}.", type_in(e["label"], value, view)))
    for e in others:
        says.append(rng.choice(("click {}", "press {}", "then {}", "choose {}")).format(e["label"]))
        steps.append((f"Click {e['label']}.", click(e["label"], e, view)))
    steps.append(("Done.", done(view)))
    at = rng.randrange(len(steps))
    goal = rng.choice(("", "", "Please ")) + rng.choice((", ", "; ", ", then ", ". ")).join(says)
    return next_step(goal, [s[0] for s in steps[:at]], steps[at][1])


def ask(rng: Random, elements: list[Element], view: View = WIDE) -> list[Part] | None:
    """One random question about a page."""
    usable = named(elements)
    if not usable:
        return None
    roll = rng.random()
    if roll < 0.66:
        return point(rng, rng.choice(usable), view)
    if roll < 0.76:
        return read(rng.choice(usable), view)
    return form(rng, usable, view)
