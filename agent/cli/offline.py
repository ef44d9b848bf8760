"""Ask a model about the pictures of a benchmark, and score what it said."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ...actions.errors import UserError
from .options import above_zero, add_json, add_model, positive
from .share import part

if TYPE_CHECKING:
    from ...tasks.offline.infer import Asker, Question
    from ...tasks.offline.lines import Answers, Line, Run
    from ...tasks.offline.recorded import Episodes
    from ...tasks.offline.result import Outcome
    from ...tasks.offline.samples import Loaded
    from .choose import Brain

PAGES = 300


def add(parser: argparse.ArgumentParser) -> None:
    """The options of a benchmark on fixed pictures."""
    add_data(parser)
    parser.add_argument(
        "--protocol", default="dialect", metavar="NAME",
        help="how it is asked: dialect (default), qwen-cookbook, sspro-official; ac-qwen",
    )  # fmt: skip
    parser.add_argument("--limit", type=positive, metavar="N", help="ask the first N items only")
    parser.add_argument("--shard", default="1/1", metavar="I/N", help="ask every Nth item")
    parser.add_argument("--zoom", type=above_zero, default=0.0, metavar="SHARE",
                        help="look again at this share of the sides, such as 0.5")  # fmt: skip
    parser.add_argument("--jobs", type=positive, default=1, metavar="N",
                        help="questions under way at once (a server's; in process: 1)")  # fmt: skip
    parser.add_argument("--ray", type=positive, metavar="N", help="N models on a Ray cluster")
    parser.add_argument("--ray-address", metavar="ADDRESS", help="a cluster that runs already")
    parser.add_argument("--items", type=positive, default=PAGES, metavar="N",
                        help="pages: how many to generate")  # fmt: skip
    parser.add_argument("--fetch", action="store_true", help="bring the set from the hub first")
    parser.add_argument("--out", metavar="DIR", help="where answers are kept, and taken up again")
    add_json(parser)
    add_model(parser)


def add_data(parser: argparse.ArgumentParser) -> None:
    """Which annotations, and which of their variants."""
    group = parser.add_argument_group("data")
    group.add_argument("--data", metavar="DIR", help="the set's folder: annotations and images")
    group.add_argument("--partial", action="store_true", help="a part of the set is meant")
    group.add_argument("--chinese", action="store_true", help="ScreenSpot-Pro in Chinese")
    group.add_argument("--refined", action="store_true", help="OSWorld-G's refined instructions")
    group.add_argument("--level", choices=("high", "low"), default="high",
                       help="AndroidControl: the goal, or each step's instruction")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Ask what is missing, then score and report."""
    from ...tasks.offline.result import outcome

    folder = Path(args.out) if args.out else _folder(args.name)
    args.data = str(prepared(args))
    data = read_data(args)
    measured = asked(args, data, folder)
    run_, lines = measured
    tell(outcome(run_, lines, data), data, folder, args.json)
    return 0


def _folder(name: str) -> Path:
    return Path("runs") / f"{datetime.now():%Y%m%d-%H%M%S}-bench-{name}"


def prepared(args: argparse.Namespace) -> Path:
    """The set's folder, generated or fetched where that was asked for; UserError without one."""
    if args.name == "pages":
        folder = Path(args.data or f"runs/sets/pages-{args.items}")
        if not list(folder.glob("*.json")):
            from ...tasks.offline.pages import write_pages

            _aside(f"rendering {args.items} pages into {folder}")
            write_pages(folder, args.items)
        return folder
    if not args.data:
        raise UserError(f"name the folder of {args.name} as --data DIR (--fetch fills it)")
    folder = Path(args.data)
    if args.fetch:
        from ...tasks.offline.hub import fetch

        fetch(args.name, folder)
    if not folder.exists():
        raise UserError(f"there is no folder {folder}; name the set's folder as --data")
    return folder


def read_data(args: argparse.Namespace) -> Loaded | Episodes:
    """The annotations of the options; UserError when they are damaged or incomplete."""
    from ...tasks.offline.recorded import COUNTS, load_steps
    from ...tasks.offline.sets import load

    folder, part = Path(args.data), bool(args.partial)
    if args.name in COUNTS:
        return load_steps(args.name, folder, part)
    return load(args.name, folder, chinese=args.chinese, partial=part, refined=args.refined)


def asked(
    args: argparse.Namespace, data: Loaded | Episodes, folder: Path
) -> tuple[Run, list[Line]]:
    """Every answer of the run in the folder, the missing ones asked for now."""
    from ...tasks.offline.infer import infer
    from ...tasks.offline.lines import Answers

    with open_asker(args) as (asker, brain):
        run_ = header(args, data, brain)
        answers = Answers(folder, run_)
        wanted = part(questions(args, data, brain), args.shard)[: args.limit]
        here = partial(infer, asker=asker, answers=answers, jobs=args.jobs)
        lines = _on_ray(args, wanted, answers) if args.ray else here(wanted)
        follow(lines, len(wanted), answers, judge_of(data, run_))
    return run_, sorted(answers.results(), key=lambda line: line.id)


def _on_ray(args: argparse.Namespace, wanted: list[Question], answers: Answers) -> Iterator[Line]:
    from ...tasks.offline.spread import infer_on_ray

    opened = partial(asker_of, args)
    return infer_on_ray(wanted, opened, answers, args.ray, args.ray_address)


@contextmanager
def asker_of(args: argparse.Namespace) -> Generator[Asker]:
    """The model of the options, as a worker on another machine holds it."""
    with open_asker(args) as (asker, _):
        yield asker


@contextmanager
def open_asker(args: argparse.Namespace) -> Generator[tuple[Asker, Brain]]:
    """The model of the options, as the one who is asked."""
    from ...tasks.offline.infer import TRIES, Asker
    from ...tasks.offline.protocols import prefill_of
    from ...tasks.offline.score_steps import PHONE_CAN
    from ..pointing import EVERYTHING
    from .choose import SERVED, open_brain

    with open_brain(args, _aside) as brain:
        steps = args.name in ("android-control", "aitz")
        tries = TRIES if str(args.model).startswith(SERVED) else 1
        prefill = "" if steps else prefill_of(args.protocol, brain.dialect)
        can = PHONE_CAN if steps else EVERYTHING
        zoom = 0.0 if steps else args.zoom
        yield Asker(brain.model, brain.dialect, prefill, can, zoom, tries), brain


def questions(args: argparse.Namespace, data: Loaded | Episodes, brain: Brain) -> list[Question]:
    """Every item, ready to be asked; UserError when a picture is missing."""
    from ...tasks.offline import protocols, step_prompts
    from ...tasks.offline.infer import Question
    from ...tasks.offline.recorded import Episodes
    from ...tasks.offline.samples import all_pictures

    samples = data.steps if isinstance(data, Episodes) else data.targets
    files = all_pictures((sample.picture for sample in samples), data.folder)
    if isinstance(data, Episodes):
        ask = step_prompts.asking(args.protocol, args.level, brain.dialect)
        return [Question(s.id, files[s.picture], partial(ask, s)) for s in data.steps]
    how = protocols.protocol(args.protocol, brain.dialect)
    return [
        Question(t.id, files[t.picture], partial(how.ask, brain.dialect, t.what))
        for t in data.targets
    ]


def header(args: argparse.Namespace, data: Loaded | Episodes, brain: Brain) -> Run:
    """What is measured, and how."""
    from dataclasses import asdict

    from qvl_agent import __version__

    from ...tasks.offline.lines import Run
    from ...tasks.offline.protocols import prefill_of
    from ...tasks.offline.recorded import Episodes

    steps = isinstance(data, Episodes)
    sampling = asdict(brain.dialect.sampling) | {"stop": " ".join(brain.dialect.sampling.stop)}
    variants = {"chinese": args.chinese, "refined": args.refined}
    engine = args.model if args.model and "://" in args.model else args.engine
    return Run(
        benchmark=args.name,
        protocol=args.protocol,
        model=brain.model.name,
        engine=engine,
        dialect=brain.dialect.name,
        resize=brain.dialect.resize,
        prefill="" if steps else prefill_of(args.protocol, brain.dialect),
        sampling=sampling,
        data=data.data,
        n=len(data.steps if isinstance(data, Episodes) else data.targets),
        partial=bool(args.partial),
        variant=args.level if steps else " ".join(n for n, on in variants.items() if on),
        zoom=0.0 if steps else args.zoom,
        version=__version__,
        notes=data.notes,
    )


def judge_of(data: Loaded | Episodes, measured: Run) -> Callable[[Line], bool]:
    """Whether an answer is right by the usual rule, for the running score."""
    from ...actions.dialects.registry import by_name
    from ...tasks.offline import score_steps
    from ...tasks.offline.recorded import Episodes
    from ...tasks.offline.score import rules_for, score

    dialect = by_name(measured.dialect)
    if isinstance(data, Episodes):
        steps = {step.id: step for step in data.steps}
        usual = score_steps.rules_of(measured.benchmark)[0]
        return lambda line: any(
            one.right for one in score_steps.score_steps([steps[line.id]], [line], dialect, usual)
        )
    targets = {target.id: target for target in data.targets}
    rule = rules_for(measured.benchmark)[0]
    return lambda line: any(
        one.right for one in score([targets[line.id]], [line], dialect, measured.prefill, rule)
    )


def follow(
    lines: Iterable[Line], count: int, answers: Answers, right: Callable[[Line], bool]
) -> None:
    """A bar with the time left, and the score so far."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    before = len(answers.results())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("asking", total=count, completed=min(before, count))
        hits = done = 0
        for line in lines:
            done, hits = done + 1, hits + right(line)
            bar.update(task, advance=1, description=f"asking, {hits / done:.1%} right so far")


def tell(found: Outcome, data: Loaded | Episodes, folder: Path, as_json: bool) -> None:
    """Scores and report beside the answers; the table, or one line for programs."""
    from ...tasks.offline.page import write_page
    from ...tasks.offline.result import told, write_scores

    scores = write_scores(found, folder)
    report = write_page(found, data, folder)
    if as_json:
        short = {key: value for key, value in told(found).items() if key != "items"}
        print(json.dumps({**short, "scores": str(scores), "report": str(report)}))
    else:
        from .offline_table import print_outcome

        print_outcome(found)
        print(f"scores: {scores}\nreport: {report}")


def _aside(line: str) -> None:
    print(line, file=sys.stderr)
