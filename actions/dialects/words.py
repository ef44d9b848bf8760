"""Dialects whose actions are call expressions: what is offered, and how calls are read."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import ValidationError

from ..callexpr import Expression
from ..errors import BadReply
from ..literal import Json
from ..types import Action, Capabilities, Kind
from .args import Args
from .space import Space


class Read(Protocol):
    """Reads one call's arguments."""

    def __call__(self, args: Args, /) -> tuple[Action, ...]:
        """The actions; BadReply when an argument is missing or wrong."""
        ...


@dataclass(frozen=True)
class Word:
    """One call of a family: the kinds it may become, and how its arguments are read."""

    kinds: tuple[Kind, ...]
    read: Read
    order: tuple[str, ...] = ()
    """Names of the arguments that may be given without one."""

    def possible(self, can: Capabilities) -> bool:
        """Whether the environment can carry out some of it."""
        return any(kind in can.kinds for kind in self.kinds)


Words = Mapping[str, Word]


def offered(words: Words, can: Capabilities) -> tuple[str, ...]:
    """The calls that the environment can carry out."""
    return tuple(name for name, word in words.items() if word.possible(can))


def read_words(
    calls: Sequence[Expression], words: Words, space: Space, can: Capabilities
) -> tuple[Action, ...]:
    """What the calls mean, in order; BadReply when one of them cannot be carried out."""
    return tuple(action for call in calls for action in read_word(call, words, space, can))


def read_word(
    call: Expression, words: Words, space: Space, can: Capabilities
) -> tuple[Action, ...]:
    """What one call means; every complaint names it."""
    word = words.get(call.name)
    if word is None or not word.possible(can):
        known = ", ".join(offered(words, can))
        raise BadReply(f"There is no action {call.name[:40]!r}; use one of {known}.")
    try:
        actions = word.read(Args(_named(call, word), space))
    except BadReply as error:
        raise BadReply(f"{call.name}: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise BadReply(f"{call.name}: {first['msg']}.") from None
    if any(action.kind not in can.kinds for action in actions):
        raise BadReply(f"{call.name}: this is not possible here.")
    return actions


def _named(call: Expression, word: Word) -> dict[str, Json]:
    if len(call.values) > len(word.order):
        raise BadReply("an argument without a name is given.")
    given = dict(zip(word.order, call.values, strict=False))
    for name in given.keys() & call.named.keys():
        raise BadReply(f"`{name}` is given twice.")
    return {**given, **call.named}


def without_lines(prompt: str, words: Collection[str], keep: Collection[str]) -> str:
    """A prompt that lists its calls one per line, without those that are not kept."""
    gone = [re.escape(word) for word in words if word not in keep]
    if not gone:
        return prompt
    return re.sub(rf"(?m)^[-*\s]*(?:{'|'.join(gone)})\(.*\n", "", prompt)
