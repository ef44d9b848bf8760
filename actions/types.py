"""The actions an agent can take, in absolute pixels of the screenshot it saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, Field


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    def holds(self, point: Point) -> bool:
        """Whether the point is one of this size's pixels."""
        return 0 <= point.x < self.width and 0 <= point.y < self.height


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Point(_Frozen):
    """One pixel of the screenshot; (0, 0) is top left."""

    x: int
    y: int


class Click(_Frozen):
    """Press and release a mouse button, or tap; `at` None means where the pointer is."""

    kind: Literal["click"] = "click"
    at: Point | None = None
    button: Literal["left", "right", "middle"] = "left"
    count: Annotated[int, Field(ge=1, le=3)] = 1
    keys: tuple[str, ...] = ()
    """Keys held during the click, in canonical spelling (see keys.py)."""


class LongPress(_Frozen):
    """Press, hold for `seconds`, release."""

    kind: Literal["long_press"] = "long_press"
    at: Point
    seconds: Annotated[float, Field(gt=0, le=30)] = 1.0


class Drag(_Frozen):
    """Press at `start` (None: where the pointer is), move to `end`, release; on phones a swipe."""

    kind: Literal["drag"] = "drag"
    start: Point | None = None
    end: Point
    seconds: Annotated[float, Field(gt=0, le=30)] = 0.5


class Scroll(_Frozen):
    """Move the content under `at`; positive dy shows what is further down, dx further right."""

    kind: Literal["scroll"] = "scroll"
    at: Point | None = None
    dx: int = 0
    dy: int = 0
    unit: Literal["pixel", "notch"] = "pixel"


class Type(_Frozen):
    """Enter text as it stands, any Unicode, at the caret."""

    kind: Literal["type"] = "type"
    text: str


class Press(_Frozen):
    """Press a combination of keys together, in canonical spelling (see keys.py)."""

    kind: Literal["press"] = "press"
    keys: Annotated[tuple[str, ...], Field(min_length=1, max_length=5)]


class Hover(_Frozen):
    """Move the pointer."""

    kind: Literal["hover"] = "hover"
    at: Point


class Home(_Frozen):
    """Go to the home screen."""

    kind: Literal["home"] = "home"


class Back(_Frozen):
    """Go back one page or screen."""

    kind: Literal["back"] = "back"


class Recents(_Frozen):
    """Show the recent apps."""

    kind: Literal["recents"] = "recents"


class OpenApp(_Frozen):
    """Open an app by the name its launcher shows."""

    kind: Literal["open_app"] = "open_app"
    name: str


class GoTo(_Frozen):
    """Open a URL."""

    kind: Literal["goto"] = "goto"
    url: str


class Wait(_Frozen):
    """Do nothing for a while."""

    kind: Literal["wait"] = "wait"
    seconds: Annotated[float, Field(ge=0, le=60)] = 1.0


class Answer(_Frozen):
    """Tell the user something; the episode goes on."""

    kind: Literal["answer"] = "answer"
    text: str


class AskUser(_Frozen):
    """Ask the user, and wait for the reply."""

    kind: Literal["ask_user"] = "ask_user"
    text: str


class Finish(_Frozen):
    """The model's claim that it is done, or that it cannot be done."""

    kind: Literal["finish"] = "finish"
    success: bool
    text: str = ""


Action = Annotated[
    Click | LongPress | Drag | Scroll | Type | Press | Hover | Home | Back | Recents
    | OpenApp | GoTo | Wait | Answer | AskUser | Finish,
    Field(discriminator="kind"),
]  # fmt: skip

Kind = Literal[
    "click", "long_press", "drag", "scroll", "type", "press", "hover", "home", "back",
    "recents", "open_app", "goto", "wait", "answer", "ask_user", "finish",
]  # fmt: skip

KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Capabilities:
    """What an environment can carry out; prompts advertise nothing else."""

    surface: Literal["browser", "desktop", "mobile"]
    kinds: frozenset[Kind]


class Decision(NamedTuple):
    """What a reply means: the words before the call, and the actions in order."""

    thought: str
    actions: tuple[Action, ...]


def points(action: Action) -> tuple[Point, ...]:
    """Every point an action names, in the order it visits them."""
    match action:
        case Click() | Scroll():
            return () if action.at is None else (action.at,)
        case LongPress() | Hover():
            return (action.at,)
        case Drag():
            return (action.end,) if action.start is None else (action.start, action.end)
        case _:
            return ()
