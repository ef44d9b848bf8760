"""Scores: hand-computed verdicts under every rule, self-tests, and what a table says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

import offline_sets as small
from qvl_agent.actions.dialects.registry import by_name
from qvl_agent.actions.errors import UserError
from qvl_agent.actions.types import Point, Size
from qvl_agent.tasks.offline import score_steps as steps_
from qvl_agent.tasks.offline.lines import Crop, Line
from qvl_agent.tasks.offline.published import compare
from qvl_agent.tasks.offline.recorded import Episodes, load_steps
from qvl_agent.tasks.offline.rules import ACTION_RULES, contains, similarity, word_f1
from qvl_agent.tasks.offline.samples import Target
from qvl_agent.tasks.offline.score import RULES, Error, Judged, score
from qvl_agent.tasks.offline.selftest import best_constant, self_test
from qvl_agent.tasks.offline.sets import load
from qvl_agent.tasks.offline.shapes import Box
from qvl_agent.tasks.offline.steps import Deed, RecordedStep
from qvl_agent.tasks.offline.tables import tabulate
from qvl_agent.tasks.stats import clustered, mcnemar

QWEN = by_name("qwen2.5-vl")
BOX = Target("t", "a.png", "it", Box(100, 100, 120, 110), group="web", kind="text")
REFUSAL = replace(BOX, id="r", shape=None)
FAILURE = (
    '<tool_call>\n{"name": "computer_use", "arguments": {"action": "terminate", "status": '
    '"failure"}}\n</tool_call>'
)


def one(line: Line, target: Target = BOX, rule: str = "point-in-box") -> Judged:
    (found,) = score([target], [line.model_copy(update={"id": target.id})], QWEN, "", RULES[rule])
    return found


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (small.click("t", 100, 100), "right"),
        (small.click("t", 120, 110), "right"),
        (small.click("t", 121, 110), "near miss"),
        (small.click("t", 139, 119), "near miss"),
        (small.click("t", 300, 300), "wrong element"),
        (small.click("t", 448, 10), "outside"),
        (small.said("t", "It is at the top."), "format"),
        (small.said("t", ""), "format"),
        (small.said("t", FAILURE), "refused"),
        (small.said("t", "<tool_call>\n{").model_copy(update={"finish": "length"}), "truncated"),
        (small.said("t", "").model_copy(update={"status": "failed"}), "failed"),
    ],
)
def test_a_verdict_has_the_name_of_its_mistake(line: Line, error: Error) -> None:
    assert (one(line).error, one(line).right) == (error, error == "right")


@pytest.mark.parametrize(
    ("line", "error"),
    [(small.said("r", FAILURE), "right"), (small.click("r", 1, 1), "not refused"),
     (small.said("r", "no idea"), "format")],
)  # fmt: skip
def test_only_a_refusal_is_right_where_nothing_is(line: Line, error: Error) -> None:
    assert one(line, REFUSAL, "osworldg-564").error == error


def test_refusals_count_in_one_denominator_and_not_in_the_other() -> None:
    lines = [small.click("t", 110, 105), small.click("r", 1, 1)]
    both, without = (
        score([BOX, REFUSAL], lines, QWEN, "", RULES[name])
        for name in ("osworldg-564", "osworldg-510")
    )
    assert [len(both), len(without)] == [2, 1]


def test_points_are_scored_before_they_are_rounded() -> None:
    """A picture of 4000 pixels seen at 1000: one pixel of the model is four of the box."""
    line = small.click("t", 25, 26, Size(1000, 750)).model_copy(update={"size": (3998, 2998)})
    sharp = replace(BOX, shape=Box(99.9, 103.9, 99.97, 103.97))
    assert one(line, sharp).point == pytest.approx((99.95, 103.93), abs=2e-3)
    assert one(line, sharp).right


def test_a_second_look_counts_from_its_corner() -> None:
    crop = Crop(left=90, top=80, size=(200, 150), first_reply="", first_finish="stop",
                first_seen=(448, 336))  # fmt: skip
    line = small.click("t", 28, 42, Size(280, 210)).model_copy(
        update={"size": (448, 336), "crop": crop}
    )
    assert one(line).point == pytest.approx((110, 110), abs=0.01)
    assert one(line).right


def test_an_answer_to_nothing_is_refused() -> None:
    with pytest.raises(UserError, match="'x', which the annotations do not"):
        score([BOX], [small.click("x", 1, 1)], QWEN, "", RULES["point-in-box"])


def test_a_prefilled_reply_is_read_with_its_beginning() -> None:
    from qvl_agent.tasks.offline.protocols import PREFILL

    line = small.said("t", "110, 105]}}\n</tool_call>")
    assert score([BOX], [line], QWEN, PREFILL, RULES["point-in-box"])[0].right
    assert one(line).error == "format"


def test_players_that_cannot_see_score_what_they_must(tmp_path: Path) -> None:
    targets = load(
        "osworld-g", small.write(tmp_path / "o.json", small.OSWORLD_G), partial=True
    ).targets
    checks = {check.name: check.rate for check in self_test(targets, {}, RULES["osworldg-564"])}
    assert checks["perfect clicker"] == 1
    assert checks["empty reply"] == 0
    assert checks["always refuses"] == pytest.approx(1 / 3)
    assert checks["best constant click"] == pytest.approx(1 / 3)


def test_a_box_read_wrongly_fails_the_self_test() -> None:
    inverted = replace(BOX, shape=Box(120, 110, 100, 100))
    with pytest.raises(UserError, match="perfect clicker scores 0.00% and must score 100.00%"):
        self_test([inverted], {}, RULES["point-in-box"])


def test_the_best_constant_click_is_found() -> None:
    wide = replace(BOX, shape=Box(0, 0, 200, 300), size=Size(400, 300))
    assert best_constant([wide, replace(wide, shape=Box(390, 290, 399, 299))], {}) == 0.5


# -- recorded steps -------------------------------------------------------------------------------


@pytest.fixture
def recorded(tmp_path: Path) -> Episodes:
    (tmp_path / "ac_idx.txt").write_text("episode_7_screenshot_1\nepisode_7_screenshot_3\n")
    return load_steps(
        "android-control", small.write(tmp_path / "ac.jsonl", [small.EPISODE]), partial=True
    )


def step(found: Episodes, number: int) -> RecordedStep:
    return found.steps[number]


def under(name: str, found: RecordedStep, did: Deed) -> bool:
    return ACTION_RULES[name].right(found, did, Size(1080, 2400))


def tap(x: int, y: int) -> Deed:
    return Deed("click", Point(x=x, y=y))


# A tap at (500, 500); boxes 0,400-1080,800 (a container) and 450,450-550,550.
@pytest.mark.parametrize(
    ("name", "near", "far"),
    [
        ("ac-qwen", (1000, 830), (1000, 850)),  # The container grown by 1.2 ends at y = 840.
        ("ac-osatlas-7708", (640, 500), (660, 500)),  # 0.14 x 1080 = 151 px.
        ("ac-clawgui", (1000, 790), (500, 880)),  # A box, or 368 px.
        ("ac-agentcpm", (1000, 830), (1000, 850)),
        ("ac-paper-500", (549, 549), (560, 560)),
        ("ac-strict", (549, 549), (560, 560)),
    ],
)
def test_each_rule_accepts_taps_as_far_as_it_says(
    recorded: Episodes, name: str, near: tuple[int, int], far: tuple[int, int]
) -> None:
    target = step(recorded, 1)
    assert under(name, target, tap(*near))
    if name == "ac-clawgui":  # 880 - 500 = 380 px away, and in no box.
        assert not under(name, replace(target, boxes=()), tap(*far))
    else:
        assert not under(name, target, tap(*far))


TEXTS = {
    "ac-qwen": ("shoes", "blue boots"), "ac-osatlas-7708": ("red boots", "shoes red"),
    "ac-clawgui": ("shoes red", "red boots for men"), "ac-agentcpm": ("red shoe5", "boots"),
    "ac-paper-500": (" Red Shoes", "red shoe"), "ac-strict": ("red shoes", "Red shoes"),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_each_rule_compares_texts_in_its_own_way(recorded: Episodes, name: str) -> None:
    same, other = TEXTS[name]
    assert under(name, step(recorded, 2), Deed("type", text=same))
    assert not under(name, step(recorded, 2), Deed("type", text=other))


def test_containment_lets_an_empty_text_pass_and_the_strict_rule_does_not(
    recorded: Episodes,
) -> None:
    assert under("ac-qwen", step(recorded, 2), Deed("type"))
    assert not under("ac-strict", step(recorded, 2), Deed("type"))


@pytest.mark.parametrize(
    ("name", "icon"), [("ac-qwen", True), ("ac-paper-500", True), ("ac-strict", False)]
)
def test_a_tap_on_the_icon_opens_the_app_for_some(
    recorded: Episodes, name: str, icon: bool
) -> None:
    assert under(name, step(recorded, 0), tap(50, 50)) is icon
    assert under(name, step(recorded, 0), Deed("open", text="Shop"))


def test_the_vertical_direction_of_the_public_copy_is_inverted(recorded: Episodes) -> None:
    up, left = Deed("swipe", way="up"), Deed("swipe", way="left")
    assert under("ac-qwen", step(recorded, 3), up)
    assert not under("ac-qwen-as-published", step(recorded, 3), up)
    assert under("ac-qwen", step(recorded, 4), left)
    assert under("ac-qwen-as-published", step(recorded, 4), left)


def test_replayed_truth_is_whole_but_for_the_inverted_copy(recorded: Episodes) -> None:
    rates: dict[str, float] = {}
    for rule in steps_.rules_of("android-control"):
        checks = {
            check.name: check.rate
            for check in steps_.self_test_steps(steps_.scored_steps(recorded, rule), rule)
        }
        rates[rule.name] = checks["replayed ground truth"]
        assert checks["empty reply"] == 0
    assert rates.pop("ac-qwen-as-published") == pytest.approx(6 / 7)
    assert set(rates.values()) == {1.0}


def test_a_rule_with_an_index_scores_its_steps_alone(recorded: Episodes) -> None:
    rule = ACTION_RULES["ac-osatlas-7708"]
    assert [s.id for s in steps_.scored_steps(recorded, rule)] == ["7_1", "7_3"]
    (recorded.folder / "ac_idx.txt").unlink()
    with pytest.raises(UserError, match=r"ac_idx.txt names .*put the index beside"):
        steps_.scored_steps(recorded, rule)


def test_replies_of_a_phone_model_are_scored_word_for_word(recorded: Episodes) -> None:
    lines = [
        small.phone("7_0", action="open", text="Shop"),
        small.phone("7_1", action="click", coordinate=[1000, 500]),
        small.phone("7_2", action="type", text="shoes"),
        small.phone("7_3", action="swipe", coordinate=[540, 1000], coordinate2=[560, 100]),
        small.phone("7_4", action="swipe", coordinate=[540, 1000], coordinate2=[540, 100]),
        small.phone("7_5", action="system_button", button="Home"),
        small.said("7_6", "I wait."),
    ]
    verdicts = {
        rule.name: "".join(
            "+" if v.right else "-" for v in steps_.score_steps(recorded.steps, lines, QWEN, rule)
        )
        for rule in steps_.rules_of("android-control")
    }
    # Opened, tapped in the container, typed a part, swiped up for up, swiped up for left, pressed
    # the wrong button, said no action.
    assert verdicts == {
        "ac-qwen": "++++---", "ac-qwen-as-published": "+++----", "ac-osatlas-7708": "+--+---",
        "ac-clawgui": "++++---", "ac-agentcpm": "++++---", "ac-paper-500": "+--+---",
        "ac-strict": "+--+---",
    }  # fmt: skip


def test_text_measures() -> None:
    assert contains("", "anything")
    assert word_f1("a b c", "a b")
    assert not word_f1("a", "a b c d")
    assert similarity("kitten", "sitting") == pytest.approx(1 - 3 / 7)
    assert (similarity("", ""), similarity("ab", "")) == (1, 0)


# -- tables and statistics ------------------------------------------------------------------------


def verdict(name: str, right: bool, kind: str = "text", cluster: str = "") -> Judged:
    cells = {"group": "web", "kind": kind}
    return Judged(name, right, "right" if right else "wrong element", cluster or name, cells)


def test_macro_weighs_cells_and_micro_items() -> None:
    judged = [verdict(f"t{i}", True) for i in range(9)] + [verdict("i", False, "icon")]
    found = tabulate(judged, "point-in-box")
    assert (found.total.value, found.macro) == (0.9, 0.5)
    assert set(found.divisions["group x kind"]) == {"web text", "web icon"}


def test_what_the_machine_failed_is_counted_both_ways() -> None:
    lost = verdict("f", False)._replace(error="failed")
    found = tabulate([verdict("a", True), lost], "point-in-box")
    assert (found.total.value, found.without_failed.value) == (0.5, 1.0)
    assert found.told()["errors"] == {"right": 1, "failed": 1}


def test_items_of_one_picture_make_the_interval_wider() -> None:
    rng = Random(3)
    rights = [rng.random() < 0.6 for _ in range(40)]
    alone = clustered([(i, right) for i, right in enumerate(rights)])
    together = clustered([(i // 10, rights[i // 10]) for i in range(40)])
    assert together.high - together.low > alone.high - alone.low
    assert clustered([(i, right) for i, right in enumerate(rights)]) == alone


# Exact two-sided binomial probabilities, computed by hand: 2 * (1 + 6) / 2**6 and 2 * 1 / 2**5.
@pytest.mark.parametrize(
    ("first", "second", "p"), [(1, 5, 0.21875), (5, 0, 0.0625), (0, 0, 1.0), (3, 3, 1.0)]
)
def test_mcnemar_is_exact(first: int, second: int, p: float) -> None:
    a = {f"a{i}": True for i in range(first)} | {f"b{i}": False for i in range(second)}
    b = {f"a{i}": False for i in range(first)} | {f"b{i}": True for i in range(second)}
    same = {f"s{i}": True for i in range(7)}
    found = mcnemar(a | same, b | same)
    assert (found.n, found.only_first, found.only_second) == (first + second + 7, first, second)
    assert found.p == pytest.approx(p)


def test_a_published_number_is_compared_with_its_own_model_and_denominator() -> None:
    judged = [verdict(f"{i}", i < 290) for i in range(1000)]
    found = compare("screenspot-pro", "Qwen/Qwen2.5-VL-7B-Instruct", tabulate(judged, "p"))
    assert [c.published.score for c in found] == pytest.approx([0.29, 0.276, 0.2745])
    assert all(c.inside for c in found)
    assert not compare("screenspot-pro", "qvl-mini", tabulate(judged, "p"))
    assert not compare("osworld-g", "qwen2.5-vl-72b", tabulate(judged, "osworldg-510"))
