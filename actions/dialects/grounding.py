"""Models that answer with a point and nothing else: one question, one picture, one place.

They have no agent loop: `render` says so. Each publisher's question and answer shape is kept;
a box means its centre, and a negative point, where the family has one, that the thing is not on
the screen. Sources of the questions: prompts/SOURCES.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from ..callexpr import read_expression
from ..errors import BadReply, UserError
from ..literal import Json, read
from ..messages import Image, Message, Sampling
from ..toolcall import bounded, json_calls, visible
from ..types import Action, Capabilities, Click, Decision, Drag, Finish, Point
from . import frozen
from .base import ResizeRule, Turn
from .boxes import box_centre
from .qwen3vl import RESIZE as RESIZE_32
from .space import Space, fractions, pixels, thousandths

RESIZE = ResizeRule(factor=28, min_pixels=4 * 28 * 28, max_pixels=16384 * 28 * 28)
Pair = tuple[float, float]

_TOKENS = re.compile(r"<\|object_ref_start\|>.*?<\|object_ref_end\|>|<\|im_end\|>", re.DOTALL)
_BRACKETED = re.compile(r"[\[(][-\d.,，\s()\[\]]*[\])]")
_BOXED = re.compile(r"<\|box_start\|>(.*?)<\|box_end\|>|(\([^()]*\),\([^()]*\))$")
_ANSWER = re.compile(r"<answer>\s*")
_MAX_ANSWER = 2000
_NOWHERE = (-1.0, -1.0)
_DUMMY = (-100.0, -100.0)


def _short(text: str) -> str:
    """What stands behind the thinking; a locator has little to say."""
    text = visible(text)[1].strip()
    if len(text) > _MAX_ANSWER:
        raise BadReply("The reply must be a point and nothing else.")
    return text


def _plain(text: str) -> Pair:
    """`(x, y)`, `[x, y]` or `[x1, y1, x2, y2]`, alone."""
    text = _short(text)
    if not _BRACKETED.fullmatch(text):
        raise BadReply("The reply must be a point and nothing else.")
    return box_centre("point", text)


def boxed(text: str) -> Pair:
    """A box between its tokens, or, when decoding has dropped them, its two corners."""
    match = _BOXED.search(_TOKENS.sub("", _short(text)).strip())
    if match is None:
        raise BadReply("The reply must hold a box (x1,y1),(x2,y2).")
    return box_centre("box", match[1] or match[2])


def _keyed(text: str, keys: Sequence[str]) -> Pair:
    """A JSON object that holds the point under one of `keys`, or as x and y."""
    brace = text.find("{")
    value = read(text, brace).value if brace >= 0 else None
    if not isinstance(value, dict):
        raise BadReply("The reply must be a JSON object with the point.")
    for key in keys:
        if value.get(key) is not None:
            return box_centre(key, value[key])
    if "x" in value and "y" in value:
        return box_centre("x, y", [value["x"], value["y"]])
    raise BadReply("The reply names no point.")


def _answer(text: str) -> str:
    marks = list(_ANSWER.finditer(text))
    if not marks:
        raise BadReply("The reply holds no <answer>.")
    return text[marks[-1].end() :]


def _in_answer(text: str) -> Pair:
    return _keyed(_answer(text), ("coordinate", "point"))


def _xy(text: str) -> Pair:
    return _keyed(visible(text)[1], ("coordinate",))


def _click_call(text: str) -> Pair:
    """`Click(x, y)`, or the structured form with x and y."""
    text = visible(text)[1].strip()
    if text.startswith("{"):
        return _keyed(text, ())
    call, _ = read_expression(text)
    if call.name != "Click" or len(call.values) != 2:
        raise BadReply("The reply must be Click(x, y).")
    return box_centre("Click", list(call.values))


def _point_list(text: str) -> Pair:
    """The first of a JSON list of `point_2d`."""
    text = visible(text)[1]
    start = text.find("[")
    value = read(text, start).value if start >= 0 else None
    first = value[0] if isinstance(value, list) and value else None
    if not isinstance(first, dict) or "point_2d" not in first:
        raise BadReply("The reply must be a JSON list with `point_2d`.")
    return box_centre("point_2d", first["point_2d"])


def _tool_point(text: str) -> Pair:
    arguments = json_calls(text, first_only=True).calls[0].arguments
    return box_centre("coordinate", arguments.get("coordinate"))


@dataclass(frozen=True)
class Grounding:
    """A family that points: its question, its space, and the shape of its answer."""

    name: str
    question: str
    """Name of the frozen question: its parts stand before and behind the picture."""
    find: Callable[[str], Pair]
    space: Callable[[Image], Space] = pixels
    resize: ResizeRule = RESIZE
    sampling: Sampling = Sampling(max_tokens=512)

    def render(
        self, goal: str, past: Sequence[Turn], now: Image, can: Capabilities
    ) -> list[Message]:
        """UserError: there is no agent loop in these models."""
        raise UserError(
            f"{self.name} only answers where something is; use it with `ground`, and choose an "
            "agent model to run tasks."
        )

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """A click on the point; raises BadReply and nothing else."""
        pair = self.find(bounded(reply))
        if pair in (_NOWHERE, _DUMMY):
            return Decision("", (Finish(success=False, text="It is not on the screen."),))
        return Decision("", (Click(at=self.space(seen).point(*pair)),))

    def point_prompt(self, what: str, image: Image) -> list[Message]:
        """The publisher's question around the image."""
        parts = {key: _filled(text, what, image) for key, text in _parts(self.question).items()}
        system = [Message("system", (parts["system"],))] if "system" in parts else []
        user = (parts.get("before", ""), image, parts.get("after", ""))
        return [*system, Message("user", tuple(part for part in user if part))]


@dataclass(frozen=True)
class ActionList(Grounding):
    """UI-R1 and GUI-R1: a list of actions between answer tags, Python or JSON."""

    def parse(self, reply: str, seen: Image, can: Capabilities) -> Decision:
        """Every action of the list, in order; raises BadReply and nothing else."""
        thinking, rest = visible(bounded(reply))
        value = read(_answer(rest)).value
        if not isinstance(value, list) or not 0 < len(value) <= 16:
            raise BadReply("The answer must be a list of actions.")
        space = self.space(seen)
        return Decision(thinking.strip()[:4000], tuple(_listed(item, space) for item in value))


@cache
def _parts(question: str) -> Mapping[str, str]:
    """The texts of a frozen question: `system`, `before` and `after` the picture."""
    pieces = re.split(r"(?m)^=== (\w+)\n", frozen.text(f"ground_{question}"))
    return {
        key: text.removesuffix("\n") for key, text in zip(pieces[1::2], pieces[2::2], strict=True)
    }


def _filled(text: str, what: str, image: Image) -> str:
    text = text.replace("{W}", str(image.seen.width)).replace("{H}", str(image.seen.height))
    return text.replace("{what}", what)


def _listed(item: Json, space: Space) -> Action:
    if not isinstance(item, dict):
        raise BadReply("The answer must be a list of actions.")
    start = space.point(*box_centre("coordinate", item.get("coordinate", item.get("point"))))
    match item.get("action"):
        case "click" | "left_click" | "tap":
            return Click(at=start)
        case "swipe":
            return Drag(start=start, end=_end(item, space))
        case other:
            raise BadReply(f"There is no action {str(other)[:40]!r}; use click or swipe.")


def _end(item: Mapping[str, Json], space: Space) -> Point:
    return space.point(*box_centre("coordinate2", item.get("coordinate2")))


def os_atlas_base() -> Grounding:
    """OS-Atlas Base: box tokens, 0 to 1000; decode with the special tokens kept."""
    return Grounding("os-atlas-base", "os_atlas", boxed, thousandths)


def uground() -> Grounding:
    """UGround-V1: `(x, y)`, 0 to 1000, greedy."""
    return Grounding("uground", "uground", _plain, thousandths)


def showui() -> Grounding:
    """ShowUI: `[x, y]`, 0 to 1."""
    rule = ResizeRule(factor=28, min_pixels=256 * 28 * 28, max_pixels=1344 * 28 * 28)
    return Grounding("showui", "showui", _plain, fractions, rule)


def gui_g2() -> Grounding:
    """GUI-G2: a box in pixels."""
    return Grounding("gui-g2", "gui_g2", _plain)


def gta1() -> Grounding:
    """GTA1: `(x,y)` in pixels."""
    rule = ResizeRule(factor=28, min_pixels=3136, max_pixels=4096 * 2160)
    return Grounding("gta1", "gta1", _plain, pixels, rule)


def infigui_g1() -> Grounding:
    """InfiGUI-G1: a JSON list of points in pixels, behind its thinking; the first is meant."""
    return Grounding("infigui-g1", "infigui_g1", _point_list)


def jedi() -> Grounding:
    """Jedi: a left click of the computer tool, in pixels."""
    return Grounding("jedi", "jedi", _tool_point)


def ui_ins() -> Grounding:
    """UI-Ins: one call of `grounding`, in pixels."""
    return Grounding("ui-ins", "ui_ins", _tool_point)


def ui_venus_grounding() -> Grounding:
    """UI-Venus 1.5 and 2 as locators: `[x,y]`, 0 to 1000, `[-1,-1]` when it is not there."""
    return Grounding("ui-venus-grounding", "ui_venus", _plain, thousandths, RESIZE_32)


def mai_ui_grounding() -> Grounding:
    """MAI-UI as a locator: JSON between answer tags, divided by 1000; the text comes first."""
    return Grounding("mai-ui-grounding", "mai_ui", _in_answer, thousandths, RESIZE_32)


def holo1() -> Grounding:
    """Holo1 and Holo1.5: `Click(x, y)` or JSON, in pixels."""
    return Grounding("holo1", "holo1", _click_call)


def holo2() -> Grounding:
    """Holo2: a JSON object with x and y, 0 to 1000; thinking off."""
    sampling = Sampling(max_tokens=512, thinking=False)
    return Grounding("holo2", "holo2", _xy, thousandths, RESIZE_32, sampling)


def ui_r1() -> ActionList:
    """UI-R1: a list of actions in pixels, between answer tags."""
    return ActionList("ui-r1", "ui_r1", _in_answer)


def gui_r1() -> ActionList:
    """GUI-R1: a list of actions with points in pixels, between answer tags."""
    return ActionList("gui-r1", "gui_r1", _in_answer)
