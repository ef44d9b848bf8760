"""Generated pages: small screens of buttons, fields, lists, dialogs and text, one string of HTML each.

Every clickable thing carries `data-e` (its kind) and `data-l` (the label a user would call it by).
State that a picture shows is marked too: `data-s` is any of `focus`, `on`.
"""

from __future__ import annotations

from html import escape
from random import Random

from . import words

WIDTH, HEIGHT = 448, 336
FONTS = (
    "'Liberation Sans',Arial", "'DejaVu Sans'", "'Open Sans'", "Roboto", "Lato",
    "'Liberation Serif',serif", "'Roboto Condensed'", "'Liberation Mono',monospace",
)  # fmt: skip
_FONT_WEIGHTS = (5, 3, 4, 4, 4, 2, 1, 1)


def _hsl(rng: Random, light: tuple[int, int], saturation: tuple[int, int] = (20, 90)) -> str:
    return f"hsl({rng.randrange(360)},{rng.randint(*saturation)}%,{rng.randint(*light)}%)"


class PageWriter:
    """One page being written: its random source, its theme, its pieces."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.dark = rng.random() < 0.25
        self.font = rng.choices(FONTS, _FONT_WEIGHTS)[0]
        self.size = rng.choices((12, 13, 14, 15, 16, 17, 18, 20), (1, 3, 5, 5, 5, 3, 2, 1))[0]
        self.radius = rng.choice((0, 3, 6, 8, 10, 14, 20))
        self.back = _hsl(rng, (6, 18) if self.dark else (90, 100), (0, 40))
        self.card = _hsl(rng, (14, 26) if self.dark else (95, 100), (0, 25))
        self.ink = _hsl(rng, (82, 98) if self.dark else (5, 25), (0, 40))
        self.faint = _hsl(rng, (60, 75) if self.dark else (35, 50), (0, 30))
        self.line = _hsl(rng, (30, 45) if self.dark else (70, 88), (0, 30))
        self.main = _hsl(rng, (25, 45), (40, 95))
        self.used: set[str] = set()

    def label(self) -> str:
        text = words.label(self.rng)
        for _ in range(19):
            if text.lower() not in self.used:
                break
            text = words.label(self.rng)
        self.used.add(text.lower())
        return text

    def tag(self, kind: str, label: str, style: str, inner: str, state: str = "") -> str:
        mark = f' data-s="{state}"' if state else ""
        return f'<div data-e="{kind}" data-l="{escape(label, True)}"{mark} style="{style}">{inner}</div>'

    def button(self, extra: str = "") -> str:
        rng, text = self.rng, self.label()
        look = rng.choice((
            f"background:{self.main};color:#fff;border:0",
            f"background:{self.card};color:{self.main if not self.dark else self.ink};border:1px solid {self.line}",
            f"background:{_hsl(rng, (25, 45))};color:#fff;border:0",
            f"background:transparent;color:{self.ink};border:2px solid {self.main}",
        ))  # fmt: skip
        weight = rng.choice((400, 500, 600, 700))
        pad = f"{rng.randint(5, 11)}px {rng.randint(8, 22)}px"
        style = f"{look};font-weight:{weight};padding:{pad};border-radius:{self.radius}px;text-align:center;white-space:nowrap;{extra}"
        return self.tag("button", text, style, escape(text))

    def link(self) -> str:
        text = self.label()
        style = f"color:{self.main if not self.dark else self.ink};padding:5px 4px;white-space:nowrap;{self.rng.choice(('', 'text-decoration:underline;', 'font-weight:600;'))}"
        return self.tag("link", text, style, escape(text))

    def value(self) -> str:
        rng = self.rng
        return rng.choice((words.label, words.number, words.email, words.few))(rng)

    def field(self, extra: str = "") -> str:
        rng, text = self.rng, self.label()
        state = "focus" if rng.random() < 0.2 else ""
        ring = (
            f"border:2px solid {self.main};box-shadow:0 0 0 2px {self.main}44;"
            if state
            else f"border:{rng.choice((1, 1, 2))}px solid {self.line};"
        )
        value = escape(self.value()) if rng.random() < 0.5 else "&nbsp;"
        if state and rng.random() < 0.5:
            value += f'<span style="border-left:1px solid {self.ink}">&#8203;</span>'
        small = max(11, self.size - rng.choice((1, 2, 3)))
        inner = (
            f'<div style="font-size:{small}px;color:{self.main if state else self.faint};white-space:nowrap;overflow:hidden">{escape(text)}</div>'
            f'<div data-v="1" style="white-space:nowrap;overflow:hidden">{value}</div>'
        )
        style = f"{ring}background:{self.card};border-radius:{min(self.radius, 12)}px;padding:{rng.randint(2, 6)}px {rng.randint(6, 12)}px;line-height:1.25;{extra}"
        return self.tag("field", text, style, inner, state)

    def row(self) -> str:
        rng, text = self.rng, self.label()
        side = (
            escape(words.number(rng) if rng.random() < 0.6 else words.word(rng))
            if rng.random() < 0.6
            else ""
        )
        under = (
            f'<div style="font-size:{max(11, self.size - 2)}px;color:{self.faint};white-space:nowrap;overflow:hidden">{escape(words.sentence(rng, rng.randint(2, 6)))}</div>'
            if rng.random() < 0.4
            else ""
        )
        on = rng.random() < 0.25
        mark = self._mark(on) if rng.random() < 0.4 else ""
        state = "on" if mark and on else ""
        weight = rng.choice((400, 400, 600, 700))
        inner = (
            f'{mark}<div style="flex:1;overflow:hidden"><div style="font-weight:{weight};white-space:nowrap;overflow:hidden">{escape(text)}</div>{under}</div>'
            f'<div style="color:{self.faint};white-space:nowrap">{side}</div>'
        )
        style = f"display:flex;align-items:center;gap:8px;padding:{rng.randint(4, 9)}px 10px;background:{self.card};border-bottom:1px solid {self.line}"
        return self.tag("row", text, style, inner, state)

    def _mark(self, on: bool) -> str:
        color = self.main if on else self.line
        if self.rng.random() < 0.5:
            knob = "right:2px" if on else "left:2px"
            return f'<div style="position:relative;width:34px;height:18px;border-radius:9px;background:{color}"><div style="position:absolute;top:2px;{knob};width:14px;height:14px;border-radius:7px;background:#fff"></div></div>'
        tick = (
            "<svg width=14 height=14><path d='M2 7l4 4 6-8' stroke='#fff' stroke-width=2 fill='none'/></svg>"
            if on
            else ""
        )
        return f'<div style="width:16px;height:16px;border-radius:{self.rng.choice((3, 9))}px;border:2px solid {color};background:{color if on else "transparent"}">{tick}</div>'

    def tabs(self) -> str:
        count = self.rng.randint(2, 4)
        picked = self.rng.randrange(count)
        cells: list[str] = []
        for i in range(count):
            text = self.label()
            on = i == picked
            style = f"flex:1;text-align:center;padding:7px 4px;white-space:nowrap;overflow:hidden;border-bottom:{3 if on else 1}px solid {self.main if on else self.line};color:{self.ink if on else self.faint}"
            cells.append(self.tag("tab", text, style, escape(text), "on" if on else ""))
        return f'<div style="display:flex">{"".join(cells)}</div>'

    def text(self) -> str:
        return f'<div style="color:{self.faint};padding:3px 0;line-height:1.3">{escape(words.sentence(self.rng, self.rng.randint(3, 14)))}</div>'

    def heading(self) -> str:
        return f'<div style="font-size:{self.size + self.rng.randint(2, 8)}px;font-weight:{self.rng.choice((500, 700))};padding:3px 0;white-space:nowrap;overflow:hidden">{escape(" ".join(words.word(self.rng) for _ in range(self.rng.randint(1, 3))).capitalize())}</div>'

    def group(self) -> str:
        rng = self.rng
        kind = rng.choice(
            (
                "buttons",
                "fields",
                "fields",
                "rows",
                "rows",
                "tabs",
                "text",
                "heading",
                "links",
                "cards",
                "grid",
            )
        )
        match kind:
            case "buttons":
                return f'<div style="display:flex;gap:{rng.randint(6, 14)}px;flex-wrap:wrap;padding:4px 0;justify-content:{rng.choice(("flex-start", "flex-end", "center", "space-between"))}">{"".join(self.button() for _ in range(rng.randint(1, 4)))}</div>'
            case "fields":
                pair = rng.random() < 0.5
                cells = "".join(
                    self.field("flex:1;min-width:0;" if pair else "")
                    for _ in range(2 if pair else rng.randint(1, 2))
                )
                return f'<div style="display:flex;flex-direction:{"row" if pair else "column"};gap:8px;padding:4px 0">{cells}</div>'
            case "rows":
                return f'<div style="border:1px solid {self.line};border-radius:{self.radius}px;overflow:hidden;margin:4px 0">{"".join(self.row() for _ in range(rng.randint(2, 5)))}</div>'
            case "tabs":
                return self.tabs()
            case "links":
                return f'<div style="display:flex;gap:12px;flex-wrap:wrap">{"".join(self.link() for _ in range(rng.randint(2, 5)))}</div>'
            case "cards":
                cells = "".join(
                    f'<div style="flex:1;background:{self.card};border:1px solid {self.line};border-radius:{self.radius}px;padding:8px;min-width:0;overflow:hidden">{self.heading()}{self.text()}{self.button()}</div>'
                    for _ in range(2)
                )
                return f'<div style="display:flex;gap:8px;padding:4px 0">{cells}</div>'
            case "grid":
                return self.grid()
            case "heading":
                return self.heading()
            case _:
                return self.text()

    def grid(self) -> str:
        rng = self.rng
        columns, rows = rng.randint(2, 4), rng.randint(1, 3)
        cells: list[str] = []
        for _ in range(columns * rows):
            text = words.number(rng) if rng.random() < 0.3 else self.label()
            style = f"background:{self.card};border:1px solid {self.line};border-radius:{self.radius}px;padding:9px 4px;text-align:center;white-space:nowrap;overflow:hidden"
            cells.append(self.tag("cell", text, style, escape(text)))
        return f'<div style="display:grid;grid-template-columns:repeat({columns},1fr);gap:6px;padding:4px 0">{"".join(cells)}</div>'

    def header(self) -> str:
        rng = self.rng
        if rng.random() < 0.35:
            return ""
        color, ink = (self.main, "#fff") if rng.random() < 0.6 else (self.card, self.ink)
        links: list[str] = []
        for _ in range(rng.randint(0, 3)):
            text = self.label()
            links.append(self.tag("link", text, "padding:5px;white-space:nowrap", escape(text)))
        name = escape(words.word(rng).capitalize())
        return f'<div style="background:{color};color:{ink};display:flex;align-items:center;gap:10px;padding:7px 12px;overflow:hidden"><b style="flex:1;font-size:{self.size + 2}px">{name}</b>{"".join(links)}</div>'

    def dialog(self) -> str:
        rng = self.rng
        if rng.random() > 0.15:
            return ""
        where = rng.choice(
            (
                "left:0;right:0;bottom:0",
                "left:50px;right:50px;top:80px",
                "left:90px;right:30px;top:40px",
            )
        )
        return f'<div style="position:absolute;inset:0;background:#0008"></div><div style="position:absolute;{where};background:{self.card};padding:12px;border-radius:{self.radius}px">{self.heading()}{self.text()}<div style="display:flex;gap:8px">{self.button()}{self.button()}</div></div>'

    def scatter(self) -> str:
        """Things at random places, so that place is not learned from layout alone."""
        rng = self.rng
        pieces: list[str] = []
        for row in range(rng.randint(3, 7)):
            x, y = rng.randrange(0, 300), row * 46 + rng.randrange(0, 14)
            make = rng.choice((self.button, self.link, self.link, self.field, self.text))
            pieces.append(
                f'<div style="position:absolute;left:{x}px;top:{y}px;max-width:{440 - x}px">{make()}</div>'
            )
        return "".join(pieces)

    def html(self) -> str:
        rng = self.rng
        body = self.scatter() if rng.random() < 0.25 else self.flow()
        return f'<div class="tile" style="background:{self.back};color:{self.ink};font:{self.size}px {self.font}">{body}{self.dialog()}</div>'

    def flow(self) -> str:
        rng = self.rng
        side = rng.randint(6, 60) if rng.random() < 0.4 else rng.randint(6, 18)
        groups = "".join(self.group() for _ in range(rng.randint(2, 7)))
        return f'{self.header()}<div style="padding:{rng.randint(2, 24)}px {rng.randint(6, 60) if rng.random() < 0.3 else 12}px 0 {side}px">{groups}</div>'


def page(seed: int) -> str:
    """The HTML of one generated screen, 448x336 CSS pixels; the same seed gives the same page."""
    return PageWriter(Random(f"page-{seed}")).html()
