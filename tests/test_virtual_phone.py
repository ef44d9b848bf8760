"""The virtual phone: real adb talks to it, no host shell ever runs, and nothing stays behind."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handset import Handset, within
from qvl_agent.actions.errors import EnvError
from qvl_agent.actions.types import Back, Click, Home, Point, Press, Scroll, Size
from qvl_agent.agent.cli import checks
from qvl_agent.envs.android.devices import devices
from qvl_agent.envs.android.server import adb
from qvl_agent.envs.virtual_phone.phone import VirtualPhone
from qvl_agent.envs.virtual_phone.screen import scale_of
from qvl_agent.envs.virtual_phone.shell import BadLine, Reader

pytest.importorskip("adbutils", reason="the android packages are not installed")
SMOKE = int(os.environ.get("QVL_SMOKE", "60"))


@pytest.fixture(scope="module")
def handset() -> Generator[Handset]:
    one = Handset()
    one.env()
    yield one
    one.close()


def real_adb(handset: Handset, *words: str) -> subprocess.CompletedProcess[bytes]:
    """The adb of this machine, on the phone."""
    port = str(handset.server.address.port)
    command = [adb(), "-P", port, "-s", handset.phone.serial, *words]
    return subprocess.run(command, capture_output=True, timeout=60, check=False)


def test_the_real_adb_reads_output_and_exit_codes(handset: Handset) -> None:
    done = real_adb(handset, "shell", "echo one 'two  three'")
    assert (done.returncode, done.stdout) == (0, b"one two  three\n")
    assert real_adb(handset, "shell", "nonsense").returncode == 127
    assert real_adb(handset, "shell", "input tap x").returncode == 255
    assert b"7 activities" in real_adb(
        handset, "shell", "cmd package query-activities --brief -a android.intent.action.MAIN"
    ).stdout  # fmt: skip


def test_files_go_there_and_back(handset: Handset, tmp_path: Path) -> None:
    data = os.urandom(300_000)
    (tmp_path / "sent").write_bytes(data)
    assert real_adb(handset, "push", str(tmp_path / "sent"), "/sdcard/a/b.bin").returncode == 0
    assert b"b.bin" in real_adb(handset, "ls", "/sdcard/a").stdout
    real_adb(handset, "pull", "/sdcard/a/b.bin", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == data
    assert real_adb(handset, "pull", "/sdcard/none", str(tmp_path / "x")).returncode != 0


def test_captures_are_the_same_by_every_route(handset: Handset) -> None:
    raw = real_adb(handset, "exec-out", "screencap").stdout
    assert len(raw) == 16 + 720 * 1280 * 4
    assert int.from_bytes(raw[:4], "little") == 720
    assert real_adb(handset, "exec-out", "screencap", "-p").stdout.startswith(b"\x89PNG")


def test_adbutils_gets_along_with_it(handset: Handset) -> None:
    from adbutils import AdbClient  # pyright: ignore[reportMissingTypeStubs]

    phone: Any = AdbClient(port=handset.server.address.port).device(handset.phone.serial)
    assert phone.shell2(["echo", "a b"], v2=True).returncode == 0
    assert phone.screenshot().size == (720, 1280)
    assert phone.app_current().package == "com.android.launcher3"
    phone.click(360, 300)
    assert handset.taps()[-1] == [360.5, 300.5]


def test_a_reboot_and_forwards_are_refused(handset: Handset) -> None:
    real_adb(handset, "reboot")
    assert real_adb(handset, "shell", "reboot").returncode == 127
    assert real_adb(handset, "shell", "echo still here").stdout == b"still here\n"
    assert real_adb(handset, "forward", "--list").stdout.strip() == b""


def test_settings_and_what_is_shown_are_one(handset: Handset) -> None:
    handset.phone.seed({"switches": {**handset.phone.state()["switches"], "wifi": True}})
    assert real_adb(handset, "shell", "settings get global wifi_on").stdout == b"1\n"
    real_adb(handset, "shell", "settings put global wifi_on 0")
    assert handset.phone.state()["switches"]["wifi"] is False
    assert real_adb(handset, "shell", "settings get secure nonsense").stdout == b"null\n"


@pytest.mark.parametrize(
    ("line", "words", "live"),
    [
        ("input text 'a b'", ["input", "text", "a b"], 0),
        ("echo 'it'\"'\"'s' a\\ b \"c\\\"d\"", ["echo", "it's", "a b", 'c"d'], 0),
        ("a '$(reboot)' ';'", ["a", "$(reboot)", ";"], 0),
        ('a "$(reboot)" b', ["a", "$(reboot)", "b"], 1),
        ("a `id` $HOME", ["a", "`id`", "$HOME"], 3),
        ("a && b || c; d | e", ["a", "&&", "b", "||", "c", ";", "d", "|", "e"], 0),
        ("a 2>/dev/null && b >/dev/null", ["a", "&&", "b"], 0),
        ("a ' >/dev/null' 2>&1", ["a", " >/dev/null"], 0),
    ],
)
def test_command_lines_are_split_as_a_shell_does(line: str, words: list[str], live: int) -> None:
    reader = Reader(line)
    assert [token.text for token in reader.read()] == words
    assert len(reader.live) == live


@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8")), min_size=1))
def test_no_word_that_is_quoted_gets_out_of_its_quotes(words: list[str]) -> None:
    reader = Reader(shlex.join(words))
    assert [token.text for token in reader.read() if not token.operator] == words
    assert reader.live == []


@pytest.mark.parametrize("line", ["echo 'open", 'echo "open', "a > /sdcard/x", "(a)"])
def test_lines_that_no_shell_takes_are_refused(line: str) -> None:
    with pytest.raises(BadLine):
        Reader(line).read()


def test_the_doctor_sees_phones_and_keyboards(
    handset: Handset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(handset.server.address.port))
    assert checks.adb().ok
    handset.phone.device.keyboard_installed = False
    found = checks.adb()
    handset.phone.device.keyboard_installed = True
    assert "only ASCII" in found.cause
    assert "adb install" in found.cure


def test_strangers_on_the_port_do_no_harm(handset: Handset) -> None:
    for junk in (b"GET / HTTP/1.1\r\n\r\n" + bytes(40), os.urandom(200), b"CNXN" + b"\xff" * 20):
        with socket.create_connection(("127.0.0.1", handset.phone.port), timeout=5) as stranger:
            stranger.sendall(junk)
            stranger.settimeout(5)
            try:
                assert stranger.recv(100) == b""
            except ConnectionResetError:
                continue
    assert real_adb(handset, "shell", "echo here").stdout == b"here\n"


def test_a_taken_port_is_an_error(handset: Handset) -> None:
    with pytest.raises(EnvError, match="cannot listen"):
        VirtualPhone(port=handset.phone.port)


def test_sizes_are_whole_in_dp() -> None:
    usual = {(720, 1280): 2, (1080, 2400): 3, (1440, 3120): 4, (2400, 1080): 3, (1000, 777): 1}
    for sides, scale in usual.items():
        assert scale_of(Size(*sides)) == scale


def test_the_soft_keyboard_types_what_is_tapped(handset: Handset) -> None:
    env = handset.env()
    handset.note(env)
    for key in ("q", "w", "Shift", "e"):
        handset.tap(env, key)
    assert handset.field() == "qwE"
    env.act(Back())
    assert handset.field() is None


def test_hundreds_of_actions_leave_nothing_behind() -> None:
    before = leftovers()
    handset = Handset()
    try:
        env = handset.env()
        env.cap = 0.2
        actions = [
            Click(at=Point(x=300, y=300)), Scroll(dy=300), Press(keys=("down",)), Home(), Back(),
        ]  # fmt: skip
        for number in range(SMOKE):
            env.hands.do(actions[number % len(actions)])
            if number % 20 == 0:
                env.observe()
        assert [one.serial for one in devices(handset.server.address)] == [handset.phone.serial]
        assert real_adb(handset, "forward", "--list").stdout.strip() == b""
        assert len(handset.phone.daemon.links) == 1
        assert all(len(link.channels) <= 1 for link in handset.phone.daemon.links)
    finally:
        handset.close()
    assert within(10, lambda: leftovers() <= before), leftovers() - before


def leftovers() -> set[str]:
    """Our temporary folders, and the processes that this one has started."""
    folders = {path.name for path in Path(tempfile.gettempdir()).glob(f"qvl-*-{os.getpid()}-*")}
    found = subprocess.run(
        ["ps", "-o", "pid=,stat=,args=", "--ppid", str(os.getpid())],
        capture_output=True, text=True, timeout=10, check=False,
    ).stdout.splitlines()  # fmt: skip
    running = {row for row in found if " ps " not in row and row.split()[1][0] != "Z"}
    return folders | {row.split(maxsplit=2)[0] for row in running}


def test_looks_and_taps_are_not_slower_than_plain_adbutils(handset: Handset) -> None:
    from adbutils import AdbClient  # pyright: ignore[reportMissingTypeStubs]

    env = handset.env()
    plain: Any = AdbClient(port=handset.server.address.port).device(handset.phone.serial)
    env.hands.do(Home())

    def ours() -> None:
        env.camera.frame()
        env.hands.do(Click(at=Point(x=5, y=200)))

    def theirs() -> None:
        plain.screenshot()
        plain.click(5, 200)

    spent: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _ in range(8):
        for name, call in (("ours", ours), ("theirs", theirs)):
            began = time.perf_counter()
            call()
            spent[name].append(time.perf_counter() - began)
    middle = {name: round(sorted(times)[4], 3) for name, times in spent.items()}
    assert middle["ours"] <= middle["theirs"] * 1.25, middle
