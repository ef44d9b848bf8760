"""qvl-mini's vocabulary: bytes, the family's special tokens, and the dialect's fixed scaffolding.

Letters and digits are single tokens, so that copying and reading transfer to unseen words. The tool prompt's
lines and the skeletons of a call are single tokens too, which keeps the long prompt cheap.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from ...actions.dialects.registry import by_name
from ...actions.messages import Image
from ...actions.types import Capabilities, Size
from .shape import TALL, WIDE, View

SIZE, PHONE_SIZE = Size(WIDE.width, WIDE.height), Size(TALL.width, TALL.height)
VOCAB = 512
SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>",
    "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
BROWSER = Capabilities(
    "browser",
    frozenset({
        "click", "long_press", "drag", "scroll", "type", "press", "hover", "back", "goto", "wait",
        "answer", "ask_user", "finish",
    }),
)  # fmt: skip
PHONE = Capabilities(
    "mobile",
    frozenset({
        "click", "long_press", "drag", "scroll", "type", "press", "back", "home", "recents", "open_app",
        "goto", "wait", "answer", "ask_user", "finish",
    }),
)  # fmt: skip
END_XY = "]}}\n</tool_call>"
END_TEXT = '"}}\n</tool_call>'
END_KEYS = '"]}}\n</tool_call>'


class Calls(NamedTuple):
    """The skeletons of the calls on one kind of screen."""

    click: str
    type: str
    done: str
    failed: str


def _calls(tool: str, click: str) -> Calls:
    call = f'\n<tool_call>\n{{"name": "{tool}", "arguments": {{"action": '
    end = "}}\n</tool_call>"
    return Calls(
        f'{call}"{click}", "coordinate": [',
        f'{call}"type", "text": "',
        f'{call}"terminate", "status": "success"{end}',
        f'{call}"terminate", "status": "failure"{end}',
    )


CALLS = {
    WIDE.surface: _calls("computer_use", "left_click"), TALL.surface: _calls("mobile_use", "click"),
}  # fmt: skip
_CALL = '\n<tool_call>\n{"name": "computer_use", "arguments": {"action": '
KEY = _CALL + '"key", "keys": ["'
_ON_PHONE = _CALL.replace("computer_use", "mobile_use")
OPEN = _ON_PHONE + '"open", "text": "'
_X, _LOW, _HIGH = TALL.width // 2, TALL.height * 3 // 4, TALL.height // 4
SWIPE = (
    _ON_PHONE
    + f'"swipe", "coordinate": [{_X}, {_LOW}], "coordinate2": [{_X}, {_HIGH}]}}}}\n</tool_call>'
)
"""Further down in a list: always this stroke."""
BACK = _ON_PHONE + '"system_button", "button": "Back"}}\n</tool_call>'
PHRASES = (
    "system\n", "user\n", "assistant\n", "Step ", "\nStep ", "Click ", "Type into ", "Press ", "Go back.",
    "Done.", "Cannot be done.", ", ", '", "', ": ", "What is at [", " (Result: nothing changed)",
    *CALLS["browser"][:2], KEY, _CALL + '"wait", "time": ', _CALL + '"scroll", "pixels": ', "}}\n</tool_call>",
    END_XY, END_TEXT, END_KEYS, *CALLS["browser"][2:],
    "\nPlease generate the next move according to the UI screenshot, instruction and previous actions.\n\nInstruction: ",
    "\n\nPrevious actions:\n",
)  # fmt: skip

PHONE_PHRASES = (*CALLS["mobile"], OPEN, SWIPE, BACK, "Open ", "Scroll down.")


def messages_text(goal: str, view: View = WIDE) -> tuple[str, str]:
    """System text and first user text, as the dialect renders them for this kind of screen."""
    dialect = by_name("qvl-mini")
    size, can = (SIZE, BROWSER) if view is WIDE else (PHONE_SIZE, PHONE)
    system, user = dialect.render(goal, (), Image(b"", size, size), can)
    return "".join(p for p in system.parts if isinstance(p, str)), "".join(
        p for p in user.parts if isinstance(p, str)
    )


def system_pieces(view: View) -> list[str]:
    """The system prompt cut at line ends and bullets, the resolution left to digits."""
    text = messages_text("x", view)[0]
    lines: list[str] = []
    for line in text.splitlines(keepends=True):
        lines += re.split(r"(?<=\\n)(?=\*)", line)
    pieces: list[str] = []
    for line in lines:
        pieces += [p for p in line.split(f"{view.width}x{view.height}") if len(p) > 3]
    return list(dict.fromkeys(pieces))


@cache
def added() -> tuple[str, ...]:
    """Every added token's text in id order, after the 256 bytes."""
    texts = dict.fromkeys(
        (*SPECIAL, *PHRASES, *system_pieces(WIDE), *PHONE_PHRASES, *system_pieces(TALL))
    )
    spare = VOCAB - 256 - len(texts)
    return (*texts, *(f"<|spare_{i}|>" for i in range(spare)))


@cache
def _table() -> tuple[dict[str, int], re.Pattern[str]]:
    ids = {text: 256 + i for i, text in enumerate(added())}
    longest = sorted(ids, key=len, reverse=True)
    return ids, re.compile("(" + "|".join(map(re.escape, longest)) + ")")


def encode(text: str) -> list[int]:
    """Token ids, special tokens included where their text stands."""
    ids, pattern = _table()
    out: list[int] = []
    for piece in pattern.split(text):
        if piece in ids:
            out.append(ids[piece])
        else:
            out += piece.encode()
    return out


def decode(ids: list[int]) -> str:
    """The text of token ids."""
    texts = added()
    raw = b"".join(bytes([i]) if i < 256 else texts[i - 256].encode() for i in ids)
    return raw.decode(errors="replace")


@cache
def prefix(view: View = WIDE) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Token ids before and after the picture's cells, up to the user's text."""
    system = messages_text("x", view)[0]
    before = f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n<|vision_start|>"
    return tuple(encode(before)), tuple(encode("<|vision_end|>"))
