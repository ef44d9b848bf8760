"""Small benchmark sets of our own making, in the published schemas."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from qvl_agent.actions.types import Size
from qvl_agent.tasks.offline.lines import Line

PAGE, PHONE = Size(448, 336), Size(1080, 2400)
SPOT = [
    {"img_filename": "a.png", "bbox": [10, 20, 30, 40], "instruction": "search",
     "data_type": "text", "data_source": "ios"},
    {"img_filename": "a.png", "bbox": [100, 100, 10, 10], "instruction": "close",
     "data_type": "icon", "data_source": "android"},
]  # fmt: skip
PRO = [
    {"img_filename": "b.png", "bbox": [10, 20, 40, 60], "instruction": "redo",
     "instruction_cn": "重做", "id": "app_windows_0", "application": "app", "platform": "windows",
     "img_size": [400, 300], "ui_type": "icon", "group": "CAD"},
    {"img_filename": "c.png", "bbox": [50, -1, 70, 12], "instruction": "undo",
     "instruction_cn": "撤销", "id": "app_windows_1", "application": "app", "platform": "windows",
     "img_size": [400, 300], "ui_type": "text", "group": "Dev"},
]  # fmt: skip
OSWORLD_G = [
    {"id": "x-0", "image_path": "a.png", "image_size": [400, 300], "instruction": "open it",
     "box_type": "bbox", "box_coordinates": [10.5, 20.5, 30, 40], "GUI_types": ["Button", "Icon"]},
    {"id": "x-1", "image_path": "a.png", "image_size": [400, 300], "instruction": "the corner",
     "box_type": "polygon", "box_coordinates": [100, 100, 140, 100, 100, 140],
     "GUI_types": ["Icon"]},
    {"id": "x-2", "image_path": "b.png", "image_size": [400, 300], "instruction": "what is not",
     "box_type": "refusal", "box_coordinates": [-1, -1, -1, -1], "GUI_types": ["Table"]},
]  # fmt: skip
MANGLED = [
    {"img_filename": "a.png", "img_size": [400, 300], "bbox": [10.5, 20.5, 40.5, 60.5],
     "instruction": "open it", "instruction_cn": "", "id": "x-0", "ui_type": ["Button", "Icon"],
     "group": "os_g", "application": "osworld-g", "platform": "linux"},
    {"img_filename": "a.png", "img_size": [400, 300], "bbox": [100, 100, 240, 200, 100, 140],
     "instruction": "the corner", "instruction_cn": "", "id": "x-1", "ui_type": ["Icon"],
     "group": "os_g", "application": "osworld-g", "platform": "linux"},
    {"img_filename": "b.png", "img_size": [400, 300], "bbox": [0, 0, 0, 0],
     "instruction": "what is not", "instruction_cn": "", "id": "x-2", "ui_type": "Table",
     "group": "os_g", "application": "osworld-g", "platform": "linux"},
]  # fmt: skip
EPISODE: dict[str, Any] = {
    "goal": "buy shoes", "is_successful": True, "episode_id": 7,
    "steps": [
        {"action_content": {"action": "open", "text": "Shop"}, "screenshot": "7_0.png",
         "step_instruction": "open the shop",
         "check_options": {"action": "open", "text": "Shop",
                           "candidate_bbox": [[0, 0, 100, 100]]}},
        {"action_content": {"action": "click", "coordinate": [500, 500]}, "screenshot": "7_1.png",
         "step_instruction": "tap shoes",
         "check_options": {"action": "click", "coordinate": [500, 500],
                           "candidate_bbox": [[0, 400, 1080, 800], [450, 450, 550, 550]]}},
        {"action_content": {"action": "type", "text": "red shoes"}, "screenshot": "7_2.png",
         "step_instruction": "type it", "check_options": {"action": "type", "text": "red shoes"}},
        {"action_content": {"action": "swipe", "coordinate": [540, 1800],
                            "coordinate2": [540, 600]},
         "screenshot": "7_3.png", "step_instruction": "swipe up",
         "check_options": {"action": "swipe", "direction": "down"}},
        {"action_content": {"action": "swipe", "coordinate": [810, 1200],
                            "coordinate2": [270, 1200]},
         "screenshot": "7_4.png", "step_instruction": "swipe left",
         "check_options": {"action": "swipe", "direction": "left"}},
        {"action_content": {"action": "system_button", "button": "Back"}, "screenshot": "7_5.png",
         "step_instruction": "go back", "check_options": {"action": "system_button",
                                                          "button": "Back"}},
        {"action_content": {"action": "wait", "time": 2}, "screenshot": "7_6.png",
         "step_instruction": "wait", "check_options": {"action": "wait", "time": 2}},
    ],
}  # fmt: skip
AITZ = [
    {"episode_id": "9", "step_id": 0, "instruction": "open the clock",
     "ui_positions": "[[300, 100, 40, 60]]", "result_action_type": 4, "result_action_text": "",
     "result_touch_yx": "[0.53, 0.48]", "result_lift_yx": "[0.53, 0.48]",
     "image_path": "general/9/9_0.png"},
    {"episode_id": "9", "step_id": 1, "instruction": "open the clock", "ui_positions": "[]",
     "result_action_type": 4, "result_action_text": "", "result_touch_yx": "[0.8, 0.5]",
     "result_lift_yx": "[0.2, 0.5]", "image_path": "general/9/9_1.png"},
    {"episode_id": "9", "step_id": 2, "instruction": "open the clock", "ui_positions": "[]",
     "result_action_type": 10, "result_action_text": "", "result_touch_yx": "[-1.0, -1.0]",
     "result_lift_yx": "[-1.0, -1.0]", "image_path": "general/9/9_2.png"},
]  # fmt: skip


def write(file: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Rows as an annotation file; returns its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".jsonl":
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        file.write_text(json.dumps(rows))
    return file.parent


def paint(folder: Path, names: Sequence[str], size: Size) -> None:
    """Plain pictures."""
    for name in names:
        file = folder / "images" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, "white").save(file)


def click(name: str, x: float, y: float, size: Size = PAGE) -> Line:
    """A line whose reply clicks there, in Qwen2.5-VL's words, on a picture seen as it is."""
    call = {"name": "computer_use", "arguments": {"action": "left_click", "coordinate": [x, y]}}
    return said(name, f"<tool_call>\n{json.dumps(call)}\n</tool_call>", size)


def said(name: str, reply: str, size: Size = PAGE) -> Line:
    """A line with any reply."""
    return Line(
        id=name, image="", size=size, seen=size, prompt="", reply=reply, status="answered"
    )  # fmt: skip


def phone(name: str, size: Size = PHONE, **arguments: object) -> Line:
    """A line whose reply is a `mobile_use` call."""
    call = {"name": "mobile_use", "arguments": arguments}
    return said(name, f"<tool_call>\n{json.dumps(call)}\n</tool_call>", size)
