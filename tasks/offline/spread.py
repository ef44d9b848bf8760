"""One run on several machines: a Ray cluster whose workers each hold a model of their own.

The driver keeps the answers, so a killed run goes on as any other; pictures travel with the
questions, so that workers need no copy of the set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

from ...actions.errors import UserError
from ...actions.messages import Image
from .infer import Asker, Question
from .lines import Answers, Line


class Parcel(NamedTuple):
    """A question on its way to another machine."""

    id: str
    picture: bytes
    suffix: str
    ask: Callable[[Image], Any]


class Worker:
    """One worker's model, open for as long as the worker is."""

    def __init__(self, open_asker: Callable[[], AbstractContextManager[Asker]]) -> None:
        self.held = open_asker()
        self.asker = self.held.__enter__()

    def answer(self, parcel: Parcel) -> Line:
        """One sample's line."""
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"picture{parcel.suffix}"
            file.write_bytes(parcel.picture)
            return self.asker.answer(Question(parcel.id, file, parcel.ask))


def infer_on_ray(
    questions: Sequence[Question], open_asker: Callable[[], AbstractContextManager[Asker]],
    answers: Answers, workers: int, address: str | None = None,
) -> Iterator[Line]:  # fmt: skip
    """Ask what the file lacks with `workers` models at once; lines come as they are finished.

    Without an `address` a cluster is started on this machine, and ended afterwards.
    """
    try:
        import ray
        from ray.util import ActorPool
    except ImportError as error:
        raise UserError("ray is not installed; pip install 'qvl-agent[ray]'") from error
    kept = {line.id for line in answers.results() if line.status != "failed"}
    wanted = [question for question in questions if question.id not in kept]
    api: Any = ray
    api.init(
        address=address, num_cpus=None if address else workers, include_dashboard=False,
        log_to_driver=False, logging_level="ERROR",
    )  # fmt: skip
    try:
        actor: Any = api.remote(num_cpus=1)(Worker)
        pool: Any = ActorPool([actor.remote(open_asker) for _ in range(workers)])
        for line in pool.map_unordered(_send, map(_parcel, wanted)):
            answers.add(line)
            yield line
    finally:
        api.shutdown()


def _send(worker: Any, parcel: Parcel) -> Any:
    return worker.answer.remote(parcel)


def _parcel(question: Question) -> Parcel:
    picture = question.picture
    return Parcel(question.id, picture.read_bytes(), picture.suffix, question.ask)
