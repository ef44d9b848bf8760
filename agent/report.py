"""A run as one HTML file that opens offline: no outside asset, every text escaped.

Replies, page titles and addresses are hostile: they reach the page only through `html.escape`, and
the page's own policy lets no script run but the one it ships with.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from ..actions.errors import UserError
from ..actions.types import Point, points
from .describe import deed_word, describe
from .episode import Deed, Episode, Step
from .marks import overlay
from .record import Header, Run

TONES = {"verified": "ok", "claimed": "warn", "budget": "warn", "stopped": "warn", None: "warn"}
COLOURS = {
    "settle": "#7aa2f7", "capture": "#4fb3d9", "render": "#8f9bb3", "preprocess": "#f4b860",
    "encode": "#f0883e", "prefill": "#e5534b", "decode": "#c2185b", "request": "#c2185b",
    "model": "#d96a9a", "parse": "#9d8cff", "ask": "#b9c0ca", "wait": "#d4d9e0",
    "act": "#3fb27f", "record": "#a3b18a",
}  # fmt: skip
LOUPE = (76, 54)
"""Width and height, in screenshot pixels, of the magnified cut-out around a point."""


def write_report(run: Run, to: Path) -> Path:
    """Write the report; UserError when the place cannot take it."""
    try:
        to.write_text(render(run), encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot write {to} ({error.strerror}); choose another place") from error
    return to


def render(run: Run) -> str:
    """The whole page."""
    episode, script = run.episode, _asset("report.js")
    digest = hashlib.sha256(script.encode()).digest()
    return Template(_asset("report.html")).substitute(
        script=script,
        script_hash=base64.b64encode(digest).decode(),
        style=_asset("report.css"),
        title=escape(f"{episode.goal} · qvl-agent"),
        goal=escape(episode.goal),
        outcome=escape((episode.outcome or "interrupted").replace("_", " ")),
        tone=TONES.get(episode.outcome, "bad"),
        why=escape(_why(run)),
        facts=_facts(run.header, episode),
        total=_bar(episode.phases()),
        pictures=_pictures(episode),
        strip="".join(_thumb(step) for step in episode.steps),
        steps="".join(_section(step, len(episode.steps)) for step in episode.steps),
        footer=_footer(run.header),
    )


def _asset(name: str) -> str:
    return files("qvl_agent.agent").joinpath(name).read_text(encoding="utf-8")


def _why(run: Run) -> str:
    episode = run.episode
    if run.interrupted:
        return "The run was killed before it could say how it ended."
    said = f"The agent's words: {episode.answer}" if episode.answer else ""
    check = episode.check_why if episode.check_why != episode.why else ""
    verdict = f"The check: {check}" if check else ""
    return ". ".join(filter(None, (episode.why, verdict, said)))


def _facts(header: Header, episode: Episode) -> str:
    truth = {None: "no check", True: "done", False: "not done"}[episode.done]
    facts = {
        "Claim": episode.claim or "none",
        "Check": truth,
        "Steps": str(len(episode.steps)),
        "Time": f"{episode.seconds or sum(episode.phases().values()):.1f} s",
        "Outside the model": f"{episode.overhead_per_step():.2f} s per step",
        "Tokens": f"{episode.tokens():,}",
        "Model": header.model,
        "Dialect": header.dialect,
        "Environment": header.env,
        "Seed": "" if header.seed is None else str(header.seed),
        "Network": "this machine only, but for the screen" if header.options.get("offline") else "",
        "Started": _moment(header.started),
    }
    return "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in facts.items()
        if value
    )


def _moment(started: str) -> str:
    try:
        return f"{datetime.fromisoformat(started):%d %b %Y, %H:%M}"
    except ValueError:
        return started


def _pictures(episode: Episode) -> str:
    """Each different screenshot once; strip, stage and loupe all point to it."""
    different = {_picture_id(step): step.look for step in episode.steps if step.look.png}
    return "".join(
        f'<image id="{name}" width="{look.size.width}" height="{look.size.height}"'
        f' href="data:image/png;base64,{base64.b64encode(look.png).decode()}"/>'
        for name, look in different.items()
    )


def _picture_id(step: Step) -> str:
    return f"p{hashlib.sha256(step.look.png).hexdigest()[:16]}"


def _shot(step: Step, css: str, box: tuple[float, float, float, float], marks: str = "") -> str:
    view = " ".join(f"{n:g}" for n in box)
    fit = "xMidYMin slice" if css == "thumb" else "xMidYMid meet"
    return (
        f'<svg class="{css}" viewBox="{view}" preserveAspectRatio="{fit}" role="img"'
        f' style="--ratio:{box[2] / box[3]:.4f}"'
        f' aria-label="screen of step {step.index}"><use href="#{_picture_id(step)}"/>{marks}</svg>'
    )


def _whole(step: Step) -> tuple[float, float, float, float]:
    return (0, 0, step.look.size.width, step.look.size.height)


def _thumb(step: Step) -> str:
    said = describe(step.actions[0]) if step.actions else ("refused" if step.refusal else "…")
    return (
        f'<a href="#step-{step.index}">{_shot(step, "thumb", _whole(step))}'
        f'<span class="label"><i class="light {_tone(step)}"></i><b>{step.index}</b>'
        f"<span>{escape(said)}</span></span></a>"
    )


def _tone(step: Step) -> str:
    if step.refusal or any(deed.error for deed in step.deeds):
        return "bad"
    if not step.deeds:
        return "idle"
    return "warn" if step.feedback else "ok"


def _section(step: Step, count: int) -> str:
    marks = overlay(step.actions, step.look.size)
    return (
        f'<section id="step-{step.index}"><figure class="stage">'
        f"{_shot(step, 'screen', _whole(step), marks)}"
        f"<figcaption><span>{escape(step.look.where)}</span>"
        f"<span>{step.look.size}</span></figcaption></figure>"
        f'<div class="panel"><h2>Step {step.index} of {count}'
        f"<small>{sum(step.seconds.values()):.2f} s</small></h2>"
        f"{_panel(step)}</div></section>"
    )


def _panel(step: Step) -> str:
    thought = f'<p class="thought">{escape(step.thought)}</p>' if step.thought else ""
    deeds = "".join(_deed(step, deed) for deed in step.deeds)
    events = "".join(f'<p class="told warn">{escape(event)}</p>' for event in step.look.events)
    told = _told(step) + _noted(step)
    reply = step.reply.text if step.reply else ""
    return (
        f"{events}{thought}<div>{deeds}</div>{told}"
        f"<div><h3>Reply, word for word</h3><pre>{escape(reply)}</pre></div>"
        f"<div><h3>Time{_tokens(step)}</h3>{_bar(step.seconds)}</div>"
    )


def _noted(step: Step) -> str:
    return f'<p class="told warn">{escape(step.note)}</p>' if step.note else ""


def _told(step: Step) -> str:
    if not step.feedback or any(step.feedback == deed.error for deed in step.deeds):
        return ""
    tone = "bad" if step.refusal else "warn"
    return f'<p class="told {tone}">Told to the model: {escape(step.feedback)}</p>'


def _deed(step: Step, deed: Deed) -> str:
    tone = "bad" if deed.error else "ok"
    if deed.effect and deed.effect.verdict != "changed":
        tone = "warn" if deed.effect.verdict == "no_effect" else "idle"
    return (
        f'<div class="deed">{_loupe(step, deed)}<div><p class="what">'
        f"{escape(describe(deed.action))}</p>"
        f'<p class="came"><i class="light {tone}"></i>{escape(deed_word(deed))}</p></div></div>'
    )


def _loupe(step: Step, deed: Deed) -> str:
    aims = points(deed.action)
    if not aims or not step.look.png:
        return ""
    at = aims[-1]
    pin = f'<rect class="pin" x="{at.x - 1}" y="{at.y - 1}" width="3" height="3"/>'
    return _shot(step, "loupe", _around(at), pin)


def _around(at: Point) -> tuple[float, float, float, float]:
    width, height = LOUPE
    return (at.x + 0.5 - width / 2, at.y + 0.5 - height / 2, width, height)


def _tokens(step: Step) -> str:
    if not step.reply or not step.reply.tokens_in:
        return ""
    reply = step.reply
    held = f" ({reply.cached_tokens:,} cached)" if reply.cached_tokens else ""
    passes = f" in {reply.passes} passes" if 0 < reply.passes < reply.tokens_out else ""
    return f" · {reply.tokens_in:,} tokens in{held}, {reply.tokens_out:,} out{passes}"


def _bar(seconds: dict[str, float]) -> str:
    """A stacked bar of phases with its legend; nothing under a millisecond."""
    shown = {name: spent for name, spent in seconds.items() if spent >= 0.001}
    bar = "".join(
        f'<i style="--c:{COLOURS.get(name, "#888")};flex-grow:{spent * 1000:.0f}"></i>'
        for name, spent in shown.items()
    )
    legend = "".join(
        f'<li style="--c:{COLOURS.get(name, "#888")}">{escape(name)} <b>{_span(spent)}</b></li>'
        for name, spent in shown.items()
    )
    return f'<div class="bar">{bar}</div><ul class="legend">{legend}</ul>'


def _span(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _footer(header: Header) -> str:
    versions = " · ".join(f"{name} {version}" for name, version in header.versions.items())
    keys = "<kbd>←</kbd> <kbd>→</kbd> move between steps"
    return f"{keys} · {escape(versions)}" if versions else keys
