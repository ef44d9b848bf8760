"""The desktop on a real X server: where clicks land, what text arrives, who comes first."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from probe import Probe
from qvl_agent.actions.errors import ActionError, EnvError, UserError
from qvl_agent.actions.types import (
    Click,
    Drag,
    Hover,
    LongPress,
    OpenApp,
    Point,
    Press,
    Scroll,
    Size,
    Type,
)
from qvl_agent.agent.cli import main
from qvl_agent.agent.record import load
from qvl_agent.envs.contract import check_env
from qvl_agent.envs.desktop.apps import find, installed, read_entry
from qvl_agent.envs.desktop.env import DesktopEnv
from qvl_agent.envs.desktop.hands import notches
from qvl_agent.envs.desktop.loopback import loopback
from qvl_agent.envs.desktop.owner import Owner
from qvl_agent.envs.desktop.screen import Frame, Monitor, choose, to_device
from qvl_agent.envs.desktop.virtual import VirtualScreen
from qvl_agent.envs.leftovers import sweep

pytestmark = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("openbox")),
    reason="no Xvfb or no openbox here (apt-get install xvfb openbox)",
)
xlib = pytest.importorskip("Xlib", reason="the desktop packages are not installed")
EDITOR = "mousepad"
TEXTS = [
    "plain words, 123",
    "quotes \" ' ` and $(reboot) \\n %s {}",
    "two lines\n\tand a tab\n\nand an empty one",
    "Привет, мир",
    "你好，世界",
    "emoji 🙂 and 👩\u200d👩\u200d👧 and e\u0301",
]


@pytest.fixture(scope="module")
def server() -> Generator[VirtualScreen]:
    one = VirtualScreen(Size(1800, 900))
    yield one
    one.close()


@pytest.fixture
def desktop(server: VirtualScreen) -> Generator[DesktopEnv]:
    env = DesktopEnv(monitor="all", display=server.display, guarded=False)
    yield env
    env.close()


@pytest.fixture
def probe(server: VirtualScreen) -> Generator[Probe]:
    one = Probe(server.display)
    yield one
    one.close()


def test_the_contract_holds(server: VirtualScreen) -> None:
    check_env(lambda: DesktopEnv(display=server.display, guarded=False))
    check_env(lambda: DesktopEnv(virtual=Size(640, 480)))


@pytest.mark.parametrize("monitor", ["all", "1", "800x600+0+0", "700x500+1000+321"])
def test_clicks_land_on_the_pixel_they_were_aimed_at(
    server: VirtualScreen, probe: Probe, monitor: str
) -> None:
    from Xlib import X

    env = DesktopEnv(monitor=monitor, display=server.display, guarded=False)
    try:
        draw = Random(monitor)
        area = env.screen.monitor
        wanted: list[tuple[int, int]] = []
        for _ in range(500):
            point = Point(x=draw.randrange(env.size.width), y=draw.randrange(env.size.height))
            env.hands.do(Click(at=point))
            wanted.append((area.left + point.x, area.top + point.y))
    finally:
        env.close()
    found = [(event.root_x, event.root_y) for event in probe.events(X.ButtonPress)]
    assert found == wanted


@pytest.mark.parametrize("scale", [1, 1.25, 1.5, 2])
@pytest.mark.parametrize("origin", [(0, 0), (-1920, -300), (2560, 77)])
def test_screenshots_larger_than_the_desktop_are_mapped_into_the_pixel(
    scale: float, origin: tuple[int, int]
) -> None:
    monitor = Monitor(*origin, 1440, 900)
    size = Size(round(1440 * scale), round(900 * scale))
    draw = Random(f"{scale}{origin}")
    for _ in range(500):
        point = Point(x=draw.randrange(size.width), y=draw.randrange(size.height))
        x, y = to_device(point, monitor, size)
        assert monitor.holds(x, y)
        assert abs((x - origin[0]) * scale - point.x) <= scale
        assert abs((y - origin[1]) * scale - point.y) <= scale
        if scale == 1:
            assert (x, y) == (origin[0] + point.x, origin[1] + point.y)


class Enlarged:
    """A screen whose pictures are larger than the desktop that the pointer counts, as on a Mac."""

    def __init__(self, real: Any, scale: float) -> None:
        self.real, self.monitor, self.scale = real, real.monitor, scale

    def grab(self) -> Frame:
        from PIL import Image

        frame = self.real.grab()
        wide = Size(round(frame.size.width * self.scale), round(frame.size.height * self.scale))
        picture = Image.frombuffer("RGBA", frame.size, frame.bgra, "raw", "RGBA", 0, 1)
        return Frame(picture.resize(wide, Image.Resampling.NEAREST).tobytes(), wide)

    def close(self) -> None:
        self.real.close()


@pytest.mark.parametrize("scale", [1.25, 1.5, 2])
def test_clicks_on_a_scaled_screen_hit_within_a_pixel(
    desktop: DesktopEnv, probe: Probe, scale: float
) -> None:
    from Xlib import X

    desktop.screen = Enlarged(desktop.screen, scale)
    desktop.size = desktop.screen.grab().size
    draw = Random(int(scale * 100))
    aimed = [
        Point(x=draw.randrange(desktop.size.width), y=draw.randrange(desktop.size.height))
        for _ in range(500)
    ]
    for point in aimed:
        desktop.hands.do(Click(at=point))
    hit = probe.events(X.ButtonPress)
    assert len(hit) == 500
    for point, event in zip(aimed, hit, strict=True):
        assert abs(event.root_x - point.x / scale) <= 1
        assert abs(event.root_y - point.y / scale) <= 1
    assert desktop.observe().scale == pytest.approx(scale, abs=0.01)


def test_every_action_reaches_the_program(desktop: DesktopEnv, probe: Probe) -> None:
    from Xlib import X

    at, to = Point(x=100, y=120), Point(x=300, y=220)
    desktop.act(Click(at=at, button="right", count=2, keys=("ctrl",)))
    pressed = probe.events(X.ButtonPress)
    assert [event.detail for event in pressed] == [3, 3]
    assert all(event.state & X.ControlMask for event in pressed)
    desktop.act(Scroll(at=at, dy=250, dx=-1))
    assert [event.detail for event in probe.events(X.ButtonPress)] == [5, 5, 6]
    desktop.act(Scroll(at=at, dy=-3, unit="notch"))
    assert [event.detail for event in probe.events(X.ButtonPress)] == [4, 4, 4]
    desktop.act(Drag(start=at, end=to, seconds=0.1))
    path = probe.events()
    down = next(i for i, event in enumerate(path) if event.type == X.ButtonPress)
    up = next(i for i, event in enumerate(path) if event.type == X.ButtonRelease)
    moved = [(e.root_x, e.root_y) for e in path[down:up] if e.type == X.MotionNotify]
    assert len(moved) > 10
    assert moved[-1] == (300, 220)
    desktop.act(Hover(at=at))
    assert probe.events(X.ButtonPress) == []
    assert desktop.backend.position() == (100, 120)
    began = time.monotonic()
    desktop.act(LongPress(at=at, seconds=0.3))
    press, release = probe.events(X.ButtonPress, X.ButtonRelease)
    assert 250 <= release.time - press.time <= 1500
    assert time.monotonic() - began < 5
    desktop.act(Press(keys=("ctrl", "shift", "s")))
    codes = desktop.backend.codes(("ctrl", "shift", "s"))
    assert {event.detail for event in probe.events(X.KeyPress)} == codes
    assert not desktop.backend.down(), "nothing stays pressed"


def test_what_cannot_be_done_is_said(desktop: DesktopEnv) -> None:
    with pytest.raises(ActionError, match=r"\(1800, 5\) is outside the 1800x900 screen"):
        desktop.act(Click(at=Point(x=1800, y=5)))
    with pytest.raises(ActionError, match="this keyboard has no key flux"):
        desktop.act(Press(keys=("flux",)))
    with pytest.raises(ActionError, match="no program is called 'xyzzy'"):
        desktop.act(OpenApp(name="xyzzy"))
    with pytest.raises(ActionError, match="nothing here takes pasted text"):
        desktop.act(Type(text="два\nслова"))
    assert not desktop.backend.down()


@pytest.fixture(scope="module")
def editor(
    server: VirtualScreen, tmp_path_factory: pytest.TempPathFactory
) -> Generator[tuple[DesktopEnv, Path]]:
    """A real editor on an empty file, in front."""
    if not shutil.which(EDITOR):
        pytest.skip(f"{EDITOR} is not installed")
    file = tmp_path_factory.mktemp("notes") / "note.txt"
    file.touch()
    env = DesktopEnv(monitor="all", display=server.display, guarded=False)
    env.start([EDITOR, "--disable-server", str(file)])
    assert "note.txt" in env.backend.title()
    env.observe()
    yield env, file
    env.close()


def clip(display: str, text: str | None = None) -> str:
    """What is on the clipboard, or put there first: by another program."""
    from qvl_agent.envs.desktop.paste import read_clipboard, write_clipboard

    if text is not None:
        write_clipboard(display, "UTF8_STRING", text.encode())
    found = read_clipboard(display)
    return found[1].decode() if found else ""


@pytest.mark.parametrize("text", TEXTS)
def test_text_arrives_exactly_and_the_clipboard_is_what_it_was(
    editor: tuple[DesktopEnv, Path], text: str
) -> None:
    env, file = editor
    assert clip(env.display or "", "what the owner copied") == "what the owner copied"
    env.act(Press(keys=("ctrl", "a")))
    env.act(Type(text=text))
    env.act(Press(keys=("ctrl", "s")))
    until = time.monotonic() + 5
    while file.read_text("utf-8").rstrip("\n") != text and time.monotonic() < until:
        time.sleep(0.05)
    assert file.read_text("utf-8").rstrip("\n") == text.rstrip("\n")
    assert clip(env.display or "") == "what the owner copied"


class Human:
    """A second client of the same screen: what it does, the agent did not."""

    def __init__(self, display: str) -> None:
        from qvl_agent.envs.desktop.x11 import XBackend

        self.hand = XBackend(display)

    def nudge(self) -> None:
        x, y = self.hand.position()
        self.hand.move(x + 7, y + 3)

    def chord(self, *names: str) -> None:
        for name in names:
            self.hand.key(name, True)
        time.sleep(0.15)
        for name in reversed(names):
            self.hand.key(name, False)


@pytest.fixture
def guarded(server: VirtualScreen) -> Generator[tuple[DesktopEnv, Human, list[str]]]:
    said: list[str] = []
    stopped = threading.Event()
    env = DesktopEnv(
        monitor="all", display=server.display, guarded=True, say=said.append, stop=stopped.set
    )
    yield env, Human(server.display), said
    env.close()


def soon(what: Any, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.005)
    return bool(what())


def owner_of(env: DesktopEnv) -> Owner:
    found = getattr(env.gate, "__self__", None)
    assert isinstance(found, Owner)
    return found


def test_a_moved_mouse_pauses_and_the_resume_keys_go_on(
    guarded: tuple[DesktopEnv, Human, list[str]], probe: Probe
) -> None:
    from Xlib import X

    env, human, said = guarded
    owner = owner_of(env)
    env.act(Click(at=Point(x=500, y=400)))
    time.sleep(0.2)
    assert owner.free.is_set(), "the agent's own hand is not the owner's"
    human.nudge()
    assert soon(lambda: not owner.free.is_set(), 0.3)
    probe.events()
    act = threading.Thread(target=env.act, args=(Click(at=Point(x=10, y=10)),))
    act.start()
    time.sleep(0.3)
    assert not probe.events(X.ButtonPress), "nothing is done while the owner has the mouse"
    human.chord("ctrl", "alt", "space")
    act.join(timeout=3)
    assert not act.is_alive()
    assert len(probe.events(X.ButtonPress)) == 1
    assert owner.free.is_set()
    assert [words.split(":")[0] for words in said] == ["paused", "going on"]


def test_a_drag_that_the_owner_interrupts_is_given_up(
    guarded: tuple[DesktopEnv, Human, list[str]], probe: Probe
) -> None:
    from Xlib import X

    env, human, _ = guarded
    drag = Drag(start=Point(x=100, y=100), end=Point(x=900, y=500), seconds=1.5)
    failed: list[str] = []

    def pull() -> None:
        try:
            env.act(drag)
        except ActionError as error:
            failed.append(str(error))

    act = threading.Thread(target=pull)
    act.start()
    assert soon(lambda: env.backend.position()[0] > 200, 3)
    human.nudge()
    assert soon(lambda: not owner_of(env).free.is_set(), 0.3)
    assert soon(lambda: bool(probe.events(X.ButtonRelease)), 0.5), "the button is let go at once"
    human.chord("ctrl", "alt", "space")
    act.join(timeout=5)
    assert failed == ["the desktop's owner took over in the middle; look again"]


def test_typing_pauses_too(guarded: tuple[DesktopEnv, Human, list[str]], probe: Probe) -> None:
    env, human, _ = guarded
    human.chord("a")
    assert not owner_of(env).free.is_set()


def test_the_stop_keys_end_the_run_with_nothing_held_down(
    guarded: tuple[DesktopEnv, Human, list[str]], probe: Probe
) -> None:
    env, human, said = guarded
    env.backend.key("ctrl", True)
    assert env.backend.down()
    began = time.monotonic()
    pressing = threading.Thread(target=human.chord, args=("ctrl", "alt", "escape"))
    pressing.start()
    assert soon(lambda: owner_of(env).stopped, 0.5)
    assert time.monotonic() - began < 0.5
    pressing.join()
    assert not env.backend.down(), "what the agent held is let go"
    with pytest.raises(KeyboardInterrupt):
        env.act(Click(at=Point(x=10, y=10)))
    assert said[-1] == "stopped by the desktop's owner"


def test_the_corner_ends_the_run(guarded: tuple[DesktopEnv, Human, list[str]]) -> None:
    env, human, _ = guarded
    human.hand.move(0, 0)
    assert soon(lambda: owner_of(env).stopped, 0.5)


def test_a_display_that_is_gone_ends_as_lost() -> None:
    server = VirtualScreen(Size(320, 240))
    env = DesktopEnv(display=server.display, guarded=False)
    server.close()
    with pytest.raises(EnvError):
        env.observe()
    env.close()
    env.close()


def test_a_display_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UserError, match="the display :9876 cannot be used"):
        DesktopEnv(display=":9876")


def test_monitors_are_chosen_by_number_pointer_and_region() -> None:
    whole, left, right = (
        Monitor(-800, 0, 2720, 1080),
        Monitor(-800, 0, 800, 600),
        Monitor(0, 0, 1920, 1080),
    )
    found = [whole, left, right]
    assert choose("all", found, (0, 0)) == whole
    assert choose("1", found, (0, 0)) == left
    assert choose("pointer", found, (-5, 5)) == left
    assert choose("pointer", found, (5, 5)) == right
    assert choose("100x50-800+10", found, (0, 0)) == Monitor(-800, 10, 100, 50)
    with pytest.raises(UserError, match=r"no monitor 3; use all, pointer, or one of 1 \(800x600"):
        choose("3", found, (0, 0))
    with pytest.raises(UserError, match="is not on the desktop"):
        choose("100x50+1900+0", found, (0, 0))


def test_programs_are_found_by_their_names_in_any_language(tmp_path: Path) -> None:
    (tmp_path / "a.desktop").write_text(
        "[Desktop Entry]\nName=Text Editor\nName[de]=Texteditor\nExec=edit --new %F\n"
        "[Desktop Action x]\nName=Other\nExec=rm -rf /\n",
        encoding="utf-8",
    )
    (tmp_path / "b.desktop").write_text("[Desktop Entry]\nName=Secret\nExec=s\nNoDisplay=true\n")
    (tmp_path / "c.desktop").write_text("no entry at all")
    found = installed([tmp_path])
    assert found == {"Text Editor": ["edit", "--new"], "Texteditor": ["edit", "--new"]}
    assert find("texteditor", found) == find("Editor", found) == ["edit", "--new"]
    with pytest.raises(ActionError, match="no program is called 'Text Edit'; the nearest are"):
        find("Text Edit", found)
    assert read_entry(tmp_path / "missing.desktop") == {}


def test_a_virtual_screen_leaves_nothing_behind() -> None:
    server = VirtualScreen(Size(320, 240))
    home = server.home
    env = DesktopEnv(display=server.display, guarded=False)
    env.opener.start(["sleep", "600"])
    sleeper = env.opener.started[0]
    env.close()
    server.close()
    assert sleeper.poll() is not None
    assert not home.exists()


def test_notches_are_at_least_one_and_never_endless() -> None:
    assert [notches(n, 100) for n in (0, 1, -1, 250, 10**9)] == [0, 1, -1, 2, 50]


def test_the_loopback_proves_the_geometry_and_finds_what_is_wrong(desktop: DesktopEnv) -> None:
    assert loopback(desktop) == []
    right = desktop.hands.to_device

    def shifted(point: Point) -> tuple[int, int]:
        x, y = right(point)
        return x + 9, y

    desktop.hands.to_device = shifted
    missed = loopback(desktop)
    assert len(missed) == 9
    assert all(miss.hit == (miss.put[0] + 9, miss.put[1]) for miss in missed)


def test_the_doctor_tries_the_screen(
    server: VirtualScreen, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DISPLAY", server.display)
    assert main(["doctor", "--loopback"]) == 0
    assert "9 of 9 squares were seen and hit, 1800x900" in capsys.readouterr().out


def test_the_stop_keys_end_a_whole_run_with_exit_17(
    server: VirtualScreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", server.display)
    wait = {"name": "computer_use", "arguments": {"action": "wait", "time": 30}}
    script = tmp_path / "script.json"
    script.write_text(json.dumps([f"<tool_call>\n{json.dumps(wait)}\n</tool_call>"]))
    human = Human(server.display)
    pressed: list[float] = []

    def stop() -> None:
        soon(lambda: (tmp_path / "run" / "run.jsonl").exists(), 20)
        soon(lambda: "intent" in (tmp_path / "run" / "run.jsonl").read_text(), 20)
        pressed.append(time.time())
        human.chord("ctrl", "alt", "escape")

    pressing = threading.Thread(target=stop)
    pressing.start()
    options = ["--env", "desktop", "--yes", "--model", f"script:{script}"]
    code = main(["run", "wait for me", *options, "--out", str(tmp_path / "run")])
    pressing.join()
    assert code == 17
    assert load(tmp_path / "run").episode.outcome == "stopped"
    # The outcome is the last thing that is written.
    ended = (tmp_path / "run" / "run.jsonl").stat().st_mtime
    assert ended - pressed[0] < 0.5
    assert not human.hand.down()


def test_a_killed_run_takes_its_screen_with_it_and_its_folders_go_at_the_next_start() -> None:
    code = (
        "from qvl_agent.envs.desktop.virtual import VirtualScreen\n"
        "from qvl_agent.actions.types import Size\n"
        "import time\n"
        "one = VirtualScreen(Size(320, 240))\n"
        "print(one.display, one.home, flush=True)\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    display, _, home = process.stdout.readline().strip().partition(" ")
    process.kill()
    process.wait()
    process.stdout.close()
    socket = Path("/tmp/.X11-unix") / f"X{display[1:]}"
    assert Path(home).exists()
    if shutil.which("setpriv"):
        assert soon(lambda: not socket.exists(), 5)
    assert Path(home) in sweep()
    assert not Path(home).exists()
