"""What a screen of the practice site is made of, and how it becomes HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from .theme import Theme


@dataclass(frozen=True)
class Text:
    """A line to read."""

    text: str
    big: bool = False


@dataclass(frozen=True)
class Field:
    """A text field with its label inside the box; clicking anywhere in it focuses it."""

    id: str
    label: str
    value: str = ""


@dataclass(frozen=True)
class Button:
    """Submits the screen's fields; `main` ones are filled."""

    id: str
    label: str
    main: bool = True


@dataclass(frozen=True)
class Row:
    """A list row, clickable as a whole; `on` draws a tick, a radio or a switch."""

    id: str
    label: str
    detail: str = ""
    side: str = ""
    on: bool | None = None
    mark: str = "tick"


Item = Text | Field | Button | Row


@dataclass(frozen=True)
class Screen:
    """One page: its title, its items, its links in the header."""

    name: str
    title: str
    items: tuple[Item, ...]
    links: tuple[Button, ...] = ()


def page(
    screen: Screen, app: str, theme: Theme, action: str, banner: tuple[str, str, Button] | None
) -> str:
    """The whole page as HTML; a pure function of its arguments."""
    links = "".join(
        f'<button class="link" id="{b.id}" name="do" value="{b.id}">{escape(b.label)}</button>'
        for b in screen.links
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(screen.title)} - {escape(app)}</title>'
        f'<link rel="icon" href="data:,"><style>{theme.css()}</style></head><body>'
        f'<form method="post" action="{action}" autocomplete="off"><header><b>{escape(app)}</b>{links}</header>'
        f"<main><h1>{escape(screen.title)}</h1>{_body(screen.items, theme)}</main></form>{_banner(banner, action)}</body></html>"
    )


def _body(items: Sequence[Item], theme: Theme) -> str:
    fields = [i for i in items if isinstance(i, Field)]
    rows = [i for i in items if isinstance(i, Row)]
    buttons = [i for i in items if isinstance(i, Button)]
    columns = 2 if len(fields) > 3 or (len(fields) > 1 and theme.columns == 2) else 1
    parts = [
        f'<p class="{"big" if i.big else ""}">{escape(i.text)}</p>'
        for i in items
        if isinstance(i, Text)
    ]
    if fields:
        parts.append(f'<div class="fields c{columns}">{"".join(map(_field, fields))}</div>')
    if rows:
        parts.append(f'<div class="rows {theme.list}">{"".join(map(_row, rows))}</div>')
    if buttons:
        parts.append(f'<div class="buttons {theme.side}">{"".join(map(_button, buttons))}</div>')
    return "".join(parts)


def _field(f: Field) -> str:
    value = escape(f.value, True)
    return (
        f'<label class="field" for="{f.id}"><span>{escape(f.label)}</span>'
        f'<input id="{f.id}" name="{f.id}" value="{value}" spellcheck="false" autocomplete="off"></label>'
    )


def _button(b: Button) -> str:
    return f'<button class="{"main" if b.main else "plain"}" id="{b.id}" name="do" value="{b.id}">{escape(b.label)}</button>'


def _row(r: Row) -> str:
    mark = "" if r.on is None else f'<i class="{r.mark} {"on" if r.on else "off"}"></i>'
    checked = (
        "" if r.on is None else f' role="checkbox" aria-checked="{"true" if r.on else "false"}"'
    )
    detail = f"<small>{escape(r.detail)}</small>" if r.detail else ""
    side = f"<em>{escape(r.side)}</em>" if r.side else ""
    return (
        f'<button class="row" id="{r.id}" name="do" value="{r.id}"{checked}>{mark}'
        f"<span><b>{escape(r.label)}</b>{detail}</span>{side}</button>"
    )


def _banner(banner: tuple[str, str, Button] | None, action: str) -> str:
    if banner is None:
        return ""
    title, text, button = banner
    return (
        f'<div class="veil"></div><form class="banner" method="post" action="{action}"><b>{escape(title)}</b>'
        f"<p>{escape(text)}</p>{_button(button)}</form>"
    )
