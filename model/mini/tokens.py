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
from ...actions.types import Capabilities, Kind
from .shape import TALL, WIDE, View

VOCAB = 512
SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>",
    "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>",
)  # fmt: skip
_BOTH: tuple[Kind, ...] = (
    "click", "long_press", "drag", "scroll", "type", "press", "back", "goto", "wait", "answer", "ask_user", "finish",
)  # fmt: skip
CAN = {
    WIDE.surface: Capabilities("browser", frozenset((*_BOTH, "hover"))),
    TALL.surface: Capabilities("mobile", frozenset((*_BOTH, "home", "recents", "open_app"))),
}
"""What the prompt of each kind of screen offers."""
END = "}}\n</tool_call>"
END_XY, END_TEXT, END_KEYS = f"]{END}", f'"{END}', f'"]{END}'


class Calls(NamedTuple):
    """The skeletons of the calls on one kind of screen."""

    click: str
    type: str
    done: str
    failed: str


def _begin(tool: str) -> str:
    return f'\n<tool_call>\n{{"name": "{tool}", "arguments": {{"action": '


def _calls(begin: str, click: str) -> Calls:
    return Calls(
        f'{begin}"{click}", "coordinate": [',
        f'{begin}"type", "text": "',
        f'{begin}"terminate", "status": "success"{END}',
        f'{begin}"terminate", "status": "failure"{END}',
    )


_WEB, _PHONE = _begin("computer_use"), _begin("mobile_use")
CALLS = {WIDE.surface: _calls(_WEB, "left_click"), TALL.surface: _calls(_PHONE, "click")}
KEY = _WEB + '"key", "keys": ["'
OPEN = _PHONE + '"open", "text": "'
STROKE = (TALL.width // 2, TALL.height * 3 // 4), (TALL.width // 2, TALL.height // 4)
"""Further down in a list: always from here to there."""
SWIPE = f'{_PHONE}"swipe", "coordinate": {[*STROKE[0]]}, "coordinate2": {[*STROKE[1]]}{END}'
BACK = f'{_PHONE}"system_button", "button": "Back"{END}'
PHRASES = (
    "system\n", "user\n", "assistant\n", "Step ", "\nStep ", "Click ", "Type into ", "Press ", "Go back.",
    "Done.", "Cannot be done.", ", ", '", "', ": ", "What is at [", " (Result: nothing changed)",
    *CALLS["browser"][:2], KEY, _WEB + '"wait", "time": ', _WEB + '"scroll", "pixels": ', END,
    END_XY, END_TEXT, END_KEYS, *CALLS["browser"][2:],
    "\nPlease generate the next move according to the UI screenshot, instruction and previous actions.\n\nInstruction: ",
    "\n\nPrevious actions:\n",
)  # fmt: skip

PHONE_PHRASES = (*CALLS["mobile"], OPEN, SWIPE, BACK, "Open ", "Scroll down.")


def messages_text(goal: str, view: View = WIDE) -> tuple[str, str]:
    """System text and first user text, as the dialect renders them for this kind of screen."""
    dialect = by_name("qvl-mini")
    picture = Image(b"", view.size, view.size)
    system, user = dialect.render(goal, (), picture, CAN[view.surface])
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
