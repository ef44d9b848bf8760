"""Pictures of the screen, by the quickest route that proves itself on this phone.

Source: `screencap` writes width, height and pixel format, since Android 9 the color space too, each
of four bytes, and then the pixels (frameworks/base/cmds/screencap, AOSP).
"""

from __future__ import annotations

import io
import struct
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from ...actions.errors import ActionError, EnvError
from ...actions.types import Size
from .link import Link

if TYPE_CHECKING:
    from PIL.Image import Image

Route = Literal["raw", "png"]
TAKES_AT_MOST = 15.0
_HEADERS = (16, 12)
_LAYOUTS = {1: "RGBA", 2: "RGBX", 5: "BGRA"}
"""Pixel formats that `screencap` writes (android.graphics.PixelFormat)."""
_ALIKE = 24
"""Mean difference of two pictures, of 255, up to which they show the same screen."""


class Broken(Exception):
    """What came is no picture; the message says why."""


class Frame(NamedTuple):
    """One picture: `data` is RGB, three bytes a pixel."""

    size: Size
    data: bytes

    def image(self) -> Image:
        """The same for Pillow."""
        from PIL import Image

        return Image.frombytes("RGB", (self.size.width, self.size.height), self.data)

    def png(self) -> bytes:
        """The same as PNG."""
        packed = io.BytesIO()
        self.image().save(packed, "png", compress_level=1)
        return packed.getvalue()

    def black(self) -> bool:
        """Whether nothing at all is to be seen."""
        return not self.data.strip(b"\0")


@dataclass
class Camera:
    """Captures one phone. After `prove`, `route` is the quicker one, and the other the spare."""

    link: Link
    route: Route = "raw"
    seconds: dict[Route, float] = field(default_factory=dict["Route", float])
    """How long each route took when it was tried; without those that do not work here."""

    def prove(self) -> None:
        """Try both routes; EnvError when neither brings a picture."""
        found: dict[Route, Frame] = {}
        whys: list[str] = []
        for route in ("raw", "png"):
            began = time.perf_counter()
            try:
                found[route] = self._take(route)
            except Broken as broken:
                whys.append(f"{route}: {broken}")
            else:
                self.seconds[route] = time.perf_counter() - began
        if not found:
            raise EnvError(f"the phone's screen cannot be captured ({'; '.join(whys)})")
        if len(found) == 2 and not alike(found["raw"], found["png"]):
            # The pixels are not what the header says; a PNG leaves no doubt.
            self.seconds["raw"] = float("inf")
        self.route = min(found, key=lambda route: self.seconds[route])

    def frame(self) -> Frame:
        """The screen now; EnvError when no route brings it."""
        other: Route = "png" if self.route == "raw" else "raw"
        whys: list[str] = []
        for route in (self.route, self.route, self.route, other):
            try:
                return self._take(route)
            except Broken as broken:
                whys.append(str(broken))
        raise EnvError(f"the phone's screen cannot be captured ({whys[0]}; {whys[-1]})")

    def _take(self, route: Route) -> Frame:
        words = ("screencap",) if route == "raw" else ("screencap", "-p")
        try:
            done = self.link.shell(*words, within=TAKES_AT_MOST, again=True)
        except ActionError as error:
            raise Broken(str(error)) from error
        if done.code:
            raise Broken(" ".join(done.text.split())[:120] or f"code {done.code}")
        return raw_frame(done.out) if route == "raw" else png_frame(done.out)


def raw_frame(data: bytes) -> Frame:
    """A frame of what `screencap` wrote; Broken when it is not whole."""
    from PIL import Image

    if len(data) < max(_HEADERS):
        raise Broken("the picture is empty")
    width, height, layout = struct.unpack("<3I", data[:12])
    header = next((n for n in _HEADERS if len(data) - n == width * height * 4), None)
    if header is None or layout not in _LAYOUTS:
        raise Broken("the picture is not whole, or of an unknown format")
    size = Size(width, height)
    picture = Image.frombuffer(
        "RGBA", (width, height), data[header:], "raw",
        "BGRA" if _LAYOUTS[layout] == "BGRA" else "RGBA", 0, 1,
    )  # fmt: skip
    return Frame(size, picture.convert("RGB").tobytes())


def png_frame(data: bytes) -> Frame:
    """A frame of a PNG; Broken when it is not whole."""
    from PIL import Image

    try:
        picture = Image.open(io.BytesIO(data), formats=["PNG"]).convert("RGB")
    except (OSError, SyntaxError, ValueError) as error:
        raise Broken("the PNG is not whole") from error
    return Frame(Size(*picture.size), picture.tobytes())


def alike(one: Frame, other: Frame) -> bool:
    """Whether two pictures show the same screen, but for small things that moved."""
    from PIL import ImageChops, ImageStat

    if one.size != other.size:
        return False
    first, second = (frame.image().resize((32, 32)) for frame in (one, other))
    return max(ImageStat.Stat(ImageChops.difference(first, second)).mean) <= _ALIKE
