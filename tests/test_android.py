"""A phone over the real adb server: where taps land, what text arrives, whose keyboard it is."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator

import pytest

from handset import Handset, within
from qvl_agent.actions.errors import ActionError, EnvError
from qvl_agent.actions.types import (
    Back,
    Click,
    Drag,
    GoTo,
    Home,
    LongPress,
    OpenApp,
    Point,
    Press,
    Recents,
    Scroll,
    Size,
    Type,
)
from qvl_agent.agent.gate import kinds
from qvl_agent.envs.android.capture import Broken, Frame, png_frame, raw_frame
from qvl_agent.envs.android.env import AndroidEnv
from qvl_agent.envs.android.hands import span
from qvl_agent.envs.android.keyboard import ADB_KEYBOARD, folder
from qvl_agent.envs.base import Label
from qvl_agent.envs.contract import check_env
from qvl_agent.envs.virtual_phone.device import LATIN

pytest.importorskip("adbutils", reason="the android packages are not installed")
TEXTS = [
    "plain words, 123",
    "quotes \" ' ` and $(reboot) ; reboot & | > /x #",
    "back\\slash \\n \\\\ %s %%s 100%sure % d %",
    "-1 --leading dashes ~ * ? [a] {b} !",
    "two lines\n\nand a\ttab",
    "Привет, мир",
    "你好，世界",
    "مرحبا بالعالم",
    "emoji 🙂",
    "combined 👩\u200d👩\u200d👧 🇵🇪 e\u0301 👍🏽",
    "long " + "y\u00e9 " * 700,
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Generator[Handset]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        one = Handset()
        yield one
        one.close()


@pytest.fixture
def handset(shared: Handset) -> Generator[Handset]:
    shared.reset()
    yield shared
    shared.reset()


@pytest.fixture
def env(handset: Handset) -> AndroidEnv:
    return handset.usual()


def test_a_phone_keeps_the_contract(handset: Handset) -> None:
    check_env(handset.env)


@pytest.mark.device
def test_a_real_phone_keeps_the_contract() -> None:
    serial = os.environ.get("QVL_PHONE")
    if not serial:
        pytest.skip("no phone is named in QVL_PHONE")
    check_env(lambda: AndroidEnv(serial))


@pytest.mark.parametrize("size", [Size(720, 1280), Size(1080, 2400), Size(1440, 3120)])
def test_taps_land_on_their_pixel_in_both_rotations(size: Size) -> None:
    handset = Handset(size)
    try:
        env = handset.env()
        for rotation in (0, 1):
            handset.phone.device.rotate(rotation)
            shown = env.observe().size
            assert shown == (size if rotation == 0 else Size(size.height, size.width))
            right, low = shown.width - 1, shown.height - 1
            places = [(0, 0), (right, 0), (0, low), (right, low), (right // 2, low // 3), (333, 77)]
            for x, y in places:
                handset.taps()
                env.hands.do(Click(at=Point(x=x, y=y)))
                (found,) = handset.taps()
                assert abs(found[0] - x - 0.5) <= 1
                assert abs(found[1] - y - 0.5) <= 1
    finally:
        handset.close()


def test_a_pretended_size_is_followed(handset: Handset, env: AndroidEnv) -> None:
    handset.phone.device.resize(Size(1080, 1920))
    assert env.observe().size == Size(1080, 1920)
    handset.taps()
    env.act(Click(at=Point(x=1000, y=1500)))
    assert [[round(part, 1) for part in tap] for tap in handset.taps()] == [[1000.5, 1500.5]]


def test_touches_are_converted_where_pictures_have_another_size(env: AndroidEnv) -> None:
    env.touched = Size(360, 640)
    assert env._to_device(Point(x=719, y=1279)) == (359, 639)  # pyright: ignore[reportPrivateUsage]


def test_a_point_from_before_a_turn_is_not_tapped(handset: Handset, env: AndroidEnv) -> None:
    env.observe()
    handset.phone.device.rotate(1)
    handset.taps()
    with pytest.raises(ActionError, match="turned"):
        env.act(Click(at=Point(x=100, y=100)))
    assert handset.taps() == []


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_arrives_exactly(text: str, handset: Handset, env: AndroidEnv) -> None:
    handset.note(env)
    env.act(Type(text=text))
    assert handset.field() == text
    assert handset.keyboard == LATIN
    assert handset.phone.device.escapes == []


@pytest.mark.parametrize("text", TEXTS)
def test_without_the_keyboard_it_arrives_or_the_missing_rung_is_named(
    text: str, handset: Handset, env: AndroidEnv
) -> None:
    handset.note(env)
    handset.phone.device.keyboard_installed = False
    if text.isascii() and "\t" not in text:
        env.act(Type(text=text))
        assert handset.field() == text
    elif not text.isascii():
        with pytest.raises(ActionError, match="ADBKeyboard is not installed"):
            env.act(Type(text=text))
        assert handset.field() == ""


def test_line_breaks_at_the_end_are_the_enter_key(handset: Handset, env: AndroidEnv) -> None:
    handset.phone.seed({"threads": [{"to": "Ana Ruiz", "items": []}]})
    env.act(OpenApp(name="Messages"))
    handset.tap(env, "Ana Ruiz")
    handset.tap(env, "Text message")
    env.act(Type(text="привет\n"))
    assert handset.phone.state()["threads"][0]["items"] == [{"text": "привет", "mine": True}]


def test_a_field_is_cleared(handset: Handset, env: AndroidEnv) -> None:
    handset.note(env)
    env.act(Type(text="some words"))
    env.act(Press(keys=("clear",)))
    assert handset.field() == ""
    env.act(Type(text="other words"))
    handset.phone.faults.shell_fails = {}
    env.act(Press(keys=("ctrl", "a")))
    env.act(Press(keys=("backspace",)))
    assert handset.field() == ""


@pytest.mark.parametrize("fault", ["keyboard_deaf", "keyboard_never_binds"])
def test_after_an_error_the_owners_keyboard_is_back(
    fault: str, handset: Handset, env: AndroidEnv
) -> None:
    handset.note(env)
    setattr(handset.phone.faults, fault, True)
    with pytest.raises(ActionError, match=r"did not arrive|did not get ready"):
        env.act(Type(text="привет"))
    assert handset.keyboard == LATIN
    assert handset.phone.device.enabled == {LATIN}
    assert list(folder().glob("*")) == []


def killed_while_typing(handset: Handset, number: signal.Signals) -> None:
    """Another process types on the phone, and gets a signal while it has the keyboard."""
    program = (
        "import sys; from qvl_agent.envs.android.env import AndroidEnv as E;"
        "from qvl_agent.envs.android.server import Address as A;"
        "from qvl_agent.actions.types import Type;"
        "E(sys.argv[1], where=A(port=int(sys.argv[2]))).act(Type(text='привет'))"
    )
    where = [handset.phone.serial, str(handset.server.address.port)]
    child = subprocess.Popen([sys.executable, "-c", program, *where], stderr=subprocess.DEVNULL)
    try:
        assert within(30, lambda: handset.keyboard == ADB_KEYBOARD)
        child.send_signal(number)
        child.wait(timeout=30)
    finally:
        child.kill()
        child.wait()


def test_after_ctrl_c_the_owners_keyboard_is_back(handset: Handset, env: AndroidEnv) -> None:
    handset.note(env)
    handset.phone.faults.keyboard_deaf = True
    killed_while_typing(handset, signal.SIGINT)
    assert handset.keyboard == LATIN
    assert handset.phone.device.enabled == {LATIN}
    assert list(folder().glob("*")) == []


def test_after_kill_minus_nine_the_next_start_gives_the_keyboard_back(
    handset: Handset, env: AndroidEnv
) -> None:
    handset.note(env)
    handset.phone.faults.keyboard_deaf = True
    killed_while_typing(handset, signal.SIGKILL)
    assert handset.keyboard == ADB_KEYBOARD
    (note,) = folder().glob("*.json")
    assert json.loads(note.read_text())["keyboard"] == LATIN
    seen = handset.env().observe()
    assert any("keyboard" in event for event in seen.events)
    assert handset.keyboard == LATIN
    assert list(folder().glob("*")) == []


def test_what_is_in_front_is_told(handset: Handset, env: AndroidEnv) -> None:
    assert env.observe().where == "com.android.launcher3/.Launcher"
    env.act(OpenApp(name="Clock"))
    assert env.observe().where == "com.android.deskclock/.DeskClock"
    env.act(Recents())
    assert "Recents" in env.observe().where
    env.act(Back())
    env.act(Home())
    assert env.observe().where == "com.android.launcher3/.Launcher"


def test_apps_open_by_their_labels_and_the_nearest_are_named(env: AndroidEnv) -> None:
    for name, package in (("clock", "deskclock"), ("CONTACTS", "contacts"), ("Flights", "flights")):
        env.act(OpenApp(name=name))
        assert package in env.observe().where
    with pytest.raises(ActionError, match=r"no app is called 'Clok'; the nearest are .*clock"):
        env.act(OpenApp(name="Clok"))
    with pytest.raises(ActionError, match="no app"):
        env.act(OpenApp(name="$(reboot); 'x"))


def test_only_pages_of_the_web_are_opened(handset: Handset, env: AndroidEnv) -> None:
    env.act(GoTo(url="https://news.test/a?b=$(reboot)&c='d'"))
    assert handset.phone.state()["url"] == "https://news.test/a?b=$(reboot)&c='d'"
    assert handset.phone.device.escapes == []
    for url in ("file:///etc/passwd", "intent:#Intent;end", "javascript:1", "tel:123"):
        with pytest.raises(ActionError, match="no http"):
            env.act(GoTo(url=url))


def test_lists_scroll_and_switches_turn(handset: Handset, env: AndroidEnv) -> None:
    env.act(OpenApp(name="Settings"))
    before = handset.place("Battery saver").y
    env.act(Scroll(dy=400))
    assert before - handset.place("Battery saver").y > 200
    env.act(Scroll(at=Point(x=300, y=600), dy=-900))
    assert handset.place("Battery saver").y == before
    env.act(Drag(start=Point(x=300, y=900), end=Point(x=300, y=500)))
    assert handset.place("Battery saver").y < before


def test_the_gate_learns_what_is_under_the_finger(handset: Handset, env: AndroidEnv) -> None:
    env.act(OpenApp(name="Contacts"))
    handset.tap(env, "Ana Ruiz")
    found = env.label(handset.place("Delete"))
    assert found is not None
    assert kinds(Click(at=Point(x=1, y=1)), found, "") == {"delete"}
    assert env.label(Point(x=300, y=900)) is None
    handset.note(env)
    assert env.label(None) == Label("Text", "input", "text")


def test_a_long_press_is_long_and_a_double_tap_double(handset: Handset, env: AndroidEnv) -> None:
    handset.taps()
    assert env.act(LongPress(at=Point(x=300, y=300), seconds=0.4)).verdict == "no_effect"
    env.act(Click(at=Point(x=300, y=300), count=2))
    assert len(handset.taps()) == 3


@pytest.mark.parametrize(
    "action",
    [
        Click(), Click(at=Point(x=1, y=1), button="right"),
        Click(at=Point(x=1, y=1), keys=("ctrl",)), Drag(end=Point(x=1, y=1)),
        Press(keys=("nonsense",)), Type(text="a\0b"), Click(at=Point(x=720, y=0)),
    ],
)  # fmt: skip
def test_what_a_phone_cannot_do_is_said(
    action: Click | Drag | Press | Type, env: AndroidEnv
) -> None:
    with pytest.raises(ActionError):
        env.act(action)


def test_a_sleeping_phone_is_woken_and_its_lock_lifted(handset: Handset, env: AndroidEnv) -> None:
    handset.phone.device.lock_on_sleep = True
    handset.phone.device.power(False)
    seen = env.observe()
    assert "the phone slept and was woken" in seen.events
    assert "the lock screen was lifted" in seen.events
    assert not Frame(seen.size, png_frame(seen.png).data).black()


def test_a_forbidden_picture_is_told_from_a_failed_one(handset: Handset, env: AndroidEnv) -> None:
    handset.phone.faults.secure = True
    assert "forbids screenshots" in env.observe().events[0]
    handset.phone.faults.secure = False
    handset.phone.faults.capture_fails = 99
    with pytest.raises(EnvError, match=r"cannot be captured.*Status: -1"):
        env.observe()


def test_a_low_battery_is_seen_and_dismissed(handset: Handset, env: AndroidEnv) -> None:
    handset.phone.device.charge(9)
    assert env.observe().where.startswith("com.android.systemui/")
    handset.tap(env, "OK")
    assert "launcher" in env.observe().where


@pytest.mark.parametrize("broken", ["raw_broken", "png_broken"])
def test_the_other_route_is_taken_when_one_does_not_prove_itself(
    broken: str, handset: Handset
) -> None:
    setattr(handset.phone.faults, broken, True)
    env = handset.env()
    assert env.camera.route == ("png" if broken == "raw_broken" else "raw")
    assert env.observe().size == Size(720, 1280)


def test_frames_are_whole_or_refused() -> None:
    header = (2).to_bytes(4, "little") + (1).to_bytes(4, "little") + (1).to_bytes(4, "little")
    pixels = bytes([1, 2, 3, 255, 4, 5, 6, 255])
    assert raw_frame(header + pixels) == raw_frame(header + bytes(4) + pixels)
    assert raw_frame(header + pixels).data == bytes([1, 2, 3, 4, 5, 6])
    for damaged in (b"", header, header + pixels[:-1], b"\xff" * 40):
        with pytest.raises(Broken):
            raw_frame(damaged)
    with pytest.raises(Broken):
        png_frame(b"\x89PNG\r\n\x1a\n")


def test_a_finger_stays_on_the_screen() -> None:
    for at in (0, 500, 999):
        for amount in (-5000, -300, 0, 300, 5000):
            first, last = span(at, amount, 1000)
            assert 0 <= first < 1000
            assert 0 <= last < 1000
            assert (first > last) == (amount > 0)
            assert (first < last) == (amount < 0)
