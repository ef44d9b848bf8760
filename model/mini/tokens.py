"""qvl-mini's vocabulary: bytes, the family's special tokens, and the dialect's fixed scaffolding.

Letters and digits are single tokens, so that copying and reading transfer to unseen words. The tool prompt's
lines and the skeletons of a call are single tokens too, which keeps the long prompt cheap.
"""

from __future__ import annotations

import re
from functools import cache

from ...actions.dialects.registry import by_name
from ...actions.messages import Image
from ...actions.types import Capabilities, Size

SIZE = Size(448, 336)
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
_CALL = '\n<tool_call>\n{"name": "computer_use", "arguments": {"action": '
CLICK = _CALL + '"left_click", "coordinate": ['
TYPE = _CALL + '"type", "text": "'
KEY = _CALL + '"key", "keys": ["'
END_XY = "]}}\n</tool_call>"
END_TEXT = '"}}\n</tool_call>'
END_KEYS = '"]}}\n</tool_call>'
DONE = _CALL + '"terminate", "status": "success"}}\n</tool_call>'
FAILED = _CALL + '"terminate", "status": "failure"}}\n</tool_call>'
PHRASES = (
    "system\n", "user\n", "assistant\n", "Step ", "\nStep ", "Click ", "Type into ", "Press ", "Go back.",
    "Done.", "Cannot be done.", ", ", '", "', ": ", "What is at [", " (Result: nothing changed)",
    CLICK, TYPE, KEY, _CALL + '"wait", "time": ', _CALL + '"scroll", "pixels": ', "}}\n</tool_call>",
    END_XY, END_TEXT, END_KEYS, DONE, FAILED,
    "\nPlease generate the next move according to the UI screenshot, instruction and previous actions.\n\nInstruction: ",
    "\n\nPrevious actions:\n",
)  # fmt: skip


def messages_text(goal: str) -> tuple[str, str]:
    """System text and first user text, as the dialect renders them for the practice browser."""
    dialect = by_name("qwen2.5-vl")
    system, user = dialect.render(goal, (), Image(b"", SIZE, SIZE), BROWSER)
    return "".join(p for p in system.parts if isinstance(p, str)), "".join(
        p for p in user.parts if isinstance(p, str)
    )


def system_pieces() -> list[str]:
    """The system prompt cut at line ends and bullets, the resolution left to digits."""
    text = messages_text("x")[0]
    lines: list[str] = []
    for line in text.splitlines(keepends=True):
        lines += re.split(r"(?<=\\n)(?=\*)", line)
    pieces: list[str] = []
    for line in lines:
        pieces += [p for p in line.split(str(SIZE)) if len(p) > 3]
    return list(dict.fromkeys(pieces))


@cache
def added() -> tuple[str, ...]:
    """Every added token's text in id order, after the 256 bytes."""
    texts = (*SPECIAL, *PHRASES, *system_pieces())
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
def prefix() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Token ids before and after the picture's cells, up to the user's text."""
    system = messages_text("x")[0]
    before = f"<|im_start|>system\n{system}<|im_end|>\n<|im_start|>user\n<|vision_start|>"
    return tuple(encode(before)), tuple(encode("<|vision_end|>"))
