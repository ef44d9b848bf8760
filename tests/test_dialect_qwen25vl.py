"""Qwen2.5-VL: published prompts to the byte, one action per reply, both kinds of screen."""

from __future__ import annotations

import json
import re
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qvl_agent.actions.dialects import frozen
from qvl_agent.actions.dialects.base import Turn
from qvl_agent.actions.dialects.qwen25vl import Qwen25VL, qvl_mini
from qvl_agent.actions.errors import BadReply
from qvl_agent.actions.messages import Image
from qvl_agent.actions.types import (
    KINDS,
    Action,
    Back,
    Capabilities,
    Click,
    Drag,
    Finish,
    Home,
    Hover,
    Kind,
    LongPress,
    OpenApp,
    Point,
    Press,
    Recents,
    Scroll,
    Size,
    Type,
    Wait,
    points,
)
from qvl_agent.model.image import smart_resize

DIALECT = Qwen25VL()
SCREEN = Size(1280, 720)
IMAGE = Image(b"", SCREEN, smart_resize(SCREEN, DIALECT.resize))
SMALL = Image(b"", Size(448, 336), Size(448, 336))
BROWSER = Capabilities("browser", frozenset(KINDS))
MOBILE = Capabilities("mobile", frozenset(KINDS))


def test_qvl_minis_phones_are_asked_as_browsers_are_but_for_the_tool() -> None:
    phone = qvl_mini().render("call Ana", (), SMALL, MOBILE)
    page = DIALECT.render("call Ana", (), SMALL, BROWSER)
    assert phone[0] == DIALECT.render("call Ana", (), SMALL, MOBILE)[0]
    assert phone[1] == page[1]
    assert qvl_mini().render("call Ana", (), SMALL, BROWSER) == page


def call(name: str = "computer_use", /, **arguments: object) -> str:
    body = json.dumps({"name": name, "arguments": arguments})
    return f"<tool_call>\n{body}\n</tool_call>"


def refusal(reply: str, can: Capabilities = BROWSER) -> str:
    with pytest.raises(BadReply) as raised:
        DIALECT.parse(reply, IMAGE, can)
    return str(raised.value)


def one(reply: str, can: Capabilities = BROWSER, image: Image = SMALL) -> Action:
    (action,) = DIALECT.parse(reply, image, can).actions
    return action


@pytest.mark.parametrize("can", [BROWSER, MOBILE, Capabilities("desktop", frozenset(KINDS))])
def test_with_full_capabilities_the_prompt_is_the_published_text(can: Capabilities) -> None:
    system = DIALECT.render("x", [], IMAGE, can)[0].parts[0]
    published = frozen.text(DIALECT.tool(can).prompt)
    assert system == published.replace("{W}x{H}", "1288x728")


def test_the_prompt_keeps_the_fields_of_the_version_it_was_published_with() -> None:
    published = frozen.text("qwen25vl_computer_use")
    assert '{"name_for_human": "computer_use", "name": "computer_use", "description"' in published
    assert published.count('"args_format": "Format the arguments as a JSON object."}}') == 1


def test_the_image_comes_first_on_computers_and_last_on_phones() -> None:
    computer = DIALECT.render("buy milk", [], IMAGE, BROWSER)[1]
    assert computer.parts == (
        IMAGE,
        "\nPlease generate the next move according to the UI screenshot, instruction and previous "
        "actions.\n\nInstruction: buy milk\n\nPrevious actions:\nNone",
    )
    phone = DIALECT.render("buy milk", [], IMAGE, MOBILE)[1]
    assert phone.parts == (
        "The user query:  buy milk\nTask progress (You have done the following operation on the "
        "current device): ",
        IMAGE,
    )


def turn(reply: str, feedback: str = "", can: Capabilities = BROWSER) -> Turn:
    thought, actions = DIALECT.parse(reply, SMALL, can)
    return Turn(reply, thought, actions, feedback)


def test_past_steps_are_lines_with_what_the_model_was_told() -> None:
    past = [
        turn(call(action="left_click", coordinate=[60, 42])),
        turn("Type the\ncity.\n" + call(action="type", text="Oslo"), "nothing changed"),
        Turn("Hm.", feedback="The reply holds no call."),
    ]
    text = DIALECT.render("x", past, SMALL, BROWSER)[1].parts[1]
    assert isinstance(text, str)
    assert text.partition("Previous actions:\n")[2] == (
        'Step 1: {"action": "left_click", "coordinate": [60, 42]}\n'
        "Step 2: Type the city. (Result: nothing changed)\n"
        "Step 3: (not understood: The reply holds no call.)"
    )


def test_past_steps_on_a_phone_are_the_calls_as_in_the_cookbook() -> None:
    past = [turn(call("mobile_use", action="open", text="File Manager"), can=MOBILE)]
    text = DIALECT.render("x", past, SMALL, MOBILE)[1].parts[0]
    assert isinstance(text, str)
    assert text.endswith(
        'device): Step 1: {"name": "mobile_use", "arguments": {"action": "open", '
        '"text": "File Manager"}}; '
    )


def test_a_long_past_gives_way_twenty_steps_at_a_time() -> None:
    past = [turn(call(action="wait", time=n % 9)) for n in range(61)]
    starts: list[str] = []
    for length in range(38, 62):
        text = DIALECT.render("x", past[:length], SMALL, BROWSER)[1].parts[1]
        assert isinstance(text, str)
        lines = text.partition("Previous actions:\n")[2].splitlines()
        assert len(lines) <= 41
        assert lines[-1].startswith(f"Step {length}: ")
        starts.append(lines[0])
    assert len(set(starts)) == 3
    assert starts[3] == "Steps 1 to 20 are left out."
    assert starts[-1] == "Steps 1 to 40 are left out."


def test_a_past_that_somebody_else_acted_out_can_still_be_told() -> None:
    past = [Turn("pressed the red button", actions=(Click(),))]
    text = DIALECT.render("x", past, SMALL, BROWSER)[1].parts[1]
    assert isinstance(text, str)
    assert text.endswith("Step 1: pressed the red button")


def test_the_thinking_variant_asks_for_both_and_replays_the_summary() -> None:
    dialect = Qwen25VL("t", thinking=True)
    reply = (
        "<thinking>\nI need the field.\n</thinking>\n"
        + call(action="left_click", coordinate=[1, 2])
        + "\n<conclusion>\nClicked the field.\n</conclusion>"
    )
    thought, actions = dialect.parse(reply, SMALL, BROWSER)
    assert thought == "I need the field."
    text = dialect.render("x", [Turn(reply, thought, actions)], SMALL, BROWSER)[1].parts[1]
    assert isinstance(text, str)
    assert "Step 1: Clicked the field.\nBefore answering, explain" in text
    assert text.endswith("<conclusion></conclusion> tags, and insert them after the "
                         "<tool_call></tool_call> XML tags.")  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        ({"action": "left_click", "coordinate": [0, 0]}, Click(at=Point(x=0, y=0))),
        ({"action": "left_click"}, Click()),
        ({"action": "left_click", "coordinate": None}, Click()),
        ({"action": "right_click", "coordinate": [5, 6]},
         Click(at=Point(x=5, y=6), button="right")),
        ({"action": "left_click", "coordinate": [10, 20, 30, 40]}, Click(at=Point(x=20, y=30))),
        ({"action": "left_click", "coordinate": [10.4, 20.6]}, Click(at=Point(x=10, y=21))),
        ({"action": "left_click", "coordinate": "[10, 20]"}, Click(at=Point(x=10, y=20))),
        ({"action": "left_click", "coordinate": ["10", "20"]}, Click(at=Point(x=10, y=20))),
        ({"action": "left_click_drag", "coordinate": [5, 6]}, Drag(end=Point(x=5, y=6))),
        ({"action": "mouse_move", "coordinate": [5, 6]}, Hover(at=Point(x=5, y=6))),
        ({"action": "scroll", "pixels": 200}, Scroll(dy=-200)),
        ({"action": "scroll", "pixels": -200, "coordinate": [5, 6]},
         Scroll(at=Point(x=5, y=6), dy=200)),
        ({"action": "key", "keys": ["ctrl", "A"]}, Press(keys=("ctrl", "a"))),
        ({"action": "key", "keys": "ctrl+a"}, Press(keys=("ctrl", "a"))),
        ({"action": "type", "text": "Łódź 😀\n"}, Type(text="Łódź 😀\n")),
        ({"action": "type", "text": "</think><tool_call>"}, Type(text="</think><tool_call>")),
        ({"action": "wait", "time": "2"}, Wait(seconds=2)),
        ({"action": "terminate", "status": "success"}, Finish(success=True)),
        ({"action": "terminate", "status": "failure"}, Finish(success=False)),
    ],
)  # fmt: skip
def test_a_call_becomes_the_action_it_means(arguments: dict[str, object], meant: Action) -> None:
    assert one(call(**arguments)) == meant


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"action": "left_click", "coordinate": [1288, 10]}, "lies outside"),
        ({"action": "left_click", "coordinate": [10, 728]}, "lies outside"),
        ({"action": "left_click", "coordinate": [-1, 10]}, "lies outside"),
        ({"action": "left_click", "coordinate": []}, r"must be \[x, y\]"),
        ({"action": "left_click", "coordinate": [1]}, r"must be \[x, y\]"),
        ({"action": "left_click", "coordinate": [30, 40, 10, 20]}, "box"),
        ({"action": "left_click", "coordinate": [True, 3]}, "two numbers"),
        ({"action": "left_click", "coordinate": [0.34, 0.82]}, "fraction"),
        ({"action": "mouse_move"}, "`coordinate` is missing"),
        ({"action": "type"}, "`text` is missing"),
        ({"action": "type", "text": ""}, "must not be empty"),
        ({"action": "type", "text": "a\x00b"}, "control character"),
        ({"action": "type", "text": ["a"]}, "must be a text"),
        ({"action": "key", "keys": []}, "No key"),
        ({"action": "key", "keys": ["entr"]}, "enter"),
        ({"action": "key", "keys": list("abcdef")}, "at most 5"),
        ({"action": "scroll"}, "`pixels` is missing"),
        ({"action": "scroll", "pixels": 0}, "pixels"),
        ({"action": "scroll", "pixels": 10**9}, "pixels"),
        ({"action": "wait", "time": 3600}, "less than or equal to 60"),
        ({"action": "wait", "time": -1}, "greater than or equal to 0"),
        ({"action": "terminate"}, "`status` is missing"),
        ({"action": "terminate", "status": "done"}, "success, failure"),
        ({"action": "fly"}, "There is no action 'fly'; use one of key, type"),
        ({"coordinate": [1, 2]}, "`action` is missing"),
    ],
)
def test_a_wrong_call_is_refused_with_a_sentence_that_helps(
    arguments: dict[str, object], said: str
) -> None:
    assert re.search(said, refusal(call(**arguments)))


def test_a_call_to_another_function_is_refused_by_name() -> None:
    assert "call computer_use" in refusal(call("web_search", action="wait", time=1))


def test_only_the_first_call_of_a_reply_is_acted_on() -> None:
    reply = call(action="wait", time=1) + "\n" + call(action="left_click", coordinate=[1, 2])
    assert one(reply) == Wait(seconds=1)


# ---- what is advertised, what is accepted, what can be done


def narrowed() -> list[Capabilities]:
    kinds: tuple[Kind, ...] = get_args(Kind)
    one_gone = [frozenset(kinds) - {kind} for kind in kinds]
    only_one = [frozenset[Kind]({kind, "finish"}) for kind in kinds]
    sets = [*one_gone, *only_one]
    return [Capabilities("browser", have) for have in sets] + [
        Capabilities("mobile", have) for have in sets
    ]


EXAMPLES: dict[str, list[Action]] = {
    "browser": [
        Press(keys=("ctrl", "a")), Type(text="x"), Hover(at=Point(x=1, y=2)),
        Click(at=Point(x=3, y=4)), Drag(end=Point(x=5, y=6)), Click(button="right"),
        Click(button="middle"), Click(count=2), Scroll(dy=100), Wait(seconds=1),
        Finish(success=True),
    ],
    "mobile": [
        Press(keys=("volume_up",)), Click(at=Point(x=3, y=4)), LongPress(at=Point(x=3, y=4)),
        Drag(start=Point(x=1, y=2), end=Point(x=5, y=6)), Type(text="x"), Back(), Home(),
        Recents(), Press(keys=("enter",)), OpenApp(name="Clock"), Wait(seconds=1),
        Finish(success=False),
    ],
}  # fmt: skip


@pytest.mark.parametrize("can", narrowed(), ids=lambda can: f"{can.surface}-{len(can.kinds)}")
def test_an_action_is_advertised_if_and_only_if_it_is_accepted_and_possible(
    can: Capabilities,
) -> None:
    system = DIALECT.render("x", [], SMALL, can)[0].parts[0]
    assert isinstance(system, str)
    tool = json.loads(system.partition("<tools>\n")[2].partition("\n</tools>")[0])["function"]
    properties = tool["parameters"]["properties"]
    accepted: set[str] = set()
    for action in EXAMPLES[can.surface]:
        reply = DIALECT.format_call(action, SMALL, can)
        arguments = json.loads(reply.split("\n")[1])["arguments"]
        verb = arguments["action"]
        if action.kind in can.kinds:
            assert one(reply, can) == action
            accepted.add(verb)
            assert set(arguments) <= set(properties) | {"coordinate"}
            if "button" in arguments:
                assert arguments["button"] in properties["button"]["enum"]
        else:
            with pytest.raises(BadReply):
                one(reply, can)
            if "button" in arguments and "button" in properties:
                assert arguments["button"] not in properties["button"]["enum"]
    assert set(properties["action"]["enum"]) == accepted
    for verb in frozen.actions(DIALECT.tool(can).prompt):
        assert (f"`{verb}`" in system or f"`action={verb}`" in system) == (verb in accepted)


PLACES = st.builds(Point, x=st.integers(0, 447), y=st.integers(0, 335))
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1)
COMPUTER_ACTIONS: st.SearchStrategy[Action] = st.one_of(
    st.builds(Click, at=st.none() | PLACES, button=st.sampled_from(["left", "right", "middle"])),
    st.builds(Click, at=st.none() | PLACES, count=st.just(2)),
    st.builds(Drag, end=PLACES),
    st.builds(Hover, at=PLACES),
    st.builds(
        Scroll, at=st.none() | PLACES, dy=st.integers(-5000, 5000).filter(lambda dy: dy != 0)
    ),
    st.builds(Type, text=NAMES),
    st.builds(Press, keys=st.sampled_from([("enter",), ("ctrl", "a"), ("f5",), ("+",), ("A",)])),
    st.builds(Wait, seconds=st.integers(0, 60)),
    st.builds(Finish, success=st.booleans()),
)
MOBILE_ACTIONS: st.SearchStrategy[Action] = st.one_of(
    st.builds(Click, at=PLACES),
    st.builds(LongPress, at=PLACES, seconds=st.integers(1, 30)),
    st.builds(Drag, start=PLACES, end=PLACES),
    st.builds(Type, text=NAMES),
    st.builds(OpenApp, name=NAMES),
    st.sampled_from([Home(), Back(), Recents(), Press(keys=("enter",)), Press(keys=("power",))]),
    st.builds(Finish, success=st.booleans()),
)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.tuples(st.just(BROWSER), COMPUTER_ACTIONS), st.tuples(st.just(MOBILE), MOBILE_ACTIONS)
    ),
    st.sampled_from(["", "I click the field."]),
)
def test_what_is_written_is_read_back(case: tuple[Capabilities, Action], thought: str) -> None:
    can, action = case
    reply = DIALECT.format_reply(thought, action, SMALL, can)
    assert DIALECT.parse(reply, SMALL, can) == (thought, (action,))


@given(COMPUTER_ACTIONS)
def test_on_another_screen_points_come_back_within_a_pixel(action: Action) -> None:
    back = one(DIALECT.format_call(action, IMAGE, BROWSER), image=IMAGE)
    for there, here in zip(points(back), points(action), strict=True):
        assert abs(there.x - here.x) <= 1
        assert abs(there.y - here.y) <= 1


@pytest.mark.parametrize(
    ("can", "action"),
    [
        (BROWSER, Back()),
        (BROWSER, Click(count=3)),
        (BROWSER, Click(keys=("ctrl",))),
        (BROWSER, Scroll(dx=3)),
        (MOBILE, Hover(at=Point(x=1, y=2))),
        (MOBILE, Drag(end=Point(x=1, y=2))),
    ],
)
def test_an_action_without_words_is_a_mistake_of_the_caller(
    can: Capabilities, action: Action
) -> None:
    with pytest.raises(ValueError, match="no words"):
        DIALECT.format_call(action, SMALL, can)


def test_pointing_asks_with_the_image_and_the_bare_words_and_reads_the_same_call() -> None:
    system, user = DIALECT.point_prompt("the Save button", IMAGE)
    assert system.parts == (frozen.text("qwen25vl_computer_use").replace("{W}x{H}", "1288x728"),)
    assert user.parts == (IMAGE, "the Save button")
    reply = call(action="left_click", coordinate=[644, 364])
    assert one(reply, image=IMAGE) == Click(at=Point(x=640, y=360))
