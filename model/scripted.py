"""A model that says what it is told to: for tests, demonstrations and replays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..actions.errors import ModelError
from ..actions.messages import Message, Sampling
from .base import Reply


class ScriptedModel:
    """Replies from a list or a function of the conversation; ModelError when the list ends."""

    def __init__(
        self, replies: Sequence[str] | Callable[[Sequence[Message]], str], name: str = "scripted"
    ) -> None:
        self.name = name
        self._answer = replies if callable(replies) else _from_list(iter(list(replies)))

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Reply:
        """The next reply; token counts are words, so that budgets can be tried."""
        text = self._answer(messages)
        words = sum(len(p.split()) for m in messages for p in m.parts if isinstance(p, str))
        return Reply(text, tokens_in=words, tokens_out=len(text.split()))

    def close(self) -> None:
        """Nothing is held."""


def _from_list(replies: Iterator[str]) -> Callable[[Sequence[Message]], str]:
    def answer(messages: Sequence[Message]) -> str:
        reply = next(replies, None)
        if reply is None:
            raise ModelError("the script has no more replies")
        return reply

    return answer
