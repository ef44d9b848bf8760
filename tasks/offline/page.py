"""A scored run as one HTML file that opens offline: tables, and every item to look at.

Replies and instructions are hostile: they are data in a JSON block and reach the page as text only.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from ...actions.errors import UserError
from .lines import Line
from .published import compare
from .recorded import Episodes
from .result import Outcome, profile
from .samples import Loaded, Target, find_picture
from .score import Judged
from .shapes import Box, Shape
from .steps import RecordedStep
from .tables import Rate

REPORT = "report.html"
LONGEST = 720
"""Pixels of a picture's longer side in the report."""
MOST_REPLY = 4000


def write_page(found: Outcome, data: Loaded | Episodes, folder: Path) -> Path:
    """Write the report; UserError when the place cannot take it."""
    file = folder / REPORT
    try:
        file.write_text(render(found, data), encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot write {file} ({error.strerror}); choose another --out") from error
    return file


def render(found: Outcome, data: Loaded | Episodes) -> str:
    """The whole page."""
    script, run, first = _asset("errors.js"), found.run, found.scored[0].tables
    interval = first.total.interval
    return Template(_asset("errors.html")).substitute(
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        style=_asset("errors.css"),
        title=escape(f"{run.benchmark} · {run.model}"),
        benchmark=escape(run.benchmark),
        model=escape(run.model),
        score=f"{first.total.value:.2%}",
        interval=f"{interval.low:.1%} – {interval.high:.1%}",
        facts=escape(" · ".join(facts(found))),
        warnings="".join(f'<p class="warning">{escape(w)}</p>' for w in warnings(found)),
        tables="".join(_tables(found)),
        data=_data(found, data),
    )


def _asset(name: str) -> str:
    return files("qvl_agent.tasks.offline").joinpath(name).read_text(encoding="utf-8")


def facts(found: Outcome) -> list[str]:
    """What the number stands on, in a few words each."""
    run, first = found.run, found.scored[0]
    return [
        f"protocol {profile(run)}",
        f"rule {first.rule}: {first.about}",
        f"{first.tables.total.hits} of {first.tables.total.n}",
        f"macro {first.tables.macro:.2%}",
        f"by picture or episode {first.tables.clusters.low:.1%} – {first.tables.clusters.high:.1%}",
        f"dialect {run.dialect}, engine {run.engine}, version {run.version}",
        f"annotations {run.data[:12]}",
    ]


def warnings(found: Outcome) -> list[str]:
    """What a reader must know before believing the number."""
    said = list(found.run.notes)
    if not found.complete:
        said.append(f"incomplete: {len(found.lines)} of {found.run.n} items were asked")
    if failed := found.scored[0].tables.errors.get("failed"):
        rest = found.scored[0].tables.without_failed
        said.append(f"{failed} items were failed by the machine; without them {rest.value:.2%}")
    return [*said, *found.left_out]


def _tables(found: Outcome) -> list[str]:
    first, run = found.scored[0], found.run
    rules = {one.rule: one.tables.total for one in found.scored}
    made = [_table("rule", rules)]
    made += [_table(name, rows) for name, rows in first.tables.divisions.items() if len(rows) > 1]
    made.append(_plain("self-tests", [(c.name, f"{c.rate:.2%}") for c in first.checks]))
    if found.coarse:
        looks = {"first look": found.coarse.total, "second look": first.tables.total}
        made.append(_table("zoom", looks))
    beside = compare(run.benchmark, run.model, first.tables, run.variant)
    if beside:
        made.append(_plain("published", [
            (f"{c.published.source} ({c.published.protocol})",
             f"{c.published.score:.1%}, {'inside' if c.inside else 'outside'} our interval")
            for c in beside
        ]))  # fmt: skip
    return made


def _table(name: str, rows: Mapping[str, Rate]) -> str:
    body = "".join(
        f"<tr><th>{escape(row)}</th><td>{rate.value:.1%}</td><td>{rate.hits} / {rate.n}</td>"
        f'<td class="soft">{rate.interval.low:.1%} – {rate.interval.high:.1%}</td></tr>'
        for row, rate in rows.items()
    )
    return f"<table><caption>{escape(name)}</caption>{body}</table>"


def _plain(name: str, rows: Sequence[tuple[str, str]]) -> str:
    body = "".join(f"<tr><th>{escape(a)}</th><td>{escape(b)}</td></tr>" for a, b in rows)
    return f"<table><caption>{escape(name)}</caption>{body}</table>"


def _data(found: Outcome, data: Loaded | Episodes) -> str:
    """Items and pictures as JSON that no text in it can leave."""
    known: dict[str, Target | RecordedStep] = (
        {step.id: step for step in data.steps} if isinstance(data, Episodes)
        else {target.id: target for target in data.targets}
    )  # fmt: skip
    lines = {line.id: line for line in found.lines}
    judged = found.scored[0].judged
    items = [_item(one, known[one.id], lines[one.id]) for one in judged]
    names = dict.fromkeys(known[one.id].picture for one in judged)
    pictures = {name: small for name in names if (small := _small(data.folder, name))}
    text = json.dumps({"items": items, "pictures": pictures}, ensure_ascii=False)
    return text.replace("<", "\\u003c")


def _item(one: Judged, sample: Target | RecordedStep, line: Line) -> dict[str, object]:
    shape = sample.shape if isinstance(sample, Target) else None
    return {
        "id": one.id, "error": one.error, "why": one.why, "picture": sample.picture,
        "what": sample.what if isinstance(sample, Target) else _told(sample),
        "group": sample.group, "kind": sample.kind if isinstance(sample, Target) else "",
        "size": list(line.size), "shape": _numbers(shape), "point": one.point,
        "reply": line.reply[:MOST_REPLY],
    }  # fmt: skip


def _told(step: RecordedStep) -> str:
    at = f" at ({step.truth.at.x}, {step.truth.at.y})" if step.truth.at else ""
    wanted = " ".join(filter(None, (step.truth.kind, step.truth.way, step.truth.text)))
    return f"{step.instruction or step.goal} [{wanted}{at}]"


def _numbers(shape: Shape | None) -> list[float] | None:
    if shape is None:
        return None
    return list(shape) if isinstance(shape, Box) else [v for xy in shape.corners for v in xy]


def _small(folder: Path, name: str) -> str:
    """A picture in a few kilobytes, as a data URL; nothing where there is no picture."""
    from PIL import Image

    place = folder if folder.is_dir() else folder.parent
    try:
        file = find_picture(place, name)
    except UserError:
        return ""
    out = io.BytesIO()
    with Image.open(file) as picture:
        small = picture.convert("RGB")
    small.thumbnail((LONGEST, LONGEST), Image.Resampling.BILINEAR, reducing_gap=1.5)
    small.save(out, "WEBP", quality=55, method=2)
    return "data:image/webp;base64," + base64.b64encode(out.getvalue()).decode()
