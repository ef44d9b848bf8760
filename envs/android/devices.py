"""Which phones there are."""

from __future__ import annotations

import time
from typing import NamedTuple

from ...actions.errors import EnvError, UserError
from .link import Lost, Talk
from .server import Address


class Device(NamedTuple):
    """One phone that adb knows."""

    serial: str
    state: str
    """`device` when it can be used; else `offline`, `unauthorized` and so on."""
    model: str = ""


def ask(where: Address, question: str, within: float = 5.0) -> str:
    """The adb server's answer; EnvError when there is none."""
    try:
        with Talk(where, time.monotonic() + within) as talk:
            talk.say(question)
            return talk.block()
    except Lost as lost:
        raise EnvError(f"adb: {lost}") from lost


def devices(where: Address) -> list[Device]:
    """Every phone that the adb server knows."""
    found: list[Device] = []
    for row in ask(where, "host:devices-l").splitlines():
        serial, _, rest = row.partition(" ")
        words = rest.split()
        model = next((word[6:] for word in words if word.startswith("model:")), "")
        found.append(Device(serial, words[0] if words else "", model.replace("_", " ")))
    return found


def choose(where: Address) -> str:
    """The serial of the only phone; UserError when there is none, or several."""
    found = devices(where)
    ready = [one for one in found if one.state == "device"]
    if len(ready) == 1:
        return ready[0].serial
    if ready:
        names = ", ".join(one.serial for one in ready)
        raise UserError(f"there are several phones; choose one with --serial: {names}")
    if found:
        states = ", ".join(f"{one.serial} is {one.state}" for one in found)
        raise UserError(f"no phone can be used: {states}; see docs/android.md")
    raise UserError(
        "no phone is connected; plug one in with USB debugging on, or use --env virtual-phone"
    )
