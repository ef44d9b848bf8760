"""OSWorld and BrowserGym: our agent in their harnesses, and each action in their words."""

from __future__ import annotations

import ast
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qvl_agent.actions.dialects.registry import by_name
from qvl_agent.actions.errors import ActionError
from qvl_agent.actions.types import (
    KINDS,
    Action,
    Answer,
    AskUser,
    Back,
    Click,
    Drag,
    Finish,
    GoTo,
    Home,
    Hover,
    LongPress,
    OpenApp,
    Point,
    Press,
    Recents,
    Scroll,
    Type,
    Wait,
)
from qvl_agent.agent.policy import VisionPolicy
from qvl_agent.model.scripted import ScriptedModel
from qvl_agent.tasks import browsergym, osworld
from qvl_agent.tasks.android_world.phone import png
from qvl_agent.tasks.browsergym import BrowserGymAgent, calls
from qvl_agent.tasks.osworld import OSWorldAgent, code

AT = Point(x=10, y=20)
PIXELS = np.zeros((280, 420, 3), np.uint8)
MOUSE = "import pyautogui, time; "
ROWS: dict[str, tuple[Action, list[str] | None, list[str] | None]] = {
    "a click": (
        Click(at=AT),
        [MOUSE + "pyautogui.click(10, 20, clicks=1, button='left')"],
        ['mouse_click(10, 20, "left")'],
    ),
    "a click where the pointer is": (
        Click(),
        [MOUSE + "pyautogui.click(clicks=1, button='left')"],
        None,
    ),
    "a double click of another button": (
        Click(at=AT, count=2, button="right"),
        [MOUSE + "pyautogui.click(10, 20, clicks=2, button='right')"],
        ['mouse_dblclick(10, 20, "right")'],
    ),
    "a triple click": (
        Click(at=AT, count=3),
        [MOUSE + "pyautogui.click(10, 20, clicks=3, button='left')"],
        ['mouse_dblclick(10, 20, "left")', 'mouse_click(10, 20, "left")'],
    ),
    "a click with a key held": (
        Click(at=AT, keys=("ctrl",)),
        [
            MOUSE + "pyautogui.keyDown('ctrl'); "
            "pyautogui.click(10, 20, clicks=1, button='left'); pyautogui.keyUp('ctrl')"
        ],
        ['keyboard_down("Control")', 'mouse_click(10, 20, "left")', 'keyboard_up("Control")'],
    ),
    "a long press": (
        LongPress(at=AT, seconds=1.5),
        [
            MOUSE + "pyautogui.moveTo(10, 20); pyautogui.mouseDown(); time.sleep(1.5); "
            "pyautogui.mouseUp()"
        ],
        ["mouse_down(10, 20)", "noop(1500)", "mouse_up(10, 20)"],
    ),
    "a drag": (
        Drag(start=AT, end=Point(x=30, y=40)),
        [MOUSE + "pyautogui.moveTo(10, 20); pyautogui.dragTo(30, 40, duration=0.5, button='left')"],
        ["mouse_drag_and_drop(10, 20, 30, 40)"],
    ),
    "scrolling down turns the wheel down": (
        Scroll(at=AT, dy=300),
        [MOUSE + "pyautogui.moveTo(10, 20); pyautogui.scroll(-3)"],
        ["mouse_move(10, 20)", "scroll(0, 300)"],
    ),
    "scrolling a little right by the wheel": (
        Scroll(dx=1, unit="notch"),
        [MOUSE + "pyautogui.hscroll(1)"],
        ["scroll(100, 0)"],
    ),
    "text": (
        Type(text='it\'s "x"\n\\t'),
        ["import pyautogui; pyautogui.write('it\\'s \"x\"\\n\\\\t', interval=0.01)"],
        ['keyboard_type("it\'s \\"x\\"\\n\\\\t")'],
    ),
    "text that no keyboard has": (
        Type(text="é"),
        ["import pyautogui, pyperclip; pyperclip.copy('é'); pyautogui.hotkey('ctrl', 'v')"],
        ['keyboard_insert_text("é")'],
    ),
    "keys": (
        Press(keys=("ctrl", "escape")),
        ["import pyautogui; pyautogui.hotkey('ctrl', 'esc')"],
        ['keyboard_press("Control+Escape")'],
    ),
    "pointing": (Hover(at=AT), [MOUSE + "pyautogui.moveTo(10, 20)"], ["mouse_move(10, 20)"]),
    "a pause": (Wait(seconds=2), ["WAIT"], ["noop(2000)"]),
    "done": (Finish(success=True, text="4"), ["DONE"], ['send_msg_to_user("4")']),
    "not possible": (
        Finish(success=False),
        ["FAIL"],
        ['report_infeasible("It cannot be done.")'],
    ),
    "an answer": (Answer(text="42"), [], ['send_msg_to_user("42")']),
    "a question": (AskUser(text="which?"), [], ['send_msg_to_user("which?")']),
    "back": (Back(), None, ["go_back()"]),
    "an address": (GoTo(url="https://a.b/?q=\"'"), None, ['goto("https://a.b/?q=\\"\'")']),
    "home": (Home(), None, None),
    "recents": (Recents(), None, None),
    "an app": (OpenApp(name="Files"), None, None),
}


@pytest.mark.parametrize("row", ROWS)
def test_in_the_words_of_osworld(row: str) -> None:
    action, said, _ = ROWS[row]
    if said is None:
        with pytest.raises(ActionError):
            code(action)
    else:
        assert code(action) == said
        for line in said:
            ast.parse(line)


@pytest.mark.parametrize("row", ROWS)
def test_in_the_words_of_browsergym(row: str) -> None:
    action, _, said = ROWS[row]
    if said is None:
        with pytest.raises(ActionError):
            calls(action)
    else:
        assert calls(action) == said


def test_every_kind_of_action_has_a_row_and_what_is_offered_works() -> None:
    assert {action.kind for action, _, _ in ROWS.values()} == set(KINDS)
    desktop = {action.kind for action, said, _ in ROWS.values() if said}
    browser = {action.kind for action, _, said in ROWS.values() if said}
    assert desktop == osworld.CAPABILITIES.kinds
    assert browser == browsergym.CAPABILITIES.kinds


def called(line: str) -> tuple[str, list[object]]:
    """The only call of a line, and what its plain arguments are."""
    (last,) = ast.parse(line).body
    assert isinstance(last, ast.Expr)
    assert isinstance(last.value, ast.Call)
    return ast.unparse(last.value.func), [ast.literal_eval(arg) for arg in last.value.args]


@given(st.text(min_size=1, max_size=80))
def test_text_of_a_model_stays_text_in_osworld(text: str) -> None:
    (line,) = code(Type(text=text))
    statements = ast.parse(line).body
    assert [type(s).__name__ for s in statements[:1]] == ["Import"]
    assert len(statements) == (2 if text.isascii() else 3)
    call = statements[1]
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)
    assert ast.literal_eval(call.value.args[0]) == text


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=80))
def test_text_of_a_model_stays_text_in_browsergym(text: str) -> None:
    (line,) = calls(Answer(text=text))
    assert called(line) == ("send_msg_to_user", [text])


@pytest.mark.parametrize("text", ['");report_infeasible("', "'''", '\\"', "a\nb\\n", "# no"])
def test_a_quote_does_not_end_a_text_in_browsergym(text: str) -> None:
    (line,) = calls(Answer(text=text))
    assert called(line) == ("send_msg_to_user", [text])


def call(**words: object) -> str:
    body = json.dumps({"name": "computer_use", "arguments": words})
    return f"Thought: go on.\n<tool_call>\n{body}\n</tool_call>"


def policy(*replies: str) -> VisionPolicy:
    return VisionPolicy(ScriptedModel(replies), by_name("qwen2.5-vl"))


CLICK = call(action="left_click", coordinate=[5, 6])
DONE = call(action="terminate", status="success")
FAIL = call(action="terminate", status="failure")


class FakeDesktop:
    """The part of OSWorld's `DesktopEnv` that its runner uses."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def step(self, action: str) -> tuple[dict[str, Any], float, bool, dict[str, Any]]:
        self.ran.append(action)
        return self.look(), 0.0, action in ("DONE", "FAIL"), {}

    def look(self) -> dict[str, Any]:
        return {"screenshot": png(PIXELS), "accessibility_tree": None, "instruction": "go"}


def run_single(agent: OSWorldAgent, env: FakeDesktop, steps: int) -> list[str]:
    """The loop of OSWorld's `lib_run_single`."""
    agent.reset(None, vm_ip="10.0.0.1")
    obs, done = env.look(), False
    for _ in range(steps):
        _, actions = agent.predict("Do it", obs)
        for action in actions:
            obs, _, done, _ = env.step(action)
            if done:
                return env.ran
    return env.ran


def test_an_unchanged_osworld_loop_plays_our_agent() -> None:
    env = FakeDesktop()
    ran = run_single(OSWorldAgent(policy(CLICK, "no call at all", CLICK, DONE)), env, 15)
    assert [line.rpartition("; ")[2] for line in ran] == [
        "pyautogui.click(5, 6, clicks=1, button='left')",
        "WAIT",
        "pyautogui.click(5, 6, clicks=1, button='left')",
        "DONE",
    ]


def test_giving_up_is_fail_and_damage_is_not() -> None:
    assert run_single(OSWorldAgent(policy(FAIL)), FakeDesktop(), 15) == ["FAIL"]
    assert run_single(OSWorldAgent(policy(*["?"] * 3)), FakeDesktop(), 15)[-1] == "DONE"


def test_a_reset_forgets_the_task_before() -> None:
    agent = OSWorldAgent(policy(DONE, CLICK, DONE))
    assert run_single(agent, FakeDesktop(), 15) == ["DONE"]
    assert len(run_single(agent, FakeDesktop(), 15)) == 2


def gym_look(error: str = "") -> dict[str, Any]:
    return {
        "goal": "Do it", "screenshot": PIXELS, "url": "https://a.b", "dom_object": {},
        "axtree_object": {}, "last_action_error": error,
    }  # fmt: skip


def test_a_browsergym_loop_plays_our_agent() -> None:
    agent = BrowserGymAgent(policy(CLICK, "no call at all", DONE))
    told = [agent.get_action(agent.obs_preprocessor(gym_look()))[0] for _ in range(3)]
    assert told == ['mouse_click(5, 6, "left")', "noop(0)", 'send_msg_to_user("Done.")']


def test_browsergym_keeps_what_was_thought_and_said() -> None:
    _, info = BrowserGymAgent(policy(CLICK)).get_action(gym_look())
    assert "go on" in info["think"]
    assert info["extra_info"]["reply"] == CLICK


def test_an_error_of_the_last_action_reaches_the_model() -> None:
    heard: list[str] = []

    def answer(messages: Any) -> str:
        heard.append(" ".join(p for m in messages for p in m.parts if isinstance(p, str)))
        return CLICK

    agent = BrowserGymAgent(VisionPolicy(ScriptedModel(answer), by_name("qwen2.5-vl")))
    agent.get_action(gym_look())
    agent.get_action(gym_look("TimeoutError: 500 ms"))
    assert "TimeoutError: 500 ms" in heard[1]
