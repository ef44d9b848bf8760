"""Function-calling tools of model families: verbs, what of them is offered, calls both ways."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from pydantic import ValidationError

from ..errors import BadReply
from ..toolcall import Call
from ..types import Action, Capabilities, Kind, Size
from . import frozen
from .args import Args
from .space import Space


class Read(Protocol):
    """Reads one verb's arguments."""

    def __call__(self, args: Args, /) -> Action | tuple[Action, ...]:
        """The action or actions; BadReply when an argument is missing or wrong."""
        ...


@dataclass(frozen=True)
class Verb:
    """One advertised action: the kinds it can become, and how its arguments are read."""

    kinds: tuple[Kind, ...]
    read: Read


class Written(NamedTuple):
    """A call's arguments: the verb and the rest, in the order in which the family writes them."""

    verb: str
    rest: dict[str, object]


@dataclass(frozen=True)
class Tool:
    """One tool of a family: its name, its frozen prompt, its verbs, and how actions are worded."""

    name: str
    prompt: str
    verbs: Mapping[str, Verb]
    write: Callable[[Action, Space], Written]
    buttons: Mapping[str, Kind]
    aliases: Mapping[str, str]
    """Spellings seen in the wild, to the verb that is meant."""

    def offered(self, can: Capabilities) -> tuple[str, ...]:
        """The verbs that the prompt offers and the parser accepts, in published order."""
        return tuple(
            name
            for name in frozen.actions(self.prompt)
            if name in self.verbs and any(kind in can.kinds for kind in self.verbs[name].kinds)
        )

    def system(self, can: Capabilities, screen: Size | None) -> str:
        """The published prompt without what the environment cannot do."""
        buttons = tuple(name for name, kind in self.buttons.items() if kind in can.kinds)
        return frozen.tool_prompt(self.prompt, self.offered(can), screen, {"button": buttons})

    def whole(self, screen: Size | None) -> str:
        """The published prompt as it stands."""
        return frozen.tool_prompt(self.prompt, frozen.actions(self.prompt), screen)

    def read(self, call: Call, space: Space, can: Capabilities) -> tuple[Action, ...]:
        """The actions that a call means; BadReply when it is none or cannot be done here."""
        if call.name not in ("", self.name):
            raise BadReply(f"There is no function {call.name[:40]!r}; call {self.name}.")
        args = Args(call.arguments, space)
        said = args.text("action")
        name = self.aliases.get(said, said)
        if name not in (offered := self.offered(can)):
            raise BadReply(f"There is no action {said[:40]!r}; use one of {', '.join(offered)}.")
        actions = carry_out(self.verbs[name], name, args)
        if any(action.kind not in can.kinds for action in actions):
            raise BadReply(f"{name}: this is not possible here.")
        return actions

    def arguments(self, action: Action, space: Space) -> dict[str, object]:
        """The arguments of the call that means an action; ValueError when there is none."""
        verb, rest = self.write(action, space)
        if verb not in self.verbs or verb not in frozen.actions(self.prompt):
            raise ValueError(f"{self.name} has no words for {action!r}")
        return {"action": verb, **rest}

    def json_call(self, action: Action, space: Space) -> str:
        """The call as JSON between tool_call tags, as the model writes it."""
        call = {"name": self.name, "arguments": self.arguments(action, space)}
        return f"<tool_call>\n{json.dumps(call, ensure_ascii=False)}\n</tool_call>"


def carry_out(verb: Verb, name: str, args: Args) -> tuple[Action, ...]:
    """The actions of a call; every complaint names the verb."""
    try:
        read = verb.read(args)
        return read if isinstance(read, tuple) else (read,)
    except BadReply as error:
        raise BadReply(f"{name}: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadReply(f"{name}: {where}: {first['msg']}.") from None
