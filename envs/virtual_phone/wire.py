"""Packets of the adb device protocol.

Source: packages/modules/adb/protocol.txt of the Android Open Source Project.
"""

from __future__ import annotations

import asyncio
import struct
from typing import NamedTuple

CNXN, AUTH, OPEN, OKAY, CLSE, WRTE = b"CNXN", b"AUTH", b"OPEN", b"OKAY", b"CLSE", b"WRTE"
VERSION = 0x01000001
"""From this version on, nobody looks at checksums after the greeting."""
MOST = 256 * 1024
"""Bytes of the largest payload that is taken or sent."""
TOKEN, SIGNATURE, PUBLIC_KEY = 1, 2, 3
_HEADER = struct.Struct("<4s5I")


class Packet(NamedTuple):
    """One packet; what the arguments mean depends on the command."""

    command: bytes
    first: int
    second: int
    data: bytes = b""

    def pack(self) -> bytes:
        """The packet as it goes over the line, with the checksum where it is looked at."""
        checksum = sum(self.data) & 0xFFFFFFFF if self.command in (CNXN, AUTH) else 0
        magic = int.from_bytes(self.command, "little") ^ 0xFFFFFFFF
        header = (self.command, self.first, self.second, len(self.data), checksum, magic)
        return _HEADER.pack(*header) + self.data


async def read_packet(reader: asyncio.StreamReader) -> Packet:
    """The next packet; EOFError at the end, ValueError for another protocol."""
    header = await reader.readexactly(_HEADER.size)
    command, first, second, length, _, magic = _HEADER.unpack(header)
    if magic != int.from_bytes(command, "little") ^ 0xFFFFFFFF or length > 16 * MOST:
        raise ValueError("this is not the adb protocol")
    return Packet(command, first, second, await reader.readexactly(length))
