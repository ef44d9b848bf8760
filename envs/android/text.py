"""Text into the field with the focus, by the first rung of a ladder that can carry it."""

from __future__ import annotations

import re

from ...actions.errors import ActionError
from .keyboard import Keyboard, NoKeyboard
from .keys import DELETE, ENTER, MOVE_END, TAB
from .link import Link
from .state import field_text

_PLAIN = re.compile(r"[ -~]*")
_TYPED = re.compile(r"[ -~\n\t]*")
_PIECE = 400
_LOOKS = 12
_LOOK_EVERY = 0.15
_MOST_DELETED = 200


def enter(link: Link, keyboard: Keyboard, text: str) -> None:
    """Bring a text in exactly; ActionError says which rung is missing.

    Line breaks at the end are the Enter key: that is what they mean in a field of one line.
    """
    if "\0" in text:
        raise ActionError("there is a NUL character in the text, which no field can hold")
    body = text.rstrip("\n")
    if _PLAIN.fullmatch(body):
        plain(link, body)
    else:
        try:
            by_keyboard(link, keyboard, body)
        except NoKeyboard as error:
            if not _TYPED.fullmatch(body):
                raise ActionError(
                    "this text has characters that `input text` cannot enter, and the other way is"
                    f" missing: {error}"
                ) from error
            with_keys(link, body)
    for _ in text[len(body) :]:
        link.must("input", "keyevent", str(ENTER))


def plain(link: Link, text: str) -> None:
    """Printable ASCII, in as few calls as can be.

    `%s` is a space for `input text`, on every version; so where it is meant, it goes in two calls.
    """
    for piece in re.split(r"(?<=%)(?=s)", text):
        for start in range(0, len(piece), _PIECE):
            link.must("input", "text", piece[start : start + _PIECE].replace(" ", "%s"))


def with_keys(link: Link, text: str) -> None:
    """ASCII with line breaks and tabs, which are keys."""
    for part in re.split(r"([\n\t])", text):
        if part in ("\n", "\t"):
            link.must("input", "keyevent", str(ENTER if part == "\n" else TAB))
        elif part:
            plain(link, part)


def by_keyboard(link: Link, keyboard: Keyboard, text: str) -> None:
    """Any text, by the broadcast keyboard; read back where the field tells what stands in it."""
    with keyboard.borrowed():
        before = field_text(link)
        keyboard.enter(text)
        if before is None:
            return
        now: str | None = before
        for _ in range(_LOOKS):
            now = field_text(link)
            if now is None or arrived(before, now, text):
                return
            keyboard.pause(_LOOK_EVERY)
    held = f"the field holds {now[:60]!r}" if now else "the field is empty"
    raise ActionError(f"the text was sent, and did not arrive whole; {held}")


def arrived(before: str, now: str, text: str) -> bool:
    """Whether a field holds the text now, once more than before."""
    wanted = same(text)
    return not wanted or same(now).count(wanted) > same(before).count(wanted) or now == text


def same(text: str) -> str:
    """A text as fields may tell it: white space differs, and what uiautomator cannot write.

    It puts dots for both halves of a character outside the basic plane, such as an emoji.
    """
    return re.sub(r"[\s\ufffd.\U00010000-\U0010ffff]+", "", text)


def clear(link: Link, keyboard: Keyboard) -> None:
    """Empty the field with the focus."""
    done = link.shell("input", "keycombination", "113", "29")
    if done.code == 0:
        link.must("input", "keyevent", str(DELETE))
        return
    # Before Android 12 there are no combinations.
    link.must("input", "keyevent", str(MOVE_END))
    text = field_text(link)
    count = min(len(text) + 1 if text is not None else _MOST_DELETED, _MOST_DELETED)
    link.must("input", "keyevent", *[str(DELETE)] * count, within=20.0)
