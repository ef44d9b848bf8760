"""Whatever goes wrong with a phone ends in time, in recovery or in an error with its cause."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Generator

import pytest

from handset import PATIENCE, Handset
from qvl_agent.actions.errors import ActionError, EnvError
from qvl_agent.actions.types import Click, Home, OpenApp, Point, Size, Type
from qvl_agent.envs.android.env import AndroidEnv

pytest.importorskip("adbutils", reason="the android packages are not installed")
DEADLINE = 45.0
AT = Click(at=Point(x=300, y=300))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Generator[Handset]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        one = Handset(Size(360, 640))
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


def in_time(call: Callable[[], object]) -> Exception | None:
    """The error that a call ends with, if any; the call must end before the deadline."""
    began, error = time.monotonic(), None
    try:
        call()
    except (ActionError, EnvError) as found:
        error = found
    assert time.monotonic() - began < DEADLINE
    return error


def test_a_slow_connection_is_only_slow(handset: Handset, env: AndroidEnv) -> None:
    handset.phone.faults.latency = 0.05
    assert in_time(lambda: env.act(AT)) is None


def test_answers_in_small_pieces_are_put_together(handset: Handset, env: AndroidEnv) -> None:
    handset.phone.faults.piece = 997
    assert in_time(env.observe) is None


def test_a_look_survives_a_dropped_connection(handset: Handset, env: AndroidEnv) -> None:
    handset.phone.faults.drop_next = 1
    assert in_time(env.observe) is None


def test_a_picture_that_breaks_off_is_taken_again(handset: Handset, env: AndroidEnv) -> None:
    handset.phone.faults.drop_inside = 1
    assert in_time(env.observe) is None


def test_a_tap_that_was_lost_is_not_called_done(handset: Handset, env: AndroidEnv) -> None:
    handset.phone.faults.drop_next = 1
    error = in_time(lambda: env.hands.do(AT))
    assert isinstance(error, ActionError)
    assert "broke in the middle" in str(error)
    assert in_time(lambda: env.act(AT)) is None


def test_a_connection_that_always_breaks_is_lost(handset: Handset, env: AndroidEnv) -> None:
    handset.phone.faults.drop_next = 10_000
    error = in_time(env.observe)
    assert isinstance(error, EnvError)


def test_an_unplugged_phone_is_lost_with_its_cause(handset: Handset, env: AndroidEnv) -> None:
    handset.phone.faults.unplugged = True
    handset.phone.daemon.drop()
    error = in_time(env.observe)
    assert isinstance(error, EnvError)
    assert re.search("is (gone|offline): unplugged", str(error))


def test_a_phone_that_comes_back_is_found_again(handset: Handset) -> None:
    env = handset.env(patience=20)
    handset.phone.faults.unplugged = True
    handset.phone.daemon.drop()
    back = threading.Timer(1.5, lambda: setattr(handset.phone.faults, "unplugged", False))
    back.start()
    assert in_time(env.observe) is None
    back.join()


def test_a_phone_that_does_not_answer_is_offline(handset: Handset, env: AndroidEnv) -> None:
    handset.phone.faults.mute = True
    error = in_time(env.observe)
    assert isinstance(error, EnvError)
    assert "offline" in str(error) or "gone" in str(error)


def test_a_phone_that_does_not_trust_us_says_so(handset: Handset) -> None:
    env = handset.env()
    handset.phone.faults.unauthorized = True
    handset.phone.daemon.drop()
    error = in_time(env.observe)
    assert isinstance(error, EnvError)
    assert "allow USB debugging" in str(error)


def test_the_adb_server_is_started_again(handset: Handset, env: AndroidEnv) -> None:
    handset.server._stop()  # pyright: ignore[reportPrivateUsage]
    assert in_time(env.observe) is None


def test_a_failed_capture_is_taken_again(handset: Handset, env: AndroidEnv) -> None:
    handset.phone.faults.capture_fails = 2
    assert in_time(env.observe) is None


def test_a_refused_command_is_an_error_of_the_action(handset: Handset, env: AndroidEnv) -> None:
    handset.phone.faults.shell_fails = {"input": 137}
    error = in_time(lambda: env.act(AT))
    assert isinstance(error, ActionError)
    assert "code 137" in str(error)


def test_a_command_that_hangs_ends_at_its_deadline(handset: Handset, env: AndroidEnv) -> None:
    handset.phone.faults.hangs = {"input"}
    error = in_time(lambda: env.act(AT))
    assert isinstance(error, ActionError)
    assert "did not end within" in str(error)


def test_a_slow_app_is_waited_for(handset: Handset, env: AndroidEnv) -> None:
    handset.phone.faults.slow_launch = 1.5
    assert in_time(lambda: env.act(OpenApp(name="Contacts"))) is None
    assert "contacts" in env.observe().where


def test_an_app_that_never_comes_is_an_error(handset: Handset, env: AndroidEnv) -> None:
    handset.phone.faults.slow_launch = 60
    error = in_time(lambda: env.act(OpenApp(name="Contacts")))
    assert isinstance(error, ActionError)
    assert "did not come to the front" in str(error)


def test_without_a_layout_text_still_arrives(handset: Handset, env: AndroidEnv) -> None:
    handset.note(env)
    handset.phone.faults.broken_dump = True
    assert in_time(lambda: env.act(Type(text="привет"))) is None
    assert handset.field() == "привет"


def test_a_layout_comes_by_file_where_there_is_no_terminal(
    handset: Handset, env: AndroidEnv
) -> None:
    handset.phone.faults.no_terminal = True
    assert in_time(lambda: env.act(OpenApp(name="Clock"))) is None
    assert "deskclock" in env.observe().where
    assert list(handset.phone.device.files.contents) == ["/sdcard/Download/welcome.txt"]


def test_the_first_shell_protocol_will_do(handset: Handset) -> None:
    handset.phone.faults.old_shell = True
    handset.phone.daemon.drop()
    env = handset.env()
    assert in_time(env.observe) is None
    assert in_time(lambda: env.act(AT)) is None
    handset.phone.faults.shell_fails = {"input": 9}
    error = in_time(lambda: env.act(Home()))
    assert "code 9" in str(error)
    handset.phone.faults.old_shell = False
    handset.phone.daemon.drop()


def test_a_turned_phone_is_followed(handset: Handset, env: AndroidEnv) -> None:
    handset.phone.device.rotate(3)
    assert env.observe().size == Size(640, 360)


def test_closing_ends_the_search_for_a_lost_phone(handset: Handset) -> None:
    env = handset.env(patience=60)
    handset.phone.faults.unplugged = True
    handset.phone.daemon.drop()
    threading.Timer(0.5, env.close).start()
    began = time.monotonic()
    assert isinstance(in_time(env.observe), EnvError)
    assert time.monotonic() - began < PATIENCE + 6
