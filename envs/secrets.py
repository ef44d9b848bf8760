"""Secrets by name: the model writes `{{secret:bank_pin}}`, and only the field gets the value.

The value comes from the environment or the system's keyring, is typed on the sites that it belongs
to and nowhere else, and never reaches a prompt, a record, a report or a screenshot.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

from ..actions.errors import ActionError, UserError
from .allowed import Sites

PLACEHOLDER = re.compile(r"\{\{\s*secret:\s*([A-Za-z0-9_-]{1,64})\s*\}\}")
HIDDEN = "•••"
SHORTEST = 4
"""Shorter values would be found, and hidden, in the middle of ordinary words."""


def look_up(name: str) -> str | None:
    """A secret's value: QVL_SECRET_<NAME>, else the keyring's entry of the service qvl-agent."""
    if value := os.environ.get(f"QVL_SECRET_{name.upper().replace('-', '_')}"):
        return value
    if importlib.util.find_spec("keyring") is None:
        return None
    import keyring  # pyright: ignore

    ring: Any = keyring
    found: str | None = ring.get_password("qvl-agent", name)
    return found


class Secrets:
    """Named values, each with its sites. UserError for one that cannot be found.

    `specs` are `name=site` or `name=site,site`, sites as `--sites` takes them.
    """

    def __init__(
        self, specs: Sequence[str], read: Callable[[str], str | None] = look_up
    ) -> None:  # fmt: skip
        self._values: dict[str, str] = {}
        self._sites: dict[str, Sites] = {}
        self.used: list[str] = []
        """Values that were typed; they may be on the screen from then on."""
        for spec in specs:
            name, equals, sites = spec.partition("=")
            if not (equals and sites and PLACEHOLDER.fullmatch(f"{{{{secret:{name}}}}}")):
                raise UserError(f"{spec!r} is no secret; write --secret bank_pin=bank.example")
            value = read(name)
            if not value or len(value) < SHORTEST:
                raise UserError(
                    f"the secret {name} has no value of {SHORTEST} characters or more; set "
                    f"QVL_SECRET_{name.upper().replace('-', '_')}, or put it into the keyring "
                    "under qvl-agent"
                )
            self._values[name], self._sites[name] = value, Sites(sites.split(","))

    def __bool__(self) -> bool:
        return bool(self._values)

    def demand(self, goal: str) -> None:
        """UserError when a goal names a secret that was not given."""
        for name in PLACEHOLDER.findall(goal):
            if name not in self._values:
                raise UserError(f"the goal names the secret {name}; add --secret {name}=SITE")

    def fill(self, text: str, url: str) -> str:
        """The text with its placeholders filled in; ActionError where one may not be typed."""
        return PLACEHOLDER.sub(lambda found: self._value(found[1], url), text)

    def _value(self, name: str, url: str) -> str:
        if name not in self._values:
            raise ActionError(f"there is no secret {name}; known: {', '.join(self._values)}")
        if self._sites[name].refusal(url):
            raise ActionError(f"the secret {name} does not belong on this page")
        if (value := self._values[name]) not in self.used:
            self.used.append(value)
        return value

    def hide(self, text: str) -> str:
        """A text with every value, also in the spelling of addresses, blotted out."""
        for value in self._values.values():
            for spelling in {value, quote(value), quote(value, safe=""), quote_plus(value)}:
                text = text.replace(spelling, HIDDEN)
        return text


def names(text: str) -> bool:
    """Whether a text names a secret."""
    return PLACEHOLDER.search(text) is not None
