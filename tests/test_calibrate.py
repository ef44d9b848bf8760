"""Calibration names what is wrong between a model, its dialect and a server."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from qvl_agent.actions.dialects.base import Dialect, ResizeRule
from qvl_agent.actions.dialects.registry import by_name
from qvl_agent.actions.errors import ModelError
from qvl_agent.actions.messages import Image, Message, Sampling
from qvl_agent.actions.types import Capabilities, Decision
from qvl_agent.agent.calibrate import (
    SIZES,
    Asked,
    Calibration,
    calibrate,
    judge,
    keep,
    known_problem,
    last_point,
    screen,
)
from qvl_agent.agent.cli import main
from qvl_agent.agent.cli.choose import fitted, limited
from qvl_agent.model.base import Model, Reply
from qvl_agent.model.image import seen_size
from qvl_agent.model.local import LocalModel
from qvl_agent.model.respaced import Respaced
from qvl_agent.model.scripted import ScriptedModel
from qvl_agent.model.serve import ModelServer
from qvl_agent.model.server import ServerModel

PIXELS = by_name("qwen2.5-vl")


class Remembers:
    """Answers the same question from memory, so that qvl-mini looks at each screen once."""

    def __init__(self, model: Model) -> None:
        self.model, self.name = model, model.name
        self.known: dict[int, Reply] = {}

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        key = hash(tuple(messages))
        if key not in self.known:
            self.known[key] = self.model.generate(messages, sampling)
        return self.known[key]

    def close(self) -> None:
        self.model.close()


@dataclass(frozen=True)
class Misread:
    """Asks in one dialect and reads in another: a model run under the wrong name."""

    asks: Dialect
    reads: Dialect
    name: str = "misread"
    sampling: Sampling = field(default_factory=Sampling)

    @property
    def resize(self) -> ResizeRule:
        return self.asks.resize

    def render(self, goal: str, past: object, now: Image, can: Capabilities) -> list[Message]:
        return self.asks.render(goal, (), now, can)

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        return self.reads.parse(reply, seen, can)

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        return self.asks.point_prompt(what, image)


@pytest.fixture(scope="module")
def pixels() -> Dialect:
    """The pixel dialect with the limits of the bundled checkpoint, as every command uses it."""
    return fitted(PIXELS, LocalModel())


@pytest.fixture(scope="module")
def mini() -> Generator[Remembers]:
    model = Remembers(LocalModel())
    yield model
    model.close()


def found(model: Model, dialect: Dialect = PIXELS) -> Calibration:
    return calibrate(model, dialect, lambda line: None)


def test_a_model_in_its_own_dialect_is_well(mini: Remembers, pixels: Dialect) -> None:
    result = found(mini, pixels)
    assert result.problem == ""
    assert result.space == "pixels of the picture as the model sees it"
    assert "qwen2.5-vl" in result.fits


def test_a_model_that_counts_to_1000_under_a_pixel_dialect_is_named(
    mini: Remembers, pixels: Dialect
) -> None:
    result = found(Respaced(mini, span=1000), pixels)
    assert "answers in 0 to 1000, which the dialect qwen2.5-vl does not read" in result.problem
    assert "--dialect " in result.problem
    assert "qwen3-vl" in result.fits


def test_a_pixel_model_under_a_dialect_that_counts_to_1000_is_named(
    mini: Remembers, pixels: Dialect
) -> None:
    result = found(mini, Misread(pixels, by_name("qwen3-vl")))
    assert "answers in pixels of the picture as the model sees it" in result.problem
    assert "qwen2.5-vl" in result.fits


def test_a_server_that_resizes_again_is_named_with_its_factor(
    mini: Remembers, pixels: Dialect
) -> None:
    result = found(Respaced(mini, factor=0.5), pixels)
    assert list(result.scales.values()) == pytest.approx([0.5] * len(SIZES), abs=0.06)
    assert "resizes the picture again" in result.problem


def test_a_real_server_with_a_limit_of_its_own_is_named_with_what_it_does(
    mini: Remembers, pixels: Dialect
) -> None:
    rule = pixels.resize
    with ModelServer(mini, rule) as server:
        served = ServerModel(server.url)
        assert served.rule == rule
        unaware, aware = found(served, PIXELS), found(served, limited(PIXELS, served.rule))
    assert "resizes the picture again" in unaware.problem
    assert unaware.scales["896x672"] == pytest.approx(0.5, abs=0.05)
    assert aware.problem == ""


def test_a_server_that_drops_the_picture_is_named() -> None:
    blind = ScriptedModel(lambda messages: "Click it. [224, 168]", "blind")
    assert "does not see" in found(blind).problem


class Blind:
    """A model whose server leaves the pictures out."""

    def __init__(self, model: Model) -> None:
        self.model, self.name = model, model.name

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        words = [
            Message(m.role, tuple(part for part in m.parts if isinstance(part, str)))
            for m in messages
        ]
        return self.model.generate(words, sampling)

    def close(self) -> None:
        self.model.close()


def test_a_real_server_that_drops_the_picture_is_named(mini: Remembers, pixels: Dialect) -> None:
    with (
        ModelServer(Blind(mini), pixels.resize) as server,
        pytest.raises(ModelError, match="dropped the picture"),
    ):
        found(ServerModel(server.url), pixels)


def test_a_model_that_only_talks_is_named() -> None:
    assert (
        "does not see" in found(ScriptedModel(lambda messages: "I cannot help.", "talker")).problem
    )


def perfect(span: float, write: str) -> list[Asked]:
    """Answers that meet every target in a space of `span` (0: pixels of what is seen)."""
    asked: list[Asked] = []
    for size in SIZES:
        seen = seen_size(size, PIXELS.resize)
        for target in screen(size)[1].values():
            x, y = (target[axis] / size[axis] * (span or seen[axis]) for axis in (0, 1))
            asked.append(Asked(size, seen, target, write.format(x=x, y=y)))
    return asked


@pytest.mark.parametrize(
    ("span", "write", "space"),
    [
        (0, "({x:.0f}, {y:.0f})", "pixels of the picture as the model sees it"),
        (1000, "<point>{x:.0f} {y:.0f}</point>", "0 to 1000"),
        (1, "[{x:.3f}, {y:.3f}]", "0 to 1"),
    ],
)
def test_every_space_is_told_from_the_numbers_alone(span: float, write: str, space: str) -> None:
    result = judge("some model", PIXELS, perfect(span, write))
    assert result.space == space
    assert result.spread < 0.01
    assert max(map(abs, result.offset)) < 0.01


def test_a_constant_offset_is_measured() -> None:
    moved = [
        one._replace(reply=f"[{x + one.seen.width * 0.03:.0f}, {y:.0f}]")
        for one in perfect(0, "({x:.0f}, {y:.0f})")
        for x, y in [one.answer or (0, 0)]
    ]
    right, down = judge("some model", PIXELS, moved).offset
    assert right == pytest.approx(0.03, abs=0.005)
    assert down == pytest.approx(0, abs=0.005)


def test_the_last_point_or_the_middle_of_the_last_box_is_read() -> None:
    assert last_point("I see (1, 2) and then [10, 20]") == (10, 20)
    assert last_point("<|box_start|>(10,20),(30,40)<|box_end|>") == (30, 40)
    assert last_point("[10, 20, 30, 40]") == (20, 30)
    assert last_point("nowhere") is None


def test_what_was_found_wrong_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert known_problem("m", "d") == ""
    keep(Calibration("m", "d", "", 1, 0, problem="it is blind"))
    assert known_problem("m", "d") == "it is blind"
    assert known_problem("m", "d", "http://127.0.0.1:1/v1") == ""


def test_the_command_tells_people_and_programs_and_exits_by_the_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    script = tmp_path / "script.json"
    script.write_text(json.dumps(["no"] * 40))
    words = ["calibrate", "--model", f"script:{script}"]
    assert main(words) == 1
    assert "problem: script.json does not see" in capsys.readouterr().out
    assert main([*words, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["hits"] == 0
