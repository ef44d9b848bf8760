"""The phone's files, kept in memory, and adb's sync service for them.

Source: packages/modules/adb/SYNC.TXT of the Android Open Source Project.
"""

from __future__ import annotations

import posixpath
import struct
from typing import Protocol

_FILE, _FOLDER = 0o100644, 0o040755
_PIECE = 64 * 1024
MOST_BYTES = 64 * 2**20
"""What all files together may hold."""


class Stream(Protocol):
    """What a service reads from and writes to."""

    async def read(self) -> bytes: ...
    async def write(self, data: bytes) -> None: ...


class Full(Exception):
    """There is no room left; the message is what adb is told."""


class Files:
    """Contents by absolute path; a folder is there when something is in it."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {"/sdcard/Download/welcome.txt": b"Welcome.\n"}

    def write(self, path: str, data: bytes) -> None:
        """Keep a file; Full when there is no room."""
        held = sum(map(len, self.contents.values()))
        if held + len(data) > MOST_BYTES:
            raise Full("No space left on device")
        self.contents[posixpath.normpath(path)] = data

    def mode(self, path: str) -> tuple[int, int]:
        """Mode and size, both 0 when there is nothing."""
        path = posixpath.normpath(path)
        if path in self.contents:
            return _FILE, len(self.contents[path])
        return (_FOLDER, 4096) if self.listed(path) else (0, 0)

    def listed(self, folder: str) -> list[str]:
        """Names in a folder."""
        start = posixpath.normpath(folder).rstrip("/") + "/"
        inside = (path for path in self.contents if path.startswith(start))
        return sorted({path.removeprefix(start).split("/")[0] for path in inside})


class Sync:
    """One sync stream: requests of four letters, a length, and as many bytes."""

    def __init__(self, files: Files, stream: Stream) -> None:
        self.files, self.stream = files, stream
        self._held = b""

    async def run(self) -> None:
        """Answer until QUIT or the end."""
        while True:
            head = await self._take(8)
            if len(head) < 8 or head[:4] == b"QUIT":
                return
            await self._answer(head[:4], int.from_bytes(head[4:], "little"))

    async def _answer(self, request: bytes, number: int) -> None:
        text = (await self._take(number)).decode("utf-8", "replace")
        if request == b"STAT":
            mode, size = self.files.mode(text)
            await self.stream.write(b"STAT" + struct.pack("<3I", mode, size, 0))
        elif request == b"LIST":
            await self._list(text)
        elif request == b"RECV":
            await self._give(text)
        elif request == b"SEND":
            await self._keep(text)
        else:
            await self._fail("unknown request")

    async def _list(self, folder: str) -> None:
        for name in self.files.listed(folder):
            mode, size = self.files.mode(f"{folder}/{name}")
            raw = name.encode()
            await self.stream.write(b"DENT" + struct.pack("<4I", mode, size, 0, len(raw)) + raw)
        await self.stream.write(b"DONE" + bytes(16))

    async def _give(self, path: str) -> None:
        data = self.files.contents.get(posixpath.normpath(path))
        if data is None:
            await self._fail("No such file or directory")
            return
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            await self.stream.write(b"DATA" + struct.pack("<I", len(piece)) + piece)
        await self.stream.write(b"DONE" + bytes(4))

    async def _keep(self, target: str) -> None:
        path, data = target.rpartition(",")[0] or target, bytearray()
        while (head := await self._take(8))[:4] == b"DATA":
            if len(data) > MOST_BYTES:
                break
            data += await self._take(int.from_bytes(head[4:], "little"))
        try:
            self.files.write(path, bytes(data))
        except Full as error:
            await self._fail(str(error))
        else:
            await self.stream.write(b"OKAY" + bytes(4))

    async def _fail(self, why: str) -> None:
        await self.stream.write(b"FAIL" + struct.pack("<I", len(why)) + why.encode())

    async def _take(self, count: int) -> bytes:
        while len(self._held) < count:
            more = await self.stream.read()
            if not more:
                break
            self._held += more
        taken, self._held = self._held[:count], self._held[count:]
        return taken
