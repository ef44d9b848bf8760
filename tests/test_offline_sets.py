"""Annotation files: every schema in its own convention, and nothing guessed or passed over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import offline_sets as small
from qvl_agent.actions.errors import UserError
from qvl_agent.actions.types import Point, Size
from qvl_agent.tasks.offline.hub import write_table
from qvl_agent.tasks.offline.recorded import load_steps
from qvl_agent.tasks.offline.samples import Target, all_pictures
from qvl_agent.tasks.offline.sets import load
from qvl_agent.tasks.offline.shapes import Box, Polygon, middle_point, outline, read_box
from qvl_agent.tasks.offline.steps import Deed


def loaded(name: str, folder: Path, **how: bool) -> tuple[Target, ...]:
    return load(name, folder, partial=True, **how).targets


def test_screenspot_boxes_are_left_top_width_height(tmp_path: Path) -> None:
    folder = small.write(tmp_path / "screenspot_mobile.json", small.SPOT)
    one, other = loaded("screenspot", folder)
    assert one.shape == Box(10, 20, 40, 60)
    assert (one.id, one.group, one.kind, one.platform) == (
        "screenspot_mobile_0", "mobile", "text", "ios",
    )  # fmt: skip
    assert (other.id, other.what, other.cluster) == ("screenspot_mobile_1", "close", "a.png")


def test_the_same_field_holds_corners_in_screenspot_pro(tmp_path: Path) -> None:
    folder = small.write(tmp_path / "app_windows.json", small.PRO)
    one, other = loaded("screenspot-pro", folder)
    assert (one.shape, one.size, one.app) == (Box(10, 20, 40, 60), Size(400, 300), "app")
    assert (other.id, other.group, other.platform) == ("app_windows_1", "Dev", "windows")
    assert [t.what for t in loaded("screenspot-pro", folder, chinese=True)] == ["重做", "撤销"]


def test_the_platform_of_v2_in_pros_schema_is_in_its_application(tmp_path: Path) -> None:
    row = small.PRO[0] | {"application": "screenspot_mobile_v2", "platform": "v2", "group": "Dev"}
    target = loaded("screenspot-v2", small.write(tmp_path / "v2.json", [row]))[0]
    assert (target.group, target.platform, target.app) == ("mobile", "", "")


def test_boxes_of_the_hub_table_are_fractions(tmp_path: Path) -> None:
    row = {"file_name": "w.png", "bbox": [0.1, 0.2, 0.5, 0.4], "instruction": "go",
           "data_type": "icon", "data_source": "shop",
           "image": Image.new("RGB", (200, 100))}  # fmt: skip
    write_table([row], tmp_path, "screenspot")
    (target,) = loaded("screenspot", tmp_path)
    assert target.shape == pytest.approx((20, 20, 100, 40))
    assert (target.group, target.size) == ("web", Size(200, 100))
    assert all_pictures([t.picture for t in loaded("screenspot", tmp_path)], tmp_path)


def test_osworld_g_has_boxes_polygons_and_refusals(tmp_path: Path) -> None:
    folder = small.write(tmp_path / "OSWorld-G.json", small.OSWORLD_G)
    box, polygon, refusal = loaded("osworld-g", folder)
    assert box.shape == Box(10.5, 20.5, 40.5, 60.5)
    assert polygon.shape == Polygon(((100, 100), (140, 100), (100, 140)))
    assert (refusal.shape, refusal.group) == (None, "refusal")


def test_the_mangled_copy_is_repaired_and_said_to_be(tmp_path: Path) -> None:
    true = loaded("osworld-g", small.write(tmp_path / "a" / "true.json", small.OSWORLD_G))
    copy = load("osworld-g", small.write(tmp_path / "b" / "copy.json", small.MANGLED), partial=True)
    assert [t.shape for t in copy.targets] == [t.shape for t in true]
    assert "1 mangled polygons were repaired, and 1 boxes of zeros" in copy.notes[0]


def test_a_copy_with_sound_polygons_is_left_as_it_is(tmp_path: Path) -> None:
    sound = [small.MANGLED[1] | {"bbox": [100, 100, 140, 100, 100, 140]}]
    copy = load("osworld-g", small.write(tmp_path / "copy.json", sound), partial=True)
    assert copy.targets[0].shape == Polygon(((100, 100), (140, 100), (100, 140)))
    assert "0 mangled" in copy.notes[0]


def test_refined_instructions_are_another_file(tmp_path: Path) -> None:
    small.write(tmp_path / "OSWorld-G.json", small.OSWORLD_G)
    refined = [row | {"instruction": "refined"} for row in small.OSWORLD_G]
    small.write(tmp_path / "OSWorld-G_refined.json", refined)
    assert {t.what for t in loaded("osworld-g", tmp_path, refined=True)} == {"refined"}
    assert "refined" not in {t.what for t in loaded("osworld-g", tmp_path)}


def test_a_box_that_sticks_out_is_kept_and_told(tmp_path: Path) -> None:
    found = load("screenspot-pro", small.write(tmp_path / "x.json", small.PRO), partial=True)
    assert found.notes == (
        "the box of app_windows_1 sticks out of its picture of 400x300: kept as it is",
    )


PRO_ROW = small.PRO[0]
WITHOUT_BOX = {k: v for k, v in PRO_ROW.items() if k != "bbox"}
BAD: dict[str, tuple[object, str]] = {
    "a box outside its picture": ([PRO_ROW | {"bbox": [500, 20, 540, 60]}], "lies outside its"),
    "a box without area": ([PRO_ROW | {"bbox": [40, 20, 10, 60]}], "is empty when read as xyxy px"),
    "a box of three numbers": ([PRO_ROW | {"bbox": [1, 2, 3]}], "four numbers, not 3"),
    "an unknown schema": ([WITHOUT_BOX], "no schema known here"),
    "two rows with one id": ([PRO_ROW, PRO_ROW], "occurs 2 times"),
    "a row without words": ([PRO_ROW | {"instruction": ""}], "row 0 has no instruction"),
    "no list": ({"a": 1}, "holds no list of annotations"),
    "a row that is no object": ([PRO_ROW, 3], "row 1 is no object"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_damage_is_one_line_that_names_it(name: str, tmp_path: Path) -> None:
    rows, said = BAD[name]
    (tmp_path / "x.json").write_text(json.dumps(rows))
    with pytest.raises(UserError, match=said) as found:
        loaded("screenspot-pro", tmp_path)
    assert "\n" not in str(found.value)


def test_a_file_cut_in_the_middle_is_told_with_its_line(tmp_path: Path) -> None:
    whole = json.dumps(small.PRO[0])
    (tmp_path / "x.jsonl").write_text(f"{whole}\n{whole[:40]}\n")
    with pytest.raises(UserError, match="line 2 is half a line"):
        loaded("screenspot-pro", tmp_path)
    (tmp_path / "x.jsonl").unlink()
    (tmp_path / "y.json").write_text(json.dumps(small.PRO, indent=1)[:-60])
    with pytest.raises(UserError, match="is damaged at line"):
        loaded("screenspot-pro", tmp_path)


def test_a_part_of_a_published_set_is_no_set_unless_it_is_called_one(tmp_path: Path) -> None:
    folder = small.write(tmp_path / "screenspot_mobile.json", small.SPOT)
    with pytest.raises(UserError, match="2 mobile items and the published set has 502.*--partial"):
        load("screenspot", folder)
    steps = small.write(tmp_path / "ac" / "ac.jsonl", [small.EPISODE])
    with pytest.raises(UserError, match="7 steps and the published test set has 8444"):
        load_steps("android-control", steps)


def test_missing_pictures_are_counted_before_anything_is_asked(tmp_path: Path) -> None:
    small.paint(tmp_path, ["a.png"], Size(400, 300))
    with pytest.raises(UserError, match="1 of 2 pictures are missing, the first: b.png"):
        all_pictures(["a.png", "b.png", "a.png"], tmp_path)


@pytest.mark.parametrize("name", ["../secret.png", "/etc/passwd", "images/../../x.png"])
def test_a_picture_name_cannot_leave_the_folder(name: str, tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "secret.png").touch()
    with pytest.raises(UserError, match="pictures are missing"):
        all_pictures([name], tmp_path / "set")


def test_recorded_steps_know_their_truth_boxes_and_history(tmp_path: Path) -> None:
    steps = load_steps(
        "android-control", small.write(tmp_path / "ac.jsonl", [small.EPISODE]), partial=True
    ).steps
    assert [step.truth for step in steps] == [
        Deed("open", text="Shop"), Deed("click", Point(x=500, y=500)),
        Deed("type", text="red shoes"), Deed("swipe", Point(x=540, y=1800), "up"),
        Deed("swipe", Point(x=810, y=1200), "left"), Deed("button", text="back"), Deed("wait"),
    ]  # fmt: skip
    assert [step.label for step in steps[3:5]] == ["down", "left"]
    assert [len(step.past) for step in steps] == list(range(7))
    assert steps[1].boxes == (Box(0, 400, 1080, 800), Box(450, 450, 550, 550))
    assert {step.cluster for step in steps} == {"7"}


def test_aitz_puts_y_first(tmp_path: Path) -> None:
    folder = small.write(tmp_path / "general" / "9" / "9.json", small.AITZ).parent.parent
    tap, swipe, done = load_steps("aitz", folder, partial=True).steps
    assert tap.truth == Deed("click", Point(x=130, y=318))
    assert tap.boxes == (Box(100, 300, 160, 340),)
    assert (swipe.truth.kind, swipe.truth.way) == ("swipe", "up")
    assert done.truth == Deed("finish", text="done")


@given(st.tuples(*[st.floats(0, 1000)] * 2), st.tuples(*[st.floats(0.5, 500)] * 2))
def test_reading_a_box_keeps_its_edges(at: Any, sides: Any) -> None:
    box = read_box((*at, *sides), "xywh px")
    corners = (at[0], at[1], at[0] + sides[0], at[1] + sides[1])
    assert tuple(box) == pytest.approx(corners)
    assert read_box(corners, "xyxy px") == pytest.approx(box)
    assert all(box.holds(*corner) for corner in [(box.left, box.top), (box.right, box.bottom)])


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=3, max_size=9))
def test_a_polygon_lies_within_its_box_and_holds_its_corners(corners: Any) -> None:
    polygon = Polygon(tuple(corners))
    assert all(polygon.holds(*corner) for corner in corners)
    box = outline(polygon)
    assert not polygon.holds(box.right + 1, box.top)
    at = middle_point(polygon)
    assert not polygon.holds(at.x, at.y) or box.holds(at.x, at.y)


def test_a_hollow_polygon_has_a_hole() -> None:
    u = Polygon(((0, 0), (30, 0), (30, 30), (20, 30), (20, 10), (10, 10), (10, 30), (0, 30)))
    assert u.holds(5, 20)
    assert not u.holds(15, 20)
    assert u.holds(*(lambda p: (p.x, p.y))(middle_point(u)))
