"""What every dialect owes: its checkpoints, its prompt, its round trips, its honesty."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

import pytest

from qvl_agent.actions.dialects import frozen
from qvl_agent.actions.dialects.base import Dialect, Turn
from qvl_agent.actions.dialects.explain import explain
from qvl_agent.actions.dialects.qwen35 import Qwen35
from qvl_agent.actions.dialects.registry import ENTRIES, by_name, for_checkpoint, names
from qvl_agent.actions.dialects.tool import Tool
from qvl_agent.actions.errors import BadReply, UserError
from qvl_agent.actions.messages import Image
from qvl_agent.actions.types import (
    KINDS,
    Action,
    Answer,
    AskUser,
    Back,
    Capabilities,
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
    Size,
    Type,
    Wait,
    points,
)
from qvl_agent.model.image import smart_resize

SCREEN = Size(1280, 720)
EVERYTHING = frozenset(KINDS)
SURFACES = [Capabilities("desktop", EVERYTHING), Capabilities("mobile", EVERYTHING)]
AT, TO = Point(x=640, y=360), Point(x=320, y=180)
ACTIONS: list[Action] = [
    Click(at=AT), Click(), Click(at=AT, count=2), Click(at=AT, count=3),
    Click(at=AT, button="right"), Click(at=AT, button="middle"), Click(at=AT, keys=("ctrl",)),
    LongPress(at=AT), Drag(end=TO), Drag(start=AT, end=TO), Hover(at=AT),
    Scroll(dy=300), Scroll(dy=-3, unit="notch"), Scroll(at=AT, dy=5, unit="notch"),
    Scroll(dx=3, unit="notch"), Scroll(dx=-200), Scroll(dy=720),
    Type(text="It's a \"test\" \\ of <b> & {x}: Łódź 😀"), Type(text="two\nlines"),
    Press(keys=("enter",)), Press(keys=("ctrl", "a")), Press(keys=("+",)), Press(keys=("f5",)),
    Home(), Back(), Recents(), OpenApp(name="Clock"), GoTo(url="https://example.org/a?b=c"),
    Wait(seconds=2), Wait(seconds=5), Answer(text="42"), AskUser(text="Which one?"),
    Finish(success=True), Finish(success=False), Finish(success=True, text="Booked."),
]  # fmt: skip


def image_for(dialect: Dialect) -> Image:
    return Image(b"", SCREEN, smart_resize(SCREEN, dialect.resize))


def writer(dialect: Dialect, name: str) -> Callable[..., str] | None:
    return getattr(dialect, name, None)


def tools() -> list[tuple[str, Capabilities, Tool]]:
    found: list[tuple[str, Capabilities, Tool]] = []
    for name in names():
        tool: Any = getattr(by_name(name), "tool", None)
        for can in SURFACES:
            one = tool(can) if callable(tool) else tool
            if isinstance(one, Tool):
                found.append((name, can, one))
    return found


AGENTS = [
    name
    for name in names()
    if name not in ("agentcpm-gui", "ui-venus-2") and not hasattr(by_name(name), "question")
]


def test_every_dialect_goes_by_one_name() -> None:
    assert len(set(names())) == len(names())
    for name in names():
        assert by_name(name).name == name


@pytest.mark.parametrize(
    ("checkpoint", "model_type", "dialect"),
    [
        ("Qwen/Qwen2.5-VL-7B-Instruct", "qwen2_5_vl", "qwen2.5-vl"),
        ("Qwen/Qwen2.5-VL-72B-Instruct-AWQ", "qwen2_5_vl", "qwen2.5-vl"),
        ("/models/qvl-mini", "qwen2_5_vl", "qvl-mini"),
        ("Qwen/Qwen3-VL-8B-Instruct", "qwen3_vl", "qwen3-vl"),
        ("Qwen/Qwen3-VL-30B-A3B-Thinking", "qwen3_vl_moe", "qwen3-vl"),
        ("Qwen/Qwen3.5-9B", "qwen3_5", "qwen3.5"),
        ("Qwen/Qwen3.6-35B-A3B", "qwen3_5_moe", "qwen3.5"),
        ("Qwen/Qwen3.8-27B", "qwen3_5", "qwen3.7"),
        ("ByteDance-Seed/UI-TARS-1.5-7B", "qwen2_5_vl", "ui-tars-1.5"),
        ("bytedance-research/UI-TARS-7B-DPO", "qwen2_vl", "ui-tars-1.0"),
        ("mPLUG/GUI-Owl-7B", "qwen2_5_vl", "gui-owl-1.0"),
        ("mPLUG/GUI-Owl-1.5-8B-Instruct", "qwen3_vl", "gui-owl-1.5"),
        ("microsoft/Fara-7B", "qwen2_5_vl", "fara-7b"),
        ("microsoft/Fara1.5-9B", "qwen3_5", "fara-1.5"),
        ("meituan/EvoCUA-8B-20260105", "qwen3_vl", "evocua"),
        ("inclusionAI/UI-Venus-1.5-8B", "qwen3_vl", "ui-venus-1.5"),
        ("inclusionAI/UI-Venus-Navi-7B", "qwen2_5_vl", "ui-venus-1.0"),
        ("inclusionAI/UI-Venus-2-9B", "qwen3_5", "ui-venus-2"),
        ("Tongyi-MAI/MAI-UI-8B", "qwen3_vl", "mai-ui"),
        ("stepfun-ai/GELab-Zero-4B-preview", "qwen3_vl", "gelab-zero"),
        ("OpenGVLab/ScaleCUA-7B", "qwen2_5_vl", "scalecua"),
        ("OS-Copilot/OS-Atlas-Base-7B", "qwen2_vl", "os-atlas-base"),
        ("osunlp/UGround-V1-7B", "qwen2_vl", "uground"),
        ("xlangai/Aguvis-7B-720P", "qwen2_vl", "aguvis"),
        ("xlangai/Jedi-7B-1080p", "qwen2_5_vl", "jedi"),
        ("Reallm-Labs/InfiGUI-R1-3B", "qwen2_5_vl", "infigui-r1"),
        ("Qwen/Qwen2-VL-7B-Instruct", "qwen2_vl", "qwen2-vl"),
        ("Hcompany/Holo3-35B-A3B", "qwen3_5_moe", "holo3"),
        ("Hcompany/Holo3.1-4B", "qwen3_5", "holo3"),
        ("Hcompany/Holo2-8B", "qwen3_vl", "holo2"),
    ],
)
def test_a_checkpoint_is_known_by_its_name(checkpoint: str, model_type: str, dialect: str) -> None:
    assert for_checkpoint(checkpoint, {"model_type": model_type}).name == dialect


def test_a_folder_is_known_by_the_name_in_its_config() -> None:
    config = {"model_type": "qwen2_5_vl", "_name_or_path": "Qwen/Qwen2.5-VL-3B-Instruct"}
    assert for_checkpoint("/tmp/whatever", config).name == "qwen2.5-vl"


@pytest.mark.parametrize(
    ("checkpoint", "config"),
    [
        ("someone/my-fine-tune", {"model_type": "qwen2_5_vl"}),
        ("Qwen/Qwen3-VL-8B-Instruct", {"model_type": "llama"}),
        ("meta-llama/Llama-4", {}),
    ],
)
def test_an_unknown_checkpoint_is_refused_with_the_list(
    checkpoint: str, config: dict[str, object]
) -> None:
    with pytest.raises(UserError, match=r"(?s)--dialect.*Known: .*qwen2\.5-vl"):
        for_checkpoint(checkpoint, config)


def test_an_unknown_dialect_is_refused_with_the_nearest() -> None:
    with pytest.raises(UserError, match=r"Nearest: qwen2\.5-vl"):
        by_name("qwen2.5vl")


@pytest.mark.parametrize("can", SURFACES, ids=lambda can: can.surface)
@pytest.mark.parametrize("name", names())
def test_what_a_dialect_writes_it_reads_back(name: str, can: Capabilities) -> None:
    dialect = by_name(name)
    write, image = writer(dialect, "format_reply"), image_for(dialect)
    if write is None:
        return
    said = 0
    for action in ACTIONS:
        try:
            reply = write("I do it.", action, image, can)
        except ValueError:
            continue
        said += 1
        read = dialect.parse(reply, image, can).actions
        assert len(read) == 1, reply
        for there, here in zip(points(read[0]), points(action), strict=True):
            assert abs(there.x - here.x) <= 1
            assert abs(there.y - here.y) <= 1
        assert _unplaced(read[0], action) == _unplaced(action, action), reply
        for end in range(len(reply)):
            assert _refused_or(dialect, reply[:end], image, can, read), reply[:end]
    assert said >= 8


def _unplaced(action: Action, meant: Action) -> dict[str, Any]:
    """An action without its coordinates; a claim's words may be the reply's own."""
    plain = action.model_dump(exclude={"at", "start", "end"})
    if isinstance(meant, Finish) and not meant.text:
        plain.pop("text")
    return plain


def _refused_or(
    dialect: Dialect, reply: str, image: Image, can: Capabilities, meant: tuple[Action, ...]
) -> bool:
    try:
        actions = dialect.parse(reply, image, can).actions
    except BadReply:
        return True
    # Where a reply in plain words is a last word, prose before the call is one too.
    return actions == meant or (actions[-1].kind == "finish" and "<" not in reply)


def past_of(dialect: Dialect, can: Capabilities, length: int) -> list[Turn]:
    write, image = writer(dialect, "format_reply"), image_for(dialect)
    turns: list[Turn] = []
    for number in range(length):
        action = Click(at=Point(x=10 + number, y=20))
        reply = write(f"Step {number}.", action, image, can) if write else f"reply {number}"
        turns.append(Turn(reply, f"Step {number}.", (action,), image=image))
    return turns


def texts(messages: Sequence[Any]) -> str:
    return "\n".join(p for m in messages for p in m.parts if isinstance(p, str))


@pytest.mark.parametrize("can", SURFACES, ids=lambda can: can.surface)
@pytest.mark.parametrize("name", AGENTS)
def test_a_conversation_ends_with_the_live_image_and_tells_what_happened(
    name: str, can: Capabilities
) -> None:
    dialect = by_name(name)
    image = image_for(dialect)
    now = Image(b"now", SCREEN, image.seen)
    for length in (0, 1, 4, 9, 33, 101):
        past = past_of(dialect, can, length)
        if past:
            told = Turn(past[-1].reply, past[-1].thought, past[-1].actions, "nothing moved", image)
            past = [*past[:-1], told]
        messages = dialect.render("find the goal", past, now, can)
        assert messages[-1].role == "user"
        assert now in messages[-1].parts
        assert sum(part is now for m in messages for part in m.parts) == 1
        assert "find the goal" in texts(messages)
        assert ("nothing moved" in texts(messages)) == bool(past)
        assert "{" + "goal}" not in texts(messages)
        assert all(part for m in messages for part in m.parts)


@pytest.mark.parametrize("name", AGENTS)
def test_the_past_is_cut_in_blocks_so_that_what_stands_before_the_cut_stays(name: str) -> None:
    dialect = by_name(name)
    image = image_for(dialect)
    now = Image(b"now", SCREEN, image.seen)
    past = past_of(dialect, SURFACES[0], 60)
    kept = 0
    for length in range(40, 60):
        before = dialect.render("goal", past[:length], now, SURFACES[0])
        after = dialect.render("goal", past[: length + 1], now, SURFACES[0])
        # Everything but the last turn of the shorter conversation opens the longer one.
        kept += before[: len(before) - 1] == after[: len(before) - 1]
    assert kept >= 10


@pytest.mark.parametrize(
    ("name", "can", "tool"), tools(), ids=[f"{n}-{c.surface}" for n, c, _ in tools()]
)
def test_a_tool_offers_what_it_reads_and_what_can_be_done(
    name: str, can: Capabilities, tool: Tool
) -> None:
    dialect = by_name(name)
    image = image_for(dialect)
    for gone in KINDS:
        less = Capabilities(can.surface, EVERYTHING - {gone})
        offered = tool.offered(less)
        prompt = tool.system(less, image.seen if "{W}" in frozen.text(tool.prompt) else None)
        shown = json.loads(
            prompt.partition("<tools>\n")[2].partition("\n</tools>")[0], strict=False
        )["function"]["parameters"]["properties"]
        assert tuple(shown["action"]["enum"]) == offered
        for verb in frozen.actions(tool.prompt):
            named = f"`{verb}`:" in prompt or f"`action={verb}`" in prompt
            assert not named or verb in offered, verb
            assert (
                any(kind in less.kinds for kind in tool.verbs[verb].kinds) == (verb in offered)
                if verb in tool.verbs
                else verb not in offered
            )


@pytest.mark.parametrize("name", ["qwen3-vl", "qwen3.5", "qwen3.7", "qwen-cua", "evocua"])
def test_a_narrowed_prompt_says_the_rest_in_the_published_words(name: str) -> None:
    dialect = by_name(name)
    can = Capabilities("desktop", EVERYTHING - {"drag"})
    lines = texts(dialect.render("x", [], image_for(dialect), can)[:1])
    assert "left_click_drag" not in lines
    assert "mouse_move" in lines


@pytest.mark.parametrize("surface", ["desktop", "mobile"])
def test_qwen3_prompts_are_the_published_text(surface: Any) -> None:
    can = Capabilities(surface, EVERYTHING)
    three = by_name("qwen3-vl")
    tool = "computer_use" if surface == "desktop" else "mobile_use"
    system = three.render("x", [], image_for(three), can)[0].parts[0]
    assert system == frozen.text(f"qwen3vl_{tool}")
    newer = Qwen35()
    system = newer.render("x", [], image_for(newer), can)[0].parts[0]
    dated = frozen.text(f"qwen35_{tool}").replace("{DATE}", f"{newer.today:%A, %B %d, %Y}")
    assert system == dated


def test_qwen3_lays_its_past_out_as_published() -> None:
    dialect = by_name("qwen3-vl")
    image = image_for(dialect)
    past = past_of(dialect, SURFACES[0], 9)
    now = Image(b"now", SCREEN, image.seen)
    messages = dialect.render("find it", past, now, SURFACES[0])
    assert messages[1].parts == (
        image,
        "\nPlease generate the next move according to the UI screenshot, instruction and previous "
        "actions.\n\nInstruction: find it\n\nPrevious actions:\n"
        + "\n".join(f"Step {n + 1}: Step {n}." for n in range(4)),
    )
    assert [m.role for m in messages[1:]] == ["user", "assistant"] * 5 + ["user"]
    assert messages[2].parts == (past[4].reply,)
    assert messages[3].parts == (image,)
    phone = dialect.render("find it", past[:2], now, SURFACES[1])
    assert phone[1].parts[0] == (
        "The user query: find it.\nTask progress (You have done the following operation on the "
        "current device): Step 1: Step 0.; Step 2: Step 1.; .\n"
    )


def test_qwen35_wraps_later_screenshots_and_folds_ten_at_a_time() -> None:
    dialect = by_name("qwen3.5")
    image = image_for(dialect)
    now = Image(b"now", SCREEN, image.seen)
    for length in (1, 18, 19, 20, 29, 30, 41):
        messages = dialect.render("x", past_of(dialect, SURFACES[0], length), now, SURFACES[0])
        live = sum(isinstance(part, Image) for m in messages for part in m.parts)
        assert 10 < live <= 20 or length < 19
        assert messages[-1].parts == ("<tool_response>\n", now, "\n</tool_response>")
    folded = dialect.render("x", past_of(dialect, SURFACES[0], 20), now, SURFACES[0])
    assert folded[3].parts == (
        "<tool_response>\n", "This screenshot has been collapsed.", "\n</tool_response>"
    )  # fmt: skip


def test_a_locator_says_that_it_has_no_agent_loop() -> None:
    with pytest.raises(UserError, match="only answers where something is"):
        by_name("gta1").render("x", [], image_for(by_name("gta1")), SURFACES[0])


@pytest.mark.parametrize("name", [name for name in names() if name != "agentcpm-gui"])
def test_pointing_shows_the_image_and_names_the_thing(name: str) -> None:
    dialect = by_name(name)
    messages = dialect.point_prompt("the Save button", image_for(dialect))
    assert image_for(dialect) in messages[-1].parts
    assert "the Save button" in texts(messages)


def test_explaining_a_reply_names_the_action_in_screenshot_pixels() -> None:
    reply = '<tool_call>\n{"name": "mobile_use", "arguments": {"action": "click", "coordinate": [935, 406]}}\n⚗\n'  # noqa: E501
    told = explain("qwen2.5-vl", Size(1080, 2400), reply)
    assert told["surface"] == "mobile"
    assert told["seen"] == [1092, 2408]
    assert told["refused"] is None
    assert told["actions"][0]["at"] == {"x": 925, "y": 405}
    refused = explain("qwen2.5-vl", Size(1080, 2400), "I am done.")
    assert refused["actions"] == []
    assert "no call" in refused["refused"]
    json.dumps([told, refused])


def test_every_frozen_prompt_names_its_source() -> None:
    folder = files("qvl_agent.actions.dialects.prompts")
    sources = folder.joinpath("SOURCES.md").read_text("utf-8")
    for file in folder.iterdir():
        if file.name.endswith(".txt"):
            assert f"`{file.name}`" in sources, file.name


def test_the_registry_has_one_entry_per_dialect() -> None:
    assert [entry.name for entry in ENTRIES] == list(names())
