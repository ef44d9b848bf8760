"""Places that count what is done there, in a process that outlives the run."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

BUTTON = """<!doctype html><link rel=icon href='data:,'><body style='margin:0'><script>
let n = 0;
addEventListener('mousedown', () => {
  document.body.textContent = ++n;
  const request = new XMLHttpRequest(); request.open('POST', '/done', false); request.send();
});
</script>press"""


def reply(**arguments: object) -> str:
    """A call in the words of the scripted model's dialect."""
    said = json.dumps({"name": "computer_use", "arguments": arguments})
    return f"<tool_call>\n{said}\n</tool_call>"


class Place(Protocol):
    """Somewhere to act, and the account of it."""

    words: list[str]
    """Options of `run`."""
    going_on: list[str]
    """Options of `resume`."""
    replies: list[str]
    done: str
    environment: dict[str, str]
    lossy: bool
    """Whether an act may be counted less often than it is done."""

    def reset(self) -> None:
        """Begin to count anew."""
        ...

    def acts(self) -> int:
        """What was done since."""
        ...

    def counts(self, action: Any) -> bool:
        """Whether an action of the record is one that is counted here."""
        ...

    def held(self) -> str:
        """What is held down now; empty when nothing is."""
        ...

    def close(self) -> None:
        """End it."""
        ...


class _Clicks(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(BUTTON.encode())

    def do_POST(self) -> None:
        assert isinstance(self.server, _Server)
        self.server.done += 1
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Counted in `done`."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    done = 0

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that was killed hangs up."""


class Page:
    """A page that tells its server of every press, before it does anything else."""

    done = reply(action="terminate", status="success")
    lossy = False

    def __init__(self) -> None:
        self.server = _Server(("127.0.0.1", 0), _Clicks)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        self.words = ["--url", url, "--size", "320x240"]
        self.going_on = ["--size", "320x240"]
        self.replies = [reply(action="left_click", coordinate=[n, 40]) for n in range(20, 120, 3)]
        self.environment: dict[str, str] = {}

    def reset(self) -> None:
        """No press so far."""
        self.server.done = 0

    def acts(self) -> int:
        """Presses that the page told."""
        return self.server.done

    def counts(self, action: Any) -> bool:
        """Clicks."""
        return action.kind == "click"

    def held(self) -> str:
        """A browser takes its keys along."""
        return ""

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.server.server_close()


class Phone:
    """A virtual phone on an adb server of its own; runs take it for a real one."""

    lossy = True

    def __init__(self) -> None:
        from qvl_agent.actions.types import Size
        from qvl_agent.envs.android.server import OwnServer
        from qvl_agent.envs.virtual_phone.phone import VirtualPhone

        self.adb, self.phone = OwnServer(), VirtualPhone(Size(360, 640))
        self.environment = {"ANDROID_ADB_SERVER_PORT": str(self.adb.address.port)}
        self.words = ["--env", "android", "--serial", self.phone.serial]
        self.going_on: list[str] = []
        self.replies = [mobile(action="click", coordinate=[60 + n, 320]) for n in range(40)]
        self.done = mobile(action="terminate", status="success")

    def reset(self) -> None:
        """At home, without a tap."""
        self.phone.seed({})
        self.phone.device.screen.call("tapped")

    def acts(self) -> int:
        """Taps that came down."""
        return len(self.phone.device.screen.call("tapped"))

    def counts(self, action: Any) -> bool:
        """Clicks."""
        return action.kind == "click"

    def held(self) -> str:
        """The keyboard is the phone's own again."""
        own = "com.android.inputmethod.latin/.LatinIME"
        now = self.phone.device.get("secure", "default_input_method")
        return "" if now == own else f"the keyboard is {now}"

    def close(self) -> None:
        """Switch it off."""
        self.phone.close()
        self.adb.close()


class Desk:
    """An X server that outlives the runs, on which buttons and keys are held for long."""

    lossy = True
    done = reply(action="terminate", status="success")

    def __init__(self) -> None:
        from qvl_agent.actions.types import Size
        from qvl_agent.envs.desktop.virtual import VirtualScreen

        self.screen = VirtualScreen(Size(640, 480))
        self.environment = {"DISPLAY": self.screen.display}
        self.words, self.going_on = ["--env", "desktop"], list[str]()
        self.replies = [
            reply(action="left_click_drag", coordinate=[300, 200]),
            reply(action="key", keys=["ctrl", "shift", "a"]),
            reply(action="left_click_drag", coordinate=[100, 100]),
            reply(action="type", text="ABC def"),
        ]

    def reset(self) -> None:
        """Nothing is counted here."""

    def acts(self) -> int:
        """Nothing is counted here."""
        return 0

    def counts(self, action: Any) -> bool:
        """Nothing."""
        return False

    def held(self) -> str:
        """Keys and buttons that are down."""
        from Xlib.display import Display

        display: Any = Display(self.screen.display)
        keys = sum(bin(byte).count("1") for byte in display.query_keymap())
        buttons = display.screen().root.query_pointer().mask >> 8 & 31
        display.close()
        return f"{keys} keys, buttons {buttons:05b}" if keys or buttons else ""

    def close(self) -> None:
        """End the server."""
        self.screen.close()


def mobile(**arguments: object) -> str:
    """The same for phones."""
    said = json.dumps({"name": "mobile_use", "arguments": arguments})
    return f"<tool_call>\n{said}\n</tool_call>"


PLACES: dict[str, type[Page] | type[Phone] | type[Desk]] = {
    "browser": Page, "virtual-phone": Phone, "desktop": Desk,
}  # fmt: skip
