"""A process that cannot speak to anything beyond this machine, and says what it kept from it.

Python asks audit hooks before it connects, sends or looks up a name, whichever library does it
(PEP 578). A hook cannot be taken away again, so this one looks at a switch. The browser, adb and
the X server are processes of their own; what they may reach is for `--sites` to say.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import cast

LOCAL_NAMES = ("", "localhost", "localhost.localdomain", "ip6-localhost")
_EVENTS = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo")
_SWITCH = {"on": False, "hooked": False}
refused: list[str] = []
"""Addresses that something in this process asked for in vain."""


@contextmanager
def only_this_machine() -> Generator[None]:
    """Inside, a connection beyond loopback fails at once, for every library of this process."""
    if not _SWITCH["hooked"]:
        sys.addaudithook(_hook)
        _SWITCH["hooked"] = True
    # The hub's library would try for minutes; it reads this when it is first imported.
    os.environ["HF_HUB_OFFLINE"] = "1"
    _SWITCH["on"] = True
    try:
        yield
    finally:
        _SWITCH["on"] = False


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if not _SWITCH["on"] or event not in _EVENTS:
        return
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif isinstance(arguments[1], tuple):
        host = cast("tuple[object, ...]", arguments[1])[0]
    else:
        return  # A path is a socket of this machine; a connected socket has no address.
    if is_local(host):
        return
    refused.append(str(host))
    raise ConnectionRefusedError(f"--offline: {host!s} is not on this machine")


def is_local(host: object) -> bool:
    """Whether a host is this machine, by its name or address alone."""
    if host is None:
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if text.lower().rstrip(".") in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False
