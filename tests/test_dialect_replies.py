"""Every dialect reads the replies that its family was seen to write.

One file per dialect in replies/: one JSON object per line with `from` (source), `surface`, `size`
of the screenshot, `reply`, and `means`, the actions in screenshot pixels, or `refused`. Where the
family's last call wins, or a second one spoils the reply, `earlier` holds what the reply means
before that call is written. A reply in plain words (`words`) means fewer of them when it is cut
at the end of a sentence.
"""

from __future__ import annotations

import json
import os
import random
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from qvl_agent.actions.dialects.base import Dialect
from qvl_agent.actions.dialects.registry import by_name, names
from qvl_agent.actions.errors import BadReply
from qvl_agent.actions.messages import Image
from qvl_agent.actions.toolcall import MAX_REPLY
from qvl_agent.actions.types import KINDS, Action, Capabilities, Size
from qvl_agent.model.image import smart_resize

FOLDER = Path(__file__).parent / "replies"
EVERYTHING = frozenset(KINDS)


@cache
def examples() -> list[tuple[str, dict[str, Any]]]:
    return [
        (file.stem, json.loads(line))
        for file in sorted(FOLDER.glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]


def image_for(dialect: Dialect, example: dict[str, Any]) -> Image:
    size = Size(*example["size"])
    return Image(b"", size, smart_resize(size, dialect.resize))


def read(dialect: Dialect, example: dict[str, Any], reply: str) -> tuple[Action, ...]:
    can = Capabilities(example["surface"], EVERYTHING)
    return dialect.parse(reply, image_for(dialect, example), can).actions


def plain(actions: tuple[Action, ...]) -> list[dict[str, Any]]:
    return [
        {"kind": action.kind} | action.model_dump(mode="json", exclude_defaults=True)
        for action in actions
    ]


@pytest.mark.parametrize(
    ("name", "example"), examples(), ids=[f"{n}-{e['id']}" for n, e in examples()]
)
def test_a_reply_seen_in_the_wild_means_what_it_should(name: str, example: dict[str, Any]) -> None:
    dialect = by_name(name)
    if example.get("refused"):
        with pytest.raises(BadReply):
            read(dialect, example, example["reply"])
    else:
        assert plain(read(dialect, example, example["reply"])) == example["means"]


@pytest.mark.parametrize(
    ("name", "example"), examples(), ids=[f"{n}-{e['id']}" for n, e in examples()]
)
def test_a_reply_cut_short_is_refused_or_means_the_same(name: str, example: dict[str, Any]) -> None:
    dialect, reply = by_name(name), example["reply"]
    whole, earlier = example.get("means", []), example.get("earlier", [])
    for end in range(len(reply)):
        try:
            actions = plain(read(dialect, example, reply[:end]))
        except BadReply:
            continue
        if example.get("words"):
            assert [action["kind"] for action in actions] == [a["kind"] for a in whole]
            assert whole[0]["text"].startswith(actions[0]["text"])
            continue
        # A reply of several calls that ends behind one of them is itself a whole reply.
        assert actions == whole[: len(actions)] or actions in earlier, reply[:end]


def test_every_reply_file_belongs_to_a_dialect() -> None:
    assert {name for name, _ in examples()} <= set(names())


ENDLESS = [
    ("", " "), ("", "```\n"), ("", "<think>"), ("", "<tool_call>"), ("", "<action>"),
    ("", "actions:\n"), ('{"action":"key","keys":"', "<tool_call>"), ('{"action": ', "["),
    ("Action: hotkey(key='", " "), ("Action: hotkey(key='", "1 "),
]  # fmt: skip


@pytest.mark.parametrize(("start", "unit"), ENDLESS)
def test_an_endless_reply_is_refused_at_once(start: str, unit: str) -> None:
    size = Size(1280, 720)
    reply = start + unit * ((MAX_REPLY - 100) // len(unit)) + "}x"
    for name in names():
        dialect = by_name(name)
        image = Image(b"", size, smart_resize(size, dialect.resize))
        began = time.process_time()
        with pytest.raises(BadReply):
            dialect.parse(reply, image, Capabilities("desktop", EVERYTHING))
        assert time.process_time() - began < 2, name


def mutated(reply: str, dice: random.Random) -> str:
    chars = list(reply)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(chars) + 1)
        match dice.randrange(5):
            case 0:
                del chars[at : at + dice.randint(1, 9)]
            case 1:
                chars[at:at] = dice.choice(
                    ['"', "'", "{", "}", "[", "]", "<", "\\", "\n", "：", "🙂"]
                )
            case 2:
                chars[at:at] = reply[dice.randrange(len(reply)) :][: dice.randint(1, 60)]
            case 3:
                chars[at:at] = dice.choice(
                    ["NaN", "1e999", "null", "</think>", "<think>", "<tool_call>", "-", "9" * 30]
                )
            case _:
                chars[at:] = []
        chars = chars or [" "]
    return "".join(chars)


def test_mutated_replies_raise_nothing_but_bad_reply() -> None:
    """A hundred thousand here; `.ci/run` asks for a million with QVL_MUTATIONS."""
    count = int(os.environ.get("QVL_MUTATIONS", "100000"))
    dice = random.Random(20_250_101)
    pool, everyone = examples(), names()
    outcomes = {"read": 0, "refused": 0}
    for number in range(count):
        own, example = dice.choice(pool)
        # Most in their own dialect, the rest in turn through every other.
        name = everyone[number % len(everyone)] if number % 3 == 0 else own
        try:
            actions = read(by_name(name), example, mutated(example["reply"], dice))
        except BadReply:
            outcomes["refused"] += 1
        else:
            assert actions
            outcomes["read"] += 1
    # Both happen often, or the mutations would show nothing.
    assert min(outcomes.values()) > count // 20, outcomes
