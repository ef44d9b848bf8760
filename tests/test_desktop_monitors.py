"""Two monitors of a real X server that has two outputs (Xorg with its dummy driver)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Generator
from pathlib import Path
from random import Random

import pytest

from probe import Probe
from qvl_agent.actions.types import Click, Point, Size
from qvl_agent.envs.desktop.env import DesktopEnv
from qvl_agent.envs.desktop.loopback import loopback
from qvl_agent.envs.desktop.screen import Monitor
from qvl_agent.envs.desktop.virtual import end, read_line

pytest.importorskip("Xlib", reason="the desktop packages are not installed")
DRIVER = Path("/usr/lib/xorg/modules/drivers/dummy_drv.so")
pytestmark = pytest.mark.skipif(
    not (DRIVER.exists() and shutil.which("xrandr") and os.geteuid() == 0),
    reason="needs root, xserver-xorg-core, xserver-xorg-video-dummy and x11-xserver-utils",
)
SETTINGS = """
Section "Device"
  Identifier "card"
  Driver "dummy"
  VideoRam 256000
EndSection
Section "Screen"
  Identifier "screen"
  Device "card"
  DefaultDepth 24
  SubSection "Display"
    Depth 24
    Virtual 2400 1000
  EndSubSection
EndSection
Section "ServerFlags"
  Option "AutoAddDevices" "false"
EndSection
"""
LOWER, UPPER = Monitor(0, 100, 1024, 768), Monitor(1024, 0, 1024, 768)
"""The left monitor stands lower than the right one."""


@pytest.fixture(scope="module")
def display(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    folder = tmp_path_factory.mktemp("xorg")
    (folder / "xorg.conf").write_text(SETTINGS)
    heard, told = os.pipe()
    server = subprocess.Popen(
        ["Xorg", "-displayfd", str(told), "-config", str(folder / "xorg.conf"), "-noreset",
         "-nolisten", "tcp", "-novtswitch", "-sharevts", "-logfile", str(folder / "log")],
        pass_fds=[told], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    os.close(told)
    try:
        name = f":{read_line(heard, 20)}"
        xrandr(name, "--fb", "2400x1000")
        xrandr(name, "--addmode", "DUMMY1", "1024x768")
        left = ["--output", "DUMMY0", "--mode", "1024x768", "--pos", "0x100"]
        xrandr(name, *left, "--output", "DUMMY1", "--mode", "1024x768", "--pos", "1024x0")
        yield name
    finally:
        os.close(heard)
        end(server)


def xrandr(display: str, *options: str) -> None:
    command = ["xrandr", "--display", display, *options]
    subprocess.run(command, check=True, capture_output=True, timeout=20)


@pytest.mark.parametrize(("which", "monitor"), [("1", LOWER), ("2", UPPER)])
def test_clicks_land_on_the_pixel_of_each_monitor(
    display: str, which: str, monitor: Monitor
) -> None:
    from Xlib import X

    probe = Probe(display)
    env = DesktopEnv(monitor=which, display=display, guarded=False)
    try:
        assert (env.screen.monitor, env.size) == (monitor, Size(1024, 768))
        draw = Random(which)
        wanted: list[tuple[int, int]] = []
        for _ in range(500):
            point = Point(x=draw.randrange(1024), y=draw.randrange(768))
            env.hands.do(Click(at=point))
            wanted.append((monitor.left + point.x, monitor.top + point.y))
        found = [(event.root_x, event.root_y) for event in probe.events(X.ButtonPress)]
    finally:
        env.close()
        probe.close()
    assert found == wanted


def test_the_monitor_under_the_pointer_is_chosen_and_proves_itself(display: str) -> None:
    hand = DesktopEnv(monitor="all", display=display, guarded=False)
    try:
        for x, y, monitor in ((10, 300, LOWER), (2000, 50, UPPER)):
            hand.backend.move(x, y)
            env = DesktopEnv(monitor="pointer", display=display, guarded=False)
            assert env.screen.monitor == monitor
            assert loopback(env) == []
            env.close()
    finally:
        hand.close()
