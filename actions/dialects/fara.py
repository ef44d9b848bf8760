"""Fara-7B (on Qwen2.5-VL, pixels) and Fara1.5 (on Qwen3.5, 0 to 1000, but JSON calls).

Browser agents: prose, then one call. `type` clicks its own coordinate, may empty the field first,
and presses Enter unless told not to. Keys have W3C names. A scroll of 7B is one page either way,
one of 1.5 a thousandth of the window's height per unit. 7B's final answer is the prose of its
last reply, 1.5 gives it to `terminate`. Searching goes to the engine that the publisher's agent
uses. All text stays, three screenshots stay. 1.5 needs thinking off and stops at the closing tag,
which is therefore missing. Prompts: prompts/SOURCES.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import quote_plus

from ..errors import BadReply
from ..messages import Image, Message, Sampling
from ..toolcall import json_calls
from ..types import (
    Action,
    AskUser,
    Back,
    Capabilities,
    Click,
    Decision,
    Finish,
    GoTo,
    Press,
    Scroll,
    Size,
    Type,
    Wait,
)
from . import frozen
from .args import Args
from .base import ResizeRule, Turn
from .computer_use import Manner, verbs, write
from .conversation import Layout, converse, first_kept
from .space import Space, pixels, thousandths
from .tool import Tool, Verb, Written

RESIZE = ResizeRule(factor=28, min_pixels=3136, max_pixels=12845056)
RESIZE_15 = ResizeRule(factor=32, min_pixels=3136, max_pixels=12845056)
LAYOUT = Layout(keep=60, block=20, images=3, fold=2, collapsed="")
SEARCH = "https://www.bing.com/search?q="
NEXT = "Here is the next screenshot. Think about what to do next."

_ALIASES = {
    "keypress": "key",
    "hover": "mouse_move",
    "sleep": "wait",
    "click": "left_click",
    "input_text": "type",
    "stop": "terminate",
}


def _left_click(args: Args) -> Action:
    return Click(at=args.point("coordinate"))


def _type(args: Args) -> tuple[Action, ...]:
    where = args.maybe_point("coordinate")
    click = () if where is None else (Click(at=where),)
    empty = (Press(keys=("ctrl", "a")), Press(keys=("backspace",)))
    enter = (Press(keys=("enter",)),)
    return (
        *click,
        *(empty if _flag(args, "delete_existing_text", False) else ()),
        Type(text=args.text("text")),
        *(enter if _flag(args, "press_enter", True) else ()),
    )


def _flag(args: Args, key: str, default: bool) -> bool:
    value = args.values.get(key)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise BadReply(f"`{key}` must be true or false.")
    return value


def _page(args: Args) -> Action:
    amount = args.number("pixels")
    if not amount:
        raise BadReply("`pixels` must not be 0.")
    height = args.space.screen.height
    return Scroll(at=args.maybe_point("coordinate"), dy=-height if amount > 0 else height)


def _part_of_page(args: Args) -> Action:
    amount = round(args.number("pixels") * args.space.screen.height / 1000)
    if not 0 < abs(amount) <= 100_000:
        raise BadReply("`pixels` must be from 1 to 100000 either way.")
    return Scroll(at=args.maybe_point("coordinate"), dy=-amount)


def _goto(args: Args) -> Action:
    return GoTo(url=args.text("url"))


def _search(args: Args) -> Action:
    return GoTo(url=SEARCH + quote_plus(args.text("query")))


def _memorize(args: Args) -> Action:
    # The fact stays in the conversation, which is all that remembering takes.
    args.text("fact")
    return Wait(seconds=0)


def _ask(args: Args) -> Action:
    return AskUser(text=args.text("question"))


def _answer(args: Args) -> Action:
    return Finish(success=True, text=args.text("answer", empty=True))


_SHARED: Mapping[str, Verb] = {
    **verbs(Manner()),
    "left_click": Verb(("click",), _left_click),
    "type": Verb(("type",), _type),
    "visit_url": Verb(("goto",), _goto),
    "web_search": Verb(("goto",), _search),
    "history_back": Verb(("back",), lambda args: Back()),
    "pause_and_memorize_fact": Verb(("wait",), _memorize),
}
_VERBS_7B = {**_SHARED, "scroll": Verb(("scroll",), _page)}
_VERBS_15 = {
    **_SHARED,
    "scroll": Verb(("scroll",), _part_of_page),
    "ask_user_question": Verb(("ask_user",), _ask),
    "terminate": Verb(("finish",), _answer),
}


def _write(action: Action, space: Space, pages: bool) -> Written:
    match action:
        case Type():
            return Written("type", {"text": action.text, "press_enter": False})
        case GoTo():
            return Written("visit_url", {"url": action.url})
        case Back():
            return Written("history_back", {})
        case AskUser():
            return Written("ask_user_question", {"question": action.text})
        case Finish(success=True) if not pages:
            return Written("terminate", {"answer": action.text})
        case Scroll(dx=0, unit="pixel") if _whole(action, space, pages) is not None:
            return Written("scroll", {"pixels": _whole(action, space, pages)})
        case Click(at=None) | Scroll():
            raise ValueError(f"Fara has no words for {action!r}")
        case Finish() if not pages:
            raise ValueError(f"Fara has no words for {action!r}")
        case _:
            return write(action, space, Manner())


def _whole(action: Scroll, space: Space, pages: bool) -> int | None:
    """The amount that reads back as the same scroll; None when there is none."""
    height = space.screen.height
    if pages:
        return {height: -500, -height: 500}.get(action.dy)
    amount = round(-action.dy * 1000 / height)
    return amount if round(amount * height / 1000) == -action.dy else None


FARA_7B = Tool(
    "computer_use", "fara7b_computer_use", _VERBS_7B,
    lambda action, space: _write(action, space, pages=True), {}, _ALIASES,
)  # fmt: skip
FARA_15 = Tool(
    "computer_use", "fara15_computer_use", _VERBS_15,
    lambda action, space: _write(action, space, pages=False), {}, _ALIASES,
)  # fmt: skip


@dataclass(frozen=True)
class Fara:
    """The dialect of one Fara generation."""

    name: str
    tool: Tool
    space: Callable[[Image], Space]
    resize: ResizeRule
    sampling: Sampling
    today: date = field(default_factory=date.today)
    """The date that the prompt of 1.5 states; fixed for the life of the dialect."""

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """System message for the current screenshot, then the conversation."""
        kept = past[first_kept(len(past), LAYOUT.keep, LAYOUT.block) :]
        system = Message("system", (self._dated(self.tool.system(can, self._screen(now))),))
        return [system, *_with_next(converse(LAYOUT, goal, kept, now))]

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """The actions of the one call; raises BadReply and nothing else."""
        found = json_calls(reply, first_only=True)
        actions = self.tool.read(found.calls[0], self.space(seen), can)
        return Decision(found.thought, tuple(_told(action, found.thought) for action in actions))

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The agent's prompt with the words alone."""
        system = self._dated(frozen.tool_prompt(
            self.tool.prompt, frozen.actions(self.tool.prompt), self._screen(image)
        ))  # fmt: skip
        return [Message("system", (system,)), Message("user", (image, what))]

    def format_call(self, action: Action, image: Image, can: Capabilities) -> str:
        """The call that means an action, as the model writes it; ValueError if none does."""
        return self.tool.json_call(action, self.space(image))

    def format_reply(self, thought: str, action: Action, image: Image, can: Capabilities) -> str:
        """A whole reply: prose, then the call."""
        return f"{thought}\n{self.format_call(action, image, can)}"

    def _screen(self, image: Image) -> Size | None:
        return image.seen if self.space is pixels else None

    def _dated(self, prompt: str) -> str:
        return prompt.replace("{DATE}", f"{self.today:%B %d, %Y}")


def fara_7b() -> Fara:
    """Fara-7B."""
    return Fara("fara-7b", FARA_7B, pixels, RESIZE, Sampling(max_tokens=2048))


def fara_15() -> Fara:
    """Fara1.5."""
    sampling = Sampling(max_tokens=2048, stop=("</tool_call>",), thinking=False)
    return Fara("fara-1.5", FARA_15, thousandths, RESIZE_15, sampling)


def _told(action: Action, thought: str) -> Action:
    if isinstance(action, Finish) and not action.text:
        return action.model_copy(update={"text": thought})
    return action


def _with_next(messages: Sequence[Message]) -> list[Message]:
    """Later user turns end with the publisher's sentence."""
    first = next(index for index, message in enumerate(messages) if message.role == "user")
    return [
        Message("user", (*message.parts, NEXT))
        if message.role == "user" and index > first
        else message
        for index, message in enumerate(messages)
    ]
