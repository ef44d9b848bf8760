"""Ask a model about each picture once, and keep every answer before the next is asked."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, TypeVar

from ...actions.dialects.base import Dialect
from ...actions.errors import ModelError, OutOfMemory, UserError
from ...actions.messages import Image, Message
from ...actions.types import Capabilities, Size
from ...agent.pointing import EVERYTHING
from ...model.base import Forgets, Model, Reply
from ...model.image import seen_size
from .lines import Answers, Crop, Line
from .read import meaning

T = TypeVar("T")
TRIES = 3
"""How often a server that does not answer is asked; a model in this process is asked once."""


class Question(NamedTuple):
    """One sample, ready to be asked."""

    id: str
    picture: Path
    ask: Callable[[Image], list[Message]]


@dataclass(frozen=True)
class Asker:
    """Who is asked, and how its answers are read."""

    model: Model
    dialect: Dialect
    prefill: str = ""
    can: Capabilities = EVERYTHING
    zoom: float = 0.0
    tries: int = 1

    def answer(self, question: Question) -> Line:
        """One sample's line; a model that cannot answer is a line too. UserError for a picture
        that cannot be read."""
        # An answer must not depend on which samples were asked before it.
        if isinstance(self.model, Forgets):
            self.model.forget()
        png, size, digest = read_picture(question.picture)
        image = Image(png, size, seen_size(size, self.dialect.resize))
        began = time.perf_counter()
        try:
            return self._asked(question, image, digest, began)
        except ModelError as error:
            return _failed(question.id, image, digest, error, time.perf_counter() - began)

    def _asked(self, question: Question, image: Image, digest: str, began: float) -> Line:
        messages = question.ask(image)
        reply, attempts = self._reply(messages)
        crop, shown, spent = None, image, [reply]
        if self.zoom and (cut := self._cut_out(image, reply)):
            crop, shown = cut
            reply, more = self._reply(question.ask(shown))
            attempts, spent = attempts + more, [*spent, reply]
        whole = self.prefill + reply.text
        found = meaning(self.dialect, whole, reply.finish_reason, shown.size, shown.seen, self.can)
        return Line(
            id=question.id, image=digest, size=image.size, seen=shown.seen,
            prompt=fingerprint(messages), reply=reply.text, finish=reply.finish_reason,
            status=found.status, why=found.why[:300],
            crop=crop, attempts=attempts, tokens_in=sum(r.tokens_in for r in spent),
            tokens_out=sum(r.tokens_out for r in spent),
            seconds=round(time.perf_counter() - began, 4),
        )  # fmt: skip

    def _reply(self, messages: list[Message]) -> tuple[Reply, int]:
        """The reply and the number of times it was asked for."""
        for attempt in range(1, self.tries):
            try:
                return self.model.generate(messages, self.dialect.sampling), attempt
            except OutOfMemory:
                raise
            except ModelError:
                time.sleep(2.0**attempt)
        return self.model.generate(messages, self.dialect.sampling), self.tries

    def _cut_out(self, image: Image, reply: Reply) -> tuple[Crop, Image] | None:
        """The surroundings of the first answer, for a second look; None when there is none."""
        found = meaning(
            self.dialect, self.prefill + reply.text, reply.finish_reason, image.size, image.seen
        )
        if found.status != "answered" or found.at is None:
            return None
        left, top, size = window(found.at, image.size, self.zoom)
        crop = Crop(
            left=left, top=top, size=size, first_reply=reply.text,
            first_finish=reply.finish_reason, first_seen=image.seen,
        )  # fmt: skip
        png = cut_out(image.png, left, top, size)
        return crop, Image(png, size, seen_size(size, self.dialect.resize))


def window(at: tuple[float, float], size: Size, share: float) -> tuple[int, int, Size]:
    """Left, top and size of a part of the picture around a point, moved to lie inside it."""
    wide, high = (max(28, round(side * share)) for side in size)
    wide, high = min(wide, size.width), min(high, size.height)
    left = min(max(0, round(at[0]) - wide // 2), size.width - wide)
    top = min(max(0, round(at[1]) - high // 2), size.height - high)
    return left, top, Size(wide, high)


def cut_out(png: bytes, left: int, top: int, size: Size) -> bytes:
    """A part of a picture, as PNG."""
    from PIL import Image as Picture

    out = io.BytesIO()
    with Picture.open(io.BytesIO(png)) as picture:
        part = picture.crop((left, top, left + size.width, top + size.height))
    part.save(out, "PNG", compress_level=1)
    return out.getvalue()


def read_picture(file: Path) -> tuple[bytes, Size, str]:
    """A picture as RGB PNG, its size, and the SHA-256 of the file; UserError when it is none."""
    from PIL import Image as Picture
    from PIL import UnidentifiedImageError

    try:
        raw = file.read_bytes()
        with Picture.open(io.BytesIO(raw)) as picture:
            size, plain = Size(*picture.size), picture.format == "PNG" and picture.mode == "RGB"
            rgb = None if plain else picture.convert("RGB")
    except (OSError, UnidentifiedImageError, Picture.DecompressionBombError) as error:
        raise UserError(f"{file} is no picture that can be read ({error}); fetch it") from error
    digest = sha256(raw).hexdigest()
    if rgb is None:
        return raw, size, digest
    out = io.BytesIO()
    rgb.save(out, "PNG", compress_level=1)
    return out.getvalue(), size, digest


def fingerprint(messages: Sequence[Message]) -> str:
    """A prompt's text with its pictures' sizes, as 16 hexadecimal digits."""
    text = "\0".join(
        f"{m.role}:" + "".join(p if isinstance(p, str) else f"<{p.seen}>" for p in m.parts)
        for m in messages
    )
    return sha256(text.encode()).hexdigest()[:16]


def _failed(name: str, image: Image, digest: str, error: ModelError, seconds: float) -> Line:
    return Line(
        id=name, image=digest, size=image.size, seen=image.seen, prompt="", reply="",
        status="failed", why=str(error)[:300], seconds=round(seconds, 4),
    )  # fmt: skip


def infer(
    questions: Iterable[Question], asker: Asker, answers: Answers, jobs: int = 1
) -> Iterator[Line]:
    """Ask what the file lacks, in order; each line is on the disk before it is passed on.

    `jobs` questions are under way at once, which only a server makes use of.
    """
    kept = {line.id for line in answers.results() if line.status != "failed"}
    wanted = [question for question in questions if question.id not in kept]
    for line in _answered(wanted, asker, jobs):
        answers.add(line)
        yield line


def _answered(questions: list[Question], asker: Asker, jobs: int) -> Iterator[Line]:
    if jobs == 1:
        yield from map(asker.answer, questions)
        return
    with ThreadPoolExecutor(jobs) as pool:
        try:
            yield from pool.map(asker.answer, questions)
        finally:
            pool.shutdown(cancel_futures=True)
