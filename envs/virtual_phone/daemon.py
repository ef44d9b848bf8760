"""The phone's end of adb: connections, their handshake, and the streams that they carry."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from ...actions.errors import EnvError
from .faults import Faults
from .wire import (
    AUTH,
    CLSE,
    CNXN,
    MOST,
    OKAY,
    OPEN,
    PUBLIC_KEY,
    TOKEN,
    VERSION,
    WRTE,
    Packet,
    read_packet,
)

STARTED_WITHIN = 10.0
_GONE_WITHIN = 5.0


class Stream(Protocol):
    """What a service reads from and writes to."""

    async def read(self) -> bytes:
        """The next piece; empty at the end."""
        ...

    async def write(self, data: bytes) -> None:
        """Send, and wait until the other end has taken it; EOFError when it is gone."""
        ...


Serve = Callable[[str, Stream], Awaitable[bool]]
"""Serves one stream to its end; False when there is no such service."""


class Channel:
    """One open stream of a connection."""

    def __init__(self, link: Link, own: int, theirs: int) -> None:
        self.link, self.own, self.theirs = link, own, theirs
        self.incoming: asyncio.Queue[bytes] = asyncio.Queue()
        self.taken: asyncio.Queue[bool] = asyncio.Queue()
        self.task: asyncio.Task[None] | None = None

    async def read(self) -> bytes:
        """The next piece; empty at the end."""
        return await self.incoming.get()

    async def write(self, data: bytes) -> None:
        """Send in packets, each after the one before was taken; EOFError when nobody listens."""
        faults = self.link.faults
        size = min(faults.piece or self.link.most, self.link.most)
        for start in range(0, len(data), size):
            if faults.drop_inside and start + size >= len(data) // 2:
                faults.drop_inside -= 1
                self.link.drop()
            await self.link.send(Packet(WRTE, self.own, self.theirs, data[start : start + size]))
            if not await self.taken.get():
                raise EOFError("the other end closed the stream")

    def end(self) -> None:
        """The other end is gone."""
        self.incoming.put_nowait(b"")
        self.taken.put_nowait(False)


class Link:
    """One connection with an adb server."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, faults: Faults,
        banner: Callable[[], str], serve: Serve,
    ) -> None:  # fmt: skip
        self.reader, self.writer, self.faults = reader, writer, faults
        self.banner, self.serve = banner, serve
        self.most = MOST
        self.channels: dict[int, Channel] = {}
        self.gone = asyncio.Event()
        self._last = 0

    async def send(self, packet: Packet) -> None:
        """Put a packet on the line."""
        if self.faults.latency:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.gone.wait(), self.faults.latency)
        self.writer.write(packet.pack())
        await self.writer.drain()

    def drop(self) -> None:
        """End the connection as a pulled cable does."""
        self.writer.transport.abort()

    async def run(self) -> None:
        """Answer until the other end is gone."""
        try:
            while True:
                await self._answer(await read_packet(self.reader))
        except (EOFError, OSError, ValueError):
            # The other end is gone, or was never adb: nobody is left to be told.
            self.drop()
        finally:
            self.gone.set()
            for channel in self.channels.values():
                channel.end()

    async def _answer(self, packet: Packet) -> None:
        if self.faults.mute:
            return
        channel = self.channels.get(packet.second)
        if packet.command in (CNXN, AUTH):
            await self._greet(packet)
        elif packet.command == OPEN:
            await self._open(packet)
        elif channel is None:
            return
        elif packet.command == OKAY:
            channel.taken.put_nowait(True)
        elif packet.command == WRTE:
            channel.incoming.put_nowait(packet.data)
            await self.send(Packet(OKAY, channel.own, channel.theirs))
        elif packet.command == CLSE:
            self._forget(channel)

    async def _greet(self, packet: Packet) -> None:
        if packet.command == CNXN:
            self.most = min(MOST, packet.second)
        if not self.faults.unauthorized:
            hello = self.banner().encode()
            await self.send(Packet(CNXN, VERSION, MOST, hello))
        elif not (packet.command == AUTH and packet.first == PUBLIC_KEY):
            # The key itself is never accepted: its owner has to tap on the phone, and does not.
            await self.send(Packet(AUTH, TOKEN, 0, b"qvl-virtual-phone-20"))

    async def _open(self, packet: Packet) -> None:
        if self.faults.drop_next:
            self.faults.drop_next -= 1
            self.drop()
            return
        self._last += 1
        channel = Channel(self, self._last, packet.first)
        self.channels[channel.own] = channel
        name = packet.data.rstrip(b"\0").decode("utf-8", "replace")
        channel.task = asyncio.create_task(self._serve(name, channel))

    async def _serve(self, name: str, channel: Channel) -> None:
        with suppress(EOFError, OSError):
            await self.send(Packet(OKAY, channel.own, channel.theirs))
            known = await self.serve(name, channel)
            self.channels.pop(channel.own, None)
            await self.send(Packet(CLSE, channel.own if known else 0, channel.theirs))

    def _forget(self, channel: Channel) -> None:
        self.channels.pop(channel.own, None)
        channel.end()


class Daemon:
    """Listens on a loopback port, in a thread of its own; `close` ends both."""

    def __init__(self, faults: Faults, banner: Callable[[], str], serve: Serve) -> None:
        self.faults, self.banner, self.serve = faults, banner, serve
        self.port = 0
        self.links: set[Link] = set()
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: asyncio.Event | None = None
        self.thread = threading.Thread(target=self._run, name="qvl-phone-adb", daemon=True)

    def start(self, port: int = 0) -> int:
        """Begin to listen; the port. EnvError when that is taken."""
        self.port = port
        self.thread.start()
        if not self._ready.wait(STARTED_WITHIN) or self._loop is None:
            raise EnvError(f"the virtual phone cannot listen on port {port}")
        return self.port

    def _run(self) -> None:
        asyncio.run(self._listen())

    async def _listen(self) -> None:
        try:
            server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        except OSError:
            self._ready.set()
            return
        self.port = server.sockets[0].getsockname()[1]
        self._ended, self._loop = asyncio.Event(), asyncio.get_running_loop()
        self._ready.set()
        await self._ended.wait()
        server.close()
        self._drop_all()
        for link in list(self.links):
            await asyncio.wait_for(link.gone.wait(), _GONE_WITHIN)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(reader, writer, self.faults, self.banner, self.serve)
        if self.faults.unplugged:
            link.drop()
            return
        self.links.add(link)
        try:
            await link.run()
        finally:
            self.links.discard(link)

    def _drop_all(self) -> None:
        for link in list(self.links):
            link.drop()

    def drop(self) -> None:
        """Pull the cable: every connection ends at once."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._drop_all)

    def close(self) -> None:
        """Stop listening; safe to call twice."""
        if self._loop is not None and self._ended is not None and self.thread.is_alive():
            self._loop.call_soon_threadsafe(self._ended.set)
            self.thread.join(timeout=5)
