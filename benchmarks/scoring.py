"""Seconds to score an answer file of ScreenSpot-Pro's size, on annotations made up here.

`python benchmarks/scoring.py [--json]`
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from random import Random

from qvl_agent.actions.types import Size
from qvl_agent.tasks.offline.lines import Answers, Line, Run
from qvl_agent.tasks.offline.result import gathered, outcome
from qvl_agent.tasks.offline.sets import load

ITEMS = 1581
SCREEN = Size(3840, 2160)


def make(folder: Path) -> Path:
    """Annotations in ScreenSpot-Pro's schema, and a run that clicks somewhere on each."""
    rng, rows, lines = Random(0), list[dict[str, object]](), list[str]()
    for number in range(ITEMS):
        x, y = rng.randrange(SCREEN.width - 80), rng.randrange(SCREEN.height - 40)
        rows.append({
            "img_filename": f"{number}.png", "bbox": [x, y, x + 80, y + 40], "instruction": "it",
            "instruction_cn": "", "id": f"item_{number}", "application": f"app{number % 26}",
            "platform": "linux", "img_size": list(SCREEN), "group": "Dev",
            "ui_type": rng.choice(("text", "icon")),
        })  # fmt: skip
        at = [x + rng.randrange(-60, 140), y + 20]
        call = {"name": "computer_use", "arguments": {"action": "left_click", "coordinate": at}}
        reply = f"<tool_call>\n{json.dumps(call)}\n</tool_call>"
        line = Line(id=f"item_{number}", image="", size=SCREEN, seen=SCREEN, prompt="",
                    reply=reply, status="answered")  # fmt: skip
        lines.append(line.model_dump_json())
    (folder / "items.json").write_text(json.dumps(rows))
    data = load("pro-schema", folder)
    run = Run(
        benchmark="pro-schema", protocol="dialect", model="made up", engine="none",
        dialect="qwen2.5-vl", resize=(28, 3136, 12845056), sampling={}, data=data.data, n=ITEMS,
        version="0",
    )  # fmt: skip
    file = Answers(folder / "run", run).file
    with file.open("a") as out:
        out.write("\n".join(lines) + "\n")
    return folder / "run"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true", help="end with one line of JSON")
    args = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        answers = make(Path(folder))
        began = time.perf_counter()
        run, lines = gathered([answers])
        found = outcome(run, lines, load("pro-schema", Path(folder)))
        seconds = time.perf_counter() - began
    score = found.scored[0].tables.total.value
    if args.json:
        print(json.dumps({"items": ITEMS, "seconds": seconds, "score": score}))
    else:
        print(f"{ITEMS} answers read and scored in {seconds:.2f} s (score {score:.1%})")


if __name__ == "__main__":
    main()
