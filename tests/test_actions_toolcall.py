"""Calls are found in whatever models write around them, and nothing else is."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qvl_agent.actions.errors import BadReply
from qvl_agent.actions.literal import Json, read_all
from qvl_agent.actions.toolcall import MAX_REPLY, json_calls

CALL = '{"name": "computer_use", "arguments": {"action": "left_click", "coordinate": [60, 42]}}'
WANTED = {"action": "left_click", "coordinate": [60, 42]}
TAGGED = f"<tool_call>\n{CALL}\n</tool_call>"


@pytest.mark.parametrize(
    "reply",
    [
        TAGGED,
        CALL,
        json.dumps(WANTED),
        f"I click it.\n{TAGGED}",
        f"{TAGGED}\nNow the page opens.",
        f"<tool_call>\n{CALL}\n⚗\n",
        f"<tool_call>\n{CALL}\n📐\n\n⚗️",
        f"{TAGGED}\n📐\n⚗️",
        f"⚗️\n{CALL}\n⚗️",
        f"<tool_call>\n<tool_call>\n{CALL}\n</tool_call>",
        f"<tool_call>\n```json\n{CALL}\n```\n</tool_call>",
        f"Here:\n```json\n{CALL}\n```",
        f"<tool_call>{CALL}",
        f"<think>\n<tool_call>\n{{}}\n</tool_call></think>\n{TAGGED}",
        f"I might <tool_call>oops</tool_call> do so.\n</think>\n\n{TAGGED}",
        f"<thinking>hm</thinking>\n{TAGGED}\n<conclusion>\nClicked.\n</conclusion>",
        "<tool_call>{'name': 'computer_use', 'arguments': "
        "{'action': 'left_click', 'coordinate': (60, 42),}}</tool_call>",
        "<tool_call>｛not a brace｝</tool_call>".replace(
            "｛not a brace｝", CALL.replace(":", "：")
        ),
        f'<tool_call>{{"name": "computer_use", "arguments": {json.dumps(json.dumps(WANTED))}}}',
    ],
)
def test_the_call_is_found(reply: str) -> None:
    assert json_calls(reply).calls[0].arguments == WANTED


def test_a_call_that_a_made_up_turn_repeats_is_read_once() -> None:
    reply = f"{TAGGED}\n📐\n⚗️user\nThe user query: go on\nassistant\n{TAGGED}"
    assert len(json_calls(reply, first_only=True).calls) == 1


def test_words_before_the_call_are_the_thought() -> None:
    assert json_calls(f"<thinking>\nSearch it.\n</thinking>\n{TAGGED}").thought == "Search it."
    assert json_calls(f"Here:\n```json\n{CALL}\n```").thought == "Here:"


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "I am not sure what to do.",
        f"<think>{TAGGED}",
        f"<think>{TAGGED}</think> done",
        f"{TAGGED}</think>",
        "<tool_call>\n</tool_call>",
        "<tool_call>\n{not valid json}\n</tool_call>",
        '<tool_call>{"name": "computer_use"}</tool_call>',
        '<tool_call>{"name": "", "arguments": {}}</tool_call>',
        '<tool_call>{"name": "f", "arguments": [1]}</tool_call>',
        '{"action": "wait", "time": NaN}',
        '{"action": "wait", "time": Infinity}',
        '{"action": "wait", "time": 1e999}',
        '{"action": "wait", "time": ' + "9" * 5000 + "}",
        '{"action": "wait", "action": "type"}',
        '{"action": "type", "text": "\\ud83d"}',
        '{"action": "type", "text": "\ud83d"}',
        '{"action": "type", "text": "C:\\Users"}',
        "[" * 5000,
        '{"action": ' * 300,
        '{"action": [' * 20 + "1",
        "__import__('os').system('true')",
        '{"action": __import__("os")}',
        "x" * (MAX_REPLY + 1),
    ],
)
def test_what_is_no_whole_call_is_refused(reply: str) -> None:
    with pytest.raises(BadReply):
        json_calls(reply)


def test_every_prefix_of_a_call_is_refused_or_the_same_call() -> None:
    reply = f"I click it.\n{TAGGED}"
    for end in range(len(reply)):
        try:
            found = json_calls(reply[:end])
        except BadReply:
            continue
        assert found.calls == json_calls(reply).calls, reply[:end]


def test_equal_duplicates_are_one_and_differing_ones_are_refused() -> None:
    assert json_calls('{"action": "wait", "action": "wait"}').calls[0].arguments == {
        "action": "wait"
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@given(JSON)
def test_json_is_read_as_json(value: Json) -> None:
    assert read_all(json.dumps(value)) == value
    assert read_all(json.dumps(value, ensure_ascii=False)) == value


@given(st.recursive(st.none() | st.booleans() | st.text("ab'\" \\\n😀", max_size=9), st.lists))
def test_python_literals_are_read_as_python(value: Json) -> None:
    assert read_all(repr(value)) == value


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    for reply in (text, f"<tool_call>{text}", f'{{"action": {text}}}'):
        with suppress(BadReply):
            json_calls(reply)
