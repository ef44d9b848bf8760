"""Do something on a screen, and say whether it was done."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from ...actions.errors import UserError
from ...model.mini import MINI
from .choose import PHONES
from .options import (
    above_zero,
    add_browser,
    add_desktop,
    add_json,
    add_model,
    add_phone,
    positive,
)

if TYPE_CHECKING:
    from types import FrameType

    from ...envs.base import Env
    from ...envs.virtual_phone.phone import VirtualPhone
    from ..approve import Approver
    from ..episode import Check
    from ..gate import Kind
    from ..record import Header, Run
    from .choose import Brain
    from .live import LiveLine


class Errand(NamedTuple):
    """What is to be done, and where."""

    goal: str
    url: str
    task: str = ""
    check: Check | None = None
    """None where nothing can tell whether it was done."""
    start: list[str] | None = None
    """A program to start on the desktop first."""
    phone: VirtualPhone | None = None
    """The virtual phone that it is about."""


def add(parser: argparse.ArgumentParser) -> None:
    """The options of `run`."""
    parser.add_argument("goal", metavar="GOAL", help='what to do, such as "book a flight"')
    add_options(parser)


def add_options(parser: argparse.ArgumentParser) -> None:
    """All but the goal."""
    parser.add_argument("--url", help="the page to begin with (default: the practice site)")
    parser.add_argument(
        "--env",
        choices=["browser", "desktop", "android", "virtual-phone"],
        default="browser",
        help="kind of screen",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="other data, other looks")
    parser.add_argument("--max-steps", type=positive, default=30, metavar="N")
    parser.add_argument("--max-seconds", type=above_zero, default=600.0, metavar="N")
    parser.add_argument("--max-tokens", type=positive, default=0, metavar="N")
    parser.add_argument("--out", metavar="DIR", help="the run's folder (default: runs/<time>-…)")
    parser.add_argument(
        "--approve",
        choices=["all", "ask", "none"],
        help="let everything pass, ask before each action, or only look"
        " (default: all on the practice site, else ask)",
    )
    parser.add_argument(
        "--yes", dest="approve", action="store_const", const="all", help="--approve all"
    )
    parser.add_argument(
        "--ask", dest="approve", action="store_const", const="ask", help="--approve ask"
    )
    gate = parser.add_argument_group("what cannot be undone")
    gate.add_argument(
        "--allow",
        type=effects,
        default=frozenset(),
        metavar="KIND,…",
        help="without asking: pay, send, delete, install, credentials, download, upload, unnamed",
    )
    gate.add_argument(
        "--deny", type=effects, default=frozenset(), metavar="KIND,…", help="never, not even asked"
    )
    gate.add_argument(
        "--sites", metavar="SITE,…", help="only these pages: example.org,*.example.org"
    )
    gate.add_argument(
        "--secret", action="append", metavar="NAME=SITE,…",
        help="let the model type {{secret:NAME}} there, without seeing it",
    )  # fmt: skip
    gate.add_argument(
        "--offline", action="store_true", help="this process reaches nothing but this machine"
    )
    parser.add_argument("--accept-claimed", action="store_true", help="exit 0 for `claimed` too")
    add_json(parser)
    add_model(parser)
    add_browser(parser)
    add_desktop(parser)
    add_phone(parser)


def effects(text: str) -> frozenset[Kind]:
    """Kinds of effect from an option."""
    from ..gate import KINDS

    found = {part.strip().lower() for part in text.split(",") if part.strip()}
    if wrong := sorted(found - set(KINDS)):
        raise argparse.ArgumentTypeError(f"{wrong[0]!r} is no kind; use {', '.join(KINDS)}")
    return frozenset(kind for kind in KINDS if kind in found)


def run(args: argparse.Namespace) -> int:
    """Run one errand from its goal to its report."""
    return carry_on(args, None)


def carry_on(args: argparse.Namespace, begun: Run | None) -> int:
    """The same, from the end of a run that was `begun`, if there is one."""
    from ..episode import exit_code
    from ..record import load
    from ..report import write_report
    from .choose import secrets
    from .fences import fenced
    from .live import LiveLine

    known = secrets(args)
    known.demand(args.goal)
    if known and args.env != "browser":
        raise UserError("secrets are typed in browsers only; leave out --secret")
    with fenced(args), errand(args) as what, LiveLine() as live, interruptible():
        folder = go(args, what, live, begun)
    found = load(folder)
    report = write_report(found, folder / "report.html")
    tell(args, found, report)
    return exit_code(found.episode, args.accept_claimed)


def go(args: argparse.Namespace, what: Errand, live: LiveLine, begun: Run | None) -> Path:
    """Open model and browser, run the loop, close both; returns the record's folder."""
    from ..loop import Limits, run_episode
    from ..policy import VisionPolicy
    from ..record import FolderRecord, new_folder
    from .choose import open_brain

    approve = approver(args, what, live)
    gate = gatekeeper(args, what, live)
    folder = Path(args.out) if args.out else new_folder(what.goal, datetime.now())
    live.say(f"goal: {what.goal}")
    with open_brain(args, live.say) as brain, open_env(args, what, live) as env:
        run_episode(
            what.goal,
            env,
            VisionPolicy(brain.model, brain.dialect),
            approve=gate(approve, env),
            on_step=live.on_step,
            limits=Limits(args.max_steps, args.max_seconds, args.max_tokens),
            record=FolderRecord(folder, None if begun else header(args, what, brain, args.seed)),
            check=what.check,
            past=begun.episode.steps if begun else (),
        )
    return folder


@contextmanager
def open_env(args: argparse.Namespace, what: Errand, live: LiveLine) -> Generator[Env]:
    """The screen of the options, with what the errand begins with on it."""
    from .choose import PRACTICE_SIZE, WIDE_SIZE, open_browser, open_desktop

    if args.env in PHONES:
        from .phone import open_phone

        with open_phone(args, what.phone, live.say) as env:
            yield env
        return
    if args.env == "desktop":
        with open_desktop(args, live.say) as env:
            if what.start:
                env.start(what.start)
            yield env
        return
    with open_browser(args, what.url, PRACTICE_SIZE if what.task else WIDE_SIZE) as env:
        yield env


@contextmanager
def on_desktop(args: argparse.Namespace) -> Generator[Errand]:
    """Anything on a desktop; what the practice tasks there know is also checked."""
    from ...tasks.desk import Desk, from_goal

    if not args.model:
        raise UserError(f"{MINI} knows only the practice site; {fitting()}")
    with Desk() as desk:
        task = from_goal(desk, args.goal) if args.virtual else None
        if task:
            yield Errand(task.goal, task.start_url, task.id, task.check, task.command)
        else:
            yield Errand(args.goal, "")


@contextmanager
def on_phone(args: argparse.Namespace) -> Generator[Errand]:
    """Anything on a phone; what the practice tasks of the virtual one know is also checked."""
    from ...tasks.phone import from_goal
    from .phone import virtual_phone

    if args.env == "android":
        if not args.model:
            raise UserError(f"{MINI} knows only practice tasks; {fitting()}")
        yield Errand(args.goal, "")
        return
    with virtual_phone(args) as phone:
        task = from_goal(phone, args.goal, args.seed)
        if task:
            yield Errand(task.goal, "", task.id, task.check, None, phone)
        elif args.model:
            yield Errand(args.goal, "", phone=phone)
        else:
            raise UserError(f"no task of the virtual phone fits {args.goal!r}; {fitting()}")


@contextmanager
def errand(args: argparse.Namespace) -> Generator[Errand]:
    """A page of the web, or a task of the practice site, which is served meanwhile."""
    if args.env in ("desktop", *PHONES):
        with on_desktop(args) if args.env == "desktop" else on_phone(args) as what:
            yield what
        return
    if args.url:
        if not args.model:
            raise UserError(f"{MINI} knows only the practice site; {fitting()}")
        yield Errand(args.goal, args.url)
        return
    from ...tasks.practice import Site, from_goal

    with Site() as site:
        task = from_goal(site, args.goal, args.seed)
        if task is None:
            cure = "name a page with --url" if args.model else fitting()
            raise UserError(f"no task of the practice site fits {args.goal!r}; {cure}")
        yield Errand(task.goal, task.start_url, task.id, task.check)


def fitting() -> str:
    """Which checkpoint to take on this machine, and how."""
    from ...model.advise import advice

    return advice()


def approver(args: argparse.Namespace, what: Errand, live: LiveLine) -> Approver:
    """Who is asked; on pages of the web a person, unless the options say otherwise."""
    from ..approve import allow_all, ask_person, refuse_all, say_only
    from ..describe import describe

    if args.dry_run:
        return say_only(describe)
    chosen = args.approve or ("all" if what.check else "ask")
    if chosen == "ask" and not sys.stdin.isatty():
        raise UserError("there is no terminal to ask on; let it act with --yes, or look only with"
                        " --approve none")  # fmt: skip
    if chosen == "ask":
        return ask_person(live.ask, describe)
    return allow_all if chosen == "all" else refuse_all


def gatekeeper(
    args: argparse.Namespace, what: Errand, live: LiveLine
) -> Callable[[Approver, Env], Approver]:
    """What stands in front of whoever approves; on practice tasks nothing, for nothing is real.

    A person who sees every action anyway is not asked twice.
    """
    from ..gate import KINDS, Policy, gated

    seen = what.check or (args.approve or "ask") == "ask"
    policy = Policy((frozenset(KINDS) if seen else args.allow | {"leave"}) - args.deny, args.deny)

    def ask(kinds: str) -> bool:
        return live.ask(f"This would {kinds}. Let it? [y]es / [n]o: ").strip().lower() in (
            "y",
            "yes",
        )

    person = ask if sys.stdin.isatty() else None
    return lambda inner, env: gated(inner, policy, env, person)


def header(args: argparse.Namespace, what: Errand, brain: Brain, seed: int) -> Header:
    """The record's first line; of the options only those that are no secret."""
    from ..record import Header, without_secrets
    from .versions import versions

    kept = ("virtual", "monitor", "max_steps", "max_seconds", "max_tokens", "approve", "device",
            "dtype", "headed", "scale", "zoom", "serial", "offline")  # fmt: skip
    options = {name: getattr(args, name, None) for name in kept}
    return Header(
        goal=what.goal,
        model=brain.model.name,
        dialect=brain.dialect.name,
        env=getattr(args, "env", "browser"),
        task=what.task,
        seed=seed if what.task else None,
        started=datetime.now().astimezone().isoformat(timespec="seconds"),
        versions=versions(),
        options={**options, "url": without_secrets(what.url)},
    )


def tell(args: argparse.Namespace, found: Run, report: Path) -> None:
    """How it ended: for people, or in one line for programs."""
    from ..describe import ending, flat

    episode = found.episode
    if args.json:
        print(json.dumps(facts(found, report)))
        return
    print(ending(episode))
    if episode.answer:
        print(f"the agent's words: {flat(episode.answer)}")
    print(f"report: {report}")


def facts(found: Run, report: Path) -> dict[str, object]:
    """A run's result for programs."""
    episode = found.episode
    return {
        "outcome": episode.outcome,
        "why": episode.why,
        "claim": episode.claim,
        "done": episode.done,
        "check": episode.check_why,
        "false_claim": episode.false_claim,
        "answer": episode.answer,
        "steps": len(episode.steps),
        "seconds": round(episode.seconds, 3),
        "phases": {name: round(spent, 4) for name, spent in episode.phases().items()},
        "overhead_per_step": round(episode.overhead_per_step(), 4),
        "tokens": episode.tokens(),
        "goal": episode.goal,
        "model": found.header.model,
        "dialect": found.header.dialect,
        "task": found.header.task,
        "seed": found.header.seed,
        "record": str(found.folder),
        "report": str(report),
    }


@contextmanager
def interruptible() -> Generator[None]:
    """A polite request to end is treated like Ctrl-C, so that the browser goes too."""

    def interrupt(number: int, frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
