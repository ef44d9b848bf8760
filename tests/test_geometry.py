"""The size a model sees, and the way of a point between model space and screenshot."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qvl_agent.actions.dialects.base import ResizeRule
from qvl_agent.actions.dialects.space import (
    Space,
    fractions,
    nines,
    pixel_nines,
    pixels,
    thousandths,
)
from qvl_agent.actions.errors import BadReply, UserError
from qvl_agent.actions.messages import Image
from qvl_agent.actions.types import Point, Size
from qvl_agent.model.image import smart_resize

RULE_28 = ResizeRule(28, 3136, 12845056)
RULE_32 = ResizeRule(32, 65536, 16777216)
SMALL_28 = ResizeRule(28, 3136, 2109744)

# Screen, factor 28, factor 28 with ScaleCUA's maximum, factor 32.
SCREENS = [
    ((1280, 720), (1288, 728), (1288, 728), (1280, 704)),
    ((1280, 800), (1288, 812), (1288, 812), (1280, 800)),
    ((1366, 768), (1372, 756), (1372, 756), (1376, 768)),
    ((1440, 900), (1428, 896), (1428, 896), (1440, 896)),
    ((1600, 900), (1596, 896), (1596, 896), (1600, 896)),
    ((1920, 1080), (1932, 1092), (1932, 1092), (1920, 1088)),
    ((2560, 1440), (2548, 1428), (1932, 1064), (2560, 1440)),
    ((2880, 1800), (2884, 1792), (1820, 1148), (2880, 1792)),
    ((3840, 2160), (3836, 2156), (1932, 1064), (3840, 2176)),
    ((5120, 2880), (4760, 2688), (1932, 1064), (5120, 2880)),
    ((1080, 2340), (1092, 2352), (980, 2128), (1088, 2336)),
    ((1080, 2400), (1092, 2408), (952, 2156), (1088, 2400)),
    ((1440, 3120), (1428, 3108), (980, 2128), (1440, 3136)),
]
SIZES = st.builds(Size, st.integers(1, 6000), st.integers(1, 6000)).filter(
    lambda size: max(size) <= 200 * min(size)
)


@pytest.mark.parametrize(("screen", "by_28", "small", "by_32"), SCREENS)
def test_published_screens_get_their_published_sizes(
    screen: tuple[int, int],
    by_28: tuple[int, int],
    small: tuple[int, int],
    by_32: tuple[int, int],
) -> None:
    assert smart_resize(Size(*screen), RULE_28) == by_28
    assert smart_resize(Size(*screen), SMALL_28) == small
    assert smart_resize(Size(*screen), RULE_32) == by_32


def test_half_a_factor_rounds_to_even() -> None:
    assert smart_resize(Size(1280, 720), RULE_32) == (1280, 704)


@settings(max_examples=500, deadline=None)
@given(SIZES, st.sampled_from([RULE_28, RULE_32, SMALL_28, ResizeRule(28, 78400, 12845056)]))
def test_the_rule_is_that_of_transformers(size: Size, rule: ResizeRule) -> None:
    theirs = pytest.importorskip("transformers.models.qwen2_vl.image_processing_pil_qwen2_vl")
    high, wide = theirs.smart_resize(size.height, size.width, *rule)
    assert smart_resize(size, rule) == (wide, high)


@pytest.mark.parametrize("size", [Size(1, 201), Size(30000, 100), Size(0, 10)])
def test_a_picture_that_no_model_takes_is_refused_with_its_size(size: Size) -> None:
    with pytest.raises(UserError, match=str(size)):
        smart_resize(size, RULE_28)


def _image(size: Size, rule: ResizeRule = RULE_28) -> Image:
    return Image(b"", size, smart_resize(size, rule))


def test_the_executed_pixel_of_a_published_log_is_reproduced() -> None:
    space = pixels(_image(Size(1440, 900)))
    assert space.exact(1074, 37) == pytest.approx((1083.0252100840337, 37.16517857142858))
    assert space.point(1074, 37) == Point(x=1083, y=37)


SPACES = [pixels, thousandths, nines, pixel_nines, fractions]


@settings(max_examples=300)
@given(SIZES.filter(lambda size: min(size) >= 56), st.data())
def test_model_pixels_survive_the_way_to_the_screenshot_and_back(
    size: Size, data: st.DataObject
) -> None:
    image = _image(size)
    space = pixels(image)
    x = data.draw(st.integers(0, image.seen.width - 1))
    y = data.draw(st.integers(0, image.seen.height - 1))
    point = space.point(x, y)
    assert size.holds(point)
    back = space.model(point)
    # One screenshot pixel may stand for several model pixels when the picture was enlarged.
    room = [max(1.0, seen / real) for seen, real in zip(image.seen, size, strict=True)]
    assert abs(back[0] - x) <= room[0]
    assert abs(back[1] - y) <= room[1]


@settings(max_examples=300)
@given(SIZES, st.sampled_from(SPACES), st.data())
def test_a_screenshot_pixel_survives_the_way_to_the_model_and_back(
    size: Size, make: Callable[[Image], Space], data: st.DataObject
) -> None:
    image = _image(size)
    space = make(image)
    point = Point(
        x=data.draw(st.integers(0, size.width - 1)), y=data.draw(st.integers(0, size.height - 1))
    )
    back = space.point(*space.model(point))
    # Half a step of the model's grid, in pixels, plus the rounding.
    step = [reach / span for reach, span in zip(space.reach, space.span, strict=True)]
    step = [0.001 * s if make is fractions else s for s in step]
    assert abs(back.x - point.x) <= step[0] + 1
    assert abs(back.y - point.y) <= step[1] + 1


@given(SIZES, st.sampled_from(SPACES), st.floats(0, 1), st.floats(0, 1))
def test_what_lies_inside_the_space_lies_on_the_screenshot(
    size: Size, make: Callable[[Image], Space], x: float, y: float
) -> None:
    space = make(_image(size))
    there = x * space.last[0], y * space.last[1]
    if make is not fractions and min(there) > 0 and max(there) < 1:
        return  # taken for a fraction; see the test below
    assert size.holds(space.point(*there))


def test_a_fraction_is_refused_where_it_would_be_taken_for_the_first_pixel() -> None:
    for make in (pixels, thousandths, nines, pixel_nines):
        with pytest.raises(BadReply, match="fraction"):
            make(_image(Size(1280, 720))).point(0.34, 0.82)


@pytest.mark.parametrize("point", [(1288, 10), (10, 728), (-1, 10), (10, -0.5), (1e9, 1e9)])
def test_a_point_outside_is_refused_and_never_moved_inside(point: tuple[float, float]) -> None:
    with pytest.raises(BadReply, match="lies outside"):
        pixels(_image(Size(1280, 720))).point(*point)


def test_the_far_corner_stays_on_the_screen_in_every_space() -> None:
    image = _image(Size(1280, 720))
    for make in SPACES:
        space = make(image)
        assert space.point(*space.last) == Point(x=1279, y=719)
