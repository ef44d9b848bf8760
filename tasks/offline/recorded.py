"""AndroidControl and AITZ: recorded episodes of real phones, in their published schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...actions.errors import UserError
from ...actions.types import Point, Size
from .samples import fingerprint
from .schemas import Row, read_rows
from .shapes import Box
from .steps import PHONE, Deed, RecordedStep, towards

COUNTS = {"android-control": 8444, "aitz": 4724}
"""Steps of the published test sets."""
AITZ_SIZE = Size(270, 600)
"""Of all its screenshots; `ui_positions` are pixels of it."""


@dataclass(frozen=True)
class Episodes:
    """A recorded benchmark's steps, and what was noticed while reading them."""

    steps: tuple[RecordedStep, ...]
    data: str
    folder: Path
    notes: tuple[str, ...] = ()


def load_steps(name: str, folder: Path, partial: bool = False) -> Episodes:
    """The steps of a local copy; UserError when it is damaged or not the whole set."""
    if name == "android-control":
        files = _files(folder, ("*.jsonl",))
        found = tuple(step for file in files for step in _android_control(file))
    else:
        files = _files(folder, ("**/*.json",))
        found = tuple(step for file in files for step in _aitz(file))
    if len(found) != COUNTS[name] and not partial:
        raise UserError(
            f"{folder} holds {len(found)} steps and the published test set has {COUNTS[name]}; "
            "complete it, or say --partial for a score of its own"
        )
    return Episodes(found, fingerprint(files), folder)


def _files(folder: Path, patterns: Sequence[str]) -> list[Path]:
    if folder.is_file():
        return [folder]
    files = sorted(file for pattern in patterns for file in folder.glob(pattern))
    if not files:
        raise UserError(
            f"{folder} holds no {' or '.join(patterns)}; name the set's folder as --data"
        )
    return files


def _android_control(file: Path) -> Iterator[RecordedStep]:
    """Qwen's schema: one episode per line (X-PLUG/MobileAgent, UI-S1)."""
    for number, episode in enumerate(read_rows(file), 1):
        try:
            yield from _episode(episode)
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(
                f"{file} line {number} is no AndroidControl episode: {error}"
            ) from error


def _episode(episode: Row) -> Iterator[RecordedStep]:
    name, steps = str(episode["episode_id"]), episode["steps"]
    size = _size(steps)
    past: list[Mapping[str, object]] = []
    for number, step in enumerate(steps):
        check, content = step["check_options"], step["action_content"]
        yield RecordedStep(
            id=f"{name}_{number}",
            episode=name,
            picture=f"{name}_{number}.png",
            goal=episode["goal"],
            instruction=step["step_instruction"],
            past=tuple(past),
            truth=_truth(content),
            boxes=tuple(Box(*box) for box in check.get("candidate_bbox", ())),
            label=check.get("direction", ""),
            size=size,
            group=content["action"],
        )
        past.append(content)


def _size(steps: Sequence[Row]) -> Size:
    """The screen, which the file does not tell: 1080x2400 unless something touched lies beyond."""
    touched = [step["action_content"].get("coordinate", (0, 0)) for step in steps]
    if all(x <= PHONE.width and y <= PHONE.height for x, y in touched):
        return PHONE
    boxes = [box for step in steps for box in step["check_options"].get("candidate_bbox", ())]
    ends = [*((box[2], box[3]) for box in boxes), *touched]
    return Size(int(max(x for x, _ in ends)) + 1, int(max(y for _, y in ends)) + 1)


def _truth(content: Row) -> Deed:
    """A recorded action; a swipe's direction is that of its two points."""
    kind = content["action"]
    match kind:
        case "click" | "long_press":
            return Deed(kind, _point(content["coordinate"]))
        case "swipe":
            start, end = _point(content["coordinate"]), _point(content["coordinate2"])
            return Deed("swipe", start, towards(start, end))
        case "type" | "open":
            return Deed(kind, text=content["text"])
        case "system_button":
            return Deed("button", text=str(content["button"]).lower())
        case "wait":
            return Deed("wait")
        case "terminate":
            return Deed("finish", text="done" if content.get("status") == "success" else "failed")
        case _:
            raise ValueError(f"there is no action {kind!r}")


def _point(pair: Sequence[float]) -> Point:
    return Point(x=round(pair[0]), y=round(pair[1]))


def _aitz(file: Path) -> Iterator[RecordedStep]:
    """One episode per file (IMNearth/CoAT)."""
    past: list[Mapping[str, object]] = []
    for number, row in enumerate(read_rows(file)):
        try:
            step = _aitz_step(row, past)
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(f"{file} row {number} is no AITZ step: {error}") from error
        yield step
        past.append(_words(step.truth))


def _aitz_step(row: Row, past: Sequence[Mapping[str, object]]) -> RecordedStep:
    touch, lift = (_fraction(row[f"result_{name}_yx"]) for name in ("touch", "lift"))
    truth = _aitw(int(row["result_action_type"]), touch, lift, row["result_action_text"])
    boxes = (Box(x, y, x + w, y + h) for y, x, h, w in json.loads(row["ui_positions"]))
    around = tuple(
        box for box in boxes if truth.at and box.grown(1.2).holds(truth.at.x, truth.at.y)
    )
    return RecordedStep(
        id=f"{row['episode_id']}_{row['step_id']}",
        episode=str(row["episode_id"]),
        picture=row["image_path"],
        goal=row["instruction"],
        instruction="",
        past=tuple(past),
        truth=truth,
        boxes=around,
        label=truth.way,
        size=AITZ_SIZE,
        group=truth.kind,
    )


def _fraction(text: str | Sequence[float]) -> tuple[float, float]:
    """`[y, x]` as shares of the screen, y first; returned as x, y."""
    y, x = json.loads(text) if isinstance(text, str) else text
    return x, y


def _aitw(
    code: int, touch: tuple[float, float], lift: tuple[float, float], text: str
) -> Deed:  # fmt: skip
    """Android in the Wild's integers; a touch that ends within 0.04 of its start is a tap."""
    named: dict[int, Deed] = {
        3: Deed("type", text=text),
        5: Deed("button", text="back"),
        6: Deed("button", text="home"),
        7: Deed("button", text="enter"),
        10: Deed("finish", text="done"),
        11: Deed("finish", text="failed"),
    }
    if code in named:
        return named[code]
    if code != 4:
        raise ValueError(f"there is no action type {code}")
    start, end = (_pixel(*spot) for spot in (touch, lift))
    if max(abs(touch[0] - lift[0]), abs(touch[1] - lift[1])) <= 0.04:
        return Deed("click", start)
    return Deed("swipe", start, towards(start, end))


def _pixel(x: float, y: float) -> Point:
    return Point(x=round(x * AITZ_SIZE.width), y=round(y * AITZ_SIZE.height))


def _words(truth: Deed) -> Mapping[str, object]:
    """A recorded action in `mobile_use` words, for the history of later steps."""
    at = {} if truth.at is None else {"coordinate": [truth.at.x, truth.at.y]}
    match truth.kind:
        case "button":
            return {"action": "system_button", "button": truth.text.capitalize()}
        case "finish":
            status = "success" if truth.text == "done" else "failure"
            return {"action": "terminate", "status": status}
        case "swipe":
            return {"action": "swipe", **at, "direction": truth.way}
        case kind:
            return {"action": kind, **at, **({"text": truth.text} if truth.text else {})}


def indexed(steps: Sequence[RecordedStep], folder: Path, index: str) -> list[RecordedStep]:
    """The steps that an index file names (`episode_<id>_screenshot_<number>` a line)."""
    file = (folder if folder.is_dir() else folder.parent) / index
    try:
        lines = file.read_text(encoding="utf-8").split()
    except OSError as error:
        raise UserError(
            f"this rule is defined for the steps that {file} names ({error.strerror}); put the "
            "index beside the annotations"
        ) from error
    names = {line.removeprefix("episode_").replace("_screenshot_", "_") for line in lines}
    return [step for step in steps if step.id in names]


def with_size(step: RecordedStep, size: Size) -> RecordedStep:
    """The step on a screen of this size."""
    return replace(step, size=size)


def as_json(words: Mapping[str, Any]) -> str:
    """One recorded action as the history shows it."""
    return json.dumps(words, ensure_ascii=False)
