"""The phone itself: power, rotation, settings, keyboards, and the apps' own data."""

from __future__ import annotations

import threading
import time
from secrets import token_hex
from typing import Any

from ...actions.types import Size
from .faults import Faults
from .files import Files
from .screen import Pixels, Screen, scale_of

LATIN = "com.android.inputmethod.latin/.LatinIME"
ADB_KEYBOARD = "com.android.adbkeyboard/.AdbIME"
_BINDS_AFTER = 0.15
"""Seconds until a chosen keyboard has hold of the field; what is sent to it before is lost."""
SWITCHES = {
    ("global", "airplane_mode_on"): "airplane", ("global", "wifi_on"): "wifi",
    ("global", "bluetooth_on"): "bluetooth", ("system", "accelerometer_rotation"): "rotate",
    ("secure", "location_mode"): "location", ("global", "low_power"): "saver",
    ("global", "zen_mode"): "quiet", ("secure", "ui_night_mode"): "dark",
}  # fmt: skip
"""Settings that the settings app shows, by namespace and key."""


class Device:
    """A phone of `size` pixels when upright. `seed` overlays the apps' data (see phone.js)."""

    def __init__(self, size: Size, seed: dict[str, object], faults: Faults) -> None:
        self.size, self.faults = size, faults
        self.override: Size | None = None
        self.rotation = 0
        self.awake = True
        self.lock_on_sleep = False
        self.keyboard_installed = True
        self.enabled = {LATIN}
        self.bound, self._bound_at = LATIN, 0.0
        self.files = Files()
        self._coming: threading.Timer | None = None
        self.serial = f"QVL{token_hex(4).upper()}"
        self.commands: list[str] = []
        """The latest command lines, as they came."""
        self.escapes: list[str] = []
        """Command lines in which a shell would have run something inside a word."""
        self.values: dict[tuple[str, str], str] = {
            ("secure", "default_input_method"): LATIN, ("system", "screen_off_timeout"): "600000",
            ("system", "user_rotation"): "0", ("global", "device_name"): "Virtual phone",
        }  # fmt: skip
        self.screen = Screen(size, seed)

    @property
    def shown(self) -> Size:
        """The size as it is held now."""
        wide, high = self.override or self.size
        return Size(high, wide) if self.rotation % 2 else Size(wide, high)

    @property
    def density(self) -> int:
        """Dots per inch, as Android counts them."""
        return round(160 * scale_of(self.size))

    def front(self) -> dict[str, Any]:
        """Component in front, whether the keyboard is shown, whether it is locked."""
        return self.screen.call("front")

    def rotate(self, quarter: int) -> None:
        """Turn it; 0 is upright."""
        self.rotation = quarter % 4
        self.values[("system", "user_rotation")] = str(self.rotation)
        self.screen.resize(self.shown)

    def resize(self, size: Size | None) -> None:
        """Pretend another size; None for its own."""
        self.override = size
        self.screen.resize(self.shown)

    def power(self, on: bool) -> None:
        """Wake it, or put it to sleep."""
        if not on and self.awake and self.lock_on_sleep:
            self.screen.call("lock")
        self.awake = on
        self.screen.call("power", on)

    def charge(self, level: int) -> None:
        """Set the battery's level in percent; a low one is announced in a dialog."""
        self.screen.call("charge", level)

    def pixels(self) -> Pixels:
        """What a capture shows: black where the app in front forbids it."""
        if self.faults.secure:
            size = self.shown
            return Pixels(size, b"\0\0\0\xff" * (size.width * size.height))
        return self.screen.pixels()

    def get(self, space: str, key: str) -> str:
        """A setting; `null` when there is none, as Android says."""
        if name := SWITCHES.get((space, key)):
            return str(int(self.screen.state()["switches"][name]))
        return self.values.get((space, key), "null")

    def put(self, space: str, key: str, value: str) -> None:
        """Change a setting, with what follows from it."""
        if name := SWITCHES.get((space, key)):
            self.screen.call("flip", name, value not in ("0", "null", ""))
        else:
            self.values[(space, key)] = value
        if (space, key) == ("system", "user_rotation"):
            self.rotate(int(value) if value.isdecimal() else 0)
        if (space, key) == ("secure", "default_input_method"):
            self.choose(value)

    def keyboards(self) -> list[str]:
        """Those that are installed."""
        return [LATIN, *([ADB_KEYBOARD] if self.keyboard_installed else [])]

    def choose(self, keyboard: str) -> None:
        """Make a keyboard the present one; it gets hold of the field a little later."""
        self.values[("secure", "default_input_method")] = keyboard
        self.bound, self._bound_at = keyboard, time.monotonic() + _BINDS_AFTER
        self.screen.call("keyboard", keyboard != ADB_KEYBOARD)

    def binds(self) -> bool:
        """Whether the chosen keyboard has hold of the field."""
        late = self.faults.keyboard_never_binds and self.bound == ADB_KEYBOARD
        return not late and time.monotonic() >= self._bound_at

    def broadcast_text(self, text: str) -> None:
        """What the keyboard app does when told to enter a text."""
        if self.binds() and self.bound == ADB_KEYBOARD and not self.faults.keyboard_deaf:
            self.screen.insert(text)

    def launch(self, component: str) -> bool:
        """Start an app by package and activity; False when there is none."""
        if not self.faults.slow_launch:
            return self.screen.call("launch", component)
        known = [name.split("/")[0] for name in self.screen.call("components")]
        self.forget_launch()
        self._coming = threading.Timer(self.faults.slow_launch, self._launch_later, (component,))
        self._coming.daemon = True
        self._coming.start()
        return component.split("/")[0] in known

    def forget_launch(self) -> None:
        """An app that is still starting does not come any more."""
        if self._coming is not None:
            self._coming.cancel()

    def _launch_later(self, component: str) -> None:
        if not self.screen.ended:
            self.screen.call("launch", component)
