"""Whatever goes wrong ends in time, under its own name, with its cause, and never as a success."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Generator, Sequence
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

from faulty import (
    CLICKS,
    Doing,
    Ended,
    Make,
    Scene,
    asking,
    close_tab,
    command,
    descendants,
    ended,
    gone,
    goto,
    in_browser,
    kill,
    kill_renderers,
    may_mount,
    on_desktop,
    on_phone,
    said,
    saying,
    thinking,
    without_driver,
    without_room,
)
from handset import Handset
from hostile import OracleAnswers, served
from qvl_agent.actions.errors import OutOfMemory
from qvl_agent.actions.messages import Message, Sampling
from qvl_agent.actions.types import OpenApp, Wait
from qvl_agent.agent.record import FolderRecord, Header
from qvl_agent.envs.fake import FakeEnv
from qvl_agent.model.base import Reply
from qvl_agent.model.scripted import ScriptedModel

DOCS = Path(__file__).parent.parent / "docs" / "faults.md"
KILL, STOP = signal.SIGKILL, signal.SIGSTOP
CALL = '<tool_call>\n{"name": "computer_use", "arguments": {"action": "%s"}}\n</tool_call>'


class Fault(NamedTuple):
    """One thing that goes wrong. `says` is looked for in the cause, or in what is `told`."""

    name: str
    make: Make
    outcome: str
    says: str
    deadline: float
    told: bool = False


class Full:
    """A model that never has enough memory."""

    name = "full"

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        """Nothing."""
        raise OutOfMemory("out of memory on cpu; take a smaller checkpoint")

    def close(self) -> None:
        """Nothing is held."""


def unplug(handset: Handset) -> None:
    handset.phone.faults.unplugged = True
    handset.phone.daemon.drop()


def distrust(handset: Handset) -> None:
    handset.phone.faults.unauthorized = True
    handset.phone.daemon.drop()


def so(**faults: object) -> Callable[[Handset], None]:
    """The phone misbehaves in these ways from now on."""
    return lambda handset: handset.phone.faults.__dict__.update(faults)


def without_server(handset: Handset) -> None:
    handset.server._stop()  # pyright: ignore[reportPrivateUsage]


def without_screen(handset: Handset) -> None:
    """The browser that draws the virtual phone is killed."""
    for pid in descendants(os.getpid()):
        if b"--type=renderer" in command(pid):
            os.kill(pid, KILL)


def jumping(by: float) -> Make:
    """The wall clock jumps at every look at it."""

    def make(scene: Scene) -> Ended:
        jumps = count(1)
        now = time.time
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(time, "time", lambda: now() + by * next(jumps))
            return in_browser("/seen", steps=2)(scene)

    return make


def without_folder(scene: Scene) -> Ended:
    """The record's folder is taken away in the middle."""
    folder = scene.folder / "taken"
    record = FolderRecord(folder, Header(goal="try"))
    shutil.rmtree(folder)
    return ended(FakeEnv(), Doing(*CLICKS), record=record)


def error(status: int, message: str) -> Make:
    """A server that answers with an error."""
    body = json.dumps({"error": {"message": message, "type": "error", "code": status}})
    return asking(lambda one: one.send(status, body))


LATE, SPENT, AGAIN = "did not answer within 3 s", "steps are spent", "on the same screen"
MIDDLE, NONSENSE, BAD = "in the middle of its answer", "made no sense", "bad replies in a row"
HALF = '{"choices": [{"message": {"role": "assistant", "content": "I'
TO = {"Location": "/v1/chat/completions"}
ELSEWHERE = {"Location": "http://127.0.0.1:9/v1/chat/completions"}
HTML = "<html>It works!</html>"

BROWSER = [
    Fault("the browser is killed before a look", in_browser("/still", harm=kill(KILL)), "env_lost",
          "could not look at the page", 20),
    Fault("the browser is killed in the middle of an act",
          in_browser("/still", Wait(seconds=8), harm=kill(KILL), after=1), "env_lost",
          "could not do the wait", 20),
    Fault("the browser stops to answer", in_browser("/still", harm=kill(STOP)), "env_lost",
          LATE, 30),
    Fault("the browser's driver is killed", without_driver, "env_lost", "could not", 40),
    Fault("the page's process is killed", in_browser("/still", harm=kill_renderers), "env_lost",
          "could not look at the page", 30),
    Fault("a click hangs the page", in_browser("/hang"), "env_lost", LATE, 30),
    Fault("the page hangs after it was loaded", in_browser("/hang-later", steps=9), "env_lost",
          LATE, 30),
    Fault("a click waits for an answer that never comes", in_browser("/waits"), "env_lost",
          LATE, 30),
    Fault("a click asks in dialogs for ever", in_browser("/alerts-forever"), "env_lost", LATE, 30),
    Fault("dialogs come without end", in_browser("/alerts"), "budget", SPENT, 30),
    Fault("popups come without end", in_browser("/popups", seconds=3), "budget", "are spent", 40),
    Fault("popups open popups", in_browser("/popups-of-popups"), "budget", SPENT, 40),
    Fault("the page asks to be printed again and again", in_browser("/prints"), "budget",
          SPENT, 30),
    Fault("the page loads itself again and again", goto("/reloads"), "env_lost", LATE, 60),
    Fault("the page goes to itself under new names", goto("/goes-round"), "env_lost", LATE,
          60),
    Fault("the page adds to the history without end", in_browser("/history"), "budget", SPENT, 30),
    Fault("the page adds frames without end", in_browser("/frames"), "budget", SPENT, 40),
    Fault("the page fills its storage", in_browser("/storage"), "budget", SPENT, 30),
    Fault("the page asks the network without end", in_browser("/asks"), "budget", SPENT, 30),
    Fault("the page never rests", in_browser("/restless"), "budget", SPENT, 30),
    Fault("the page is huge", in_browser("/huge"), "budget", SPENT, 40),
    Fault("downloads come without end", in_browser("/downloads"), "budget", SPENT, 30),
    Fault("the last tab is closed", in_browser("/still", harm=close_tab), "env_lost",
          "the last tab was closed", 20),
    Fault("an address never answers", goto("/never"), "loop", AGAIN, 60),
    Fault("an address sends back to itself", goto("/redirects"), "loop", AGAIN, 60),
    Fault("an answer breaks off", goto("/half"), "loop", AGAIN, 60),
    Fault("an answer never ends", goto("/endless"), "loop", AGAIN, 60),
]  # fmt: skip
SERVER = [
    Fault("the server is gone", gone, "model_error", "no server answers at", 20),
    Fault("the server never answers", asking(lambda one: quiet(one)), "model_error",
          "did not answer in 3 s", 20),
    Fault("the server answers a byte at a time", asking(lambda one: one.drip(b" ", 0.05)),
          "model_error", "did not answer in 3 s", 20),
    Fault("the server's answer has no end", asking(lambda one: one.drip(b" " * (1 << 20), 0)),
          "model_error", "did not answer in 3 s", 30),
    Fault("the server hangs up before it answers", asking(lambda one: None), "model_error",
          MIDDLE, 20),
    Fault("the server hangs up in its answer",
          asking(lambda one: one.send(200, HALF, Content_Length="9999")), "model_error",
          MIDDLE, 20),
    Fault("the server answers half a JSON", asking(lambda one: one.send(200, HALF)),
          "model_error", NONSENSE, 20),
    Fault("the server answers bytes", asking(lambda one: one.send(200, b"\xff\x00\xfe" * 99)),
          "model_error", NONSENSE, 20),
    Fault("the server answers a web page",
          asking(lambda one: one.send(200, HTML, Content_Type="text/html")), "model_error",
          "made no sense|without a choice", 20),
    Fault("the server answers a list", asking(lambda one: one.send(200, "[1]")), "model_error",
          "made no sense|without a choice", 20),
    Fault("the server answers another JSON", asking(lambda one: one.send(200, '{"a": 1}')),
          "model_error", "without a choice", 20),
    Fault("the server's choice is null", asking(lambda one: one.send(200, '{"choices": [null]}')),
          "model_error", NONSENSE, 20),
    Fault("the server's choices are a word", asking(lambda one: one.send(200, '{"choices": "x"}')),
          "model_error", NONSENSE, 20),
    Fault("the server's answer is a number", saying(5), "model_error", NONSENSE, 20),
    Fault("the conversation is too long for the server",
          error(400, "This model's maximum context length is 4096 tokens"), "model_error",
          "outgrew the server's context", 20),
    Fault("the server breaks", error(500, "Internal error"), "model_error", "answered 500", 20),
    Fault("the server is overloaded", error(429, "Too many requests"), "model_error",
          "answered 429", 20),
    Fault("the server still loads its model", error(503, "Loading model"), "model_error",
          "answered 503", 20),
    Fault("the server wants a token", error(401, "No key"), "model_error", "wants a token", 20),
    Fault("the server's model is gone", error(404, "No model"), "model_error", "no such model", 20),
    Fault("the server sends us round in circles", asking(lambda one: one.send(302, "", **TO)),
          "model_error", "sends us elsewhere", 20),
    Fault("the server sends our pictures elsewhere",
          asking(lambda one: one.send(307, "", **ELSEWHERE)), "model_error",
          "sends us elsewhere", 20),
]  # fmt: skip
MODEL = [
    Fault("the model has no memory", thinking(Full()), "model_error", "out of memory", 20),
    Fault("the model says nothing", saying(""), "bad_replies", BAD, 20),
    Fault("the model says one word for ever", said("the " * 20_000), "bad_replies", BAD, 20),
    Fault("the model's reply is cut off", saying(CALL % "wait", "length"), "bad_replies",
          "cut off", 20),
    Fault("the model asks for something that is not there", said(CALL % "fly"), "bad_replies", BAD,
          20),
    Fault("the model nests brackets for ever", said("<tool_call>" + "[" * 100_000), "bad_replies",
          BAD, 20),
    Fault("the model points outside",
          said(CALL % 'left_click", "coordinate": [99999, -5], "x": "'), "bad_replies", BAD, 20),
    Fault("the model waits for a year", said(CALL % 'wait", "time": "31536000'), "bad_replies",
          BAD, 20),
    Fault("the script is too short", thinking(ScriptedModel([])), "model_error",
          "no more replies", 20),
]  # fmt: skip
PHONE = [
    Fault("the phone is unplugged", on_phone(unplug), "env_lost", "is (gone|offline)", 45),
    Fault("the phone does not answer", on_phone(so(mute=True)), "env_lost", "offline|gone", 60),
    Fault("the phone does not trust us", on_phone(distrust), "env_lost", "allow USB debugging", 45),
    Fault("the connection breaks every time", on_phone(so(drop_next=10_000)), "env_lost",
          "breaks off|is (gone|offline)", 60),
    Fault("the phone takes no picture", on_phone(so(capture_fails=10_000)), "env_lost",
          "picture|capture|screen", 60),
    Fault("the phone refuses to be touched", on_phone(so(shell_fails={"input": 137}), steps=2),
          "budget", "code 137", 60, told=True),
    Fault("an app never comes", on_phone(so(slow_launch=60), OpenApp(name="Contacts"), steps=1),
          "budget", "did not come to the front", 60, told=True),
    Fault("the app in front forbids pictures", on_phone(so(secure=True)), "budget",
          "forbids screenshots", 60, told=True),
    Fault("the adb server ends", on_phone(without_server), "budget", SPENT, 60),
]  # fmt: skip
REST = [
    Fault("the display is lost before a look", on_desktop(b"Xvfb", KILL), "env_lost",
          "cannot be seen|display is gone", 30),
    Fault("the display is lost in the middle", on_desktop(b"Xvfb", KILL, 0.7), "env_lost",
          "cannot be seen|display is gone", 30),
    Fault("the display stops to answer", on_desktop(b"Xvfb", STOP, 0.7), "env_lost",
          "cannot be seen|display", 40),
    Fault("the disk is full", without_room("-o size=160k tmpfs DIR"), "exit 2",
          "No space left on device", 60),
    Fault("the folder is read-only", without_room("-o size=160k,ro tmpfs DIR"), "exit 2",
          "Read-only file system", 60),
    Fault("the record's folder is taken away", without_folder, "UserError",
          "cannot write the record", 20),
    Fault("the clock jumps ahead", jumping(3e6), "budget", SPENT, 30),
    Fault("the clock jumps back", jumping(-3e6), "budget", SPENT, 30),
]  # fmt: skip
FAULTS = [*BROWSER, *SERVER, *MODEL, *PHONE, *REST]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Generator[Scene]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        one = Scene(tmp_path_factory.mktemp("faults"))
        with served(one.site):
            yield one
            one.close()


def needs(fault: Fault) -> str:
    """What is missing here for a fault; empty when nothing is."""
    if "exit" in fault.outcome and not may_mount():
        return "no mounts of one's own here (unshare -m, which needs root)"
    if "the display" in fault.name and not (shutil.which("Xvfb") and shutil.which("openbox")):
        return "no Xvfb or no openbox here (apt-get install xvfb openbox)"
    if fault in PHONE and not (find_spec("adbutils") or shutil.which("adb")):
        return "the android packages are not installed"
    return ""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_ends_in_time_under_its_name_with_its_cause(fault: Fault, scene: Scene) -> None:
    if lack := needs(fault):
        pytest.skip(lack)
    began = time.monotonic()
    found = fault.make(scene)
    assert time.monotonic() - began < fault.deadline
    assert found.outcome == fault.outcome, found
    assert found.outcome not in ("verified", "claimed")
    assert re.search(fault.says, found.told if fault.told else found.why), found
    assert found.why
    assert "\n" not in found.why
    assert documented(found.why), f"docs/faults.md lacks: {found.why}"


def documented(why: str) -> bool:
    """Whether the table of messages has it; `…` there stands for anything."""
    rows = re.findall(r"^\| `(.+?)` \|", DOCS.read_text("utf-8"), re.MULTILINE)
    forms = (".*".join(map(re.escape, row.split("…"))) for row in rows)
    return any(re.fullmatch(form, why, re.DOTALL) for form in forms)


def test_there_are_faults_enough_and_each_is_another() -> None:
    assert len(FAULTS) >= 40
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def quiet(one: OracleAnswers) -> None:
    """Nothing is answered until the end."""
    one.oracle.ended.wait(30)
