"""`qvl-agent parse`: one reply in, the canonical action or the reason of its refusal out."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from qvl_agent.agent.cli import main

CALL = (
    '<tool_call>\n{"name": "computer_use", "arguments":'
    ' {"action": "left_click", "coordinate": [100, 200]}}\n</tool_call>'
)


@pytest.fixture
def reply(tmp_path: Path) -> str:
    file = tmp_path / "reply.txt"
    file.write_text(CALL)
    return str(file)


def test_the_same_words_mean_different_places_in_different_dialects(
    reply: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found: dict[str, object] = {}
    for dialect in ("qwen2.5-vl", "qwen3-vl"):
        assert main(["parse", "--dialect", dialect, "--size", "1280x800", "--json", reply]) == 0
        found[dialect] = json.loads(capsys.readouterr().out)["actions"][0]["at"]
    # 1280x800 is seen as 1288x812 by the one; the other counts to 999.
    assert found == {"qwen2.5-vl": {"x": 99, "y": 197}, "qwen3-vl": {"x": 128, "y": 160}}


def test_people_get_one_line_per_action(reply: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["parse", "--dialect", "qwen2.5-vl", "--size", "1280x800", reply]) == 0
    assert capsys.readouterr().out.startswith('click at={"x": 99, "y": 197} button="left"')


def test_a_reply_on_the_input_that_is_cut_off_is_refused_with_its_reason(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = io.TextIOWrapper(io.BytesIO(CALL[:60].encode()))
    monkeypatch.setattr(sys, "stdin", cut)
    assert main(["parse", "--dialect", "qwen2.5-vl", "--size", "1280x800", "-"]) == 15
    assert capsys.readouterr().out.startswith("refused: ")


@pytest.mark.parametrize(
    "words",
    [
        ["--dialect", "qwen2.5-vl", "--size", "1280x800", "/no/such/file"],
        ["--dialect", "no-such-dialect", "--size", "1280x800", "FILE"],
        ["--dialect", "qwen2.5-vl", "--size", "wide", "FILE"],
        ["--dialect", "qwen2.5-vl", "FILE"],
    ],
)
def test_bad_input_is_one_line(
    words: list[str], reply: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["parse", *(reply if word == "FILE" else word for word in words)]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
