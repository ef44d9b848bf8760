"""Key names of every family end in one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qvl_agent.actions.errors import BadReply
from qvl_agent.actions.keys import CANONICAL, canonical, combo


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Control", "ctrl"),
        ("CTRL", "ctrl"),
        ("ctrlleft", "ctrl"),
        ("Control_L", "ctrl"),
        ("option", "alt"),
        ("cmd", "meta"),
        ("Super_L", "meta"),
        ("win", "meta"),
        ("Return", "enter"),
        ("KEYCODE_ENTER", "enter"),
        ("esc", "escape"),
        ("ArrowLeft", "left"),
        ("arrowleft", "left"),
        ("PageDown", "pagedown"),
        ("Page_Down", "pagedown"),
        ("page down", "pagedown"),
        ("pgdn", "pagedown"),
        ("Next", "pagedown"),
        ("F1", "f1"),
        ("f24", "f24"),
        ("volume_up", "volume_up"),
        ("volumeup", "volume_up"),
        ("AudioVolumeUp", "volume_up"),
        ("KEYCODE_VOLUME_DOWN", "volume_down"),
        ("KeyA", "a"),
        ("Digit7", "7"),
        ("space", "space"),
        (" ", "space"),
        ("plus", "+"),
        ("minus", "-"),
        ("a", "a"),
        ("A", "A"),
        ("é", "é"),
    ],
)
def test_every_familys_name_becomes_the_canonical_one(written: str, meant: str) -> None:
    assert canonical(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ctrl+a", ("ctrl", "a")),
        ("ctrl a", ("ctrl", "a")),
        ("ctrl ,", ("ctrl", ",")),
        ("ctrl++", ("ctrl", "+")),
        ("Control+Shift+T", ("ctrl", "shift", "t")),
        (["ctrl", "c"], ("ctrl", "c")),
        (["CTRL", "A"], ("ctrl", "a")),
        (["ctrl+shift+p"], ("ctrl", "shift", "p")),
        (["keys=['ctrl'", "c']"], ("ctrl", "c")),
        (["['ctrl\"", "a']"], ("ctrl", "a")),
        (["["], ("[",)),
        (["'"], ("'",)),
        (["+"], ("+",)),
        (["ctrl", "-"], ("ctrl", "-")),
        ("page down", ("pagedown",)),
        (["alt", "Tab"], ("alt", "tab")),
    ],
)
def test_combinations_are_read_in_every_way_they_are_written(
    written: str | list[str], meant: tuple[str, ...]
) -> None:
    assert combo(written) == meant


def test_an_unknown_key_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(BadReply, match="'entr'.*enter"):
        canonical("entr")


@pytest.mark.parametrize("keys", ["", [], ["tab", "tab"], ["ctrl", "Control"], "no_such_key"])
def test_what_is_no_combination_is_refused(keys: str | list[str]) -> None:
    with pytest.raises(BadReply):
        combo(keys)


def test_canonical_names_are_their_own_spelling() -> None:
    for name in CANONICAL:
        assert canonical(name) == name


@given(st.lists(st.text(max_size=12), max_size=6))
def test_any_words_are_keys_or_refused_and_reading_twice_changes_nothing(names: list[str]) -> None:
    try:
        keys = combo(names)
    except BadReply:
        return
    assert combo(list(keys)) == keys
