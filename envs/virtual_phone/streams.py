"""What can be opened on the phone: shells of both protocols, exec, and sync.

Source: packages/modules/adb/SERVICES.TXT and shell_protocol.h of the Android Open Source Project.
"""

from __future__ import annotations

import asyncio
import struct

from ...actions.errors import EnvError
from .daemon import Stream
from .device import Device
from .files import Sync
from .shell import Output, Shell, complain

STDOUT, STDERR, EXIT = 1, 2, 3


class Streams:
    """Serves the streams of one phone."""

    def __init__(self, device: Device, shell: Shell) -> None:
        self.device, self.shell = device, shell

    def banner(self) -> str:
        """How the phone introduces itself; without `shell_v2` nobody asks for exit codes."""
        features = "cmd" if self.device.faults.old_shell else "shell_v2,cmd"
        name = "ro.product.name=qvl_phone;ro.product.model=Virtual_phone;ro.product.device=qvl"
        return f"device::{name};features={features}"

    async def serve(self, name: str, stream: Stream) -> bool:
        """One stream to its end; False for what a phone of this kind refuses, such as `reboot:`."""
        kind, _, line = name.partition(":")
        service = kind.split(",")[0]
        if service == "sync":
            await Sync(self.device.files, stream).run()
        elif service == "shell" and "v2" in kind:
            await self._second(line, stream)
        elif service in ("shell", "exec"):
            done = await self._run(line, stream)
            await stream.write(done.out + (done.err if service == "shell" else b""))
        else:
            return False
        return True

    async def _run(self, line: str, stream: Stream) -> Output:
        words = line.split()
        if not words:
            return complain("this phone has no interactive shell", 1)
        if words[0] in self.device.faults.hangs:
            while await stream.read():
                continue
        try:
            return await asyncio.to_thread(self.shell.run, line)
        except EnvError as error:
            return complain(str(error), 1)

    async def _second(self, line: str, stream: Stream) -> None:
        done = await self._run(line, stream)
        packets = [(STDOUT, done.out), (STDERR, done.err), (EXIT, bytes([done.code & 0xFF]))]
        for number, data in packets:
            if data:
                await stream.write(struct.pack("<BI", number, len(data)) + data)
