"""Guesses at the next tokens, looked up in what was said before; the network checks every guess.

Prompt lookup (github.com/apoorvumang/prompt-lookup-decoding): an agent repeats itself, above all
the skeleton of its calls. A wrong guess costs a little time and never changes a reply.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

REMEMBERED = 16
"""Replies that are kept to guess from."""
SHORTEST = 2
"""Tokens that must have stood there before: one alone says too little about what follows."""


class Drafts:
    """Proposes how a row of tokens goes on; the latest place where it stood before decides."""

    def __init__(self, longest: int, *, context: int = 3) -> None:
        self.longest, self.context = longest, context
        self.replies: deque[list[int]] = deque(maxlen=REMEMBERED)
        self.text: list[int] = []
        self.after: dict[tuple[int, ...], int] = {}

    def start(self, prompt: Sequence[int]) -> None:
        """A new reply to this row; earlier replies are looked up before the prompt."""
        self.text, self.after = [], {}
        if self.longest:
            self.extend(symbol for symbol in prompt if symbol >= 0)
            tail = self.text[-self.context :]
            for reply in self.replies:
                # Each reply stands behind the prompt's end, as it did when it was given.
                self.extend([*tail, *reply])
            self.extend(tail)

    def extend(self, tokens: Iterable[int]) -> None:
        """Go on with these tokens."""
        for token in tokens:
            self.text.append(token)
            end = len(self.text)
            for size in range(SHORTEST, self.context + 1):
                if end > size:
                    self.after[tuple(self.text[end - size - 1 : end - 1])] = end - 1

    def guess(self, most: int) -> list[int]:
        """The tokens that followed the same ones last time, at most `most`; often none."""
        most = min(most, self.longest)
        for size in range(self.context, SHORTEST - 1, -1):
            place = self.after.get(tuple(self.text[-size:]))
            if place is not None and most > 0:
                return self.text[place : place + most]
        return []

    def forget(self) -> None:
        """Guess from the next prompt alone."""
        self.replies.clear()

    def keep(self, reply: list[int]) -> None:
        """Remember a finished reply."""
        self.replies.append(reply)
