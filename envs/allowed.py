"""Where a browser may go: a list of sites, and addresses that are refused whatever the list says.

A host is compared after decoding (punycode, number forms of IP addresses), never as text in a
URL: `https://bank.example@evil.example` is a page of evil.example.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from ..actions.errors import UserError

_PAGES = ("http", "https")
_BLANK = ("about:blank", "about:srcdoc")


class Sites:
    """`example.org` is that host, `*.example.org` all below it; `localhost:8000` with its port.

    Loopback and private networks are refused unless they are named. UserError for a pattern that
    is none.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self.patterns = [pattern_of(text) for text in patterns]
        if not self.patterns:
            raise UserError("no site is named; write --sites example.org,*.example.org")

    def refusal(self, url: str) -> str:
        """Why a page may not be opened; empty when it may."""
        if url in _BLANK:
            return ""
        try:
            parts = urlsplit(url.strip())
            host, port = host_of(parts.hostname or ""), parts.port
        except ValueError:
            return "it is no address"
        if parts.scheme not in _PAGES:
            return f"{parts.scheme or 'it'}: is no kind of page that may be opened"
        if not host:
            return "it names no site"
        if parts.username is not None or parts.password is not None:
            return "it carries a name or password"
        named = [at for at in self.patterns if matches(host, port, *at)]
        if not named:
            return f"{host} is not among the allowed sites"
        exactly = any(pattern == host for pattern, _ in named)
        if is_private(host) and not exactly:
            return f"{host} is in a private network"
        return ""


def pattern_of(text: str) -> tuple[str, int | None]:
    """A pattern as host and port."""
    bare = text.strip().lower()
    below = bare.startswith("*.")
    try:
        parts = urlsplit(f"//{bare.removeprefix('*.')}")
        host, port = host_of(parts.hostname or ""), parts.port
    except ValueError:
        host, port, parts = "", None, None
    if not host or "*" in host or parts is None or parts.path or parts.query or parts.username:
        raise UserError(f"{text!r} is no site; write example.org, *.example.org or localhost:8000")
    return ("*." if below else "") + host, port


def host_of(text: str) -> str:
    """A host in one spelling: no final dot, ASCII, IP addresses in their usual form.

    ValueError for what cannot be a host.
    """
    host = text.strip().rstrip(".").lower()
    if not host:
        return ""
    with suppress(ValueError):
        return str(unmapped(ipaddress.ip_address(host.strip("[]"))))
    if all(part.isdecimal() or part.startswith("0x") for part in host.split(".")):
        # Browsers read 2130706433, 0x7f.1 and 017700000001 as addresses, as inet_aton does.
        with suppress(OSError):
            return str(ipaddress.ip_address(socket.inet_aton(host)))
    return host.encode("idna").decode("ascii") if not host.isascii() else host


def unmapped(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An IPv4 address that is written as IPv6, as IPv4."""
    inside = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return inside or address


def matches(host: str, port: int | None, pattern: str, wanted: int | None) -> bool:
    """Whether a host is what a pattern names."""
    if wanted is not None and port != wanted:
        return False
    if pattern.startswith("*."):
        return host.endswith(pattern[1:])
    return host == pattern


def is_private(host: str) -> bool:
    """Whether a host is this machine or in a network of one's own, as far as its name tells."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        names = ("localhost", "local", "internal", "lan", "home.arpa", "intranet")
        return "." not in host or any(host == n or host.endswith(f".{n}") for n in names)
