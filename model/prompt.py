"""From messages to token ids: the checkpoint's own chat template, with hostile text kept text.

The result equals `tokenizer.apply_chat_template`, with one difference: a control token's name
inside a message (`<|im_end|>` in a goal, a page's text, an earlier reply) stays characters. Added
tokens that are not control tokens (`<tool_call>`, qvl-mini's scaffolding) are encoded as usual.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from ..actions.messages import Message

TEMPLATE = (
    "{%- for message in messages %}"
    "{%- if loop.first and message['role'] != 'system' %}"
    "{{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}"
    "{%- endif %}"
    "{{- '<|im_start|>' + message['role'] + '\\n' }}"
    "{%- if message['content'] is string %}{{- message['content'] }}"
    "{%- else %}{%- for part in message['content'] %}"
    "{%- if part['type'] == 'image' %}{{- '<|vision_start|><|image_pad|><|vision_end|>' }}"
    "{%- else %}{{- part['text'] }}{%- endif %}"
    "{%- endfor %}{%- endif %}"
    "{{- '<|im_end|>\\n' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)
"""What a folder without a chat template is given: the text of the Qwen2.5-VL series' template."""
PICTURE = "<|image_pad|>"
_CONTROLS = (
    "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|vision_start|>", "<|vision_end|>",
    "<|vision_pad|>", "<|video_pad|>", PICTURE,
)  # fmt: skip
"""What structures a conversation. Markup such as `<|box_start|>`, which prompts of fine-tunes spell
out, is not among them."""


class Prompt:
    """Encodes conversations for one tokenizer (transformers)."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self.template: str = tokenizer.chat_template or TEMPLATE
        self.picture: int = tokenizer.convert_tokens_to_ids(PICTURE)
        ends = (tokenizer.eos_token, tokenizer.pad_token, tokenizer.bos_token)
        names = {*_CONTROLS, *(str(end) for end in ends if end)}
        self.controls = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))

    def encode(
        self,
        messages: Sequence[Message],
        cells: Iterable[int],
        thinking: bool | None = None,
        said: Mapping[str, list[int]] | None = None,
    ) -> list[int]:
        """Ids up to the assistant's turn; `cells` is how many positions each picture takes.

        A conversation that ends with an assistant's turn leaves it open: the model goes on from it.

        `said` holds the tokens of earlier replies by their text: a tokenizer need not find the
        same ones again, and where it does not, the network would read what it never said.
        """
        mark = self.mark(messages)
        replies = [replayed(message, said or {}) for message in messages]
        replies[-1] = None
        written = [
            self.safe(message, mark) if ids is None else stand_in(number, mark)
            for number, (message, ids) in enumerate(zip(messages, replies, strict=True))
        ]
        found: list[int] = []
        parts = re.split(f"{mark}{mark}([0-9]+){mark}{mark}", self.render(written, thinking))
        for at, part in enumerate(parts):
            # Every second part is the number of a reply that a stand-in was rendered for.
            found += (replies[int(part)] or []) if at % 2 else self.ids(part, mark)
        return list(self.spread(found, iter(cells)))

    def ids(self, text: str, mark: str) -> list[int]:
        """Token ids of a stretch of rendered text."""
        # Cut at the marks, the two halves of a control token's name never meet in the tokenizer.
        pieces = [self.tokenizer.encode(p, add_special_tokens=False) for p in text.split(mark)]
        return [i for piece in pieces for i in piece]

    def render(self, messages: list[dict[str, Any]], thinking: bool | None) -> str:
        """The template's text, with one placeholder per picture."""
        switch = {} if thinking is None else {"enable_thinking": thinking}
        open_ended = messages[-1]["role"] == "assistant"
        return self.tokenizer.apply_chat_template(
            messages,
            chat_template=self.template,
            tokenize=False,
            add_generation_prompt=not open_ended,
            continue_final_message=open_ended,
            **switch,
        )

    def mark(self, messages: Sequence[Message]) -> str:
        """A string that no message contains, its neighbouring texts taken together."""
        texts = ["".join(p for p in m.parts if isinstance(p, str)) for m in messages]
        mark = "\ufdd0"
        while any(mark in text for text in texts):
            mark += "\ufdd0"
        return mark

    def safe(self, message: Message, mark: str) -> dict[str, Any]:
        """One message as templates take it, with a mark inside every control token's name."""
        parts: list[dict[str, str]] = []
        # Neighbouring strings are one text, or a name could be spread over two of them.
        for is_text, run in groupby(message.parts, lambda part: isinstance(part, str)):
            if is_text:
                text = "".join(part for part in run if isinstance(part, str))
                text = self.controls.sub(lambda found: found[0][0] + mark + found[0][1:], text)
                parts.append({"type": "text", "text": text})
            else:
                parts += [{"type": "image"} for _ in run]
        if any(part["type"] == "image" for part in parts):
            return {"role": message.role, "content": parts}
        # Templates of the later families take the system message as a string only.
        return {"role": message.role, "content": "".join(part["text"] for part in parts)}

    def spread(self, ids: Iterable[int], cells: Iterator[int]) -> Iterator[int]:
        """Every picture's placeholder repeated once per cell."""
        for token in ids:
            if token == self.picture:
                yield from [token] * next(cells)
            else:
                yield token


def replayed(message: Message, said: Mapping[str, list[int]]) -> list[int] | None:
    """The tokens of an earlier reply; None for what was never said, or not said like this.

    Templates trim replies and take thoughts out of them: what they would change is left to them.
    """
    if message.role != "assistant" or not all(isinstance(part, str) for part in message.parts):
        return None
    text = "".join(part for part in message.parts if isinstance(part, str))
    return None if text != text.strip() or "</think>" in text else said.get(text)


def stand_in(number: int, mark: str) -> dict[str, Any]:
    """An assistant's turn that is rendered in place of a reply whose tokens are known."""
    return {"role": "assistant", "content": f"{mark}{mark}{number}{mark}{mark}"}
