"""What tests of desktops share: a window that notes what reaches it."""

from __future__ import annotations

from typing import Any


class Probe:
    """A window over the whole screen, of another client, that notes what reaches it."""

    def __init__(self, display: str) -> None:
        from Xlib import X
        from Xlib.display import Display

        self.display: Any = Display(display)
        screen = self.display.screen()
        mask = X.ButtonPressMask | X.ButtonReleaseMask | X.KeyPressMask | X.KeyReleaseMask
        self.window: Any = screen.root.create_window(
            0, 0, screen.width_in_pixels, screen.height_in_pixels, 0, X.CopyFromParent,
            override_redirect=True, background_pixel=0x336699,
            event_mask=mask | X.ExposureMask | X.PointerMotionMask,
        )  # fmt: skip
        self.window.map()
        self.display.sync()
        self.window.set_input_focus(X.RevertToParent, X.CurrentTime)
        self.display.sync()
        self.events()

    def events(self, *kinds: int) -> list[Any]:
        """What came since the last time, of these kinds (all, without any)."""
        self.display.sync()
        found: list[Any] = []
        while self.display.pending_events():
            event = self.display.next_event()
            if not kinds or event.type in kinds:
                found.append(event)
        return found

    def close(self) -> None:
        self.window.destroy()
        self.display.sync()
        self.display.close()
